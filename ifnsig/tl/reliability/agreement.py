"""Do two platforms, or two methods, give a sample the same score?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import get
from ...checks import column_in, generator, number_between
from ...doors import argument, called, column_named
from ...errors import DesignError, ParameterError, listing
from ...labels import PERSONS, labels
from ...stats.association.correlation import spearman
from ...stats.flags import FEW
from ...stats.reliability.agreement import bland_altman, concordance, icc
from ..changes._contrast import Row
from ..changes._healthy import each_person
from ..wording._sentences import agreement_sentence

if TYPE_CHECKING:
    from anndata import AnnData

FEWEST = 4
COLUMNS = (
    "signature", "first", "second", "scale", "spearman", "spearman_low", "spearman_high", "icc_consistency",
    "icc_consistency_low", "icc_consistency_high", "icc_agreement", "icc_agreement_low", "icc_agreement_high", "ccc",
    "ccc_low", "ccc_high", "bias", "bias_low", "bias_high", "limit_low", "limit_low_low", "limit_low_high", "limit_high",
    "limit_high_low", "limit_high_high", "slope", "slope_p", "ci_level", "n_samples", "n_patients", "n_excluded", "excluded",
    "reason", "flags", "sentence",
)  # fmt: skip


def agreement(
    adata: AnnData,
    *,
    method: str | Sequence[str],
    platform: str | None = None,
    same: Sequence[str] = ("patient", "visit"),
    patient: str | None = "patient",
    standardise: bool | None = None,
    level: float = 0.95,
    rng: int = 0,
) -> pd.DataFrame:
    """Agreement of the scores of the same samples between platforms, or between methods.

    Parameters
    ----------
    adata
        Scored samples.
    method
        Which scores; several methods are compared with each other, sample by sample.
    platform
        Column that tells the platforms apart: scores of one method are compared between them.
    same
        With ``platform``: columns that together name the thing that was measured, e.g. patient and visit.
    patient
        Column of the patient; with several samples of one, intervals would be too narrow and are not given. None where each
        sample is a person.
    standardise
        Whether each side is first brought to mean 0 and SD 1. By default for methods, whose units differ, and not for
        platforms; then an offset between platforms counts in all but ``spearman`` and ``icc_consistency``.
    level, rng
        Level of the intervals; seed of the permutations.

    Returns
    -------
    pandas.DataFrame
        One row a signature and pair: Spearman's rho, ICC(C,1) (an offset does not count), ICC(A,1), Lin's concordance, and
        Bland-Altman's bias (second - first) with the limits that hold 95 % of differences, each with its interval;
        ``slope``, whether differences grow with the score; who was left out; ``reason`` why a row has no numbers (fewer than
        four samples on both sides, or scores that do not vary). With more than two platforms a row ``second =
        "all"`` holds their ICC.

    Raises
    ------
    ParameterError, DesignError
        One method and no platform, or both ways; a column is not there; fewer than two platforms.
    """
    level = number_between(level, 0.5, 0.999, name="level", function="tl.agreement")
    methods = [method] if isinstance(method, str) else list(method)
    if (platform is None) == (len(methods) == 1):
        raise ParameterError(
            f"{called('tl.agreement')} compares several methods, or one method on the platforms of a column: give"
            f" several with {argument('tl.agreement', 'method')}, or one and {argument('tl.agreement', 'platform')}."
        )
    whose = None
    if patient is not None:
        column_in(patient, adata.obs.columns, name="patient", function="tl.agreement")
        whose = pd.Series(each_person(adata, patient))
    sides = (
        _methods(adata, methods, whose)
        if platform is None
        else _platforms(adata, methods[0], platform, same, whose)
    )
    scaled = platform is None if standardise is None else standardise
    rows: list[Row] = []
    for signature, wide in sides:
        names = [name for name in wide.columns if name != "patient"]
        if len(names) > 2:
            rows.append(_all_of_them(signature, wide, names, scaled, level))
        rows += [_pair(signature, wide, pair, scaled, level, rng) for pair in combinations(names, 2)]
    for row in rows:
        row["sentence"] = agreement_sentence(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _methods(adata: AnnData, methods: list[str], whose: pd.Series | None) -> list[tuple[str, pd.DataFrame]]:
    tables = {name: get.scores(adata, name) for name in methods}
    shared = [name for name in tables[methods[0]].columns if all(name in table for table in tables.values())]
    if not shared:
        raise DesignError(f"No signature was scored by all of {listing(methods)}.")
    sides = [
        (str(name), pd.DataFrame({method: tables[method][name] for method in methods})) for name in shared
    ]
    return sides if whose is None else [(name, wide.assign(patient=whose.to_numpy())) for name, wide in sides]


def _platforms(
    adata: AnnData, method: str, platform: str, same: Sequence[str], whose: pd.Series | None
) -> list[tuple[str, pd.DataFrame]]:
    for column in (platform, *same):
        name = "platform" if column == platform else "same"
        column_in(column, adata.obs.columns, name=name, function="tl.agreement")
    key = pd.MultiIndex.from_frame(pd.DataFrame({c: _names(adata, c) for c in same}))
    measured = labels(adata.obs[platform])
    found = [str(name) for name in pd.unique(measured.dropna())]
    if len(found) < 2:
        raise DesignError(
            f"{called('tl.agreement')} needs at least two platforms in {column_named(platform)}: {listing(found)}."
        )
    doubled = pd.MultiIndex.from_arrays([*(key.get_level_values(c) for c in same), measured]).duplicated()
    if doubled.any():
        raise DesignError(
            f"{int(doubled.sum())} samples repeat a {' and '.join(same)} on one platform:"
            f" {listing(adata.obs_names[doubled])}. Name what was measured with {argument('tl.agreement', 'same')}."
        )
    values, sides = get.scores(adata, method), []
    for signature in values.columns:
        columns: dict[str, pd.Series] = {}
        for name in found:
            here = (measured == name).to_numpy()
            columns[name] = pd.Series(values[signature].to_numpy()[here], index=key[here])
        wide = pd.DataFrame(columns)
        wide.index = pd.Index([" ".join(map(str, k)) if isinstance(k, tuple) else str(k) for k in wide.index])
        if whose is not None:
            names = [" ".join(map(str, k)) if isinstance(k, tuple) else str(k) for k in key]
            wide["patient"] = pd.Series(whose.to_numpy(), index=names).groupby(level=0).first()
        sides.append((str(signature), wide))
    return sides


def _names(adata: AnnData, column: str) -> np.ndarray:
    """A column's labels; of a column of persons a sample of nobody has its own name, so that it is like no other."""
    if str(column).lower() in PERSONS:
        return each_person(adata, column)
    return np.asarray(labels(adata.obs[column]).fillna(""))


def _complete(
    wide: pd.DataFrame, names: Sequence[str], scaled: bool
) -> tuple[np.ndarray, list[Row], list[Any]]:
    """Values of the samples on all sides, who has no score on one, and patients."""
    values = wide[list(names)].to_numpy(dtype=np.float64)
    known = ~np.isnan(values).any(axis=1)
    lacking = [listing(np.asarray(names)[np.isnan(row)]) for row in values[~known]]
    gone = [
        {"sample": str(sample), "reason": f"no score by {where}"}
        for sample, where in zip(wide.index[~known], lacking, strict=True)
    ]
    values = values[known]
    if scaled and len(values) > 1:
        sd = values.std(axis=0, ddof=1)
        values = (values - values.mean(axis=0)) / np.where(sd > 0, sd, np.nan)
    people = list(wide["patient"][known]) if "patient" in wide else list(wide.index[known])
    return values, gone, people


def _common(
    signature: str, wide: pd.DataFrame, names: Sequence[str], scaled: bool, level: float
) -> tuple[Row, np.ndarray]:
    values, gone, people = _complete(wide, names, scaled)
    repeated = len(set(people)) < len(people)
    reason = ""
    if len(values) < FEWEST:
        reason = f"fewer than {FEWEST} samples have a score on both sides"
    elif np.isnan(values).any() or (np.ptp(values, axis=0) == 0).any():
        reason = "the scores of a side do not vary"
    flags = [
        *(["N_LT_10"] if len(values) < FEW else []), *(["SAMPLES_NOT_PATIENTS"] if repeated else []),
        *(["NOT_ESTIMABLE"] if reason else []),
    ]  # fmt: skip
    row: Row = {
        "signature": signature, "first": names[0], "second": names[1] if len(names) == 2 else "all",
        "scale": "standardised" if scaled else "score", "ci_level": level, "n_samples": len(values),
        "n_patients": len(set(people)), "n_excluded": len(gone), "excluded": json.dumps(gone), "reason": reason,
        "flags": ";".join(flags),
    }  # fmt: skip
    return row, values


def _pair(
    signature: str, wide: pd.DataFrame, pair: tuple[str, str], scaled: bool, level: float, rng: int
) -> Row:
    row, values = _common(signature, wide, pair, scaled, level)
    if "NOT_ESTIMABLE" in row["flags"]:
        return row
    x, y = values.T
    rho, both, lin, ba = (
        spearman(x, y, level, rng=generator(rng, function="tl.agreement")), icc(values, level), concordance(x, y, level),
        bland_altman(x, y, level),
    )  # fmt: skip
    row |= _icc_cells(both) | {
        "spearman": rho.rho, "spearman_low": rho.ci_low, "spearman_high": rho.ci_high, "ccc": lin.ccc, "ccc_low": lin.ci_low,
        "ccc_high": lin.ci_high, "bias": ba.bias, "bias_low": ba.bias_low, "bias_high": ba.bias_high, "limit_low": ba.lower,
        "limit_low_low": ba.lower_low, "limit_low_high": ba.lower_high, "limit_high": ba.upper,
        "limit_high_low": ba.upper_low, "limit_high_high": ba.upper_high, "slope": ba.slope, "slope_p": ba.slope_p,
    }  # fmt: skip
    return _without_intervals(row) if "SAMPLES_NOT_PATIENTS" in row["flags"] else row


def _all_of_them(signature: str, wide: pd.DataFrame, names: list[str], scaled: bool, level: float) -> Row:
    row, values = _common(signature, wide, names, scaled, level)
    if "NOT_ESTIMABLE" not in row["flags"]:
        row |= _icc_cells(icc(values, level))
    return _without_intervals(row) if "SAMPLES_NOT_PATIENTS" in row["flags"] else row


def _icc_cells(found: Any) -> Row:
    return {
        "icc_consistency": found.consistency, "icc_consistency_low": found.consistency_low,
        "icc_consistency_high": found.consistency_high, "icc_agreement": found.agreement,
        "icc_agreement_low": found.agreement_low, "icc_agreement_high": found.agreement_high,
    }  # fmt: skip


def _without_intervals(row: Row) -> Row:
    """Samples of one patient are not independent: estimates stay, intervals and p would be too sure."""
    return {
        name: np.nan
        if name not in ("limit_low", "limit_high") and name.endswith(("_low", "_high", "_p"))
        else value
        for name, value in row.items()
    }
