"""Is a sample whose it is said to be: likeness with its own patient's samples, copies, and sex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io._sheet_rules import SEX_WORDS
from ._dense import dense
from ._libraries import correlations

Array = NDArray[np.float64]

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


def without_visits(values: Array, visits: NDArray[np.object_] | None) -> Array:
    """Deviations from the gene means, of each visit where it has three samples or more: a drug's effect is no identity."""
    left = values - values.mean(axis=0)
    for visit in [] if visits is None else list(dict.fromkeys(visits.tolist())):
        rows = visits == visit
        if rows.sum() >= 3:
            left[rows] -= left[rows].mean(axis=0)
    return left


def likeness(deviations: Array, patients: NDArray[np.object_]) -> Likeness | None:
    """Compare samples on the genes that differ most between people and least within them; None with too few.

    The genes are chosen anew for each patient without his own samples, so that a swapped label cannot choose the
    genes by which it is judged.
    """
    groups = {name: np.flatnonzero(patients == name) for name in dict.fromkeys(patients.tolist())}
    groups = {name: rows for name, rows in groups.items() if len(rows) > 1}
    if len(groups) < FEWEST_PATIENTS or deviations.shape[1] < FEWEST_GENES:
        return None
    n = len(deviations)
    own, other, whose = np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, dtype=object)
    within = {
        name: ((deviations[rows] - deviations[rows].mean(axis=0)) ** 2).sum(axis=0)
        for name, rows in groups.items()
    }
    all_within = sum(within.values())
    freedom = sum(len(rows) - 1 for rows in groups.values())
    for name, rows in groups.items():
        others = np.setdiff1d(np.arange(n), rows)
        spread = deviations[others].var(axis=0, ddof=1)
        noise = (all_within - within[name]) / (freedom - len(rows) + 1)
        personal = np.divide(
            spread, noise, out=np.zeros_like(spread), where=(noise > 0) & (spread > np.median(spread))
        )
        genes = np.argsort(-personal, kind="stable")[:PERSONAL_GENES]
        correlation = correlations(
            deviations[:, genes] / np.where(spread[genes] > 0, np.sqrt(spread[genes]), 1)
        )
        for row in rows:
            own[row] = correlation[row, rows[rows != row]].max()
            nearest = others[correlation[row, others].argmax()]
            other[row], whose[row] = correlation[row, nearest], patients[nearest]
    return Likeness(own, other, whose)


def copies(values: Array) -> list[tuple[int, int, bool]]:
    """Pairs of samples with the same values (True) or, of enough genes, nearly so (False)."""
    near = np.triu(correlations(values - values.mean(axis=0)) > COPY, k=1)
    pairs = [(i, j, bool((values[i] == values[j]).all())) for i, j in np.argwhere(near).tolist()]
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
