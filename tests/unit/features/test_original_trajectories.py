"""Dense trajectories against what the original program writes for three clips of JHMDB."""

import cv2
import numpy as np
import pytest
from scipy.spatial import KDTree

from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.text import read_text_tracks
from rnnfv.features.trajectories.tracks import descriptor_columns

CLIPS = {
    "swing_baseball": "BaseballSwingAnalysis_swing_baseball_f_nm_np1_fr_med_12.avi",
    "pour": "Bartender_of_America_Bartending_School_pour_u_cm_np1_fr_med_2.avi",
    "climb_stairs": "I_DO_NOT_Run_Up_Stairs_Like_A_GIRL_climb_stairs_l_cm_np1_ba_med_0.avi",
}


def compared(folder, clip, *, as_opencv=True, **settings):
    """The share of the original's tracks that are found, and correlations of their descriptors."""
    video, text = folder / f"jhmdb/videos/{clip}/{CLIPS[clip]}", f"idt_reference/{clip}.txt.gz"
    if not video.is_file() or not (folder / text).is_file():
        pytest.skip(f"{video} or {text} is not there: the original's tracks to compare with")
    cv2.setNumThreads(1)
    frames = read_video(video, as_opencv=as_opencv).frames
    tracks = extract_tracks(frames, TrajectorySettings(**{"features": "sift", **settings}))
    info, descriptors = read_text_tracks(folder / text, 15)
    distance, nearest = KDTree(places(tracks.info)).query(places(info))
    found = distance <= 2
    assert len(tracks) == pytest.approx(len(info), rel=0.25)
    mine, theirs = tracks.descriptors[nearest[found]], descriptors[found]
    correlation = {
        name: np.corrcoef(mine[:, columns].ravel(), theirs[:, columns].ravel())[0, 1]
        for name, columns in descriptor_columns().items()
    }
    # One of our tracks stands for one of the original's at most.
    return len(set(nearest[found])) / len(info), correlation


def places(info):
    """Mean positions of tracks; those of another frame or scale are far away."""
    scale = np.rint(2 * np.log2(info[:, 6]))
    return np.column_stack([1e4 * info[:, 0], 1e6 * scale, info[:, 1:3]])


slow = pytest.mark.slow


@pytest.mark.parametrize(
    "clip", ["swing_baseball", *(pytest.param(c, marks=slow) for c in ("pour", "climb_stairs"))]
)
def test_tracks_and_descriptors_are_those_of_the_original(real_data, clip):
    share, correlation = compared(real_data, clip)
    assert share > 0.98
    assert min(correlation.values()) > 0.99


@slow
@pytest.mark.parametrize("clip", CLIPS)
def test_orb_in_place_of_sift_costs_few_tracks(real_data, clip):
    share, correlation = compared(real_data, clip, features="orb")
    assert share > 0.95
    assert correlation.pop("trajectory") > 0.95 and min(correlation.values()) > 0.98


@slow
def test_pixels_that_differ_by_a_level_cost_more(real_data):
    assert 0.65 < compared(real_data, "climb_stairs", as_opencv=False)[0] < 0.9


@slow
def test_dense_inverse_search_is_much_less_exact(real_data):
    assert 0.1 < compared(real_data, "climb_stairs", flow="dis")[0] < 0.5
