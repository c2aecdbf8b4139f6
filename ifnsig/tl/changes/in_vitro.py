"""Cells in a dish: drug against vehicle and dose-response, with the donor as the unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import get
from ...checks import column_in, number_between
from ...doors import called, column_named
from ...errors import DesignError, DesignWarning, ParameterError, listing, warn
from ...labels import labels, people
from ...stats.changes.dose_response import DoseCurve, ic50_over_donors
from ...stats.flags import FEW, FEWEST_TESTED
from ..wording._sentences import cannot, dose_sentence
from ..wording._table import tidy
from ..wording._verdict import NOT_ESTIMABLE
from ._contrast import Row, list_flags
from ._visits import declared
from .change import change
from .test_change import test_change

if TYPE_CHECKING:
    from anndata import AnnData


def drug_effect(
    adata: AnnData,
    *,
    method: str,
    donor: str = "donor",
    condition: str = "condition",
    vehicle: Any,
    drug: Any | Sequence[Any],
    within: str | None = None,
    primary: str | None = None,
    level: float = 0.95,
    strict: bool = False,
    rng: int = 0,
) -> pd.DataFrame:
    """Drug against vehicle, paired by donor. Wells of a donor and condition are averaged; they are not replicates.

    Parameters
    ----------
    adata
        Scored wells.
    method
        Which scores.
    donor, condition
        Columns of ``obs``.
    vehicle, drug
        Values of ``condition``; several drugs (or doses) give one contrast each.
    within
        Column of a stimulus: drug and vehicle are compared within each of its values.
    primary
        The one declared signature, not corrected, of the first drug.
    level, strict
        As in ``tl.test_change``.
    rng
        Seed: past 16 donors sign flips are drawn, not enumerated.

    Returns
    -------
    pandas.DataFrame
        As ``tl.test_change``: ``visit`` is the drug, ``arm`` the value of ``within``, ``n_patients`` donors and
        ``n_samples`` wells. Below six donors no p is given.

    Raises
    ------
    DesignError
        Nowhere have two donors drug and vehicle (``WELLS_AS_REPLICATES``), or a condition is on no well. A drug or stimulus
        with fewer donors beside others that have them is a row with ``NOT_ESTIMABLE`` and its ``reason``.
    """
    for name, column in (("donor", donor), ("condition", condition)):
        column_in(column, adata.obs.columns, name=name, function="tl.drug_effect")
    what = labels(adata.obs[condition])
    start = declared(vehicle, what, name="vehicle", column=condition)[0]
    drugs = declared(drug, what, name="drug", column=condition)
    tables, refused = [], []
    for name, wells in _parts(adata, within, "tl.drug_effect"):
        few = _few_donors(wells, donor, condition, start, drugs, name)
        refused += [_no_row(wells, method, start, other, name, *found) for other, found in few.items()]
        if paired_drugs := [other for other in drugs if other not in few]:
            paired = change(
                wells, method=method, patient=donor, visit=condition, baseline=start, followup=paired_drugs,
                replicates="mean",
            )  # fmt: skip
            tables.append(test_change(paired, primary=primary, level=level, rng=rng).assign(arm=name))
    if not tables:
        raise DesignError(
            f"WELLS_AS_REPLICATES: {refused[0][0]['reason']} Wells repeat the measurement, not the donor;"
            f" {called('tl.drug_effect')} needs at least 2 donors with both."
        )
    table = pd.concat(tables, ignore_index=True)
    table["sentence"] = [
        said.replace("patient", "donor").replace(", ", f", {name}, " if name else ", ", 1)
        for said, name in zip(table["sentence"], table["arm"], strict=True)
    ]
    rows = [*table.to_dict("records"), *(row | {"ci_level": level} for part in refused for row in part)]
    return tidy(rows, strict=strict, function="tl.drug_effect")


def _no_row(
    wells: AnnData, method: str, vehicle: str, drug: str, part: str, n_donors: int, n_wells: int, reason: str
) -> list[Row]:
    """The rows of a drug with fewer than two donors, a signature each."""
    code = "WELLS_AS_REPLICATES;" if n_donors == 1 else ""
    rows = []
    for signature in get.scores(wells, method).columns:
        row = {
            "signature": str(signature), "method": method, "visit": drug, "arm": part, "contrast": f"{drug} - {vehicle}",
            "role": "descriptive", "estimate": np.nan, "estimate_type": "mean_diff", "p_type": "none",
            "n_patients": n_donors, "n_samples": n_wells, "n_excluded": 0, "reason": reason, "verdict": NOT_ESTIMABLE,
            "flags": code + "NOT_ESTIMABLE",
        }  # fmt: skip
        rows.append(
            row | {"sentence": cannot(row | {"reason": ""}).replace("patient", "donor"), "notes": reason}
        )
    return rows


def _parts(adata: AnnData, within: str | None, function: str) -> list[tuple[str, AnnData]]:
    if within is None:
        return [("", adata)]
    column_in(within, adata.obs.columns, name="within", function=function)
    names = labels(adata.obs[within])
    if (without := adata.obs_names[names.isna().to_numpy()]).size:
        warn(
            f"{len(without)} wells have nothing in {column_named(within)} and are left out: {listing(without)}.",
            DesignWarning,
            stacklevel=4,
        )
    return [(str(name), adata[(names == name).to_numpy()]) for name in pd.unique(names.dropna())]


def _few_donors(
    wells: AnnData, donor: str, condition: str, start: str, drugs: Sequence[str], name: str
) -> dict[str, tuple[int, int, str]]:
    """Drugs that fewer than two donors have beside the vehicle: donors with both, wells, and that in a sentence."""
    who, what = people(wells.obs[donor]), labels(wells.obs[condition])
    found, where = {}, f" within {name}" if name else ""
    for other in drugs:
        both = set(who[what == start].dropna()) & set(who[what == other].dropna())
        used = who[what.isin([start, other])]
        if len(both) < 2:
            found[other] = (
                len(both), len(used),
                f"{len(used)} wells of {other!r} and {start!r}{where} come from {used.nunique()} donors, of whom {len(both)}"
                " have both.",
            )  # fmt: skip
    return found


def dose_response(
    adata: AnnData,
    *,
    method: str,
    donor: str = "donor",
    dose: str = "dose",
    within: str | None = None,
    level: float = 0.95,
    strict: bool = False,
) -> pd.DataFrame:
    """IC50 of every donor by a four-parameter curve, and over the donors on the log scale.

    Parameters
    ----------
    adata
        Scored wells.
    method
        Which scores.
    donor, dose
        Columns of ``obs``; dose 0 is the vehicle. Wells of one donor and dose are averaged.
    within
        Column of a stimulus: one curve for each of its values.
    level, strict
        As in ``tl.test_change``.

    Returns
    -------
    pandas.DataFrame
        The columns of a contrast as in ``tl.test_change``, then ``scope`` (``"donor"`` or ``"donors"``), ``donor, slope,
        top, bottom, lowest_dose, highest_dose, n_refused, reason``. ``estimate`` is the IC50 in the unit of the doses; of
        the donors together their geometric mean. An IC50 outside the tested doses, or known to no better than two decades,
        is not given: ``reason`` says why.

    Raises
    ------
    DesignError
        One donor only (``WELLS_AS_REPLICATES``), or too few doses for a curve.
    ParameterError
        A dose is no number, or below 0.
    """
    level = number_between(level, 0.5, 0.999, name="level", function="tl.dose_response")
    for name, column in (("donor", donor), ("dose", dose)):
        column_in(column, adata.obs.columns, name=name, function="tl.dose_response")
    rows: list[Row] = []
    for name, wells in _parts(adata, within, "tl.dose_response"):
        doses = _doses(wells, dose)
        who = people(wells.obs[donor])
        if who.isna().any():
            raise DesignError(
                f"Wells without a donor in {column_named(donor)}: {listing(who.index[who.isna()])}."
            )
        values = get.scores(wells, method)
        scope = get.provenance(adata, method).get("scope", "external")
        for signature in values.columns:
            y = values[signature].to_numpy()
            common = {
                "signature": str(signature), "method": method, "arm": name, "contrast": f"IC50 of {dose}",
                "estimate_type": "IC50", "ci_level": level, "p_type": "none",
            }  # fmt: skip
            rows += _curves(y, doses, who.to_numpy(), common, level, list_flags(str(signature), scope))
    for row in rows:
        row["sentence"] = dose_sentence(row)
    return tidy(rows, strict=strict, function="tl.dose_response")


def _doses(wells: AnnData, dose: str) -> np.ndarray:
    numbers = np.asarray(pd.to_numeric(wells.obs[dose], errors="coerce"), dtype=np.float64)
    wrong = ~(numbers >= 0)
    if wrong.any():
        held = listing(pd.unique(wells.obs[dose][wrong].astype(str)))
        raise ParameterError(
            f"Doses must be numbers of at least 0 (0: the vehicle); {column_named(dose)} holds {held}."
        )
    return numbers


def _curves(
    y: np.ndarray, doses: np.ndarray, who: np.ndarray, common: Row, level: float, listed: list[str]
) -> list[Row]:
    known = ~np.isnan(y)
    found = ic50_over_donors(doses[known], y[known], who[known], level)
    rows = [
        common | _donor_row(name, curve, int((who[known] == name).sum()), listed)
        for name, curve in zip(found.donors, found.curves, strict=True)
    ]
    few = (["N_PAIRS_LT_6"] if found.n_donors < FEWEST_TESTED else []) + (
        ["N_LT_10"] if found.n_donors < FEW else []
    )
    lost = ["NOT_ESTIMABLE"] if found.n_donors < 2 else []
    gone = [{"patient": row["donor"], "reason": row["reason"]} for row in rows if row["reason"]]
    return [*rows, common | {
        "scope": "donors", "donor": "", "role": "descriptive" if found.n_donors < FEWEST_TESTED else "secondary",
        "estimate": found.ic50, "ci_low": found.ci_low, "ci_high": found.ci_high,
        "ci_method": "t of log10 IC50 over donors", "df": np.nan if found.log10 is None else found.log10.df,
        "n_patients": found.n_donors, "n_samples": int(known.sum()), "n_excluded": len(gone), "excluded": gone,
        "n_refused": found.n_refused, "reason": "", "flags": ";".join([*few, *lost, *found.flags, *listed]),
    }]  # fmt: skip


def _donor_row(name: str, curve: DoseCurve, wells: int, listed: list[str]) -> Row:
    return {
        "scope": "donor", "donor": name, "role": "descriptive", "estimate": curve.ic50, "ci_low": curve.ci_low,
        "ci_high": curve.ci_high, "ci_method": "4PL, t on log10 IC50", "df": curve.df, "n_patients": 1, "n_samples": wells,
        "n_excluded": 0, "slope": curve.slope, "top": curve.top, "bottom": curve.bottom, "lowest_dose": curve.lowest,
        "highest_dose": curve.highest, "n_refused": int(bool(curve.refused)), "reason": curve.refused,
        "flags": ";".join([*curve.flags, *listed]),
    }  # fmt: skip
