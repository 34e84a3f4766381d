"""One address, one attempt: continue a partial file over HTTP, or start it.

Beside ``name.part`` lies ``name.part.json``: the address, the whole size and the server's validator (ETag or date) of the
bytes in it. A continued download sends the validator with its range (RFC 9110, ``If-Range``), so that bytes of two
releases are never joined: a server whose file has changed answers with the whole new one.
"""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests
import urllib3

from rnnfv import __version__
from rnnfv.data.download.space import human, require_space
from rnnfv.data.download.verify import kind_problem

log = logging.getLogger(__name__)

_BLOCK = 1 << 18
_PAGES = ("text/html", "application/xhtml+xml")


class Interrupted(Exception):
    """The transfer broke off or the server is busy: trying the same address again may help."""


class Refused(Exception):
    """This address does not have the file: trying it again does not help."""


@dataclass
class Part:
    """What is known of the bytes in a partial file."""

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
        """The partial file at ``path``; one without a readable note is of no use and starts anew."""
        part = cls(path)
        try:
            note = json.loads(part._note.read_text())
            part.url, part.total, part.validator = note["url"], note["total"], note["validator"]
        except (OSError, ValueError, KeyError):
            part.discard()
        return part

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def describe(self, url: str, total: int | None, validator: str) -> None:
        """Note where the bytes come from, before the first of them."""
        self.url, self.total, self.validator = url, total, validator
        note = {key: value for key, value in asdict(self).items() if key != "path"}
        self._note.write_text(json.dumps(note))

    def discard(self) -> None:
        """Start anew."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        self.url, self.total, self.validator = "", None, ""

    def finish(self, target: Path) -> None:
        """Give the file its name; the note is no longer needed."""
        self.path.replace(target)
        self._note.unlink(missing_ok=True)


@dataclass
class Wanted:
    """What to fetch.

    Attributes:
        name: for messages.
        kind: of archive, see :data:`rnnfv.data.download.sources.KINDS`.
        size: bytes, where exactly known.
        published: whether a checksum is published: then bytes of several addresses may be joined, for the whole is checked.
        unpacked: bytes to keep free besides.
        verify: whether to check the server's certificate.
        timeout: seconds without a byte until an attempt is given up.
    """

    name: str
    kind: str
    size: int | None = None
    published: bool = False
    unpacked: int = 0
    verify: bool = True
    timeout: float = 60.0


def fetch(url: str, part: Part, wanted: Wanted) -> None:
    """Fetch the rest of a file, or all of it, from ``url`` into ``part``.

    Raises:
        Interrupted: worth another try; what has come stays in ``part``.
        Refused: not worth another try at this address.
        NoSpaceError: the disk is too small.
    """
    # The bytes as they are: a .gz file must not be unpacked on the way.
    headers = {"Accept-Encoding": "identity", "User-Agent": f"rnnfv/{__version__}"}
    if not wanted.published and (part.url != url or not part.validator):
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
            url, headers=headers, stream=True, timeout=wanted.timeout, verify=wanted.verify
        ) as response:
            start, total = _begin(response, url, part, start, wanted)
            _copy(response, part, start, total, wanted)
    except requests.exceptions.SSLError as error:
        host = urllib3.util.parse_url(url).host
        raise Refused(
            f"its certificate cannot be checked ({error}); where a checksum is published, data.unverified_hosts: [{host}] "
            "goes on without"
        ) from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    ) as error:
        raise Refused(f"not an address: {error}") from error
    except (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        TimeoutError,
    ) as error:
        raise Interrupted(f"{type(error).__name__}: {error}") from error


def _begin(
    response: requests.Response, url: str, part: Part, start: int, wanted: Wanted
) -> tuple[int, int | None]:
    """Look at the answer: from which byte on it is, and how large the whole file is."""
    status, lengths = response.status_code, response.headers
    if status == 416:  # our range is not in the file: the part is of something else
        part.discard()
        raise Interrupted("the partial file does not fit the one on the server; starting anew")
    if status >= 500 or status in (408, 425, 429):
        raise Interrupted(f"HTTP {status} {response.reason}")
    if status not in (200, 206):
        raise Refused(f"HTTP {status} {response.reason}")
    if lengths.get("Content-Type", "").split(";")[0].strip().lower() in _PAGES:
        raise Refused(
            "a web page instead of a file: an error, a login, or a question to click away"
        )
    total: int | None
    if status == 206:
        given = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", lengths.get("Content-Range", ""))
        if not given or int(given[1]) != start:
            part.discard()
            raise Interrupted(
                f"asked for bytes from {start} on, got {lengths.get('Content-Range')!r}; starting anew"
            )
        total = None if given[2] == "*" else int(given[2])
        if part.total is not None and total is not None and part.total != total:
            part.discard()
            raise Interrupted(f"the file has {total} bytes now, not {part.total}; starting anew")
    else:
        start = 0
        total = (
            int(lengths["Content-Length"])
            if lengths.get("Content-Length", "").isdecimal()
            else None
        )
    if wanted.size is not None and total is not None and total != wanted.size:
        raise Refused(f"the file there has {total} bytes, {wanted.name} should have {wanted.size}")
    if total is not None:
        require_space(
            part.path.parent,
            total - start + wanted.unpacked,
            f"{wanted.name}, with what is unpacked from it,",
        )
    if start == 0:
        part.path.unlink(missing_ok=True)
        part.describe(url, total, _validator(lengths))
    return start, total


def _validator(headers: Any) -> str:
    """What identifies these bytes: a strong ETag, else the date of the last change."""
    tag = str(headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(headers.get("Last-Modified", ""))


def _copy(
    response: requests.Response, part: Part, start: int, total: int | None, wanted: Wanted
) -> None:
    """Append the body to the part."""
    done, began, last = start, time.monotonic(), time.monotonic()
    with open(part.path, "ab") as file:
        for block in response.raw.stream(_BLOCK, decode_content=False):
            if done == 0 and (problem := kind_problem(block[:512], wanted.kind)):
                raise Refused(problem)
            file.write(block)
            done += len(block)
            now = time.monotonic()
            if now - last >= 10:
                share = f" of {human(total)} ({100 * done / total:.0f} %)" if total else ""
                log.info(
                    "%s: %s%s, %s/s",
                    wanted.name,
                    human(done),
                    share,
                    human((done - start) / (now - began)),
                )
                last = now
    whole = wanted.size if total is None else total
    if whole is not None and done < whole:
        raise Interrupted(f"the connection ended after {done} of {whole} bytes")
    if whole is not None and done > whole:
        part.discard()
        raise Refused(f"{done} bytes came, {whole} were announced")
    log.info("%s: %s in %.0f s", wanted.name, human(done - start), time.monotonic() - began)
