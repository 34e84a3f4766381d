"""A job of a plan, as the forecast sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One job that a dry run would start.

    Attributes:
        rule: its rule.
        stage: the file in ``rules/`` that the rule is in.
        wildcards: by name.
        inputs: paths.
        outputs: paths.
        priority: jobs of higher priority start first.
        mem_mb: memory asked for.
    """

    rule: str
    stage: str
    wildcards: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    priority: int = 0
    mem_mb: int = 0

    @property
    def parts(self) -> int:
        """Among how many shards the work is divided, this job being one of them."""
        return int(self.wildcards.get("scatteritem", "1-of-1").rpartition("-")[2])
