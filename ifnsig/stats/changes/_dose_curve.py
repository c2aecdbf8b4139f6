"""Four-parameter log-logistic curve of one donor, fitted on the logarithm of the IC50."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from ...doors import subject
from ...errors import ParameterError, listing
from .._vectors import ROUNDING, Vector, confidence, same_length, vector

WIDEST = 2.0
"""Decades: with a wider interval the IC50 is not known."""
FEWEST_DOSES = 4
FEWEST = 5
_SLOPES = (0.5, 1.0, 2.0, 4.0)
_FLATTEST, _STEEPEST = 0.05, 20.0


@dataclass(frozen=True, slots=True)
class DoseCurve:
    """response = bottom + (top - bottom) / (1 + (dose / IC50)^slope).

    Attributes
    ----------
    ic50, ci_low, ci_high, level
        Half-way dose with its interval (made on the log scale), in the unit of the doses; NaN when refused.
    log10_ic50
        The same on the log10 scale, for means over donors; NaN when refused.
    slope, top, bottom
        Of the fitted curve; top is the response to the vehicle.
    residual_sd, df, n
        Residual SD, degrees of freedom, responses.
    lowest, highest
        Tested doses, without the vehicle.
    refused
        Why there is no IC50, such as "> 1000: half of the effect is not reached"; empty when there is one.
    flags
        ``IC50_OUT_OF_RANGE`` when refused.
    """

    ic50: float
    ci_low: float
    ci_high: float
    level: float
    log10_ic50: float
    slope: float
    top: float
    bottom: float
    residual_sd: float
    df: int
    n: int
    lowest: float
    highest: float
    refused: str
    flags: tuple[str, ...]


def dose_curve(doses: ArrayLike, responses: ArrayLike, level: float = 0.95) -> DoseCurve:
    """Fit the curve of one donor by least squares.

    The IC50 is refused when it lies outside the tested doses, when its interval is wider than two decades, or
    when the response does not fall.

    Parameters
    ----------
    doses
        Dose of each response, 0 for the vehicle, shape (n,), n >= 5, at least 4 different ones.
    responses
        Shape (n,), no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, negative or too few doses, responses that do not vary, a level outside (0, 1).
    """
    dose, y = _columns(doses, responses)
    level = confidence(level, function="dose_curve")
    scale = float(y.std())
    tested = dose[dose > 0]
    logs = np.log10(dose, out=np.full(len(dose), -np.inf), where=dose > 0)
    fitted, rss, covariance = _least_squares(logs, (y - y.mean()) / scale, len(y) - 4)
    bottom, top = (float(value) * scale + float(y.mean()) for value in fitted[:2])
    reach = float(stats.t.ppf((1 + level) / 2, len(y) - 4))
    middle, half = float(fitted[2]), reach * math.sqrt(covariance[2, 2])
    lowest, highest = float(tested.min()), float(tested.max())
    refused = _refusal(middle, half, top - bottom, lowest, highest)
    known = not refused
    return DoseCurve(
        ic50=10**middle if known else math.nan,
        ci_low=10 ** (middle - half) if known else math.nan,
        ci_high=10 ** (middle + half) if known else math.nan,
        level=level,
        log10_ic50=middle if known else math.nan,
        slope=math.exp(float(fitted[3])),
        top=top,
        bottom=bottom,
        residual_sd=scale * math.sqrt(rss / (len(y) - 4)),
        df=len(y) - 4,
        n=len(y),
        lowest=lowest,
        highest=highest,
        refused=refused,
        flags=() if known else ("IC50_OUT_OF_RANGE",),
    )


def _columns(doses: ArrayLike, responses: ArrayLike) -> tuple[Vector, Vector]:
    dose = vector(doses, name="doses", function="dose_curve", fewest=FEWEST)
    y = vector(responses, name="responses", function="dose_curve", fewest=FEWEST)
    same_length("dose_curve", doses=dose, responses=y)
    if (dose < 0).any():
        raise ParameterError(
            f"The 'doses' of dose_curve must not be negative. Got {listing(dose[dose < 0])}."
        )
    if len(np.unique(dose)) < FEWEST_DOSES:
        raise ParameterError(
            f"dose_curve has 4 parameters and needs at least {FEWEST_DOSES} different doses (the vehicle is"
            f" one). Got {len(np.unique(dose))}: {listing(np.unique(dose))}."
        )
    if float(y.std()) <= ROUNDING * float(np.abs(y).max()):
        raise ParameterError(f"{subject('dose_curve', 'responses')} do not vary.")
    return dose, y


def _share(logs: Vector, middle: float, log_slope: float) -> Vector:
    """Part of the way from bottom to top, 1 for the vehicle."""
    steepness = math.exp(log_slope) * math.log(10)
    return np.asarray(special.expit(-steepness * (logs - middle)))


def _least_squares(logs: Vector, y: Vector, df: int) -> tuple[Vector, float, Vector]:
    """(bottom, top, log10 IC50, log slope), residual sum of squares, covariance; from the best of a grid.

    Bottom and top are linear given the other two, so each point of the grid needs no starting value for them.
    """
    finite = logs[np.isfinite(logs)]
    best: tuple[float, list[float]] = (math.inf, [])
    for middle in np.linspace(finite.min() - 0.5, finite.max() + 0.5, 25):
        for slope in _SLOPES:
            share = _share(logs, float(middle), math.log(slope))
            design = np.column_stack([1 - share, share])
            ends = np.linalg.lstsq(design, y, rcond=None)[0]
            rss = float(((y - design @ ends) ** 2).sum())
            if rss < best[0]:
                best = rss, [*map(float, ends), float(middle), math.log(slope)]

    def left(q: Vector) -> Vector:
        share = _share(logs, q[2], q[3])
        return np.asarray(q[0] + (q[1] - q[0]) * share - y)

    lower = [-np.inf, -np.inf, finite.min() - 4, math.log(_FLATTEST)]
    upper = [np.inf, np.inf, finite.max() + 4, math.log(_STEEPEST)]
    found = optimize.least_squares(
        left, best[1], bounds=(lower, upper), jac="3-point", xtol=1e-13, ftol=1e-13, gtol=1e-13
    )
    rss = 2 * float(found.cost)
    lengths, axes = np.linalg.eigh(found.jac.T @ found.jac)
    # a direction that the responses say nothing about gets a huge variance, not none
    inverse = axes / np.maximum(lengths, 1e-12 * lengths.max()) @ axes.T
    return found.x, rss, inverse * max(rss / df, 1e-24)


def _refusal(middle: float, half: float, fall: float, lowest: float, highest: float) -> str:
    if fall <= 0:
        return "the response does not fall with the dose"
    if middle > math.log10(highest):
        return f"> {highest:g}: half of the effect is not reached at the highest dose"
    if middle < math.log10(lowest):
        return f"< {lowest:g}: more than half of the effect is there at the lowest dose"
    if 2 * half > WIDEST:
        return f"the interval of the IC50 spans {2 * half:.1f} decades, more than {WIDEST:g}"
    return ""
