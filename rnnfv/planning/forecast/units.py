"""Of what the cost of a rule's job is made: rows of the table of costs, and how many units of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rnnfv.planning.forecast.plan import Job
from rnnfv.planning.forecast.sizes import Config, Size, elements, size_of
from rnnfv.planning.sentences import combinations, model_settings, needed_models

Units = dict[str, float]
WORDS = 3_000_000  # of GoogleNews' vectors


def units(job: Job, config: Config, sizes: Mapping[str, Size]) -> Units:
    """Rows of the table of costs, by name, and units of each; empty for a rule or a data set that nothing is known of."""
    if job.rule == "read_corpus":
        return {"read_corpus": config["corpora"][job.wildcards["corpus"]]["sentences"]}
    size = size_of(job, config, sizes)
    if size is None or job.rule not in _UNITS:
        return {}
    return {name: count / job.parts for name, count in _UNITS[job.rule](job, config, size).items()}


def _network(job: Job, config: Config) -> str:
    return str(config["features"][job.wildcards["feature"]]["network"])


def _forward(job: Job, config: Config) -> str:
    """The row of a network's passes: float32 takes longer on a CPU than the other types."""
    precision = config["features"][job.wildcards["feature"]].get("precision", "float32")
    return f"{job.rule}:{_network(job, config)}{'-float32' if precision == 'float32' else ''}"


def _layout(job: Job, config: Config) -> str:
    return str(config["datasets"][job.wildcards["dataset"]]["layout"]).upper()


def _decode_frames(job: Job, config: Config, size: Size) -> Units:
    return {f"decode_frames:{_network(job, config)}": size.frames}


def _passes(job: Job, config: Config) -> float:
    """Of ten crops, or of the one that is taken instead."""
    return 0.1 if config["features"][job.wildcards["feature"]].get("crops") == "center" else 1.0


def _extract_features(job: Job, config: Config, size: Size) -> Units:
    return {_forward(job, config): elements(job, config, size) * _passes(job, config)}


def _extract_images(job: Job, config: Config, size: Size) -> Units:
    return {_forward(job, config): size.images * _passes(job, config)}


def _reduce(job: Job, config: Config, size: Size) -> Units:
    return {job.rule: elements(job, config, size)}


def _encode_trajectories(job: Job, config: Config, size: Size) -> Units:
    most = config["trajectories"][job.wildcards["trajectories"]]["max_tracks"]
    return {"encode_trajectories": size.videos * most} if most else {}


def _by_layout(job: Job, config: Config, size: Size) -> Units:
    return {f"{job.rule}:{_layout(job, config)}": 1}


def _train_rnn(job: Job, config: Config, size: Size) -> Units:
    return {f"train_rnn:{_layout(job, config)}": config["rnn"]["epochs"]}


def _classify(job: Job, config: Config, size: Size) -> Units:
    return {f"classify:{job.wildcards['pooling']}-{_layout(job, config)}": len(config["seeds"])}


def _fuse(job: Job, config: Config, size: Size) -> Units:
    tracks = any(f"/{name}/" in path for path in job.inputs for name in config["trajectories"])
    return {f"fuse:idt-{_layout(job, config)}": len(config["seeds"])} if tracks else {}


def _fit_mixtures(job: Job, config: Config, size: Size) -> Units:
    return {"fit_mixtures": config["sentences"]["mixture_samples"]}


def _project(job: Job, config: Config, size: Size) -> Units:
    settings = model_settings(config, job.wildcards["model"])
    if settings["pooling"] == "mean":
        return {}
    etas = len(settings["eta"])
    if settings["pooling"] == "rnn-fv" and settings["objective"] == "classification":
        passes = size.sentences * (
            1 + etas
        )  # columns are made anew for the Gram matrix and for every eta
        return {
            "project_rnn:classification-sentence": passes,
            "project_rnn:classification-eta": etas,
            "project_rnn:classification-job": 1,
        }
    rows: Units = {
        f"{job.rule}:sentence": size.sentences,
        f"{job.rule}:eta": etas,
        f"{job.rule}:job": 1,
    }
    if settings["pooling"] == "rnn-fv" and settings["pca"]:
        rows["project_rnn:pca"] = 1
    return rows


def _train_sentence_rnn(job: Job, config: Config, size: Size) -> Units:
    settings = model_settings(config, job.wildcards["model"])
    corpus = settings["corpus"]
    trained_on = config["corpora"][corpus]["sentences"] if corpus else size.sentences
    looks = 1 + settings["epochs"] // settings["evaluate_every"]
    return {
        f"train_sentence_rnn:{settings['objective']}": trained_on * settings["epochs"],
        "train_sentence_rnn:validation": size.sentences * looks,
        "train_sentence_rnn:look": looks,
    }


def _evaluate_retrieval(job: Job, config: Config, size: Size) -> Units:
    table = job.wildcards["table"]
    methods = len(needed_models(config, table)) + len(combinations(config, table))
    protocols = config[table]["protocols"]
    large = size.images > 100_000 and "all" in protocols  # COCO's 5,000 test images
    small = sum(
        {"five-folds": 5, "first-1000": 1, "all": 0 if large else 1}[name] for name in protocols
    )
    return {"evaluate_retrieval:1000": methods * small, "evaluate_retrieval:5000": methods * large}


_UNITS: dict[str, Callable[[Job, Config, Size], Units]] = {
    "decode_frames": _decode_frames,
    "extract_features": _extract_features,
    "reduce_pca": _reduce,
    "reduce_cca": _reduce,
    "pool_gmm": _by_layout,
    "train_rnn": _train_rnn,
    "pool_rnn": lambda job, config, size: {"pool_rnn": size.videos},
    "classify": _classify,
    "extract_trajectories": lambda job, config, size: {"extract_trajectories": size.frames},
    "fit_codebook": lambda job, config, size: {"fit_codebook": 1},
    "encode_trajectories": _encode_trajectories,
    "normalize": _by_layout,
    "transfer_rnn": lambda job, config, size: {"transfer_rnn": size.videos},
    "normalize_transferred": _by_layout,
    "fuse": _fuse,
    "list_captions": lambda job, config, size: {"list_captions": size.images},
    "extract_images": _extract_images,
    "look_up_words": lambda job, config, size: {"look_up_words": WORDS},
    "fit_mixtures": _fit_mixtures,
    "project_pooled": _project,
    "project_rnn": _project,
    "train_sentence_rnn": _train_sentence_rnn,
    "evaluate_retrieval": _evaluate_retrieval,
}
