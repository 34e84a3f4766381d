"""Improved dense trajectories on one thread: time per frame against the optical flow that any implementation needs.

    python benchmarks/trajectories.py [VIDEO ...]

Without videos a film is made: a textured square moves over a texture under a panning camera, 320 x 240 pixels. The bound is
two flow fields a frame (the second one to the frame warped back), by the same library: the C++ original computes them, too,
so it cannot be faster than the bound.
"""

import sys
import time
from itertools import pairwise

import cv2
import numpy as np

from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.flow import FlowEstimator
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.pooling.trajectories import TrajectoryFisherVector


def made_film(frames=40, height=240, width=320):
    rng = np.random.default_rng(0)

    def texture(h, w):
        noise = cv2.GaussianBlur(rng.normal(size=(h, w)).astype(np.float32), (0, 0), 2)
        return (127 + 55 * noise / noise.std()).clip(0, 255).astype(np.uint8)

    scene, patch = texture(height + 100, width + 200), texture(80, 80)
    film = np.stack([scene[t : t + height, 2 * t : 2 * t + width] for t in range(frames)])
    for t, frame in enumerate(film):
        frame[60 + t : 140 + t, 40 + 4 * t : 120 + 4 * t] = patch
    return film


def seconds(work, repeats=3):
    """Median of a few runs, in process CPU time: other work on the machine counts less."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return float(np.median(times))


def main():
    cv2.setNumThreads(1)
    films = {path: read_video(path).frames for path in sys.argv[1:]} or {"made film": made_film()}
    total, bound, frames, tracks = dict.fromkeys(("farneback", "dis"), 0.0), 0.0, 0, 0
    for film in films.values():
        grey = [
            frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in film
        ]
        flow = FlowEstimator("farneback")
        bound += 2 * seconds(lambda grey=grey, flow=flow: [flow(a, b) for a, b in pairwise(grey)])
        for kind in total:
            settings = TrajectorySettings(
                flow=kind, warped_flow="recompute" if kind == "farneback" else "compose"
            )
            total[kind] += seconds(
                lambda film=film, settings=settings: extract_tracks(film, settings)
            )
        found = extract_tracks(film)
        frames, tracks = frames + len(film), tracks + len(found)
    print(
        f"{len(films)} videos, {frames} frames of {film.shape[2]} x {film.shape[1]}, {tracks} tracks; CPU time of one thread"
    )
    print(f"two flow fields a frame, the bound: {1000 * bound / frames:6.1f} ms")
    for kind, time_taken in total.items():
        what = "published settings" if kind == "farneback" else "dis, flow composed"
        print(
            f"tracks, {what}: {1000 * time_taken / frames:14.1f} ms -> {time_taken / bound:.2f} times the bound"
        )
    rng = np.random.default_rng(0)
    sample = rng.permutation(np.resize(found.descriptors, (20_000, 426)))
    encoder = TrajectoryFisherVector(256, max_iter=3, random_state=0).fit([sample])
    encode = seconds(lambda: encoder.transform([sample]))
    posterior = seconds(
        lambda: [
            mixture.predict_proba(rng.normal(size=(len(sample), mixture.means_.shape[1])))
            for mixture in encoder.mixtures_.values()
        ]
    )
    rate = len(sample) / encode
    print(
        f"Fisher vectors, K = 256: {rate:.0f} tracks/s, {encode / posterior:.2f} times scikit-learn's posteriors alone"
    )


if __name__ == "__main__":
    main()
