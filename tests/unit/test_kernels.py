"""The same results under the kernels of other processors, as far as one machine has them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.default_run import CAPTIONS, SPLIT

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
HASWELL = {"OPENBLAS_CORETYPE": "HASWELL", "ATEN_CPU_CAPABILITY": "avx2"}
PRESCOTT = {"OPENBLAS_CORETYPE": "PRESCOTT", "ATEN_CPU_CAPABILITY": "default"}
KERNELS = {  # of NumPy's products, of torch's loops, and of its products
    "Haswell": HASWELL | {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    "Prescott": PRESCOTT | {"ONEDNN_MAX_CPU_ISA": "SSE41"},
}

pytestmark = pytest.mark.slow


def printed(kernels, helper, *arguments):
    """The JSON that a helper prints under some kernels."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **kernels}
    command = [sys.executable, ROOT / "tests/helpers" / helper, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measured(kernels):
    """Per pooling the metrics of retrieval and the predicted classes, of every seed."""
    found = []
    for records in printed(kernels, "kernels.py"):
        by_pooling = {}
        for pooling, _, content in records:
            by_pooling.setdefault(pooling, []).append(content)
        found.append(by_pooling)
    return found


@pytest.fixture(scope="module")
def here():
    return measured({})


@pytest.fixture(scope="module")
def default_run():
    """Counts of what the last steps of the default run get right under this machine's kernels."""
    needed = f"{SPLIT}/metrics.json", f"{CAPTIONS}/words/w2v/seed0/mixtures.h5"
    if not all((RESULTS / path).exists() for path in needed):
        pytest.skip("needs what `snakemake` leaves in results/")
    return printed({}, "default_run.py", RESULTS)


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


@pytest.mark.parametrize("kernels", KERNELS.values(), ids=KERNELS.keys())
def test_the_default_run_is_the_same_under_other_kernels(default_run, kernels):
    """Its last steps: within an item, or what seeds make of it."""
    for what, other in printed(kernels, "default_run.py", RESULTS).items():
        close(default_run[what], other, 1)


def close(ours, others, item):
    """Means over seeds differ by less than three deviations over seeds, or by one item."""
    deviation = max(np.std(runs, ddof=1) if len(runs) > 1 else 0 for runs in (ours, others))
    assert abs(np.mean(ours) - np.mean(others)) <= max(3 * deviation, item)
