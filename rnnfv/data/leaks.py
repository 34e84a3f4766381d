"""Leaks: what is in two parts of a split, so that its accuracy or recall would be too good.

Three kinds: clips cut from one source (their group), one file under two names, and copies, also of
features (:mod:`rnnfv.data.copies`). Files are read only where two of them have one size and stand
in different parts.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pandas as pd

from rnnfv.arrays.checks import other_unit, typical_of
from rnnfv.arrays.provenance import file_sha256
from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.copies import Windows, repeated, shared_runs, windows_of
from rnnfv.data.files import on_disk
from rnnfv.data.labels import alike, as_number, plain
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.text_files import some
from rnnfv.errors import InputError

_HEAD = 2**16  # bytes that tell most files of one size apart
_SHOWN = 3

Parts = Mapping[str, str]
"""The part of every item of a split: train, val or test; others are ignored."""


@dataclass(frozen=True)
class Material:
    """Items, videos and own features of a data set.

    Attributes:
        manifest: its items.
        files: id to video; none where it has no videos.
        windows: of every file of its own features, those of
            :func:`~rnnfv.data.copies.windows_of`.
        sizes: likewise, the largest absolute value of every item.
    """

    manifest: pd.DataFrame
    files: dict[str, Path]
    windows: list[Windows] = field(default_factory=list)
    sizes: list[dict[str, float]] = field(default_factory=list)

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
        windows, sizes = [], []
        if videos and "path" in manifest:
            paths = zip(manifest["id"], manifest["path"], strict=True)
            files = {name: Path(videos) / path for name, path in paths}
        for path in sequences:
            with open_sequences(path) as opened:
                found, peaks = windows_of(opened), opened.peaks()
            windows.append({f"{name}{suffix}": own for name, own in found.items()})
            sizes.append(peaks)
        return cls(manifest, files, windows, sizes)

    def leaks(self, column: str, donors: Sequence[tuple["Material", str]] = ()) -> list[str]:
        """Leaks of a split, in words.

        Args:
            column: of the split.
            donors: other data sets that networks are trained on, each with its split.
        """
        parts = parts_of(self.manifest, column)
        leaks = [shared_groups(self.manifest, column), shared_files(parts, self.files)]
        for windows in self.windows:
            leaks += [shared_content(parts, windows), shared_runs(parts, windows)]
        unseen = {name: part for name, part in parts.items() if part != "train"}
        for donor, theirs in donors:
            trained = [
                name for name, part in parts_of(donor.manifest, theirs).items() if part != "test"
            ]
            both = unseen | dict.fromkeys(trained, "train")
            leaks.append(shared_files(both, self.files | donor.files))
            for ours, others in product(self.windows, donor.windows):
                windows = ours | others
                leaks += [shared_content(both, windows), shared_runs(both, windows)]
        return [f"{column}: {x}" for x in leaks if x]

    def labelling(self) -> list[str]:
        """Labels and groups that differ in spelling only, and files with two labels, in words."""
        lines = [
            f"{column}s that differ in spelling only: {some(names, len(names))}"
            for column in ("label", "group")
            for names in alike(self.manifest[column])
        ]
        labels = dict(zip(self.manifest["id"], self.manifest["label"], strict=True))
        twice = [shared_files(labels, self.files, "one file, or copies of one, with two labels")]
        twice += [shared_content(labels, own, ", with two labels") for own in self.windows]
        return lines + [line for line in twice if line]

    def oddities(self, column: str) -> list[str]:
        """Parts of a split with the same features many times, or of another size, in words."""
        parts = parts_of(self.manifest, column)
        found = [x for windows in self.windows for x in repeated(parts, windows)]
        found += [x for sizes in self.sizes for x in other_units(parts, sizes)]
        return [f"{column}: {x}" for x in found]


def parts_of(manifest: pd.DataFrame, column: str) -> dict[str, str]:
    """The part of every item that a split uses."""
    used = manifest[manifest[column].isin(["train", "val", "test"])]
    return dict(zip(used["id"], used[column], strict=True))


def shared_groups(manifest: pd.DataFrame, column: str) -> str | None:
    """Groups with training (or validation) and test clips of one label, in words; None for none.

    Clips of another label may come from the same source, as in HMDB51's official splits. A label
    that is spelt otherwise is not another one; a group may be, but for numbers: 1 is 1.0.
    """
    labels, groups = manifest["label"].map(plain), manifest["group"].map(as_number)
    pairs = pd.Series(manifest[column].to_numpy(), pd.MultiIndex.from_arrays([labels, groups]))
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


def shared_files(
    parts: Parts, paths: Mapping[str, Path], what: str = "one file, or copies of one"
) -> str | None:
    """Items of different parts that are one file, or copies of one, in words; None for none.

    Args:
        parts: of a split.
        paths: item to file. Links, ``./`` and ``..`` are followed; an absent file is its path.
        what: they are, in words.
    """
    used = {name: on_disk(paths[name]) for name in parts if name in paths}
    return _shared(parts, _file_keys(parts, used), what)


def shared_content(parts: Parts, windows: Windows, more: str = "") -> str | None:
    """Items of different parts that have the same elements, in words; None for none.

    Args:
        parts: of a split.
        windows: of :func:`~rnnfv.data.copies.windows_of`.
        more: to say.
    """
    used = {name: own.tobytes() for name, own in windows.items() if name in parts}
    return _shared(parts, used, f"the same features{more}")


def other_units(parts: Parts, sizes: Mapping[str, float]) -> list[str]:
    """Parts whose items are so much larger, or smaller, than training items, in words.

    Args:
        parts: of a split.
        sizes: the largest absolute value of items.
    """
    peaks = defaultdict(list)
    for name, size in sizes.items():
        peaks[parts.get(name)].append(size)
    known = typical_of(peaks["train"])
    times = {part: other_unit(peaks[part], known) for part in ("val", "test")}
    return [f"{p} items are {x} as training items: is it one unit?" for p, x in times.items() if x]


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
    place = f" in {known}" if known else ""
    return f"{len(found)} times {what}{place}: {some(sorted(found), _SHOWN)}"
