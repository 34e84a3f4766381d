"""Leaks: what is in two parts of a split, so that its accuracy or recall would be too good.

Three kinds: clips cut from one source (their group), one file under two names, and copies. Files
are read only where two of them have one size and stand in different parts.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd

from rnnfv.arrays.hdf5 import file_sha256
from rnnfv.arrays.sequences import Sequences, Values, open_sequences
from rnnfv.data.files import on_disk
from rnnfv.data.labels import plain
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.text_files import some
from rnnfv.errors import InputError

_HEAD = 2**16  # bytes that tell most files of one size apart
_SHOWN = 3
_PROJECTIONS = 4

Parts = Mapping[str, str]
"""The part of every item of a split: train, val or test; others are ignored."""

Digests = dict[str, Hashable]
"""The content of items: equal where they are copies."""


@dataclass(frozen=True)
class Material:
    """Items, videos and own features of a data set.

    Attributes:
        manifest: its items.
        files: id to video; none where it has no videos.
        digests: of every file of its own features, those of :func:`content_digests`.
    """

    manifest: pd.DataFrame
    files: dict[str, Path]
    digests: list[Digests]

    @classmethod
    def read(
        cls, listed: str | Path, videos: str | None, sequences: Iterable[str], suffix: str = ""
    ) -> "Material":
        """Read the manifest and own features of a data set.

        Args:
            listed: the manifest.
            videos: folder of its videos; None for none.
            sequences: files of its own features.
            suffix: what its ids end with here, where two data sets are compared.
        """
        manifest = read_manifest(listed)
        manifest["id"] += suffix
        files: dict[str, Path] = {}
        digests = []
        if videos and "path" in manifest:
            paths = zip(manifest["id"], manifest["path"], strict=True)
            files = {name: Path(videos) / path for name, path in paths}
        for path in sequences:
            with open_sequences(path) as opened:
                found = content_digests(opened)
            digests.append({f"{name}{suffix}": digest for name, digest in found.items()})
        return cls(manifest, files, digests)

    def leaks(self, column: str, donors: Sequence[tuple["Material", str]] = ()) -> list[str]:
        """Leaks of a split, in words.

        Args:
            column: of the split.
            donors: other data sets that networks are trained on, each with its split.
        """
        parts = parts_of(self.manifest, column)
        leaks = [shared_groups(self.manifest, column), shared_files(parts, self.files)]
        leaks += [shared_content(parts, digests) for digests in self.digests]
        unseen = {name: part for name, part in parts.items() if part != "train"}
        for donor, theirs in donors:
            trained = [
                name for name, part in parts_of(donor.manifest, theirs).items() if part != "test"
            ]
            both = unseen | dict.fromkeys(trained, "train")
            leaks.append(shared_files(both, self.files | donor.files))
            pairs = product(self.digests, donor.digests)
            leaks += [shared_content(both, ours | others) for ours, others in pairs]
        return [f"{column}: {x}" for x in leaks if x]

    def repeats(self, column: str) -> list[str]:
        """Parts of a split whose items have the same features, in words."""
        parts = parts_of(self.manifest, column)
        return [f"{column}: {x}" for digests in self.digests for x in repeated(parts, digests)]


def parts_of(manifest: pd.DataFrame, column: str) -> dict[str, str]:
    """The part of every item that a split uses."""
    used = manifest[manifest[column].isin(["train", "val", "test"])]
    return dict(zip(used["id"], used[column], strict=True))


def shared_groups(manifest: pd.DataFrame, column: str) -> str | None:
    """Groups with training (or validation) and test clips of one label, in words; None for none.

    Clips of another label may come from the same source, as in HMDB51's official splits. A label
    that is spelt otherwise is not another one.
    """
    pairs = manifest.assign(label=manifest["label"].map(plain)).set_index(["label", "group"])[
        column
    ]
    test = set(pairs.index[pairs == "test"])
    others = {
        words: test & set(pairs.index[pairs == part])
        for part, words in (("train", "training"), ("val", "validation"))
    }
    shared = sorted(set.union(*others.values()))
    if not shared:
        return None
    names = some([group for _, group in shared], _SHOWN)
    parts = " or ".join(words for words, groups in others.items() if groups)
    return f"{len(shared)} of {len(test)} test groups are {parts} groups: {names}"


def shared_files(parts: Parts, paths: Mapping[str, Path]) -> str | None:
    """Items of different parts that are one file, or copies of one, in words; None for none.

    Args:
        parts: of a split.
        paths: item to file. Links, ``./`` and ``..`` are followed; an absent file is its path.
    """
    used = {name: on_disk(paths[name]) for name in parts if name in paths}
    return _shared(parts, _file_keys(parts, used), "one file, or copies of one")


def content_digests(sequences: Sequences) -> Digests:
    """The content of every sequence in five numbers; zeros alone are no features.

    Scaled copies have the same, since elements get unit length later, and so have still sequences
    of any length. Four are random projections of all elements, to 1e-4 of their norm: bytes would
    not do, as a scaled copy is rounded otherwise.
    """
    directions = np.random.default_rng(0).normal(size=(sequences.dim, _PROJECTIONS))
    digests: Digests = {}
    for first, last, values in sequences.blocks():
        starts = sequences.offsets[first : last + 1] - sequences.offsets[first]
        for name, (start, end) in zip(sequences.ids[first:last], pairwise(starts), strict=True):
            steps = values[start:end].astype(np.float64)
            if (steps == steps[:1]).all():
                steps = steps[:1]
            size = np.linalg.norm(steps)
            if 0 < size < np.inf:
                times = np.random.default_rng(1).normal(size=len(steps))
                found = np.rint(10_000 * (times @ steps @ directions) / size)
                digests[name] = len(steps), *found.astype(int).tolist()
    return digests


def repeated(parts: Parts, digests: Digests) -> list[str]:
    """Parts of which more than a tenth have the features of another item of the part, in words.

    Args:
        parts: of a split.
        digests: of :func:`content_digests`.
    """
    lines = []
    for part, words in (("train", "training"), ("val", "validation"), ("test", "test")):
        mine = pd.Series({name: key for name, key in digests.items() if parts.get(name) == part})
        same = mine.index[mine.duplicated(keep=False)]
        if 10 * len(same) > len(mine):
            counts = f"{len(same)} of {len(mine)} {words} items"
            lines.append(f"{counts} have the features of another one: {some(same, _SHOWN)}")
    return lines


def shared_content(parts: Parts, digests: Digests) -> str | None:
    """Items of different parts that have the same elements, in words; None for none.

    Args:
        parts: of a split.
        digests: of :func:`content_digests`.
    """
    used = {name: digest for name, digest in digests.items() if name in parts}
    return _shared(parts, used, "the same features")


def as_single_elements(ids: Sequence[str], values: Values) -> Sequences:
    """Vectors (n, D), which may be on disk, as sequences of one element."""
    return Sequences(ids, np.arange(len(ids) + 1), values)


def apply_leak_policy(
    leaks: Sequence[str], policy: str, source: str | Path, drawn: bool = False
) -> list[str]:
    """Leaks as notes for the table, or stop.

    Args:
        leaks: in words.
        policy: ``fail`` or ``note``.
        source: what leaks, for the message.
        drawn: whether the splits were drawn here, so that they are not the user's to correct.

    Raises:
        InputError: there are some, and the policy is ``fail``.
    """
    if leaks and policy == "fail":
        lines = "\n".join(f"  {leak}" for leak in leaks)
        advice = "Remove the copy or set `group`" if drawn else "Correct the splits"
        choice = "set on_leak: note to go on and have it said under the table"
        why = f"the result would be too good. {advice}, or {choice}"
        raise InputError(f"{source}: the parts of a split overlap:\n{lines}\n{why}.")
    return [f"{source}: the parts of a split overlap, so results are too good: {x}" for x in leaks]


def _file_keys(parts: Parts, paths: Mapping[str, Path]) -> dict[str, Hashable]:
    """The same key for items that are the same file or have the same content."""
    keys: dict[str, Hashable] = {}
    by_size = defaultdict(list)
    for name, path in paths.items():
        try:
            found = path.stat()
        except (OSError, ValueError):
            keys[name] = os.path.normpath(path)
            continue
        keys[name] = found.st_dev, found.st_ino
        by_size[found.st_size].append(name)
    for size, names in by_size.items():
        if size and len({parts[name] for name in names}) > 1:
            keys |= _digests({name: paths[name] for name in names}, keys)
    return keys


def _digests(
    paths: Mapping[str, Path], known: Mapping[str, Hashable]
) -> Iterator[tuple[str, Hashable]]:
    """Digests of files of one size that have the same beginning."""
    if len({known[name] for name in paths}) == 1:
        return
    beginnings = defaultdict(list)
    for name, path in paths.items():
        try:
            with open(path, "rb") as file:
                beginnings[hashlib.sha256(file.read(_HEAD)).digest()].append(name)
        except OSError:
            continue  # the report says so
    for names in beginnings.values():
        if len(names) > 1:
            yield from ((name, file_sha256(paths[name])) for name in names)


def _shared(parts: Parts, keys: Mapping[str, Hashable], what: str) -> str | None:
    """Words about items with one key in different parts; None where there are none."""
    together = defaultdict(list)
    for name, key in keys.items():
        together[key].append(name)
    found, where = [], set()
    for names in together.values():
        in_parts = {parts[name] for name in names}
        if len(in_parts) > 1:
            where |= in_parts
            found.append(" = ".join(f"{name} ({parts[name]})" for name in sorted(names)[:4]))
    if not found:
        return None
    known = " and ".join(part for part in ("train", "val", "test") if part in where)
    return f"{len(found)} times {what} in {known}: {some(sorted(found), _SHOWN)}"
