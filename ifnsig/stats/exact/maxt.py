"""Several signatures at once: sign-flip max-T keeps their correlation and the family-wise error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.ratios import ratio
from ...doors import subject
from ...errors import ParameterError
from .._vectors import Seed, Vector, draws, numbers
from ._sign_flips import DRAWS, MOST_EXACT, flipped_sums, share, smallest_p

_TIE = 1e-9  # on a statistic that lies in [0, 1]


@dataclass(frozen=True, slots=True, eq=False)
class MaxT:
    """Sign-flip p of every signature, raw and adjusted; arrays of shape (signatures,).

    ``t`` is the paired t, ``single_step`` compares each with the maximum over all signatures, ``step_down``
    with the maximum over those not larger. ``min_attainable_p`` is 2 / 2**k for the k patients with any
    change, at least 1 / (m + 1) for m random patterns: below 6 patients no adjusted p can be under 0.05. A
    signature without any change has t NaN and p 1.
    """

    t: Vector
    p: Vector
    single_step: Vector
    step_down: Vector
    p_type: str
    n: int
    n_flips: int
    min_attainable_p: float


def sign_flip_max_t(differences: ArrayLike, rng: Seed | None = None, *, n_flips: int = DRAWS) -> MaxT:
    """Westfall-Young max-T over signatures by flipping the signs of whole patients.

    A patient keeps or flips all signatures together, so their correlation stays [1]_ [2]_. All 2**n patterns
    up to 16 patients; beyond, ``n_flips`` random ones and (b + 1) / (m + 1).

    Parameters
    ----------
    differences
        Patients x signatures (at each of several visits), shape (n, k), n >= 2; NaN where a patient has no such score.
        He counts in the others: flipping him whole keeps what is missing where it is.
    rng
        Seed or generator; needed beyond 16 patients only.
    n_flips
        Random patterns beyond 16 patients.

    Raises
    ------
    ParameterError
        Not a matrix, infinite values, fewer than two patients, no signature, or no ``rng`` where one is needed.

    References
    ----------
    .. [1] Westfall & Young 1993, Resampling-Based Multiple Testing, ISBN 978-0-471-55761-6.
    .. [2] Ge, Dudoit & Speed 2003, doi 10.1007/BF02595811.
    """
    d = _matrix(differences)
    n_flips = draws(n_flips, name="n_flips", function="sign_flip_max_t")
    # |sum(s d)| / sqrt(sum(d^2)) rises with |t|, alike for every signature, and never divides by an SD of 0; it is
    # standardised whatever the patients that a signature has, who are counted by the sum alone
    here = np.where(np.isnan(d), 0.0, d)
    length = np.sqrt(len(d) * (here**2).sum(axis=0))
    unit = np.divide(here, length, out=np.zeros_like(d), where=length > 0)
    observed = np.abs(unit.sum(axis=0))
    order = np.argsort(-observed, kind="stable")
    hits = np.zeros((3, d.shape[1]))
    for sums in flipped_sums(unit, rng, n_flips, "sign_flip_max_t"):
        hits += _count(np.abs(sums), observed, order)
    raw, single, step = share(hits, len(d), n_flips)
    step[order] = np.maximum.accumulate(step[order])
    exact = len(d) <= MOST_EXACT
    return MaxT(
        t=_paired_t(d),
        p=raw,
        single_step=single,
        step_down=step,
        p_type="exact" if exact else "Monte Carlo",
        n=len(d),
        n_flips=2 ** len(d) if exact else n_flips,
        min_attainable_p=smallest_p(int(here.any(axis=1).sum()), None if exact else n_flips),
    )


def _count(flipped: Vector, observed: Vector, order: NDArray[np.intp]) -> Vector:
    """Patterns at least as extreme: each alone, by the maximum over all, by the maximum over the rest."""
    bound = observed - _TIE
    rest = np.empty_like(flipped)
    rest[:, order] = np.maximum.accumulate(flipped[:, order[::-1]], axis=1)[:, ::-1]
    largest = flipped.max(axis=1, keepdims=True)
    return np.stack([(values >= bound).sum(axis=0) for values in (flipped, largest, rest)])


def _paired_t(d: Vector) -> Vector:
    n = (~np.isnan(d)).sum(axis=0)
    several = np.where(n > 1, n, np.nan)
    mean = np.nansum(d, axis=0) / several
    se = np.sqrt(np.nansum((d - mean) ** 2, axis=0) / (several - 1) / several)
    return ratio(mean, se, where=se > 0)


def _matrix(values: ArrayLike) -> Vector:
    array = numbers(values, name="differences", function="sign_flip_max_t")
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 1:
        raise ParameterError(
            f"{subject('sign_flip_max_t', 'differences')} must be patients x signatures, at least 2 x 1."
            f" Got shape {array.shape} instead."
        )
    if len(rows := np.flatnonzero(np.isinf(array).any(axis=1))):
        raise ParameterError(
            f"{subject('sign_flip_max_t', 'differences')} has infinite values in {len(rows)} of {len(array)} patients (rows"
            f" {rows[:5].tolist()})."
        )
    return array
