"""Vectors files: one row a video, image, or sentence, with its id."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from rnnfv.arrays.hdf5 import create_h5, open_h5, read_ids, write_ids
from rnnfv.errors import InputError


def write_vectors(
    path: str | Path,
    ids: Sequence[str],
    blocks: Iterator[np.ndarray],
    dim: int,
    attributes: Mapping[str, Any] | None = None,
    dtype: type = np.float32,
) -> None:
    """Stream blocks of rows to a *vectors* file: ``ids`` (n) and ``values`` (n, dim).

    Args:
        path: of the file.
        ids: (n,) one a row.
        blocks: of rows, each (b, dim), n in all.
        dim: D.
        attributes: of the file.
        dtype: of the stored values.
    """
    with create_h5(path, attributes) as file:
        write_ids(file, ids)
        # The file is written by rows and, when dim is large, read by columns: chunks of both.
        chunks = (min(len(ids), 64) or 1, min(dim, 4096))
        values = file.create_dataset("values", shape=(len(ids), dim), dtype=dtype, chunks=chunks)
        start = 0
        for block in blocks:
            values[start : start + len(block)] = block
            start += len(block)
        if start != len(ids):
            raise ValueError(f"{path}: {len(ids)} ids but {start} rows")


@contextmanager
def open_vectors(path: str | Path) -> Iterator[tuple[list[str], h5py.Dataset, dict[str, Any]]]:
    """Ids, values (n, D) and attributes of a *vectors* file; values stay on disk until sliced.

    Raises:
        InputError: the file is not a vectors file.
    """
    with open_h5(path, ["ids", "values"]) as file:
        ids, values = read_ids(file), file["values"]
        if len(values) != len(ids):
            found = f"values have shape {values.shape} for {len(ids)} ids"
            raise InputError(f"{path}: {found}; expected (n, D).")
        yield ids, values, dict(file.attrs)
