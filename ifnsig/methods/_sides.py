"""Rising and falling genes as two sets: how every rank method scores a signature with both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..core import Members
from ..core.set_sums import Numbers, Sets, sums_of
from ..errors import ParameterError, listing


@dataclass(frozen=True, eq=False)
class Side:
    """The rising (``sign`` 1) or the falling (-1) genes of every signature.

    ``weights`` are sizes (positive); ``absent`` holds those of genes that the matrix lacks.
    """

    sign: float
    names: tuple[str, ...]
    positions: tuple[NDArray[np.intp], ...]
    weights: tuple[NDArray[np.float64], ...]
    absent: tuple[NDArray[np.float64], ...]

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Genes of each signature on this side that the matrix has."""
        return np.array([len(genes) for genes in self.positions], dtype=np.int64)

    @cached_property
    def total(self) -> NDArray[np.float64]:
        """Sum of the weights of each signature."""
        return np.array([part.sum() for part in self.weights], dtype=np.float64)

    @cached_property
    def lowest(self) -> NDArray[np.float64]:
        """Smallest possible ``sum(w rank)`` of each signature: the heaviest gene has rank 1, the next rank 2 ..."""
        return np.array([smallest_rank_sum(part) for part in self.weights], dtype=np.float64)

    def sums(self, values: Numbers) -> NDArray[np.float64]:
        """``sum(w x)`` of each signature, shape (rows, signatures)."""
        return sums_of(values, self._weighted)

    def unweighted_sums(self, values: Numbers) -> NDArray[np.float64]:
        """``sum(x)`` of each signature, shape (rows, signatures)."""
        return sums_of(values, self._weighted._replace(weights=self._ones))

    @cached_property
    def _weighted(self) -> Sets:
        return Sets.of(self.positions, self.weights)

    @cached_property
    def _ones(self) -> NDArray[np.float64]:
        return np.ones(len(self._weighted.weights))


_known: WeakKeyDictionary[Members, tuple[Side, Side]] = WeakKeyDictionary()


def sides(members: Members) -> tuple[Side, Side]:
    """Rising and falling genes; worked out once for all blocks, and forgotten with ``members``."""
    found = _known.get(members)
    if found is None:
        found = _known[members] = _side(members, 1.0), _side(members, -1.0)
    return found


def _side(members: Members, sign: float) -> Side:
    parts = _parts(members.weights, sign)
    return Side(
        sign,
        members.names,
        tuple(genes[here] for genes, (here, _) in zip(members.positions, parts, strict=True)),
        tuple(sizes for _, sizes in parts),
        tuple(sizes for _, sizes in _parts(members.absent, sign)),
    )


Part = tuple[NDArray[np.bool_] | slice, NDArray[np.float64]]


def _parts(weights: Sequence[NDArray[np.float64]], sign: float) -> list[Part]:
    """Which genes of each signature have this sign, and their sizes; what thousands of random sets share is shared."""
    known: dict[int, Part] = {}
    for signed in weights:
        if id(signed) not in known:
            mask = signed * sign > 0
            here = slice(None) if mask.all() else mask  # all genes need no copy
            known[id(signed)] = here, np.abs(signed[here])
    return [known[id(signed)] for signed in weights]


def smallest_rank_sum(weights: NDArray[np.float64]) -> float:
    """``1 w1 + 2 w2 + ...`` with the weights in descending order."""
    return float((np.sort(weights)[::-1] * np.arange(1, len(weights) + 1)).sum())


def up_minus_down(
    members: Members, rows: int, score: Callable[[Side], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Score of the rising genes minus score of the falling genes, shape (rows, signatures).

    A side without genes adds nothing; a signature without any gene is NaN. ``score(side)`` may be anything where the
    side has no genes.
    """
    out = np.zeros((rows, len(members)))
    scored = np.zeros(len(members), dtype=bool)
    for side in sides(members):
        here = side.sizes > 0
        if here.any():
            with np.errstate(divide="ignore", invalid="ignore"):
                part = score(side)
            out += side.sign * np.where(here, part, 0.0)
            scored |= here
    out[:, ~scored] = np.nan
    return out


def refuse_weights(members: Members, method: str, why: str) -> None:
    """Refuse signatures whose genes have different weights, where the method has no place for weights."""
    uneven = [
        name
        for name, weights in zip(members.names, members.weights, strict=True)
        if len(weights) and np.ptp(np.abs(weights)) > 0
    ]
    if uneven:
        raise ParameterError(
            f"The method {method!r} {why}, and the genes of {listing(uneven)} have different weights. Use the signs"
            " alone (1 and -1), or the method 'weighted'."
        )
