"""Section 3 of the paper as one scikit-learn classifier: sequences in, labels out."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils._param_validation import Options

from rnnfv.arrays.estimators import LAYOUT, N_JOBS, OPTIMISATION, SCALE, list_of, number, whole
from rnnfv.arrays.random_states import seed_of
from rnnfv.data.labels import label_array
from rnnfv.data.manifests.validation import held_out
from rnnfv.data.splits import other_folds
from rnnfv.devices import pick_device
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import Grid
from rnnfv.evaluation.table_poolings import SplitData
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.experiments.epoch_choice import train_on_split
from rnnfv.models.epoch_bar import trained_network
from rnnfv.models.sequence_classifier import SequenceClassifier
from rnnfv.reduction.pca import StreamedPCA
from rnnfv.rnn.estimator import RNNFisherVector
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.settings import candidates


@dataclass(eq=False, repr=False)
class RNNFisherClassifier(SequenceClassifier):
    """RNN Fisher vectors and a linear SVM: a split of Table 1, for sequences of one's own.

    ``fit`` holds out a part of the items, whole groups of them, and trains the network on the
    others. After every epoch it classifies the part by the RNN-FVs of the network as it is then,
    and keeps the epoch, the PCA and the power that do best. The SVM is then trained on all items.
    These are the functions that the workflow's tables are made with.

    Args:
        n_fc: units of the fully connected layer before the LSTM; 0 leaves it out.
        n_lstm: H, LSTM units.
        element_pca: components of the elements to keep, before all else; None for no PCA.
        element_l2: whether elements are scaled to unit length, as the paper's are.
        pca: numbers of components of the RNN-FVs to choose from; None among them is no PCA.
        alpha: exponents of the power normalisation to choose from.
        C: of the SVM.
        validation_fraction: share of the items that the choices are made on.
        validation_folds: k of k-fold validation, by whole groups: the epoch is chosen by the mean
            over folds, for k times the work; 0 for the held-out part alone.
        validation_samples: training items that a choice's SVM is trained on at most; None for all,
            as in the tables. It bounds the time of an epoch, which grows with their square.
        epochs: passes over the training items, at most.
        patience: stop after this many epochs without a better validation accuracy; 0 never.
        dropout: probability of dropping a unit while training.
        scale: ``"none"``, ``"unit"``, or both in a list, of which validation chooses; see
            :class:`~rnnfv.RNNFisherVector`.
        init: initial weights, ``"torch"`` or ``"orthogonal"``.
        learning_rate: of Adam.
        weight_decay: of Adam.
        batch_size: sequences per update.
        layout: of arrays, ``"time_first"``, ``"channels_first"`` or ``"auto"``; see
            :class:`~rnnfv.RNNFisherVector`.
        device: ``"auto"`` or a torch device.
        n_jobs: trainings at a time, each in a process of its own: of the folds of validation, and
            of several scales. None is 1, -1 as many as there are processors. The results are the
            same. A single training is not divided.
        random_state: seed of the held-out part, of weights, batches and dropout.
        verbose: whether to show the epochs with loss and validation accuracy.

    Attributes:
        classes_: labels, sorted.
        epoch_: the epoch that was kept.
        validation_accuracy_: its accuracy on the held-out part, a fraction.
        chosen_: ``pca``, ``alpha`` and ``scale``, as validation chose them.
        curve_: a record of every epoch.
        validation_: indices of the items that were held out.
        elements_, pooling_, classifier_: the fitted steps, see :class:`~rnnfv.SequenceClassifier`.
        n_features_in_: D.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> rising = [np.sort(rng.normal(size=(9, 1)), axis=0) for _ in range(40)]
        >>> X = [x if i % 2 else x[::-1] for i, x in enumerate(rising)]
        >>> y = ["up" if i % 2 else "down" for i in range(40)]
        >>> model = RNNFisherClassifier(8, 8, epochs=3, dropout=0, random_state=0).fit(X, y)
        >>> model.predict([np.linspace(-1, 1, 9), np.linspace(1, -1, 9)])
        array(['up', 'down'], dtype='<U4')
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_fc": whole(0),
        "n_lstm": whole(1),
        "element_pca": [*whole(1), None],
        "element_l2": [bool],
        "pca": list_of([*whole(1), None]),
        "alpha": list_of(number(0, 1, "right")),
        "C": number(0, None, "neither"),
        "validation_fraction": number(0, 0.5, "right"),
        "validation_folds": [*whole(3), Options(int, {0})],
        "validation_samples": [*whole(2), None],
        "epochs": whole(1),
        "patience": whole(0),
        "scale": SCALE,
        "verbose": ["verbose"],
        **N_JOBS,
        **OPTIMISATION,
        **LAYOUT,
    }

    n_fc: int = 200
    n_lstm: int = 200
    _: KW_ONLY
    element_pca: int | None = None
    element_l2: bool = False
    pca: Sequence[int | None] = (100, 300, 1000)
    alpha: Sequence[float] = (0.5, 1.0)
    C: float = 1.0
    validation_fraction: float = 0.2
    validation_folds: int = 0
    validation_samples: int | None = 2000
    epochs: int = 30
    patience: int = 10
    dropout: float = 0.5
    scale: str | Sequence[str] = "none"
    init: str = "torch"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 16
    layout: str = "auto"
    device: str = "auto"
    n_jobs: int | None = None
    random_state: int | np.random.RandomState | None = None
    verbose: bool | int = False

    def fit(self, X: Any, y: Any, groups: Any = None, validation: Any = None) -> Self:
        """Fit on sequences X and labels y.

        Args:
            X: n sequences: a list of (T, D) arrays, :class:`~rnnfv.Sequences` or a file.
            y: (n,) labels.
            groups: (n,) names; items of one group, as clips of one video, are never on both sides
                of the validation. None: every item is its own group.
            validation: (n,) True for the items to validate on; None draws them.

        Raises:
            InputError: bad sequences, labels or groups that do not fit them, one class, or no
                group that could be held out.
        """
        sequences = self._known(X)
        first = sequences.values[:1]
        if all((values == first).all() for _, _, values in sequences.blocks()):
            raise InputError("all elements are equal: there is nothing to tell classes apart by.")
        n, seed = len(sequences), seed_of(self.random_state)
        labels = label_array(y, n)
        if len(np.unique(labels)) < 2:
            raise InputError("a classifier needs sequences of at least two classes.")
        names = np.arange(n) if groups is None else label_array(groups, n, "group")
        mask = self._validation(labels, names, validation, seed)
        rows = {"train": np.flatnonzero(~mask), "val": np.flatnonzero(mask)}
        self.elements_, self.element_l2_ = None, self.element_l2
        if self.element_pca is not None:
            self.elements_ = StreamedPCA(self.element_pca).fit(sequences, rows=rows["train"])
        folds = other_folds(labels, names, rows, self.validation_folds)
        data = SplitData(self._reduced(sequences), labels, rows, folds=folds)
        options = candidates(self.get_params())
        grid = Grid(tuple(self.pca), tuple(self.alpha), self.C)
        train = partial(train_on_split, data, options, grid, compared=self.validation_samples)
        result, network = trained_network(self, train, options, data.sequences.dim, seed)
        best = result.best
        pooling = RNNFisherVector.from_network(network, self.device)
        classifier = VectorClassifier(best["pca"], best["alpha"], C=self.C)
        vectors = FisherVectors(network, data.sequences, device=pick_device(self.device))
        classifier.fit(vectors, labels, pca_rows=rows["train"])
        self._take(pooling, classifier, self.elements_, self.element_l2)
        self.epoch_, self.validation_accuracy_ = best["epoch"], best["val_accuracy"]
        self.chosen_ = {"pca": best["pca"], "alpha": best["alpha"], "scale": result.scale}
        self.curve_, self.validation_ = result.curve, rows["val"]
        return self

    def _validation(
        self, labels: np.ndarray, names: np.ndarray, given: Any, seed: int
    ) -> np.ndarray:
        """A mask over the items, true for those that are held out."""
        n = len(labels)
        if given is not None:
            mask = np.asarray(given)
            if mask.shape != (n,) or mask.dtype != bool or not 0 < mask.sum() < n:
                need = f"{n} values True or False, some of each"
                raise InputError(f"validation: expected {need}; got {mask.dtype} {mask.shape}.")
            if len(both := np.intersect1d(names[mask], names[~mask])):
                problem = f"group {both[0]} is on both sides"
                raise InputError(f"validation: {problem}. Hold out whole groups, or give none.")
            return mask
        return held_out(labels, names, self.validation_fraction, seed)
