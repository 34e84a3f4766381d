"""The meaning of the image-sentence configuration: models with all their settings.

A *model* is a representation of sentences. Nothing here imports torch: it runs whenever the
workflow is planned.
"""

from rnnfv.planning import Config

MIXTURES = ("mixture_components", "mixture_samples", "mixture_iterations")
MIXTURE_POOLINGS = ("gmm-fv", "lmm-fv", "hglmm-fv", "mm-ens")
_OPTIMISATION = ("dropout", "learning_rate", "weight_decay", "batch_size", "clip")
NETWORK = ("objective", "n_lstm", "scale", "init", *_OPTIMISATION, "epochs", "patience")
DATA = ("words", "corpus", "reverse")
TRAINING = (*NETWORK, *DATA, "evaluate_every", "epoch_coordinates", "eta", "alpha")
EMBEDDING = ("pooling", "alpha", "mixture_coordinates", "embedding")
_CCA = ("pooling", "eta", "components")
READ_BY = {
    "mean": (),
    **dict.fromkeys(MIXTURE_POOLINGS, ("alpha",)),
    "mm-ens": ("alpha", "mixture_coordinates"),
    "rnn-fv": ("alpha", "layers", "coordinates", "scaling", "pca", "pca_samples", "reverse"),
}
"""Beside the CCA's: which settings a pooling's representation reads."""

_DEFAULTS: Config = {"words": "given", "reverse": False, "corpus": None, "coordinates": None}
_DEFAULTS |= {"objective": "regression", "layers": ["output"], "scaling": "none", "pca": None}


def model_settings(config: Config, model: str) -> Config:
    """Every setting of a model.

    It is its own, else that of the model whose network it uses, of ``sentences``, or the default.
    """
    own = config["models"][model]
    of_network = config["models"][own["network"]] if "network" in own else {}
    return _DEFAULTS | config["sentences"] | of_network | own


def settings_for(config: Config, model: str, step: str) -> Config:
    """The settings that a step of a model depends on, in a fixed order.

    Args:
        config: the configuration.
        model: a key of ``models``.
        step: ``training`` of its network, ``projection`` (representation and CCA) or ``embedding``
            (of words by its CCA).
    """
    projection = (*_CCA, *READ_BY[config["models"][model]["pooling"]])
    keys = {"training": TRAINING, "projection": projection, "embedding": EMBEDDING}
    settings = model_settings(config, model)
    return {key: settings[key] for key in sorted(keys[step])}


def network_model(config: Config, model: str) -> str:
    """The model whose network a model uses: itself, or one from which it takes something else."""
    return str(config["models"][model].get("network", model))


def caption_files(config: Config, captions: str) -> list[str]:
    """The user's files that hold captions and say which image is in which split."""
    settings = config["captions"][captions]
    files, splits = settings.get("captions", []), settings.get("splits", {})
    files = [files] if isinstance(files, str) else files
    return [*files, *([splits] if isinstance(splits, str) else splits.values())]


def caption_settings(config: Config, captions: str) -> Config:
    """Settings that the list of images and sentences depends on, in a fixed order."""
    settings = config["captions"][captions]
    others = ("images", "vectors", "shards", "source", "validation", "validation_seed")
    return {key: settings[key] for key in sorted(set(settings) - set(others))}


def dimension(config: Config, model: str, words: str) -> int:
    """Dimensions of a sentence, about; word vectors of a file are taken to have 300.

    Args:
        config: the configuration.
        model: that represents the sentence.
        words: the word vectors.
    """
    settings = model_settings(config, model)
    words_dim = config["words"][words]["dim"] if "corpora" in config["words"][words] else 300
    if settings["words"] == "cca":
        words_dim = config["sentences"]["embedding"]
    k, units = settings["mixture_components"], settings["n_lstm"]
    lstm = 4 * units * (words_dim + units + 1) if "lstm" in settings["layers"] else 0
    rnn = words_dim * (units + 1) + lstm
    sizes = {"mean": words_dim, "mm-ens": settings["mixture_coordinates"], "rnn-fv": rnn}
    # A PCA is fitted on all the numbers it reduces.
    return int(settings["coordinates"] or sizes.get(settings["pooling"], 2 * k * words_dim))


def seed_of_words(config: Config, words: str, seed: int) -> int:
    """The seed of the word vectors that a model of this seed reads.

    Args:
        config: the configuration.
        words: the word vectors. Where they are trained in the run, each seed has its own.
        seed: of the model.
    """
    return seed if "corpora" in config["words"][words] else int(config["seeds"][0])


def is_seeded(config: Config, model: str, words: str) -> bool:
    """Whether a model has any randomness; the mean of word vectors from a file has none.

    Args:
        config: the configuration.
        model: a key of ``models``.
        words: the word vectors.
    """
    settings = model_settings(config, model)
    drawn = settings["pooling"] != "mean" or settings["words"] == "cca"
    return drawn or "corpora" in config["words"][words]


def seeds_of(config: Config, model: str, words: str) -> list[int]:
    """The seeds that a model is made with.

    Args:
        config: the configuration.
        model: a key of ``models``.
        words: the word vectors.
    """
    return list(config["seeds"]) if is_seeded(config, model, words) else [0]


def cca_memory(config: Config, captions: str, words: str, model: str, n: int = 0) -> int:
    """Memory of a model's CCA in MB: p x p numbers, image features twice, blocks, and its PCA's.

    Where it is known that there are fewer sentences n than 3/4 of the dimensions p, the CCA takes
    their n x n Gram matrix, and holds n x p.

    Args:
        config: the configuration.
        captions: the data set.
        words: the word vectors.
        model: the model.
        n: training sentences; 0 where it is not known.
    """
    p, pca = dimension(config, model, words), model_settings(config, model)["pca"] or 0
    base = 2000 if config["captions"][captions]["layout"] == "synthetic" else 6000
    if n and 4 * n < 3 * p:
        return round(base + max(8e-6 * n * n + 20e-6 * n * 4096, 4e-6 * n * p + 4e-6 * n * n))
    covariance = 8e-6 * p * p + 20e-6 * min(p, pca or p) * 4096
    return round(base + max(covariance, 16e-6 * p * p if pca else 0))


def embedding_model(config: Config) -> str | None:
    """The model whose CCA embeds words: the first mixture ensemble."""
    models = config["models"].items()
    return next((name for name, model in models if model["pooling"] == "mm-ens"), None)


def caption_features(config: Config) -> set[str]:
    """Names of the image features that come from files of the user's own."""
    sets = config["captions"].values()
    return {name for captions in sets for name in captions.get("vectors", {})}
