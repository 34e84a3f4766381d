"""The same results under the kernels of other processors, as far as one machine has them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
KERNELS = {
    "Haswell": {"OPENBLAS_CORETYPE": "HASWELL"},
    "Prescott": {"OPENBLAS_CORETYPE": "PRESCOTT"},
    "ATen for AVX2": {"ATEN_CPU_CAPABILITY": "avx2"},
    "oneDNN for AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2"},
}

pytestmark = pytest.mark.slow


def measured(kernels):
    """Per pooling the metrics of retrieval and the predicted classes, of every seed."""
    environment = {**os.environ, "PYTHONPATH": str(HELPERS.parents[1]), **kernels}
    command = [sys.executable, HELPERS / "kernels.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = []
    for records in json.loads(done.stdout):
        by_pooling = {}
        for pooling, _, content in records:
            by_pooling.setdefault(pooling, []).append(content)
        found.append(by_pooling)
    return found


@pytest.fixture(scope="module")
def here():
    return measured({})


@pytest.mark.parametrize("kernels", KERNELS.values(), ids=KERNELS.keys())
def test_other_kernels_change_no_more_than_another_seed(here, kernels):
    """Without randomness: the same recalls, and predictions but for one item."""
    retrieval, classification = measured(kernels)
    assert retrieval["mean"] == here[0]["mean"]
    for ours, other in zip(here[1]["mean"], classification["mean"], strict=True):
        assert np.not_equal(ours["predicted"], other["predicted"]).sum() <= 1
    for pooling, seeds in retrieval.items():
        # Six recalls; of 80 images an item is 1.25 per cent.
        close([r["rsum"] for r in here[0][pooling]], [r["rsum"] for r in seeds], 6 * 1.25)
        close([r["order"] for r in here[0][pooling]], [r["order"] for r in seeds], 1.25)
    for pooling, seeds in classification.items():
        rights = [
            [np.equal(s["predicted"], s["truth"]).sum() for s in of]
            for of in (here[1][pooling], seeds)
        ]
        close(*rights, 1)


def close(ours, others, item):
    """Means over seeds differ by less than three deviations over seeds, or by one item."""
    deviation = max(np.std(ours, ddof=1), np.std(others, ddof=1))
    assert abs(np.mean(ours) - np.mean(others)) <= max(3 * deviation, item)
