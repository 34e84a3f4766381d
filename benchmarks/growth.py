"""How time and memory of every numeric step grow with the data, and what that makes at the paper's size.

    python benchmarks/growth.py                             # all steps; about forty minutes on one core
    python benchmarks/growth.py train_rnn classify          # some
    python benchmarks/growth.py --quick                     # tiny sizes: does everything run?
    python benchmarks/growth.py --raw raw.csv --csv growth.csv    # where measurements and table go; --show: only the table

Every step runs at several sizes on synthetic data, each size in a process of its own with one thread. Times are of the
CPU; what makes the inputs is not counted. Peaks are of the whole process: Python, libraries, inputs. A table's row is a
part of a step. Its exponent is the slope of log time over log size by least squares, without the smallest of four
sizes. Time at the paper's size starts from the largest size measured and grows with the exponent
the mathematics asks for, or with the measured one where that is larger by more than 0.2; peaks are extrapolated on a line in
n, or its square, plus a constant, or calculated where another matrix is the largest at small sizes.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np

EXCESS = 0.2  # of a measured exponent, that noise and caches explain
COLUMNS = ("step", "part", "unit", "n", "seconds", "peak_gib")


def steps():
    """All steps by name; modules of their own, so that a process imports what it needs."""
    import growth_actions
    import growth_inputs
    import growth_retrieval
    import growth_sentences

    modules = (growth_inputs, growth_actions, growth_sentences, growth_retrieval)
    return {step.name: step for module in modules for step in module.STEPS}


def growth(sizes, seconds):
    """Fit seconds = a n^b to positive times, least squares in logarithms, without the smallest of four sizes; return b."""
    keep = slice(max(len(sizes) - 3, 0), None)
    return float(np.polyfit(np.log(sizes[keep]), np.log(seconds[keep]), 1)[0])


def extrapolated(sizes, seconds, needed, paper):
    """Seconds at the paper's size: from the largest measured, by the needed exponent, or the fitted if clearly larger."""
    fitted = growth(sizes, seconds)
    exponent = fitted if needed and fitted > needed + EXCESS else needed
    return seconds[-1] * (paper / sizes[-1]) ** exponent


def extrapolated_peak(sizes, peaks, exponent, paper):
    """Peak at the paper's size, on a line in n^exponent; or exponent(n), where memory is calculated."""
    if callable(exponent):
        return max(exponent(paper), peaks[-1])
    if not exponent:
        return max(peaks)
    slope, constant = np.polyfit(np.power(sizes, float(exponent)), peaks, 1)
    return max(constant + slope * paper**exponent, peaks[-1])


def measure(name, n, quick):
    """Run a step here at size n; print a line of JSON for every part."""
    step, folder = steps()[name], os.environ.get("GROWTH_FOLDER")
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        started = time.process_time()
        for part in step.run(n, Path(temporary), quick):
            seconds = time.process_time() - started
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            if part is not None:  # None: the inputs are made
                print(
                    json.dumps([name, part, step.unit, n, round(seconds, 4), round(peak, 3)]),
                    flush=True,
                )
            started = time.process_time()


def run(names, quick, raw):
    """Measure steps, each size in a process of its own; append to the file of measurements."""
    new = not raw.exists()
    with open(raw, "a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        for name in names:
            for n in steps()[name].quick if quick else steps()[name].sizes:
                command = [
                    sys.executable,
                    __file__,
                    "--one",
                    name,
                    str(n),
                    *(["--quick"] if quick else []),
                ]
                for line in subprocess.run(
                    command, check=True, stdout=subprocess.PIPE, text=True
                ).stdout.splitlines():
                    writer.writerow(json.loads(line))
                    print(line, file=sys.stderr, flush=True)
                file.flush()


def table(raw):
    """One row a part of a step, from the file of measurements."""
    with open(raw, newline="") as file:
        measured = list(csv.DictReader(file))
    rows = []
    for step in steps().values():
        for part, (needed, memory, why) in step.parts.items():
            found = {
                int(m["n"]): m for m in measured if (m["step"], m["part"]) == (step.name, part)
            }  # the last of each
            if len(found) < 2:
                continue
            sizes = sorted(found)
            seconds = [max(float(found[n]["seconds"]), 1e-4) for n in sizes]
            peaks = [float(found[n]["peak_gib"]) for n in sizes]
            rows.append(
                {
                    "step": f"{step.name}: {part}",
                    "n": step.unit,
                    "measured": ", ".join(
                        f"{n:,}: {short(t)} s" for n, t in zip(sizes, seconds, strict=True)
                    ),
                    "exponent": f"{growth(sizes, seconds):.2f}",
                    "needed": needed,
                    "peak": f"{peaks[-1]:.1f} GiB",
                    "paper's n": f"{step.paper:,}",
                    "time there": duration(extrapolated(sizes, seconds, needed, step.paper)),
                    "peak there": f"{extrapolated_peak(sizes, peaks, memory, step.paper):.1f} GiB",
                    "why": why,
                }
            )
    return rows


def short(seconds):
    """Three digits."""
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def duration(seconds):
    """Seconds, minutes or hours."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{short(seconds)} s"


def markdown(rows):
    """The table for people."""
    lines = [
        list(rows[0]),
        ["---"] * len(rows[0]),
        *([str(value) for value in row.values()] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", nargs="*", help="default: all")
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument(
        "--raw", type=Path, default=Path("results/growth_raw.csv"), help="measurements, added to"
    )
    parser.add_argument("--csv", type=Path, help="the table")
    parser.add_argument(
        "--show",
        action="store_true",
        help="measure nothing: make the table of the measurements there are",
    )
    parser.add_argument("--one", nargs=2, metavar=("STEP", "N"), help="one size, in this process")
    options = parser.parse_args()
    if options.one:
        measure(options.one[0], int(options.one[1]), options.quick)
        return
    unknown = set(options.steps) - set(steps())
    if unknown:
        parser.error(f"no step {', '.join(sorted(unknown))}; there are {', '.join(steps())}")
    if not options.show:
        options.raw.parent.mkdir(parents=True, exist_ok=True)
        run(options.steps or list(steps()), options.quick, options.raw)
    rows = table(options.raw)
    print(markdown(rows))
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
