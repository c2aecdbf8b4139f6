"""In vitro: dose-response with the donor as the unit.

Wells of one donor repeat the measurement, not the biology: they are averaged. Drug against vehicle is a paired comparison of
donors (``tl.drug_effect``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import DesignError, listing
from .._vectors import Numbers, Vector, confidence, label_numbers, same_length, vector
from ._dose_curve import FEWEST, DoseCurve, dose_curve
from .paired import PairedT, paired_t

__all__ = ["DonorIc50", "DoseCurve", "dose_curve", "ic50_over_donors"]


@dataclass(frozen=True, slots=True, eq=False)
class DonorIc50:
    """IC50 over donors.

    Attributes
    ----------
    ic50, ci_low, ci_high, level
        Geometric mean over the donors with an IC50, t interval on the log scale, in the unit of the doses; NaN
        without at least two.
    log10
        Mean, SD and t of the log10 IC50; None without any.
    donors, curves
        All donors and their curves, in the same order.
    n_donors, n_refused
        Donors in the mean; donors without an IC50, whose ``refused`` says why.
    flags
        ``IC50_OUT_OF_RANGE`` when a donor is refused: the mean is then that of the others.
    """

    ic50: float
    ci_low: float
    ci_high: float
    level: float
    log10: PairedT | None
    donors: tuple[str, ...]
    curves: tuple[DoseCurve, ...]
    n_donors: int
    n_refused: int
    flags: tuple[str, ...]


def ic50_over_donors(
    doses: ArrayLike, responses: ArrayLike, donors: ArrayLike, level: float = 0.95
) -> DonorIc50:
    """IC50 of each donor by :func:`dose_curve`, then mean and t interval of log10 IC50 over donors.

    Parameters
    ----------
    doses, responses
        Of each well, 0 for the vehicle, shape (n,); wells of one donor and dose are averaged first.
    donors
        Donor of each well, number or text, shape (n,).
    level
        Level of the intervals.

    Raises
    ------
    DesignError
        One donor only (``WELLS_AS_REPLICATES``), or fewer than 5 doses in a donor.
    ParameterError
        NaN, or unequal lengths.
    """
    level = confidence(level, function="ic50_over_donors")
    y, dose, groups, names = _columns(responses, doses, donors, "doses", "ic50_over_donors")
    if len(names) < 2:
        raise DesignError(
            f"WELLS_AS_REPLICATES: {len(y)} wells of one donor. Wells are not replicates of a donor;"
            " ic50_over_donors needs at least 2. Use dose_curve to describe one."
        )
    curves = [
        dose_curve(*_average(dose[groups == donor], y[groups == donor]), level)
        for donor in _with_doses(dose, groups, names)
    ]
    logs = np.array([curve.log10_ic50 for curve in curves if not curve.refused])
    t = paired_t(logs, level) if len(logs) else None
    return DonorIc50(
        ic50=math.nan if t is None or t.n < 2 else 10**t.mean,
        ci_low=math.nan if t is None else 10**t.ci_low,
        ci_high=math.nan if t is None else 10**t.ci_high,
        level=level,
        log10=t,
        donors=tuple(str(name) for name in names),
        curves=tuple(curves),
        n_donors=len(logs),
        n_refused=len(names) - len(logs),
        flags=("IC50_OUT_OF_RANGE",) if len(logs) < len(names) else (),
    )


def _with_doses(dose: Vector, groups: NDArray[np.int64], names: NDArray[Any]) -> range:
    """Every donor, each with doses enough for a curve through the means of its wells."""
    counts = [len(np.unique(dose[groups == donor])) for donor in range(len(names))]
    few = [str(name) for name, count in zip(names, counts, strict=True) if count < FEWEST]
    if few:
        raise DesignError(
            f"{len(few)} donors have fewer than {FEWEST} different doses with the vehicle ({listing(few)}), too"
            " few for a curve with 4 parameters."
        )
    return range(len(names))


def _average(dose: Vector, y: Vector) -> tuple[Vector, Vector]:
    levels, at = np.unique(dose, return_inverse=True)
    return levels, np.bincount(at, y) / np.bincount(at)


def _columns(
    responses: ArrayLike, conditions: ArrayLike, donors: ArrayLike, name: str, function: str
) -> tuple[Vector, Vector, Numbers, NDArray[Any]]:
    y = vector(responses, name="responses", function=function, fewest=2)
    condition = vector(conditions, name=name, function=function, fewest=2)
    same_length(function, **{"responses": y, name: condition})
    groups, names = label_numbers(donors, len(y), function, name="donors")
    return y, condition, groups, names
