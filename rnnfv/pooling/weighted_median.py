"""Weighted medians of the columns of a matrix, for many weightings of its rows.

Nothing is sorted again for a weighting.
"""

import numpy as np
from scipy import sparse

_BINS = 256  # a bin's number fits a byte, and a table of 256 x K sums a core's cache
_CHUNK = 16  # columns read at a time: 16 float32 of a row fill a cache line


class SortedColumns:
    """The columns of X, (N, D), each sorted once and cut into bins of neighbouring ranks.

    A weighted median needs the rank at which the cumulative weight reaches half. Sums of weights
    over bins, for all weightings in one pass through the rows in their own order, say which bin
    holds it; only that bin's members are then visited in sorted order. Compared with sorting or
    gathering all weights by rank, almost no memory is read at random.

    Memory beside X: 5 N D bytes (a row number of 4 and a bin number of 1 for every entry).

    Args:
        X: (N, D) finite float32 or float64; kept, not copied.
    """

    def __init__(self, X: np.ndarray):
        self.X = X
        n, dim = X.shape
        self._size = -(-n // _BINS)
        bin_of_rank = (np.arange(n) // self._size).astype(np.uint8)
        self._order = np.empty((dim, n), np.int32)
        self._bins = np.empty((dim, n), np.uint8)
        for d in range(dim):
            self._order[d] = np.argsort(X[:, d])
            self._bins[d, self._order[d]] = bin_of_rank

    def medians(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower weighted medians and the sums of weighted absolute deviations from them.

        The lower weighted median is the smallest x whose cumulative weight is at least half of the
        total. Like every weighted median it minimises sum_i w_i |x_i - m|.

        Args:
            weights: (N, K), none negative, in X's type. Sums within a bin are taken in that type,
                over bins in float64.

        Returns:
            medians and sum_i w_ik |x_id - m_kd|, both (K, D) float64. Where all weights of a column
            of ``weights`` are zero, the median is the smallest x.
        """
        dim, k = self.X.shape[1], weights.shape[1]
        medians, deviations = np.empty((k, dim)), np.empty((k, dim))
        for start in range(0, dim, _CHUNK):
            columns = np.ascontiguousarray(self.X[:, start : start + _CHUNK].T)
            for d, x in enumerate(columns, start):
                medians[:, d], deviations[:, d] = self._one_column(x, d, weights)
        return medians, deviations

    def _one_column(
        self, x: np.ndarray, d: int, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        order, size, n = self._order[d], self._size, len(x)
        firsts = x[order[::size]]  # the least entry of every bin
        bins = self._bins[d].astype(np.int32)
        entries = np.ones_like(x), bins, np.arange(n + 1, dtype=np.int32)
        sums = sparse.csc_array(entries, shape=(len(firsts), n))
        mass = (sums @ weights).astype(np.float64)  # (bins, K)
        sums.data = x - firsts[bins]
        # Sums of w (x - the bin's least entry): small numbers, so little is rounded away.
        above_first = sums @ weights
        cumulative = mass.cumsum(axis=0)
        components = np.arange(weights.shape[1])
        # The bin that holds the median, (K,).
        half_bin = (cumulative >= cumulative[-1] / 2).argmax(axis=0)
        before = (cumulative - mass)[half_bin, components]
        # The members of that bin in sorted order, (K, size); the last bin may be short.
        ranks = half_bin[:, None] * size + np.arange(size)
        rows = order[np.minimum(ranks, n - 1)]
        inside = np.where(ranks < n, weights[rows, components[:, None]], 0).astype(np.float64)
        reached = inside.cumsum(axis=1)
        # The two sums may differ in rounding: half is reached at the bin's last weight at the
        # latest.
        target = np.minimum(cumulative[-1] / 2 - before, reached[:, -1])
        place = (reached >= target[:, None]).argmax(axis=1)
        median = x[rows[components, place]].astype(np.float64)
        # Every other bin lies on one side of the median: its deviations have one sign, so nothing
        # cancels.
        by_bin = np.abs(above_first + (firsts[:, None] - median) * mass)
        by_bin[half_bin, components] = (inside * np.abs(x[rows] - median[:, None])).sum(axis=1)
        return median, by_bin.sum(axis=0)
