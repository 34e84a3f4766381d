"""The kind of a file, by its first bytes: for messages about one that cannot be read."""

import re
from pathlib import Path

_ZIP = rb"PK\x03\x04.{26}"  # up to the name of the first member

KINDS = {
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<(!doctype html|html|head|body|error)": "a web page, "
    "not a file: often an error, a login, or a question to click away",
    rb"version https://git-lfs": "a pointer of Git LFS, not the file: get it where it is stored",
    _ZIP + rb"[^/]*\.npy": "an .npz file of NumPy",
    _ZIP + rb".*(\[Content_Types\]|_rels/)|\xd0\xcf\x11\xe0": "a workbook, as of Excel: "
    "save its sheet as CSV UTF-8",
    _ZIP + rb"mimetype.*opendocument": "a LibreOffice document: save its sheet as CSV UTF-8",
    _ZIP + rb"[^/]*/(data\.pkl|\.format_version|\.data)": "a file of torch.save",
    rb"PK[\x03\x05]|\x1f\x8b|\xfd7zXZ\0|BZh\d1AY|7z\xbc\xaf|Rar!\x1a|.{257}ustar": "an archive, "
    "or packed: unpack it",
    rb"\x93NUMPY": "an .npy file of NumPy",
    rb"\x89HDF\r\n": "an HDF5 file",
    rb"rnnfv model\n": "a model of rnnfv",
    rb"MATLAB 5.0 MAT-file": "a MATLAB file of version 5",
    rb"\x80[\x02-\x05]": "a pickle of Python",
    rb"\xff\xfe|\xfe\xff": "text in UTF-16: save it as UTF-8",
    rb"%PDF-": "a PDF",
    rb"\x89PNG|\xff\xd8\xff|GIF8[79]a": "an image",
    rb"RIFF....AVI |....ftyp": "a video, or an image",
    rb"\0{64}": "nothing but zeros where it begins: copied in part, perhaps",
}
"""Patterns of first bytes, in the order in which they are tried, and what such a file is."""

HEAD = 512  # bytes that tell


def kind_of(start: bytes) -> str:
    """The kind of a file that begins so, in words; "" where that is not known."""
    flags = re.IGNORECASE | re.DOTALL
    return next((words for x, words in KINDS.items() if re.match(x, start[:HEAD], flags)), "")


def it_is(path: str | Path) -> str:
    """A sentence for the end of a message: what the file is. "" where that is not known."""
    try:
        if not Path(path).is_file():  # a pipe would be waited for
            return ""
        with open(path, "rb") as file:
            kind = kind_of(file.read(HEAD))
    except (OSError, ValueError, TypeError):
        return ""
    return f" By its first bytes it is {kind}." if kind else ""
