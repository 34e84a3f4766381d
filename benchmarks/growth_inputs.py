"""Steps from videos to elements and tracks, for benchmarks/growth.py. Networks have random weights."""

import numpy as np
from growth_step import Step, unit_rows

HEIGHT, WIDTH = 240, 320


def film(n):
    """Make n grey frames of a textured square that moves over a texture."""
    from trajectories import made_film

    frames = made_film(min(n, 50), HEIGHT, WIDTH)
    return np.concatenate([frames, frames[::-1]] * (n // 100 + 1))[:n]


def decode_frames(n, folder, quick):
    """MPEG-4 in AVI; every tenth frame kept and resized, as for VGG-19, or every one, as for C3D."""
    from rnnfv.data.synthetic.actions.dataset import write_clip
    from rnnfv.features.media.video import read_video

    write_clip(folder / "clip.avi", np.repeat(film(n)[..., None], 3, axis=3))
    yield None
    read_video(folder / "clip.avi", every=10, short_side=256)
    yield "for VGG-19, one in ten"
    read_video(folder / "clip.avi", exact=(128, 171))
    yield "for C3D, all"


def network(name, frames, precision, options):
    """A step that runs a network over n frames, or n blocks."""

    def run(n, folder, quick):
        import torch

        from rnnfv.features.networks import create_network, extract

        torch.set_num_threads(1)
        model = create_network(name, weights="random", device="cpu", precision=precision, **options)
        items = frames(n)
        list(extract(model, [("warm", items[: model.block])]))
        yield None
        list(extract(model, [("video", items)], batch_size=8))
        yield precision

    return run


def vgg_frames(n):
    """Frames as decoding leaves them."""
    return np.random.default_rng(0).integers(0, 256, (n, 256, 341, 3), dtype=np.uint8)


def c3d_blocks(n):
    """Frames of n blocks of 16 at a stride of 8."""
    return np.random.default_rng(0).integers(0, 256, (8 * n + 8, 128, 171, 3), dtype=np.uint8)


def extract_trajectories(n, folder, quick):
    """Tracks of one video by the published settings."""
    import cv2

    from rnnfv.features.trajectories.extraction import extract_tracks
    from rnnfv.features.trajectories.settings import TrajectorySettings

    cv2.setNumThreads(1)
    frames = film(n)[:, ::4, ::4] if quick else film(n)
    yield None
    extract_tracks(frames, TrajectorySettings())
    yield "of 320 x 240 pixels"


def trajectory_tracks(n):
    """Make n tracks of 426 non-negative numbers around 300 centres."""
    rng = np.random.default_rng(0)
    tracks = rng.gamma(0.5, size=(300, 426)).astype(np.float32)[rng.integers(0, 300, n)]
    return tracks * rng.gamma(2, 0.5, size=tracks.shape).astype(np.float32)


def fit_codebook(n, folder, quick):
    """PCA and mixture of the five descriptors, K = 256."""
    from rnnfv.pooling.trajectories import TrajectoryFisherVector

    tracks = trajectory_tracks(n)
    yield None
    TrajectoryFisherVector(4 if quick else 256, max_iter=50, random_state=0).fit([tracks])
    yield "five mixtures, K = 256"


def encode_trajectories(n, folder, quick):
    """Fisher vectors of the tracks of videos with 4,000 each."""
    from rnnfv.pooling.trajectories import TrajectoryFisherVector

    tracks, k = trajectory_tracks(max(n, 4096)), 4 if quick else 256
    encoder = TrajectoryFisherVector(k, max_iter=1, random_state=0).fit([tracks[:4096]])
    yield None
    encoder.transform([tracks[i : i + 4000] for i in range(0, n, 4000)])
    yield "Fisher vectors, K = 256"


def reduce_frames(n, folder, quick):
    """PCA of 4096-d float16 features from disk; then the same frames through a CCA's projection."""
    from rnnfv.arrays.normalize import l2_normalize
    from rnnfv.arrays.sequences import open_sequences, write_sequences
    from rnnfv.reduction.cca import ViewProjection
    from rnnfv.reduction.pca import StreamedPCA

    dim, k = (60, 10) if quick else (4096, 500)
    rng, basis = (
        np.random.default_rng(0),
        np.random.default_rng(1).standard_normal((k, dim), dtype=np.float32),
    )
    items = (
        (str(i), unit_rows(rng, 18, k) @ basis + rng.standard_normal((1, dim)))
        for i in range(n // 18)
    )
    write_sequences(folder / "features.h5", items, dim, np.float16)
    view = ViewProjection(np.zeros(dim), basis.T.copy())
    yield None
    with open_sequences(folder / "features.h5") as stored:
        pca = StreamedPCA(k).fit(stored)
        yield "PCA, fit"
        reduced = (
            (name, l2_normalize(pca.transform(x)))
            for name, x in zip(stored.ids, stored, strict=True)
        )
        write_sequences(folder / "pca.h5", reduced, k)
        yield "PCA, transform"
        reduced = (
            (name, l2_normalize(view.project(x)))
            for name, x in zip(stored.ids, stored, strict=True)
        )
        write_sequences(folder / "cca.h5", reduced, k)
        yield "CCA, transform"


_FRAMES = 2_400_000  # of UCF101's 13,320 clips: 1,600 minutes, 25 a second
_NETWORK = "every item once; a batch is held"
STEPS = [
    Step(
        "decode_frames",
        "frames",
        (250, 500, 1000),
        (20, 40),
        _FRAMES,
        {
            "for VGG-19, one in ten": (1, 0, "every frame once; a video is held"),
            "for C3D, all": (1, 0, "every frame once; a video is held"),
        },
        decode_frames,
    ),
    *(
        Step(
            f"extract_features:{name}:{precision}",
            unit,
            sizes,
            (1, 2),
            paper,
            {precision: (1, 0, _NETWORK)},
            network(name, frames, precision, options),
        )
        for name, unit, sizes, paper, frames, options in (
            ("vgg19", "frames", (2, 4, 8), 240_000, vgg_frames, {}),
            ("c3d", "blocks", (4, 8, 16), 286_000, c3d_blocks, {}),
        )
        for precision in ("float32", "bfloat16")
    ),
    Step(
        "extract_trajectories",
        "frames",
        (25, 50, 100),
        (18, 20),
        _FRAMES,
        {"of 320 x 240 pixels": (1, 0, "every frame once; a video and its tracks are held")},
        extract_trajectories,
    ),
    Step(
        "fit_codebook",
        "tracks",
        (4000, 8000, 16000),
        (300, 600),
        256_000,
        {"five mixtures, K = 256": (1, 1, "every track in each of at most 50 iterations")},
        fit_codebook,
    ),
    Step(
        "encode_trajectories",
        "tracks",
        (32_000, 64_000, 128_000),
        (400, 800),
        53_280_000,
        {"Fisher vectors, K = 256": (1, 0, "every track once; 4,000 a video")},
        encode_trajectories,
    ),
    Step(
        "reduce",
        "frames",
        (18_000, 36_000, 72_000),
        (360, 720),
        240_000,
        {
            "PCA, fit": (
                1,
                0,
                "n D² products, and the eigenvectors of 4,096 x 4,096 whatever n is",
            ),
            "PCA, transform": (1, 0, "n D k products"),
            "CCA, transform": (1, 0, "n D k products"),
        },
        reduce_frames,
    ),
]
