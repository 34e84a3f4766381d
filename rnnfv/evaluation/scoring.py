"""Accuracy of classifiers, with a warning of labels that they cannot know."""

import warnings
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from rnnfv.data.labels import label_array, unknown_labels


class Classifier(ClassifierMixin):
    """A classifier of scikit-learn whose ``score`` tells labels that it was not fitted on."""

    classes_: np.ndarray

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy, with a warning of labels that are not in ``classes_``.

        Args:
            X: what ``predict`` takes, n items.
            y: (n,) their labels.
            sample_weight: (n,) of the items.

        Raises:
            InputError: as ``predict``; or y is not a label per item.
        """
        found = self.predict(X)
        labels = label_array(y, len(found))
        both = np.concatenate([self.classes_, labels])
        fitted, new = np.split(np.arange(len(both)), [len(self.classes_)])
        for note in unknown_labels(both, {"train": fitted, "val": new[:0], "test": new}):
            warnings.warn(note, UserWarning, stacklevel=2)
        return float(accuracy_score(labels, found, sample_weight=sample_weight))
