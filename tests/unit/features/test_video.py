"""Decoding: right pixels, right frames, and a distinct reason for every kind of broken file."""

import os
import struct
import time
import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from rnnfv.features.media.frames import iterate_frames, write_frames
from rnnfv.features.media.geometry import Geometry, target_size
from rnnfv.features.media.images import read_image
from rnnfv.features.media.video import decode_shard, read_video, report_of, upright_size


def encode(
    path: Path,
    pictures: list[np.ndarray],
    codec="mpeg4",
    options=None,
    container_options=None,
    tone=False,
) -> Path:
    """Write (H, W, 3) pictures as a 25 frames/s video; ``tone``: with one more second of sound."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_000_000
        sound = container.add_stream("pcm_s16le", rate=8000) if tone else None
        if sound is not None:
            write_sound(container, sound, len(pictures) / 25 + 1)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_sound(container, stream, seconds: float) -> None:
    samples = np.zeros((1, int(8000 * seconds) * stream.codec_context.channels), np.int16)
    frame = av.AudioFrame.from_ndarray(
        samples, format="s16", layout=stream.codec_context.layout.name
    )
    frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
    container.mux(stream.encode(frame))
    container.mux(stream.encode())


def ramp(n: int, height=48, width=64) -> list[np.ndarray]:
    """Frame i is grey 20 + 6 i."""
    return [np.full((height, width, 3), 20 + 6 * i, np.uint8) for i in range(n)]


def noise(n: int, height=48, width=64) -> list[np.ndarray]:
    """Frames that do not compress, so that bytes are spread evenly over them."""
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(n)]


def cut(source: Path, target: Path, share: float) -> Path:
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    return target


def code(path: Path, **settings) -> str | None:
    problem = read_video(path, **settings).problem
    return None if problem is None else problem.split(":")[0]


CONTAINERS = [
    ("avi", "mpeg4"),
    ("mp4", "mpeg4"),
    ("mkv", "mpeg4"),
    ("webm", "libvpx-vp9"),
    ("ts", "mpeg2video"),
]


@pytest.mark.parametrize(("ending", "codec"), CONTAINERS)
@pytest.mark.parametrize("every", [1, 4])
def test_every_kth_frame_in_order(tmp_path, ending, codec, every):
    video = read_video(encode(tmp_path / f"a.{ending}", ramp(30), codec), every=every)
    assert video.problem is None
    assert video.note is None
    assert video.decoded == 30
    assert video.declared == (None if ending == "ts" else 30)
    brightness = video.frames.reshape(len(video.frames), -1).mean(axis=1)
    np.testing.assert_allclose(brightness, 20 + 6 * np.arange(0, 30, every), atol=2)


def test_channels_are_red_green_blue(tmp_path):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[..., 0], picture[..., 1], picture[..., 2] = 200, 100, 30
    frames = read_video(encode(tmp_path / "a.avi", [picture] * 3)).frames
    assert frames.shape == (3, 32, 48, 3)
    assert frames.dtype == np.uint8
    np.testing.assert_allclose(frames.mean(axis=(0, 1, 2)), [200, 100, 30], atol=4)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({}, (48, 64)),
        ({"short_side": 24}, (24, 32)),
        ({"short_side": 33}, (33, 44)),
        ({"exact": (128, 171)}, (128, 171)),
    ],
)
def test_resize_keeps_things_in_place(tmp_path, settings, shape):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 220  # the upper left quarter is bright
    frame = read_video(encode(tmp_path / "a.avi", [picture] * 2), **settings).frames[0].mean(axis=2)
    assert frame.shape == shape
    height, width = shape
    assert frame[: height * 4 // 10, : width * 4 // 10].mean() > 200
    assert frame[height * 6 // 10 :].mean() < 20
    assert frame[:, width * 6 // 10 :].mean() < 20


def test_target_size():
    assert target_size(240, 320, short_side=256) == (256, 341)  # 341.33
    assert target_size(320, 240, short_side=256) == (341, 256)
    assert target_size(240, 362, short_side=120) == (120, 181)
    assert target_size(100, 101, short_side=50) == (50, 51)  # 50.5: up
    assert target_size(240, 320) == (240, 320)


def test_same_file_same_bytes(tmp_path):
    path = encode(tmp_path / "a.avi", noise(5))
    one, two = (read_video(path, short_side=31).frames for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_files_that_are_no_video(tmp_path):
    assert code(tmp_path / "absent.avi") == "missing"
    assert code(tmp_path) == "missing"  # a folder
    (tmp_path / "empty.avi").touch()
    assert code(tmp_path / "empty.avi") == "empty"
    (tmp_path / "text.avi").write_text("This is no video.\n" * 200)
    assert code(tmp_path / "text.avi") == "unreadable"
    with av.open(str(tmp_path / "sound.avi"), "w") as container:
        write_sound(container, container.add_stream("pcm_s16le", rate=8000), 1)
    assert code(tmp_path / "sound.avi") == "no-video"


def test_too_few_frames(tmp_path):
    assert code(encode(tmp_path / "one.avi", ramp(1))) == "one-frame"
    assert code(tmp_path / "one.avi", min_frames=1) is None
    assert code(encode(tmp_path / "five.avi", ramp(5)), min_frames=6) == "too-short"
    assert code(tmp_path / "five.avi", min_frames=5) is None


@pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
@pytest.mark.parametrize(
    ("ending", "codec"), [("avi", "mpeg4"), ("mkv", "mpeg4"), ("webm", "libvpx-vp9")]
)
def test_truncated(tmp_path, ending, codec, share):
    whole = encode(tmp_path / f"whole.{ending}", noise(30), codec)
    video = read_video(cut(whole, tmp_path / f"cut.{ending}", share))
    assert video.problem is not None
    assert video.problem.startswith("truncated: ")
    assert 0 < video.decoded < 30
    assert video.declared == 30


def test_truncated_mp4(tmp_path):
    whole = encode(tmp_path / "end.mp4", noise(30))
    assert code(cut(whole, tmp_path / "cut.mp4", 0.7)) == "unreadable"  # its index was at the end
    whole = encode(tmp_path / "start.mp4", noise(30), container_options={"movflags": "faststart"})
    assert code(whole) is None
    assert code(cut(whole, tmp_path / "cut.mp4", 0.7)) == "truncated"


def test_b_frames_are_no_truncation(tmp_path):
    video = read_video(encode(tmp_path / "a.avi", noise(30), options={"bf": "2"}))
    assert (video.problem, video.note, video.decoded) == (None, None, 30)


@pytest.mark.parametrize("ending", ["avi", "mkv"])
def test_sound_longer_than_the_pictures_is_no_truncation(tmp_path, ending):
    video = read_video(encode(tmp_path / f"a.{ending}", noise(20), tone=True))
    assert (video.problem, video.note, video.decoded) == (None, None, 20)


def test_dropped_slots_are_no_truncation(tmp_path):
    """AVI counts slots of dropped frames: fewer packets than declared, the last in the last."""
    path = tmp_path / "drops.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for i, picture in enumerate(noise(20)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = i + i // 5, Fraction(1, 25)  # every sixth slot is empty
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    video = read_video(path)
    assert (video.declared, video.decoded) == (23, 20)
    assert (video.problem, video.note) == (None, None)
    assert code(cut(path, tmp_path / "cut.avi", 0.8)) == "truncated"


def test_last_frame_cut_off_exactly(tmp_path):
    """Not one packet is damaged, a single slot is missing: the RIFF header tells."""
    content = encode(tmp_path / "whole.avi", noise(30)).read_bytes()
    last = content.rindex(b"00dc", 0, content.rindex(b"idx1"))
    (tmp_path / "cut.avi").write_bytes(content[:last])
    video = read_video(tmp_path / "cut.avi")
    assert video.problem == "truncated: it ends after 29 of 30 frame slots"


def test_cut_inside_the_last_packet(tmp_path):
    content = encode(tmp_path / "whole.avi", noise(30)).read_bytes()
    last = content.rindex(b"00dc", 0, content.rindex(b"idx1"))
    (tmp_path / "cut.avi").write_bytes(content[: last + 200])
    assert code(tmp_path / "cut.avi") == "truncated"


def test_lost_index_is_only_noted(tmp_path):
    content = encode(tmp_path / "whole.avi", noise(30)).read_bytes()
    (tmp_path / "cut.avi").write_bytes(content[: content.rindex(b"idx1")])
    video = read_video(tmp_path / "cut.avi")
    assert video.problem is None
    assert video.decoded == 30
    assert "index" in video.note


def test_damage_midway_is_corrupt(tmp_path):
    content = bytearray(encode(tmp_path / "whole.avi", noise(30)).read_bytes())
    middle = content.index(b"00dc", len(content) // 2)
    content[middle + 40 : middle + 800] = np.random.default_rng(0).bytes(760)
    (tmp_path / "bad.avi").write_bytes(content)
    assert code(tmp_path / "bad.avi") == "corrupt"


def test_empty_packets_midway_are_corrupt(tmp_path):
    content = bytearray(encode(tmp_path / "whole.avi", noise(30), options={"g": "1"}).read_bytes())
    start = len(content) // 3
    for _ in range(4):
        start = content.index(b"00dc", start + 4)
        length = int.from_bytes(content[start + 4 : start + 8], "little")
        content[start + 8 : start + 8 + length] = bytes(length)
    (tmp_path / "zeros.avi").write_bytes(content)
    video = read_video(tmp_path / "zeros.avi")
    assert video.problem == "corrupt: 4 of 30 packets failed to decode, 0 frames are damaged"
    assert video.decoded == 26


def test_no_frame(tmp_path):
    content = bytearray(encode(tmp_path / "whole.mkv", noise(30)).read_bytes())
    (tmp_path / "head.mkv").write_bytes(content[:1200])  # header, and the first packet not whole
    assert code(tmp_path / "head.mkv") == "no-frame"


def test_titles_in_old_encodings_are_no_obstacle(tmp_path):
    path = tmp_path / "title.avi"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "Caffe corretto"
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for picture in ramp(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    content = path.read_bytes()
    assert b"Caffe c" in content
    path.write_bytes(content.replace(b"Caffe c", b"Caff\xe8 c"))
    assert code(path) is None


def test_relative_names_with_a_colon(tmp_path, monkeypatch):
    encode(tmp_path / "a.avi", ramp(3))
    os.rename(tmp_path / "a.avi", tmp_path / "http:a.avi")
    monkeypatch.chdir(tmp_path)
    assert code(Path("http:a.avi")) is None


def shard(folder, names, **options):
    """The reports on videos, and the lengths of those whose frames are kept."""
    with write_frames(folder / "frames.h5") as frames:
        reports = list(decode_shard([(n, folder / n) for n in names], frames, **options))
    kept = {name: np.array(stored[:]) for name, stored in iterate_frames(folder / "frames.h5")}
    return reports, kept


def test_shard_reports_every_item_in_order(tmp_path):
    encode(tmp_path / "long.avi", noise(20))
    encode(tmp_path / "short.avi", noise(9))
    cut(tmp_path / "long.avi", tmp_path / "cut.avi", 0.7)
    names = ["short.avi", "absent.avi", "cut.avi", "long.avi"]
    reports, kept = shard(tmp_path, names, pad_to=16)
    assert [report.id for report in reports] == names
    assert [report.status for report in reports] == ["noted", "bad", "bad", "ok"]
    assert reports[0].reason == "padded from 9 to 16 frames by its last frame"
    assert reports[1].reason.startswith("missing: ")
    assert reports[2].reason.startswith("truncated: ")
    assert reports[3].reason == ""
    # The padding is the network's business; what came out of the bad ones is gone.
    assert {name: len(frames) for name, frames in kept.items()} == {"short.avi": 9, "long.avi": 20}
    for name, frames in kept.items():
        np.testing.assert_array_equal(frames, read_video(tmp_path / name).frames)
    assert [(reports[i].decoded, reports[i].kept) for i in (0, 1, 3)] == [(9, 9), (0, 0), (20, 20)]
    assert reports[2].kept == 0 < reports[2].decoded < reports[2].declared == 20
    [report], _ = shard(tmp_path, ["short.avi"], every=4)
    assert (report.status, report.decoded, report.kept) == ("ok", 9, 3)


def test_memory_does_not_grow_with_the_video(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.features.media.frames.BUFFER_BYTES", 2**20)
    encode(tmp_path / "a.avi", ramp(30, 240, 320))
    pixels = 30 * 240 * 320 * 3
    tracemalloc.start()
    try:
        with write_frames(tmp_path / "frames.h5") as frames:
            list(decode_shard([("a", tmp_path / "a.avi")], frames))
        streamed = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        read_video(tmp_path / "a.avi")
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert streamed < pixels / 2
    assert held < 1.4 * pixels + streamed / 2


def test_what_cannot_be_held_in_memory_is_refused(tmp_path, monkeypatch):
    encode(tmp_path / "a.avi", ramp(30))
    monkeypatch.setattr("rnnfv.features.media.video.MOST_BYTES", 20 * 48 * 64 * 3)
    assert code(tmp_path / "a.avi") == "too-large"
    assert code(tmp_path / "a.avi", every=2) is None
    assert shard(tmp_path, ["a.avi"])[0][0].status == "ok"


def test_sizes_that_cannot_be_meant(tmp_path, monkeypatch):
    assert code(encode(tmp_path / "small.avi", ramp(3, 6, 64))) == "too-small"
    long = read_video(encode(tmp_path / "long.avi", ramp(3, 8, 800)), short_side=4000)
    assert long.problem == "too-large: 8x800 would become 4000x400000 pixels"
    monkeypatch.setattr("rnnfv.features.media.geometry.MOST_PIXELS", 0)
    monkeypatch.setattr("rnnfv.features.media.geometry.size_problem.__defaults__", (3000,))
    assert code(encode(tmp_path / "large.avi", ramp(3))) == "too-large"


LONG = {"g": "12", "sc_threshold": "1000000000"}  # a key frame in twelve, whatever is shown


@pytest.mark.parametrize("first", [5, 12, 13])
def test_frames_before_the_first_key_frame_are_left_out(tmp_path, first):
    """Nothing is known of what they are built on: the decoder fills it in with grey."""
    whole = encode(tmp_path / "whole.avi", ramp(30), options=LONG)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "cut.avi"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux() if packet.size]
        key = next(i for i, packet in enumerate(packets) if i >= first and packet.is_keyframe)
        for packet in packets[first:]:
            packet.stream = stream
            target.mux(packet)
    video = read_video(tmp_path / "cut.avi")
    assert video.problem is None
    np.testing.assert_array_equal(video.frames, read_video(whole).frames[key:])
    assert key == (12 if first <= 12 else 24)
    lost = f"{key - first} frames before the first key frame left out"
    assert video.note == (lost if key > first else None)
    assert video.decoded == 30 - key


def test_a_video_without_any_key_frame_has_no_frame(tmp_path):
    whole = encode(tmp_path / "whole.avi", ramp(10), options=LONG)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "cut.avi"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in [p for p in source.demux() if p.size][1:]:
            packet.stream = stream
            target.mux(packet)
    assert code(tmp_path / "cut.avi") == "no-frame"


def edited(source: Path, target: Path, *, first: int, count: int) -> Path:
    """An MP4 file whose edit list shows ``count`` frames from ``first`` on; nothing is removed."""
    content = bytearray(source.read_bytes())
    movie = struct.unpack_from(">I", content, content.index(b"mvhd") + 16)[0]
    media = struct.unpack_from(">I", content, content.index(b"mdhd") + 16)[0]
    entry = content.index(b"elst") + 12  # after version and number of entries, which is 1
    struct.pack_into(">II", content, entry, count * movie // 25, first * media // 25)
    target.write_bytes(content)
    return target


def test_edit_lists_are_no_truncation(tmp_path):
    start = {"movflags": "faststart"}
    whole = encode(tmp_path / "a.mp4", noise(30), options={"g": "5"}, container_options=start)
    video = read_video(edited(whole, tmp_path / "b.mp4", first=10, count=12))
    assert (video.problem, video.note, video.decoded) == (None, None, 12)
    np.testing.assert_array_equal(video.frames, read_video(whole).frames[10:22])
    # One that is cut is found, but where only what is hidden is gone.
    assert code(cut(tmp_path / "b.mp4", tmp_path / "c.mp4", 0.5)) == "truncated"
    hidden = read_video(cut(tmp_path / "b.mp4", tmp_path / "d.mp4", 0.9))
    assert (hidden.problem, hidden.decoded) == (None, 12)
    assert "lacks its last" in hidden.note


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_cut_mp4_of_others(real_data, tmp_path, share):
    """Trimmed without re-encoding: what is shown is whole; cut: it is not."""
    folder = real_data / "cases" / "mp4_edit_list"
    names = {"whole": 60, "keeps-first-second": 25, "keeps-second-second": 20}
    for name, count in (names | {"keeps-last-second": 20}).items():
        video = read_video(folder / f"{name}.mp4")
        assert (video.problem, video.decoded, len(video.frames)) == (None, count, count)
    with av.open(str(folder / "whole.mp4")) as source:
        options = {"movflags": "faststart"}
        with av.open(str(tmp_path / "fast.mp4"), "w", options=options) as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux():
                if packet.size:
                    packet.stream = stream
                    target.mux(packet)
    assert code(tmp_path / "fast.mp4") is None
    assert code(cut(tmp_path / "fast.mp4", tmp_path / "cut.mp4", share)) == "truncated"


def test_clips_of_others_between_key_frames(real_data):
    folder = real_data / "cases" / "avi_mid_gop"
    whole = read_video(folder / "whole.avi").frames
    for name, count in {"from-5": 48, "from-12": 36}.items():
        video = read_video(folder / f"{name}.avi")
        assert video.problem is None and "before the first key frame" in video.note
        np.testing.assert_array_equal(video.frames, whole[-count:])


# EXIF orientation: the display matrix a, b, c, d that shows the same
MATRICES = {1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1)}
MATRICES |= {5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0)}


def turned(source: Path, target: Path, a, b, c, d) -> Path:
    """An MP4 file with another display matrix."""
    content = bytearray(source.read_bytes())
    unit, matrix = 2**16, content.index(b"tkhd") + 44
    struct.pack_into(">2i4x2i", content, matrix, *(round(unit * x) for x in (a, b, c, d)))
    target.write_bytes(content)
    return target


@pytest.mark.parametrize("size", [{}, {"short_side": 24}, {"exact": (40, 30)}])
def test_videos_are_turned_upright_as_images_are(tmp_path, size):
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, :24], picture[16:, :24], picture[16:, 24:] = 220, (200, 30, 20), (20, 40, 210)
    video = encode(tmp_path / "a.mp4", [picture] * 3)
    geometry = Geometry("frame", **(size or {"short_side": 32}))
    for orientation, matrix in MATRICES.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
        expected = read_image(tmp_path / "a.png", geometry).pixels
        found = read_video(turned(video, tmp_path / "b.mp4", *matrix), **size)
        assert found.frames.shape[1:] == expected.shape
        assert np.abs(found.frames[0].astype(int) - expected).mean() < 8, orientation
        assert ("turned upright" in (found.note or "")) == (orientation > 1)
        if not size:
            assert upright_size(tmp_path / "b.mp4") == expected.shape[:2]


def test_other_angles_are_noted_and_ignored(tmp_path):
    video = encode(tmp_path / "a.mp4", ramp(3))
    tilted = read_video(turned(video, tmp_path / "b.mp4", 0.8, 0.6, -0.6, 0.8))
    np.testing.assert_array_equal(tilted.frames, read_video(video).frames)
    assert "which is ignored" in tilted.note


def test_rotation_of_others(real_data):
    folder = real_data / "cases" / "rotation"
    upright, lying = (read_video(folder / f"{n}.mp4").frames for n in ("portrait", "lying"))
    np.testing.assert_array_equal(upright, np.rot90(lying, -1, (1, 2)))
    photograph = read_image(folder / "portrait.jpg").pixels.astype(int)
    assert np.abs(photograph - upright[0]).mean() < 12


def test_whatever_the_system_says_is_a_row_of_the_report(tmp_path, monkeypatch):
    encode(tmp_path / "a.avi", ramp(3))
    names = ["a" * 300 + ".avi", "a.avi/b.avi", "a\0b.avi", "a.avi"]
    os.mkfifo(tmp_path / "pipe.avi")
    (tmp_path / "loop.avi").symlink_to("loop.avi")
    reports, kept = shard(tmp_path, [*names, "pipe.avi", "loop.avi"])
    codes = [report.reason.split(":")[0] for report in reports]
    assert codes == ["unreadable", "missing", "unreadable", "", "missing", "unreadable"]
    assert list(kept) == ["a.avi"]

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rnnfv.data.files.open", refuse, raising=False)
    assert read_video(tmp_path / "a.avi").problem == "unreadable: Permission denied"
    assert read_image(tmp_path / "a.avi").problem == "unreadable: Permission denied"


def test_a_name_is_found_in_either_form_of_unicode(tmp_path):
    folder = tmp_path / "cafe\u0301"  # decomposed, as on a Mac
    folder.mkdir()
    encode(folder / "n\u0303.avi", ramp(3))
    assert code(tmp_path / "caf\u00e9" / "\u00f1.avi") is None
    assert code(tmp_path / "caf\u00e9" / "\u00f2.avi") == "missing"


def real_clips(real_data: Path) -> list[Path]:
    return sorted(real_data.glob("jhmdb/videos/*/*.avi")) + sorted(real_data.glob("*_sample/*.avi"))


def test_no_real_clip_is_flagged(real_data):
    clips = real_clips(real_data)
    assert len(clips) > 200
    flagged = [
        (r.id, r.reason)
        for r in [report_of(c.name, c, read_video(c, every=100)) for c in clips]
        if r.status != "ok"
    ]
    assert flagged == []


def test_every_cut_of_a_real_clip_is_flagged(real_data, tmp_path):
    clips = real_clips(real_data)
    for clip in clips[::25] + clips[-2:]:
        for share in (0.3, 0.6, 0.9):
            assert code(cut(clip, tmp_path / "cut.avi", share), every=100) == "truncated", (
                clip.name,
                share,
            )
        # At 99 % either a packet is hit, or only the index, which is noted.
        video = read_video(cut(clip, tmp_path / "cut.avi", 0.99), every=100)
        complete = len(list(decode_plainly(clip))) == video.decoded
        assert (video.problem or "").startswith("truncated") or (video.note and complete), clip.name


def test_frames_equal_those_of_plain_decoding(real_data):
    """Without resizing, the luma of our RGB frames is the decoder's, up to rounding and chroma."""
    clip = real_clips(real_data)[-3]
    frames = read_video(clip, every=10).frames.astype(float)
    plain = [frame.to_ndarray(format="gray").astype(float) for frame in decode_plainly(clip)][::10]
    luma = frames @ [0.299, 0.587, 0.114]
    assert luma.shape == np.shape(plain)
    assert np.abs(luma - plain).mean() < 1.5


def decode_plainly(path: Path):
    with av.open(str(path)) as container:
        yield from container.decode(video=0)


def test_riff_sizes_that_were_never_filled_in(tmp_path):
    content = bytearray(encode(tmp_path / "a.avi", ramp(3)).read_bytes())
    for size in (0, 0xFFFFFFFF):
        content[4:8] = struct.pack("<I", size)
        (tmp_path / "b.avi").write_bytes(content)
        video = read_video(tmp_path / "b.avi")
        assert (video.problem, video.note) == (None, None)


def remux(source: Path, path: Path, skip=0, earlier=0) -> Path:
    """The packets of a file again, without the first ``skip``, ``earlier`` frames sooner."""
    with av.open(str(source)) as before, av.open(str(path), "w") as after:
        stream = before.streams.video[0]
        copied = after.add_stream_from_template(stream)
        for packet in [packet for packet in before.demux(stream) if packet.size][skip:]:
            step = round(earlier / (25 * packet.time_base))
            packet.pts, packet.dts = packet.pts - step, packet.dts - step
            packet.stream = copied
            after.mux(packet)
    return path


def brightness(video) -> list[int]:
    return [round((float(frame.mean()) - 20) / 6) for frame in video.frames]


QUICK_H264 = {"g": "10", "sc_threshold": "0", "bf": "0"}


def test_an_edit_list_that_begins_between_key_frames(tmp_path):
    """The key frame is there, though not shown: what rests on it is whole, as in players."""
    whole = encode(tmp_path / "whole.mp4", ramp(30), "libx264", QUICK_H264)
    video = read_video(remux(whole, tmp_path / "trimmed.mp4", earlier=4))
    assert brightness(video) == list(range(4, 30))
    assert video.problem is None and video.note is None


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frames_that_a_decoder_drops_are_noted(tmp_path, ending):
    whole = encode(tmp_path / f"whole.{ending}", ramp(30), "libx264", QUICK_H264)
    video = read_video(remux(whole, tmp_path / f"late.{ending}", skip=3))
    assert brightness(video) == list(range(10, 30))
    assert video.note == "7 frames before the first key frame left out"


def test_a_cover_is_not_the_video(tmp_path):
    whole = encode(tmp_path / "whole.mp4", ramp(12), "libx264", QUICK_H264)
    with av.open(str(whole)) as before, av.open(str(tmp_path / "a.mkv"), "w") as after:
        cover = after.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 80, 100, "yuvj420p"
        copied = after.add_stream_from_template(before.streams.video[0])
        red = Image.new("RGB", (80, 100), (250, 0, 0))
        after.mux([*cover.encode(av.VideoFrame.from_image(red)), *cover.encode()])
        for packet in before.demux(video=0):
            packet.stream = copied
            after.mux([packet] if packet.size else [])
    video = read_video(tmp_path / "a.mkv")
    assert brightness(video) == list(range(12))
    assert upright_size(tmp_path / "a.mkv") == (48, 64)
    assert video.note == "of 2 video streams the main one is used"


@pytest.mark.parametrize("ending", ["avi", "mkv"])
def test_a_smaller_video_is_not_the_video(tmp_path, ending):
    both = [
        encode(tmp_path / f"{height}.{ending}", ramp(12, height=height), "mpeg4")
        for height in (32, 64)
    ]
    with (
        av.open(str(both[0])) as small,
        av.open(str(both[1])) as large,
        av.open(str(tmp_path / f"a.{ending}"), "w") as after,
    ):
        streams = [after.add_stream_from_template(x.streams.video[0]) for x in (small, large)]
        for packets in zip(small.demux(video=0), large.demux(video=0), strict=True):
            for packet, stream in zip(packets, streams, strict=True):
                packet.stream = stream
                after.mux([packet] if packet.size else [])
    video = read_video(tmp_path / f"a.{ending}")
    assert video.frames.shape[:3] == (12, 64, 64) and video.problem is None
    assert video.note == "of 2 video streams the main one is used"


def test_frames_that_change_size_are_noted(tmp_path):
    parts = [
        encode(tmp_path / f"{height}.m1v", ramp(8, height=height), "mpeg1video")
        for height in (48, 96)
    ]
    path = tmp_path / "both.m1v"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    video = read_video(path)
    assert video.frames.shape[1:3] == (48, 64) and video.problem is None
    assert video.note == "frames change size, and are made alike"


def test_pixels_that_are_not_square_are_noted(tmp_path):
    video = read_video(encode(tmp_path / "a.mp4", ramp(3), options={"aspect": "8:9"}))
    assert video.frames.shape == (3, 48, 64, 3)
    assert video.note == "pixels of shape 8/9 (width / height) are taken for squares"


@pytest.mark.parametrize(("ending", "share"), [("avi", 0.5), ("avi", 1), ("mkv", 0.2), ("mkv", 1)])
def test_zeros_are_not_searched_to_their_end(tmp_path, monkeypatch, ending, share):
    monkeypatch.setattr("rnnfv.features.media.video.MOST_SECONDS", 0.2)
    whole = encode(tmp_path / f"a.{ending}", ramp(30))
    path = cut(whole, tmp_path / f"b.{ending}", share)
    os.truncate(path, 20 * 2**30)  # takes no room
    began = time.monotonic()
    assert code(path) in ("corrupt", "unreadable") and time.monotonic() - began < 5
