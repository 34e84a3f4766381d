"""Stand-ins for archives of the web: small RAR files, a table of sources, a server with moods."""

import csv
import hashlib
import io
import mmap
import os
import struct
import threading
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from rnnfv.data.download.sources import COLUMNS, Source

FOLDER, LINK = object(), object()  # instead of a member's bytes


def _block4(kind, flags, fields, data=b""):
    """A block of RAR 4: checksum of the header, its kind, flags and length; then data."""
    header = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header + data


def rar4(members):
    """A RAR 4 archive of stored members: names and their bytes, or FOLDER, or LINK."""
    blocks = [b"Rar!\x1a\x07\x00", _block4(0x73, 0, bytes(6))]
    for name, data in pairs(members):
        mode = 0o040755 if data is FOLDER else 0o120777 if data is LINK else 0o100644
        flags = 0x80E0 if data is FOLDER else 0x8000
        data = b"" if data is FOLDER else b"/etc/hostname" if data is LINK else data
        stored = name.replace("/", "\\").encode() if mode != 0o120777 else name.encode()
        unix, version, store = 3, 20, 0x30
        fields = struct.pack(
            "<IIBIIBB", len(data), len(data), unix, zlib.crc32(data), 0x5A210000, version, store
        )
        blocks.append(
            _block4(0x74, flags, fields + struct.pack("<HI", len(stored), mode) + stored, data)
        )
    return b"".join([*blocks, _block4(0x7B, 0x4000, b"")])


def _varint(number):
    """Seven bits a byte, the lowest first; all but the last byte have their highest bit set."""
    groups = [number & 127]
    while number := number >> 7:
        groups.append(number & 127)
    return bytes([group | 128 for group in groups[:-1]] + groups[-1:])


def _varints(*numbers):
    return b"".join(map(_varint, numbers))


def _block5(fields, data=b""):
    """A block of RAR 5: checksum of what follows up to the data, length, fields; then data."""
    header = _varint(len(fields)) + fields
    return struct.pack("<I", zlib.crc32(header)) + header + data


def rar5(members):
    """The same as RAR 5."""
    blocks = [b"Rar!\x1a\x07\x01\x00", _block5(_varints(1, 0, 0))]
    for name, data in pairs(members):
        extra, folder, link = b"", data is FOLDER, data is LINK
        data = b"" if folder or link else data
        if link:  # a record of a Unix link and where it points
            record = _varints(5, 1, 0, len(b"/etc/hostname")) + b"/etc/hostname"
            extra = _varint(len(record)) + record
        flags = 2 | (1 if extra else 0)  # has data, has extra records
        head = _varints(2, flags, *([len(extra)] if extra else []), len(data))
        head += _varints((1 if folder else 0) | 4, len(data), 0o755) + struct.pack(
            "<I", zlib.crc32(data)
        )
        head += _varints(0, 1, len(name.encode())) + name.encode() + extra
        blocks.append(_block5(head, data))
    return b"".join([*blocks, _block5(_varints(5, 0, 0))])


def pairs(members):
    return members.items() if isinstance(members, dict) else members


def source(**changes):
    """A row of the table, as :func:`rnnfv.data.download.read_sources` gives it."""
    row = dict.fromkeys(COLUMNS, "") | {
        "name": "one",
        "group": "ones",
        "file": "one.bin",
        "kind": "file",
        "into": "one.bin",
    }
    row |= {
        "mirrors": (),
        "bytes": None,
        "about_bytes": None,
        "unpacked_bytes": None,
        "checksums": {},
        "expected": {},
    }
    return Source(**(row | {"gated": False} | changes))


def mapped(path):
    """A large file as the body of what is served: it is read when it is asked for."""
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@dataclass
class Served:
    """The bytes that the server has at a path, and its moods, used up one request after another.

    Attributes:
        body: the bytes.
        etag: their validator; none is sent where empty.
        ranges: whether requests for a range are understood.
        cuts: bytes after which the connection breaks, for the next requests.
        errors: status codes instead of an answer, for the next requests.
        kind: content type.
        length: a Content-Length that is not the body's.
        slow: seconds between blocks of 64 kB.
    """

    body: bytes
    etag: str = '"1"'
    ranges: bool = True
    cuts: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    kind: str = "application/octet-stream"
    length: int | None = None
    slow: float = 0.0


@contextmanager
def serve(files):
    """A web server on this machine, which no proxy is asked for.

    Yields its address and the list of its requests: path, Range, If-Range.
    """
    requests, stop = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def do_GET(self):
            asked = self.headers.get("Range")
            requests.append((self.path, asked, self.headers.get("If-Range")))
            self.close_connection = True
            served = files.get(self.path)
            if served is None or served.errors:
                self.send_error(served.errors.pop(0) if served else 404)
                return
            start, body = 0, served.body
            fresh = self.headers.get("If-Range") in (None, served.etag)
            if asked and served.ranges and fresh:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                if start >= len(body):
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            else:
                self.send_response(200)
            self.send_header("Content-Type", served.kind)
            self.send_header("Content-Length", str(served.length or len(body) - start))
            if served.etag:
                self.send_header("ETag", served.etag)
            self.end_headers()
            end = start + served.cuts.pop(0) if served.cuts else len(body)
            for first in range(start, end, 1 << 16):
                if stop.wait(served.slow):
                    return
                self.wfile.write(body[first : min(first + (1 << 16), end)])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *arguments: None  # a client that was killed is no news
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    try:
        with patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}):
            yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        stop.set()
        server.shutdown()
        server.server_close()


def write_sources(path, rows):
    """A table of sources from rows of texts; columns that are not given are empty."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in pairs(files):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o120777 if data is LINK else 0o644) << 16
            file.writestr(
                info, b"/etc/hostname" if data is LINK else b"" if data is FOLDER else data
            )
    return buffer.getvalue()
