"""This library against others that do the same, and against the plain way: one table.

    python benchmarks/peers.py                    # some minutes
    python benchmarks/peers.py opacus argsort     # these rows alone
    python benchmarks/peers.py --quick            # small inputs: shows that every row works

Both sides of a row run in turn, in this process, on one thread and on the same input. Times are
medians of the CPU. The ratio says how many times as fast ours is, by CPU time and, behind it, by
the clock on the wall. The difference is the largest one between the results, as a share of the
largest value. A peer that is not installed is named and its row left out;
`pip install -r requirements-benchmarks.txt` has them all but the original program of dense
trajectories (`--dense-trajectories PATH`; it prints its tracks, and is called with a video).
"""

import argparse
import functools
import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from against import classifiers, gradients, mixtures, retrieval, videos
from timing import alternately, one_thread

MODULES = (gradients, mixtures, retrieval, classifiers, videos)
ROWS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if getattr(function, "__module__", "") == module.__name__ and not name.startswith("_")
}
LINE = "{:46} {:25} {:>9} {:>10} {:>15} {:>10}  {}"


def cells(row, repeats):
    """A row of the table."""
    one_thread()
    (cpu, wall, result), (their_cpu, their_wall, other) = alternately(repeats, row.ours, row.theirs)
    seconds = f"{1000 * cpu:,.0f} ms", f"{1000 * their_cpu:,.0f} ms"
    ratio = f"{their_cpu / cpu:.2f} ({their_wall / wall:.2f})"
    apart = "" if other is None else f"{difference(result, other):.0e}"
    return row.what, row.peer, *seconds, ratio, apart, row.remark


def difference(ours, theirs):
    """The largest difference as a share of the largest value."""
    return np.abs(ours - theirs.astype(np.float32)).max() / np.abs(theirs).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="; ".join(ROWS))
    parser.add_argument("--quick", action="store_true", help="small inputs, once")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--dense-trajectories", metavar="PROGRAM", help="the original to compare")
    options = parser.parse_args()
    original = ROWS.pop("original")
    if program := options.dense_trajectories:
        ROWS["original"] = functools.partial(original, program=program)
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    line = "| {} | {} | {} | {} | {} | {} | {} |" if options.markdown else LINE
    print(line.format("what", "against", "ours", "peer", "ratio (wall)", "difference", "remark"))
    if options.markdown:
        print("|---|---|---:|---:|---:|---:|---|")
    for name in options.rows or ROWS:
        try:
            row = ROWS[name](options.quick)
            print(line.format(*cells(row, 1 if options.quick else 5)).rstrip(), flush=True)
        except ModuleNotFoundError as error:
            print(f"{name}: left out, {error.name} is not installed", file=sys.stderr)


if __name__ == "__main__":
    main()
