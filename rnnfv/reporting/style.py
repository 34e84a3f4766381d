"""The look of all figures: colours safe for colour blindness, text as it is, the same bytes."""

from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnfv.arrays.writing import atomic_path

matplotlib.use("Agg")  # no screen on a cluster
matplotlib.rcdefaults()  # a matplotlibrc of the user's would make other pictures
matplotlib.rc("text", parse_math=False)  # names of users may have dollar signs
matplotlib.rc("font", size=9)
matplotlib.rc("axes", titlesize=10)
matplotlib.rc("axes.spines", top=False, right=False)
matplotlib.rc("figure.constrained_layout", use=True)

# Okabe and Ito's colours, which readers with any colour vision tell apart.
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, "#E69F00", "#000000")
MARKERS = "osD^vPX"
LIGHT, DARK = "#A9CDE6", "#00304F"  # beside BLUE, from light to dark


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, whole or not at all, without a time or versions, and close it."""
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)


def shared_legend(figure: Figure, *axes: Axes) -> None:
    """One legend for several axes, below them."""
    lines, names = [], []
    for axis in axes:
        handles, labels = axis.get_legend_handles_labels()
        lines += handles
        names += labels
    figure.legend(lines, names, loc="outside lower center", ncols=3, frameon=False)
