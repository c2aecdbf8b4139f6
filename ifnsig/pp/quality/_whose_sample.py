"""Is a sample whose it is said to be: likeness with its own patient's samples, copies, and sex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.ratios import ratio
from ...io.sheet._rules import SEX_WORDS
from .._dense import dense
from ._libraries import AT_ONCE, unit_rows

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

PERSONAL_GENES = 100
FEWEST_PATIENTS = 3  # with two samples or more: fewer do not show which genes are a person's own
FEWEST_GENES = 2 * PERSONAL_GENES
MARGIN = 0.1  # of correlation
TOLD_APART = 0.75  # share of samples that must be most like their own patient, or nothing can be said
COPY = 0.99  # correlation of deviations from the gene means
XIST, RPS4Y1 = "XIST", "RPS4Y1"
CLEAR_SEX = 0.5  # log2 difference between the two genes
EXPRESSED = 2.0  # log2 above the sample's lowest value
READS_APART = 3.0  # SDs of a Poisson difference
ROUNDING = 1e-12  # of a sum of squares
PART_ROUNDING = 1e-9
_PATIENTS = 128  # looked at together
_LOUD = 256  # genes of the largest variance, by which pairs that cannot be copies are told


@dataclass(frozen=True, slots=True)
class Likeness:
    """Of every sample: highest correlation with its own patient's others, with another patient's, and whose that is.

    NaN for samples without another of their patient.
    """

    own: Array
    other: Array
    whose: NDArray[np.object_]

    @property
    def told_apart(self) -> float:
        """Share of samples that are most like their own patient."""
        known = np.isfinite(self.own)
        return float((self.own[known] > self.other[known]).mean()) if known.any() else 0.0

    @property
    def suspects(self) -> NDArray[np.intp]:
        """Samples that are more like another patient by more than the margin."""
        with np.errstate(invalid="ignore"):
            return np.flatnonzero(self.other - self.own > MARGIN)


def without_visits(values: Array, visits: NDArray[np.object_] | None) -> None:
    """Make values deviations from the gene means, in place.

    Of each visit where it has three samples or more: a drug's effect is no identity.
    """
    values -= values.mean(axis=0)
    for visit in [] if visits is None else list(dict.fromkeys(visits.tolist())):
        rows = np.flatnonzero(visits == visit)
        if len(rows) >= 3:
            mean = sum(values[row] for row in rows) / len(rows)
            for row in rows:
                values[row] -= mean


def likeness(deviations: Array, patients: NDArray[np.object_]) -> Likeness | None:
    """Compare samples on the genes that differ most between people and least within them; None with too few.

    The genes are chosen anew for each patient without his own samples, so that a swapped label cannot choose the
    genes by which it is judged.
    """
    rows_of: dict[object, list[int]] = {}
    for row, name in enumerate(patients.tolist()):
        rows_of.setdefault(name, []).append(row)
    groups = [np.array(rows) for rows in rows_of.values() if len(rows) > 1]
    if len(groups) < FEWEST_PATIENTS or deviations.shape[1] < FEWEST_GENES:
        return None
    n = len(deviations)
    own, other, whose = np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, dtype=object)
    chosen = _personal_genes(deviations, groups)
    for first in range(0, len(groups), _PATIENTS):
        here = groups[first : first + _PATIENTS]
        correlation = _on_their_genes(deviations, here, chosen[first : first + _PATIENTS])
        place = 0
        for rows in here:
            part = correlation[place : place + len(rows)]
            place += len(rows)
            with_own = part[:, rows]
            np.fill_diagonal(with_own, -np.inf)
            part[:, rows] = -np.inf
            nearest = part.argmax(axis=1)
            own[rows], other[rows] = with_own.max(axis=1), part[np.arange(len(rows)), nearest]
            whose[rows] = patients[nearest]
    return Likeness(own, other, whose)


def _personal_genes(deviations: Array, groups: list[Rows]) -> list[tuple[Rows, Array]]:
    """Of every patient: the genes to compare on, and their variance, both without his own samples.

    His part of the sums over all is taken out of them again, so that the values are read once and not once a patient.
    """
    n, total = len(deviations), deviations.sum(axis=0)
    squares = np.einsum("ij,ij->j", deviations, deviations)
    all_within = np.zeros_like(squares)
    for rows in groups:
        all_within += _sum_of_squares(deviations[rows])
    freedom = sum(len(rows) - 1 for rows in groups)
    found = []
    for rows in groups:
        own, left = deviations[rows], n - len(rows)
        others = squares - np.einsum("ij,ij->j", own, own)
        spread = (others - (total - own.sum(axis=0)) ** 2 / left) / (left - 1)
        spread[spread <= ROUNDING * squares] = 0  # others without variation leave rounding only
        noise = (all_within - _sum_of_squares(own)) / (freedom - len(rows) + 1)
        personal = ratio(spread, noise, where=(noise > 0) & (spread > np.median(spread)), otherwise=0.0)
        genes = _largest(personal)
        found.append((genes, spread[genes]))
    return found


def _sum_of_squares(rows: Array) -> Array:
    """Of every column, around its mean."""
    return np.asarray(((rows - rows.mean(axis=0)) ** 2).sum(axis=0))


def _largest(personal: Array) -> Rows:
    """The most personal genes, the first of equals first."""
    least = np.partition(personal, len(personal) - PERSONAL_GENES)[len(personal) - PERSONAL_GENES]
    among = np.flatnonzero(personal >= least)
    return among[np.argsort(-personal[among], kind="stable")][:PERSONAL_GENES]


def _on_their_genes(deviations: Array, groups: list[Rows], chosen: list[tuple[Rows, Array]]) -> Array:
    """Correlation of the samples of some patients with all samples, each on its patient's genes; shape (rows, samples).

    The genes of one patient are nearly those of the next: all that any of them needs are taken out once, and every
    patient weights them, with 0 what is not his.
    """
    genes = np.unique(np.concatenate([mine for mine, _ in chosen]))
    weights = np.zeros((len(groups), len(genes)))
    for place, (mine, spread) in enumerate(chosen):
        weights[place, np.searchsorted(genes, mine)] = 1 / np.where(spread > 0, np.sqrt(spread), 1)
    values, at = deviations[:, genes], np.concatenate(groups)
    whose = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
    sums = weights @ values.T
    squares = weights**2 @ (values**2).T
    length = squares - sums**2 / PERSONAL_GENES
    length = np.sqrt(
        np.where(length > ROUNDING * squares, length, np.inf)
    )  # no variation: a correlation of 0
    found = (weights[whose] ** 2 * values[at]) @ values.T
    found -= sums[whose, at][:, None] / PERSONAL_GENES * sums[whose]
    found /= length[whose]
    found /= length[whose, at][:, None]
    return np.asarray(found)


def copies(values: Array) -> list[tuple[int, int, bool]]:
    """Pairs of samples with the same values (True) or, of enough genes, nearly so (False)."""
    mean, pairs = values.mean(axis=0), []
    spread = np.einsum("ij,ij->j", values, values) - len(values) * mean**2
    loud = np.argsort(-spread, kind="stable")[:_LOUD]
    blocks = [slice(first, first + AT_ONCE) for first in range(0, len(values), AT_ONCE)]
    seen = np.vstack([unit_rows(values[rows] - mean)[:, loud] for rows in blocks])
    size = (seen**2).sum(axis=1)
    for rows in blocks:
        apart = size[rows, None] + size - 2 * seen[rows] @ seen.T
        # two vectors of length 1 are at least as far from each other as they are in a part of the genes
        close = np.triu(apart <= 2 * (1 - COPY) + PART_ROUNDING, k=1 + rows.start)
        columns = np.flatnonzero(close.any(axis=0))
        if len(columns):
            near = unit_rows(values[rows] - mean) @ unit_rows(values[columns] - mean).T > COPY
            for i, j in np.argwhere(near & close[:, columns]).tolist():
                one, two = rows.start + i, int(columns[j])
                pairs.append((one, two, bool((values[one] == values[two]).all())))
    return [pair for pair in pairs if pair[2] or values.shape[1] >= FEWEST_GENES]


def expressed_sex(
    values: Array, genes: Sequence[str], reads: Any | None = None
) -> NDArray[np.object_] | None:
    """``"female"``, ``"male"`` or ``""`` (unclear) of every sample by XIST and RPS4Y1; None without both genes.

    One of the two must be expressed: four times the sample's lowest value. ``reads`` is the matrix where values are counts,
    which must differ by more than chance: 0 and 2 reads say nothing.
    """
    where = {gene: place for place, gene in enumerate(genes)}
    if XIST not in where or RPS4Y1 not in where:
        return None
    difference = values[:, where[RPS4Y1]] - values[:, where[XIST]]
    higher = np.maximum(values[:, where[RPS4Y1]], values[:, where[XIST]])
    clear = (np.abs(difference) > CLEAR_SEX) & (higher >= values.min(axis=1) + EXPRESSED)
    if reads is not None:
        one, other = dense(reads[:, [where[XIST], where[RPS4Y1]]]).T
        clear &= np.abs(one - other) > READS_APART * np.sqrt(one + other)
    return np.where(clear, np.where(difference > 0, "male", "female"), "").astype(object)


def declared_sex(cells: Sequence[object] | NDArray[np.object_]) -> NDArray[np.object_]:
    """The sheet's words as ``"female"`` and ``"male"``; ``""`` for what is neither."""
    return np.array([SEX_WORDS.get(str(cell).strip().lower(), "") for cell in cells], dtype=object)
