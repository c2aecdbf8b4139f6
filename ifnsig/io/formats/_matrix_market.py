"""Matrix Market files of counts. Every index is checked: readers that trust them can be made to crash."""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
from scipy import sparse

from ...errors import TableError
from ...memory import allowed
from ..text._packed import open_unpacked, unpacking_faults
from ..text._text import too_large

BANNER = re.compile(rb"%%MatrixMarket\s+matrix\s+coordinate\s+(integer|real)\s+general\s*$", re.IGNORECASE)
LONGEST_LINE = 1_000_000

COUNT = re.compile(rb"\d{1,18}")
"""What numpy counts with; longer ones are none."""


def read_matrix_market(path: Path, shape: tuple[int, int], limit: int | None) -> sparse.coo_matrix:
    """The matrix, features x cells.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    shape
        Number of features and of barcodes that stand beside it.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    TableError
        The file is no sparse Matrix Market file of numbers, is cut off or damaged, holds too much, or does not fit
        ``shape``.
    """
    try:
        with open_unpacked(path) as stream:
            size = _read_size(stream, path.name)
            if size[:2] != shape:
                raise TableError(
                    f"{path.name} has {size[0]} features and {size[1]} cells, but there are {shape[0]} lines of features"
                    f" and {shape[1]} of barcodes. Files of two runs were mixed, or one was cut off."
                )
            entries = _read_entries(stream, path, limit)
    except unpacking_faults() as fault:
        raise TableError(f"{path.name} is compressed, but cannot be unpacked: {fault}.") from fault
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as fault:
        if isinstance(fault, TableError):
            raise
        raise TableError(f"{path.name} cannot be read as a Matrix Market file: {fault}.") from fault
    rows, columns, values = entries
    if len(values) != size[2]:
        raise TableError(
            f"{path.name} says that it has {size[2]} entries, and has {len(values)}: it was cut off or edited."
        )
    if len(values) and not (
        rows.min() >= 0 and rows.max() < shape[0] and columns.min() >= 0 and columns.max() < shape[1]
    ):
        raise TableError(
            f"{path.name} is damaged: it has entries outside its {shape[0]} rows and {shape[1]} columns."
        )
    return sparse.coo_matrix((values, (rows, columns)), shape=shape)


def _read_size(stream: IO[bytes], name: str) -> tuple[int, int, int]:
    if not BANNER.match(stream.readline(LONGEST_LINE)):
        raise TableError(
            f"{name} is no Matrix Market file of numbers in coordinates: its first line is another one."
        )
    line = b"%"
    while line.startswith(b"%"):
        line = stream.readline(LONGEST_LINE)
    numbers = line.split()
    if len(numbers) != 3 or not all(COUNT.fullmatch(item) for item in numbers):
        raise TableError(f"{name} is no Matrix Market file: it has no line with rows, columns and entries.")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def _read_entries(
    stream: IO[bytes], path: Path, limit: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns (from 0) and values."""
    most = allowed(limit)
    parts: list[tuple[np.ndarray, ...]] = []
    if not (lines := stream.readlines(LONGEST_LINE)):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    while lines:
        block = b"".join(lines)
        if stream.tell() > most.size:
            raise too_large(path, most)
        parts.append(_entries(block))
        lines = stream.readlines(LONGEST_LINE * 32)
    rows, columns, values = (np.concatenate(found) for found in zip(*parts, strict=True))
    return rows - 1, columns - 1, values


def _entries(block: bytes) -> tuple[np.ndarray, ...]:
    if not block.strip():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    with warnings.catch_warnings():
        # pandas only warns when it cuts long lines off
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame = pd.read_csv(
            BytesIO(block),
            sep=r"\s+",
            header=None,
            names=[0, 1, 2],
            index_col=False,
            dtype={0: np.int64, 1: np.int64, 2: np.float64},
        )
    return tuple(frame[column].to_numpy() for column in range(3))
