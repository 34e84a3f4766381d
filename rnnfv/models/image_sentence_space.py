"""The space that images and sentences share, fitted: a row of Tables 3 to 5 for new ones."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rnnfv.arrays.checks import (
    check_count,
    flaws,
    items_of,
    peaks_of,
    real_array,
    real_matrix,
    warn_of_other_unit,
)
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.saving import Saveable
from rnnfv.arrays.sequences import Sequences
from rnnfv.devices import pick_device
from rnnfv.errors import InputError
from rnnfv.evaluation.similarity import nearest
from rnnfv.experiments.captions import Words
from rnnfv.experiments.representations import Representation, kept_representation, representation_of
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import reversed_words
from rnnfv.reduction.cca_projection import CCAProjection


class Gallery(NamedTuple):
    """Images or sentences to search among.

    Attributes:
        names: of images, or the sentences themselves; None where they have only numbers.
        vectors: (n, k) float32 in the common space, unit rows.
    """

    names: Sequence[str] | None
    vectors: np.ndarray

    def item(self, i: int) -> str | int:
        """The name of item i, or its number."""
        return i if self.names is None else str(self.names[i])


class ImageSentenceSpace(Saveable, BaseEstimator):
    """Images and sentences as vectors to compare, by fitted steps: words, representation, CCA.

    :class:`~rnnfv.ImageSentenceRetriever` fits them all. A run of the workflow keeps its own here,
    of any representation (:meth:`of`).

    Attributes:
        words_: the words that sentences may use, with vectors; None where sentences are arrays.
        reverse_: whether the words of a sentence are reversed.
        represent_: gives the rows of sentences.
        projection_: the CCA, :class:`~rnnfv.reduction.cca_projection.CCAProjection`.
        images_, sentences_: a :class:`Gallery` each to search among; None for none.
        about_: whatever else belongs to the model, as the network that made the image features.
        typical_: size of the image features that it was fitted on; None where that is not known.
        n_features_in_: dimensions of an image's features.

    Examples:
        >>> from rnnfv import RegularizedCCA
        >>> from rnnfv.experiments.representations import mean_vector
        >>> sentences = [[[1.0, 0.0]], [[0.0, 1.0], [0.1, 1.0]], [[1.0, 1.0]]]
        >>> rows = mean_vector(as_sequences(sentences))
        >>> images = np.array([[3.0, 0.1], [0.2, 2.0], [2.0, 2.0]])
        >>> cca = RegularizedCCA(1).fit(rows, images)
        >>> space = ImageSentenceSpace.of(mean_vector, cca.projection_)
        >>> space.search(sentences[1], k=1, images=images)[0][0]
        1
    """

    typical_: float | None = None

    @classmethod
    def of(
        cls,
        represent: Representation,
        projection: CCAProjection,
        words: Words | None = None,
        *,
        reverse: bool = False,
        about: Mapping[str, Any] | None = None,
    ) -> Self:
        """The space of steps that are fitted already; galleries may be set afterwards.

        Args:
            represent: gives the rows of sentences.
            projection: the CCA.
            words: of sentences; None where these are arrays.
            reverse: whether the words of a sentence are reversed.
            about: whatever else belongs to the model, anything JSON can hold.
        """
        made = cls()
        made._take(represent, projection, words, reverse)
        made.about_ = dict(about or {})
        return made

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Nothing: its steps are fitted already, see :meth:`of`."""
        check_is_fitted(self)
        return self

    def _take(
        self,
        represent: Representation,
        projection: CCAProjection,
        words: Words | None,
        reverse: bool,
    ) -> None:
        self.represent_, self.projection_ = represent, projection
        self.words_, self.reverse_ = words, reverse
        self.images_: Gallery | None = None
        self.sentences_: Gallery | None = None
        self.about_: dict[str, Any] = {}
        self.n_features_in_ = len(projection.y_mean)

    def encode_sentences(self, sentences: Any) -> np.ndarray:
        """Sentences, texts or arrays as in ``fit``, in the common space: (n, k), unit rows.

        Raises:
            InputError: a sentence without a known word; bad arrays.
        """
        check_is_fitted(self)
        rows = self.represent_(self._sequences(sentences))
        return l2_normalize(self.projection_.project_x(rows))

    def encode_images(self, features: Any) -> np.ndarray:
        """Images by their features, (m, q), in the common space: (m, k), unit rows.

        Raises:
            InputError: another dimension than in ``fit``, or numbers that cannot be meant.
        """
        check_is_fitted(self)
        given = np.atleast_2d(real_array(features, "the features of images"))
        rows = real_matrix(given, "image", keep_double=True)
        peaks = peaks_of(rows)
        for i, flaw in flaws(peaks, self.typical_).items():
            what = flaw.partition(": ")[2]
            raise InputError(f"image {i} holds {what}: repair it or leave it out.")
        warn_of_other_unit(peaks, self.typical_, "image features")
        return l2_normalize(self.projection_.project_y(rows))

    def unknown_words(self, text: str) -> list[str]:
        """Words of a text that the model does not know: they are left out."""
        check_is_fitted(self)
        if self.words_ is None:
            return []
        known = set(self.words_.vocabulary)
        return [word for word in dict.fromkeys(tokenize(_text(text))) if word not in known]

    def search(self, sentence: Any, k: int = 10, images: Any = None) -> list[tuple[Any, float]]:
        """The k images that fit a sentence best, with their cosines, best first.

        Args:
            sentence: a text, or a (T, D) array.
            k: how many.
            images: (m, q) features to search among; None for the images of the model.

        Returns:
            Pairs of an image, its name or its number, and a cosine.

        Raises:
            InputError: as :meth:`encode_sentences`; the model has no images.
        """
        asked = self.encode_sentences([sentence])
        return _answers(asked, self._gallery("images", images, self.encode_images), k)

    def annotate(self, image: Any, k: int = 5, sentences: Any = None) -> list[tuple[Any, float]]:
        """The k sentences that fit an image best, with their cosines, best first.

        Args:
            image: (q,) features.
            k: how many.
            sentences: to choose from; None for the sentences of the model.

        Returns:
            Pairs of a sentence, its text or its number, and a cosine.

        Raises:
            InputError: as :meth:`encode_images`; the model has no sentences.
        """
        asked = self.encode_images(image)
        return _answers(asked, self._gallery("sentences", sentences, self.encode_sentences), k)

    def _gallery(self, what: str, given: Any, encode: Any) -> Gallery:
        if given is not None:
            given = given.to_numpy() if hasattr(given, "to_numpy") else given
            if not isinstance(given, np.ndarray | Sequences):
                given = list(items_of(given, f"a list of {what}"))
            if not len(given):
                raise InputError(f"no {what} given: give some to search among.")
            texts = given if what == "sentences" and isinstance(given[0], str) else None
            return Gallery(texts, encode(given))
        own: Gallery | None = getattr(self, f"{what}_")
        if own is None:
            raise InputError(f"this model has no {what} of its own: give some to search among.")
        return own

    def _sequences(self, sentences: Any) -> Sequences:
        """Sentences as sequences of words.

        Raises:
            InputError: a sentence without a known word.
        """
        if self.words_ is None:
            return as_sequences(sentences)
        texts = list(map(_text, items_of(sentences, "a list of texts")))
        found = sequences_of_words(texts, self.words_, self.reverse_)
        for text, length in zip(texts, found.lengths, strict=True):
            if length < 2:  # the end token alone
                known = f"the model knows {self.words_.n_vocabulary - 1} words"
                raise InputError(f"{text!r} has no word that the model knows; {known}.")
        return found

    def _fitted(self) -> dict[str, Any]:
        kept = super()._fitted()
        kept["represent_"] = kept_representation(self.represent_)
        kept["projection_"] = vars(self.projection_)
        if self.words_ is not None:
            kept["words_"] = vars(self.words_) | {"words": np.array(self.words_.words)}
        for name in ("images_", "sentences_"):
            if kept[name] is not None:
                names, vectors = kept[name]
                kept[name] = [None if names is None else np.array(names), vectors]
        return kept

    def _restore(self, fitted: dict[str, Any]) -> None:
        fitted["represent_"] = representation_of(fitted["represent_"], pick_device("auto"))
        fitted["projection_"] = CCAProjection(**fitted["projection_"])
        if fitted["words_"] is not None:
            words = fitted["words_"] | {"words": fitted["words_"]["words"].tolist()}
            fitted["words_"] = Words(**words)
        for name in ("images_", "sentences_"):
            if fitted[name] is not None:
                names, vectors = fitted[name]
                fitted[name] = Gallery(None if names is None else names.tolist(), vectors)
        super()._restore(fitted)


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise InputError(f"a sentence is a text, got {type(text).__name__}: {text!r}.")
    return text


def sequences_of_words(texts: Sequence[str], words: Words, reverse: bool = False) -> Sequences:
    """Texts as sequences of the words' vectors; other words are dropped.

    Args:
        texts: n sentences.
        words: that have vectors.
        reverse: whether to reverse the words of every sentence.
    """
    tokens = [tokenize(text) for text in texts]
    found = words.sentences([str(i) for i in range(len(texts))], tokens)
    return reversed_words(found) if reverse else found


def _answers(asked: np.ndarray, gallery: Gallery, k: int) -> list[tuple[Any, float]]:
    """The k best of a gallery for one vector, (1, k); of those that tie, the earlier first."""
    check_count(k)
    if len(asked) != 1:
        raise InputError(f"one image or sentence is asked for at a time, got {len(asked)}.")
    best, scores = nearest(gallery.vectors, asked, [0], "search", k)
    return [(gallery.item(int(i)), float(s)) for i, s in zip(best[0], scores[0], strict=True)]
