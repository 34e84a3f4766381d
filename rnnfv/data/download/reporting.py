"""The report on data and machine: what is there, what is missing, and what to do next."""

import json
import os
import shutil
import subprocess
import textwrap
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from rnnfv.arrays.writing import free_space, human
from rnnfv.data.download.sources import Source
from rnnfv.data.download.unpacking import count, differences

_HEADER = ("", "source", "group", "state", "size", "licence or terms")


def state_of(source: Source, root: str | Path) -> str:
    """Whether a source is in place, on its way or missing, in words; files are counted once."""
    archive = source.archive(root)
    part = archive.with_name(f"{archive.name}.part")
    if source.in_place(root):
        return _in_place(source, root)
    if archive.exists():
        return "downloaded"
    if part.exists():
        done = part.stat().st_size
        share = f"{100 * done / source.size:.0f} %" if source.size else human(done)
        return f"{share} downloaded"
    return "MISSING, by hand" if source.gated else "MISSING"


def _in_place(source: Source, root: str | Path) -> str:
    try:
        counts = dict(json.loads(source.marker(root).read_text())["counts"])
    except (OSError, ValueError, KeyError, TypeError):
        counts = {}
    if set(counts) != set(source.expected):
        counts = count(source.target(root), source.expected)
    wrong = differences(counts, source.expected)
    return f"there, but {'; '.join(wrong)}" if wrong else "there"


def _machine(root: str | Path) -> list[tuple[str, str]]:
    """Free disk space, memory, cores and GPUs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    disk = (f"disk free at {root}", human(free_space(root)))
    return [disk, ("memory", _memory()), ("cores", str(cores)), ("GPU", _gpus())]


def _memory() -> str:
    try:
        page, pages = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_PHYS_PAGES")
        return f"{human(page * pages)}, {human(page * os.sysconf('SC_AVPHYS_PAGES'))} of it unused"
    except (ValueError, OSError):
        return "unknown"


def _gpus() -> str:
    if shutil.which("nvidia-smi") is None:
        return "none (no nvidia-smi)"
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return f"nvidia-smi does not answer ({type(error).__name__})"
    return "; ".join(line.strip() for line in done.stdout.splitlines() if line.strip()) or "none"


def report(
    sources: Iterable[Source],
    states: dict[str, str],
    needed: Collection[str],
    root: str | Path,
    commands: dict[str, str],
) -> str:
    """The whole report.

    Args:
        sources: all of them.
        states: by name, from :func:`state_of`.
        needed: names of those that the configuration asks for.
        root: the data folder.
        commands: the next command: ``data`` fetches what is missing, ``tables`` goes on when
            nothing is.
    """
    rows, wanted = [_HEADER], []
    for source in sorted(sources, key=lambda source: source.name not in needed):
        asked, state = source.name in needed, states[source.name]
        size = f"{'' if source.bytes else '~'}{human(source.size)}" if source.size else "unknown"
        licence = textwrap.shorten(source.licence, 60, placeholder=" ...")
        rows.append(("*" if asked else "", source.name, source.group, state, size, licence))
        wanted += [source] if asked else []
    about = "* what this configuration asks for; ~ approximate; all columns: data/sources.csv"
    lines = [f"Data ({about})", "", *_columns(rows), ""]
    lines += ["Machine", "", *_columns(_machine(root)), ""]
    missing = [source for source in wanted if not states[source.name].startswith("there")]
    for source in missing:
        if source.gated and states[source.name].startswith("MISSING"):
            lines += [f"By hand, {source.name}: {source.instructions}", ""]
    if missing:
        lines += _missing(missing, states, len(wanted), root)
        again = any(source.marker(root).exists() for source in missing)  # it was there once
        lines.append(f"Next: {commands['data']}{' --forcerun download' if again else ''}")
    else:
        there = "All that this configuration asks for is there."
        lines.append(there if wanted else "This configuration needs no download.")
        lines.append(f"Next: {commands['tables']}")
    return "\n".join(lines) + "\n"


def _missing(
    missing: Sequence[Source], states: dict[str, str], wanted: int, root: str | Path
) -> list[str]:
    """Sizes of what is missing, and whether there is room for it."""
    size = sum(source.size for source in missing if states[source.name] != "downloaded")
    room = sum(source.unpacked_bytes or 0 for source in missing)
    amount = f"about {human(size)} to fetch, {human(room)} unpacked"
    lines = [f"{len(missing)} of {wanted} are missing: {amount}."]
    if size + room > free_space(root):
        advice = "set data.root, or data.keep_archives: false"
        lines.append(f"That is more than is free at {root}: {advice}.")
    return lines


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
