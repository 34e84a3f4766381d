r"""Fisher vectors of many sequences as one sparse product, for every kind of mixture.

A Fisher vector is a sum over the elements of a sequence, weighted by responsibilities gamma:

.. math:: F_{(k, d)} = \frac{1}{N^p \sqrt{\pi_k}} \sum_t \gamma_{tk} \, \psi_{kd}(x_t),

with psi = sign(z), |z| - 1 for a Laplace and z, (z^2 - 1) / sqrt(2) for a Gaussian, z = (x -
location) / spread. sign(0) is 1, as in the authors' code; it happens, since a weighted median is an
element. In many dimensions most responsibilities are zero, and words repeat. So psi is computed
once for every pair of a different element and a component responsible for it, and a block of
sequences is a sparse matrix of weights times these rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from scipy import sparse

from rnnfv.arrays.estimators import Pooling
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.sequences import Sequences, TableRows

NEGLIGIBLE = 1e-12
"""Least responsibility that counts: even the power step's root makes it a millionth of others."""

_AT_LOCATION = 1e-5
"""An element this close below a location, in spreads, is at it: only rounding keeps them apart."""

_HEAP_BYTES = 2**24
"""Size of a block at most: malloc asks the system for larger ones anew, which clears them."""


@dataclass(frozen=True)
class FisherSums:
    """A mixture's parameters, and the sums that make Fisher vectors of sequences.

    Attributes:
        responsibilities: a function from (U, D) elements to gamma, (U, K).
        weights: pi, (K,).
        locations, spreads: (K, D): m and s, or mu and sigma.
        laplacian: b, (K, D) bool.
        length_power: p: 1 averages over the N elements; 1/2 is the Fisher-normalised gradient of N
            independent elements.
    """

    responsibilities: Callable[[np.ndarray], np.ndarray]
    weights: np.ndarray
    locations: np.ndarray
    spreads: np.ndarray
    laplacian: np.ndarray
    length_power: float

    @property
    def dim(self) -> int:
        """2KD."""
        return 2 * self.locations.size

    def blocks(
        self, sequences: Sequences, block_bytes: int = BLOCK_BYTES, width: int | None = None
    ) -> Iterator[np.ndarray]:
        """Yield (b, 2KD) float32 blocks of consecutive sequences, none empty, in order.

        psi takes four times a block if every component is responsible for every element, and far
        less as a rule.

        Args:
            sequences: none empty.
            block_bytes: size of a block at most; one vector if that is larger.
            width: dimensions that a row is counted as (2KD by default). Models with the same width
                cut the same sequences into the same blocks.
        """
        row_bytes = 4 * (width or self.dim)
        step = max(1, min(block_bytes, _HEAP_BYTES) // row_bytes)
        for part in _parts(sequences, 4 * max(1, block_bytes // row_bytes)):
            elements, places = _distinct(part)
            gamma = self.responsibilities(elements)
            active = sparse.csr_array(np.where(gamma > NEGLIGIBLE, gamma, 0))
            psi = self._derivatives(elements, active)
            for first in range(0, len(part), step):
                offsets = part.offsets[first : first + step + 1]
                yield self._sums(np.diff(offsets), places[offsets[0] : offsets[-1]], active, psi)

    def _sums(
        self, lengths: np.ndarray, places: np.ndarray, active: sparse.csr_array, psi: np.ndarray
    ) -> np.ndarray:
        """Fisher vectors of sequences whose steps, joined, are the elements at ``places``."""
        n, (k, dim) = len(lengths), self.locations.shape
        # Row t of `steps` lists the pairs of step t: the numbers of their psi, plus one because a
        # sparse 0 is nothing.
        numbers = np.arange(1, active.nnz + 1)
        pairs = sparse.csr_array((numbers, active.indices, active.indptr), active.shape)
        steps = pairs[places].tocoo()
        (step, component), pair = steps.coords, steps.data - 1
        row = np.repeat(np.arange(n), lengths)[step]
        scale = lengths[row] ** self.length_power * np.sqrt(self.weights[component])
        values = active.data[pair] / scale
        # The output, (n, 2, K, D), is a matrix of n * 2 * K rows; all locations' psi are stacked
        # above all spreads'.
        place = 2 * k * row + component
        twice = np.concatenate([values, values]).astype(np.float32)
        where = np.concatenate([place, place + k]), np.concatenate([pair, pair + active.nnz])
        product = sparse.coo_array((twice, where), shape=(2 * k * n, len(psi))).tocsr() @ psi
        return product.reshape(n, 2 * k * dim)

    def _derivatives(self, elements: np.ndarray, active: sparse.csr_array) -> np.ndarray:
        """Derivatives psi of every active pair of an element and a component: (2P, D).

        The P by locations come first, then those by spreads.
        """
        pairs, dim = active.nnz, elements.shape[1]
        psi = np.empty((2, pairs, dim), np.float32)
        step = max(1, 2**18 // (8 * dim))  # in float64 and in cache
        owners = np.repeat(np.arange(len(elements)), np.diff(active.indptr))
        for start in range(0, pairs, step):
            which = slice(start, min(start + step, pairs))
            component = active.indices[which]
            laplacian = self.laplacian[component]
            z = (elements[owners[which]] - self.locations[component]) / self.spreads[component]
            psi[0, which] = np.where(laplacian, np.where(z < -_AT_LOCATION, -1, 1), z)
            psi[1, which] = np.where(laplacian, np.abs(z) - 1, (z * z - 1) * np.sqrt(0.5))
        return psi.reshape(2 * pairs, dim)


class FisherVectorModel(Pooling):
    """A transformer from sequences to Fisher vectors of a fitted mixture."""

    @property
    def _n_features_out(self) -> int:
        return self.fisher_sums().dim

    def fisher_sums(self) -> FisherSums:
        """The fitted mixture's parameters."""
        raise NotImplementedError

    def transform(self, X: Any) -> np.ndarray:
        """Fisher vectors of the sequences X: (n, 2KD) float32.

        For more than fits in memory: :meth:`blocks`.

        Raises:
            InputError: an empty sequence, NaN, or another dimension than in ``fit``.
        """
        return np.concatenate(list(self.blocks(X)))

    def blocks(self, X: Any, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """As :meth:`transform`, a block of rows (b, 2KD) of about ``block_bytes`` at a time.

        The rows do not depend on ``block_bytes`` by more than rounding.
        """
        sequences = self._more(X)
        yield from self.fisher_sums().blocks(sequences, block_bytes)


def sample_elements(
    sequences: Sequences, max_samples: int, generator: np.random.RandomState
) -> np.ndarray:
    """Elements drawn without replacement, (m, D) float32, in their order.

    Args:
        sequences: in memory or on disk.
        max_samples: how many at most.
        generator: to draw them with.
    """
    total = int(sequences.offsets[-1])
    chosen = np.arange(total)
    if total > max_samples:
        chosen = np.sort(generator.choice(total, max_samples, replace=False))
    if not isinstance(sequences.values, h5py.Dataset):
        return np.asarray(sequences.values[chosen], dtype=np.float32)
    parts = []  # HDF5 reads runs well and single rows slowly
    for first, last, values in sequences.blocks():
        inside = chosen[(chosen >= sequences.offsets[first]) & (chosen < sequences.offsets[last])]
        parts.append(values[inside - sequences.offsets[first]])
    return np.concatenate(parts)


def _parts(
    sequences: Sequences, limit: int, first: int = 0, last: int | None = None
) -> Iterator[Sequences]:
    """Runs of sequences, halved while one has more than ``limit`` different elements."""
    last = len(sequences) if last is None else last
    values, middle = sequences.values, (first + last) // 2
    steps = slice(int(sequences.offsets[first]), int(sequences.offsets[last]))
    part: Any = None  # on disk, elements are read when they are needed and not before
    many = steps.stop - steps.start
    if isinstance(values, TableRows):
        part = TableRows(values.table, values.index[steps])
        many = int(np.count_nonzero(np.bincount(part.index)))
    if many > limit and middle > first:
        yield from _parts(sequences, limit, first, middle)
        yield from _parts(sequences, limit, middle, last)
    else:
        part = values[steps] if part is None else part
        offsets = sequences.offsets[first : last + 1] - steps.start
        yield Sequences(sequences.ids[first:last], offsets, part)


def _distinct(sequences: Sequences) -> tuple[np.ndarray, np.ndarray]:
    """The different elements, (U, D) float32, and for every step which of them it is.

    Only a table's rows are compared.
    """
    values = sequences.values
    if isinstance(values, TableRows):
        used = np.flatnonzero(np.bincount(values.index))
        numbers = np.zeros(used[-1] + 1, np.int64)
        numbers[used] = np.arange(len(used))
        return np.asarray(values.table[used], dtype=np.float32), numbers[values.index]
    return np.asarray(values, dtype=np.float32), np.arange(len(values))
