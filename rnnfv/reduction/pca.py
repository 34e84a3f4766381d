"""Principal component analysis of matrices that are never held, nor their covariance if too large.

Two routes give the same components. With D features and n rows: accumulate the D x D covariance
from blocks of rows (frame features: many rows, few columns), or the n x n Gram matrix from blocks
of columns (RNN Fisher vectors: 100,500 columns, so the covariance would take 81 GB and the Gram
matrix takes 0.7 GB for 9,500 rows).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import h5py
import numpy as np
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import check_beside, check_rows, peaks_of, real_array
from rnnfv.arrays.columns import check_features, check_names, column_names, keep_names
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.estimators import Transformer, one_of, whole
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import Sequences, TableRows, open_sequences
from rnnfv.errors import InputError
from rnnfv.reduction.symmetric import leading_eigenpairs


@dataclass(eq=False, repr=False)
class StreamedPCA(Transformer):
    """PCA fitted block by block; the same components as scikit-learn's ``PCA``, up to sign.

    Args:
        n_components: components to keep; None keeps all. There are never more than the rank of the
            centred rows, min(n - 1, D) at most.
        solver: ``"covariance"`` (D x D, blocks of rows), ``"gram"`` (n x n, blocks of columns) or
            ``"auto"``, which takes whichever matrix is smaller.
        block_bytes: how much of X is in memory at a time.

    Attributes:
        mean_: (D,) float64.
        components_: (k, D) float32, rows orthonormal; the largest entry of each in absolute value
            is positive.
        explained_variance_: (k,) float64, variance along each component (n - 1 in the denominator).
        n_samples_seen_, n_features_in_: n and D.

    Examples:
        >>> pca = StreamedPCA(1).fit([[0, 0], [1, 1], [2, 2]])
        >>> pca.components_.round(3)
        array([[0.707, 0.707]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": [*whole(1), None],
        "solver": one_of("auto", "covariance", "gram"),
        "block_bytes": whole(1),
    }

    n_components: int | None = None
    _: KW_ONLY
    solver: str = "auto"
    block_bytes: int = BLOCK_BYTES

    def fit(self, X: Any, y: Any = None, rows: np.ndarray | None = None) -> Self:
        """Fit on X: an (n, D) array or HDF5 data set; or sequences, whose elements are the rows.

        Sequences are :class:`Sequences`, a list of (T, D) arrays, or the path of a sequences file,
        which is streamed.

        Args:
            X: the data, in memory or on disk.
            y: ignored.
            rows: indices to fit on (of sequences if X is sequences); all if None.

        Raises:
            InputError: no rows, NaN or infinity, all rows equal, or a parameter out of range.
        """
        self._validate_params()
        keep_names(self, column_names(X))
        with _matrix_and_mask(X, rows) as (values, mask):
            return self._fit(values, mask)

    def _fit(self, values: Any, mask: np.ndarray) -> Self:
        n, dim = int(mask.sum()), int(values.shape[1])
        if not n or not dim:
            raise InputError("PCA needs at least one row, of one column or more, to fit on.")
        k = min(self.n_components or dim, dim, max(n - 1, 1))  # centred rows have rank n - 1
        total, peaks = np.zeros(dim), []
        for block in self._row_blocks(values, mask):
            peaks.append(peaks_of(block))
            with np.errstate(over="ignore"):
                total += block.sum(axis=0, dtype=np.float64)
        check_beside(np.concatenate(peaks), "row", " of the data to fit PCA on")
        mean = total / n
        by_covariance = dim <= n if self.solver == "auto" else self.solver == "covariance"
        fit = self._fit_covariance if by_covariance else self._fit_gram
        variances, components = fit(values, mask, mean, k)
        signs = np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])
        self.mean_ = mean
        self.components_ = (components * signs[:, None]).astype(np.float32)
        self.explained_variance_ = variances / max(n - 1, 1)
        self.n_samples_seen_, self.n_features_in_ = n, dim
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Project the rows of X (of sequences: all elements, one after another) to (n, k) float32.

        Raises:
            InputError: another number of features than in ``fit``, NaN or infinity.
        """
        check_is_fitted(self)
        check_names(column_names(X), self)
        with _matrix_and_mask(X, None) as (values, mask):
            check_features(values.shape[1], self.n_features_in_, "PCA")
            out, start = np.empty((values.shape[0], len(self.components_)), np.float32), 0
            for block in self._row_blocks(values, mask):
                # Subtract in float64: with a large mean, float32 would lose the signal.
                centred = (block - self.mean_).astype(np.float32)
                out[start : start + len(block)] = centred @ self.components_.T
                start += len(block)
        check_rows(out, "row", " of X")
        return out

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def _row_blocks(self, values: Any, mask: np.ndarray) -> Iterator[np.ndarray]:
        step = max(1, self.block_bytes // (8 * values.shape[1]))
        for start in range(0, values.shape[0], step):
            wanted = mask[start : start + step]
            if wanted.any():
                yield np.asarray(values[start : start + step])[wanted].astype(np.float64)

    def _fit_covariance(
        self, values: Any, mask: np.ndarray, mean: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        scatter = np.zeros((len(mean), len(mean)))
        for block in self._row_blocks(values, mask):
            centred = block - mean
            scatter += centred.T @ centred
        variances, vectors = leading_eigenpairs(scatter, k, np.float64, _rounding(mean, mask))
        return variances, vectors.T

    def _fit_gram(
        self, values: Any, mask: np.ndarray, mean: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n, dim = int(mask.sum()), len(mean)
        width = max(1, self.block_bytes // (8 * n))
        slices = [slice(start, start + width) for start in range(0, dim, width)]

        def centred(columns: slice) -> np.ndarray:
            return np.asarray(values[:, columns])[mask].astype(np.float64) - mean[columns]

        gram = np.zeros((n, n))
        for columns in slices:
            block = centred(columns)
            gram += block @ block.T
        variances, vectors = leading_eigenpairs(gram, k, np.float64, _rounding(mean, mask))
        weights = vectors / np.sqrt(variances)
        components = np.empty((len(variances), dim), np.float32)
        for columns in slices:
            components[:, columns] = weights.T @ centred(columns)
        return variances, components


def _rounding(mean: np.ndarray, mask: np.ndarray) -> float:
    """The sum of squares that rounding the mean leaves in n rows that are all equal, at most."""
    n, eps = int(mask.sum()), np.finfo(np.float64).eps
    return n * (n * eps) ** 2 * float(mean @ mean)


@contextmanager
def _matrix_and_mask(X: Any, rows: np.ndarray | None) -> Iterator[tuple[Any, np.ndarray]]:
    """X as something that slices like an (n, D) matrix, and which of its rows to use."""
    if isinstance(X, str | Path):
        with open_sequences(X) as stored, _matrix_and_mask(stored, rows) as found:
            yield found
        return
    if isinstance(X, list | tuple) and len(X) and np.ndim(X[0]) == 2:
        X = as_sequences(X)
    lengths = X.lengths if isinstance(X, Sequences) else None
    values = X.values if isinstance(X, Sequences) else X
    if not isinstance(values, h5py.Dataset | TableRows):
        values = real_array(values, "X")
    if len(values.shape) != 2:
        message = f"PCA expects a (n, D) matrix or sequences of vectors, got shape {values.shape}."
        raise InputError(message)
    mask = np.zeros(values.shape[0] if lengths is None else len(lengths), bool)
    mask[slice(None) if rows is None else np.asarray(rows)] = True
    yield values, mask if lengths is None else np.repeat(mask, lengths)
