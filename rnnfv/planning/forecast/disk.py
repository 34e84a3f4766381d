"""What jobs leave on disk, in bytes, and which of it is temporary."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rnnfv.data.download.sources import Source
from rnnfv.planning.actions import networks
from rnnfv.planning.forecast.plan import Job
from rnnfv.planning.forecast.sizes import Config, Size, elements, size_of
from rnnfv.planning.sentences import dimension

CNN = 4096  # numbers of a VGG or C3D feature
TRACK = 852  # bytes of a track on disk: 426 numbers in float16
TRACKS_A_FRAME = 167  # of 320 x 240 pixels, after a video's first 15 frames (docs/performance.md)


def written(
    job: Job, config: Config, sizes: Mapping[str, Size], sources: Mapping[str, Source]
) -> dict[str, tuple[float, bool]]:
    """Bytes of every output of a job that is worth counting, and whether it is deleted when its last reader is done.

    Archives and what is unpacked of them are counted at the receipt and the marker that stand for them.
    """
    if job.rule == "download":
        return {
            job.outputs[0]: (
                sources[job.wildcards["source"]].size,
                not config["data"]["keep_archives"],
            )
        }
    if job.rule == "unpack":
        source = sources[job.wildcards["source"]]
        return {job.outputs[0]: (source.unpacked_bytes or source.size, False)}
    size = size_of(job, config, sizes)
    if size is None or job.rule not in _BYTES:
        return {}
    count, ending, temporary = _BYTES[job.rule]
    found = [path for path in job.outputs if path.endswith(ending)]
    return {path: (count(job, config, size) / job.parts, temporary) for path in found}


def _frames(job: Job, config: Config, size: Size) -> float:
    planned = networks(
        {"features": {job.wildcards["feature"]: config["features"][job.wildcards["feature"]]}}
    )
    decoding = planned[job.wildcards["feature"]].decoding
    short = decoding["short_side"] or min(size.width, size.height)
    height, width = decoding["exact"] or (
        short,
        short * max(size.width, size.height) / min(size.width, size.height),
    )
    return size.frames / decoding["every"] * height * width * 3


def _features(job: Job, config: Config, size: Size) -> float:
    return elements(job, config, size) * CNN * 2


def _reduced(job: Job, config: Config, size: Size) -> float:
    return elements(job, config, size) * config["pca"]["components"] * 4


def _gmm_vectors(job: Job, config: Config, size: Size) -> float:
    return size.videos * 2 * max(config["gmm"]["components"]) * config["pca"]["components"] * 4


def _rnn_vectors(job: Job, config: Config, size: Size) -> float:
    return size.videos * config["pca"]["components"] * (config["rnn"]["n_lstm"] + 1) * 4


def _normalized(job: Job, config: Config, size: Size) -> float:
    return size.videos * max(config["rnn"]["pca"]) * 4


def _tracks(job: Job, config: Config, size: Size) -> float:
    settings = config["trajectories"][job.wildcards["trajectories"]]
    all_tracks = max(size.frames - settings["length"] * size.videos, 0) * TRACKS_A_FRAME
    return min(all_tracks, size.videos * (settings["max_tracks"] or all_tracks)) * TRACK


def _track_vectors(job: Job, config: Config, size: Size) -> float:
    return (
        size.videos
        * config["trajectories"][job.wildcards["trajectories"]]["components"]
        * 2
        * 213
        * 2
    )


def _images(job: Job, config: Config, size: Size) -> float:
    return size.images * CNN * 4


def _cca(job: Job, config: Config, size: Size) -> float:
    rows = dimension(config, job.wildcards["model"], job.wildcards["words"])
    return (rows + CNN) * min(rows, CNN) * 4


_BYTES: dict[str, tuple[Callable[[Job, Config, Size], float], str, bool]] = {
    "decode_frames": (_frames, ".h5", True),
    "extract_features": (_features, ".h5", True),
    "join_features": (_features, ".h5", False),
    "reduce_pca": (_reduced, "sequences.h5", False),
    "reduce_cca": (_reduced, "sequences.h5", False),
    "pool_gmm": (_gmm_vectors, ".h5", True),
    "pool_rnn": (_rnn_vectors, "rnn-fv/seed0/vectors.h5", True),
    "transfer_rnn": (_rnn_vectors, ".h5", True),
    "normalize": (_normalized, ".h5", False),
    "normalize_transferred": (_normalized, ".h5", False),
    "extract_trajectories": (_tracks, ".h5", True),
    "encode_trajectories": (_track_vectors, ".h5", False),
    "extract_images": (_images, ".h5", True),
    "join_images": (_images, ".h5", False),
    "project_pooled": (_cca, "cca.h5", False),
}
