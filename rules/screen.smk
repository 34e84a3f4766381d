# What a run prints. CI, clusters and --verbose keep Snakemake's own messages, and so does the log
# file in .snakemake/log.
import os

import psutil

from rnnfv.reporting.closing import closing
from rnnfv.reporting.screen import Screen

STAGES = {  # rule files in words
    "data": "downloads",
    "synthetic": "clips drawn",
    "manifest": "lists of clips",
    "frames": "frames of videos",
    "features": "features of frames",
    "captions": "captions and images",
    "words": "words",
    "sentences": "sentences and their CCA",
    "reduce": "features of fewer dimensions",
    "rnn": "networks trained",
    "classify": "poolings classified",
    "table1": "Table 1",
    "trajectories": "trajectories",
    "table2": "representations fused",
    "retrieval": "retrieval",
    "ablations": "side experiments",
    "provenance": "provenance",
}
# Seconds of a job of the default run; of the other rules 3.
SECONDS = {"train_rnn": 17, "classify": 8, "extract_features": 9, "render_clips": 5}
SECONDS |= {"train_sentence_rnn": 40, "project_rnn": 10, "train_ablation": 20}
SECONDS |= {"measure_ablations": 60, "extract_trajectories": 40, "encode_trajectories": 15}

STAGE_OF = {entry.name: STAGES.get(Path(entry.snakefile).stem, "") for entry in workflow.rules}
SCREEN = Screen(STAGE_OF, SECONDS, sys.stderr)
CONFIGFILES = [os.path.relpath(path) for path in workflow.config_settings.configfiles or []]
OPTIONS = " ".join(["", "--configfile", *CONFIGFILES]) if CONFIGFILES else ""


def shown_by_snakemake(record):
    """Whether Snakemake prints a message itself."""
    plain = os.environ.get("CI") or workflow.output_settings.verbose
    here = workflow.is_main_process and workflow.local_exec and not workflow.dryrun
    return SCREEN.filter(record) if here and not plain else True


def works_here():
    """Whether another Snakemake of this machine works in this folder."""
    family = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter(["pid", "cwd", "cmdline"]):
        about = process.info
        if about["pid"] not in family and about["cwd"] == os.getcwd():
            if any("snakemake" in word for word in about["cmdline"] or []):
                return True
    return False


def explain_lock(record):
    """Say what a lock means and what removes it, in place of Snakemake's message."""
    if record.levelname == "ERROR" and "Directory cannot be locked" in str(record.msg):
        if works_here():
            record.msg = f"Another run is at work in {os.getcwd()}: wait until it has ended."
        else:
            record.msg = (
                f"The last run in {os.getcwd()} was killed and has left a lock. No other run of "
                "this machine works here.\nIf none of another machine does: remove the lock, "
                f"then go on where it was.\n  snakemake --unlock{OPTIONS}\n  the same command"
            )
    return True


logger.addFilter(explain_lock)
for handler in logger.handlers:
    if handler.name == "DefaultStreamHandler":
        handler.addFilter(shown_by_snakemake)


onsuccess:
    SCREEN.close("Done")
    print(closing(RESULTS, started, TABLES, OPTIONS), file=sys.stderr)


onerror:
    SCREEN.close("Stopped")
