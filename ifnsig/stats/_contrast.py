"""t test of a linear combination of the coefficients of a mixed model."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from ._reml_fit import RemlFit
from ._vectors import Vector

DF_METHODS: dict[str, tuple[str, bool]] = {
    "satterthwaite": ("observed", False),
    "kenward-roger": ("expected", True),
}
"""Name -> information of the covariance parameters, and whether the standard error is corrected too."""
OF_MMRM = {"kenward-roger-observed": ("observed", True)}
"""What R's mmrm calls Kenward-Roger: no verb offers it, the comparison with mmrm needs it."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A linear combination of the coefficients with its t test; all NaN when the fit did not converge."""

    estimate: float
    se: float
    df: float
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float
    df_method: str


def combine(reml: RemlFit, weights: Vector, df_method: str, level: float) -> Contrast:
    """The contrast; see :func:`ifnsig.stats.mixed.contrast`."""
    if not reml.converged:
        return Contrast(*(math.nan,) * 7, level, df_method)
    information, corrected = (DF_METHODS | OF_MMRM)[df_method]
    variance = float(weights @ reml.phi @ weights)
    slope = weights @ reml.slopes @ weights
    df = 2 * variance**2 / float(slope @ reml.spread[information] @ slope)
    se = math.sqrt(float(weights @ (reml.adjusted[information] if corrected else reml.phi) @ weights))
    estimate = float(weights @ reml.beta)
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    p = 2 * float(stats.t.sf(abs(estimate / se), df))
    return Contrast(estimate, se, df, estimate / se, p, estimate - half, estimate + half, level, df_method)
