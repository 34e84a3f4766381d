"""Kills of running jobs: ``kill -9`` in every rule, go on, and compare all bytes with a calm run.

    python tests/slow/kill.py --folder /tmp/kills --kills 40 results/table1.csv

Not part of the tests: it takes minutes. It makes the small configuration of the tests twice, once
undisturbed. The other run is killed, with all its jobs, at a random moment of every script; then it
is unlocked and started again.
"""

import argparse
import collections
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers.captions import write_captions  # noqa: E402
from helpers.workflow import everything  # noqa: E402

SCRIPT = re.compile(r"\.snakemake/scripts/tmp\w+\.(\w+)\.py")


def start(folder, *arguments):
    """A run of the workflow in ``folder``, in a session of its own, which can be killed whole."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--cores", "1", "--configfile", folder / "mine.yaml"]
    with open(folder / "printed.txt", "a") as printed:
        streams = {"stdout": printed, "stderr": printed}
        return subprocess.Popen(
            [*map(str, [*command, *arguments])], start_new_session=True, **streams
        )


def running_script(process):
    """The name of the script that a run is at, if any."""
    try:
        for child in psutil.Process(process.pid).children(recursive=True):
            if found := SCRIPT.search(" ".join(child.cmdline())):
                return found[1]
    except psutil.Error:
        pass  # it has just ended
    return None


def scripts_of(process):
    """The scripts of a run while it goes on, and the seconds since each was first seen."""
    script, since = None, 0.0
    while process.poll() is None:
        if (now := running_script(process)) != script:
            script, since = now, time.monotonic()
        if script:
            yield script, time.monotonic() - since
        time.sleep(0.02)


def durations(process):
    """The longest time that each script of a run takes, in seconds, until the run ends."""
    longest = collections.Counter()
    for script, seconds in scripts_of(process):
        longest[script] = max(longest[script], seconds)
    return longest


def kill_in_a_script(process, killed, times, longest, draw):
    """Kill a run in a script that was killed fewer than ``times``; None: there was none."""
    moments = collections.defaultdict(draw.random)  # of each script, as a share of its time
    for script, seconds in scripts_of(process):
        if killed[script] < times and seconds >= moments[script] * longest[script]:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return script
    return None


def digests(folder):
    """SHA-256 of every file below ``results``, by path."""
    files = (path for path in sorted((folder / "results").rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def prepared(folder):
    """The folder with the small configuration and its data in it."""
    folder.mkdir(parents=True)
    write_captions(folder / "data", np.random.default_rng(0))
    (folder / "mine.yaml").write_text(yaml.safe_dump(everything()))
    return folder


def finish(folder, *arguments):
    """Run to the end."""
    if start(folder, *arguments).wait():
        raise SystemExit(f"{folder}/printed.txt: the run failed")


def main():
    """Kill, compare and report; the exit status is 1 where a byte differs or a part is left."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where to work; not there yet")
    parser.add_argument("--kills", type=int, default=40, help="at most")
    parser.add_argument("--each", type=int, default=1, help="kills of every script")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("targets", nargs="*", default=["results/table1.csv"])
    options = parser.parse_args()
    draw = random.Random(options.seed)
    calm, disturbed = (prepared(options.folder / name) for name in ("calm", "disturbed"))
    run = start(calm, "--notemp", *options.targets)
    longest, killed = durations(run), collections.Counter()
    if run.wait():
        raise SystemExit(f"{calm}/printed.txt: the run failed")
    for _ in range(options.kills):
        again = start(disturbed, "--notemp", *options.targets)
        script = kill_in_a_script(again, killed, options.each, longest, draw)
        if script is None:
            break
        killed[script] += 1
        finish(disturbed, "--unlock")
    finish(disturbed, "--notemp", *options.targets)
    wanted, found = digests(calm), digests(disturbed)
    different = [name for name in sorted({*wanted, *found}) if wanted.get(name) != found.get(name)]
    for script, times in sorted(killed.items()):
        print(f"{script}: killed {times} times")
    print(f"{sum(killed.values())} kills in {len(killed)} scripts; {len(wanted)} files compared")
    print("\n".join(["different or left over:", *different]) if different else "all bytes agree")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
