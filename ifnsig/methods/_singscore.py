"""singscore's ranks, its dispersion, and its permutation p."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..checks import number_between, one_of
from ..core import Block, Members
from ..core.ranking.ranks import RankCounts
from ..core.ratios import ratio
from ..core.set_sums import AVERAGE, BELOW, UP_TO, ByRank
from ..doors import argument
from ..errors import ParameterError, listing
from ._sides import refuse_weights, sides

Ties = Literal["min", "average", "max"]
TIES: tuple[Ties, ...] = ("min", "average", "max")

NORMAL = 1.4826
"""MAD x 1.4826 estimates the SD of a normal distribution; R's ``mad`` has this factor built in."""


def undirected() -> str:
    """The option for genes whose direction is not known."""
    return argument("method singscore", "known_direction", False)


def check(members: Members, ties: str, known_direction: bool, stable: Sequence[str]) -> None:
    """Refuse options that do not go together or are not known."""
    one_of(ties, TIES, name="ties", function="method singscore")
    if lacking := [gene for gene in stable if gene not in members.genes]:
        raise ParameterError(
            f"Stable genes that the matrix lacks: {listing(lacking)}. Name genes that it has."
        )
    if known_direction:
        return
    if stable:
        raise ParameterError(
            f"singscore with stable genes needs {argument('method singscore', 'known_direction', True)}."
        )
    falling = [
        name for name, weights in zip(members.names, members.weights, strict=True) if (weights < 0).any()
    ]
    if falling:
        raise ParameterError(
            f"singscore with {undirected()} takes genes without a direction, and {listing(falling)} has falling"
            " genes. Leave known_direction at True, or give the genes as a list."
        )
    refuse_weights(members, "singscore", f"with {undirected()} counts genes")


def rank_table(block: Block, ties: str) -> ByRank:
    """Ranks of the signature genes among all genes of their row."""
    every = np.arange(block.n_genes + 1, dtype=np.float64)
    if ties == "average":
        return ByRank(block.ranks, AVERAGE, np.arange(2 * block.n_genes + 1) / 2)
    return ByRank(block.ranks, BELOW, every + 1) if ties == "min" else ByRank(block.ranks, UP_TO, every)


def scaled_ranks(
    block: Block, members: Members, ties: str, known_direction: bool = True, stable: Sequence[str] = ()
) -> NDArray[np.float64]:
    """Ranks of the signature genes as the options ask for them, shape (rows, u)."""
    if stable:
        where = {gene: column for column, gene in enumerate(members.genes)}
        against = _dense(block.rows[:, [where[gene] for gene in dict.fromkeys(stable)]])
        below = np.zeros(block.values.shape, dtype=np.int64)
        for gene in range(against.shape[1]):
            below += block.values > against[:, [gene]]
        return np.asarray((below + 1) / (against.shape[1] + 1))
    ranks = _tied(block.ranks, ties)
    return ranks if known_direction else np.abs(ranks - np.ceil(_middle_rank(block, ties))[:, None])


def _tied(counts: RankCounts, ties: str) -> NDArray[Any]:
    if ties == "average":
        return counts.average
    return counts.minimum if ties == "min" else counts.below + counts.equal


def _middle_rank(block: Block, ties: str) -> NDArray[np.float64]:
    """Median over all genes of their ranks, shape (rows,): the rank of the gene (or mean of two) in the middle."""
    p = block.n_genes
    middle = [(p - 1) // 2, p // 2]
    out = np.empty(block.n_rows)
    for row in range(block.n_rows):
        line = _dense(block.rows[[row]])[0]
        values = np.partition(line, middle)[middle]
        counts = RankCounts(
            np.array([np.count_nonzero(line < value) for value in values]),
            np.array([np.count_nonzero(line == value) for value in values]),
        )
        out[row] = _tied(counts, ties).mean()
    return out


def _dense(values: Any) -> NDArray[Any]:
    return np.asarray(values.toarray() if sparse.issparse(values) else values)


def dispersion(
    block: Block,
    members: Members,
    *,
    ties: Ties = "min",
    known_direction: bool = True,
    stable: Sequence[str] = (),
) -> NDArray[np.float64]:
    """How far apart the ranks of a signature's genes lie: ``1.4826 median |r - median r|``; shape (rows, signatures).

    In ranks, not between 0 and 1 (with stable genes: in their unit). With rising and falling genes the mean of the
    two sides. Weights do not matter here. Options as for the score.
    """
    check(members, ties, known_direction, stable)
    ranks = scaled_ranks(block, members, ties, known_direction, stable)
    out = np.zeros((block.n_rows, len(members)))
    scored = np.zeros(len(members))
    for side in sides(members):
        for column, positions in enumerate(side.positions):
            if positions.size:
                of_set = ranks[:, positions]
                away = np.abs(of_set - np.median(of_set, axis=1, keepdims=True))
                out[:, column] += NORMAL * np.median(away, axis=1)
                scored[column] += 1
    return ratio(out, scored, where=scored > 0)


def permutation_p(
    block: Block,
    members: Members,
    *,
    rng: np.random.Generator,
    n_permutations: int = 1000,
    ties: Ties = "min",
) -> NDArray[np.float64]:
    """Two-sided p of centred singscores against random gene sets; shape (rows, signatures).

    ``p = (1 + #{|null| >= |score|}) / (1 + n_permutations)``: never 0, and valid for any number of draws. Each draw
    takes as many different genes of the matrix as the signature has rising and falling ones, the two disjoint, the
    same draw for every sample. Signatures that have the same numbers share their draws. Weights of different size are
    refused. This asks whether the genes stand together in this sample, not whether a drug changed them.

    Raises
    ------
    ParameterError
        Fewer than one permutation, an unknown rule for ties, uneven weights.
    """
    number_between(n_permutations, 1, np.inf, name="n_permutations", function="permutation_p")
    check(members, ties, True, ())
    refuse_weights(members, "singscore", "draws random genes, which have no weights")
    every = Block(block.rows, np.arange(block.n_genes), threads=block.threads, engine=block.engine)
    ranks = _tied(every.ranks, ties).astype(np.float64)
    out = np.full((block.n_rows, len(members)), np.nan)
    nulls: dict[tuple[int, int], NDArray[np.float64]] = {}
    for column in range(len(members)):
        up, down = members.columns[members.up(column)], members.columns[members.down(column)]
        sizes = len(up), len(down)
        if sum(sizes) == 0:
            continue
        if sizes not in nulls:
            nulls[sizes] = np.abs([_drawn(ranks, sizes, rng) for _ in range(int(n_permutations))])
        # equal scores must count as equal: rounding is far below the step between two sums of ranks
        reached = nulls[sizes] >= np.abs(_centred(ranks, up, down)) - 1e-12
        out[:, column] = (1 + reached.sum(axis=0)) / (1 + int(n_permutations))
    return out


def _drawn(
    ranks: NDArray[np.float64], sizes: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    genes = rng.choice(ranks.shape[1], sum(sizes), replace=False)
    return _centred(ranks, genes[: sizes[0]], genes[sizes[0] :])


def _centred(ranks: NDArray[np.float64], up: NDArray[np.intp], down: NDArray[np.intp]) -> NDArray[np.float64]:
    """Centred score from the ranks of all genes, shape (rows,)."""
    p, out = ranks.shape[1], np.zeros(len(ranks))
    for genes, sign in ((up, 1.0), (down, -1.0)):
        if len(genes):
            low = (len(genes) + 1) / 2
            out += sign * ((ranks[:, genes].mean(axis=1) - low) / (p + 1 - 2 * low) - 0.5)
    return out
