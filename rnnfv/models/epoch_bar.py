"""The training inside an estimator, with a progress bar of loss and validation's figures."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rnnfv.devices import pick_device
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import Training

SHOWN = {"train_loss": "loss", "val_accuracy": "validation accuracy", "val_rsum": "recalls"}
"""Keys of a record that are shown, and their names."""


@contextmanager
def epoch_bar(total: int, verbose: bool | int) -> Iterator[Callable[[dict[str, Any]], None] | None]:
    """Yield a function that shows the record of an epoch; None where nothing is to be shown.

    It is a bar on stderr.

    Args:
        total: epochs at most.
        verbose: whether to show anything.
    """
    if not verbose:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns(), "{task.fields[text]}", console=console) as bar:
        task = bar.add_task("epochs", total=total, text="")
        yield lambda record: bar.update(task, advance=1, text=_text(record))


def trained_network(
    model: Any, train: Callable[..., Training], options: Sequence[RNNSettings], dim: int, seed: int
) -> tuple[Training, NextElementRNN]:
    """Train as an estimator's parameters say; the training, and the network of its best epoch.

    Args:
        model: the estimator.
        train: takes ``seed``, ``device``, ``on_epoch`` and ``n_jobs``.
        options: settings of the network that validation chooses from.
        dim: dimension of the elements.
        seed: of the training.
    """
    device = pick_device(model.device)
    with epoch_bar(model.epochs * len(options), model.verbose) as on_epoch:
        result = train(seed=seed, device=device, on_epoch=on_epoch, n_jobs=model.n_jobs)
    return result, result.network(options[0], dim).to(device)


def _text(record: dict[str, Any]) -> str:
    """The figures of an epoch in words."""
    found = {name: record[key] for key, name in SHOWN.items() if record.get(key) is not None}
    return ", ".join(f"{name} {value:.4g}" for name, value in found.items())
