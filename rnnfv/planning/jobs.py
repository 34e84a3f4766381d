"""Jobs as rules describe them: resources, settings they depend on, patterns of their wildcards."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Amount = int | Callable[[Any], int]
"""A number, or a function of the wildcards."""


def any_of(names: Iterable[str]) -> str:
    """A pattern for one of these names; for nothing at all where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def without_source(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in a fixed order, without where files are fetched from: what results depend on."""
    return {key: value for key, value in sorted(settings.items()) if key != "source"}


def growing(**resources: Amount) -> dict[str, Callable[[Any, int], int]]:
    """Resources of a rule that grow when a job is submitted again.

    The first attempt gets the amount, the second twice as much. A profile's `retries` says how many
    attempts there are. Rules without any are content with a cluster profile's default-resources.
    """

    def scaled(amount: Amount) -> Callable[[Any, int], int]:
        def needed(wildcards: Any, attempt: int) -> int:
            return (amount(wildcards) if callable(amount) else amount) * attempt

        return needed

    return {name: scaled(amount) for name, amount in resources.items()}
