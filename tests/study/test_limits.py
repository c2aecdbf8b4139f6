"""The limits a report prints: every count in them against a sheet small enough to count by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.study.record.limits import limits
from ifnsig.study.schema.model import Study

Make = Callable[..., AnnData]

SHEET = {
    "patient": ["A", "A", "B", "B", "C", "C"],
    "visit": ["w0", "w4"] * 3,
    "batch": ["1", "2", "1", "1", "2", "1"],  # A and C move, B stays
    "dose": [20, 10, 8, 8, 5, 9],  # -10, 0, +4: mean -2
    "arm": ["x", "x", "y", "y", "y", "y"],
}


def told(
    make_adata: Make, *, signature: str = "rice2013_6", scope: str = "reference", **design: object
) -> str:
    adata = make_adata(np.zeros((6, 2)), **SHEET)
    adata.obsm["ifn_zscore"] = pd.DataFrame({signature: np.arange(6.0)}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"zscore": {"scope": scope}})
    change = ifn.tl.change(adata, method="zscore", baseline="w0", followup="w4")
    study = Study.model_validate({
        "input": {"expression": "x"}, "scores": {"signatures": [signature]},
        "design": {"patient": "patient", "visit": "visit", "baseline": "w0", "followup": ["w4"], **design},
    })  # fmt: skip
    return "\n".join(limits(study, adata, change))


def test_pairs_that_change_batch_are_counted(make_adata: Make) -> None:
    assert "2 of 3 pairs have their two samples in different values of batch" in told(
        make_adata, batch="batch"
    )
    assert "a batch effect cancels" in told(make_adata, batch="arm")
    assert "batch" not in told(make_adata)


def test_a_covariate_that_changed_is_counted_and_averaged(make_adata: Make) -> None:
    text = told(make_adata, covariates=["dose"])
    assert "dose changed too: lower in 1, higher in 1 of 3 pairs (mean -2)" in text
    assert "arm changed" not in told(make_adata, covariates=["arm"])


def test_few_patients_are_named(make_adata: Make) -> None:
    assert "3 patients have both visits" in told(make_adata)


@pytest.mark.parametrize(("scope", "said"), [("cohort", True), ("reference", False)])
def test_scores_scaled_by_the_cohort_are_said_to_move(make_adata: Make, scope: str, said: bool) -> None:
    assert ("move when samples join or leave" in told(make_adata, scope=scope)) is said


def test_a_provisional_list_and_a_list_with_a_warning_are_said(make_adata: Make) -> None:
    assert "The gene list of kim2018_28 is provisional" in told(make_adata, signature="kim2018_28")
    warning = ifn.signatures.SIGNATURES["janssen_10"].warning
    assert f"janssen_10: {warning}" in told(make_adata, signature="janssen_10")
    assert "provisional" not in told(make_adata)


def test_a_fall_is_never_called_a_response(make_adata: Make) -> None:
    assert "It is not a clinical response" in told(make_adata)


def test_arms_are_said_not_to_be_compared_where_there_are_arms(make_adata: Make) -> None:
    assert "arms are not compared here" in told(make_adata, arm="arm")
    assert "arms" not in told(make_adata)
