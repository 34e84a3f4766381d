"""Manifests: the clips of a data set, their labels, source groups and splits.

A manifest is a :class:`pandas.DataFrame` of strings with one row per clip:

- ``id``, unique;
- ``path``, relative to the folder of videos; absent where features are given instead of videos;
- ``label``;
- ``group``: what the clip was cut from. Clips of one group resemble each other and must not be on
  both sides of a validation;
- ``split1``, ``split2``, ...: ``train``, ``val``, ``test`` or ``unused``.
"""

from rnnfv.data.manifests.hmdb51 import read_hmdb51
from rnnfv.data.manifests.ucf101 import read_ucf101

OFFICIAL_LAYOUTS = {"ucf101": read_ucf101, "hmdb51": read_hmdb51}
"""Readers of official lists, by layout: (videos, lists, splits, check_counts) -> manifest.

A layout of one's own is a module here, an entry, and its name in ``config/schema.yaml``.
"""
