"""Frames of videos, and the tracks in them."""

import subprocess
import tempfile
from itertools import pairwise

import av
import cv2
import numpy as np
from inputs import film

from against import Row
from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.extraction import extract_tracks

FARNEBACK = {"pyr_scale": 0.5**0.5, "levels": 8, "winsize": 10, "iterations": 2, "poly_n": 7}
FARNEBACK |= {"poly_sigma": 1.5, "flags": cv2.OPTFLOW_FARNEBACK_GAUSSIAN}
FOLDER = tempfile.TemporaryDirectory()  # deleted at the end


def _video(n):
    """An MPEG-4 file of n frames, 320 x 240."""
    path = f"{FOLDER.name}/film.avi"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.bit_rate = 320, 240, 1_000_000
        for grey in film(n):
            frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, axis=2))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def opencv(quick):
    n = 20 if quick else 200
    path = _video(n)

    def theirs():
        options, frames = [cv2.CAP_PROP_N_THREADS, 1], []
        reader = cv2.VideoCapture(path, cv2.CAP_FFMPEG, options)
        while (answer := reader.read())[0]:
            frames.append(cv2.cvtColor(answer[1], cv2.COLOR_BGR2RGB))
        return np.stack(frames)

    what, remark = f"frames, {n} of 320 x 240, MPEG-4", "ours converts bit-exactly, finds damage"
    return Row(what, "OpenCV", lambda: read_video(path).frames, theirs, remark)


def flow_fields(quick):
    images = list(film(17 if quick else 30))
    what = f"dense trajectories, {len(images)} of 320 x 240"
    remark = "a bound: the original program computes them, too, besides all else"

    def theirs():
        for a, b in [*pairwise(images)] * 2:
            cv2.calcOpticalFlowFarneback(a, b, None, **FARNEBACK)

    return Row(what, "two Farneback fields", lambda: extract_tracks(images), theirs, remark)


def original(quick, program):
    """The original program of dense trajectories, which prints a line for each track."""
    n = 17 if quick else 30
    path = _video(n)

    def ours():
        return np.array([len(extract_tracks(read_video(path).frames).info)])

    def theirs():
        done = subprocess.run([program, path], capture_output=True, check=True)
        return np.array([len(done.stdout.splitlines())])

    what = f"dense trajectories, file of {n} frames"
    return Row(what, "the original program", ours, theirs, "numbers of tracks are compared")
