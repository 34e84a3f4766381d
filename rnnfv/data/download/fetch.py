"""One address, one attempt: continue a partial file over HTTP, or start it.

Beside ``name.part`` lies ``name.part.json``: the address, the whole size and the server's validator
(ETag or date) of the bytes in it. A continued download sends the validator with its range (RFC
9110, ``If-Range``), so that bytes of two releases are never joined: a server whose file has changed
answers with the whole new one.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

import requests
import urllib3
from requests import Response
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, SSLError

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.writing import atomic_path, disk_errors, human
from rnnfv.data.download.budget import Budget, require_space
from rnnfv.data.download.sources import Source
from rnnfv.data.download.verify import kind_problem, size_problem
from rnnfv.public import VERSION

log = logging.getLogger(__name__)

_PAGES = ("text/html", "application/xhtml+xml")


class Interrupted(Exception):
    """The transfer broke off or the server is busy: trying the same address again may help."""


class Refused(Exception):
    """This address does not have the file: trying it again does not help."""


@dataclass
class Part:
    """A partial file, and where its bytes come from."""

    path: Path
    url: str = ""
    total: int | None = None
    validator: str = ""

    @property
    def size(self) -> int:
        """Bytes there."""
        return self.path.stat().st_size if self.path.exists() else 0

    @classmethod
    def of(cls, path: Path) -> Part:
        """The partial file at ``path``; one without a readable note is useless and starts anew."""
        part = cls(path)
        if os.path.lexists(path) and (
            not S_ISREG(path.lstat().st_mode) or path.stat().st_nlink > 1
        ):
            part.discard()  # somebody else's file, or none
        try:
            note = read_json(part._note, ("url", "total", "validator"))
            part.url, part.validator = str(note["url"]), str(note["validator"])
            part.total = None if note["total"] is None else int(note["total"])
        except (ValueError, TypeError):
            part.discard()
        return part

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def describe(self, url: str, total: int | None, validator: str) -> None:
        """Note where the bytes come from, before the first of them.

        Args:
            url: their address.
            total: bytes of the whole file, or None where the server does not say.
            validator: the server's mark of this version of the file; empty where it has none.
        """
        self.url, self.total, self.validator = url, total, validator
        with atomic_path(self._note) as temporary:
            note = {"url": url, "total": total, "validator": validator}
            temporary.write_text(json.dumps(note), encoding="utf-8")

    def discard(self) -> None:
        """Start anew."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.url, self.total, self.validator = "", None, ""

    def finish(self, target: Path) -> None:
        """Give the file its name; the note is no longer needed."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


def fetch(url: str, part: Part, source: Source, verify: bool = True, timeout: float = 60) -> None:
    """Fetch the rest of a file, or all of it, from ``url`` into ``part``.

    Args:
        url: one of the addresses.
        part: what has come so far. Bytes of several addresses are joined only where a checksum is
            published: then the whole is checked.
        source: the archive's row.
        verify: whether to check the server's certificate.
        timeout: seconds without a byte until the attempt is given up.

    Raises:
        Interrupted: worth another try; what has come stays in ``part``.
        Refused: not worth another try at this address.
        NoSpaceError: the disk is too small.
    """
    # The bytes as they are: a .gz file must not be unpacked on the way.
    headers = {"Accept-Encoding": "identity", "User-Agent": f"rnnfv/{VERSION}"}
    if not source.checksums and (part.url != url or not part.validator):
        part.discard()  # perhaps other bytes, and nothing would tell
    start = part.size
    if start and part.total is not None and start >= part.total:
        return
    if start:
        headers["Range"] = f"bytes={start}-"
        if part.url == url and part.validator:
            headers["If-Range"] = part.validator
    try:
        with requests.get(
            url, headers=headers, stream=True, timeout=timeout, verify=verify
        ) as response:
            start, total = _begin(response, url, part, source)
            _copy(response, part, start, total, source)
    except SSLError as error:
        host = urllib3.util.parse_url(url).host
        problem = f"its certificate cannot be checked ({error})"
        advice = f"data.unverified_hosts: [{host}] goes on without"
        raise Refused(f"{problem}; where a checksum is published, {advice}") from error
    except (InvalidURL, InvalidSchema, MissingSchema) as error:
        raise Refused(f"not an address: {error}") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as error:
        raise Interrupted(f"{type(error).__name__}: {error}") from error


def _begin(response: Response, url: str, part: Part, source: Source) -> tuple[int, int | None]:
    """First byte of the answer, and the size of the whole file, checked."""
    status, headers, start = response.status_code, response.headers, part.size
    if status == 416:  # our range is not in the file: the part is of something else
        part.discard()
        raise Interrupted("the partial file does not fit the one on the server; starting anew")
    if status >= 500 or status in (408, 425, 429):
        raise Interrupted(f"HTTP {status} {response.reason}")
    if status not in (200, 206):
        raise Refused(f"HTTP {status} {response.reason}")
    if headers.get("Content-Type", "").split(";")[0].strip().lower() in _PAGES:
        what = "an error, a login, or a question to click away"
        raise Refused(f"a web page instead of a file: {what}")
    if status == 206:
        total = _continued(headers.get("Content-Range", ""), part)
    else:
        length, start = headers.get("Content-Length", ""), 0
        total = int(length) if length.isdecimal() else None
    if total is not None and (problem := size_problem(total, source)):
        raise Refused(f"the file there has {problem}")
    if total is not None:
        require_for(source, part, total - start)
    if start == 0:
        part.path.unlink(missing_ok=True)
        tag = headers.get("ETag", "")  # a strong one, else the date of the last change
        strong = tag and not tag.startswith("W/")
        part.describe(url, total, tag if strong else headers.get("Last-Modified", ""))
    return start, total


def _continued(content_range: str, part: Part) -> int | None:
    """Size of the whole file, from the header of an answer that goes on where the part ends."""
    given = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
    if not given or int(given[1]) != part.size:
        asked = f"asked for bytes from {part.size} on, got {content_range!r}"
        part.discard()
        raise Interrupted(f"{asked}; starting anew")
    total = None if given[2] == "*" else int(given[2])
    if part.total is not None and total not in (None, part.total):
        now = f"the file has {total} bytes now, not {part.total}"
        part.discard()
        raise Interrupted(f"{now}; starting anew")
    return total


def require_for(source: Source, part: Part, left: int) -> None:
    """Check that there is room for the rest of an archive and for what is unpacked from it.

    Args:
        source: the archive.
        part: the partial file.
        left: bytes still to come.

    Raises:
        InputError: there is not.
    """
    what = f"{source.file}, with what is unpacked from it,"
    require_space(part.path.parent, left + (source.unpacked_bytes or 0), what)


def _no_link(path: str, flags: int) -> int:
    """An opener that follows no link, which somebody else may have put there."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def _copy(response: Response, part: Part, start: int, total: int | None, source: Source) -> None:
    """Append the body to the part."""
    done, began = start, time.monotonic()
    told = began
    whole = source.bytes if total is None else total
    expected, what = whole or source.about_bytes, f"what comes as {source.file}"
    budget = Budget(what, part.path.parent, expected, written=start)
    with disk_errors(part.path, part.path), open(part.path, "ab", opener=_no_link) as file:
        for block in response.raw.stream(1 << 18, decode_content=False):
            if done == 0 and (problem := kind_problem(block[:512], source.kind)):
                part.discard()
                raise Refused(problem)
            budget.spend(len(block))
            file.write(block)
            done += len(block)
            if (now := time.monotonic()) - told >= 10:
                share = f" of {human(total)} ({100 * done / total:.0f} %)" if total else ""
                speed = human((done - start) / (now - began))
                log.info("%s: %s%s, %s/s", source.file, human(done), share, speed)
                told = now
            if whole is not None and done > whole:
                break
    if whole is not None and done < whole:
        raise Interrupted(f"the connection ended after {done} of {whole} bytes")
    if whole is not None and done > whole:
        part.discard()
        raise Refused(f"{done} bytes came, {whole} were announced")
    log.info("%s: %s in %.0f s", source.file, human(done - start), time.monotonic() - began)
