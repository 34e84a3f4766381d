"""Projections that a CCA learnt, and their files."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np

from rnnfv.arrays.bundles import Bundle
from rnnfv.arrays.checks import real_array
from rnnfv.arrays.columns import check_features
from rnnfv.arrays.hdf5 import BLOCK_BYTES, create_h5, open_h5
from rnnfv.arrays.matrices import as_rows, checked_rows
from rnnfv.arrays.saving import Saveable
from rnnfv.errors import InputError
from rnnfv.progress import progress


@dataclass(frozen=True)
class ViewProjection(Saveable):
    """One view's projection.

    Attributes:
        mean: (d,) float64, of the training pairs.
        weights: (d, k).

    Examples:
        >>> ViewProjection(np.array([1.0, 1.0]), np.array([[2.0], [0.0]])).project([[3, 5]])
        array([[4.]], dtype=float32)
    """

    mean: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        mean, weights = real_array(self.mean, "mean"), real_array(self.weights, "weights")
        if mean.ndim != 1 or weights.ndim != 2 or len(mean) != len(weights):
            problem = f"mean and weights have shapes {mean.shape} and {weights.shape}"
            raise InputError(f"{problem}; expected (d,) and (d, k).")
        vars(self).update(mean=mean, weights=weights)

    def project(self, X: Any, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
        """(X - mean) weights: array, HDF5 data set or row source (n, d) -> (n, k) float32.

        The result is not L2-normalised.

        Raises:
            InputError: another dimension than d, NaN or infinity.
        """
        source = as_rows(X)
        n, dim = source.shape
        check_features(dim, len(self.mean), "the CCA")
        weights = self.weights.astype(np.float32, copy=False)
        near = self.mean.astype(np.float32)
        # What rounding the mean would have cost.
        rest = ((self.mean - near) @ self.weights).astype(np.float32)
        out = np.empty((n, weights.shape[1]), np.float32)
        blocks = checked_rows(source, "X", block_bytes)
        for first, block in progress(blocks, "CCA projection, blocks of rows"):
            block -= near
            out[first : first + len(block)] = block.astype(np.float32, copy=False) @ weights - rest
        return out

    transform = project

    def bundle(self) -> Bundle:
        """Mean and weights, as a file of a model holds them."""
        return Bundle("ViewProjection", vars(self))

    @classmethod
    def from_bundle(cls, content: Mapping[str, Any]) -> Self:
        """The projection from the content of its bundle."""
        return cls(**content)


@dataclass(frozen=True)
class CCAProjection:
    """Both projections of a CCA.

    k components, by decreasing correlation; the first few are the CCA with fewer.

    Attributes:
        correlations: (k,) float64, canonical correlations of the regularised problem.
        x_mean: (p,) float64.
        x_weights: (p, k), each column scaled by its correlation.
        y_mean: (q,) float64.
        y_weights: (q, k), likewise; the largest entry of each in absolute value is positive.
    """

    correlations: np.ndarray
    x_mean: np.ndarray
    x_weights: np.ndarray
    y_mean: np.ndarray
    y_weights: np.ndarray

    def project_x(self, X: Any, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
        """Project sentences, (n, p) -> (n, k) float32; see :meth:`ViewProjection.project`."""
        return ViewProjection(self.x_mean, self.x_weights).project(X, block_bytes)

    def project_y(self, Y: Any, block_bytes: int = BLOCK_BYTES) -> np.ndarray:
        """Project images, (m, q) -> (m, k) float32; see :meth:`ViewProjection.project`."""
        return ViewProjection(self.y_mean, self.y_weights).project(Y, block_bytes)


def write_projection(
    path: str | Path, projection: CCAProjection, attributes: Mapping[str, Any] | None = None
) -> None:
    """Store a projection: one HDF5 data set per field of :class:`CCAProjection`.

    Args:
        path: of the file.
        projection: what a CCA learnt.
        attributes: of the file.
    """
    with create_h5(path, attributes) as file:
        for field in fields(projection):
            file.create_dataset(field.name, data=getattr(projection, field.name))


def read_view(path: str | Path, view: str, n_components: int | None = None) -> ViewProjection:
    """Read one view's projection alone.

    Args:
        path: of the file.
        view: ``"x"`` (sentences) or ``"y"`` (images).
        n_components: read only the first components; all if None.

    Raises:
        InputError: not a projection file.
    """
    with open_h5(path, [f"{view}_mean", f"{view}_weights"]) as file:
        return ViewProjection(file[f"{view}_mean"][:], file[f"{view}_weights"][:, :n_components])
