"""Improved dense trajectories: time per frame against the optical flow that they need.

    python benchmarks/trajectories.py [VIDEO ...]     # without videos, a film is made

The bound is OpenCV's own Farneback flow with the same constants, two fields a frame (the second
one to the frame warped back).
"""

import sys
from itertools import pairwise

import cv2
import numpy as np
from inputs import film
from timing import alternately, one_thread

from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.pooling.trajectories import TrajectoryFisherVector

FARNEBACK = {"pyr_scale": float(np.sqrt(0.5)), "levels": 8, "winsize": 10, "iterations": 2}
FARNEBACK |= {"poly_n": 7, "poly_sigma": 1.5, "flags": cv2.OPTFLOW_FARNEBACK_GAUSSIAN}
COMPOSED = TrajectorySettings(warped_flow="compose")
CHEAP = TrajectorySettings(flow="dis", warped_flow="compose")


def grey(frames):
    return [f if f.ndim == 2 else cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames]


def extraction(frames):
    """Milliseconds a frame; returns the tracks by the published settings."""
    images = grey(frames)
    seconds = alternately(
        3,
        flow=lambda: [
            cv2.calcOpticalFlowFarneback(a, b, None, **FARNEBACK) for a, b in pairwise(images)
        ],
        published=lambda: extract_tracks(frames, TrajectorySettings()),
        composed=lambda: extract_tracks(frames, COMPOSED),
        cheap=lambda: extract_tracks(frames, CHEAP),
    )
    ms = {name: 1000 * seconds[name] / len(frames) for name in seconds}
    bound = 2 * ms["flow"]
    print(f"{len(frames)} frames; two flow fields a frame, the bound: {bound:.1f} ms")
    for name in ("published", "composed", "cheap"):
        print(f"tracks, settings {name}: {ms[name]:.1f} ms, {ms[name] / bound:.2f} times")
    return extract_tracks(frames, TrajectorySettings())


def encoding(tracks):
    """Fisher vectors of K = 256 against scikit-learn's posteriors alone."""
    sample = np.random.default_rng(0).permutation(np.resize(tracks.descriptors, (20_000, 426)))
    encoder = TrajectoryFisherVector(256, max_iter=3, random_state=0).fit([sample])
    mixtures = encoder.mixtures_.values()
    parts = [np.random.default_rng(1).normal(size=(20_000, m.means_.shape[1])) for m in mixtures]
    seconds = alternately(
        3,
        encode=lambda: encoder.transform([sample]),
        posteriors=lambda: [m.predict_proba(x) for m, x in zip(mixtures, parts, strict=True)],
    )
    rate, ratio = len(sample) / seconds["encode"], seconds["encode"] / seconds["posteriors"]
    print(f"Fisher vectors: {rate:.0f} tracks/s, {ratio:.2f} times scikit-learn's posteriors")


def main():
    one_thread()
    videos = [read_video(path, as_opencv=True).frames for path in sys.argv[1:]]
    for frames in videos or [film(40)]:
        tracks = extraction(frames)
    encoding(tracks)


if __name__ == "__main__":
    main()
