"""What can be wrong with the questions of a study, found without scoring: columns and values that are not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import keys
from ..checks import column_in
from ..errors import DesignError, DesignWarning, ParameterError, listing, suggestion, warn
from ..labels import label, labels
from ..tl._adjusted import read_covariates
from ..tl._covariates import baseline_columns
from ._questions import BaselineLabel
from .model import Study

if TYPE_CHECKING:
    from anndata import AnnData

FEWEST_IN_ARM = 3
"""Patients with both visits below whom an arm is compared with no other (``tl.test_arms``)."""
Attempt = Callable[[str, Callable[[], Any]], Any]


def look_at_questions(study: Study, adata: AnnData, change: AnnData | None, attempt: Attempt) -> None:
    """Attempt every column and value that the questions name."""
    obs = adata.obs
    if change is not None:
        design = study.design
        attempt("design", lambda: read_covariates(change, design.steroid, design.cell_fractions, "design"))
        _change(study, change, attempt)
    if study.agreement is not None:
        _columns(attempt, obs, "agreement", study.agreement.platform, *study.agreement.same)
    if study.drug_effect is not None:
        asked = study.drug_effect
        _columns(attempt, obs, "drug_effect", asked.donor, asked.within)
        attempt(
            "drug_effect", lambda: _values(obs, asked.condition, [asked.vehicle, *asked.drug], "drug_effect")
        )
    if study.dose_response is not None:
        dose = study.dose_response
        _columns(attempt, obs, "dose_response", dose.donor, dose.dose, dose.within)


def _change(study: Study, change: AnnData, attempt: Attempt) -> None:
    rule = study.change.selected_by_baseline
    if isinstance(rule, BaselineLabel):
        attempt(
            "change.selected_by_baseline", lambda: _values(change.obs, rule.column, [rule.value], "change")
        )
    if rule == "healthy" and study.design.controls is None:
        attempt("change.selected_by_baseline", lambda: _raise('"healthy" needs design.controls'))
    if study.suppression is not None and study.design.controls is None and study.suppression.cut is None:
        attempt(
            "suppression",
            lambda: _raise("percent suppression needs design.controls, or a cut for linear_ratio"),
        )
    if study.arms is not None:
        control, arm = study.arms.control, str(study.design.arm)
        attempt("arms.control", lambda: _values(change.obs, arm, [control], "arms"))
        named = study.arms.covariates
        attempt("arms.covariates", lambda: baseline_columns(change, named, "tl.test_arms"))
        attempt("arms", lambda: _enough_in_arms(change, arm, label(control)))


def _enough_in_arms(change: AnnData, arm: str, control: str | None) -> None:
    """Warn where a run will compare no arms: it is none of two, or one has too few patients."""
    first = ~change.obs[keys.OBS_PATIENT].duplicated().to_numpy()
    counts = labels(change.obs[arm])[first].value_counts(sort=False)
    if control not in counts.index:
        return  # an error of its own
    held = ", ".join(f"{number} {name}" for name, number in counts.items())
    if len(counts) != 2:
        warn(f"The arms will not be compared: column {arm!r} does not hold two ({held}).", DesignWarning)
    elif counts.min() < FEWEST_IN_ARM:
        warn(
            f"The arms will not be compared: fewer than {FEWEST_IN_ARM} patients of one have both visits ({held}).",
            DesignWarning,
        )


def _raise(sentence: str) -> None:
    raise DesignError(f"{sentence[:1].upper()}{sentence[1:]}.")


def _columns(attempt: Attempt, obs: pd.DataFrame, where: str, *names: str | None) -> None:
    for name in names:
        if name is not None:
            attempt(where, partial(_column, obs, name, where))


def _column(obs: pd.DataFrame, name: str, where: str) -> None:
    column_in(name, obs.columns, name=name, function=where, where="the sheet")


def _values(obs: pd.DataFrame, column: str, wanted: list[Any], where: str) -> None:
    _column(obs, column, where)
    present = [str(value) for value in pd.unique(labels(obs[column]).dropna())]
    for value in wanted:
        if label(value) not in present:
            near = suggestion(str(value), present)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"No row has {column} = {value!r}.{hint} Values there: {listing(present, shown=10)}."
            )
