"""From a clone to raw data: download, verify, unpack, and say what is there.

The table of what there is to have is ``data/sources.csv`` (:mod:`rnnfv.data.download.sources`).
Nothing here imports torch.
"""

from rnnfv.data.download.downloading import Receipt, Settings, download
from rnnfv.data.download.reporting import report, state_of
from rnnfv.data.download.sources import Source, needed_by, read_sources
from rnnfv.data.download.unpacking import Unpacked, unpack

__all__ = ["Receipt", "Settings", "Source", "Unpacked", "download", "needed_by", "read_sources"]
__all__ += ["report", "state_of", "unpack"]
