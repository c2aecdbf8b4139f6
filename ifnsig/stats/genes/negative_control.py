"""Random gene sets as a negative control: how much of an association would any genes have shown?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, stats

from ... import checks
from ...errors import ParameterError
from .._vectors import ROUNDING, Seed, Vector, draws, generator, matrix, same_length, vector

__all__ = ["GLOBAL_SHARE", "NegativeControl", "negative_control"]

GLOBAL_SHARE = 0.10
"""Share of random sets with p <= .05 beyond which the whole transcriptome moves with the outcome."""
_BLOCK = 512
_FEW = 100
"""Patients (or sets) up to which all components are taken at once, which is quicker there."""


@dataclass(frozen=True, slots=True)
class NegativeControl:
    """Four numbers that belong beside an association.

    Attributes
    ----------
    p_label
        p of the signature's own association, by permutation (or sign flips).
    pct_random
        Percent of the random sets whose association is weaker: how special the genes are. A description; it is no p, for
        genes of a signature move together and random ones do not.
    frac_random_p05
        Share of the random sets whose own permutation p is .05 or less; .05 is expected where nothing goes on.
    p_partial
        p of the signature's association at the same first principal component of the random sets' scores: what is left
        when a shift of the whole transcriptome (cell composition, quality) is taken out.
    r, r_partial
        The two associations, as correlations.
    n, n_sets, n_permutations
        Patients, random sets, permutations.
    """

    p_label: float
    pct_random: float
    frac_random_p05: float
    p_partial: float
    r: float
    r_partial: float
    n: int
    n_sets: int
    n_permutations: int


def negative_control(
    score: ArrayLike,
    random_scores: ArrayLike,
    outcome: ArrayLike | None = None,
    *,
    ranks: bool = True,
    n_permutations: int = 999,
    rng: Seed | None = None,
    by: Literal["labels", "signs"] = "labels",
) -> NegativeControl:
    """Association of a score beside that of the scores of random, equally expressed gene sets [1]_.

    All are correlations of unit vectors, so that thousands of sets and permutations are one product of matrices.

    Parameters
    ----------
    score
        The signature's score, shape (n,), no NaN.
    random_scores
        Scores of the random sets in the same patients, shape (n, sets).
    outcome
        Number, 0 / 1, or log-rank score (``survival.null_residuals``) of each patient. With ``by="signs"`` none: the
        scores are changes, and the question is whether their mean is 0.
    ranks
        Take the ranks of scores and outcome (with two classes: the AUC); else the values.
    n_permutations, rng
        Permutations, and their seed or generator.
    by
        ``"labels"`` permutes the outcome; ``"signs"`` turns the signs of changes.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, fewer than four patients, no outcome or one too many, no ``rng``.

    References
    ----------
    .. [1] Venet 2011, doi 10.1371/journal.pcbi.1002240.
    """
    function = "negative_control"
    checks.one_of(by, ("labels", "signs"), name="by", function=function)
    own, others = _checked(score, random_scores, function)
    n_permutations = draws(n_permutations, name="n_permutations", function=function)
    rng = generator(rng, function=function, why="it permutes at random")
    if (outcome is None) == (by == "labels"):
        raise ParameterError(f"{function} needs an outcome to permute labels, and none to turn signs.")
    centred = by == "labels"
    if outcome is None:
        target = np.full(len(own), 1 / math.sqrt(len(own)))
    else:
        values = vector(outcome, name="outcome", function=function)
        same_length(function, score=own, outcome=values)
        target = stats.rankdata(values) if ranks else values
    if ranks and centred:
        own, others = stats.rankdata(own), stats.rankdata(others, axis=0)
    table = np.column_stack([own, others])
    table = table - table.mean(axis=0) if centred else table
    target = target - target.mean() if centred else target
    component = _first_component(table[:, 1:])
    if not np.ptp(target) and centred:
        return _nothing(len(own), others.shape[1], n_permutations)
    return _compare(_unit(table), _unit(target[:, None])[:, 0], component, n_permutations, rng, centred)


def _compare(
    table: Vector, target: Vector, component: Vector, number: int, rng: np.random.Generator, labels: bool
) -> NegativeControl:
    """``table``: unit vectors, the signature's first; ``target``: the outcome's unit vector."""
    n = len(target)
    found = target @ table
    left_own = _unit((table[:, 0] - component * (component @ table[:, 0]))[:, None])[:, 0]
    # a change is explained by the component through the origin; an outcome has the component taken out itself
    partial = float(left_own @ (_cleared(target, component) if labels else target))
    exceeding, partial_hits = np.zeros(table.shape[1]), 0
    for first in range(0, number, _BLOCK):
        rows = min(_BLOCK, number - first)
        if labels:
            shuffled = rng.permuted(np.tile(target, (rows, 1)), axis=1)
            left = _cleared(shuffled, component)
        else:
            shuffled = target * rng.choice([-1.0, 1.0], size=(rows, n))
            left = shuffled
        null = np.abs(shuffled @ table)
        exceeding += (null >= np.abs(found) - ROUNDING).sum(axis=0)
        partial_hits += int((np.abs(left @ left_own) >= abs(partial) - ROUNDING).sum())
    p = (exceeding + 1) / (number + 1)
    return NegativeControl(
        p_label=float(p[0]), pct_random=100 * float((np.abs(found[1:]) < abs(found[0]) - ROUNDING).mean()),
        frac_random_p05=float((p[1:] <= 0.05).mean()), p_partial=(partial_hits + 1) / (number + 1),
        r=float(found[0]), r_partial=partial, n=n,
        n_sets=table.shape[1] - 1, n_permutations=number,
    )  # fmt: skip


def _cleared(rows: Vector, component: Vector) -> Vector:
    """Rows without their part along the component, of length 1 again."""
    left = rows - np.outer(rows @ component, component).reshape(rows.shape)
    length = np.linalg.norm(left, axis=-1, keepdims=True)
    return np.asarray(left / np.where(length > ROUNDING, length, 1.0))


def _first_component(table: Vector) -> Vector:
    """First left singular vector, by Lanczos iteration on the products of patients or of sets, whichever are fewer.

    Which way it points is arbitrary; the start is drawn with a fixed seed.
    """
    wide = table.shape[0] <= table.shape[1]
    products = table @ table.T if wide else table.T @ table
    if len(products) <= _FEW or not products.any():
        first = np.linalg.eigh(products)[1][:, -1]
    else:
        start = np.random.default_rng(0).normal(size=len(products))
        first = sparse.linalg.eigsh(products, k=1, which="LA", v0=start, tol=0)[1][:, 0]
    return np.asarray(first) if wide else _unit((table @ first)[:, None])[:, 0]


def _unit(table: Vector) -> Vector:
    length = np.linalg.norm(table, axis=0)
    size = np.abs(table).max(axis=0)
    return np.asarray(table / np.where(length > ROUNDING * np.maximum(size, 1e-300), length, np.inf))


def _checked(score: ArrayLike, random_scores: ArrayLike, function: str) -> tuple[Vector, Vector]:
    own = vector(score, name="score", function=function, fewest=4)
    others = matrix(
        random_scores,
        "patients x sets",
        name="random_scores",
        function=function,
        rows=len(own),
        fewest=(0, 1),
    )
    return own, others


def _nothing(n: int, n_sets: int, number: int) -> NegativeControl:
    nan = math.nan
    return NegativeControl(nan, nan, nan, nan, nan, nan, n, n_sets, number)
