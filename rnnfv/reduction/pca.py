"""Principal component analysis of matrices that are never held, nor their covariance when it would be too large.

Two routes give the same components. With D features and n rows: accumulate the D x D covariance from blocks of rows
(frame features: many rows, few columns), or the n x n Gram matrix from blocks of columns (RNN Fisher vectors: 100,500
columns, so the covariance would take 81 GB and the Gram matrix takes 0.7 GB for 9,500 rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
import scipy.linalg
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.columns import ColumnSource
from rnnfv.arrays.hdf5 import BLOCK_BYTES, create_h5, open_h5
from rnnfv.arrays.sequences import Sequences, as_sequences, open_sequences
from rnnfv.errors import InputError

PANEL = 1024
"""Rows of a symmetric matrix of inner products that are computed at a time."""


def gram_matrix(
    source: ColumnSource, rows: np.ndarray, *, center: bool = True, block_bytes: int = BLOCK_BYTES
) -> np.ndarray:
    """Inner products of every row with the rows at ``rows``: (n, len(rows)) float64.

    With ``center`` the mean of the rows at ``rows`` (and of no other) is subtracted from every row first; it is known
    exactly within a block of columns, so one pass suffices. Products are float32, sums over blocks float64. Of many rows'
    products with each other only one of a pair is computed.
    """
    rows = np.asarray(rows)
    if len(rows) > 2 * PANEL:
        return _symmetric_gram(source, rows, center, block_bytes)
    consecutive = bool((np.diff(rows) == 1).all())
    gram: np.ndarray | None = None
    # Only what NumPy arrays and torch tensors have in common: importing torch takes longer than most jobs' work.
    for block in source.columns(block_bytes):
        fitted = block[rows[0] : rows[-1] + 1] if consecutive else block[rows]
        if center:
            mean = fitted.mean(0)
            block -= mean
            if not consecutive:  # else it is a view of the block
                fitted -= mean
        part = _on_cpu(block @ fitted.T)
        gram = part.astype(np.float64) if gram is None else np.add(gram, part, out=gram)
    if gram is None:
        raise InputError("a matrix without columns has no Gram matrix.")
    return gram


def _symmetric_gram(
    source: ColumnSource, rows: np.ndarray, center: bool, block_bytes: int
) -> np.ndarray:
    """:func:`gram_matrix` by panels of fitted rows, each times those up to its end: half of the products."""
    rest = np.setdiff1d(np.arange(source.shape[0]), rows)
    among, across = np.zeros((len(rows), len(rows))), np.zeros((len(rest), len(rows)))
    starts = range(0, len(rows), PANEL)
    for block in source.columns(block_bytes):
        fitted, others = block[rows], block[rest]
        if center:
            mean = fitted.mean(0)
            fitted -= mean
            others -= mean
        across += _on_cpu(others @ fitted.T)
        for start in starts:
            panel = slice(start, start + PANEL)
            among[panel, : panel.stop] += _on_cpu(fitted[panel] @ fitted[: panel.stop].T)
    gram = np.empty((source.shape[0], len(rows)))
    gram[rest] = across
    for start in starts:
        among[:start, start : start + PANEL] = among[start : start + PANEL, :start].T
    gram[rows] = among
    return gram


def _on_cpu(part: Any) -> np.ndarray:
    return part if isinstance(part, np.ndarray) else part.cpu().numpy()


def pca_scores(
    source: ColumnSource,
    rows: np.ndarray,
    n_components: int,
    *,
    center: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> np.ndarray:
    """Project all n rows on the leading principal components of the rows at ``rows``: (n, k) float32.

    The components themselves (k x D) are never formed. With the centred Gram matrix K = U S^2 U^T of the fitted rows,
    row i projects to K_i U / S. Columns come in order of decreasing variance, so the scores for fewer components are
    a prefix. k is ``n_components`` or the rank of the fitted rows, whichever is smaller.

    Without ``center`` and with all components these are coordinates in the span of the fitted rows: inner products with
    fitted rows stay what they were, in len(rows) dimensions instead of D.

    Memory: 8 n len(rows) bytes for the inner products, as much again for the eigenvectors, and one block.
    """
    rows = np.asarray(rows)
    gram = gram_matrix(source, rows, center=center, block_bytes=block_bytes)
    values, vectors = _leading_eigenpairs(gram[rows], n_components)
    return (gram @ (vectors / np.sqrt(values))).astype(np.float32)


def largest_eigenpairs(matrix: np.ndarray, k: int, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, ascending, and eigenvectors (n, k) of a symmetric matrix; options of SciPy's ``eigh``.

    LAPACK finds some eigenvectors one after another and makes each orthogonal to those before; all of them it finds at once.
    For more than a quarter of a large matrix's the second is faster: of 4,000, 2,640 take 41 s or 12 s. It takes
    16 n^2 bytes with the matrix, the first 8 n (n + k).
    """
    n = len(matrix)
    if n > PANEL and 4 * k > n:
        values, vectors = scipy.linalg.eigh(matrix, driver="evr", **options)
        return values[n - k :], vectors[:, n - k :]
    values, vectors = scipy.linalg.eigh(matrix, subset_by_index=(n - k, n - 1), **options)
    return values, vectors


def _leading_eigenpairs(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues, descending, and eigenvectors of a symmetric matrix; null directions are left out."""
    n = len(matrix)
    k = min(k, n)
    values, vectors = largest_eigenpairs((matrix + matrix.T) / 2, k)
    values, vectors = values[::-1], vectors[:, ::-1]
    # Inner products are rounded to float32, each by about eps times the rows' squared norms. A symmetric matrix of such
    # errors has eigenvalues up to about 2 sqrt(n) times their size; what is not above that is noise around zero.
    keep = values > 16 * np.sqrt(n) * np.finfo(np.float32).eps * np.mean(np.diag(matrix))
    if not keep.any():
        raise InputError("all rows are equal: there is no direction of variance to keep.")
    return values[keep], vectors[:, keep]


class StreamedPCA(TransformerMixin, BaseEstimator):
    """PCA fitted block by block; the same components as scikit-learn's ``PCA``, up to sign.

    Args:
        n_components: components to keep; None keeps min(n, D).
        solver: ``"covariance"`` (D x D, blocks of rows), ``"gram"`` (n x n, blocks of columns) or ``"auto"``, which
            takes whichever matrix is smaller.
        block_bytes: how much of X is in memory at a time.

    Attributes:
        mean_: (D,) float64.
        components_: (k, D) float32, rows orthonormal; the largest entry of each in absolute value is positive.
        explained_variance_: (k,) float64, variance along each component (n - 1 in the denominator).
        n_samples_seen_, n_features_in_: n and D.
    """

    def __init__(
        self,
        n_components: int | None = None,
        *,
        solver: str = "auto",
        block_bytes: int = BLOCK_BYTES,
    ):
        self.n_components = n_components
        self.solver = solver
        self.block_bytes = block_bytes

    def fit(self, X: Any, y: Any = None, rows: np.ndarray | None = None) -> Self:
        """Fit on X: an (n, D) array or HDF5 data set; or sequences, whose elements are the rows.

        Sequences are :class:`Sequences`, a list of (T, D) arrays, or the path of a sequences file, which is streamed.

        Args:
            X: the data, in memory or on disk.
            y: ignored.
            rows: indices to fit on (of sequences if X is sequences); all if None.

        Raises:
            InputError: no rows, NaN or infinity, or an unknown solver.
        """
        with _matrix_and_mask(X, rows) as (values, mask):
            return self._fit(values, mask)

    def _fit(self, values: Any, mask: np.ndarray) -> Self:
        n, dim = int(mask.sum()), int(values.shape[1])
        if n == 0:
            raise InputError("PCA needs at least one row to fit on.")
        if self.solver not in ("auto", "covariance", "gram"):
            raise InputError(f"unknown PCA solver {self.solver!r}: use auto, covariance or gram.")
        k = min(self.n_components or min(n, dim), n, dim)
        solver = self.solver if self.solver != "auto" else ("covariance" if dim <= n else "gram")
        total = np.zeros(dim)
        for block in self._row_blocks(values, mask):
            total += block.sum(axis=0, dtype=np.float64)
        if not np.isfinite(total).all():
            raise InputError("the data to fit PCA on hold NaN or infinity.")
        mean = total / n
        fit = self._fit_covariance if solver == "covariance" else self._fit_gram
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
        with _matrix_and_mask(X, None) as (values, mask):
            if values.shape[1] != self.n_features_in_:
                raise InputError(
                    f"X has {values.shape[1]} features, but PCA was fitted on {self.n_features_in_}."
                )
            out = np.empty((values.shape[0], len(self.components_)), np.float32)
            start = 0
            for block in self._row_blocks(values, mask):
                # Subtract in float64: with a large mean, float32 differences would lose the signal.
                out[start : start + len(block)] = (block - self.mean_).astype(
                    np.float32
                ) @ self.components_.T
                start += len(block)
        if not np.isfinite(out).all():
            raise InputError(
                f"row {int(np.argmin(np.isfinite(out).all(axis=1)))} of X holds NaN or infinity."
            )
        return out

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
        variances, vectors = largest_eigenpairs(scatter, k)
        return np.maximum(variances[::-1], 0), vectors[:, ::-1].T

    def _fit_gram(
        self, values: Any, mask: np.ndarray, mean: np.ndarray, k: int
    ) -> tuple[np.ndarray, np.ndarray]:
        n, dim = int(mask.sum()), len(mean)
        width = max(1, self.block_bytes // (8 * n))

        def centred(start: int) -> np.ndarray:
            block = np.asarray(values[:, start : start + width])[mask].astype(np.float64)
            return block - mean[start : start + width]

        gram = np.zeros((n, n))
        for start in range(0, dim, width):
            block = centred(start)
            gram += block @ block.T
        variances, vectors = largest_eigenpairs(gram, k)
        variances, vectors = np.maximum(variances[::-1], 0), vectors[:, ::-1]
        keep = variances > variances[0] * n * np.finfo(np.float64).eps
        if not keep.any():
            raise InputError("all rows are equal: there is no direction of variance to keep.")
        variances, weights = variances[keep], vectors[:, keep] / np.sqrt(variances[keep])
        components = np.empty((len(variances), dim), np.float32)
        for start in range(0, dim, width):
            components[:, start : start + width] = weights.T @ centred(start)
        return variances, components


_STORED = ("mean_", "components_", "explained_variance_")


def write_pca(
    path: str | Path, pca: StreamedPCA, attributes: Mapping[str, Any] | None = None
) -> None:
    """Store a fitted PCA: ``mean`` (D), ``components`` (k, D), ``explained_variance`` (k)."""
    with create_h5(path, attributes) as file:
        for name in _STORED:
            file.create_dataset(name.rstrip("_"), data=getattr(pca, name))


def read_pca(path: str | Path) -> StreamedPCA:
    """The PCA stored by :func:`write_pca`.

    Raises:
        InputError: not such a file.
    """
    with open_h5(path, [name.rstrip("_") for name in _STORED]) as file:
        pca = StreamedPCA()
        for name in _STORED:
            setattr(pca, name, file[name.rstrip("_")][:])
    pca.n_features_in_ = len(pca.mean_)
    return pca


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
    values = (
        X.values
        if isinstance(X, Sequences)
        else X
        if isinstance(X, h5py.Dataset)
        else np.asarray(X)
    )
    if len(values.shape) != 2:
        raise InputError(
            f"PCA expects a (n, D) matrix or sequences of vectors, got shape {values.shape}."
        )
    mask = np.zeros(values.shape[0] if lengths is None else len(lengths), bool)
    mask[slice(None) if rows is None else np.asarray(rows)] = True
    yield values, mask if lengths is None else np.repeat(mask, lengths)
