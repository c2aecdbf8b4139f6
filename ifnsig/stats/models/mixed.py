"""Several visits, some missing: Gaussian mixed model by REML, with t on few degrees of freedom.

A mixed model keeps patients with missing visits, which is right only when visits are missing at random. It is
refused when there are fewer than three patients for each covariance parameter: the fit would exist on paper
and its standard errors would be nonsense.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ... import checks
from ...doors import subject
from ...errors import DesignError, ParameterError
from .._vectors import ROUNDING, Numbers, Vector, confidence, label_numbers, same_length, vector
from ._covariance import COVARIANCES, Structure, refusal, structure
from ._longitudinal import check_pairs, design_matrix, visit_numbers
from ._reml_fit import RemlFit, fit_reml

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


__all__ = ["COVARIANCES", "DF_METHODS", "Contrast", "MixedFit", "contrast", "fit_mixed", "refusal"]


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """A fitted mixed model, in the unit of the values.

    Attributes
    ----------
    coefficients, se
        One a column of the design; SE as if the covariance were known (see :func:`contrast` for tests).
    covariance
        One of :data:`COVARIANCES`.
    between
        Covariance between patients: 1 x 1 (intercept), 2 x 2 (intercept, slope per unit of time), or that of
        the visits when unstructured.
    residual
        Residual variance; NaN when unstructured, where ``between`` holds everything.
    log_likelihood
        Restricted log-likelihood, with all its constants.
    n, n_patients
        Rows and patients.
    flags
        ``MODEL_COV_SIMPLE``, ``SINGULAR_FIT``, ``NOT_CONVERGED``.
    """

    coefficients: Vector
    se: Vector
    covariance: str
    between: Vector
    residual: float
    log_likelihood: float
    n: int
    n_patients: int
    flags: tuple[str, ...]
    _reml: RemlFit


def fit_mixed(
    values: ArrayLike,
    design: ArrayLike,
    patients: ArrayLike,
    covariance: str = "random_intercept",
    *,
    visits: ArrayLike | None = None,
) -> MixedFit:
    """Fit values = design x coefficients + what belongs to the patient + residual, by REML.

    Parameters
    ----------
    values
        One a sample, shape (n,), no NaN: a missing visit is a row that is not there.
    design
        Shape (n, p), no NaN, of full rank; the column of ones is not added.
    patients
        Patient of each row, numbers or text, shape (n,).
    covariance
        ``"random_intercept"`` (visits of a patient correlate alike), ``"random_slope"`` (on the times in
        ``visits``), or ``"unstructured"`` (any covariance of the visits).
    visits
        Time of each row as a number; needed by all but the random intercept.

    Raises
    ------
    DesignError
        A visit twice in a patient, too few patients for the covariance (see :func:`refusal`), or values that
        the design explains without remainder.
    ParameterError
        NaN, shapes that do not fit, a design whose columns repeat each other, or no ``visits``.
    """
    function = "fit_mixed"
    checks.one_of(covariance, COVARIANCES, name="covariance", function=function)
    y = vector(values, name="values", function=function, fewest=3)
    x = design_matrix(design, len(y), function)
    groups, who = label_numbers(patients, len(y), function)
    if visits is None and covariance != "random_intercept":
        raise ParameterError(f"The {covariance!r} covariance of fit_mixed needs 'visits'.")
    times = None if visits is None else vector(visits, name="visits", function=function)
    if times is not None:
        same_length(function, values=y, visits=times)
        check_pairs(who, groups, times)
    reason = refusal(groups, covariance, times)
    if reason:
        raise DesignError(reason)
    return _fit(y, x, groups, covariance, times)


def contrast(
    fit: MixedFit, weights: ArrayLike, df_method: str = "satterthwaite", level: float = 0.95
) -> Contrast:
    """Test weights x coefficients = 0 by t.

    Degrees of freedom 2 v^2 / Var(v), v the variance of the contrast and Var(v) by the delta method from the
    covariance of the variance parameters [1]_. ``"kenward-roger"`` also corrects the standard error [2]_, with
    the expected information.

    Parameters
    ----------
    fit
        From :func:`fit_mixed`.
    weights
        One a coefficient, shape (p,), not all 0.
    df_method
        One of :data:`DF_METHODS`.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        Weights that do not fit, an unknown method, a level outside (0, 1).

    References
    ----------
    .. [1] Fai & Cornelius 1996, doi 10.1080/00949659608811740.
    .. [2] Kenward & Roger 1997, doi 10.2307/2533558.
    """
    checks.one_of(df_method, tuple(DF_METHODS), name="df_method", function="contrast")
    level = confidence(level, function="contrast")
    w = vector(weights, name="weights", function="contrast")
    if len(w) != len(fit.coefficients) or not w.any():
        raise ParameterError(
            f"{subject('contrast', 'weights')} needs {len(fit.coefficients)} numbers, not all 0."
            f" Got {w.tolist()!r:.80} instead."
        )
    return combine(fit._reml, w, df_method, level)


def _fit(y: Vector, x: Vector, groups: Numbers, covariance: str, times: Vector | None) -> MixedFit:
    """The fit without the rule on the number of patients."""
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    scale = float(np.sqrt((left**2).sum() / (len(y) - x.shape[1])))
    if scale <= ROUNDING * float(np.abs(y).max()):
        raise DesignError("NOT_ESTIMABLE: the design explains the values of fit_mixed without remainder.")
    reach = float(np.abs(times).max()) or 1.0 if times is not None else 1.0  # any unit of time
    index = None if times is None else visit_numbers(times)
    shape = structure(covariance, len(y), None if times is None else times / reach, index)
    reml = fit_reml(y, x, groups, shape, scale)
    return MixedFit(
        coefficients=reml.beta,
        se=np.sqrt(np.diag(reml.phi)),
        covariance=covariance,
        between=_per_unit(reml.between, shape, reach),
        residual=reml.residual,
        log_likelihood=reml.log_likelihood,
        n=len(y),
        n_patients=int(groups.max()) + 1,
        flags=_flags(reml, covariance, groups),
        _reml=reml,
    )


def _per_unit(between: Vector, shape: Structure, reach: float) -> Vector:
    if shape.name != "random_slope":
        return between
    unit = np.array([1.0, 1.0 / reach])
    return between * np.outer(unit, unit)


def _flags(reml: RemlFit, covariance: str, groups: Numbers) -> tuple[str, ...]:
    raised = {
        "MODEL_COV_SIMPLE": covariance == "random_intercept" and int(np.bincount(groups).max()) > 2,
        "SINGULAR_FIT": reml.singular,
        "NOT_CONVERGED": not reml.converged,
    }
    return tuple(code for code, is_raised in raised.items() if is_raised)
