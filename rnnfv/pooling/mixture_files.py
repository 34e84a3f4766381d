"""Mixtures of a vocabulary's word vectors, and the preprocessed vectors, in one HDF5 file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import create_h5, open_h5
from rnnfv.pooling.mixtures import HybridMixture

_FITTED = ["weights_", "medians_", "scales_", "means_", "variances_", "laplacian_"]
_FITTED += ["log_likelihoods_"]


def write_mixtures(
    path: str | Path,
    words: list[str],
    values: np.ndarray,
    mixtures: Mapping[str, HybridMixture],
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Store preprocessed word vectors and the mixtures fitted to them.

    Args:
        path: of the file.
        words: (V,).
        values: (V, D), stored as float32.
        mixtures: fitted, by kind.
        attributes: of the file.
    """
    with create_h5(path, attributes) as file:
        file.create_dataset("values", data=values.astype(np.float32))
        file.create_dataset("words", data=np.array([word.encode() for word in words]))
        for kind, mixture in mixtures.items():
            group = file.create_group(kind)
            for name in _FITTED:
                group.create_dataset(name.rstrip("_"), data=getattr(mixture, name))


def read_mixtures(path: str | Path) -> tuple[np.ndarray, dict[str, HybridMixture]]:
    """The preprocessed word vectors (V, D) and the mixtures that :func:`write_mixtures` stored.

    Raises:
        InputError: not such a file.
    """
    with open_h5(path, ["values", "words"]) as file:
        mixtures = {}
        for kind in (name for name in file if name not in ("values", "words")):
            group = file[kind]
            mixture = HybridMixture(len(group["weights"]), kind=kind)
            for name in _FITTED:
                setattr(mixture, name, group[name.rstrip("_")][:])
            mixture.n_features_in_ = mixture.means_.shape[1]
            mixtures[kind] = mixture
        return file["values"][:], mixtures
