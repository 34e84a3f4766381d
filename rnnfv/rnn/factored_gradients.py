"""Gradients that are sums of outer products, held as their factors."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rnnfv.arrays.hdf5 import BLOCK_BYTES


class FactoredGradients:
    """The (n, D W) matrix of sum_t e_t [h_t; 1]^T / T of n sequences, held as its factors.

    It is produced by rows or by columns. Rows stream to disk, and columns stream into a Gram matrix
    (:func:`rnnfv.reduction.gram.principal_scores`), without the matrix ever existing.

    Args:
        offsets: (n + 1,) int64, where each sequence's steps begin.
        dim: D, the length of e_t.
        width: W, the length of h_t plus one.
        device: where the factors are and products are made.

    Attributes:
        errors: (total length, D) e_t, to be filled in.
        states: (total length, W) [h_t; 1], to be filled in but for the last column.

    Memory: 4 (D + W) bytes per step, and the block that is asked for.
    """

    def __init__(self, offsets: np.ndarray, dim: int, width: int, device: torch.device | str):
        self._offsets = offsets
        self.errors = _empty((int(offsets[-1]), dim), device)
        self.states = _empty((int(offsets[-1]), width), device)
        self.states[:, -1] = 1
        self.shape = len(offsets) - 1, dim * width

    def fill(self, positions: Tensor, mask: Tensor, errors: Tensor, states: Tensor) -> None:
        """Fill in the factors of a batch.

        Args:
            positions: (B, T), which steps they are of.
            mask: (B, T), true at real steps; others are left out.
            errors: (B, T, D) e_t.
            states: (B, T, W - 1) h_t.
        """
        steps = positions[mask]
        self.errors[steps], self.states[steps, :-1] = errors[mask], states[mask]

    def matrix(self) -> np.ndarray:
        """All rows at once: (n, D W) float32."""
        whole, start = np.empty(self.shape, np.float32), 0
        if self.errors.device.type == "cpu":
            self._gradients(0, slice(None), torch.from_numpy(whole))
            return whole
        for block in self.rows():
            whole[start : start + len(block)] = block
            start += len(block)
        return whole

    def rows(self, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """Yield blocks (b, D W) float32 of consecutive sequences, in order.

        A block's memory is used again for the next one: write it out, or copy it, before asking
        for that.
        """
        n, dim = self.shape
        step = min(max(1, block_bytes // (4 * dim)), n)
        buffer = _empty((step, dim), self.errors.device)
        for start in range(0, n, step):
            out = buffer[: min(step, n - start)]
            self._gradients(start, slice(None), out)
            yield out.cpu().numpy()

    def columns(self, block_bytes: int = BLOCK_BYTES) -> Iterator[Tensor]:
        """Yield blocks (n, w) float32 on the device, w a multiple of W: a few of the D at a time.

        As with :meth:`rows`, a block's memory is used again for the next one.
        """
        n, width = self.shape[0], self.states.shape[1]
        dims = self.errors.shape[1]
        step = min(max(1, block_bytes // (4 * n * width)), dims)
        buffer = _empty((n * step * width,), self.errors.device)
        for start in range(0, dims, step):
            count = min(step, dims - start)
            out = buffer[: n * count * width].view(n, count * width)
            self._gradients(0, slice(start, start + count), out)
            yield out

    def _steps(self, i: int) -> slice:
        """Where the steps of sequence i lie."""
        return slice(int(self._offsets[i]), int(self._offsets[i + 1]))

    def _gradients(self, first: int, dims: slice, out: Tensor) -> None:
        """RNN-FVs of ``len(out)`` sequences from ``first``, at some of the D, into ``out``.

        One product per sequence, straight into its place: a batched product would have to gather,
        pad and scatter, and moving this much memory takes longer than the calls.
        """
        places = out.view(len(out), -1, self.states.shape[1])
        with torch.inference_mode():
            for i, place in enumerate(places, first):
                steps = self._steps(i)
                errors, states = self.errors[steps, dims].T, self.states[steps]
                torch.addmm(place, errors, states, beta=0, alpha=1 / len(states), out=place)


def _empty(shape: tuple[int, ...], device: torch.device | str) -> Tensor:
    """Memory to be filled in.

    On a CPU it comes from NumPy, which asks for huge pages. The first write into torch's takes
    longer than the products, because it fetches 4 kB at a time.
    """
    if torch.device(device).type == "cpu":
        return torch.from_numpy(np.empty(shape, np.float32))
    return torch.empty(shape, dtype=torch.float32, device=device)
