"""Rows of decimal numbers, read exactly: every number is the double nearest to what is written.

pandas' exact parser is as quick from pandas 3.1 on and takes 3.5 times as long before (20,000 x 1,000 numbers of 17 digits,
``benchmarks/results/reading.md``); polars is twice as quick as either and weighs 175 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import IO

import numpy as np
from numpy.typing import NDArray

BUFFER = 4 * 1024 * 1024
"""Bytes that are read at once; a longer line makes it larger."""

TILE = 256 * 1024
"""Numbers that are read before they are put in their place: few enough for the processor's cache."""

LEFT = 4096
"""Numbers of one tile that may be undecided; more are read another way."""


def read_numbers(
    stream: IO[bytes], *, n_text: int, width: int, rows: int, delimiter: bytes, point: bytes
) -> tuple[list[list[str]], NDArray[np.float64]] | None:
    """Read lines of ``n_text`` cells of text and ``width`` numbers.

    Cells of text may be quoted. Empty cells, ``NA``, ``NaN`` and ``nan`` among the numbers are missing (NaN). Blank lines
    are skipped.

    Parameters
    ----------
    stream
        UTF-8 with ``\\n`` line ends.
    n_text, width
        Cells of every line.
    rows
        Number of lines; a higher number only takes more memory.
    delimiter, point
        One byte each.

    Returns
    -------
    tuple or None
        The text columns, and the numbers, shape (rows, width), lying in memory column by column. None where a line is not as
        described, so that it must be looked at another way.
    """
    from . import _decimal_kernels as kernels

    high, low, shift = _powers()
    result = np.empty((width, rows), dtype=np.float64)
    tile = np.empty((max(1, min(4096, TILE // max(1, width))), width), dtype=np.uint64)
    places = np.empty((len(tile), n_text, 2), dtype=np.int64)
    left = np.empty((LEFT, 4), dtype=np.int64)
    texts: list[list[str]] = [[] for _ in range(n_text)]
    done, rest, last = 0, b"", False
    while not last:
        block, rest, last = _whole_lines(stream, rest)
        data = np.frombuffer(block, dtype=np.uint8)
        start = 0
        while start < len(data):
            part = data[start:]
            n, used, n_left, code = kernels.read_rows(
                part, len(part), delimiter[0], point[0], n_text, high, low, shift, tile, places, left
            )
            if code == kernels.ODD or done + n > rows:
                return None
            numbers = tile[:n].view(np.float64)
            if not _settle(part, left[:n_left], numbers, point):
                return None
            result[:, done : done + n] = numbers.T
            _add_texts(block[start:], places[:n], texts)
            start, done = start + used, done + n
    return texts, (result if done == rows else np.ascontiguousarray(result[:, :done])).T


def _whole_lines(stream: IO[bytes], rest: bytes) -> tuple[bytes, bytes, bool]:
    """Whole lines, what is left of the last one, and whether that was all."""
    while True:
        block = stream.read(BUFFER)
        if not block:
            return (rest + b"\n" if rest and not rest.endswith(b"\n") else rest), b"", True
        rest += block
        end = rest.rfind(b"\n")
        if end >= 0:
            return rest[: end + 1], rest[end + 1 :], False


def _settle(
    data: NDArray[np.uint8], left: NDArray[np.int64], numbers: NDArray[np.float64], point: bytes
) -> bool:
    """Read the undecided numbers one by one, as Python does; whether all are finite."""
    for row, column, start, stop in left.tolist():
        number = float(data[start:stop].tobytes().replace(point, b"."))
        if not np.isfinite(number):
            return False
        numbers[row, column] = number
    return True


def _add_texts(block: bytes, places: NDArray[np.int64], texts: list[list[str]]) -> None:
    for column, cells in enumerate(texts):
        cells += [block[start:stop].decode().strip('"').strip() for start, stop in places[:, column].tolist()]


@cache
def _powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]:
    from . import _decimal_kernels as kernels

    build: Callable[[], tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int64]]] = kernels.powers
    return build()
