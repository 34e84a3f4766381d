"""Tracks on disk, their Fisher vectors, and extraction that is stopped and goes on."""

import gzip
import json

import cv2
import h5py
import numpy as np
import pandas as pd
import pytest

from rnnfv import GMMFisherVector, TrajectoryFisherVector, load
from rnnfv.arrays.normalize import l2_normalize, power_normalize
from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.replaced import identities, keep, since
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips
from rnnfv.errors import InputError
from rnnfv.features.media.video import read_video
from rnnfv.features.trajectories.drawing import draw_videos
from rnnfv.features.trajectories.files import TrackShards, UnfinishedTracks, few, write_tracks
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.trajectories.shards import ListedShard, ShardOfTracks, boxes_in
from rnnfv.features.trajectories.text import (
    UnreadableTracks,
    find_text_files,
    possible_text_files,
    read_people,
    read_text_tracks,
)
from rnnfv.features.trajectories.tracks import descriptor_columns

COLUMNS = descriptor_columns()


def made_up(rng, n):
    """Tracks as an extraction might give them: signed steps, roots of histograms."""
    x = np.sqrt(rng.gamma(0.5, size=(n, 426)).astype(np.float32) / 16)
    x[:, :30] = rng.normal(size=(n, 30))
    return x


@pytest.fixture(scope="module")
def videos():
    rng = np.random.default_rng(1)
    return [made_up(rng, n) for n in (120, 0, 75, 300, 1)]


@pytest.fixture(scope="module")
def encoder(videos):
    return TrajectoryFisherVector(3, random_state=0).fit(videos)


def test_the_vector_is_the_fisher_vectors_of_the_five_descriptors(videos, encoder):
    """Against GMMFisherVector, descriptor by descriptor, from the fitted PCA and mixture."""
    found = encoder.transform(videos)
    assert found.shape == (5, 2 * 3 * 213) and found.dtype == np.float32
    start = 0
    for name, columns in COLUMNS.items():
        half = (columns.stop - columns.start) // 2
        assert encoder.pcas_[name].components_.shape[0] == half
        peer = GMMFisherVector(3)
        peer.mixture_, peer.n_features_in_ = encoder.mixtures_[name], half
        for i, tracks in enumerate(videos):
            mine = found[i, start : start + 6 * half]
            if not len(tracks):
                assert (mine == 0).all()
                continue
            projected = encoder.pcas_[name].transform(tracks[:, columns])
            theirs = l2_normalize(power_normalize(peer.transform([projected]), 0.5))[0]
            np.testing.assert_allclose(mine, theirs / np.sqrt(5), atol=2e-6)
        start += 6 * half
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 0, 1, 1, 1], rtol=1e-5)


def test_paper_scale_dimension():
    assert 2 * 256 * sum((c.stop - c.start) // 2 for c in COLUMNS.values()) == 109_056


def test_many_tracks_are_summed_piece_by_piece(encoder, monkeypatch, rng):
    tracks = made_up(rng, 500)
    at_once = encoder.transform([tracks])
    monkeypatch.setattr("rnnfv.pooling.trajectories._TRACKS_AT_A_TIME", 7)
    np.testing.assert_allclose(encoder.transform([tracks]), at_once, atol=1e-6)


def test_a_codebook_survives_the_disk(encoder, videos, tmp_path):
    stored, again = tmp_path / "codebook.rnnfv", tmp_path / "again.rnnfv"
    encoder.save(stored, {"seed": 0})
    np.testing.assert_array_equal(load(stored).transform(videos), encoder.transform(videos))
    TrajectoryFisherVector(3, random_state=0).fit(videos).save(again, {"seed": 0})
    assert stored.read_bytes() == again.read_bytes()


def test_the_encoder_refuses_what_it_cannot_use(encoder, rng):
    with pytest.raises(InputError, match="have 2 tracks, too few for 3 Gaussians"):
        TrajectoryFisherVector(3).fit([made_up(rng, 2)])
    with pytest.raises(InputError, match="have 0 tracks, too few"):
        TrajectoryFisherVector(3).fit([])
    with pytest.raises(InputError, match=r"shape \(4, 400\); expected \(n, 426\)"):
        encoder.transform([np.zeros((4, 400))])
    with pytest.raises(InputError, match="NaN or infinity"):
        encoder.transform([np.full((4, 426), np.nan)])


def test_shards_are_one_collection_and_samples_come_from_the_videos_asked_for(
    videos, tmp_path, rng
):
    info = [rng.normal(size=(len(x), 10)).astype(np.float32) for x in videos]
    names = [f"v{i}" for i in range(5)]
    for shard, members in enumerate(([0, 2, 4], [1, 3])):
        write_tracks(
            tmp_path / f"{shard}.h5",
            ((names[i], info[i], videos[i]) for i in members),
            15,
            {"weights": "w"},
        )
    with TrackShards([tmp_path / "0.h5", tmp_path / "1.h5"]) as tracks:
        assert [tracks.count(name) for name in names] == [120, 0, 75, 300, 1]
        for name, x in zip(names, videos, strict=True):
            np.testing.assert_array_equal(tracks.read(name), x.astype(np.float16))
        assert "v3" in tracks and "v9" not in tracks
        everything = tracks.sample(names, 10_000, np.random.default_rng(0))
        assert [len(part) for part in everything] == [120, 75, 300, 1]
        some = tracks.sample(["v0", "v1", "v3"], 100, np.random.default_rng(0))
        assert sum(map(len, some)) == 100
        allowed = {row.tobytes() for i in (0, 3) for row in videos[i].astype(np.float16)}
        drawn = [row.tobytes() for part in some for row in part]
        assert set(drawn) <= allowed and len(set(drawn)) == 100
        again = tracks.sample(["v0", "v1", "v3"], 100, np.random.default_rng(0))
        assert all((a == b).all() for a, b in zip(some, again, strict=True))
    with h5py.File(tmp_path / "1.h5") as file:
        np.testing.assert_array_equal(file["info"][:], info[3])
        assert file.attrs["weights"] == "w"
    with open_sequences(
        tmp_path / "0.h5"
    ) as stored:  # the sequences format, as other tools may read it
        assert stored.lengths.tolist() == [120, 75, 1]


def test_few_tracks_are_a_choice_that_depends_on_the_name_alone():
    assert few(10, None, "a") == slice(None) and few(10, 10, "a") == slice(None)
    chosen = few(100, 10, "a")
    assert len(set(chosen)) == 10 and (np.diff(chosen) > 0).all()
    assert (chosen == few(100, 10, "a")).all() and (chosen != few(100, 10, "b")).any()


# The original program's files


def as_text(info, descriptors):
    rows = np.concatenate([info, descriptors], axis=1)
    return "".join("\t".join(f"{value:.7g}" for value in row) + "\t\n" for row in rows)


def test_text_files_of_the_original_are_read_plain_and_gzipped(rng, tmp_path):
    info, descriptors = rng.normal(size=(7, 10)), made_up(rng, 7)
    (tmp_path / "jump").mkdir()
    (tmp_path / "jump/a.txt").write_text(as_text(info, descriptors))
    with gzip.open(tmp_path / "b.features.gz", "wt") as file:
        file.write(as_text(info, descriptors))
    (tmp_path / "none.txt").write_text("")
    for path in (tmp_path / "jump/a.txt", tmp_path / "b.features.gz"):
        found = read_text_tracks(path, 15)
        np.testing.assert_allclose(found[0], info, rtol=1e-5)
        np.testing.assert_allclose(found[1], descriptors, rtol=1e-5)
    assert read_text_tracks(tmp_path / "none.txt", 15)[1].shape == (0, 426)
    names = {"1": "jump/a.avi", "2": "jump/b.avi", "3": "jump/c.avi", "4": "jump/a.b"}
    found = find_text_files(tmp_path, names)
    assert (
        found["1"] == tmp_path / "jump/a.txt" and found["2"] == tmp_path / "b.features.gz"
    )  # all in one folder
    assert tmp_path / "jump/a.txt" in possible_text_files(tmp_path, names["1"])
    assert tmp_path / "b.features.gz" in possible_text_files(tmp_path, names["2"])
    assert found["3"] is None and found["4"] is None  # "a.b" is a name, not "a" with an ending
    with pytest.raises(InputError, match=r"b.features.gz would be the tracks of '1' and of '2'"):
        find_text_files(tmp_path, {"1": "run/b.avi", "2": "jump/b.avi"})


def test_text_files_that_are_something_else_are_told(rng, tmp_path):
    info, descriptors = rng.normal(size=(3, 10)), made_up(rng, 3)
    whole = as_text(info, descriptors)
    (tmp_path / "short.txt").write_text(as_text(info, descriptors[:, :396]))
    with pytest.raises(
        InputError, match=r"short.txt: 406 numbers a line; expected 436, for tracks of 15 steps"
    ):
        read_text_tracks(tmp_path / "short.txt", 15)
    (tmp_path / "cut.txt").write_text(whole[: len(whole) - 40])
    with pytest.raises(InputError, match=r"cut.txt: line 3 is cut short"):
        read_text_tracks(tmp_path / "cut.txt", 15)
    (tmp_path / "words.txt").write_text("no tracks here\n")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(whole.encode())[:-200])
    for name in ("words.txt", "cut.gz"):
        with pytest.raises(InputError, match=f"{name}: not a readable text file of tracks"):
            read_text_tracks(tmp_path / name, 15)


def test_boxes_of_people(tmp_path):
    (tmp_path / "people.csv").write_text(
        "id,frame,x1,y1,x2,y2\n007,0,1,2,3,4\n007,0,5,6,7,8\nb,3,1,1,2,2\n"
    )
    people = read_people(tmp_path / "people.csv")
    assert people["007"][0].tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]] and list(people["b"]) == [3]
    (tmp_path / "wrong.csv").write_text("id,frame,x1,y1,x2\na,0,1,2,3\n")
    with pytest.raises(InputError, match="no column y2"):
        read_people(tmp_path / "wrong.csv")
    (tmp_path / "words.csv").write_text("id,frame,x1,y1,x2,y2\na,0,1,2,3,four\n")
    with pytest.raises(InputError, match="not a readable table of boxes"):
        read_people(tmp_path / "words.csv")
    (tmp_path / "gap.csv").write_text("id,frame,x1,y1,x2,y2\na,0,1,2,3,4\na,1,1,2,,4\n")
    with pytest.raises(InputError, match="line 3 lacks a number"):
        read_people(tmp_path / "gap.csv")
    for box in ("-1,1,2,3,4", "0,5,2,3,4", "0,1,2,3,1e30"):
        (tmp_path / "odd.csv").write_text(f"id,frame,x1,y1,x2,y2\na,0,1,2,3,4\na,{box}\n")
        with pytest.raises(InputError, match=r"odd\.csv: line 3: .* is no box"):
            read_people(tmp_path / "odd.csv")


@pytest.mark.parametrize("value", [1e38, 1e6, 0])
def test_tracks_of_others_that_cannot_be_meant(tmp_path, value):
    lines = np.ones((3, 436))
    lines[1 if value else slice(None), 10:] = value
    np.savetxt(tmp_path / "a.txt", lines)
    with pytest.raises(
        UnreadableTracks, match="nothing but zeros" if not value else "line 2 holds"
    ):
        read_text_tracks(tmp_path / "a.txt", 15)


def test_damage_inside_a_gzip_file_of_tracks(tmp_path):
    content = bytearray(gzip.compress(b"1 " * 50_000, mtime=0))
    content[20:40] = b"\xff" * 20
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(UnreadableTracks, match="not a readable text file"):
        read_text_tracks(tmp_path / "a.gz", 15)


def test_companions_of_a_mac_are_no_tracks_and_names_have_one_form(tmp_path):
    for name in ("a.txt", "._a.txt", "e\u0301.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "b.txt").write_text("")
    found = find_text_files(tmp_path, {"1": "a.avi", "2": "._a.avi", "3": "\u00e9.avi", "4": "b"})
    names = {key: path and path.name for key, path in found.items()}
    assert names == {"1": "a.txt", "2": None, "3": "e\u0301.txt", "4": None}


# Extraction of a shard


SETTINGS = TrajectorySettings(length=9, volume=24, scales=1, flow="dis", warped_flow="compose")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    manifest = dataset_manifest("loops", 3, 1, 0)[:4]
    render_clips("loops", manifest["id"], folder, seed=0)
    return [
        (name, folder / path) for name, path in zip(manifest["id"], manifest["path"], strict=True)
    ]


def extract(clips, unfinished):
    shard = ShardOfTracks(SETTINGS, max_tracks=50, short_side=72)
    return list(shard.of_videos(clips, unfinished)), shard.reports


def test_an_extraction_that_was_stopped_goes_on(clips, tmp_path, monkeypatch):
    whole, reports = extract(clips, UnfinishedTracks(tmp_path / "one", "settings"))
    assert [row["tracks"] for row in reports] and max(len(info) for _, info, _ in whole) <= 50
    assert any(row["tracks"] > 0 for row in reports)
    partial = ShardOfTracks(SETTINGS, max_tracks=50, short_side=72).of_videos(
        clips, UnfinishedTracks(tmp_path / "two", "settings")
    )
    next(partial), next(partial)  # killed after two videos
    (tmp_path / "two/000001.npz").write_bytes(b"half a file")
    (tmp_path / "two/000002.npz").write_bytes(b"")
    seen = []

    def decode(path, **options):
        seen.append(path)
        return read_video(path, **options)

    monkeypatch.setattr("rnnfv.features.trajectories.shards.read_video", decode)
    resumed, resumed_reports = extract(clips, UnfinishedTracks(tmp_path / "two", "settings"))
    assert seen == [clips[i][1] for i in (1, 2, 3)]  # not the one that was kept whole
    assert resumed_reports == reports
    for mine, theirs in zip(resumed, whole, strict=True):
        assert mine[0] == theirs[0] and all(
            (a == b).all() for a, b in zip(mine[1:], theirs[1:], strict=True)
        )
    seen.clear()
    (tmp_path / "clip.avi").write_bytes(clips[2][1].read_bytes())  # one video is replaced
    replaced = [clips[0], clips[1], (clips[2][0], tmp_path / "clip.avi"), clips[3]]
    extract(replaced, UnfinishedTracks(tmp_path / "two", "settings"))
    assert seen == [tmp_path / "clip.avi"]
    seen.clear()
    extract(clips, UnfinishedTracks(tmp_path / "two", "other settings"))
    assert len(seen) == 4  # what other settings left is of no use
    UnfinishedTracks(tmp_path / "two", "other settings").clear()
    assert not (tmp_path / "two").exists()


def test_frames_can_have_the_pixels_that_opencv_gives(clips):
    path = str(clips[0][1])
    capture = cv2.VideoCapture(path)
    expected = []
    while (read := capture.read())[0]:
        expected.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
    np.testing.assert_array_equal(read_video(path, as_opencv=True).frames, np.stack(expected))
    exact = read_video(path).frames.astype(int) - np.stack(expected)
    assert np.abs(exact).max() > 0 and np.median(np.abs(exact)) <= 2
    resized = read_video(path, short_side=72).frames  # exact in any case
    np.testing.assert_array_equal(read_video(path, short_side=72, as_opencv=True).frames, resized)


def test_boxes_follow_frames_that_are_resized(clips):
    frames = np.zeros((2, 72, 88, 3), np.uint8)  # half of 144 x 176
    boxes = boxes_in(frames, clips[0][1], {1: np.array([[10, 20, 30, 40]])})
    assert boxes[1].tolist() == [[5, 10, 15, 20]] and boxes_in(frames, clips[0][1], None) is None


def test_broken_videos_are_reported_and_videos_without_tracks_are_noted(clips, tmp_path):
    (tmp_path / "broken.avi").write_bytes(clips[0][1].read_bytes()[:3000])
    items = [("broken", tmp_path / "broken.avi"), ("missing", tmp_path / "no.avi"), clips[1]]
    still = ShardOfTracks(TrajectorySettings(length=300, scales=1))
    found = list(still.of_videos(items, UnfinishedTracks(tmp_path / "kept", 0)))
    assert [name for name, _, _ in found] == [clips[1][0]] and len(found[0][1]) == 0
    by_id = {row["id"]: row for row in still.reports}
    assert by_id["broken"]["status"] == by_id["missing"]["status"] == "bad"
    assert by_id[clips[1][0]]["status"] == "noted" and by_id[clips[1][0]]["reason"].startswith(
        "no-tracks: "
    )
    assert json.dumps(still.reports)


def test_text_files_take_the_place_of_videos(rng, tmp_path):
    info, descriptors = rng.normal(size=(30, 10)), made_up(rng, 30)
    (tmp_path / "a.txt").write_text(as_text(info, descriptors))
    (tmp_path / "b.txt").write_text("")
    (tmp_path / "d.txt").write_text("no tracks\n")
    shard = ShardOfTracks(TrajectorySettings(), max_tracks=20)
    files = {"1": tmp_path / "a.txt", "2": tmp_path / "b.txt", "3": None, "4": tmp_path / "d.txt"}
    found = list(shard.of_text_files(tmp_path, files))
    assert [(name, len(rows)) for name, rows, _ in found] == [("1", 20), ("2", 0)]
    assert [row["status"] for row in shard.reports] == ["ok", "noted", "bad", "bad"]
    assert [row["tracks"] for row in shard.reports] == [30, 0, 0, 0]
    assert shard.reports[3]["reason"].startswith("unreadable: ")
    (tmp_path / "a.txt").write_text("1 2 3\n")  # files of another kind are no broken videos
    with pytest.raises(InputError, match="3 numbers a line"):
        list(shard.of_text_files(tmp_path, files))


def test_a_text_file_that_comes_later_is_noticed(tmp_path):
    (tmp_path / "a.txt").touch()
    shard = ListedShard("own", pd.DataFrame({"id": ["a", "b"]}), "1-of-1")
    keep(tmp_path / "seen.json", "", identities(shard.files(str(tmp_path), None)))
    assert since(tmp_path / "seen.json") == ""
    (tmp_path / "b.gz").touch()
    assert since(tmp_path / "seen.json") != ""


def test_tracks_are_drawn_where_they_are(clips, tmp_path):
    """Yellow and orange pixels appear where tracks are, and nowhere else."""
    from PIL import Image

    from rnnfv.features.trajectories.drawing import drawn
    from rnnfv.features.trajectories.tracks import Tracks

    points = np.stack([np.linspace(40, 60, 10), np.full(10, 50)], axis=1)[None].astype(np.float32)
    info = np.zeros((1, 10), np.float32)
    info[:, 0] = 12  # frames 3 to 12
    tracks = Tracks(info, np.zeros((1, 414), np.float32), points)
    frame = np.zeros((100, 160, 3), np.uint8)
    picture = drawn(frame, tracks, 12, "all")[18:]  # below the caption
    lit = np.argwhere(picture.any(axis=2))
    assert lit[:, 0].min() >= 2 * 50 - 3 and lit[:, 0].max() <= 2 * 50 + 3
    assert lit[:, 1].min() >= 2 * 40 - 3 and lit[:, 1].max() <= 2 * 60 + 3
    assert (
        picture[100, 120, 0] > 200 and picture[100, 100, 1] > 200
    )  # orange where it is, yellow where it was
    assert (
        not drawn(frame, tracks, 2, "all")[18:].any()
        and not drawn(frame, tracks, 13, "all")[18:].any()
    )
    with pytest.raises(InputError, match="no video whose tracks"):
        draw_videos([], SETTINGS, tmp_path / "tracks.png")
    draw_videos(
        [(clips[0][0], np.zeros((20, 60, 80, 3), np.uint8), None)],
        SETTINGS,
        tmp_path / "tracks.png",
    )
    with Image.open(tmp_path / "tracks.png") as image:
        assert image.size == (4 * 324, 240 + 18 + 4)
