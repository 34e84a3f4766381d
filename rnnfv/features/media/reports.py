"""Reports on media files: one row per video or image says whether it is used, and why not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """The columns that reports on videos and on images share.

    Attributes:
        id: the item's id in the manifest, or the image's name in the captions.
        path: the file.
        status: ``ok``, ``noted`` (used, with a remark) or ``bad`` (not usable).
        reason: the problem (``"code: words"``) or the remark; empty when ok.
    """

    id: str
    path: str
    status: str
    reason: str


def verdict(problem: str | None, note: str | None) -> tuple[str, str]:
    """Status and reason of a file with this problem and this note."""
    return "bad" if problem else "noted" if note else "ok", problem or note or ""
