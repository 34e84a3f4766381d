"""From a clone to raw data: download, verify, unpack, and say what is there.

What there is to have is a table, ``data/sources.csv`` (:mod:`rnnfv.acquire.sources`). Nothing here imports torch.
"""

from rnnfv.acquire.downloading import Receipt, Settings, download
from rnnfv.acquire.planning import configured_files, sources_needed
from rnnfv.acquire.reporting import machine, report, state_of
from rnnfv.acquire.sources import Source, needed_by, read_sources
from rnnfv.acquire.space import human, require_space
from rnnfv.acquire.unpacking import Unpacked, unpack
from rnnfv.acquire.verify import check_archive, checksum

__all__ = [
    "Receipt",
    "Settings",
    "Source",
    "Unpacked",
    "check_archive",
    "checksum",
    "configured_files",
    "download",
    "human",
    "machine",
    "needed_by",
    "read_sources",
    "report",
    "require_space",
    "sources_needed",
    "state_of",
    "unpack",
]
