"""Gene by gene with missing visits: the moderated t for any design, patients fixed or as a correlation.

With all visits in all patients the patient is a factor (fixed). With gaps that would throw away the patients with
one visit, so their visits get one correlation common to all genes, the consensus.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...errors import DesignError, ParameterError
from .._vectors import label_numbers, vector
from ..models._longitudinal import check_pairs, visit_numbers
from ._consensus import Consensus, consensus_correlation
from .moderated import GeneContrast, expression_matrix, gene_contrasts, moderated_t, whiten

__all__ = [
    "Consensus",
    "GeneContrast",
    "GeneVisits",
    "consensus_correlation",
    "moderated_t",
    "moderated_visits",
]

FEWEST_FOR_CONSENSUS = 4


@dataclass(frozen=True, slots=True, eq=False)
class GeneVisits:
    """Change of every gene from the first visit to each later one.

    ``patients_as`` is ``"fixed"`` or ``"correlation"``; ``correlation`` is the consensus (NaN when fixed).
    ``n_unused`` patients have one visit and lend nothing to a fixed fit.
    """

    visits: tuple[float, ...]
    changes: tuple[GeneContrast, ...]
    patients_as: str
    correlation: float
    n_patients: int
    n_unused: int


def moderated_visits(
    expression: ArrayLike, patients: ArrayLike, visits: ArrayLike, *, trend: bool = False
) -> GeneVisits:
    """Change of every gene from the first visit to each later one.

    Patients are fixed effects when all have all visits or there are fewer than 4 of them; else samples of one
    patient get the consensus correlation.

    Parameters
    ----------
    expression
        Samples x genes on the log scale, shape (n, g), g >= 3, no NaN.
    patients, visits
        Patient (number or text) and visit (a number in order of time) of each sample.
    trend
        Whether the prior variance follows the mean expression.

    Raises
    ------
    DesignError
        A visit twice in a patient, fewer than two visits, or visits that no patient connects.
    ParameterError
        Shapes that do not fit or NaN.
    """
    y = expression_matrix(expression, "moderated_visits")
    times = vector(visits, name="visits", function="moderated_visits")
    if len(times) != len(y):
        raise ParameterError(f"moderated_visits needs one visit a sample ({len(y)}). Got {len(times)}.")
    groups, names = label_numbers(patients, len(y), "moderated_visits")
    check_pairs(names, groups, times)
    index, named = visit_numbers(times), np.unique(times)
    if len(named) < 2:
        raise DesignError(f"moderated_visits needs at least two visits. Got {len(named)}.")
    n, later = len(names), np.eye(len(named))[index][:, 1:]
    weights = np.eye(len(named) - 1)
    abundance = y.mean(axis=0) if trend else None
    if len(y) == n * len(named) or n < FEWEST_FOR_CONSENSUS:
        x = np.column_stack([np.eye(n)[groups], later])
        if len(y) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
            raise DesignError(
                "The visits are not connected by patients who have both: nothing can be compared."
            )
        weights = np.column_stack([np.zeros((len(weights), n)), weights])
        how, rho, unused = "fixed", math.nan, int((np.bincount(groups) == 1).sum())
    else:
        x = np.column_stack([np.ones(len(y)), later])
        rho = consensus_correlation(y, x, groups).correlation
        weights = np.column_stack([np.zeros(len(weights)), weights])
        how, unused = "correlation", 0
        y, x = whiten(y, x, groups, rho)
    changes = gene_contrasts(y, x, weights, abundance)
    return GeneVisits(tuple(float(visit) for visit in named[1:]), changes, how, rho, n, unused)
