"""Improved dense trajectories on textures with known motion, and their descriptors."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from rnnfv.errors import InputError
from rnnfv.features.trajectories.camera import CameraMotion
from rnnfv.features.trajectories.extraction import extract_tracks
from rnnfv.features.trajectories.flow import FlowEstimator, warped_back, without_camera
from rnnfv.features.trajectories.histograms import CellHistograms, gradients, votes
from rnnfv.features.trajectories.scales import Scale, pyramid, scales_of
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.tracking import Tracker
from rnnfv.features.trajectories.tracks import (
    DESCRIPTORS,
    Tracks,
    descriptor_columns,
    descriptor_size,
)

COLUMNS = descriptor_columns()
SIZE = (120, 160)


def texture(rng, height, width, smooth=2.0):
    """Noise with blobs of a few pixels: something for the flow to hold on to."""
    noise = cv2.GaussianBlur(rng.normal(size=(height, width)).astype(np.float32), (0, 0), smooth)
    return (127 + 55 * noise / noise.std()).clip(0, 255)


def film(rng, motion, frames=20, size=SIZE, margin=80):
    """Frames of one texture; ``motion(t)``, 3 x 3, takes a pixel of frame 0 to frame t."""
    height, width = size
    wide = texture(rng, height + 2 * margin, width + 2 * margin)
    shift = np.array([[1, 0, -margin], [0, 1, -margin], [0, 0, 1.0]])
    images = [cv2.warpPerspective(wide, motion(t) @ shift, (width, height)) for t in range(frames)]
    return np.stack(images).round().astype(np.uint8)


def translation(x, y):
    return lambda t: np.array([[1, 0, x * t], [0, 1, y * t], [0, 0, 1.0]])


def about_centre(matrix, t):
    """A linear motion around the middle of the frame."""
    centre = np.array([[1, 0, SIZE[1] / 2], [0, 1, SIZE[0] / 2], [0, 0, 1.0]])
    return centre @ matrix(t) @ np.linalg.inv(centre)


def rotation(degrees):
    def matrix(t):
        c, s = np.cos(np.radians(degrees * t)), np.sin(np.radians(degrees * t))
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])

    return lambda t: about_centre(matrix, t)


def zoom(factor):
    return lambda t: about_centre(lambda t: np.diag([factor**t, factor**t, 1.0]), t)


PLAIN = TrajectorySettings(stabilize=False, scales=1)


@pytest.mark.parametrize("flow", ["farneback", "dis"])
@pytest.mark.parametrize(
    "motion",
    [translation(1.5, -0.75), rotation(1.0), zoom(1.015)],
    ids=["translation", "rotation", "zoom"],
)
def test_tracks_follow_the_geometry(rng, motion, flow):
    """Every point of every track is where the texture's motion takes its first point."""
    frames = film(rng, motion)
    tracks = extract_tracks(frames, TrajectorySettings(stabilize=False, scales=1, flow=flow))
    assert len(tracks) > 300
    start = tracks.info[:, 0].astype(int) - 15
    expected = np.empty_like(tracks.points)
    for i, (points, first) in enumerate(zip(tracks.points, start, strict=True)):
        for k in range(16):
            step = motion(first + k) @ np.linalg.inv(motion(first))
            first_point = points[None, :1].astype(np.float64)
            expected[i, k] = cv2.perspectiveTransform(first_point, step)[0, 0]
    # Flow is a guess at the edges.
    inside = ((expected > 12) & (expected < np.array(SIZE[::-1]) - 12)).all(axis=(1, 2))
    errors = np.linalg.norm(tracks.points - expected, axis=2)[inside]
    assert inside.sum() > 100
    assert np.median(errors[:, -1]) < 0.5 and np.quantile(errors[:, -1], 0.95) < 1.5
    np.testing.assert_allclose(tracks.points[:, 0] % 5, 2)  # they start on the grid


def test_coarser_scales_see_the_same_motion_in_the_pixels_of_the_video(rng):
    settings = TrajectorySettings(stabilize=False, scales=4)
    tracks = extract_tracks(film(rng, translation(2.0, 1.0)), settings)
    scales = tracks.info[:, 6]
    assert len(set(scales.round(1))) == 4
    for scale in sorted(set(scales)):
        moved = (tracks.points[:, -1] - tracks.points[:, 0])[scales == scale]
        np.testing.assert_allclose(np.median(moved, axis=0), [30, 15], atol=1.0)


def sizes_of(height, width):
    return [scale[1:] for scale in scales_of(height, width)]


def test_scales_are_those_of_the_original_and_never_smaller_than_the_volume():
    assert sizes_of(240, 320)[:3] == [(240, 320), (170, 226), (120, 160)]
    assert len(sizes_of(240, 320)) == 6 and sizes_of(240, 320)[-1] == (42, 57)  # next: 30 x 40
    assert sizes_of(2000, 2000)[-1] == (177, 177)  # eight at most
    assert sizes_of(31, 320) == []


@pytest.mark.parametrize(
    ("sides", "scales"),
    [
        ((45, 44), 1),
        ((63, 62), 2),
        ((90, 90), 3),
        ((126, 127), 4),
        ((179, 181), 5),
        ((252, 255), 6),
        ((357, 362), 7),
        ((64, 64), 3),
    ],
)
def test_the_number_of_scales_follows_from_sizes_that_are_not_rounded(sides, scales):
    assert [len(sizes_of(side, 800)) for side in sides] == [scales, scales]


def test_each_scale_is_made_from_the_one_before(rng):
    frame = texture(rng, *SIZE).astype(np.uint8)
    images = pyramid(frame, scales_of(*SIZE))
    assert [image.shape for image in images] == sizes_of(*SIZE)
    for finer, coarser in pairwise(images):
        np.testing.assert_array_equal(coarser, cv2.resize(finer, coarser.shape[::-1]))


def moving_patch(rng, pan, frames=24):
    """A camera pans over a texture with a square that moves by itself; its boxes by frame."""
    background = film(rng, translation(*pan), frames)
    patch = texture(rng, 40, 40)
    boxes = {}
    for t, frame in enumerate(background):
        x, y = 30 + 3 * t, 40 - t // 2
        frame[y : y + 40, x : x + 40] = patch.round()
        boxes[t] = np.array([[x, y, x + 40, y + 40]])
    return background, boxes


@pytest.mark.parametrize("warped_flow", ["recompute", "compose"])
def test_a_pan_over_a_static_scene_gives_tracks_before_and_almost_none_after_stabilisation(
    rng, warped_flow
):
    frames = film(rng, translation(-2.0, 0.5))
    before = extract_tracks(frames, TrajectorySettings(stabilize=False))
    after = extract_tracks(frames, TrajectorySettings(warped_flow=warped_flow))
    assert len(before) > 1000
    assert len(after) < 0.02 * len(before)


@pytest.mark.parametrize("features", ["orb", "sift"])
def test_after_stabilisation_tracks_are_on_what_moves_and_hold_its_own_motion(rng, features):
    frames, boxes = moving_patch(rng, (-2.0, 0.0))
    before = extract_tracks(frames, TrajectorySettings(stabilize=False, scales=1))
    after = extract_tracks(frames, TrajectorySettings(scales=1, features=features))

    def on_patch(tracks, margin=0):
        """Frame by frame, (n, 16)."""
        numbers = tracks.info[:, :1].astype(int) - 15 + np.arange(16)
        box = np.array([[boxes[t][0] for t in row] for row in numbers])
        after = tracks.points > box[..., :2] - margin
        return (after & (tracks.points < box[..., 2:] + margin)).all(axis=2)

    assert on_patch(before).all(axis=1).mean() < 0.3
    assert on_patch(after).all(axis=1).mean() > 2 * on_patch(before).all(axis=1).mean()
    # The rest was near it for a while, as far as the flow's windows reach.
    assert len(after) > 100 and on_patch(after, 12).any(axis=1).mean() > 0.98
    # The square moves by (3, -1/2) in the picture, so by (5, -1/2) against the scene.
    steps = after.descriptors[on_patch(after).all(axis=1), COLUMNS["trajectory"]].reshape(-1, 15, 2)
    inner = np.median(steps, axis=0).mean(axis=0)
    assert inner[0] * 15 == pytest.approx(1, abs=0.1)
    assert inner[1] / inner[0] == pytest.approx(-0.1, abs=0.07)


def test_boxes_of_people_keep_them_from_being_taken_for_the_camera(rng):
    """Most of the frame moves with a person; the background behind says where the camera goes."""
    frames = film(rng, translation(0.0, 0.0), 18)
    person = film(rng, translation(4.0, 0.0), 18)
    boxes = {t: np.array([[30, 10, 150, 110]]) for t in range(18)}
    for frame, other in zip(frames, person, strict=True):
        frame[10:110, 30:150] = other[10:110, 30:150]
    without = extract_tracks(frames, TrajectorySettings(scales=1))
    with_boxes = extract_tracks(frames, TrajectorySettings(scales=1), boxes)

    def inside(tracks, margin):
        last = tracks.points[:, -1]
        low, high = np.array([30, 10]) + margin, np.array([150, 110]) - margin
        return ((last > low) & (last < high)).all(axis=1)

    # Without boxes the person is the camera; what is left of tracks inside touches the edge.
    assert inside(with_boxes, 10).sum() > max(100, 5 * inside(without, 10).sum())
    assert inside(with_boxes, -12).mean() > 0.9


def test_homographies_are_found_and_undone(rng):
    def shake(t):
        return np.array([[1, 0.01 * t, 2.0 * t], [-0.01 * t, 1, -1.0 * t], [2e-5 * t, 0, 1.0]])

    previous, current = film(rng, shake, 2)
    estimator = FlowEstimator("farneback", scales_of(*SIZE))
    flow = estimator(estimator.views(previous), estimator.views(current))
    assert [motion.shape for motion in flow] == [(*size, 2) for size in sizes_of(*SIZE)]
    camera = CameraMotion("orb")
    camera.see(previous)
    found = camera.estimate(previous, current, flow[0])
    corners = np.array([[[10, 10], [150, 10], [10, 110], [150, 110]]], np.float64)
    moved, expected = (cv2.perspectiveTransform(corners, by) for by in (found, shake(1)))
    np.testing.assert_allclose(moved, expected, atol=0.5)
    grid = np.stack(np.meshgrid(*map(np.arange, SIZE[::-1])), -1).astype(np.float32)
    exact = cv2.perspectiveTransform(grid, shake(1))
    # The camera's own flow leaves nothing, at any scale.
    assert np.abs(without_camera(exact - grid, shake(1))).max() < 1e-3
    half = (exact - grid)[::2, ::2] / 2
    assert np.abs(without_camera(half, shake(1), 2)).max() < 1e-3
    back = warped_back(previous, current, shake(1))
    assert np.abs(back[12:-12, 12:-12].astype(int) - previous[12:-12, 12:-12]).mean() < 3
    # What would show the edge of the later frame, or nothing, is the earlier one.
    moved = warped_back(previous, current, translation(7.0, 0)(1))
    np.testing.assert_array_equal(moved[:, -13:], previous[:, -13:])
    np.testing.assert_array_equal(moved[6:-6, 6:-13], current[6:-6, 13:-6])
    flat = np.full(SIZE, 90, np.uint8)
    camera.see(flat)
    nothing = camera.estimate(flat, flat, np.zeros((*SIZE, 2), np.float32))
    np.testing.assert_array_equal(nothing, np.eye(3))  # no matches: the camera stands still


# Which tracks are kept


def test_static_scenes_short_videos_and_tiny_frames_have_no_tracks(rng):
    still = film(rng, translation(0, 0))
    assert len(extract_tracks(still, PLAIN)) == 0
    moving = film(rng, translation(1.5, 0), 16)
    assert len(extract_tracks(moving, PLAIN)) > 0
    assert len(extract_tracks(moving[:15], PLAIN)) == 0
    assert len(extract_tracks([], PLAIN)) == 0
    assert len(extract_tracks(moving[:, :31, :31], PLAIN)) == 0
    assert len(extract_tracks(moving[:, :16, :8], TrajectorySettings())) == 0
    assert extract_tracks(moving[:15], PLAIN).descriptors.shape == (0, 426)
    assert len(extract_tracks(np.full((20, *SIZE), 128, np.uint8), TrajectorySettings())) == 0


def test_erratic_and_jumping_tracks_are_removed_and_slow_ones_kept(rng):
    fast = film(rng, translation(14.0, 0), 18, margin=300)
    strict = extract_tracks(fast, TrajectorySettings(stabilize=False, scales=1, max_spread=30))
    loose = extract_tracks(fast, TrajectorySettings(stabilize=False, scales=1, max_spread=90))
    assert (loose.info[:, 3] > 30).any() and (strict.info[:, 3:5] <= 30).all()
    assert (loose.info[:, 3] <= 90).all()
    slow = extract_tracks(
        film(rng, translation(0.3, 0), 20), PLAIN
    )  # spread 0.3 * 4.6 = 1.4, below sqrt(3)
    assert len(slow) == 0
    assert len(extract_tracks(film(rng, translation(0.6, 0), 20), PLAIN)) > 100


def test_each_rule_removes_its_own_kind_of_track():
    """Valid tracks by hand, from the steps of points with and without the camera's motion."""
    plain = np.tile([2.0, 0.0], (15, 1))
    jump = np.tile([0.1, 0.0], (15, 1))
    jump[7] = [25, 0]
    long_jump = np.tile([1.5, 0.0], (15, 1))  # the jump of 25 is less than 70 % of the whole
    long_jump[7] = [25, 0]
    tracks = {  # name: steps, own steps, scale, kept
        "moves": (plain, plain, 1, True),
        "static": (plain / 10, plain / 10, 1, False),
        "static, but at a coarse scale": (plain / 5, plain / 5, 4, True),
        "erratic": (6 * plain, 6 * plain, 1, False),
        "jumps": (jump, jump, 1, False),
        "jumps on a long way": (long_jump, long_jump, 1, True),
        "the camera's": (plain, plain * 0.4, 1, False),
        "the camera's but once": (plain, plain * (np.arange(15) == 3)[:, None], 1, True),
    }
    for name, (steps, own, scale, kept) in tracks.items():
        tracker = Tracker(TrajectorySettings(), Scale(scale, 200, 300))
        tracker._add(np.array([[20.0, 20.0]], np.float32))
        tracker._points[0] = 20 + np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)])
        tracker._steps[0] = own
        assert len(tracker._finish(np.array([0]))) == kept, name


def test_points_start_only_where_there_is_structure_and_no_track(rng):
    frames = film(rng, translation(1.0, 0), 17)
    frames[:, :, :80] = 100
    tracks = extract_tracks(frames, PLAIN)
    assert (tracks.points[:, 0, 0] > 70).all()
    first = tracks.points[tracks.info[:, 0] == 15][:, 0]
    assert len({tuple(point) for point in first.tolist()}) == len(first)  # one track a grid point
    # The texture moves one pixel a frame: a cell is free again once its track has left it.
    second = tracks.points[tracks.info[:, 0] == 16][:, 0]
    assert len(second) < 0.5 * len(first)


def test_info_is_what_it_says(rng):
    tracks = extract_tracks(film(rng, translation(1.5, -0.75)), PLAIN)
    np.testing.assert_allclose(tracks.info[:, 1:3], tracks.points.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(tracks.info[:, 3:5], tracks.points.std(axis=1), rtol=1e-4)
    steps = np.linalg.norm(np.diff(tracks.points, axis=1), axis=2)
    np.testing.assert_allclose(tracks.info[:, 5], steps.sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(tracks.info[:, 7], tracks.info[:, 1] / SIZE[1], rtol=1e-5)
    np.testing.assert_allclose(tracks.info[:, 8], tracks.info[:, 2] / SIZE[0], rtol=1e-5)
    np.testing.assert_allclose(tracks.info[:, 9], (tracks.info[:, 0] - 7.5) / 20, rtol=1e-5)


def test_the_same_video_gives_the_same_tracks_twice_and_colour_is_read_as_grey(rng):
    frames = film(rng, translation(1.5, -0.75), 18)
    first, second = extract_tracks(frames), extract_tracks(frames)
    assert (first.descriptors == second.descriptors).all() and (first.points == second.points).all()
    grey = extract_tracks(np.repeat(frames[..., None], 3, axis=3))
    assert (grey.points == first.points).all()


def test_frames_that_are_no_images_are_refused(rng):
    with pytest.raises(InputError, match="frame 0 is float64"):
        extract_tracks(np.zeros((3, 40, 40)))
    with pytest.raises(InputError, match=r"frame 1 is .* all must have one size"):
        extract_tracks([np.zeros((40, 40), np.uint8), np.zeros((40, 50), np.uint8)])
    for wrong in (
        {"flow": "lucas"},
        {"length": 10},
        {"volume": 31},
        {"features": "surf"},
        {"grid": 0},
    ):
        with pytest.raises(InputError, match="trajectories: "):
            TrajectorySettings(**wrong)


# Descriptors


def test_the_layout_is_the_published_one():
    assert {name: columns.stop - columns.start for name, columns in COLUMNS.items()} == {
        "trajectory": 30,
        "hog": 96,
        "hof": 108,
        "mbhx": 96,
        "mbhy": 96,
    }
    assert descriptor_size() == 426 and tuple(COLUMNS) == DESCRIPTORS
    assert descriptor_size(9) == 414


def test_votes_by_hand():
    """Right, down, left, up are bins 0, 2, 4, 6 of 8; shares are linear, weights magnitudes."""
    x = np.array([[2.0, 0, -3, 0, 1, 1]], np.float32)
    y = np.array([[0.0, 1, 0, -4, 1, np.tan(np.radians(11.25))]], np.float32)
    found = votes(x, y, 8)[0]
    assert found.argmax(axis=1)[:5].tolist() == [0, 2, 4, 6, 1]
    np.testing.assert_allclose(found.sum(axis=1), np.hypot(x, y)[0], rtol=1e-6)
    np.testing.assert_allclose(found[:4].max(axis=1), [2, 1, 3, 4], rtol=1e-4)
    np.testing.assert_allclose(
        found[5, 1] / found[5].sum(), 0.25, atol=1e-3
    )  # 11.25 of the 45 degrees to bin 1
    flow = votes(np.array([[0.3, 5]], np.float32), np.zeros((1, 2), np.float32), 9, still=0.4)[0]
    np.testing.assert_allclose(
        flow, [[0] * 8 + [1], [5] + [0] * 8]
    )  # slow pixels vote for the last bin, with 1


def test_sums_of_cells_are_sums_over_their_pixels(rng):
    grey = texture(rng, 60, 80).astype(np.uint8)
    flow = rng.normal(size=(60, 80, 2)).astype(np.float32)
    cells = CellHistograms(grey, flow, 32)
    points = np.array([[40.2, 30.4], [3.0, 2.0], [79.0, 59.0], [33.5, 16.0]])
    hog, hof, mbhx, mbhy = cells.sums(points)
    expected = [
        votes(*gradients(grey), 8),
        votes(flow[..., 0], flow[..., 1], 9, still=0.4),
        votes(*gradients(np.ascontiguousarray(flow[..., 0])), 8),
        votes(*gradients(np.ascontiguousarray(flow[..., 1])), 8),
    ]
    corners = [
        (24, 14),
        (0, 0),
        (48, 28),
        (18, 0),
    ]  # x, y: rounded, half-way to even, moved into the frame
    for found, pixels in zip((hog, hof, mbhx, mbhy), expected, strict=True):
        for point, (x, y) in enumerate(corners):
            for i in range(2):
                for j in range(2):
                    cell = pixels[y + 16 * j : y + 16 * j + 16, x + 16 * i : x + 16 * i + 16]
                    np.testing.assert_allclose(
                        found[point, i, j], cell.sum(axis=(0, 1)), rtol=1e-5, atol=1e-6
                    )
    assert hof.sum(axis=(1, 2, 3)).min() > 0


def test_motion_boundaries_of_a_constant_flow_are_empty(rng):
    grey = texture(rng, 60, 80).astype(np.uint8)
    flow = np.full((60, 80, 2), [3.0, -1.0], np.float32)
    points = np.array([[40.0, 30.0], [0.0, 0.0]])
    hog, hof, mbhx, mbhy = CellHistograms(grey, flow, 32).sums(points)
    assert (mbhx == 0).all() and (mbhy == 0).all()
    roots = CellHistograms(grey, flow, 32).normalized(points)
    np.testing.assert_allclose(roots[:, 68:], np.sqrt(1 / 32), rtol=1e-6)  # all bins are equal
    np.testing.assert_allclose((roots[:, :32] ** 2).sum(axis=1), 1, rtol=1e-5)
    weight = (hog[0] + 0.05) / (hog[0] + 0.05).sum()
    np.testing.assert_allclose(roots[0, :32], np.sqrt(weight).ravel(), rtol=1e-5)
    angle = np.degrees(np.arctan2(-1, 3)) % 360 / 45
    np.testing.assert_allclose(
        hof[..., 7] / hof.sum(axis=3), 8 - angle, rtol=1e-3
    )  # the share that bin 7 has of it
    assert (hof[..., 8] == 0).all() and (hog > 0).any()


def test_blocks_of_descriptors_sum_to_what_their_definition_says(rng):
    frames, _ = moving_patch(rng, (0.0, 0.0))
    tracks = extract_tracks(frames, PLAIN)
    assert len(tracks) > 50
    steps = tracks.descriptors[:, COLUMNS["trajectory"]].reshape(-1, 15, 2)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=2).sum(axis=1), 1, rtol=1e-4)
    assert (steps < 0).any()
    histograms = tracks.descriptors[:, 30:]
    assert (histograms > 0).all() and (histograms <= 1).all()
    for name in ("hog", "hof", "mbhx", "mbhy"):
        squares = tracks.descriptors[:, COLUMNS[name]].reshape(len(tracks), 3, -1) ** 2
        by_time = squares.sum(axis=2)
        assert (by_time <= 1 + 1e-5).all(), name
        # A mean of roots is a little shorter than each of them.
        assert np.median(by_time) > 0.8, name
    # HOF of the square's own motion, right and a little up: bins 0 and 7 take nearly all of it in
    # the middle of the square.
    hof = tracks.descriptors[:, COLUMNS["hof"]].reshape(-1, 3, 4, 9).mean(axis=(0, 1, 2))
    assert hof[[0, 7, 8]].sum() > 0.8 * hof.sum()


def test_time_cells_hold_the_mean_over_their_frames(rng):
    """A film stands still, then moves: the first cell of HOF is all stillness, the last motion."""
    frames = film(rng, lambda t: translation(2.0, 0)(max(0, t - 5)), 16)
    tracks = extract_tracks(frames, PLAIN)
    hof = np.median(tracks.descriptors[:, COLUMNS["hof"]].reshape(-1, 3, 4, 9).sum(axis=2), axis=0)
    assert hof[0, 8] > 0.95 and hof[1, 0] > 0.9 and hof[2, 0] > 0.9
    np.testing.assert_allclose(hof[1:, 8], 0, atol=0.02)


def test_tracks_can_be_joined_and_picked():
    none = Tracks.none(9)
    assert none.descriptors.shape == (0, 414) and none.points.shape == (0, 10, 2)
    one = Tracks(
        np.ones((2, 10), np.float32), np.ones((2, 414), np.float32), np.ones((2, 10, 2), np.float32)
    )
    both = Tracks.joined([one, none, one], 9)
    assert len(both) == 4 and len(both.take(np.array([3]))) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"scales": 1.5},
        {"grid": True},
        {"length": "15"},
        {"quality": -1},
        {"min_spread": float("nan")},
        {"max_spread": float("inf")},
        {"max_jump": -1.0},
        {"stabilize": "yes"},
        {"flow": 3},
    ],
)
def test_settings_of_another_kind_are_refused(wrong):
    [name] = wrong
    with pytest.raises(InputError, match=f"trajectories: {name}"):
        TrajectorySettings(**wrong)
    assert TrajectorySettings(length=np.int64(9), max_spread=np.float32(3)).length == 9
