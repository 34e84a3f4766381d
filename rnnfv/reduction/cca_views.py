"""What :mod:`rnnfv.reduction.cca` keeps of its two views: the small one rotated, the large one as a covariance or Gram matrix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import scipy.linalg
import scipy.sparse

from rnnfv.arrays.columns import ColumnSource
from rnnfv.arrays.rows import ArrayRows, RowSource, as_rows, checked_rows, in_memory
from rnnfv.errors import InputError
from rnnfv.progress import progress
from rnnfv.reduction.cca_solvers import (
    CholeskySystem,
    EigenSystem,
    ShiftedSystem,
    SymmetricSum,
    add_product,
)


class SmallView:
    """Y along its principal axes, where its covariance is diagonal.

    Attributes:
        pairs: (n,) row of Y that belongs to each row of X.
        mean: (q,) float64, of the n pairs.
        variances: (r,) eigenvalues of C_yy, weighted by how often each row is named; none is zero.
        axes: (q, r) their eigenvectors.
        rotated: (m, r) ``dtype``, the centred rows along the axes; zero where no pair names the row.
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

        total = np.zeros(q)
        for rows, block in blocks():
            finite = np.isfinite(block).all(axis=1)
            if not finite.all():
                raise InputError(
                    f"row {rows[np.argmin(finite)]} of Y holds NaN or infinity: repair it or leave it out."
                )
            total += counts[rows] @ block
        self.mean = total / n
        if (
            2 * len(used) < q
        ):  # few rows: their own singular vectors span all there is, and cost less than q x q numbers
            weighted = (values[used].astype(np.float64) - self.mean) * np.sqrt(counts[used] / n)[
                :, None
            ]
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
        ...


class CovarianceView:
    """A :class:`LargeView` by its p x p covariance and p x r cross-covariance, from one pass over blocks of rows."""

    def __init__(self, source: RowSource, y: SmallView, dtype: np.dtype, block_bytes: int):
        n, p = source.shape
        scatter, cross, total = SymmetricSum(p), np.zeros((p, y.rotated.shape[1])), np.zeros(p)
        near = np.zeros(0)
        for first, block in progress(checked_rows(source, "X", block_bytes), "CCA, blocks of rows"):
            block = block.astype(np.promote_types(block.dtype, dtype), copy=False)
            if (
                not near.size
            ):  # differences to this are summed, so that a large mean does not swallow the variance
                near = block.mean(axis=0, dtype=np.float64).astype(block.dtype)
            block -= near
            block = block.astype(dtype, copy=False)
            total += block.sum(axis=0, dtype=np.float64)
            scatter.add(block)
            # Y is centred exactly, so X need not be. Sentences of one image are added up before the product.
            images, which = np.unique(y.pairs[first : first + len(block)], return_inverse=True)
            indicator = scipy.sparse.csr_array(
                (np.ones(len(block), dtype), (which, np.arange(len(block))))
            )
            add_product(cross, indicator @ block, y.rotated[images])
        scatter.subtract_outer(total / n, n)
        scatter.scale(1 / n)
        cross /= n
        self.mean = near + total / n
        check_variance(scatter.trace(), self.mean, "X")
        self.system: ShiftedSystem
        if dtype == np.float64:
            self.system = EigenSystem(scatter, cross, dual=False)
        else:
            self.system = CholeskySystem(scatter, cross, dual=False, rank=min(p, n - 1))

    def weights(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """See :class:`LargeView`."""
        return self.system.solve(shift, directions)


class GramView:
    """A :class:`LargeView` by its n x n Gram matrix, from one pass over blocks of columns; one more for the weights."""

    def __init__(self, source: RowSource, y: SmallView, dtype: np.dtype, block_bytes: int):
        n, p = source.shape
        self.mean = np.zeros(p)
        self._source, self._dtype, self._block_bytes = source, dtype, block_bytes
        self._by_columns: ColumnSource | None = source if hasattr(source, "columns") else None  # type: ignore[assignment]
        by_columns = self._by_columns or ArrayRows(in_memory(source, block_bytes))
        gram = SymmetricSum(n)
        for columns, block, mean in progress(self._centred(by_columns), "CCA, blocks of columns"):
            gram.add(block.T)
            self.mean[columns] = mean
        gram.scale(1 / n)
        check_variance(gram.trace(), self.mean, "X")
        right = y.rotated[y.pairs]
        right /= np.sqrt(n)
        self.system: ShiftedSystem
        if dtype == np.float64:
            self.system = EigenSystem(gram, right, dual=True)
        else:
            self.system = CholeskySystem(gram, right, dual=True, rank=n - 1)

    def weights(self, shift: float, directions: np.ndarray) -> np.ndarray:
        """See :class:`LargeView`: X^T applied to the solution of the dual system."""
        dual = self.system.solve(shift, directions)
        dual /= np.sqrt(len(dual))
        out = np.zeros((len(self.mean), dual.shape[1]), self._dtype)
        if self._by_columns is not None:
            for columns, block, _ in progress(
                self._centred(self._by_columns), "CCA weights, blocks of columns"
            ):
                out[columns] = block.T @ dual
        else:
            for first, block in progress(
                checked_rows(self._source, "X", self._block_bytes), "CCA weights, blocks of rows"
            ):
                centred = (block - self.mean).astype(self._dtype, copy=False)
                add_product(out, centred, dual[first : first + len(block)])
        return out

    def _centred(self, source: ColumnSource) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Yield which columns, their centred values (n, w) and their means (w,)."""
        start = 0
        for part in source.columns(self._block_bytes):
            block = part if isinstance(part, np.ndarray) else part.cpu().numpy()
            block = block.astype(np.promote_types(block.dtype, self._dtype), copy=False)
            mean = block.mean(axis=0, dtype=np.float64)
            if not np.isfinite(mean).all():
                row = int(np.argmin(np.isfinite(block).all(axis=1)))
                raise InputError(
                    f"row {row} of X holds NaN or infinity: repair it or leave it out."
                )
            block -= mean.astype(block.dtype)
            columns = slice(start, start + block.shape[1])
            yield columns, block.astype(self._dtype, copy=False), mean
            start = columns.stop


def check_pairs(pairs: Any, n: int, m: int) -> np.ndarray:
    """``pairs`` as (n,) int64, 0 .. n - 1 if None.

    Raises:
        InputError: not one integer in 0 .. m - 1 for every row of X.
    """
    if pairs is None:
        if n != m:
            raise InputError(
                f"X has {n} rows and Y has {m}: say with pairs which row of Y belongs to each row of X."
            )
        return np.arange(n)
    pairs = np.asarray(pairs)
    if pairs.shape != (n,) or pairs.dtype.kind not in "iu":
        raise InputError(
            f"pairs must be {n} integers, one for every row of X; got {pairs.dtype} of shape {pairs.shape}."
        )
    if pairs.min() < 0 or pairs.max() >= m:
        raise InputError(
            f"pairs runs from {pairs.min()} to {pairs.max()}, but Y has the rows 0 to {m - 1}."
        )
    return pairs.astype(np.int64, copy=False)


def check_variance(trace: float, mean: np.ndarray, what: str) -> None:
    """Check that a view's total variance is positive, beyond what rounding its mean makes of a constant.

    Raises:
        InputError: it is not, or is not finite.
    """
    if not np.isfinite(trace):
        raise InputError(
            f"the values of {what} are too large: their squares overflow. Scale them down."
        )
    if trace <= 1e-30 * float(mean @ mean):
        raise InputError(f"all rows of {what} are equal: there is nothing to correlate.")
