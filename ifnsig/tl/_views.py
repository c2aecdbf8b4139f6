"""The rows an association looks at: which samples stand for which patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import get, keys
from ..checks import column_in, one_of
from ..errors import ParameterError, listing
from ._visits import label, labels

if TYPE_CHECKING:
    from anndata import AnnData

SCORES = ("baseline", "followup", "change")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """One set of rows and the score they are looked at with: rows x signatures, and who each row is."""

    score: str
    visit: str
    values: pd.DataFrame
    rows: np.ndarray
    patients: np.ndarray
    repeated: bool = False
    gone: tuple[str, ...] = ()
    gone_reason: str = ""


def change_views(change: AnnData, about: Row, scores: list[str]) -> Iterator[View]:
    """Every asked score of every follow-up visit."""
    for name in scores:
        one_of(name, SCORES, name="score", function="tl.associate")
    matrices = {"change": change.X, **{name: change.layers[name] for name in ("baseline", "followup")}}
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    for visit in about["followups"]:
        rows = np.flatnonzero((change.obs[keys.OBS_VISIT].astype(str) == visit).to_numpy())
        for name in scores:
            values = pd.DataFrame(np.asarray(matrices[name])[rows], columns=change.var_names)
            yield View(name, visit, values, rows, patients[rows])


def method_facts(adata: AnnData, method: str | None) -> Row:
    """Method and scope of the scores to associate."""
    scored = get.methods(adata)
    if method is None and len(scored) != 1:
        raise ParameterError(
            f"Say which scores to associate with method=...; scored: {listing(scored) or 'none'}."
        )
    name = method or scored[0]
    get.scores(adata, name)
    return {"method": name, "scope": get.provenance(adata, name).get("scope", "external")}


def sample_view(
    adata: AnnData, method: str, patient: str | None, visit: str | None, baseline: Any, samples: str
) -> View:
    """One sample a patient, or all samples."""
    values = get.scores(adata, method).reset_index(drop=True)
    rows = np.arange(adata.n_obs)
    if patient is None:
        return View("sample", "", values, rows, adata.obs_names.to_numpy())
    column_in(patient, adata.obs.columns, name="patient", function="tl.associate")
    who = labels(adata.obs[patient])
    who = who.where(who.notna(), adata.obs_names.to_series())
    gone: tuple[str, ...] = ()
    if samples == "first":
        rows, gone = _one_each(adata, who.to_numpy(), visit, label(baseline))
    repeated = bool(pd.Index(who.to_numpy()[rows]).duplicated().any())
    reason = f"no {label(baseline)} sample"
    return View("sample", "", values.iloc[rows], rows, who.to_numpy()[rows], repeated, gone, reason)


def _one_each(
    adata: AnnData, who: np.ndarray, visit: str | None, baseline: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each person's sample at the baseline visit, or his first; and who has visits but no baseline.

    The first is the one of the lowest visit if visits are numbers, else of the sheet's order. A person without any
    visit (a healthy control) keeps his sample.
    """
    order, gone = np.arange(adata.n_obs), np.array([], dtype=object)
    if visit is not None:
        column_in(visit, adata.obs.columns, name="visit", function="tl.associate")
        names = labels(adata.obs[visit])
        numbers = pd.to_numeric(names, errors="coerce").to_numpy(dtype=np.float64)
        if baseline is not None:
            at, somewhere = (names == baseline).to_numpy(), names.notna().to_numpy()
            gone = np.setdiff1d(who[somewhere].astype(str), who[at].astype(str))
            order = order[at | ~np.isin(who.astype(str), who[somewhere].astype(str))]
        elif not np.isnan(numbers[names.notna().to_numpy()]).any():
            order = np.argsort(np.where(np.isnan(numbers), -np.inf, numbers), kind="stable")
    first = order[~pd.Index(who[order]).duplicated()]
    return np.sort(first), tuple(str(name) for name in gone)
