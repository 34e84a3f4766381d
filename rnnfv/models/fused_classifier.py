"""Several representations of an item side by side, and one linear SVM: a row of Table 2."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import items_of
from rnnfv.arrays.estimators import fitted
from rnnfv.arrays.matrices import ArraySource
from rnnfv.arrays.sequences import Sequences
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.data.labels import label_array
from rnnfv.errors import InputError
from rnnfv.evaluation.vector_classifier import VectorClassifier
from rnnfv.experiments.fusion import fused_classifier
from rnnfv.models.sequence_classifier import SequenceClassifier

_AT_A_TIME = 64  # items


class FusedClassifier(SequenceClassifier):
    """Items in, labels out, by several representations that stand side by side (early fusion).

    An item has an input for each feature, and for trajectories. X is a dictionary: the name of an
    input to the sequences of all items, or to their tracks. Several members may read one input.

    Attributes:
        members_: fitted :class:`~rnnfv.SequenceClassifier`, of which only the vectors are used, and
            :class:`~rnnfv.TrajectoryFisherVector`.
        takes_: the input that each member reads.
        classifier_: fitted :class:`~rnnfv.VectorClassifier` of the vectors side by side.
        about_: whatever else belongs to the model, as the networks that made the inputs.
        classes_: labels, sorted.

    Examples:
        >>> from rnnfv import MeanPooling, VectorClassifier
        >>> X, y = [[[0, 1], [0, 3]], [[2, 0]], [[3, 1], [5, 0]]], ["tall", "wide", "wide"]
        >>> pooling = MeanPooling().fit(X)
        >>> classifier = VectorClassifier().fit(pooling.transform(X), y)
        >>> member = SequenceClassifier.of(pooling, classifier, element_l2=False)
        >>> model = FusedClassifier.of_members([member, member], ["front", "side"])
        >>> model.fit({"front": X, "side": X}, y).predict({"front": X[:1], "side": X[:1]})
        array(['tall'], dtype='<U4')
    """

    @classmethod
    def of_members(
        cls, members: Sequence[Any], takes: Sequence[str], about: Mapping[str, Any] | None = None
    ) -> Self:
        """Members that are fitted already; ``fit`` trains the SVM of all.

        Args:
            members: give the vectors.
            takes: name of the input that each reads.
            about: whatever else belongs to the model, anything JSON can hold.

        Raises:
            InputError: a member is something else, or not one input is named for each.
        """
        made = cls()
        made.members_ = fitted(members, SequenceClassifier | TransformerMixin, "members")
        made.takes_, made.about_ = list(takes), dict(about or {})
        if len(made.takes_) != len(made.members_):
            raise InputError(f"{len(made.members_)} members take as many inputs: name one each.")
        return made

    @property
    def dims_(self) -> dict[str, int]:
        """Dimensions of the elements, or of the tracks, of each input, by its name."""
        pairs = zip(self.takes_, self.members_, strict=True)
        return {name: member.n_features_in_ for name, member in pairs}

    @property
    def tracks_(self) -> set[str]:
        """The inputs that are tracks, of which an item may have none."""
        pairs = zip(self.takes_, self.members_, strict=True)
        return {name for name, one in pairs if not isinstance(one, SequenceClassifier)}

    def fit(self, X: Any, y: Any, C: float = 1.0) -> Self:
        """Train the SVM on items X with labels y.

        Args:
            X: see the class.
            y: (n,) labels.
            C: of the SVM.

        Raises:
            InputError: as ``predict``; also fewer than two classes, or not a label an item.
        """
        check_is_fitted(self, "members_")
        blocks = list(self._members_vectors(X))
        vectors = [np.concatenate(member) for member in zip(*blocks, strict=True)]
        return self.fit_vectors(ConcatenatedColumns(list(map(ArraySource, vectors))), y, C)

    def fit_vectors(self, vectors: ConcatenatedColumns, y: Any, C: float = 1.0) -> Self:
        """Train the SVM on the members' vectors.

        Args:
            vectors: (n, D), side by side.
            y: (n,) labels.
            C: of the SVM.
        """
        labels = label_array(y, vectors.shape[0])
        self.classifier_: VectorClassifier = fused_classifier(vectors, labels, C)
        self.classes_ = self.classifier_.classes_
        return self

    def _vectors(self, X: Any) -> Iterator[np.ndarray]:
        check_is_fitted(self, "classifier_")
        yield from (np.concatenate(block, axis=1) for block in self._members_vectors(X))

    def _members_vectors(self, X: Any) -> Iterator[list[np.ndarray]]:
        """The vectors of each member, some items at a time.

        Raises:
            InputError: an input is missing, or inputs of different numbers of items.
        """
        if not isinstance(X, Mapping) or set(X) != set(self.takes_):
            given = (
                (", ".join(map(str, X)) or "none") if isinstance(X, Mapping) else type(X).__name__
            )
            needed = f"a dictionary of {', '.join(self.dims_)}"
            raise InputError(f"the inputs are {needed}; got {given}.")
        items = {
            name: x if isinstance(x, Sequences) else list(items_of(x, "a list of sequences"))
            for name, x in X.items()
        }
        counts = {name: len(x) for name, x in items.items()}
        if len(set(counts.values())) > 1 or not all(counts.values()):
            raise InputError(f"inputs need the same items, one or more; there are {counts}.")
        for first in range(0, max(counts.values()), _AT_A_TIME):
            last = min(first + _AT_A_TIME, max(counts.values()))
            runs = {
                name: x.run(first, last) if isinstance(x, Sequences) else x[first:last]
                for name, x in items.items()
            }
            pairs = zip(self.members_, self.takes_, strict=True)
            yield [_encoded(member, runs[name]) for member, name in pairs]


def _encoded(member: Any, X: Any) -> np.ndarray:
    """A member's vectors; of tracks they are rounded as the workflow's files are."""
    if isinstance(member, SequenceClassifier):
        return member.encode(X)
    vectors: np.ndarray = member.transform(X).astype(np.float16).astype(np.float32)
    return vectors
