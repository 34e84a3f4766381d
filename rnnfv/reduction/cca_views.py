"""The two views of :mod:`rnnfv.reduction.cca`, as far as it needs them.

The small one is rotated to its principal axes, the large one held as a covariance or Gram matrix.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import scipy.linalg
import scipy.sparse

from rnnfv.arrays.checks import LARGEST, check_beside, check_rows, peaks_of
from rnnfv.arrays.matrices import ColumnSource, RowSource, as_rows, checked_rows, in_memory
from rnnfv.arrays.normalize import as_numpy
from rnnfv.errors import InputError
from rnnfv.progress import progress
from rnnfv.reduction.cca_systems import CholeskySystem, EigenSystem, ShiftedSystem
from rnnfv.reduction.symmetric import SymmetricSum, add_product


class SmallView:
    """Y along its principal axes, where its covariance is diagonal.

    Args:
        Y: (m, q) array, HDF5 data set or row source; it is held in memory.
        n: rows of X.
        pairs: (n,) row of Y that belongs to each row of X; None pairs row i with row i.
        dtype: of ``rotated``.
        block_bytes: how much is computed at a time.

    Attributes:
        pairs: (n,) row of Y that belongs to each row of X.
        mean: (q,) float64, of the n pairs.
        variances: (r,) eigenvalues of C_yy, weighted by how often each row is named; none is zero.
        axes: (q, r) their eigenvectors.
        rotated: (m, r) ``dtype``, the centred rows along the axes; zero where no pair
            names the row.
    """

    def __init__(self, Y: Any, n: int, pairs: Any, dtype: np.dtype, block_bytes: int):
        values = in_memory(as_rows(Y), block_bytes)
        m, q = values.shape
        self.pairs = check_pairs(pairs, n, m)
        counts = np.bincount(self.pairs, minlength=m)
        used = np.flatnonzero(counts)
        step = max(1, block_bytes // (8 * max(q, 1)))

        def blocks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for start in range(0, len(used), step):
                rows = used[start : start + step]
                yield rows, values[rows].astype(np.float64)

        total, peaks = np.zeros(q), [np.empty(0)]
        for rows, block in blocks():
            peaks.append(peaks_of(block))
            total += counts[rows] @ block
        check_beside(np.concatenate(peaks), "row", " of Y", used)
        self.mean = total / n
        if 2 * len(used) < q:  # their own singular vectors span all there is, and cost less
            weighted = values[used].astype(np.float64) - self.mean
            weighted = weighted * np.sqrt(counts[used] / n)[:, None]
            check_variance(float((weighted**2).sum()), self.mean, "Y")
            _, spread, rotation = scipy.linalg.svd(weighted, full_matrices=False, overwrite_a=True)
            variances, axes = spread[::-1] ** 2, rotation[::-1].T
        else:
            covariance = np.zeros((q, q))
            for rows, block in blocks():
                block -= self.mean
                covariance += (block * (counts[rows] / n)[:, None]).T @ block
            check_variance(float(np.trace(covariance)), self.mean, "Y")
            variances, axes = scipy.linalg.eigh(covariance, overwrite_a=True, driver="evd")
        keep = variances > q * np.finfo(np.float64).eps * variances[-1]
        self.variances, self.axes = variances[keep], axes[:, keep]
        self.rotated = np.zeros((m, len(self.variances)), dtype)
        for rows, block in blocks():
            self.rotated[rows] = (block - self.mean) @ self.axes


class LargeView(Protocol):
    """X: its mean, and the regression of Y's axes on it.

    Attributes:
        mean: (p,) float64.
        system: the equations of the regression.
    """

    mean: np.ndarray
    system: ShiftedSystem

    def weights(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """(C_xx + s I)^{-1} C_xy directions, C_xy along Y's axes: (r, k) -> (p, k)."""


class CovarianceView:
    """A :class:`LargeView` by its covariance (p x p) and cross-covariance (p x r).

    One pass over blocks of rows.

    Args:
        source: X, (n, p).
        y: the other view.
        dtype: the type to compute in.
        block_bytes: size of a block.
    """

    def __init__(self, source: RowSource, y: SmallView, dtype: np.dtype, block_bytes: int):
        n, p = source.shape
        scatter, cross, total = SymmetricSum(p), np.zeros((p, y.rotated.shape[1])), np.zeros(p)
        near = np.zeros(0)
        for first, block in progress(
            checked_rows(source, "X", block_bytes, fits=True), "CCA, blocks of rows"
        ):
            block = block.astype(np.promote_types(block.dtype, dtype), copy=False)
            if not near.size:  # subtracted, so that a large mean does not swallow the variance
                near = block.mean(axis=0, dtype=np.float64).astype(block.dtype)
            block -= near
            block = block.astype(dtype, copy=False)
            total += block.sum(axis=0, dtype=np.float64)
            scatter.add(block)
            # Y is centred exactly, so X need not be. Sentences of one image are added up first.
            images, which = np.unique(y.pairs[first : first + len(block)], return_inverse=True)
            ones, places = np.ones(len(block), dtype), np.arange(len(block))
            indicator = scipy.sparse.csr_array((ones, (which, places)))
            add_product(cross, indicator @ block, y.rotated[images])
        scatter.subtract_outer(total / n, n)
        scatter.scale(1 / n)
        cross /= n
        self.mean = near + total / n
        check_variance(scatter.trace(), self.mean, "X")
        self.system = _system(scatter, cross, dtype, dual=False, rank=min(p, n - 1))

    def weights(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """See :class:`LargeView`."""
        return self.system.solve(shift, directions)


class GramView:
    """A :class:`LargeView` by its Gram matrix (n x n).

    One pass over blocks of columns, and one more for the weights.

    Args:
        source: X, (n, p); held in memory for a while if it has no ``columns``.
        y: the other view.
        dtype: the type to compute in.
        block_bytes: size of a block.
    """

    def __init__(self, source: RowSource, y: SmallView, dtype: np.dtype, block_bytes: int):
        n, p = source.shape
        self.mean = np.zeros(p)
        self._source, self._dtype, self._block_bytes = source, dtype, block_bytes
        readable: Any = source if hasattr(source, "columns") else None
        self._by_columns: ColumnSource | None = readable
        by_columns: Any = self._by_columns or as_rows(in_memory(source, block_bytes))
        gram = SymmetricSum(n)
        for columns, block, mean in progress(self._centred(by_columns), "CCA, blocks of columns"):
            gram.add(block.T)
            self.mean[columns] = mean
        gram.scale(1 / n)
        check_variance(gram.trace(), self.mean, "X")
        right = y.rotated[y.pairs]
        right /= np.sqrt(n)
        self.system = _system(gram, right, dtype, dual=True, rank=n - 1)

    def weights(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """See :class:`LargeView`: X^T applied to the solution of the dual system."""
        dual = self.system.solve(shift, directions)
        dual /= np.sqrt(len(dual))
        out = np.zeros((len(self.mean), dual.shape[1]), self._dtype)
        if self._by_columns is not None:
            parts = self._centred(self._by_columns)
            for columns, block, _ in progress(parts, "CCA weights, blocks of columns"):
                out[columns] = block.T @ dual
        else:
            blocks = checked_rows(self._source, "X", self._block_bytes)
            for first, block in progress(blocks, "CCA weights, blocks of rows"):
                centred = (block - self.mean).astype(self._dtype, copy=False)
                add_product(out, centred, dual[first : first + len(block)])
        return out

    def _centred(self, source: ColumnSource) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield which columns, their centred values (n, w) and their means (w,)."""
        start = 0
        for part in source.columns(self._block_bytes):
            block = as_numpy(part)
            block = block.astype(np.promote_types(block.dtype, self._dtype), copy=False)
            mean = block.mean(axis=0, dtype=np.float64)
            if not (len(block) * np.abs(mean) <= LARGEST).all():  # the sum of what is left out
                check_rows(block, "row", " of X")
            block -= mean.astype(block.dtype)
            columns = slice(start, start + block.shape[1])
            yield columns, block.astype(self._dtype, copy=False), mean
            start = columns.stop


def _system(
    matrix: SymmetricSum, right: np.ndarray, dtype: np.dtype, dual: bool, rank: int
) -> ShiftedSystem:
    if dtype == np.float64:
        return EigenSystem(matrix, right, dual=dual)
    return CholeskySystem(matrix, right, dual=dual, rank=rank)


def check_pairs(pairs: Any, n: int, m: int) -> np.ndarray:
    """``pairs`` as (n,) int64, 0 .. n - 1 if None.

    Args:
        pairs: row of Y for every row of X.
        n: rows of X.
        m: rows of Y.

    Raises:
        InputError: not one integer in 0 .. m - 1 for every row of X.
    """
    if pairs is None:
        if n != m:
            advice = "say with pairs which row of Y belongs to each row of X"
            raise InputError(f"X has {n} rows and Y has {m}: {advice}.")
        return np.arange(n)
    pairs = np.asarray(pairs)
    if pairs.shape != (n,) or pairs.dtype.kind not in "iu":
        expected = f"pairs must be {n} integers, one for every row of X"
        raise InputError(f"{expected}; got {pairs.dtype} of shape {pairs.shape}.")
    low, high = pairs.min(), pairs.max()
    if low < 0 or high >= m:
        raise InputError(f"pairs runs from {low} to {high}, but Y has the rows 0 to {m - 1}.")
    return pairs.astype(np.int64, copy=False)


def check_variance(trace: float, mean: np.ndarray, what: str) -> None:
    """Check that a view's variance is positive, beyond what rounding its mean makes of a constant.

    Args:
        trace: total variance.
        mean: (d,).
        what: the view's name, for the message.

    Raises:
        InputError: it is not, or is not finite.
    """
    if not np.isfinite(trace):
        message = f"the values of {what} are too large: their squares overflow. Scale them down."
        raise InputError(message)
    if trace <= 1e-30 * float(mean @ mean):
        raise InputError(f"all rows of {what} are equal: there is nothing to correlate.")
