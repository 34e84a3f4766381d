"""Jobs as rules describe them: resources, settings they depend on, patterns of their wildcards."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rnnfv.data.replaced import identities_now

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


def given_to(rule: Any, made: tuple[str, ...]) -> Callable[[Any], dict[str, str]]:
    """A parameter of a rule: which files its inputs are that are the user's.

    Args:
        rule: Snakemake's.
        made: beginnings of the paths of what rules make.
    """

    def given(wildcards: Any) -> dict[str, str]:
        inputs, *_ = rule.expand_input(dict(wildcards.items()))
        return identities_now(path for path in inputs if not path.startswith(made))

    return given


def ask_behind_ancient(dag: type) -> None:
    """Let Snakemake ask every job behind an ``ancient`` file for reasons of its own to run.

    Snakemake (9.27) asks no job that is behind one which runs, since that is a reason. Behind an
    ``ancient`` file it is none, and the job's own are never looked for: with another policy for bad
    videos and another number of epochs, both new, the table would be that of the old epochs.

    Args:
        dag: Snakemake's class of that name.
    """
    everything = dag.bfs  # type: ignore[attr-defined]

    def behind(self: Any, direction: Any, *jobs: Any, **options: Any) -> Iterator[Any]:
        if direction is not self.depending or self.omitrules or self.omitfiles:
            yield from everything(self, direction, *jobs, **options)
            return
        queue, seen = list(jobs), set(jobs)
        for job in queue:
            yield job
            for other, files in direction[job].items():
                if other not in seen and not all(file.is_ancient for file in files):
                    queue.append(other)
                    seen.add(other)

    dag.bfs = behind  # type: ignore[attr-defined]
