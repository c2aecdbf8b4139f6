"""tl.retest: what untreated repeats say of a score, and what it is used for; noise beside the nadir."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import ParameterError

Make = Callable[..., AnnData]


def untreated(make_adata: Make, people: list[str], **scores: list[float]) -> AnnData:
    adata = make_adata(np.zeros((len(people), 2)), patient=people)
    adata.obsm["ifn_mean"] = pd.DataFrame(scores, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def test_the_row_holds_icc_error_and_least_real_change(make_adata: Make) -> None:
    adata = untreated(make_adata, [*"aabbccd"], sig=[1.0, 3.0, 4.0, 6.0, 8.0, 8.0, 2.0], flat=[1.0] * 7)
    table = ifn.tl.retest(adata, method="mean").set_index("signature")
    row = table.loc["sig"]
    assert row["sem"] == pytest.approx(np.sqrt(4 / 3))
    assert row["mdc95"] == pytest.approx(1.959963984540054 * np.sqrt(8 / 3))
    assert (row["n_patients"], row["n_repeated"], row["n_samples"]) == (4, 3, 7)
    assert row["flags"] == "N_LT_10"
    assert f"95 % of changes are below {row['mdc95']:.3g}." in row["sentence"]
    flat = table.loc["flat"]
    assert np.isnan(flat["icc"])
    assert flat["flags"] == "N_LT_10;NOT_ESTIMABLE"
    assert flat["reason"] == "all samples of a person have the same score."


def test_a_signature_without_scores_has_a_row_with_its_reason(make_adata: Make) -> None:
    adata = untreated(
        make_adata, [*"aabb"], sig=[1.0, 3.0, 4.0, 6.0], lost=[np.nan] * 4, once=[1.0, np.nan, 2.0, np.nan]
    )
    table = ifn.tl.retest(adata, method="mean").set_index("signature")
    assert table.loc["lost", "reason"] == "No sample has a score."
    assert "Got 2 samples of 2 people" in table.loc["once", "reason"]
    assert table.loc["once", "n_excluded"] == 2
    assert table.loc["sig", "reason"] == ""
    with pytest.raises(ParameterError, match="Did you mean 'patient'"):
        ifn.tl.retest(adata, method="mean", patient="pateint")


def test_its_correlation_feeds_the_forecast_of_regression_to_the_mean(
    make_adata: Make, make_change: Make
) -> None:
    adata = untreated(make_adata, [*"aabbcc"], sig=[1.0, 3.0, 4.0, 6.0, 8.0, 8.0])
    icc = ifn.tl.retest(adata, method="mean")["icc"].iloc[0]
    rng = np.random.default_rng(1)
    change = make_change(rng.normal(3, 1, (20, 2)), rng.normal(0, 1, 12))
    row = ifn.tl.test_change(change, selected_by_baseline=3.0, icc=icc).iloc[0]
    assert row["icc_assumed"] == f"{icc:g}"


def test_a_nadir_stands_beside_what_noise_alone_would_give(make_change: Make) -> None:
    """No drug: 3,000 patients with the same noise at four visits fall to their lowest as the expected largest of three says."""
    rng = np.random.default_rng(3)
    scores = rng.normal(5, 1, (3000, 1)) + rng.normal(0, 0.5, (3000, 4))
    table = ifn.tl.time_course(make_change(scores))
    assert table["noise_sd"].nunique() == 1
    assert table["noise_sd"].iloc[0] == pytest.approx(0.5, rel=0.03)
    falls = scores[:, 0] - scores[:, 1:].min(axis=1)
    rises = scores[:, 3] - scores[:, 1:].min(axis=1)
    for observed in (falls, rises):
        # four standard errors of the mean
        assert table["noise_fall"].iloc[0] == pytest.approx(
            observed.mean(), abs=4 * observed.std() / np.sqrt(3000)
        )
    assert table.loc[table["reason"] == "", "fall"].mean() > table["noise_fall"].iloc[0]


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_noise_counts_the_visits_on_treatment_and_takes_a_known_error(make_change: Make) -> None:
    scores = [[5.0, 3.0, 1.0, 2.5], [5.0, 6.0, np.nan, 7.0], [5.0, 4.0, 2.0, 2.0]]
    table = ifn.tl.time_course(make_change(scores), noise_sd=2.0, interrupted="w3").set_index("patient")
    assert table["noise_fall"].tolist() == pytest.approx([2 / np.sqrt(np.pi), 0.0, 2 / np.sqrt(np.pi)])
    by_name = ifn.tl.time_course(make_change(scores), noise_sd={"sig": 2.0}, interrupted="w3")
    assert by_name["noise_fall"].tolist() == table["noise_fall"].tolist()
    alone = ifn.tl.time_course(make_change([[5.0, 3.0], [5.0, 2.0]]))  # one follow-up: nothing left over
    assert alone["noise_sd"].isna().all()
    with pytest.raises(ParameterError, match="noise_sd"):
        ifn.tl.time_course(make_change(scores), noise_sd=-1.0)
