"""Do the patients' scores fall into two groups? Described, not tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import get
from ...pp._controls import Samples
from ...stats.reliability.mixture import FEWEST, mixture
from ..changes._contrast import Row
from ..changes._healthy import ratios
from ..changes._visits import chosen_samples
from ..wording._sentences import groups_sentence

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = (
    "signature", "method", "n_patients", "n_components", "bic_one", "bic_two", "ashman_d", "low_mean", "low_sd", "low_share",
    "high_mean", "high_sd", "high_share", "n_high", "scale", "reason", "flags", "sentence",
)  # fmt: skip


def score_groups(
    adata: AnnData,
    *,
    method: str,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    controls: Samples | None = None,
) -> pd.DataFrame:
    """One or two Gaussian groups in the scores of the patients, by BIC, and how far they are apart (Ashman's D).

    Two groups are a description of this cohort. They are no test, and their border is no cut-off for other patients: in
    one group of 20 normal scores the BIC prefers two in 19 of 100 cohorts.

    Parameters
    ----------
    adata
        Scored samples.
    method
        Which scores.
    patient, visit, baseline, controls
        As in ``tl.gene_agreement``.

    Returns
    -------
    pandas.DataFrame
        One row a signature: ``n_components`` (1 or 2), both BIC (the lower the better), ``ashman_d`` (above 2: apart), mean,
        SD and share of the two groups, ``n_high`` patients who are more likely in the upper one. Below 20 patients there is
        only a ``reason``. Ratios to healthy are described on the log2 scale.

    Raises
    ------
    UnknownNameError, ParameterError, DesignError
        The method was not scored; a column or visit is not there.
    """
    rows, repeated = chosen_samples(
        adata, patient=patient, visit=visit, baseline=baseline, controls=controls, function="tl.score_groups"
    )  # fmt: skip
    linear = ratios(adata, method)
    values, found = get.scores(adata, method).iloc[rows], []
    for name in values.columns:
        x = values[name].dropna().to_numpy()
        with np.errstate(divide="ignore"):
            x = np.log2(x) if name in linear else x
        row: Row = {
            "signature": str(name), "method": method, "n_patients": len(x), "scale": "log2" if name in linear else "score",
            "reason": "", "flags": "SAMPLES_NOT_PATIENTS" if repeated else "",
        }  # fmt: skip
        found.append(row | _groups(x, repeated))
    for row in found:
        row["sentence"] = groups_sentence(row)
    return pd.DataFrame(found, columns=list(COLUMNS))


def _groups(x: np.ndarray, repeated: bool) -> Row:
    if repeated:
        return {"reason": "several samples come from one patient: name the visit to take"}
    if len(x) < FEWEST:
        return {"reason": f"two groups are not looked for in fewer than {FEWEST} patients"}
    if not np.isfinite(x).all() or np.ptp(x) <= 1e-12 * np.abs(x).max():
        return {"reason": "the scores do not vary, or have no logarithm"}
    fit = mixture(x)
    two = min(fit.equal, fit.unequal, key=lambda one: one.bic)
    return {
        "n_components": fit.n_components, "bic_one": fit.one.bic, "bic_two": two.bic, "ashman_d": fit.ashman_d,
        "low_mean": two.means[0], "low_sd": two.variances[0] ** 0.5, "low_share": two.shares[0],
        "high_mean": two.means[1], "high_sd": two.variances[1] ** 0.5, "high_share": two.shares[1],
        "n_high": int((np.array(two.high) > 0.5).sum()), "flags": ";".join(fit.flags),
    }  # fmt: skip
