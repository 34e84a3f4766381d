"""Read images to RGB pixels, and notice the ones that are broken.

Every file is judged by what is in it, not by its name. Each problem has a code that tables can count:

================  ==================================================================================
``missing``       no such file
``empty``         a file of 0 bytes
``unreadable``    not an image, or of a format that is none of :data:`FORMATS`
``truncated``     the file ends before its pixels do
``corrupt``       the decoder failed on it
``unsupported``   pixels without an agreed way to 8 bits (floating point, 32-bit integers, Lab)
``too-large``     more pixels than Pillow takes for an attack, twice ``PIL.Image.MAX_IMAGE_PIXELS`` (179 million), as
                  stored or after resizing
``too-small``     a side of fewer than :data:`MIN_SIDE` pixels: a placeholder, not a photograph
================  ==================================================================================

What is right in spite of appearances is turned into RGB by fixed rules. Grey is repeated in three channels; 16-bit grey is
scaled by 255 / 65535; CMYK is taken as Adobe stores it in JPEG, inverted, and multiplied out; transparent pixels are laid on
white, as pages and viewers show them; of an animation or a file of several pictures the first is taken. Rotation in EXIF
is applied, because photographs are meant to be seen upright. Colour profiles are ignored.

Decoding and resizing are integer arithmetic in one thread: the same file gives the same pixels. Wrong bytes inside a JPEG
often go unnoticed: its decoder fills in what it cannot read and does not tell.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from rnnfv.errors import InputError
from rnnfv.features.media.video import target_size
from rnnfv.features.networks.base import Geometry

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""What photographs come in. Not everything that Pillow opens: EPS, for one, would start another program."""

MIN_SIDE = 8
"""Pixels that the shorter side must have."""

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on damaged files; they have no exception in common."""

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image of each orientation upright; Pillow's rotations are counterclockwise."""


@dataclass
class Picture:
    """What one file decoded to.

    Attributes:
        pixels: (H, W, 3) uint8 RGB; (0, 0, 3) where there is a problem.
        stored: (height, width) upright and before resizing; (0, 0) where unknown.
        problem: ``"code: words"`` with a code from the table above, or None.
        note: harmless oddities in words, or None.
    """

    pixels: np.ndarray
    stored: tuple[int, int] = (0, 0)
    problem: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class ImageReport:
    """One row of the report on images.

    Attributes:
        id: the image's name in the captions.
        path: the file.
        status: ``ok``, ``noted`` (used, with a remark) or ``bad`` (not usable).
        reason: the problem (``"code: words"``) or the remark; empty when ok.
        height: of the upright image before resizing, in pixels; 0 where unknown.
        width: the same.
    """

    id: str
    path: str
    status: str
    reason: str
    height: int
    width: int


def read_image(path: str | Path, geometry: Geometry | None = None) -> Picture:
    """Decode an image to RGB, upright, and resize it.

    A bad file is no exception: its problem is returned. Resizing is bicubic; where it shrinks, its support grows with the
    factor (antialiasing). Small images are enlarged, which is noted.

    Args:
        path: the file.
        geometry: what the network wants: a short side (the other side keeps the aspect ratio and is rounded to the
            nearest pixel, halves up) or an exact size, whatever the aspect ratio. None: as stored.

    Raises:
        InputError: the geometry is that of a network of clips.
    """
    _check_kind(geometry)
    path = Path(path)
    if not path.is_file():
        return _failed(f"missing: no such file: {path}")
    if path.stat().st_size == 0:
        return _failed("empty: the file has 0 bytes")
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        picture = _read(path, geometry)
    # Pillow warns of what it could repair; such a file is used, and its user told.
    notes = [picture.note] if picture.note else []
    notes += [f"Pillow: {' '.join(str(remark.message).split())}" for remark in remarks]
    picture.note = "; ".join(dict.fromkeys(notes)) or None
    return picture


def read_shard(
    folder: str | Path,
    items: Iterable[tuple[str, str]],
    geometry: Geometry,
    reports: list[ImageReport],
) -> Iterator[tuple[str, np.ndarray]]:
    """Read ``(id, path)`` items; yield ``(id, frames)`` of the usable ones, in order, as videos of one frame.

    That is what :func:`rnnfv.features.networks.extract` takes. Nothing is skipped in silence: every item adds its row to
    ``reports``, and what to do about bad ones is the caller's policy (:func:`rnnfv.data.usable.apply_policy`).

    Args:
        folder: of the images.
        items: ids and files, relative to the folder.
        geometry: see :func:`read_image`.
        reports: gets one row per item, before the item is yielded.

    Yields:
        The id, and (1, H, W, 3) uint8 RGB.

    Raises:
        InputError: no such folder, an item without a file name, or a geometry of clips.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            f"{folder}: no such folder of images. Check the path in the configuration."
        )
    _check_kind(geometry)
    for name, file in items:
        if not file:
            raise InputError(
                f"image {name!r} has no file name in the table of images. Name it, or give features instead."
            )
        picture = read_image(folder / file, geometry)
        status = "bad" if picture.problem else "noted" if picture.note else "ok"
        reports.append(
            ImageReport(
                name,
                str(folder / file),
                status,
                picture.problem or picture.note or "",
                *picture.stored,
            )
        )
        if picture.problem is None:
            yield name, picture.pixels[None]


def report_table(reports: Iterable[ImageReport]) -> pd.DataFrame:
    """The rows as a table, which has its columns even where there are no rows."""
    return pd.DataFrame(list(reports), columns=[field.name for field in fields(ImageReport)])


def _read(path: Path, geometry: Geometry | None) -> Picture:
    """:func:`read_image` of a file that exists."""
    try:
        image = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError as error:
        return _failed(f"too-large: {error}")
    except Image.UnidentifiedImageError:
        return _failed(
            f"unreadable: not an image in {', '.join(FORMATS)}, or its header is damaged"
        )
    except DECODING_ERRORS as error:
        return _damaged(error, "unreadable")
    notes: list[str] = []
    with image:
        if image.format in ("JPEG", "MPO") and not _has_end(path.read_bytes()):
            return _failed("truncated: a JPEG without its end-of-image marker")
        try:
            image.load()
        except Image.DecompressionBombError as error:
            return _failed(f"too-large: {error}")
        except DECODING_ERRORS as error:
            return _damaged(error, "corrupt")
        try:
            pixels = _to_rgb(image, notes)
        except ValueError as error:
            return _failed(f"unsupported: {error}")
        orientation = _orientation(image, notes)
        if orientation in TURNS:
            pixels = pixels.transpose(TURNS[orientation])
            notes.append(f"turned upright (EXIF orientation {orientation})")
        if getattr(image, "is_animated", False):
            notes.append("the first of several pictures in the file")
    height, width = pixels.height, pixels.width
    if min(height, width) < MIN_SIDE:
        return _failed(f"too-small: {height}x{width} pixels (height x width)", (height, width))
    target = (
        (height, width)
        if geometry is None
        else target_size(height, width, geometry.short_side, geometry.exact)
    )
    if target[0] * target[1] > 2 * (Image.MAX_IMAGE_PIXELS or np.inf):
        return _failed(
            f"too-large: {height}x{width} would become {target[0]}x{target[1]} pixels",
            (height, width),
        )
    if target != (height, width):
        if target[0] > height or target[1] > width:
            notes.append(
                f"enlarged from {height}x{width} to {target[0]}x{target[1]} (height x width)"
            )
        pixels = pixels.resize(target[::-1], Image.Resampling.BICUBIC)
    return Picture(np.array(pixels), (height, width), None, "; ".join(notes) or None)


def _to_rgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """A decoded image in mode RGB; adds what was done to ``notes``. ValueError: there is no agreed way to RGB."""
    if image.mode.startswith("I"):
        # "I;16" and its byte orders; "I" is what Pillow makes of 16-bit grey in PGM, and of 32 bits in TIFF.
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ValueError("32-bit grey")
        notes.append("16-bit grey scaled to 8 bits")
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8)).convert("RGB")
    if image.mode in ("F", "LAB", "HSV"):
        raise ValueError(f"pixels of Pillow's mode {image.mode}")
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, "white")
        image = image.convert("RGBA")
        if np.asarray(image.getchannel("A")).min() < 255:
            notes.append("transparent pixels laid on white")
        opaque.alpha_composite(image)
        return opaque.convert("RGB")
    return image.convert("RGB")


def _check_kind(geometry: Geometry | None) -> None:
    if geometry is not None and geometry.kind != "frame":
        raise InputError(
            f"a network of clips ({geometry}) cannot describe single images. Choose a network of frames."
        )


def _orientation(image: Image.Image, notes: list[str]) -> int:
    """How a decoded image is to be turned, a key of :data:`TURNS` or another number for not at all."""
    if image.format == "TIFF":  # Pillow has turned it while decoding
        return 1
    try:
        return image.getexif().get(ORIENTATION, 1)
    except DECODING_ERRORS:
        notes.append("EXIF data are damaged: orientation not known")
        return 1


def _has_end(jpeg: bytes) -> bool:
    """Whether there is an end-of-image marker after the header, whose thumbnail has one of its own.

    Pillow notices where a file ends too early, but not where zeros fill up what a broken download left.
    """
    at = 2
    while (
        at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA
    ):  # segments up to the start of a scan
        at += 1 if jpeg[at + 1] == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return jpeg.find(b"\xff\xd9", at) >= 0


def _damaged(error: Exception, code: str) -> Picture:
    """The problem a decoder reported: truncated if that is what it says, else ``code``."""
    return _failed(f"{'truncated' if 'truncated' in str(error).lower() else code}: {error}")


def _failed(problem: str, stored: tuple[int, int] = (0, 0)) -> Picture:
    return Picture(np.empty((0, 0, 3), np.uint8), stored, problem)
