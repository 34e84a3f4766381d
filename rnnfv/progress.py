"""A line in the log now and then, so that long work can be watched."""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

log = logging.getLogger(__name__)
_Item = TypeVar("_Item")


def progress(
    items: Iterable[_Item], what: str, total: int | None = None, seconds: float = 10.0
) -> Iterator[_Item]:
    """Pass ``items`` on; log now and then how many.

    Args:
        items: anything to iterate over.
        what: their name in the log.
        total: how many there will be, for the time to go.
        seconds: between two lines at least; the last line comes at the end.
    """
    started = last = time.monotonic()
    count = 0
    for item in items:
        yield item
        count += 1
        now = time.monotonic()
        if now - last >= seconds:
            left = ""
            if total:
                left = f" of {total}, {(total - count) * (now - started) / count:.0f} s to go"
            log.info("%s: %d%s", what, count, left)
            last = now
    log.info("%s: %d in %.1f s", what, count, time.monotonic() - started)
