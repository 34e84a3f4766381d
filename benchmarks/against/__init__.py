"""Comparisons with other libraries and with the plain way; ``benchmarks/peers.py`` runs them.

A comparison is a public function of ``quick`` (small inputs, to see that it works) that makes the
input and returns a :class:`Row`. It imports its peer itself: only its row needs that.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """Two functions that do the same, on the same input.

    Attributes:
        what: the work and its size.
        peer: who else does it.
        ours: does it, returns an array.
        theirs: does it, returns an array that should be equal to ours, or None.
        remark: why ours is not ahead where it is not; why results differ where they do.
    """

    what: str
    peer: str
    ours: Callable[[], np.ndarray]
    theirs: Callable[[], np.ndarray | None]
    remark: str = ""
