"""Shared fixtures.

Real data is looked for in ``$RNNFV_TEST_DATA``, else in ``../shared/data`` beside the checkout.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent

LONGEST = ["test_paper_mini.py", "test_ablations.py", "test_kernels.py", "test_table1.py"]

torch.set_num_threads(1)  # two threads on busy cores make an LSTM many times slower


def pytest_collection_modifyitems(items):
    """Long files come first, so that at the end no process has one while the others have none."""
    later = len(LONGEST)
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, later))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("RNNFV_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set RNNFV_TEST_DATA to its folder")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
