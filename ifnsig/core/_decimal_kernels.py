"""Compiled reading of rows of decimal numbers: every number becomes the nearest double, or is handed back undecided.

A number is w x 10^q with a whole w below 2^64. The 128 leading bits of 5^q are in a table, cut off; multiplied by w they
give 128 leading bits of the number, too small by less than 2 in the last place (below 1 for what was cut off of the table,
below 1 for what is cut off of the product). The first 53 bits are the double. The rest decides the rounding, unless it is
within that error of one half: then the number is handed back. The idea of a table of 128-bit powers is D. Lemire's
(doi 10.1002/spe.2984); exact ties, which he decides, are left to the caller here.

All compiled functions are in this one file, see ``_rank_kernels``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engines import jit

Array = NDArray[Any]

LOWEST, HIGHEST = -342, 308
"""Powers of ten outside make 0 or infinity of every w."""

DONE, ODD = 0, 1
"""What a call ends with: all rows read, or a row that is not as expected (the caller looks at it another way)."""


def powers() -> tuple[Array, Array, Array]:
    """For every q from ``LOWEST`` on: high and low 64 of the 128 leading bits of 5^q, and by how much it was shifted."""
    high, low, shift = [], [], []
    for q in range(LOWEST, HIGHEST + 1):
        if q >= 0:
            move = 128 - (5**q).bit_length()
            bits = 5**q << move if move >= 0 else 5**q >> -move
        else:
            move = 127 + (5**-q).bit_length()
            bits = (1 << move) // 5**-q
        high.append(bits >> 64)
        low.append(bits & (2**64 - 1))
        shift.append(move)
    return np.array(high, np.uint64), np.array(low, np.uint64), np.array(shift, np.int64)


@partial(jit, inline="always")
def _multiply(a, b):  # type: ignore[no-untyped-def]
    """High and low 64 bits of the product of two unsigned numbers."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    a0, a1, b0, b1 = a & mask, a >> half, b & mask, b >> half
    low, middle, cross, high = a0 * b0, a1 * b0, a0 * b1, a1 * b1
    carry = (low >> half) + (middle & mask) + (cross & mask)
    return high + (middle >> half) + (cross >> half) + (carry >> half), (carry << half) | (low & mask)


@partial(jit, inline="always")
def _bits(w, q, high, low, shift):  # type: ignore[no-untyped-def]
    """The double nearest to w x 10^q as its 64 bits without sign (w above 0); 0 where it is not decided."""
    undecided = np.uint64(0)
    if q < LOWEST or q > HIGHEST:
        return undecided
    zeros = np.int64(0)
    for step in (32, 16, 8, 4, 2, 1):
        if w >> np.uint64(64 - step) == np.uint64(0):
            w = w << np.uint64(step)
            zeros += step
    top, bottom = _multiply(w, high[q - LOWEST])
    more, _ = _multiply(w, low[q - LOWEST])
    bottom = bottom + more
    if bottom < more:
        top += np.uint64(1)
    extra = np.int64(top >> np.uint64(63))  # the product has 128 or 127 bits
    drop = np.uint64(10 + extra)
    mantissa = top >> drop
    rest = top & ((np.uint64(1) << drop) - np.uint64(1))
    half = np.uint64(1) << (drop - np.uint64(1))
    almost = np.uint64(0xFFFFFFFFFFFFFFFE)
    if (rest == half and bottom == np.uint64(0)) or (rest == half - np.uint64(1) and bottom >= almost):
        return undecided
    if rest >= half:
        mantissa += np.uint64(1)
    exponent = np.int64(138 + 1075) + extra + q - zeros - shift[q - LOWEST]
    if mantissa >> np.uint64(53):
        mantissa = mantissa >> np.uint64(1)
        exponent += 1
    if exponent <= 0 or exponent >= 2047:
        return undecided
    return (np.uint64(exponent) << np.uint64(52)) | (mantissa & np.uint64(0xFFFFFFFFFFFFF))


@jit
def nearest(w, q, high, low, shift):  # type: ignore[no-untyped-def]
    """:func:`_bits` for tests."""
    return _bits(w, q, high, low, shift)


@jit
def read_rows(data, stop, delimiter, point, n_text, high, low, shift, values, texts, left):  # type: ignore[no-untyped-def]
    """Read whole lines of ``data[:stop]`` into the rows of ``values`` until either is used up.

    Parameters
    ----------
    data, stop
        Bytes, and how many of them are whole lines.
    delimiter, point
        Bytes between cells, and before decimals.
    n_text
        Leading cells that are text.
    high, low, shift
        :func:`powers`.
    values
        Shape (rows, numbers), the 64 bits of doubles: filled.
    texts
        Shape (rows, n_text, 2): start and stop of each text cell.
    left
        Shape (any, 4): row, column, start and stop of each number that is not decided.

    Returns
    -------
    tuple
        Rows filled, bytes used, numbers left, ``DONE`` or ``ODD``.
    """
    quote, newline, zero = np.uint8(34), np.uint8(10), np.uint8(48)
    width, room = values.shape[1], values.shape[0]
    nan = np.uint64(0x7FF8000000000000)
    negative = np.uint64(0x8000000000000000)
    row, place, n_left = 0, 0, 0
    while place < stop and row < room:
        line = place
        if data[place] == newline:
            place += 1
            continue
        for column in range(n_text):
            start = place
            if data[place] == quote:
                place += 1
                while place < stop and data[place] != quote and data[place] != newline:
                    place += 1
                if data[place] != quote:
                    return row, line, n_left, ODD
                place += 1
            else:
                while data[place] != delimiter and data[place] != newline:
                    if data[place] == quote:
                        return row, line, n_left, ODD
                    place += 1
            texts[row, column, 0] = start
            texts[row, column, 1] = place
            end = newline if width == 0 and column == n_text - 1 else delimiter
            if data[place] != end:
                return row, line, n_left, ODD
            place += 1
        for column in range(width):
            end = newline if column == width - 1 else delimiter
            start = place
            sign = np.uint64(0)
            byte = data[place]
            if byte == np.uint8(45):
                sign = negative
                place += 1
            elif byte == np.uint8(43):
                place += 1
            w, digits, q = np.uint64(0), 0, np.int64(0)
            many = False
            first = place
            while True:
                digit = data[place] - zero
                if digit > np.uint8(9):
                    break
                w = w * np.uint64(10) + np.uint64(digit)
                place += 1
            digits = place - first
            if data[place] == point:
                place += 1
                after = place
                while True:
                    digit = data[place] - zero
                    if digit > np.uint8(9):
                        break
                    w = w * np.uint64(10) + np.uint64(digit)
                    place += 1
                q = np.int64(after - place)
                digits += place - after
            if digits == 0:
                # a missing value: empty, NA, NaN or nan
                length, letter = 0, data[place]
                if place == start and (letter == np.uint8(78) or letter == np.uint8(110)):
                    if letter == np.uint8(78) and data[place + 1] == np.uint8(65):
                        length = 2
                    elif data[place + 1] == np.uint8(97) and data[place + 2] == letter:
                        length = 3
                if place != start or data[place + length] != end:
                    return row, line, n_left, ODD
                values[row, column] = nan
                place += length + 1
                continue
            if digits > 19:
                # zeros in front do not count; with more than 19 other digits, w has run over
                counted = 0
                for at in range(first, place):
                    digit = data[at] - zero
                    if digit <= np.uint8(9) and (counted > 0 or digit > np.uint8(0)):
                        counted += 1
                many = counted > 19
            byte = data[place]
            if byte == np.uint8(101) or byte == np.uint8(69):
                place += 1
                minus = data[place] == np.uint8(45)
                if minus or data[place] == np.uint8(43):
                    place += 1
                power, known = np.int64(0), place
                while True:
                    digit = data[place] - zero
                    if digit > np.uint8(9):
                        break
                    if power < 10_000:
                        power = power * 10 + np.int64(digit)
                    place += 1
                if place == known:
                    return row, line, n_left, ODD
                q = q - power if minus else q + power
            if data[place] != end:
                return row, line, n_left, ODD
            if w == np.uint64(0) and not many:
                bits = sign
            else:
                bits = np.uint64(0) if many else _bits(w, q, high, low, shift)
                if bits == np.uint64(0):
                    if n_left >= left.shape[0]:
                        return row, line, n_left, ODD
                    left[n_left, 0], left[n_left, 1] = row, column
                    left[n_left, 2], left[n_left, 3] = start, place
                    n_left += 1
                bits |= sign
            values[row, column] = bits
            place += 1
        row += 1
    return row, place, n_left, DONE
