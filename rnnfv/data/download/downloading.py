"""An archive of the table on disk: whole, checked, from whichever address works."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import urllib3

from rnnfv.arrays.writing import alone, human
from rnnfv.data.download.budget import NoSpaceError
from rnnfv.data.download.fetch import Interrupted, Part, Refused, fetch, require_for
from rnnfv.data.download.sources import Source
from rnnfv.data.download.verify import check_archive, record
from rnnfv.errors import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """Settings of a download.

    Attributes:
        mirrors_first: try the mirrors before the first address.
        attempts: tries of an address that bring nothing new, before the next address.
        backoff: seconds before the second try, doubled for each further one, 60 at most.
        timeout: seconds without a byte until a try is given up.
        unverified_hosts: hosts whose certificate is not checked; only for files with a published
            checksum.
    """

    mirrors_first: bool = False
    attempts: int = 5
    backoff: float = 1.0
    timeout: float = 60.0
    unverified_hosts: Sequence[str] = ()


@dataclass(frozen=True)
class Receipt:
    """A downloaded archive: file name, size, SHA-256, origin, and what it was checked against."""

    file: str
    bytes: int
    sha256: str
    origin: str
    checked: str


def download(source: Source, root: str | Path, settings: Settings | None = None) -> Receipt:
    """Have the archive of ``source`` under ``root``, whole and checked.

    What is there is checked and not fetched again. A download that was broken off goes on where it
    stopped. The file gets its name when it is whole and right.

    Args:
        source: its row of the table.
        root: the data folder.
        settings: how to download.

    Raises:
        InputError: no address has it, it is not what the table says, the disk is too small, or a
            person has to ask for it: says what was tried, or how to get it.
    """
    archive = source.archive(root)
    if source.gated and not archive.exists():
        what = f"{source.name}: {source.file} is not for automatic download."
        raise InputError(f"{what} {source.instructions}")
    with alone(archive):
        if archive.exists():
            return _receipt(source, archive, archive, "found in place")
        return _fetched(source, archive, settings or Settings())


def _fetched(source: Source, archive: Path, settings: Settings) -> Receipt:
    part = Part.of(archive.with_name(f"{archive.name}.part"))
    if source.size:
        require_for(source, part, max(source.size - part.size, 0))
    addresses = list(source.addresses)
    if settings.mirrors_first:
        addresses = [*source.addresses[1:], source.url]
    failures = [f"{source.name}: {source.file} could not be had from any of its addresses:"]
    for url in addresses:
        try:
            receipt = _from(url, part, source, archive, settings)
        except NoSpaceError:
            raise  # another address does not help
        except (Interrupted, Refused, InputError) as error:
            if isinstance(error, InputError):
                part.discard()  # bytes that are wrong, or do not end
            failures.append(f"  {url}: {error}")
            log.warning("%s: %s", url, error)
            continue
        part.finish(archive)
        return receipt
    advice = f"If you have it, or find it elsewhere, put it at {archive} and start again:"
    failures.append(f"{advice} it will be checked and used. {source.instructions}".strip())
    raise InputError("\n".join(failures))


def _from(url: str, part: Part, source: Source, archive: Path, settings: Settings) -> Receipt:
    """The archive in ``part``, from one address, checked. Bytes that are wrong are thrown away."""
    continued = part.size > 0
    _insist(url, part, source, settings)
    try:
        return _receipt(source, part.path, archive, url)
    except InputError as error:
        part.discard()
        if not continued:
            raise
        log.warning("%s: %s; once more, from the start", url, error)
    return _from(url, part, source, archive, settings)


def _insist(url: str, part: Part, source: Source, settings: Settings) -> None:
    """Fetch, and again where that may help; a try that brought new bytes does not count."""
    host = urllib3.util.parse_url(url).host
    verify = host not in settings.unverified_hosts
    if not verify and not source.checksums:
        missing = f"no checksum of {source.file} is published to make up for it"
        raise Refused(f"data.unverified_hosts names {host}, but {missing}")
    failed = 0
    while True:
        before = part.size
        if before:
            log.info("%s: going on at %s, from %s", source.file, human(before), url)
        try:
            return fetch(url, part, source, verify, settings.timeout)
        except Interrupted as error:
            failed = 1 if part.size > before else failed + 1
            if failed >= settings.attempts:
                raise
            pause = min(settings.backoff * 2 ** (failed - 1), 60.0)
            log.warning("%s: %s; again in %.0f s", url, error, pause)
            time.sleep(pause)


def _receipt(source: Source, path: Path, archive: Path, origin: str) -> Receipt:
    sha256, checked = check_archive(source, path, archive)
    record(archive, sha256)
    log.info("%s: sha256 %s, checked against %s", source.file, sha256, checked)
    return Receipt(source.file, path.stat().st_size, sha256, origin, checked)
