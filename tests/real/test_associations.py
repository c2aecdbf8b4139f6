"""Associations in real cohorts: figures that come with the data (README of each folder), and what the verbs must refuse."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig.errors import DesignError
from ifnsig.stats.planning.power import auc_patients_needed

SIX = {"six_isg": ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]}


ROOT = Path()  # set by _at_hand


@pytest.fixture(autouse=True, scope="module")
def _at_hand(real_data: Path) -> None:
    global ROOT
    ROOT = real_data


def cohort(folder: str, expression: str, **how: object) -> AnnData:
    place = ROOT / folder
    adata = ifn.io.read(place / expression, unit="log2_array", samples=place / "metadata.csv")
    adata = ifn.pp.map_genes(adata)
    ifn.tl.score(adata, SIX, method="zscore", **how)
    return adata


def test_forty_samples_of_fifteen_people_are_not_forty_patients() -> None:
    adata = cohort("gse224705-sle-mmf-response", "expression_1421genes.csv.gz", reference="cohort")
    with pytest.raises(DesignError, match=r"40 samples come from 15 persons .* patient=\"subject\""):
        ifn.tl.associate(adata, response="response", positive="YES")
    random = ifn.tl.random_scores(
        adata, SIX, method="zscore", reference="cohort", rng=1, n_sets=500, n_bins=10
    )
    row = ifn.tl.associate(adata, response="response", positive="YES", patient="subject", random=random).iloc[
        0
    ]
    assert (row["n_positive"], row["n_negative"], row["n"], row["n_samples"]) == (6, 9, 15, 40)
    assert row["estimate"] == pytest.approx(0.667, abs=0.0005)
    assert row["ci_low"] < 0.5 < row["ci_high"]
    assert row["p"] > 0.2
    assert row["sentence"].endswith("no association was shown.")
    assert "This is no proof of none" in row["notes"]
    assert (
        f"Needed for AUC 0.7: {2 * auc_patients_needed(0.7).n} patients in two equal classes." in row["notes"]
    )
    assert 0.0 <= row["frac_random_p05"] <= 0.1


def test_lupus_activity_goes_weakly_with_the_score_within_patients_too() -> None:
    adata = cohort("gse49454-sle-blood", "expression_log2.csv.gz", controls=("disease", "healthy"))
    patients = adata[(adata.obs["disease"] == "SLE").to_numpy()].copy()
    row = ifn.tl.associate(patients, response="sledai", outcome_type="repeated", patient="subject").iloc[0]
    # 143 visits of the 48 people who have two or more
    assert row["df"] == 143 - 48 - 1
    table = pd.DataFrame({
        "who": patients.obs["subject"].astype(str), "x": patients.obsm["ifn_zscore"]["six_isg"],
        "y": pd.to_numeric(patients.obs["sledai"]),
    }).dropna()  # fmt: skip
    table = table[table.groupby("who")["x"].transform("size") > 1]
    within = table[["x", "y"]] - table.groupby("who")[["x", "y"]].transform("mean")
    assert row["estimate"] == pytest.approx(within.corr().iloc[0, 1], rel=1e-10)
    # the figure that comes with the data is the rank correlation of the same
    assert within.corr("spearman").iloc[0, 1] == pytest.approx(0.099, abs=0.0005)
    assert row["ci_low"] < 0 < row["ci_high"]


def test_the_score_says_who_is_ill_and_not_who_will_be() -> None:
    adata = cohort("gse30550-flu-challenge", "expression_log2.csv.gz", controls=("hours", "0"))
    change = ifn.tl.change(
        adata, method="zscore", patient="subject", visit="hours", baseline=0, followup=[53, 60, 69, 77]
    )
    table = ifn.tl.associate(change, response="outcome", positive="sx", primary="six_isg", primary_visit=77)
    before = table[table["score"] == "baseline"].iloc[0]
    assert before["estimate"] == pytest.approx(0.39, abs=0.005)
    after = table[table["score"] == "followup"].set_index("visit")["estimate"]
    assert after.round(2).tolist() == [0.85, 0.93, 1.0, 1.0]
    assert "AUC_BOUNDARY" in table[table["role"] == "primary"]["flags"].iloc[0]
