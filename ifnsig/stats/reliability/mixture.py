"""One or two groups of patients? Two Gaussian components, as a description and not as a test.

No p value is given: whether two components fit better than one is read from the BIC, how far they are apart
from Ashman's D. The BIC prefers two components in one group of normal scores too: in 19 % of simulated groups of
20, 8 % of 40, 3 % of 80. A cut between the components belongs to this cohort alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...doors import subject
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, vector

FEWEST = 20
_SHORT, _LONGEST = 100, 10_000
_STILL = 1e-10
_NARROWEST = 0.05
"""SD of a component relative to the whole: below, it describes a few equal values and not a group."""


@dataclass(frozen=True, slots=True)
class Components:
    """A fitted mixture; the component with the lower mean comes first.

    ``bic`` is -2 log-likelihood + parameters x log(n): the lower the better. ``high`` is the probability of
    each patient to belong to the upper component (empty for one component).
    """

    means: tuple[float, ...]
    variances: tuple[float, ...]
    shares: tuple[float, ...]
    log_likelihood: float
    bic: float
    converged: bool
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Mixture:
    """One component, two with equal variance, two with their own.

    Attributes
    ----------
    one, equal, unequal
        The three fits.
    n_components
        2 if the better of the two has a lower BIC than ``one``, else 1.
    best
        The fit with the lowest BIC.
    ashman_d
        sqrt(2) (difference of means) / sqrt(sum of variances) of the better fit with two components; above 2 they
        are apart.
    n
        Patients.
    flags
        ``NOT_CONVERGED``.
    """

    one: Components
    equal: Components
    unequal: Components
    n_components: int
    best: Components
    ashman_d: float
    n: int
    flags: tuple[str, ...]


def mixture(values: ArrayLike) -> Mixture:
    """Two-component Gaussian mixture by EM, compared with one by BIC [1]_, separation by Ashman's D [2]_.

    EM starts from every tenth of the sorted values as a border between the groups, so the result does not depend
    on chance.

    Parameters
    ----------
    values
        Scores on the log or z scale, shape (n,), n >= 20, no NaN.

    Raises
    ------
    ParameterError
        NaN, fewer than 20 patients, or values that do not vary.

    References
    ----------
    .. [1] Fraley & Raftery 2002, doi 10.1198/016214502760047131.
    .. [2] Ashman, Bird & Zepf 1994, doi 10.1086/117248.
    """
    x = vector(values, name="values", function="mixture", fewest=FEWEST)
    sd = float(x.std())
    if sd <= ROUNDING * float(np.abs(x).max()):
        raise ParameterError(f"{subject('mixture', 'values')} do not vary.")
    z, centre = (x - x.mean()) / sd, float(x.mean())
    equal, unequal = (_rescale(_best(z, is_equal), centre, sd, len(x)) for is_equal in (True, False))
    n = len(x)
    log_one = -n / 2 * (math.log(2 * math.pi * sd**2) + 1)
    one = Components((centre,), (sd**2,), (1.0,), log_one, -2 * log_one + 2 * math.log(n), True, ())
    two = min(equal, unequal, key=lambda fit: fit.bic)
    best = min(one, two, key=lambda fit: fit.bic)
    return Mixture(
        one=one,
        equal=equal,
        unequal=unequal,
        n_components=len(best.means),
        best=best,
        ashman_d=ashman_d(two),
        n=n,
        flags=() if equal.converged and unequal.converged else ("NOT_CONVERGED",),
    )


def ashman_d(fit: Components) -> float:
    """sqrt(2) |difference of means| / sqrt(sum of variances); NaN for one component."""
    if len(fit.means) < 2:
        return math.nan
    return math.sqrt(2) * abs(fit.means[1] - fit.means[0]) / math.sqrt(sum(fit.variances))


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """EM on values with mean 0 and SD 1."""

    means: Vector
    variances: Vector
    shares: Vector
    log_likelihood: float
    converged: bool
    high: Vector
    is_equal: bool


def _best(z: Vector, is_equal: bool) -> _State:
    """A short run from each start, then the best of them to its end."""
    order = np.sort(z)
    # as many below a border as above another one: scores that are turned round start from the same borders
    below = [len(z) * tenth // 10 for tenth in range(1, 6)]
    borders = [(order[size - 1] + order[size]) / 2 for size in [*below, *(len(z) - size for size in below)]]
    starts = [(z > border) + (z == border) / 2 for border in borders]
    runs = [_em(z, start, is_equal, _SHORT) for start in starts if 0 < start.sum() < len(z)]
    best = max(runs, key=lambda run: run.log_likelihood)
    return best if best.converged else _em(z, best.high, is_equal, _LONGEST)


def _em(z: Vector, high: Vector, is_equal: bool, steps: int) -> _State:
    """Expectation and maximisation from a first split, until the likelihood stands still."""
    before, converged = -math.inf, False
    for _ in range(steps):
        weights = np.stack([1 - high, high])
        sizes = np.maximum(weights.sum(axis=1), 1e-12)
        shares, means = sizes / len(z), weights @ z / sizes
        gaps = (z - means[:, None]) ** 2
        squares = (weights * gaps).sum(axis=1)
        variances = np.full(2, squares.sum() / len(z)) if is_equal else squares / sizes
        variances = np.maximum(variances, _NARROWEST**2)
        heights = np.log(shares) - np.log(2 * math.pi * variances) / 2
        logs = heights[:, None] - gaps / (2 * variances)[:, None]
        total = np.logaddexp(logs[0], logs[1])
        now, high = float(total.sum()), np.exp(logs[1] - total)
        if now - before < _STILL:
            converged = True
            break
        before = now
    return _State(means, variances, shares, now, converged, high, is_equal)


def _rescale(state: _State, centre: float, sd: float, n: int) -> Components:
    """Back to the unit of the scores, lower component first."""
    order = np.argsort(state.means, kind="stable")
    log_likelihood = state.log_likelihood - n * math.log(sd)
    high = state.high if order[1] == 1 else 1 - state.high
    return Components(
        means=tuple(float(value) for value in centre + sd * state.means[order]),
        variances=tuple(float(value) for value in sd**2 * state.variances[order]),
        shares=tuple(float(value) for value in state.shares[order]),
        log_likelihood=log_likelihood,
        bic=-2 * log_likelihood + (4 if state.is_equal else 5) * math.log(n),
        converged=state.converged,
        high=tuple(float(value) for value in high),
    )
