"""Repeated samples of people to whom nothing happens: how reliable a score is, and which change is more than noise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ... import get
from ...checks import column_in, number_between
from ...stats.flags import FEW, FLAGS
from ...stats.reliability.retest import retest as retest_of
from ..changes._contrast import Row, list_flags
from ..changes._healthy import each_person
from ..wording._sentences import retest_sentence
from ..wording._table import REFUSALS, reason_of

if TYPE_CHECKING:
    from anndata import AnnData

NUMBERS = ("icc", "icc_low", "icc_high", "sem", "sem_low", "sem_high", "mdc95", "mdc95_low", "mdc95_high")
COLUMNS = (
    "signature", "method", *NUMBERS, "ci_level", "n_patients", "n_repeated", "n_samples", "n_excluded", "excluded", "reason",
    "flags", "sentence",
)  # fmt: skip


def retest(adata: AnnData, *, method: str, patient: str = "patient", level: float = 0.95) -> pd.DataFrame:
    """Test-retest correlation, error of measurement and minimal detectable change of every signature.

    Parameters
    ----------
    adata
        Scored samples of people without treatment (or on a stable one), some of them sampled again: healthy people, a
        placebo arm, a run-in. All samples are used; take the part of the data that this is true of.
    method
        Which scores.
    patient
        Column of the person.
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a signature. ``icc``: ICC(1,1), the correlation of two samples of a person, which ``tl.test_change(icc=)``
        takes; ``sem``: SD of a score within a person, which ``tl.time_course(noise_sd=)`` takes; ``mdc95``: the change that
        95 % of people to whom nothing happens stay below, 1.96 sqrt(2) sem; each with its interval. ``n_repeated`` people
        have two samples or more, and fewer than ten say little. Without two people, one of them sampled twice, a row says
        ``NOT_ESTIMABLE`` and why.

    Raises
    ------
    ParameterError
        A column is not there, or a level outside (0.5, 0.999).
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.retest")
    column_in(patient, adata.obs.columns, name="patient", function="tl.retest")
    who, values = each_person(adata, patient).astype(str), get.scores(adata, method)
    scope = get.provenance(adata, method).get("scope", "external")
    rows = []
    for signature in values.columns:
        y = values[signature].to_numpy(dtype=np.float64)
        row = _row(y, who, list(values.index), level) | {"signature": str(signature), "method": method}
        row["flags"] = ";".join([*row["flags"], *list_flags(str(signature), scope)])
        rows.append(row | {"sentence": retest_sentence(row)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(y: np.ndarray, who: np.ndarray, samples: list[str], level: float) -> Row:
    known = ~np.isnan(y)
    gone = [{"sample": str(samples[at]), "reason": "no score"} for at in np.flatnonzero(~known)]
    _, counts = np.unique(who[known], return_counts=True)
    row: Row = {
        **dict.fromkeys(NUMBERS, np.nan), "ci_level": level, "n_patients": len(counts),
        "n_repeated": int((counts > 1).sum()), "n_samples": int(known.sum()), "n_excluded": len(gone),
        "excluded": json.dumps(gone), "reason": "",
    }  # fmt: skip
    raised = ["N_LT_10"] if row["n_repeated"] < FEW else []
    try:
        found = retest_of(y[known], who[known], level) if known.any() else None
    except REFUSALS as fault:
        found, row["reason"] = None, reason_of(fault)
    if found is None:
        raised.append("NOT_ESTIMABLE")
        row["reason"] = row["reason"] or "No sample has a score."
    else:
        row |= {name: getattr(found, name) for name in NUMBERS}
    return row | {"flags": [code for code in FLAGS if code in raised]}
