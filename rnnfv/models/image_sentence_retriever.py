"""Section 4 of the paper as one estimator: images for a sentence, sentences for an image."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from rnnfv.arrays.checks import check_beside, items_of, peaks_of, real_matrix, typical_of
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.estimators import N_JOBS, OPTIMISATION, SCALE, list_of, number, whole
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.random_states import seed_of
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.data.captions.validation import drawn_images
from rnnfv.devices import pick_device
from rnnfv.errors import InputError
from rnnfv.evaluation.checks import check_image_of
from rnnfv.experiments.captions import Part, Words
from rnnfv.experiments.epoch_choice import train_on_sentences
from rnnfv.experiments.representations import NetworkRepresentation
from rnnfv.experiments.retrieval import fit_common_space
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import build_vocabulary
from rnnfv.features.words.word_vectors import word_table
from rnnfv.models.epoch_bar import trained_network
from rnnfv.models.image_sentence_space import Gallery, ImageSentenceSpace, sequences_of_words
from rnnfv.rnn.settings import candidates


@dataclass(eq=False, repr=False)
class ImageSentenceRetriever(ImageSentenceSpace):
    """RNN Fisher vectors of sentences and a CCA with images: a row of Tables 3 to 5, for one's own.

    ``fit`` holds out some images with their sentences and trains a next-word network on the other
    sentences. It keeps the epoch, and then the regularisation of the CCA, with which held-out
    images and sentences find each other best. These are the functions that the workflow's tables
    are made with.

    Args:
        n_lstm: H, LSTM units.
        word_vectors: of the words where sentences are texts: a file, a dictionary from word to
            vector, or gensim's ``KeyedVectors``.
        reverse: whether to reverse the words of every sentence.
        coordinates: of the RNN-FVs to keep, drawn at random; None for all D (H + 1). A CCA takes 8
            times their square in bytes.
        alpha: exponent of the power normalisation.
        eta: regularisations of the CCA to choose from.
        components: of the CCA to keep; None for all.
        validation_images: number of images to hold out, or a share of them below 1.
        evaluate_every: epochs from one validation to the next.
        epoch_coordinates: of the RNN-FVs that a validation samples.
        epochs: passes over the sentences, at most.
        patience: stop after this many epochs without better retrieval; 0 never.
        dropout: probability of dropping a unit while training.
        scale: ``"none"``, ``"unit"``, or both in a list, of which validation chooses.
        init: initial weights, ``"torch"`` or ``"orthogonal"``.
        learning_rate: of Adam.
        weight_decay: of Adam.
        batch_size: sentences per update.
        device: ``"auto"`` or a torch device.
        n_jobs: trainings at a time, each in a process of its own, where there are several scales.
            None is 1. The results are the same. A single training is not divided: n_jobs changes
            nothing then.
        random_state: seed of held-out images, coordinates, weights, batches and dropout.
        verbose: whether to show the epochs with loss and sum of recalls.

    Attributes:
        epoch_: the epoch that was kept.
        eta_: the regularisation that was kept.
        validation_rsum_: the sum of six recalls on held-out images, of 600.
        validation_: numbers of the images that were held out.
        curve_: a record of every epoch.
        words_, represent_, projection_, images_, sentences_: see
            :class:`~rnnfv.ImageSentenceSpace`; the galleries are those of ``fit``.
        n_features_in_: dimensions of an image's features.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> words = {word: rng.normal(size=4) for word in ("a", "red", "blue", "dot", "ring")}
        >>> texts = [f"a {c} {s}" for c in ("red", "blue") for s in ("dot", "ring")] * 5
        >>> images = np.array([["blue" in text, "ring" in text] for text in texts], float)
        >>> images += rng.normal(scale=0.1, size=images.shape)
        >>> model = ImageSentenceRetriever(4, word_vectors=words, epochs=1, random_state=0)
        >>> model = model.fit(texts, np.arange(20), images, images=texts)
        >>> len(model.search("a blue ring", k=3))
        3
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_lstm": whole(1),
        "word_vectors": "no_validation",
        "reverse": [bool],
        "coordinates": [*whole(1), None],
        "alpha": number(0, 1, "right"),
        "eta": list_of(number(0, None, "neither")),
        "components": [*whole(1), None],
        "validation_images": [*number(0, 1, "neither"), *whole(1)],
        "evaluate_every": whole(1),
        "epoch_coordinates": whole(1),
        "epochs": whole(1),
        "patience": whole(0),
        "scale": SCALE,
        "verbose": ["verbose"],
        **N_JOBS,
        **OPTIMISATION,
    }

    n_lstm: int = 100
    _: KW_ONLY
    word_vectors: Any = None
    reverse: bool = False
    coordinates: int | None = 4000
    alpha: float = 0.5
    eta: Sequence[float] = (0.001, 0.003, 0.01, 0.03, 0.1)
    components: int | None = None
    validation_images: int | float = 0.1
    evaluate_every: int = 5
    epoch_coordinates: int = 1000
    epochs: int = 30
    patience: int = 0
    dropout: float = 0.5
    scale: str | Sequence[str] = "none"
    init: str = "torch"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 64
    device: str = "auto"
    n_jobs: int | None = None
    random_state: int | np.random.RandomState | None = None
    verbose: bool | int = False

    def fit(  # type: ignore[override]
        self, sentences: Any, image_of: Any, image_features: Any, images: Any = None
    ) -> Self:
        """Fit on sentences and the images they describe.

        Args:
            sentences: n texts, with ``word_vectors`` given; or a list of (T, D) arrays.
            image_of: (n,) the row of ``image_features`` that each sentence describes.
            image_features: (m, q).
            images: m names; None for their numbers.

        Raises:
            InputError: arrays that do not fit together, texts without word vectors, a text without
                words, too few images.
        """
        self._validate_params()
        features = real_matrix(image_features, "image")
        peaks = peaks_of(features)
        check_beside(peaks, "image")
        if not isinstance(sentences, Sequences):
            sentences = list(items_of(sentences, "a list of sentences"))
            if not sentences:
                raise InputError("no sentences given: fit needs some of each image.")
        given = range(len(features)) if images is None else items_of(images, "names of images")
        names = list(map(str, given))
        if len(names) != len(features):
            raise InputError(f"{len(features)} images need as many names, got {len(names)}.")
        image_of = check_image_of(np.asarray(image_of), len(sentences))
        seed = seed_of(self.random_state)
        if len(image_of) and image_of.max() >= len(features):
            raise InputError(f"image_of names image {image_of.max()}, of {len(features)}.")
        held_out = self._held_out(names, seed)
        for chosen, purpose in ((~held_out, "fit on"), (held_out, "validate by")):
            if not chosen[image_of].any():
                few = f"sentences of {len(set(image_of.tolist()))} image(s) leave none to {purpose}"
                raise InputError(f"{few}. Give sentences of more images.")
        texts = [str(text) for text in sentences] if self._are_texts(sentences) else None
        for i, text in enumerate(texts or []):
            if not isinstance(sentences[i], str) or not tokenize(text):
                raise InputError(f"sentence {i} has no words: {sentences[i]!r}.")
        words = None if texts is None else self._words(texts, ~held_out[image_of])
        if texts is None or words is None:
            every = _as_table(as_sequences(sentences))
        else:
            every = sequences_of_words(texts, words, self.reverse)
        train, val = (
            _part(names, features, every, image_of, chosen) for chosen in (~held_out, held_out)
        )
        settings = self.get_params() | {"objective": "regression", "layers": ["output"]}
        settings |= {"scaling": "none", "pca": None, "pca_samples": 0}
        options = candidates(settings | {"n_fc": 0})
        training = partial(train_on_sentences, train.sentences, train, val, settings)
        result, network = trained_network(self, training, options, every.dim, seed)
        about = network, "regression", settings, seed, train.sentences
        represent = NetworkRepresentation.fitted(*about, device=pick_device(self.device))
        space, sweep = fit_common_space(represent, train, val, self.eta, self.components)
        self._take(represent, space.projection, words, self.reverse)
        self.typical_ = typical_of(peaks)
        self.epoch_, self.eta_ = result.best["epoch"], space.eta
        self.validation_rsum_, self.curve_ = sweep[space.eta], result.curve
        self.validation_ = np.flatnonzero(held_out)
        in_space = l2_normalize(self.projection_.project_x(represent(every)))
        self.images_ = Gallery(None if images is None else names, self.encode_images(features))
        self.sentences_ = Gallery(texts, in_space)
        return self

    def _are_texts(self, sentences: Any) -> bool:
        texts = isinstance(sentences, list) and any(isinstance(x, str) for x in sentences)
        if texts and self.word_vectors is None:
            advice = "give a file, a dictionary or gensim's KeyedVectors as word_vectors"
            raise InputError(f"sentences that are texts need vectors of their words: {advice}.")
        return texts

    def _held_out(self, names: list[str], seed: int) -> np.ndarray:
        """A mask over the images, true for those that are held out."""
        size, m = self.validation_images, len(names)
        n = max(1, round(size * m)) if size < 1 else int(size)
        if not 0 < n < m:
            raise InputError(f"validation_images: {n} of {m} images; leave at least one to fit on.")
        drawn = set(drawn_images(names, n, seed))
        return np.array([name in drawn for name in names])

    def _words(self, texts: list[str], kept: np.ndarray) -> Words:
        """The words of the texts that are trained on, with vectors of unit length."""
        tokens = [tokenize(text) for text, chosen in zip(texts, kept, strict=True) if chosen]
        table = word_table(self.word_vectors, build_vocabulary(tokens))
        label = f"{table.values.shape[1]}-d word vectors"
        return Words(table.words, l2_normalize(table.values), len(table.words), label)

    def _parameters(self) -> dict[str, Any]:
        """Without the word vectors: those that are needed are among the words."""
        return super()._parameters() | {"word_vectors": None}


def _as_table(sequences: Sequences) -> Sequences:
    """Elements as rows of a table, as words are."""
    values = np.asarray(sequences.values, dtype=np.float32)
    return Sequences(sequences.ids, sequences.offsets, TableRows(values, np.arange(len(values))))


def _part(
    names: list[str],
    features: np.ndarray,
    sentences: Sequences,
    image_of: np.ndarray,
    chosen: np.ndarray,
) -> Part:
    """Some images with their sentences."""
    images = np.flatnonzero(chosen)
    described = np.flatnonzero(chosen[image_of])
    numbers = np.cumsum(chosen) - 1
    some = sentences.select(described)
    return Part([names[i] for i in images], features[images], some, numbers[image_of[described]])
