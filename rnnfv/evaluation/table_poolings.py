"""The poolings of videos that tables compare. An entry of :data:`POOLINGS` is all a pooling needs.

Planning and tables read names and labels here, so nothing heavy is imported before something is
pooled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rnnfv.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from rnnfv.arrays.sequences import Sequences
    from rnnfv.data.splits import Fold
    from rnnfv.evaluation.classifier import Choice, Grid, Vectors
    from rnnfv.rnn.checkpoint import TrainedNetwork
    from rnnfv.rnn.network import NextElementRNN

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SplitData:
    """The sequences of a split, and the networks that were trained on them.

    Attributes:
        sequences: n sequences, reduced.
        labels: (n,).
        rows: indices of the items of ``train``, ``val`` and ``test``.
        networks: by seed.
        choices: by seed, what validation chose with the network: ``epoch``, ``pca``, ``alpha``,
            ``val_accuracy``, and there ``val_loss`` and ``copy_loss``.
        folds: those of k-fold validation beside the split's own, of
            :func:`rnnfv.data.splits.other_folds`.
    """

    sequences: Sequences
    labels: np.ndarray
    rows: Mapping[str, np.ndarray]
    networks: Mapping[int, TrainedNetwork] = field(default_factory=dict)
    choices: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    folds: Sequence[Fold] = ()

    def choose(self, vectors: Vectors, grid: Grid) -> Choice:
        """The point of ``grid`` that validates best, on average over the folds."""
        from rnnfv.evaluation.classifier import best_on_average, validate

        folds = [(self.rows["train"], self.rows["val"]), *self.folds]
        points, *others = [validate(vectors, self.labels, *fold, grid) for fold in folds]
        return best_on_average(points, [[point.accuracy for point in fold] for fold in others])


@dataclass(frozen=True)
class Pooled:
    """Vectors, and what validation chose on the way to them.

    Attributes:
        vectors: (n, D).
        chosen: for the tables: ``K``, or ``epoch`` and ``scale``.
        choice: the normalisation, where it was chosen together with these.
        losses: on validation items: ``val_loss`` of the network, ``copy_loss`` of copying.
        encoder: fitted transformer that makes the same vectors of sequences; a model that is kept
            needs it.
    """

    vectors: Vectors
    chosen: Mapping[str, int | str] = field(default_factory=dict)
    choice: Choice | None = None
    losses: Mapping[str, float] = field(default_factory=dict)
    encoder: Any = None


@dataclass(frozen=True)
class Pooling:
    """A way to make one vector of a sequence.

    Attributes:
        label: its name in tables.
        section: the section of the configuration that holds its settings: ``pca`` and ``alpha``,
            from which validation chooses, and others of its own.
        pool: makes the vectors of a split, given its settings, the grid and the seed.
        seeded: whether the seed makes a difference.
        trained: whether it needs the networks.
    """

    label: str
    section: str
    pool: Callable[[SplitData, Mapping[str, Any], Grid, int], Pooled]
    seeded: bool = True
    trained: bool = False


def _mean(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Mean elements, (n, D)."""
    from rnnfv.pooling.mean import MeanPooling

    model = MeanPooling().fit(data.sequences)
    return Pooled(model.transform(data.sequences), encoder=model)


def _gmm_fv(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Fisher vectors of the K Gaussians that validate best, (n, 2KD); ties go to the first K."""
    from rnnfv.pooling.gmm import GMMFisherVector

    train = data.sequences.select(data.rows["train"])
    limits = {key: settings[key] for key in ("max_samples", "max_iter")}
    best: Pooled | None = None
    for k in settings["components"]:
        if k > len(train.values):
            log.warning("%d Gaussians are left out: there are %d elements", k, len(train.values))
            continue
        model = GMMFisherVector(k, random_state=seed, **limits).fit(train)
        vectors = model.transform(data.sequences)
        choice = data.choose(vectors, grid)
        log.info("K %d: validation accuracy %.1f %%", k, 100 * choice.accuracy)
        if best is None or best.choice is None or choice.accuracy > best.choice.accuracy:
            best = Pooled(vectors, {"K": k}, choice, encoder=model)
    if best is None:
        many = f"all of {settings['components']} are more than the training items have elements"
        raise InputError(f"gmm.components: {many}, {len(train.values)}: add a smaller number.")
    return best


def _rnn_fv(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Fisher vectors of the network, (n, D (H + 1)); normalisation was chosen with the epoch."""
    from rnnfv.evaluation.classifier import Choice
    from rnnfv.rnn.estimator import RNNFisherVector

    chosen = data.choices[seed]
    choice = Choice(chosen["pca"], chosen["alpha"], chosen["val_accuracy"])
    losses = {key: chosen[key] for key in ("val_loss", "copy_loss")}
    trained = data.networks[seed]
    encoder = RNNFisherVector.from_network(trained.network())
    vectors = fisher_vectors(encoder.network_, data.sequences)
    about = _epoch_and_scale(trained, chosen["epoch"])
    return Pooled(vectors, about, choice, losses, encoder)


def _rnn_hidden(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Mean hidden activations, (n, H): what the network knows without its gradient."""
    from rnnfv.rnn.controls import RNNActivations
    from rnnfv.rnn.fisher_vector import FisherVectors

    trained, epoch = data.networks[seed], data.choices[seed]["epoch"]
    encoder = RNNActivations.from_network(trained.network())
    vectors = FisherVectors(encoder.network_, data.sequences).mean_hidden()
    return Pooled(vectors, _epoch_and_scale(trained, epoch), encoder=encoder)


def _rnn_untrained(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Fisher vectors of the network before training, (n, D (H + 1))."""
    from rnnfv.rnn.estimator import RNNFisherVector

    encoder = RNNFisherVector.from_network(data.networks[seed].network("untrained"))
    return Pooled(fisher_vectors(encoder.network_, data.sequences), encoder=encoder)


def _copy_fv(data: SplitData, settings: Mapping[str, Any], grid: Grid, seed: int) -> Pooled:
    """Fisher vectors of copying the element before, (n, D (D + 1))."""
    from rnnfv.rnn.controls import CopyFisherVector
    from rnnfv.rnn.predictions import copy_fisher_vectors

    encoder = CopyFisherVector().fit(data.sequences)
    return Pooled(copy_fisher_vectors(data.sequences), encoder=encoder)


def _epoch_and_scale(trained: TrainedNetwork, epoch: int) -> dict[str, int | str]:
    """A network in the words of tables; a scale only where there is one."""
    scale = trained.settings.scale
    return {"epoch": epoch} if scale == "none" else {"epoch": epoch, "scale": scale}


def fisher_vectors(network: NextElementRNN, sequences: Sequences) -> np.ndarray:
    """All RNN Fisher vectors at once, (n, D (H + 1)) float32: 5.4 GB at the size of UCF101."""
    from rnnfv.rnn.fisher_vector import FisherVectors

    return FisherVectors(network, sequences).matrix()


_HIDDEN, _UNTRAINED = "RNN hidden activations (control)", "RNN-FV, untrained network (control)"
_COPY = "Copy-FV, no network (control)"

POOLINGS = {
    "mean": Pooling("mean pooling", "mean", _mean, seeded=False),
    "gmm-fv": Pooling("GMM-FV", "gmm", _gmm_fv),
    "rnn-fv": Pooling("RNN-FV", "rnn", _rnn_fv, trained=True),
    "rnn-hidden": Pooling(_HIDDEN, "mean", _rnn_hidden, trained=True),
    "rnn-fv-untrained": Pooling(_UNTRAINED, "rnn", _rnn_untrained, trained=True),
    "copy-fv": Pooling(_COPY, "rnn", _copy_fv, seeded=False),
}
"""By name, as in ``table1.poolings`` and in paths."""
