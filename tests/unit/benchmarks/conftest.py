import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    """Import a benchmark as its command would."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module
