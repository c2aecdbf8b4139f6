"""Many p values: Benjamini-Hochberg, Holm; simultaneous intervals that match Holm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .. import checks
from ..doors import subject
from ..errors import ParameterError, listing
from ._vectors import Vector, confidence, numbers, same_length

METHODS = ("bh", "holm")
"""False discovery rate, and family-wise error."""


def adjust(p: ArrayLike, method: str = "bh") -> Vector:
    """Adjusted p values, in the order they came; a NaN stays NaN and is not counted as a test.

    With m counted p in ascending order, ``bh``: min over j >= i of p_j m / j [1]_; ``holm``: max
    over j <= i of p_j (m - j + 1) [2]_; both cut at 1.

    Parameters
    ----------
    p
        Shape (m,); NaN where there was no test.
    method
        ``"bh"`` or ``"holm"``.

    Raises
    ------
    ParameterError
        An unknown method, a p outside [0, 1], or not a vector.

    References
    ----------
    .. [1] Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    .. [2] Holm 1979, Scandinavian Journal of Statistics 6:65-70.
    """
    checks.one_of(method, METHODS, name="method", function="adjust")
    values = numbers(p, name="p", function="adjust")
    if values.ndim != 1:
        raise ParameterError(
            f"{subject('adjust', 'p')} must be one-dimensional. Got shape {values.shape} instead."
        )
    outside = np.flatnonzero((values < 0) | (values > 1))
    if len(outside):
        raise ParameterError(
            f"{subject('adjust', 'p')} must lie in [0, 1]. Got {listing(values[outside])} at position"
            f" {listing(outside)}."
        )
    tested = np.flatnonzero(~np.isnan(values))
    out = np.full(len(values), np.nan)
    order = tested[np.argsort(values[tested], kind="stable")]
    out[order] = np.minimum(1.0, _sorted(values[order], method))
    return out


def benjamini_hochberg(p: ArrayLike) -> Vector:
    """:func:`adjust` with ``"bh"``."""
    return adjust(p, "bh")


def holm_intervals(
    estimates: ArrayLike, se: ArrayLike, df: ArrayLike, level: float = 0.95
) -> tuple[Vector, Vector, Vector]:
    """Adjusted p, and simultaneous bounds that exclude 0 exactly when that p is below 1 - level.

    Holm's rule in each direction at half the level, so that the direction counts too: where all estimates that matter
    point one way it is Holm's adjusted p of the two-sided test, else it is larger. The bounds are those of Strassburger
    and Bretz [1]_ (Guilbaud [2]_), below and above at half the level each: with k not rejected in a direction, theirs is
    estimate -+ t(half the level / k) SE, and that of the rejected is 0, which says no more than the direction; only where
    all are rejected in it are bounds away from 0, those of Bonferroni.

    Parameters
    ----------
    estimates, se, df
        Of each contrast, shape (m,); NaN where there is none, which is not counted.
    level
        Joint level of all intervals.

    Raises
    ------
    ParameterError
        Unequal lengths, or a level outside (0, 1).

    References
    ----------
    .. [1] Strassburger & Bretz 2008, doi 10.1002/sim.3338.
    .. [2] Guilbaud 2008, doi 10.1002/bimj.200710449.
    """
    function = "holm_intervals"
    level = confidence(level, function=function)
    middle, spread, freedom = (
        numbers(values, name=name, function=function)
        for name, values in (("estimates", estimates), ("se", se), ("df", df))
    )
    same_length(function, estimates=middle, se=spread, df=freedom)
    p, low, high = (np.full(len(middle), np.nan) for _ in range(3))
    here = np.isfinite(middle) & np.isfinite(spread) & np.isfinite(freedom) & (spread > 0)
    if here.any():
        up, low[here] = _above(middle[here], spread[here], freedom[here], (1 - level) / 2)
        down, below = _above(-middle[here], spread[here], freedom[here], (1 - level) / 2)
        p[here], high[here] = np.minimum(1.0, 2 * np.minimum(up, down)), 0.0 - below
    return p, low, high


def _above(middle: Vector, spread: Vector, freedom: Vector, alpha: float) -> tuple[Vector, Vector]:
    """One direction: Holm's p of "not above 0", and the lower bounds that go with it."""
    adjusted = adjust(stats.t.sf(middle / spread, freedom), "holm")
    kept = adjusted >= alpha
    bound = middle - stats.t.isf(alpha / (kept.sum() or len(middle)), freedom) * spread
    return adjusted, np.where(kept, bound, 0.0) if kept.any() else np.maximum(bound, 0.0)


def _sorted(p: Vector, method: str) -> Vector:
    place = np.arange(1, len(p) + 1)
    if method == "holm":
        return np.maximum.accumulate(p * (len(p) - place + 1))
    return np.minimum.accumulate((p * len(p) / place)[::-1])[::-1]
