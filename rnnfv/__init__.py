"""RNN Fisher vectors: order-aware, fixed-length representations of sequences.

Lev, Sadeh, Klein and Wolf, ECCV 2016.
"""

# ruff: noqa: F401  # the imports below are for type checkers; ``__all__`` names them
import logging
from typing import TYPE_CHECKING, Any

from rnnfv import public

__version__ = public.VERSION

logging.getLogger("rnnfv").addHandler(logging.NullHandler())  # who wants the log, configures it

if TYPE_CHECKING:
    from rnnfv.arrays.saving import load
    from rnnfv.arrays.sequences import Sequences, load_sequences, write_sequences
    from rnnfv.errors import InputError
    from rnnfv.evaluation.vector_classifier import VectorClassifier
    from rnnfv.features.trajectories.extraction import extract_tracks
    from rnnfv.features.trajectories.settings import TrajectorySettings
    from rnnfv.models.fused_classifier import FusedClassifier
    from rnnfv.models.image_sentence_ensemble import ImageSentenceEnsemble
    from rnnfv.models.image_sentence_retriever import ImageSentenceRetriever
    from rnnfv.models.image_sentence_space import ImageSentenceSpace
    from rnnfv.models.rnn_fisher_classifier import RNNFisherClassifier
    from rnnfv.models.sequence_classifier import SequenceClassifier
    from rnnfv.pooling.gmm import GMMFisherVector
    from rnnfv.pooling.hglmm import HGLMMFisherVector, LMMFisherVector
    from rnnfv.pooling.mean import MeanPooling
    from rnnfv.pooling.mixtures import HybridMixture
    from rnnfv.pooling.trajectories import TrajectoryFisherVector
    from rnnfv.reduction.cca import RegularizedCCA
    from rnnfv.reduction.cca_projection import ViewProjection
    from rnnfv.reduction.ica import WordICA
    from rnnfv.reduction.pca import StreamedPCA
    from rnnfv.reduction.power_normalizer import PowerNormalizer
    from rnnfv.rnn.controls import CopyFisherVector, RNNActivations
    from rnnfv.rnn.estimator import RNNFisherVector

__all__ = sorted(public.HOME)


def __dir__() -> list[str]:
    return [*globals(), *__all__]


def __getattr__(name: str) -> Any:
    if name not in public.HOME:
        raise AttributeError(f"module 'rnnfv' has no attribute {name!r}")
    return public.find(name)
