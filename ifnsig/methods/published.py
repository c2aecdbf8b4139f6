"""Each signature by the recipe of its own paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.ratios import ratio
from ..doors import log_step
from ..errors import TableError, UnitError
from ..units import UNITS
from ._method import Method
from ._recipes import KINDS, Array, ComparedSamples, only_mean, sum_of_z

ROUNDING = 1e-12
"""Differences below this share of a value (at least of 1) are rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """One signature's recipe, ready for the blocks: kind, parameters, what it compares with, where its reference
    genes are among the block's columns, and the unit of the values."""

    kind: str
    parameters: Mapping[str, Any]
    healthy: ComparedSamples | None
    housekeeping: NDArray[np.intp] | None
    unit: str


def on_scale(values: Array, unit: str, scale: str) -> Array:
    """Values of ``unit`` on the ``"log"`` (base 2) or ``"linear"`` scale; the logarithm of 0 is minus infinity."""
    given = UNITS[unit].scale
    if given == scale:
        return values
    if given == "cycles":
        return -values if scale == "log" else 2.0**-values
    if scale == "linear":
        return np.asarray(2.0**values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log2(values))


def compared_samples(reference: Reference, unit: str, scale: str) -> ComparedSamples:
    """What a recipe compares with, on its scale.

    Raises
    ------
    ReferenceRequiredError
        The recipe needs the samples' own values and the reference holds only mean and SD.
    """
    if reference.values is None:
        if scale == UNITS[unit].scale:
            return ComparedSamples(reference.mean, reference.sd)
        raise only_mean()
    people = on_scale(np.asarray(reference.values, dtype=np.float64), unit, scale)
    people = np.where(np.isfinite(people), people, np.nan)
    counted = (~np.isnan(people)).sum(axis=0)
    low = np.min(people, axis=0, initial=np.inf, where=~np.isnan(people))
    high = np.max(people, axis=0, initial=-np.inf, where=~np.isnan(people))
    total = np.nansum(people, axis=0)
    mean = ratio(total, counted, where=counted > 0)
    squares = np.nansum((people - mean) ** 2, axis=0)
    sd = np.sqrt(ratio(squares, counted - 1, where=counted > 1))
    # a gene without variation has SD 0 exactly: rounding (of a mean, of log CPM without counts) is no variation
    flat = high - low <= ROUNDING * np.maximum(1.0, np.abs(mean))
    return ComparedSamples(mean, np.where(flat, 0.0, sd), people)


def score(
    block: Block,
    members: Members,
    learned: Reference | Sequence[Ready],
    *,
    recipes: Mapping[str, Mapping[str, Any]] | None = None,
) -> Array:
    """Each signature by its own recipe, shape (rows, signatures).

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        One recipe a signature, which ``tl.score`` made of ``recipes`` and of the published ones; a bare reference stands
        for the sum of z of all.
    recipes
        Recipes of the caller's own signatures, or changed parameters of published ones:
        ``{name: {"kind": ..., parameter: ...}}``.

    Raises
    ------
    TableError
        Zeros under a recipe that takes logarithms.
    UnitError
        A recipe of delta Ct on other values.
    """
    del recipes
    out = np.empty((block.n_rows, len(members)))
    for column, (positions, weights) in enumerate(zip(members.positions, members.weights, strict=True)):
        values = np.take(block.values, positions, axis=1)
        if isinstance(learned, Reference):
            healthy = ComparedSamples(learned.mean[positions], learned.sd[positions])
            out[:, column] = sum_of_z(values, healthy, weights)
        else:
            out[:, column] = _carried_out(learned[column], block, members.names[column], values, weights)
    return out


def _carried_out(ready: Ready, block: Block, name: str, values: Array, weights: Array) -> Array:
    kind = KINDS[ready.kind]
    if kind.cycles and UNITS[ready.unit].scale != "cycles":
        raise UnitError(f"The recipe {ready.kind} of {name} takes delta_ct values; these are {ready.unit}.")
    given = on_scale(values, ready.unit, kind.scale)
    parameters = dict(ready.parameters)
    if kind.scale == "log" and not kind.zeros and parameters.get("zeros") != "left_out":
        without = int((~np.isfinite(given)).any(axis=1).sum())
        if without:
            raise TableError(
                f"{without} samples have genes of {name} at 0, which has no logarithm, and its recipe takes logarithms."
                f" Next step: {log_step('log2')}."
            )
    if ready.housekeeping is not None:
        steady = np.take(block.values, ready.housekeeping, axis=1)
        parameters["housekeeping"] = on_scale(steady, ready.unit, kind.scale)
    return kind.score(given, ready.healthy, weights, **parameters)


METHOD: Method = Method(
    name="published",
    summary="each signature by the recipe of its own paper, where a source says it",
    score=score,
    units=frozenset(name for name, unit in UNITS.items() if not unit.depth and unit.scale != "ln"),
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=True,
    background=False,
    doi="",
    own_recipes=True,
)
