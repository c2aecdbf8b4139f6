"""The arithmetic of published recipes: small pure functions, and the table that names them.

Values are samples x genes of one signature. ``healthy`` are the samples that a recipe compares with. Linear values are
relative quantities, CPM, TPM, intensities; from logarithms they are 2^x, from delta Ct 2^-x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import one_of
from ..core.ratios import ratio
from ..doors import argument
from ..errors import ReferenceRequiredError
from ._method import fit_with_values

Array = NDArray[np.float64]
MAD_TO_SD = 1.4826  # of normal values, as the robust form of the sum of z prints it


def only_mean() -> ReferenceRequiredError:
    """The error of a recipe that looks at the healthy samples themselves."""
    return ReferenceRequiredError(
        "This recipe needs the values of the healthy samples, and the reference holds only their mean and SD."
        f" {fit_with_values()} Or name the samples: {argument('tl.score', 'controls')}."
    )


@dataclass(frozen=True, slots=True, eq=False)
class ComparedSamples:
    """What a recipe compares with: mean and SD of every gene, shape (k,), and the samples' own values, shape (n, k),
    unless only mean and SD were kept."""

    mean: Array
    sd: Array
    values: Array | None = None


def median_fold_change(
    values: Array, healthy: ComparedSamples, weights: Array, *, reading: str = "per_gene"
) -> Array:
    """Median fold change over the healthy median, linear values (Rice et al., doi:10.1007/s10875-016-0359-1).

    ``"per_gene"``: median over genes of (value / healthy median of the gene); a gene whose healthy median is 0 has no
    fold change and is left out. ``"whole_score"``: median over genes of the values, over the healthy median of the same.
    """
    del weights
    one_of(reading, ("per_gene", "whole_score"), name="reading", function="recipe median_fold_change")
    people = _values(healthy)
    if reading == "whole_score":
        return np.asarray(np.median(values, axis=1) / np.median(np.median(people, axis=1)))
    middle = np.median(people, axis=0)
    kept = middle > 0
    if not kept.any():
        return np.full(len(values), np.nan)
    return np.asarray(np.median(values[:, kept] / middle[kept], axis=1))


def geometric_mean(
    values: Array, healthy: ComparedSamples | None, weights: Array, *, housekeeping: Array
) -> Array:
    """Geometric mean of the genes over that of the reference genes; log2 values in, linear score out."""
    del healthy, weights
    relative = values.mean(axis=1)
    return np.asarray(2.0 ** (relative - housekeeping.mean(axis=1) if housekeeping.shape[1] else relative))


def sum_relative(
    values: Array, healthy: ComparedSamples | None, weights: Array, *, housekeeping: Array
) -> Array:
    """Sum over genes of the quantity relative to the (geometric mean of the) reference genes; log2 values in."""
    del healthy, weights
    relative = values - housekeeping.mean(axis=1, keepdims=True) if housekeeping.shape[1] else values
    return np.asarray((2.0**relative).sum(axis=1))


def sum_of_z(
    values: Array, healthy: ComparedSamples, weights: Array, *, spread: str = "sd", zeros: str = "error"
) -> Array:
    """``sum(w (x - centre) / width)``, log2 values: mean and SD (n - 1), or median and 1.4826 MAD with ``"mad"``.

    A gene without variation, and a value that is not finite, has no z and is left out.
    """
    del zeros  # the caller has looked
    z = _z(values, healthy, spread) * weights
    return np.where(np.isnan(z).all(axis=1), np.nan, np.nansum(z, axis=1))


def mean_of_z(
    values: Array, healthy: ComparedSamples, weights: Array, *, spread: str = "sd", zeros: str = "error"
) -> Array:
    """The same as :func:`sum_of_z`, over the number of genes that have a z."""
    total = sum_of_z(values, healthy, weights, spread=spread, zeros=zeros)
    counts = (~np.isnan(_z(values, healthy, spread))).sum(axis=1)
    return ratio(total, counts, where=counts > 0)


def sum_log2_fold_change(values: Array, healthy: ComparedSamples, weights: Array) -> Array:
    """Sum over genes of log2(2^-ddCt): log2 values less the healthy mean."""
    return np.asarray(((values - healthy.mean) * weights).sum(axis=1))


def sum_delta_ct(values: Array, healthy: ComparedSamples | None, weights: Array) -> Array:
    """Sum over genes of delta Ct, as printed: more is LESS RNA. Values are log2, that is -delta Ct."""
    del healthy, weights
    return np.asarray(-values.sum(axis=1))


def percent_response(
    values: Array, healthy: ComparedSamples, weights: Array, *, fold: float = 1.5, difference: float = 10.0
) -> Array:
    """Percent of genes up minus percent down against the healthy mean, linear values.

    Up: more than ``fold`` times the mean and more than ``difference`` above it; down: less than the mean over ``fold``
    and more than ``difference`` below it (Rinchai et al. 2021, doi:10.1093/bioinformatics/btab121).
    """
    del weights
    beyond = values - healthy.mean
    up = (values > fold * healthy.mean) & (beyond > difference)
    down = (values < healthy.mean / fold) & (beyond < -difference)
    return np.asarray(100.0 * (up.sum(axis=1) - down.sum(axis=1)) / values.shape[1])


def active_modules(
    values: Array,
    healthy: ComparedSamples,
    weights: Array,
    *,
    modules: Sequence[NDArray[np.intp]],
    active_above: float,
    fold: float = 1.5,
    difference: float = 10.0,
) -> Array:
    """How many of ``modules`` (positions of their genes) have a percent response above ``active_above``."""
    active = np.zeros(len(values))
    for genes in modules:
        part = ComparedSamples(healthy.mean[genes], healthy.sd[genes])
        response = percent_response(values[:, genes], part, weights, fold=fold, difference=difference)
        active += response > active_above
    return active


def _values(healthy: ComparedSamples) -> Array:
    if healthy.values is None:
        raise only_mean()
    return healthy.values


def _z(values: Array, healthy: ComparedSamples, spread: str) -> Array:
    one_of(spread, ("sd", "mad"), name="spread", function="recipe sum_of_z")
    centre, width = healthy.mean, healthy.sd
    if spread == "mad":
        people = _values(healthy)
        centre = np.nanmedian(people, axis=0)
        width = MAD_TO_SD * np.nanmedian(np.abs(people - centre), axis=0)
    usable = np.isfinite(values) & (width > 0)
    return ratio(values - centre, width, where=usable)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of recipe.

    Attributes
    ----------
    score
        ``score(values, healthy, weights, **parameters)`` -> one number a row.
    scale
        Scale of the values it takes: ``"log"`` or ``"linear"``.
    compares
        Whether it needs samples to compare with.
    directional
        Whether genes may fall with the signature.
    ratio
        Whether the score is a ratio, whose limits are found on the log scale.
    zeros
        Whether zeros (no logarithm) are allowed.
    cycles
        Whether it takes delta Ct only.
    """

    score: Callable[..., Array]
    scale: str
    compares: bool = True
    directional: bool = False
    ratio: bool = False
    zeros: bool = False
    cycles: bool = False


KINDS: dict[str, Kind] = {
    "median_fold_change": Kind(median_fold_change, "linear", ratio=True),
    "geometric_mean": Kind(geometric_mean, "log", compares=False, ratio=True, zeros=True),
    "sum_relative": Kind(sum_relative, "log", compares=False, ratio=True, zeros=True),
    "sum_of_z": Kind(sum_of_z, "log", directional=True),
    "mean_of_z": Kind(mean_of_z, "log", directional=True),
    "sum_log2_fold_change": Kind(sum_log2_fold_change, "log", directional=True),
    "sum_delta_ct": Kind(sum_delta_ct, "log", compares=False, cycles=True),
    "percent_response": Kind(percent_response, "linear"),
    "active_modules": Kind(active_modules, "linear"),
}
