"""Several spaces of images and sentences whose cosines are averaged: a combination of a table."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.estimators import fitted
from rnnfv.errors import InputError
from rnnfv.evaluation.similarity import combine
from rnnfv.models.image_sentence_space import Gallery, ImageSentenceSpace


class ImageSentenceEnsemble(ImageSentenceSpace):
    """Spaces side by side: the cosine of the whole is the mean of theirs.

    Attributes:
        spaces_: the members.
        images_, sentences_: a gallery each to search among; None where a member has none.
        about_: whatever else belongs to the model.
        n_features_in_: dimensions of an image's features.

    Examples:
        >>> from rnnfv import RegularizedCCA
        >>> from rnnfv.arrays.conversion import as_sequences
        >>> from rnnfv.experiments.representations import mean_vector
        >>> sentences = [[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 1.0]]]
        >>> images = np.array([[3.0, 0.1], [0.2, 2.0], [2.0, 2.0]])
        >>> cca = RegularizedCCA(1).fit(mean_vector(as_sequences(sentences)), images)
        >>> space = ImageSentenceSpace.of(mean_vector, cca.projection_)
        >>> ImageSentenceEnsemble.of_spaces([space, space]).encode_images(images).shape
        (3, 2)
    """

    @classmethod
    def of_spaces(
        cls, spaces: Sequence[ImageSentenceSpace], about: Mapping[str, Any] | None = None
    ) -> Self:
        """The ensemble of spaces that are fitted already.

        Args:
            spaces: of the same image features, with galleries of the same items.
            about: whatever else belongs to the model, anything JSON can hold.

        Raises:
            InputError: no spaces, or other things; image features of different dimensions, or
                galleries of different items.
        """
        made = cls()
        spaces = fitted(spaces, ImageSentenceSpace, "spaces")
        made.spaces_, made.about_ = spaces, dict(about or {})
        sizes = {space.n_features_in_ for space in spaces}
        if len(sizes) > 1:
            raise InputError(f"spaces of image features of {sorted(sizes)} dimensions do not fit.")
        [made.n_features_in_] = sizes
        made.images_, made.sentences_ = (
            _side_by_side([getattr(space, name) for space in spaces])
            for name in ("images_", "sentences_")
        )
        return made

    def encode_sentences(self, sentences: Any) -> np.ndarray:
        """See :meth:`ImageSentenceSpace.encode_sentences`; the members' vectors side by side."""
        check_is_fitted(self)
        return _joined([space.encode_sentences(sentences) for space in self.spaces_])

    def encode_images(self, features: Any) -> np.ndarray:
        """See :meth:`ImageSentenceSpace.encode_images`; the members' vectors side by side."""
        check_is_fitted(self)
        return _joined([space.encode_images(features) for space in self.spaces_])

    def unknown_words(self, text: str) -> list[str]:
        """See :meth:`ImageSentenceSpace.unknown_words`; the members know the same words."""
        check_is_fitted(self)
        return self.spaces_[0].unknown_words(text)

    def _fitted(self) -> dict[str, Any]:
        """The members alone, whose galleries are the ensemble's."""
        return {"spaces_": self.spaces_, "about_": self.about_}

    def _restore(self, fitted: dict[str, Any]) -> None:
        for name, value in vars(self.of_spaces(fitted["spaces_"], fitted["about_"])).items():
            setattr(self, name, value)


def _joined(members: Sequence[np.ndarray]) -> np.ndarray:
    """Rows side by side, of unit length where the members' rows are."""
    joined, _ = combine([(rows, rows) for rows in members])
    return joined


def _side_by_side(galleries: Sequence[Gallery | None]) -> Gallery | None:
    found = [gallery for gallery in galleries if gallery is not None]
    if len(found) < len(galleries):
        return None
    names = [list(gallery.names) if gallery.names is not None else None for gallery in found]
    if any(other != names[0] for other in names):
        raise InputError("the galleries of the spaces hold different items.")
    return Gallery(names[0], _joined([gallery.vectors for gallery in found]))
