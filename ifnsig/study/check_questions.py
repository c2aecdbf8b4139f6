"""What can be wrong with the questions of a study, found without scoring: columns and values that are not there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..checks import column_in
from ..errors import DesignError, ParameterError, listing, suggestion
from ..labels import label, labels
from ..tl._adjusted import read_covariates
from ..tl._covariates import baseline_columns
from ._questions import BaselineLabel
from .model import Study

if TYPE_CHECKING:
    from anndata import AnnData

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
