"""RNN Fisher vectors: order-aware, fixed-length representations of sequences (Lev, Sadeh, Klein, Wolf, ECCV 2016)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rnnfv.cca import RegularizedCCA
    from rnnfv.errors import InputError
    from rnnfv.estimator import RNNFisherVector
    from rnnfv.gmm import GMMFisherVector
    from rnnfv.hglmm import HGLMMFisherVector, LMMFisherVector
    from rnnfv.mixtures import HybridMixture
    from rnnfv.normalize import PowerNormalizer
    from rnnfv.pca import StreamedPCA
    from rnnfv.pooling import MeanPooling
    from rnnfv.sequences import Sequences, load_sequences, write_sequences
    from rnnfv.trajectories.encoding import TrajectoryFisherVector
    from rnnfv.trajectories.extraction import extract_tracks
    from rnnfv.trajectories.settings import TrajectorySettings
    from rnnfv.words_ica import WordICA

_HOME = {
    "GMMFisherVector": "gmm",
    "HGLMMFisherVector": "hglmm",
    "HybridMixture": "mixtures",
    "InputError": "errors",
    "LMMFisherVector": "hglmm",
    "MeanPooling": "pooling",
    "PowerNormalizer": "normalize",
    "RNNFisherVector": "estimator",
    "RegularizedCCA": "cca",
    "Sequences": "sequences",
    "StreamedPCA": "pca",
    "TrajectoryFisherVector": "trajectories.encoding",
    "TrajectorySettings": "trajectories.settings",
    "WordICA": "words_ica",
    "extract_tracks": "trajectories.extraction",
    "load_sequences": "sequences",
    "write_sequences": "sequences",
}

__all__ = [
    "GMMFisherVector",
    "HGLMMFisherVector",
    "HybridMixture",
    "InputError",
    "LMMFisherVector",
    "MeanPooling",
    "PowerNormalizer",
    "RNNFisherVector",
    "RegularizedCCA",
    "Sequences",
    "StreamedPCA",
    "TrajectoryFisherVector",
    "TrajectorySettings",
    "WordICA",
    "extract_tracks",
    "load_sequences",
    "write_sequences",
]


def __getattr__(name: str) -> Any:
    # Imported on first use: planning a workflow needs small parts of the package and must not wait for torch.
    if name not in _HOME:
        raise AttributeError(f"module 'rnnfv' has no attribute {name!r}")
    return getattr(import_module(f"rnnfv.{_HOME[name]}"), name)
