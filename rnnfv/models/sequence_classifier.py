"""The steps from sequences to labels, all fitted: what a row of Table 1 needs for new clips."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import clone

from rnnfv.arrays.checks import check_count
from rnnfv.arrays.estimators import SequenceEstimator, fitted
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import Sequences
from rnnfv.evaluation.scoring import Classifier
from rnnfv.evaluation.vector_classifier import VectorClassifier


class SequenceClassifier(Classifier, SequenceEstimator):
    """Sequences in, labels out, by fitted steps: elements' reduction, pooling, classifier.

    :class:`~rnnfv.RNNFisherClassifier` fits them all. A run of the workflow keeps its own here, of
    any pooling (:meth:`of`).

    Attributes:
        elements_: reduces elements, with ``transform``: (T, D) to (T, d); None leaves them.
        element_l2_: whether elements are scaled to unit length afterwards.
        pooling_: fitted transformer from sequences to vectors.
        classifier_: fitted :class:`~rnnfv.VectorClassifier`.
        about_: whatever else belongs to the model, as the network that made the elements.
        classes_: labels, sorted.
        n_features_in_: D.

    Examples:
        >>> from rnnfv import MeanPooling, VectorClassifier
        >>> X, y = [[[0, 1], [0, 3]], [[2, 0]], [[3, 1], [5, 0]]], ["tall", "wide", "wide"]
        >>> pooling = MeanPooling().fit(X)
        >>> classifier = VectorClassifier().fit(pooling.transform(X), y)
        >>> SequenceClassifier.of(pooling, classifier, element_l2=False).predict([[[9, 1]]])
        array(['wide'], dtype='<U4')
    """

    @classmethod
    def of(
        cls,
        pooling: Any,
        classifier: VectorClassifier,
        elements: Any = None,
        element_l2: bool = True,
        about: Mapping[str, Any] | None = None,
    ) -> Self:
        """The classifier of steps that are fitted already.

        Args:
            pooling: transformer from sequences to vectors.
            classifier: of vectors.
            elements: reduces elements; None leaves them.
            element_l2: whether elements are scaled to unit length afterwards.
            about: whatever else belongs to the model, anything JSON can hold.

        Raises:
            InputError: a step is something else; of scikit-learn, NotFittedError.
        """
        made = cls()
        fitted([classifier], VectorClassifier, "a VectorClassifier")
        fitted([pooling, *([] if elements is None else [elements])], object, "steps")
        made._take(pooling, classifier, elements, element_l2, about)
        return made

    def _take(
        self,
        pooling: Any,
        classifier: VectorClassifier,
        elements: Any,
        element_l2: bool,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self.pooling_, self.classifier_ = pooling, classifier
        self.elements_, self.element_l2_ = elements, element_l2
        self.about_ = dict(about or {})
        self.classes_ = classifier.classes_
        first = pooling if elements is None else elements
        self.n_features_in_ = len(first.mean) if hasattr(first, "mean") else first.n_features_in_

    def fit(self, X: Any, y: Any) -> Self:
        """Train the SVM anew, on other sequences X and labels y; the steps before it stay.

        Raises:
            InputError: as :meth:`predict`; also fewer than two classes, or not a label a sequence.
        """
        vectors = np.concatenate(list(self._vectors(X)))
        self.classifier_ = clone(self.classifier_).fit(vectors, y)
        self.classes_ = self.classifier_.classes_
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The labels of sequences X, (n,).

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        blocks = [self.classifier_.predict(vectors) for vectors in self._vectors(X)]
        return np.concatenate(blocks)

    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values of sequences X: (n, c) float64; (n,) of two classes.

        Raises:
            InputError: as :meth:`predict`.
        """
        return np.concatenate([self.classifier_.decision_function(v) for v in self._vectors(X)])

    def predict_top(self, X: Any, k: int = 5) -> list[list[tuple[Any, float]]]:
        """For each sequence of X the k best labels with their decision values, best first.

        Raises:
            InputError: as :meth:`predict`, or k is below 1.
        """
        check_count(k)
        values = self.decision_function(X)
        values = np.stack([-values, values], axis=1) if values.ndim == 1 else values
        order = np.argsort(-values, axis=1, kind="stable")[:, :k]
        labels = self.classes_.tolist()
        best = zip(values, order, strict=True)
        return [[(labels[j], float(row[j])) for j in places] for row, places in best]

    def encode(self, X: Any) -> np.ndarray:
        """Vectors of sequences X as the SVM sees them: (n, k) float32, normalised.

        Without PCA they have the pooling's dimension.

        Raises:
            InputError: as :meth:`predict`.
        """
        return np.concatenate([self.classifier_.normalized(v) for v in self._vectors(X)])

    def _vectors(self, X: Any) -> Iterator[np.ndarray]:
        """Vectors of the pooling, so many sequences at a time that these fit in memory."""
        sequences = self._more(X)
        step = max(1, BLOCK_BYTES // (4 * self.classifier_.n_features_in_))
        for first in range(0, len(sequences), step):
            run = sequences.run(first, min(first + step, len(sequences)))
            yield self.pooling_.transform(self._reduced(run))

    def _reduced(self, sequences: Sequences) -> Sequences:
        """The sequences after the reduction of their elements."""
        if self.elements_ is None and not self.element_l2_:
            return sequences
        reduce = np.asarray if self.elements_ is None else self.elements_.transform
        finish = l2_normalize if self.element_l2_ else np.asarray
        parts = [finish(reduce(x)) for x in sequences]
        return Sequences(sequences.ids, sequences.offsets, np.concatenate(parts))
