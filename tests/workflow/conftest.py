"""One small run of the workflow that many tests read."""

import os

import numpy as np
import pytest
from filelock import FileLock
from helpers.captions import write_captions
from helpers.workflow import everything, succeed

TABLES = [f"results/{name}.csv" for name in ("table1", "table2", "table3", "ablations")]
MODELS = [
    "results/models/table1/tiny/efficientnet_lite0/pca-rnn-fv-split1.rnnfv",
    "results/models/table2/tiny/rnn-fv-gmm-idt-split1.rnnfv",
    "results/models/table2/tiny/moved-split2.rnnfv",
    "results/models/table3/cca+MM-ENS.rnnfv",
]
TARGETS = [*TABLES, *MODELS, "results/table1.provenance.json"]


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The folder of a finished run of ``everything()``; to be read, or copied and changed.

    It is made once, also where tests run in several processes. ``printed.txt`` in it is what the
    run printed, ``again.txt`` what the same command printed after it. Its jobs are Pythons of their
    own, as a user's are; those of other runs of tests are forks.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # of all processes
    folder = base / "small_run"
    with FileLock(f"{folder}.lock"):
        if not (folder / "again.txt").exists():
            if not folder.exists():
                write_captions(folder / "data", np.random.default_rng(0))
            for name in ("printed.txt", "again.txt"):
                printed = succeed(folder, everything(), targets=TARGETS, forked=False)
                (folder / name).write_text(printed)
    return folder
