"""Read images to RGB pixels, and notice the ones that are broken.

Every file is judged by what is in it, not by its name. Each problem has a code that tables can
count:

================  ==================================================================================
``missing``       no such file
``empty``         a file of 0 bytes
``unreadable``    not an image, or of a format that is none of :data:`FORMATS`
``truncated``     the file ends before its pixels do
``corrupt``       the decoder failed on it
``unsupported``   pixels without an agreed way to 8 bits (floating point, 32-bit integers, Lab)
``too-large``     more pixels than Pillow takes for an attack, twice
                  ``PIL.Image.MAX_IMAGE_PIXELS`` (179 million), as stored or after resizing; or a
                  file of more than 1 GiB
``too-small``     a side of fewer than 8 pixels: a placeholder, not a photograph
================  ==================================================================================

What is right in spite of appearances is turned into RGB by fixed rules. Grey is repeated in three
channels; 16-bit grey is scaled by 255 / 65535; CMYK is taken as Adobe stores it in JPEG, inverted,
and multiplied out; transparent pixels are laid on white, as pages and viewers show them; of an
animation or a file of several pictures the first is taken. Rotation in EXIF is applied, because
photographs are meant to be seen upright. Colour profiles are ignored.

Decoding and resizing are integer arithmetic in one thread: the same file gives the same pixels.
Wrong bytes inside a JPEG often go unnoticed: its decoder fills in what it cannot read and does not
tell.
"""

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from rnnfv.data.files import BoundedFile, file_problem, on_disk, unreadable
from rnnfv.errors import InputError
from rnnfv.features.media.geometry import Geometry, size_problem, target_size
from rnnfv.features.media.reports import Report, verdict

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""The formats of photographs. Not all that Pillow opens: EPS, for one, would start a program."""

_ERRORS = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, ArithmeticError)
DECODING_ERRORS = (*_ERRORS, struct.error, zlib.error)
"""What Pillow's decoders raise on damaged files; they have no exception in common."""

MOST_BYTES = 2**30
"""Of a file. One image takes 20 bytes a pixel at most, 3.6 GB."""

ORIENTATION = 0x0112
"""The EXIF tag that says how the camera was held."""

_TURNS = "FLIP_LEFT_RIGHT ROTATE_180 FLIP_TOP_BOTTOM TRANSPOSE ROTATE_270 TRANSVERSE ROTATE_90"
TURNS = {number: Image.Transpose[turn] for number, turn in enumerate(_TURNS.split(), start=2)}
"""What makes an image of each orientation upright; Pillow's rotations are counterclockwise."""


@dataclass
class Picture:
    """An image file, decoded.

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
class ImageReport(Report):
    """One row of the report on images.

    Attributes:
        height: of the upright image before resizing, in pixels; 0 where unknown.
        width: the same.
    """

    height: int
    width: int


class BadImage(Exception):
    """An image cannot be used.

    Args:
        problem: ``"code: words"``.
        stored: its (height, width), where known.
    """

    def __init__(self, problem: str, stored: tuple[int, int] = (0, 0)):
        super().__init__(problem)
        self.stored = stored


def read_image(path: str | Path, geometry: Geometry | None = None) -> Picture:
    """Decode an image to RGB, upright, and resize it.

    A bad file is no exception: its problem is returned. Resizing is bicubic; where it shrinks, its
    support grows with the factor (antialiasing). Small images are enlarged, which is noted.

    Args:
        path: the file.
        geometry: what the network wants: a short side (the other side keeps the aspect ratio and is
            rounded to the nearest pixel, halves up) or an exact size, whatever the aspect ratio.
            None: as stored.
    """
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            picture = _read(Path(path), geometry, notes)
        except BadImage as bad:
            notes.clear()
            picture = Picture(np.empty((0, 0, 3), np.uint8), bad.stored, str(bad))
        except OSError as error:  # the file is no longer what it was
            notes.clear()
            picture = Picture(np.empty((0, 0, 3), np.uint8), problem=unreadable(error))
    # Pillow warns of what it could repair; such a file is used, and its user told.
    notes += [f"Pillow: {' '.join(str(remark.message).split())}" for remark in remarks]
    picture.note = "; ".join(dict.fromkeys(notes)) or None
    return picture


def read_shard(
    folder: str | Path,
    items: Iterable[tuple[str, str]],
    geometry: Geometry,
    reports: list[ImageReport],
) -> Iterator[tuple[str, np.ndarray]]:
    """Read ``(id, path)`` items; yield ``(id, frames)`` of the usable ones, as videos of one frame.

    That is what :func:`rnnfv.features.networks.extract` takes. Nothing is skipped in silence: every
    item adds its row to ``reports``, and what to do about bad ones is the caller's policy
    (:func:`rnnfv.data.bad_items.apply_policy`).

    Args:
        folder: of the images.
        items: ids and files, relative to the folder.
        geometry: see :func:`read_image`.
        reports: gets one row per item, before the item is yielded.

    Yields:
        The id, and (1, H, W, 3) uint8 RGB.

    Raises:
        InputError: an item without a file name.
    """
    for name, file in items:
        if not file:
            problem = f"image {name!r} has no file name in the table of images."
            raise InputError(f"{problem} Name it, or give features instead.")
        path = Path(folder, file)
        picture = read_image(path, geometry)
        row = (name, str(path), *verdict(picture.problem, picture.note), *picture.stored)
        reports.append(ImageReport(*row))
        if picture.problem is None:
            yield name, picture.pixels[None]


def report_table(reports: Iterable[ImageReport]) -> pd.DataFrame:
    """The rows as a table, which has its columns even where there are no rows."""
    return pd.DataFrame(list(reports), columns=[field.name for field in fields(ImageReport)])


def _read(path: Path, geometry: Geometry | None, notes: list[str]) -> Picture:
    """:func:`read_image` of a file, without its note; adds remarks to ``notes``."""
    path = on_disk(path)
    if problem := file_problem(path):
        raise BadImage(problem)
    if path.stat().st_size > MOST_BYTES:
        raise BadImage(f"too-large: a file of more than {MOST_BYTES // 2**20} MiB")
    with BoundedFile(path) as file:
        with _decoder_errors("unreadable"):
            image = Image.open(file, formats=FORMATS)
        if image.format in ("JPEG", "MPO"):
            with _decoder_errors("unreadable"):
                content = path.read_bytes()
            if not _has_end(content):
                raise BadImage("truncated: a JPEG without its end-of-image marker")
        with _decoder_errors("corrupt"):
            image.load()
        try:
            pixels = _to_rgb(image, notes)
        except ValueError as error:
            raise BadImage(f"unsupported: {error}") from error
        orientation = _orientation(image, notes)
        if orientation in TURNS:
            pixels = pixels.transpose(TURNS[orientation])
            notes.append(f"turned upright (EXIF orientation {orientation})")
        try:
            if getattr(image, "is_animated", False):
                notes.append("the first of several pictures in the file")
        except DECODING_ERRORS as error:
            notes.append(f"what follows the first picture is damaged ({error})")
    stored = height, width = pixels.height, pixels.width
    target = stored
    if geometry is not None:
        target = target_size(height, width, geometry.short_side, geometry.exact)
    problem = size_problem(stored, target, 2 * (Image.MAX_IMAGE_PIXELS or np.inf))
    if problem:
        raise BadImage(problem, stored)
    if target != stored:
        if target[0] > height or target[1] > width:
            change = f"{height}x{width} to {target[0]}x{target[1]}"
            notes.append(f"enlarged from {change} (height x width)")
        pixels = pixels.resize(target[::-1], Image.Resampling.BICUBIC)
    return Picture(np.array(pixels), stored)


@contextmanager
def _decoder_errors(code: str) -> Iterator[None]:
    """Turn what a decoder raises into a problem: truncated if it says so, else ``code``."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise BadImage(f"too-large: {error}") from error
    except Image.UnidentifiedImageError as error:
        kinds = ", ".join(FORMATS)
        raise BadImage(f"unreadable: not an image in {kinds}, or its header is damaged") from error
    except DECODING_ERRORS as error:
        truncated = "truncated" in str(error).lower()
        raise BadImage(f"{'truncated' if truncated else code}: {error}") from error


def _to_rgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """A decoded image in mode RGB; adds what was done to ``notes``."""
    if image.mode.startswith("I"):
        # "I;16" and its byte orders; "I" is what Pillow makes of 16-bit grey in PGM, and of 32 bits
        # in TIFF.
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


def _orientation(image: Image.Image, notes: list[str]) -> int:
    """The EXIF orientation of a decoded image, a key of :data:`TURNS` if it is to be turned."""
    if image.format == "TIFF":  # Pillow has turned it while decoding
        return 1
    try:
        return image.getexif().get(ORIENTATION, 1)
    except DECODING_ERRORS:
        notes.append("EXIF data are damaged: orientation not known")
        return 1


def _has_end(jpeg: bytes) -> bool:
    """Whether there is an end-of-image marker after the header, whose thumbnail has one of its own.

    Pillow notices where a file ends too early, but not where zeros fill up what a broken download
    left.
    """
    at = 2
    # Segments up to the start of a scan.
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:
        at += 1 if jpeg[at + 1] == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return jpeg.find(b"\xff\xd9", at) >= 0
