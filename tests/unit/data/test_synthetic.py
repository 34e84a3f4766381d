"""The synthetic action data sets: what they promise about order, splits, determinism and files."""

import inspect

import av
import numpy as np
import pytest
from scipy.stats import ks_2samp

from rnnfv.data.synthetic.actions.dataset import (
    clip_parameters,
    dataset_manifest,
    render_clip,
    render_clips,
    write_clip,
)
from rnnfv.data.synthetic.actions.filming import film, stage
from rnnfv.data.synthetic.actions.motions import draw_parameters, draw_progress
from rnnfv.data.synthetic.actions.preview import preview_clips
from rnnfv.data.synthetic.actions.recipes import RECIPES
from rnnfv.data.synthetic.actions.scenes import MARGIN, draw_scene, pixel_grid
from rnnfv.data.synthetic.shapes import SHAPES, wedge

PAIRS, LOOPS = RECIPES["pairs"], RECIPES["loops"]
ALL_ACTIONS = [(recipe, action) for recipe in (PAIRS, LOOPS) for action in recipe.actions]


def scene_of(recipe, number):
    return draw_scene(recipe.look, number, np.random.default_rng(100 + number))


def decode(path):
    with av.open(str(path)) as file:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)])


@pytest.mark.parametrize("number", [0, 7])
@pytest.mark.parametrize(
    "forward", [action for action, (_, backwards) in PAIRS.actions.items() if not backwards]
)
def test_partner_shows_the_same_frames_in_reversed_order(forward, number):
    scene = scene_of(PAIRS, number)
    parameters = draw_parameters(PAIRS.moments, np.random.default_rng(number))
    frames = stage(PAIRS, forward, scene, parameters)
    partner = stage(PAIRS, PAIRS.partners[forward], scene, parameters)
    np.testing.assert_array_equal(partner, frames[::-1])
    assert not np.array_equal(partner, frames)


def test_partners_are_mutual_and_cover_all_pairs():
    assert len(PAIRS.actions) >= 12
    assert set(PAIRS.partners) == set(PAIRS.actions)
    assert all(PAIRS.partners[PAIRS.partners[a]] == a != PAIRS.partners[a] for a in PAIRS.actions)


def test_neither_parameters_nor_camera_are_told_the_action():
    assert not {"action", "label", "recipe"} & (
        set(inspect.signature(draw_parameters).parameters) | set(inspect.signature(film).parameters)
    )


def test_partners_have_the_same_distribution_of_parameters():
    ids = dataset_manifest("pairs", scenes=40, clips_per_class=3, seed=0)["id"]

    def draws(action):
        clips = [clip_parameters("pairs", name, 0) for name in ids if name.startswith(f"{action}/")]
        return np.array(
            [
                [p.x, p.y, p.scale, p.reach, p.angle, p.heading, len(p.moments), p.moments[8]]
                for p in clips
            ]
        )

    for first, second in {tuple(sorted(pair)) for pair in PAIRS.partners.items()}:
        a, b = draws(first), draws(second)
        assert len(a) == len(b) == 120 and not np.array_equal(a, b)
        assert all(ks_2samp(a[:, k], b[:, k]).pvalue > 1e-3 for k in range(a.shape[1]))


def test_progress_reversed_in_time_has_the_same_distribution():
    """Else the pace of a motion (slow start, long rest at its end) would tell partners apart."""
    draws = np.array([draw_progress(24, np.random.default_rng(seed)) for seed in range(1500)])
    assert (np.diff(draws, axis=1) >= -1e-12).all() and draws.min() >= 0 and draws.max() <= 1
    mirrored = 1 - draws[:, ::-1]
    for moment in (0, 3, 6, 12):
        assert ks_2samp(draws[:750, moment], mirrored[750:, moment]).pvalue > 1e-3


def test_camera_is_symmetric_in_time():
    """The mean wander of many clips has no direction: drift cannot tell which partner it is."""
    scene = scene_of(PAIRS, 0)
    ramp = np.zeros((12, scene.background.shape[0], scene.background.shape[1], 3), dtype=np.float32)
    ramp += (
        pixel_grid(scene.look)[0][:, :, None] * 0.5 + 0.5
    )  # brightness tells the horizontal position
    last_less_first = []
    for seed in range(80):
        brightness = (
            film(ramp, scene, np.random.default_rng(seed)).mean(axis=(1, 2, 3)) / scene.look.height
        )
        last_less_first.append(brightness[-1] - brightness[0])
    assert np.std(last_less_first) > 0
    assert abs(np.mean(last_less_first)) < 3.5 * np.std(last_less_first) / np.sqrt(
        len(last_less_first)
    )


@pytest.mark.parametrize(
    ("recipe", "action"), ALL_ACTIONS, ids=lambda value: getattr(value, "name", value)
)
def test_object_moves_and_stays_on_screen(recipe, action):
    for number in range(3):
        scene = scene_of(recipe, number)
        frames = stage(
            recipe, action, scene, draw_parameters(recipe.moments, np.random.default_rng(number))
        )
        assert len(frames) in (21, 25, 29, 33, 37) and frames.min() >= 0 and frames.max() <= 1
        visible = (np.abs(frames - scene.background).max(axis=3) > 0.02)[
            :, MARGIN:-MARGIN, MARGIN:-MARGIN
        ].mean(axis=(1, 2))
        assert np.median(visible) > 0.02
        assert visible.min() > 0.01 or action in ("appear", "vanish")
        assert (
            np.ptp(frames, axis=0).max() > 0.25
        )  # some pixel changes much in the course of the clip
        assert (
            np.abs(np.diff(frames, axis=0)).max(axis=(1, 2, 3)) > 1e-3
        ).mean() > 0.6  # and most frames are new


@pytest.mark.parametrize("recipe", ["pairs", "loops"])
def test_splits_are_group_disjoint_and_complete(recipe):
    manifest = dataset_manifest(recipe, scenes=7, clips_per_class=2, seed=3)
    assert list(manifest) == ["id", "path", "label", "group", "split1", "split2", "split3"]
    assert len(manifest) == 7 * 2 * len(RECIPES[recipe].actions) == manifest["id"].nunique()
    assert (manifest.groupby(["label", "group"]).size() == 2).all()
    for split in ("split1", "split2", "split3"):
        test, train = (manifest[manifest[split] == part] for part in ("test", "train"))
        assert len(test) + len(train) == len(manifest)
        assert not set(test["group"]) & set(train["group"])
        assert set(test["label"]) == set(train["label"]) == set(RECIPES[recipe].actions)
    # Every scene is tested in exactly one split, and the folds are as even as 7 scenes allow.
    tested = (manifest[["split1", "split2", "split3"]] == "test").sum(axis=1)
    assert (tested == 1).all()
    assert sorted(
        manifest[manifest[f"split{k}"] == "test"]["group"].nunique() for k in (1, 2, 3)
    ) == [2, 2, 3]


def test_seed_changes_folds_and_clips():
    folds = {tuple(dataset_manifest("pairs", 9, 1, seed)["split1"]) for seed in range(5)}
    assert len(folds) > 1
    assert not np.array_equal(
        render_clip("loops", "spin/spin_s00_c1.avi", 0)[0],
        render_clip("loops", "spin/spin_s00_c1.avi", 1)[0],
    )


def test_clips_of_one_scene_share_the_setting_and_differ_otherwise():
    first, second = (render_clip("pairs", f"grow/grow_s04_c{clip}.avi", 0) for clip in (1, 2))
    elsewhere = render_clip("pairs", "grow/grow_s05_c1.avi", 0)
    corner = np.s_[0, 5:25, 5:25]
    assert not np.array_equal(first[0], second[0])

    def difference(a, b):
        return np.abs(
            a[corner].astype(float).mean(axis=(0, 1)) - b[corner].astype(float).mean(axis=(0, 1))
        ).max()

    assert difference(first, second) < 15 < difference(first, elsewhere)


def test_shards_partition_the_data_set_and_do_not_change_it(tmp_path):
    ids = dataset_manifest("pairs", 3, 1, 5)["id"]
    ids = ids[ids.str.contains("_s00_|_s01_")].tolist()[:8]
    whole = render_clips("pairs", ids, tmp_path / "whole", 5)
    for shard in range(3):
        render_clips("pairs", ids[shard::3], tmp_path / "parts", 5)
    assert [path.relative_to(tmp_path / "whole").as_posix() for path in whole] == ids
    for path in whole:
        assert (
            path.read_bytes()
            == (tmp_path / "parts" / path.relative_to(tmp_path / "whole")).read_bytes()
        )
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    ("recipe", "clip"), [("pairs", "open/open_s01_c3.avi"), ("loops", "orbit/orbit_s02_c1.avi")]
)
def test_avi_decodes_to_nearly_the_rendered_frames(tmp_path, recipe, clip):
    frames = render_clip(recipe, clip, seed=2)
    np.testing.assert_array_equal(frames, render_clip(recipe, clip, seed=2))
    look = RECIPES[recipe].look
    assert frames.dtype == np.uint8 and frames.shape[1:] == (look.height, look.width, 3)
    write_clip(tmp_path / "clip.avi", frames)
    decoded = decode(tmp_path / "clip.avi")
    assert decoded.shape == frames.shape
    error = ((decoded.astype(float) - frames) ** 2).mean(axis=(1, 2, 3))
    assert (10 * np.log10(255**2 / error) > 28).all()
    with av.open(str(tmp_path / "clip.avi")) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.frames, stream.average_rate) == (
            "mpeg4",
            len(frames),
            25,
        )


def test_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError):
        write_clip(tmp_path / "clip.avi", np.zeros((3, 16, 16, 2), dtype=np.uint8))
    assert not list(tmp_path.iterdir())


def test_preview_has_a_row_for_every_class():
    sheet = preview_clips("loops", seed=0)
    assert (
        sheet.height >= len(LOOPS.actions) * LOOPS.look.height
        and sheet.width >= 6 * LOOPS.look.width
    )
    rows = np.asarray(sheet).reshape(-1)
    assert rows.std() > 20


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_distances_near_their_edges(name):
    """A signed distance has a gradient of length 1 (less at corners), an inside and an outside."""
    axis = np.linspace(-1.6, 1.6, 321, dtype=np.float32)
    distance = SHAPES[name](axis[None, :], axis[:, None])
    gradient = np.hypot(*np.gradient(distance, axis[1] - axis[0]))
    near = np.abs(distance) < 0.03
    assert near.sum() > 100 and 0.9 < np.median(gradient[near]) < 1.1 and gradient[near].max() < 1.1
    assert 0.05 < (distance < 0).mean() < 0.4
    border = np.concatenate([distance[0], distance[-1], distance[:, 0], distance[:, -1]])
    assert (border > 0).all()


def test_wedge_opens_to_the_right_by_its_half_angle():
    angle = np.linspace(-3, 3, 61)
    inside = wedge(np.cos(angle), np.sin(angle), 0.75) < 0
    np.testing.assert_array_equal(inside, np.abs(angle) < 0.75)
