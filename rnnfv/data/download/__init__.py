"""From a clone to raw data: download, verify, unpack, and say what is there.

What there is to have is a table, ``data/sources.csv`` (:mod:`rnnfv.data.download.sources`). Nothing here imports torch.
"""

from rnnfv.data.download.downloading import Receipt, Settings, download
from rnnfv.data.download.reporting import machine, report, state_of
from rnnfv.data.download.sources import Source, needed_by, read_sources
from rnnfv.data.download.space import human, require_space
from rnnfv.data.download.unpacking import Unpacked, unpack
from rnnfv.data.download.verify import check_archive, checksum

__all__ = [
    "Receipt",
    "Settings",
    "Source",
    "Unpacked",
    "check_archive",
    "checksum",
    "download",
    "human",
    "machine",
    "needed_by",
    "read_sources",
    "report",
    "require_space",
    "state_of",
    "unpack",
]
