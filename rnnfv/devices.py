"""Devices by name; and where there are several jobs and GPUs, one to each job.

A job takes an exclusive lock (``flock``) on a file that stands for a GPU. The kernel releases it
when the process ends, however it ends, so a killed job keeps no GPU. Locks are per user and
machine: they know nothing of other users' jobs.
"""

import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import torch

from rnnfv.errors import InputError

log = logging.getLogger(__name__)

_held: dict[str, int] = {}
"""File descriptors of this process's locks by GPU: open, and so locked, until the process ends."""


@contextmanager
def usual_torch() -> Iterator[None]:
    """Torch as it is at first, whatever device, precision or mode the caller computes under.

    A default device costs time at every call of torch; it is changed only where there is another.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))  # also ends no_grad
        for kind in filter(torch.is_autocast_enabled, ("cpu", "cuda")):
            stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


def visible_gpus() -> list[str]:
    """The GPUs this process may use, in torch's order.

    The entries of ``CUDA_VISIBLE_DEVICES``, else "0", "1", ...
    """
    count = torch.cuda.device_count()
    if named := os.environ.get("CUDA_VISIBLE_DEVICES"):
        return [name.strip() for name in named.split(",")][:count]
    return [str(i) for i in range(count)]


def lock_folder() -> Path:
    """The folder of the locks: ``$RNNFV_LOCKS``, else one of this user's for temporary files.

    In a SLURM job the locks are the job's own: SLURM hands out the GPUs, and may call each job's
    GPU number 0.
    """
    own = Path(tempfile.gettempdir(), f"rnnfv-gpus-{os.getuid()}")
    folder = Path(os.environ.get("RNNFV_LOCKS") or own)
    job = os.environ.get("SLURM_JOB_ID")
    return folder / f"slurm-{job}" if job else folder


def take_gpu(gpus: list[str] | None = None, folder: Path | None = None, seconds: float = 1) -> int:
    """Lock a free GPU until this process ends; wait while there is none.

    Args:
        gpus: their names, one each, as in :func:`visible_gpus` (the default).
        folder: of the lock files; default :func:`lock_folder`.
        seconds: between two looks while all are taken.

    Returns:
        The position in ``gpus`` of the one taken; the same one when called again.

    Raises:
        InputError: there is no GPU, or the folder cannot be used.
    """
    gpus = visible_gpus() if gpus is None else gpus
    folder = lock_folder() if folder is None else folder
    if not gpus:
        message = "device: cuda needs a GPU, and this process sees none. Set device to auto or cpu."
        raise InputError(message)
    paths = [str(folder / f"{name.replace('/', '_')}.lock") for name in gpus]
    for position, path in enumerate(paths):
        if path in _held:
            return position
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        waited = 0.0
        while True:
            for position, path in enumerate(paths):
                if _lock(path):
                    log.info("GPU %s (cuda:%d) is this job's own", gpus[position], position)
                    return position
            if waited % 60 < seconds:
                taken = ", ".join(gpus)
                log.info("all GPUs are taken (%s): waiting until a job that has one ends", taken)
            time.sleep(seconds)
            waited += seconds
    except OSError as error:
        advice = "Set RNNFV_LOCKS to a folder of yours."
        raise InputError(f"{folder}: cannot hold the GPU locks ({error}). {advice}") from error


def _lock(path: str) -> bool:
    import fcntl  # there is none on Windows

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):  # another process has it
            return False
        raise
    _held[path] = descriptor
    return True


def own_gpu(device: str = "auto") -> str:
    """A device for this job alone: ``"auto"`` and ``"cuda"`` become a GPU that no other job has.

    So a GPU named by its number is taken as it is, shared or not, and without a GPU nothing
    changes.
    """
    if device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{take_gpu()}"
    return device


def pick_device(name: str = "auto", key: str = "device") -> torch.device:
    """A torch device by name; ``"auto"`` is CUDA, Apple's MPS or the CPU, the first there is.

    Raises:
        InputError: torch has no such device; ``key`` is where it is named.
    """
    if name != "auto":
        try:
            one = torch.ones(1, device=name)
            one.item()  # a "meta" device holds no numbers
            return one.device
        except (RuntimeError, AssertionError) as error:  # a torch without CUDA asserts
            problem = f"{name!r} cannot be used ({str(error).splitlines()[0]})"
            advice = "Set it to auto, or to a device torch sees."
            raise InputError(f"{key}: {problem}. {advice}") from error
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
