"""Files of trained networks and of unfinished trainings: same content, same bytes, with a checksum.

A checkpoint is what ``torch.save`` writes, followed by its SHA-256 (32 bytes). ``torch.load`` reads
it, too, without the check.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from rnnfv.arrays.intermediates import damaged, read_bytes
from rnnfv.arrays.writing import atomic_path
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.settings import RNNSettings

_DIGEST_BYTES = hashlib.sha256().digest_size


def write_checkpoint(path: str | Path, content: Mapping[str, Any]) -> None:
    """Store a dictionary of tensors, numbers, strings, lists and dictionaries."""
    buffer = io.BytesIO()  # torch.save to a path would write the temporary file's name as well
    torch.save(dict(content), buffer)
    body = buffer.getvalue()
    with atomic_path(path) as temporary:
        temporary.write_bytes(body + hashlib.sha256(body).digest())


def read_checkpoint(path: str | Path, needs: Sequence[str]) -> dict[str, Any]:
    """Read what :func:`write_checkpoint` wrote; tensors are on the CPU.

    Raises:
        InputError: the file is absent, damaged, or holds not all of the keys ``needs``.
    """
    stored = read_bytes(path)
    body, digest = stored[:-_DIGEST_BYTES], stored[-_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest:
        raise damaged(path, "its checksum is wrong, or it is no checkpoint of rnnfv")
    try:
        content = dict(torch.load(io.BytesIO(body), map_location="cpu", weights_only=True))
    except Exception as error:  # unpickling a file of another kind can raise anything
        raise damaged(path, "a checkpoint of another kind or version") from error
    if missing := [key for key in needs if key not in content]:
        raise damaged(
            path, f"a checkpoint of another kind or version: {', '.join(missing)} missing"
        )
    return content


@dataclass(frozen=True)
class TrainedNetwork:
    """A network with its weights at several epochs, and what is needed to build it again.

    Attributes:
        settings: architecture and training.
        n_features: dimensions of an element.
        n_symbols: rows of the table that elements are picked from; None for plain vectors.
        seed: of the initial weights.
        weights: state dictionaries by name: ``best``, the epoch that validation chose, and
            ``last``.
        epochs: the epoch of each of them; 1 is the first after training began.
        scale: what elements are multiplied by; the network does it itself.
    """

    settings: RNNSettings
    n_features: int
    n_symbols: int | None
    seed: int
    weights: Mapping[str, Mapping[str, torch.Tensor]]
    epochs: Mapping[str, int]
    scale: float = 1.0

    def network(self, epoch: str = "best") -> NextElementRNN:
        """The network at an epoch: ``best``, ``last`` or ``untrained``."""
        network = self.settings.build(self.n_features, self.seed, self.n_symbols, self.scale)
        if epoch != "untrained":
            network.load_state_dict(self.weights[epoch])
        return network

    def write(self, path: str | Path, made_by: Mapping[str, Any]) -> None:
        """Store the network; ``made_by`` is its provenance."""
        fields = {key: getattr(self, key) for key in self.__dataclass_fields__}
        about = {"settings": asdict(self.settings), "made_by": dict(made_by)}
        write_checkpoint(path, fields | about)

    @classmethod
    def read(cls, path: str | Path) -> TrainedNetwork:
        """The network that :meth:`write` stored.

        Raises:
            InputError: see :func:`read_checkpoint`.
        """
        keys = list(cls.__dataclass_fields__)
        stored = read_checkpoint(path, keys)
        fields = {key: stored[key] for key in keys}
        try:
            return cls(**fields | {"settings": RNNSettings(**stored["settings"])})
        except TypeError as error:
            raise damaged(path, f"a checkpoint of another version: {error}") from error


def unfinished(path: str | Path) -> Path:
    """Where a training that will write ``path`` keeps its state.

    The file is no output of the workflow, so that it survives when the job is killed.
    """
    return Path(path).with_name("unfinished.pt")


def candidate(path: str | Path | None, name: str) -> Path | None:
    """Where a network is written that is trained to choose the one at ``path``, if anywhere."""
    return Path(path).parent / "candidates" / name / "network.pt" if path else None


def remove_unfinished(path: str | Path) -> None:
    """Remove what trainings left for going on; for a job that has written all it makes."""
    unfinished(path).unlink(missing_ok=True)
    shutil.rmtree(Path(path).parent / "candidates", ignore_errors=True)
