"""Drug against vehicle, donor by donor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..doors import subject
from ..errors import DesignError, ParameterError, listing
from ._longitudinal import Numbers, patient_numbers
from ._sign_flips import SignFlip, sign_flip
from ._vectors import Seed, Vector, same_length, vector
from .flags import paired_flags
from .paired import PairedT, paired_t


@dataclass(frozen=True, slots=True, eq=False)
class DonorEffect:
    """Drug minus vehicle, donor by donor.

    Attributes
    ----------
    t, flip
        Paired t and sign flips of ``differences``.
    donors, differences
        Donors with both conditions, and mean of their drug wells minus mean of their vehicle wells.
    left_out
        Donors with one condition only.
    n_wells
        Wells that were averaged.
    flags
        See :func:`ifnsig.stats.flags.paired_flags`.
    """

    t: PairedT
    flip: SignFlip
    donors: tuple[str, ...]
    differences: Vector
    left_out: tuple[str, ...]
    n_wells: int
    flags: tuple[str, ...]


def drug_effect(
    responses: ArrayLike,
    treated: ArrayLike,
    donors: ArrayLike,
    level: float = 0.95,
    *,
    rng: Seed | None = None,
) -> DonorEffect:
    """Drug against vehicle, paired by donor; wells of a donor and condition are averaged first.

    Parameters
    ----------
    responses
        One a well, on the scale to compare (log for expression), shape (n,), no NaN.
    treated
        1 for drug, 0 for vehicle, shape (n,).
    donors
        Donor of each well, number or text, shape (n,).
    level
        Level of the interval.
    rng
        Seed or generator; needed beyond 16 donors only.

    Raises
    ------
    DesignError
        Fewer than two donors with both conditions (``WELLS_AS_REPLICATES``).
    ParameterError
        NaN, unequal lengths, or conditions other than 0 and 1.
    """
    y, condition, groups, names = well_columns(responses, treated, donors, "treated", "drug_effect")
    other = np.setdiff1d(condition, [0.0, 1.0])
    if len(other):
        raise ParameterError(
            f"{subject('drug_effect', 'treated')} must hold 0 and 1. Got {listing(other)} instead."
        )
    means = np.full((len(names), 2), np.nan)
    for donor in range(len(names)):
        for side in (0, 1):
            wells = y[(groups == donor) & (condition == side)]
            means[donor, side] = wells.mean() if len(wells) else np.nan
    paired = ~np.isnan(means).any(axis=1)
    if paired.sum() < 2:
        raise DesignError(
            f"WELLS_AS_REPLICATES: {len(y)} wells of {int(paired.sum())} donor with drug and vehicle. Wells are"
            " not replicates of a donor; drug_effect needs at least 2 donors with both."
        )
    differences = (means[:, 1] - means[:, 0])[paired]
    flip = sign_flip(differences, rng)
    return DonorEffect(
        t=paired_t(differences, level),
        flip=flip,
        donors=tuple(str(name) for name in names[paired]),
        differences=differences,
        left_out=tuple(str(name) for name in names[~paired]),
        n_wells=int(paired[groups].sum()),
        flags=paired_flags(differences, flip),
    )


def well_columns(
    responses: ArrayLike, conditions: ArrayLike, donors: ArrayLike, name: str, function: str
) -> tuple[Vector, Vector, Numbers, NDArray[Any]]:
    y = vector(responses, name="responses", function=function, fewest=2)
    condition = vector(conditions, name=name, function=function, fewest=2)
    same_length(function, **{"responses": y, name: condition})
    groups, names = patient_numbers(donors, len(y), function, name="donors")
    return y, condition, groups, names
