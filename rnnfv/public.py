"""The names that the package shows to its users, with the module of each, and its version.

Nothing is imported before it is used: planning a workflow must not wait for torch.
"""

from importlib import import_module
from typing import Any

VERSION = "0.2.0"

HOME = {
    "CopyFisherVector": "rnn.controls",
    "FusedClassifier": "models.fused_classifier",
    "GMMFisherVector": "pooling.gmm",
    "HGLMMFisherVector": "pooling.hglmm",
    "HybridMixture": "pooling.mixtures",
    "ImageSentenceEnsemble": "models.image_sentence_ensemble",
    "ImageSentenceRetriever": "models.image_sentence_retriever",
    "ImageSentenceSpace": "models.image_sentence_space",
    "InputError": "errors",
    "LMMFisherVector": "pooling.hglmm",
    "MeanPooling": "pooling.mean",
    "PowerNormalizer": "reduction.power_normalizer",
    "RNNActivations": "rnn.controls",
    "RNNFisherClassifier": "models.rnn_fisher_classifier",
    "RNNFisherVector": "rnn.estimator",
    "RegularizedCCA": "reduction.cca",
    "Sequences": "arrays.sequences",
    "StreamedPCA": "reduction.pca",
    "TrajectoryFisherVector": "pooling.trajectories",
    "TrajectorySettings": "features.trajectories.settings",
    "SequenceClassifier": "models.sequence_classifier",
    "VectorClassifier": "evaluation.vector_classifier",
    "ViewProjection": "reduction.cca_projection",
    "WordICA": "reduction.ica",
    "extract_tracks": "features.trajectories.extraction",
    "load": "arrays.saving",
    "load_sequences": "arrays.sequences",
    "write_sequences": "arrays.sequences",
}


def find(name: str) -> Any:
    """The class or function of a public name."""
    return getattr(import_module(f"rnnfv.{HOME[name]}"), name)
