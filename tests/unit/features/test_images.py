"""Images: right pixels from every format, upright, a distinct reason for every broken file."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rnnfv.data.bad_items import apply_policy, summarize
from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.media.images import ImageReport, read_image, read_shard, report_table

RED, GREEN, BLUE, GREY = (220, 40, 30), (30, 200, 50), (20, 60, 210), (128, 128, 128)
SHORT = Geometry("frame", short_side=256)


def corners(height=32, width=48) -> np.ndarray:
    """Red and green above blue and grey: no two turns of it look the same."""
    picture = np.zeros((height, width, 3), np.uint8)
    top, left = slice(0, height // 2), slice(0, width // 2)
    bottom, right = slice(height // 2, None), slice(width // 2, None)
    picture[top, left], picture[top, right] = RED, GREEN
    picture[bottom, left], picture[bottom, right] = BLUE, GREY
    return picture


def photo(height=60, width=90, seed=0) -> Image.Image:
    """Smooth colours and some noise, as photographs have."""
    rng = np.random.default_rng(seed)
    y, x = np.arange(height)[:, None, None], np.arange(width)[None, :, None]
    waves = np.sin(y / 9 + x / 7 + np.arange(3))
    pixels = 120 + 90 * waves + rng.normal(0, 8, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def save(path: Path, image: Image.Image | np.ndarray, form: str = "PNG", **options) -> Path:
    """Write an image in a format that the file's name does not give away."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, form, **options)
    return path


def encoded(form="JPEG", **options) -> bytes:
    buffer = io.BytesIO()
    photo().save(buffer, form, **options)
    return buffer.getvalue()


def code(path: Path, content: bytes | None = None) -> str | None:
    if content is not None:
        path.write_bytes(content)
    picture = read_image(path, SHORT)
    assert (picture.problem is None) == (picture.pixels.shape == (256, 384, 3))
    return None if picture.problem is None else picture.problem.split(":")[0]


# Formats and modes


@pytest.mark.parametrize(
    ("form", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, 6),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 6),
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("PPM", {}, 0),
    ],
)
def test_formats(tmp_path, form, options, tolerance):
    picture = read_image(save(tmp_path / "2258277193_586949ec62.jpg.1", corners(), form, **options))
    assert (picture.problem, picture.note) == (None, None)
    assert picture.pixels.dtype == np.uint8
    assert picture.stored == (32, 48)
    np.testing.assert_allclose(picture.pixels.astype(int), corners().astype(int), atol=tolerance)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_grey_has_three_equal_channels(tmp_path, form):
    ramp = np.repeat(np.arange(0, 240, 5, dtype=np.uint8)[None], 20, axis=0)
    pixels = read_image(save(tmp_path / "g", ramp, form)).pixels
    assert pixels.shape == (20, 48, 3)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    np.testing.assert_allclose(pixels[..., 0].astype(int), ramp.astype(int), atol=3)


def test_black_and_white(tmp_path):
    checks = np.indices((16, 16)).sum(axis=0).astype(np.uint8) % 2 * 255
    pixels = read_image(save(tmp_path / "one", Image.fromarray(checks).convert("1"))).pixels
    assert (pixels[..., 0] == checks).all()


@pytest.mark.parametrize(("form", "mode"), [("PNG", "I;16"), ("TIFF", "I;16"), ("PPM", "I")])
def test_sixteen_bit_grey(tmp_path, form, mode):
    values = np.linspace(0, 65535, 16 * 256).round().astype(np.uint16).reshape(16, 256)
    path = save(tmp_path / "deep", values, form)
    with Image.open(path) as image:
        assert image.mode == mode  # else this tests something else
    picture = read_image(path)
    np.testing.assert_array_equal(picture.pixels[..., 1], (values / 257).round())
    assert picture.note == "16-bit grey scaled to 8 bits"


def test_sixteen_bit_colour(tmp_path):
    """Pillow does not write it: a PNG by hand."""
    rows = b"".join(b"\0" + struct.pack(">3H", 51400, 25700, 7710) * 20 for _ in range(10))

    def chunk(name, data):
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = chunk(b"IHDR", struct.pack(">2I5B", 20, 10, 16, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "deep").write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
    pixels = read_image(tmp_path / "deep").pixels.reshape(-1, 3)
    np.testing.assert_allclose(pixels, [[200, 100, 30]] * 200, atol=1)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk(tmp_path, form):
    """Also where JPEG stores it inverted, as Adobe's programs do and Pillow does after them."""
    path = save(tmp_path / "print", Image.fromarray(corners()).convert("CMYK"), form)
    if form == "JPEG":
        assert b"Adobe" in path.read_bytes()
    picture = read_image(path)
    assert picture.problem is None
    for y, x, colour in ((8, 8, RED), (8, 40, GREEN), (24, 8, BLUE), (24, 40, GREY)):
        np.testing.assert_allclose(picture.pixels[y, x].astype(int), colour, atol=6)


def test_transparency_is_laid_on_white(tmp_path):
    red = np.tile(np.array([200, 0, 0, 255], np.uint8), (16, 16, 1))
    red[:8, :, 3] = 0
    red[8:12, :, 3] = 51  # a fifth of red, four fifths of white
    picture = read_image(save(tmp_path / "a", red))
    rows = np.repeat([[255, 255, 255], [244, 204, 204], [200, 0, 0]], [8, 4, 4], axis=0)
    expected = np.repeat(rows[:, None], 16, axis=1)
    np.testing.assert_allclose(picture.pixels.astype(int), expected, atol=1)
    assert picture.note == "transparent pixels laid on white"
    red[..., 3] = 255
    opaque = read_image(save(tmp_path / "b", red))
    assert opaque.note is None
    assert (opaque.pixels == [200, 0, 0]).all()


@pytest.mark.parametrize(
    "kind", ["grey and alpha", "palette", "palette GIF", "grey with a key", "colour with a key"]
)
def test_other_kinds_of_transparency(tmp_path, kind):
    values = np.repeat([90, 180], 8).astype(np.uint8)
    grey = Image.fromarray(values[:, None].repeat(16, axis=1))
    if kind == "grey and alpha":
        alpha = grey.point(lambda value: 0 if value == 90 else 255)
        path = save(tmp_path / "a", Image.merge("LA", [grey, alpha]))
    elif kind.startswith("palette"):
        indexed = grey.point(lambda value: int(value == 180)).convert("P")
        indexed.putpalette([90, 90, 90, 180, 180, 180])
        path = save(tmp_path / "a", indexed, "GIF" if "GIF" in kind else "PNG", transparency=0)
    elif kind == "grey with a key":
        path = save(tmp_path / "a", grey, transparency=90)
    else:
        path = save(tmp_path / "a", grey.convert("RGB"), transparency=(90, 90, 90))
    picture = read_image(path)
    assert picture.note == "transparent pixels laid on white"
    assert (picture.pixels[:8] == 255).all()
    assert (picture.pixels[8:] == 180).all()


def test_first_picture_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (20, 10), colour) for colour in (RED, GREEN, BLUE)]
    for form in ("GIF", "PNG", "WEBP", "TIFF", "MPO"):
        several = {"save_all": True, "append_images": frames[1:]}
        picture = read_image(save(tmp_path / form, frames[0], form, **several))
        assert picture.note == "the first of several pictures in the file", form
        np.testing.assert_allclose(picture.pixels[5, 5].astype(int), RED, atol=6)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path, form, orientation):
    """Stored as the camera was held, seen as the scene was.

    By number, row 0 and column 0 of the stored picture are (top, left), (top, right),
    (bottom, right), (bottom, left), (left, top), ... of the scene.
    """
    scene = corners()
    stored = {
        1: scene,
        2: scene[:, ::-1],
        3: scene[::-1, ::-1],
        4: scene[::-1],
        5: scene.transpose(1, 0, 2),
        6: scene.transpose(1, 0, 2)[::-1],
        7: scene.transpose(1, 0, 2)[::-1, ::-1],
        8: scene.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(form, {})
    stored = np.ascontiguousarray(stored)
    picture = read_image(save(tmp_path / "a", stored, form, exif=exif, **options))
    assert picture.stored == (32, 48)
    np.testing.assert_allclose(picture.pixels.astype(int), scene.astype(int), atol=6)
    if form != "TIFF":
        turned = f"turned upright (EXIF orientation {orientation})"
        assert picture.note == (None if orientation == 1 else turned)


def with_app1(content):
    """A JPEG with a block of EXIF."""
    head, body = encoded()[:2], encoded()[2:]
    return head + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + body


def test_damaged_exif_is_no_reason_to_refuse(tmp_path):
    (tmp_path / "a").write_bytes(with_app1(b"Exif\0\0MM\0*" + bytes([255] * 20)))
    picture = read_image(tmp_path / "a")
    assert picture.problem is None
    assert picture.pixels.shape == (60, 90, 3)


# Resizing


@pytest.mark.parametrize(
    ("size", "geometry", "shape"),
    [
        ((480, 640), {"short_side": 256}, (256, 341)),  # 341.33
        ((640, 480), {"short_side": 256}, (341, 256)),
        ((100, 101), {"short_side": 50}, (50, 51)),  # 50.5: up
        ((375, 500), {"exact": (224, 224)}, (224, 224)),
        ((375, 500), {"exact": (128, 171)}, (128, 171)),
    ],
)
def test_resize_keeps_things_in_place(tmp_path, size, geometry, shape):
    geometry = Geometry("frame", **geometry)
    picture = read_image(save(tmp_path / "a", corners(*size)), geometry)
    height, width = shape
    assert picture.pixels.shape == (*shape, 3)
    assert geometry.accepts(height, width)
    assert picture.stored == size
    assert picture.note is None
    for y, x, colour in ((0, 0, RED), (0, -1, GREEN), (-1, 0, BLUE), (-1, -1, GREY)):
        assert (picture.pixels[y, x] == colour).all()
    np.testing.assert_array_equal(picture.pixels[height * 45 // 100, width * 45 // 100], RED)
    np.testing.assert_array_equal(picture.pixels[height * 55 // 100, width * 55 // 100], GREY)


def test_shrinking_is_antialiased(tmp_path):
    """Stripes one pixel wide become even grey; picking pixels would give black or white."""
    stripes = np.repeat(np.tile([0, 255], 256)[None].astype(np.uint8), 512, axis=0)
    pixels = read_image(save(tmp_path / "a", stripes), Geometry("frame", short_side=64)).pixels
    assert np.abs(pixels[:, 2:-2].astype(int) - 127.5).max() < 3


def test_enlarging_is_noted(tmp_path):
    picture = read_image(save(tmp_path / "a", corners(32, 48)), SHORT)
    assert picture.pixels.shape == (256, 384, 3)
    assert picture.note == "enlarged from 32x48 to 256x384 (height x width)"


def test_same_file_same_bytes(tmp_path):
    path = save(tmp_path / "a", photo(), "JPEG")
    assert read_image(path, SHORT).pixels.tobytes() == read_image(path, SHORT).pixels.tobytes()


# Broken files


def test_files_that_are_no_image(tmp_path):
    assert code(tmp_path / "absent.jpg") == "missing"
    assert code(tmp_path) == "missing"  # a folder
    assert code(tmp_path / "a", b"") == "empty"
    assert code(tmp_path / "a.jpg", b"<html>404 Not Found</html>" * 50) == "unreadable"
    assert code(tmp_path / "a.jpg", encoded()[:2]) == "unreadable"
    eps = encoded("EPS")  # for which Pillow would start Ghostscript
    assert code(tmp_path / "a.eps", eps) == "unreadable"


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
def test_truncated_jpeg(tmp_path, share, options):
    jpeg = encoded(**options)
    assert code(tmp_path / "whole", jpeg) is None
    assert code(tmp_path / "cut", jpeg[: int(len(jpeg) * share)]) == "truncated"


def test_every_cut_is_noticed(tmp_path):
    jpeg = encoded()
    codes = {code(tmp_path / "a", jpeg[:n]) for n in range(1, len(jpeg), 7)}
    assert codes == {"unreadable", "truncated"}


def test_download_filled_up_with_zeros(tmp_path):
    """It has its full size, and Pillow finds nothing wrong; the thumbnail's end is not the end."""
    for jpeg in (encoded(), with_app1(encoded()[:9000])):
        half = len(jpeg) * 2 // 3
        assert code(tmp_path / "a", jpeg[:half] + bytes(len(jpeg) - half)) == "truncated"
        assert code(tmp_path / "b", jpeg + bytes(1000)) is None  # padding after the end is harmless


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF", "PPM", "WEBP"])
def test_other_formats_cut_short(tmp_path, form):
    content = encoded(form)
    assert code(tmp_path / "whole", content) is None
    expected = ("truncated", "unreadable") if form == "WEBP" else ("truncated",)
    assert code(tmp_path / "cut", content[: len(content) // 2]) in expected


def test_wrong_bytes(tmp_path):
    png = encoded("PNG")
    assert code(tmp_path / "a", png[:500] + bytes(50) + png[550:]) == "corrupt"


def test_no_damage_crashes(tmp_path, rng):
    for form in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "PPM"):
        whole = encoded(form)
        for _ in range(40):
            content = bytearray(whole)
            for place in rng.integers(0, min(len(content), 600), 6):
                content[place] = rng.integers(256)
            (tmp_path / "a").write_bytes(content)
            picture = read_image(tmp_path / "a")
            assert (picture.problem is None) == (picture.pixels.size > 0)


def test_pixels_without_an_agreed_meaning(tmp_path):
    for values in (np.full((16, 16), 0.5, np.float32), np.full((16, 16), 100_000, np.int32)):
        assert code(save(tmp_path / "a", values, "TIFF")) == "unsupported"
    assert code(save(tmp_path / "b", Image.new("LAB", (16, 16)), "TIFF")) == "unsupported"


def test_sizes(tmp_path, monkeypatch):
    assert code(save(tmp_path / "a", corners(7, 400))) == "too-small"
    path = save(tmp_path / "b", corners(100, 100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 6000)
    large = read_image(path)  # up to twice the limit Pillow only warns
    assert large.problem is None
    assert "exceeds limit of 6000 pixels" in large.note
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)
    assert code(path) == "too-large"
    long = read_image(save(tmp_path / "c", corners(8, 800)), Geometry("frame", short_side=64))
    assert long.problem == "too-large: 8x800 would become 64x6400 pixels"


def test_a_bomb_is_not_decoded(tmp_path):
    header = b"P6 100000 100000 255\n"
    assert code(tmp_path / "bomb", header + bytes(100)) == "too-large"


# Shards


def test_whatever_the_system_says_is_a_row_of_the_report(tmp_path):
    save(tmp_path / "e\u0301.png", corners(300, 400))
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    files = ["a" * 300, "\u00e9.png/b", "a\0b", "\u00e9.png", "loop.png", "pipe.png"]
    reports: list[ImageReport] = []
    frames = dict(read_shard(tmp_path, zip("123456", files, strict=True), SHORT, reports))
    assert list(frames) == ["4"]
    codes = [report.reason.split(":")[0] for report in reports]
    assert codes == ["unreadable", "missing", "unreadable", "", "unreadable", "missing"]


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    reports = []
    assert not list(read_shard(tmp_path / "loop", [("a", "a.png")], SHORT, reports))
    assert reports[0].reason == "unreadable: Too many levels of symbolic links"


def test_read_shard(tmp_path):
    save(tmp_path / "a.jpg", corners(300, 400), "JPEG")
    (tmp_path / "sub").mkdir()
    save(tmp_path / "sub" / "b.jpg", corners(32, 48), "JPEG")
    (tmp_path / "c.jpg").write_bytes(encoded()[:-300])
    items = [("a", "a.jpg"), ("gone", "gone.jpg"), ("b", "sub/b.jpg"), ("c", "c.jpg")]
    reports: list[ImageReport] = []
    frames = dict(read_shard(tmp_path, items, SHORT, reports))
    shapes = {name: x.shape for name, x in frames.items()}
    assert shapes == {"a": (1, 256, 341, 3), "b": (1, 256, 384, 3)}
    table = report_table(reports)
    assert table["id"].tolist() == ["a", "gone", "b", "c"]
    assert table["path"].tolist() == [str(tmp_path / file) for _, file in items]
    assert table["status"].tolist() == ["ok", "bad", "noted", "bad"]
    enlarged = "enlarged from 32x48 to 256x384 (height x width)"
    reasons = [reason.split(":")[0] for reason in table["reason"]]
    assert reasons == ["", "missing", enlarged, "truncated"]
    assert table["height"].tolist() == [300, 0, 32, 0]
    used = summarize(apply_policy(table, "exclude", "report.csv"))
    assert used == "2 of 4 items used; 1 missing; 1 truncated"
    said = r"(?s)2 of 4 items cannot be used.*gone: missing: no such file.*c: truncated"
    with pytest.raises(InputError, match=said):
        apply_policy(table, "fail", "report.csv")


def test_empty_shard(tmp_path):
    reports: list[ImageReport] = []
    assert list(read_shard(tmp_path, [], SHORT, reports)) == []
    report_table(reports).to_csv(tmp_path / "report.csv", index=False)
    columns = ["id", "path", "status", "reason", "height", "width"]
    assert list(pd.read_csv(tmp_path / "report.csv")) == columns


def test_bad_shards(tmp_path):
    with pytest.raises(InputError, match="image 'a' has no file name"):
        list(read_shard(tmp_path, [("a", "")], SHORT, []))


def test_shard_feeds_a_network(tmp_path):
    from rnnfv.features.networks.base import FeatureNetwork
    from rnnfv.features.networks.extraction import extract

    class MeanColour(FeatureNetwork):
        dim = 3
        geometry = SHORT

        def vectors(self, batch):
            return batch.mean(axis=(1, 2))

    items = [(str(i), f"{i}.png") for i in range(5)]
    colours = [(10 * i, 255 - 10 * i, 7) for i in range(5)]
    for (_, file), colour in zip(items, colours, strict=True):
        save(tmp_path / file, Image.new("RGB", (40 + len(file), 30), colour))
    (tmp_path / "2.png").write_bytes(b"no image")
    shard = read_shard(tmp_path, items, SHORT, [])
    features = dict(extract(MeanColour("mean"), shard, batch_size=2))
    assert list(features) == ["0", "1", "3", "4"]
    for name, vector in features.items():
        np.testing.assert_allclose(vector, [colours[int(name)]])


def test_real_images(real_data):
    folder = real_data / "flickr8k" / "images"
    items = [(path.name, path.name) for path in sorted(folder.glob("*.jpg"))[:60]]
    reports: list[ImageReport] = []
    frames = list(read_shard(folder, items, Geometry("frame", exact=(224, 224)), reports))
    assert len(frames) == len(items) == 60
    assert {report.status for report in reports} == {"ok"}
    for name, pixels in frames[:10]:
        with Image.open(folder / name) as image:
            np.testing.assert_array_equal(pixels[0], np.asarray(image))


def test_a_file_too_large_for_an_image_is_not_read(tmp_path):
    path = tmp_path / "huge.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    os.truncate(path, 2**40)  # takes no room
    assert read_image(path).problem == "too-large: a file of more than 1024 MiB"


@pytest.mark.parametrize(("kind", "end"), [("GIF", 13), ("GIF", -1), ("JPEG", 20), ("PPM", 3)])
def test_what_follows_is_not_searched_to_its_end(tmp_path, monkeypatch, kind, end):
    monkeypatch.setattr("rnnfv.data.files.MOST_SHORT_READS", 5000)
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20)).save(buffer, kind)
    path = tmp_path / "a"
    path.write_bytes(buffer.getvalue()[:end] + (b"#" if kind == "PPM" else b""))
    os.truncate(path, 10**8)
    found = read_image(path)
    assert "it goes on and on" in (found.note if end == -1 else found.problem)


def test_a_file_that_goes_while_it_is_looked_at_is_a_row_of_the_report(tmp_path, monkeypatch):
    monkeypatch.setattr("rnnfv.features.media.images.file_problem", lambda path: None)
    assert read_image(tmp_path / "gone").problem == "unreadable: No such file or directory"
