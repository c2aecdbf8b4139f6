"""Many p values: Benjamini-Hochberg, Benjamini-Yekutieli, Holm, Hommel, Bonferroni."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .. import checks
from ..doors import subject
from ..errors import ParameterError, listing
from ._vectors import Vector, numbers

METHODS = ("bh", "by", "holm", "hommel", "bonferroni")
"""False discovery rate; the same under any dependence; the others: family-wise error."""


def adjust(p: ArrayLike, method: str = "bh") -> Vector:
    """Adjusted p values, in the order they came; a NaN stays NaN and is not counted as a test.

    With m counted p in ascending order, ``bh``: min over j >= i of p_j m / j [1]_; ``by``: the same times
    1 + 1/2 + ... + 1/m [2]_; ``holm``: max over j <= i of p_j (m - j + 1) [3]_; ``hommel``: the closed Simes test [4]_;
    ``bonferroni``: p m; all cut at 1.

    Parameters
    ----------
    p
        Shape (m,); NaN where there was no test.
    method
        ``"bh"``, ``"by"``, ``"holm"``, ``"hommel"`` or ``"bonferroni"``.

    Raises
    ------
    ParameterError
        An unknown method, a p outside [0, 1], or not a vector.

    References
    ----------
    .. [1] Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    .. [2] Benjamini & Yekutieli 2001, doi 10.1214/aos/1013699998.
    .. [3] Holm 1979, Scandinavian Journal of Statistics 6:65-70.
    .. [4] Hommel 1988, doi 10.1093/biomet/75.2.383.
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


def benjamini_yekutieli(p: ArrayLike) -> Vector:
    """:func:`adjust` with ``"by"``."""
    return adjust(p, "by")


def holm(p: ArrayLike) -> Vector:
    """:func:`adjust` with ``"holm"``."""
    return adjust(p, "holm")


def _sorted(p: Vector, method: str) -> Vector:
    place = np.arange(1, len(p) + 1)
    if method == "bonferroni":
        return p * len(p)
    if method == "hommel":
        from statsmodels.stats.multitest import multipletests

        return np.asarray(multipletests(p, method="hommel", is_sorted=True)[1]) if len(p) > 1 else p
    if method == "holm":
        return np.maximum.accumulate(p * (len(p) - place + 1))
    factor = (1 / place).sum() if method == "by" else 1.0
    return np.minimum.accumulate((p * factor * len(p) / place)[::-1])[::-1]
