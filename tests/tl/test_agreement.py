"""Agreement of platforms, methods and genes, groups of scores, and calls near the cut: R's answers through the verbs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, ParameterError

Make = Callable[..., AnnData]
HOME = Path(__file__).parents[1] / "parity" / "stats"
GOLDEN = json.loads((HOME / "07_agreement_cutoffs_dose.json").read_text())


def scored(make_adata: Make, scores: object, name: str = "sig", **sheet: object) -> AnnData:
    values = np.asarray(scores, dtype=float)
    adata = make_adata(np.zeros((len(values), 2)), **sheet)
    adata.obsm["ifn_mean"] = pd.DataFrame({name: values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def platforms(make_adata: Make, repeats: int = 1) -> tuple[AnnData, pd.DataFrame]:
    table = pd.read_csv(HOME / "data" / "07_platforms.csv")
    long = table.melt("sample", var_name="platform")
    patient = [f"P{(sample - 1) // repeats}" for sample in long["sample"]]
    adata = scored(
        make_adata, long["value"], platform=list(long["platform"]), subject=[f"T{s}" for s in long["sample"]], patient=patient
    )  # fmt: skip
    return adata, table


class TestPlatforms:
    def test_it_equals_irr_and_epir(self, make_adata: Make) -> None:
        """irr::icc, epiR::epi.ccc and Bland-Altman written out in R."""
        table = ifn.tl.agreement(
            platforms(make_adata)[0], method="mean", platform="platform", same=["subject"]
        )
        everything, pair = table.iloc[0], table.iloc[1]
        assert (everything["second"], pair["first"], pair["second"]) == ("all", "rnaseq", "nanostring")
        agree, consist = GOLDEN["icc"]["ICC2_1_agreement"], GOLDEN["icc"]["ICC3_1_consistency"]
        for row, names in ((agree, "icc_agreement"), (consist, "icc_consistency")):
            assert everything[names] == pytest.approx(row["icc"], rel=1e-8)
            assert [everything[f"{names}_low"], everything[f"{names}_high"]] == pytest.approx(
                row["ci"], rel=1e-8
            )
        assert pair["ccc"] == pytest.approx(GOLDEN["ccc"]["rho_c"], rel=1e-8)
        assert [pair["ccc_low"], pair["ccc_high"]] == pytest.approx(GOLDEN["ccc"]["ci"], rel=1e-5)
        ba = GOLDEN["bland_altman"]
        assert pair["bias"] == pytest.approx(ba["bias"], rel=1e-8)
        assert [pair["limit_low"], pair["limit_high"]] == pytest.approx(ba["loa"], rel=1e-8)
        assert [pair["limit_low_low"], pair["limit_low_high"]] == pytest.approx(ba["loa_lower_ci"], rel=1e-8)
        assert (pair["slope"], pair["slope_p"]) == pytest.approx(
            (ba["prop_bias_slope"], ba["prop_bias_p"]), rel=1e-8
        )
        assert (pair["scale"], pair["n_samples"], pair["n_patients"]) == ("score", 20, 20)

    def test_samples_of_one_patient_get_no_interval(self, make_adata: Make) -> None:
        adata = platforms(make_adata, repeats=2)[0]
        table = ifn.tl.agreement(adata, method="mean", platform="platform", same=["subject"])
        assert table["flags"].str.contains("SAMPLES_NOT_PATIENTS").all()
        assert (
            table[[name for name in table if name.startswith("icc") and name.endswith(("low", "high"))]]
            .isna()
            .all(None)
        )
        assert table["icc_agreement"].iloc[0] == pytest.approx(
            GOLDEN["icc"]["ICC2_1_agreement"]["icc"], rel=1e-8
        )
        assert np.isfinite(table["limit_low"].iloc[1])
        assert table["n_patients"].iloc[0] == 10

    def test_samples_of_one_platform_only_are_named(self, make_adata: Make) -> None:
        adata = platforms(make_adata)[0][:-1]
        table = ifn.tl.agreement(adata, method="mean", platform="platform", same=["subject"]).set_index(
            "second"
        )
        assert json.loads(table.loc["qpcr", "excluded"].iloc[0]) == [
            {"sample": "T20", "reason": "no score by qpcr"}
        ]
        assert table.loc["nanostring", "n_excluded"] == 0

    def test_scaling_takes_an_offset_away(self, make_adata: Make) -> None:
        adata, table = platforms(make_adata)
        found = ifn.tl.agreement(
            adata, method="mean", platform="platform", same=["subject"], standardise=True
        ).iloc[1]
        r = np.corrcoef(table["rnaseq"], table["nanostring"])[0, 1]
        assert (found["bias"], found["ccc"]) == pytest.approx(
            (0, r), abs=1e-12
        )  # equal means and SDs: ccc is r
        assert found["scale"] == "standardised"

    def test_three_samples_are_too_few(self, make_adata: Make) -> None:
        adata = platforms(make_adata)[0]
        few = adata[adata.obs["subject"].isin(["T1", "T2", "T3"])]
        table = ifn.tl.agreement(few, method="mean", platform="platform", same=["subject"])
        assert set(table["reason"]) == {"fewer than 4 samples have a score on both sides"}
        assert table["ccc"].isna().all()
        assert table["flags"].str.contains("NOT_ESTIMABLE").all()
        four = adata[adata.obs["subject"].isin(["T1", "T2", "T3", "T4"])]
        assert ifn.tl.agreement(four, method="mean", platform="platform", same=["subject"])["ccc"].iloc[1] > 0

    def test_repeats_and_half_questions_are_refused(self, make_adata: Make) -> None:
        adata = platforms(make_adata, repeats=2)[0]
        with pytest.raises(DesignError, match="30 samples repeat a patient on one platform"):
            ifn.tl.agreement(adata, method="mean", platform="platform", same=["patient"])
        with pytest.raises(ParameterError, match="compares several methods, or one method on the platforms"):
            ifn.tl.agreement(adata, method="mean")


def test_methods_are_compared_on_standardised_scores(make_adata: Make) -> None:
    adata, table = platforms(make_adata)
    one = adata[adata.obs["platform"] == "rnaseq"].copy()
    one.obsm["ifn_other"] = pd.DataFrame({"sig": 100 * table["qpcr"].to_numpy() + 7}, index=one.obs_names)
    row = ifn.tl.agreement(one, method=["mean", "other"]).iloc[0]
    assert row["ccc"] == pytest.approx(np.corrcoef(table["rnaseq"], table["qpcr"])[0, 1], abs=1e-12)
    assert (row["first"], row["second"], row["scale"]) == ("mean", "other", "standardised")


class TestGenes:
    @staticmethod
    def genes(make_adata: Make) -> tuple[AnnData, list[str]]:
        table = pd.read_csv(HOME / "data" / "07_alpha_genes.csv").drop(columns="sample")
        return make_adata(
            table.to_numpy(), genes=list(table.columns), patient=[f"P{i}" for i in range(25)]
        ), list(table.columns)

    def test_it_equals_psych(self, make_adata: Make) -> None:
        adata, names = self.genes(make_adata)
        table = ifn.tl.gene_agreement(adata, {"own": names})
        whole, each = table.iloc[0], table.iloc[1:].set_index("gene")
        want = GOLDEN["alpha"]
        assert (whole["alpha"], whole["alpha_standardised"]) == pytest.approx(
            (want["raw"], want["std"]), rel=1e-8
        )
        assert [whole["ci_low"], whole["ci_high"]] == pytest.approx(want["feldt_ci"], rel=1e-8)
        assert each["alpha_without"].to_dict() == pytest.approx(want["drop_raw"], rel=1e-8)
        assert each["item_rest"].to_dict() == pytest.approx(want["drop_r_item_rest"], rel=1e-8)
        values = pd.DataFrame(np.asarray(adata.X), columns=names)
        without = values.drop(columns="OFF").mean(axis=1)
        assert each.loc["OFF", "score_r_without"] == pytest.approx(
            np.corrcoef(values.mean(axis=1), without)[0, 1], rel=1e-9
        )

    def test_genes_that_fall_are_turned_round(self, make_adata: Make) -> None:
        adata, names = self.genes(make_adata)
        straight = ifn.tl.gene_agreement(adata, {"own": names})["alpha"].iloc[0]
        adata.X[:, 1] *= -1
        against = ifn.tl.gene_agreement(adata, {"own": names})
        assert "GENE_NEG_ITEM_REST" in against["flags"].iloc[0]
        assert against.set_index("gene").loc[names[1], "flags"] == "GENE_NEG_ITEM_REST"
        turned = ifn.tl.gene_agreement(adata, {"own": dict(zip(names, [1, -1, 1, 1, 1, 1], strict=True))})
        assert turned["alpha"].iloc[0] == pytest.approx(straight, rel=1e-12)
        assert "GENE_NEG_ITEM_REST" not in turned["flags"].iloc[0]

    def test_two_genes_have_no_alpha_and_it_says_why(self, make_adata: Make) -> None:
        adata, names = self.genes(make_adata)
        row = ifn.tl.gene_agreement(adata, {"own": [*names[:2], "ABSENT"]}).iloc[0]
        assert np.isnan(row["alpha"])
        assert (row["n_genes"], row["n_used"]) == (3, 2)
        assert "alpha needs 3 genes" in row["reason"]

    def test_one_visit_of_the_patients_is_taken(self, make_adata: Make) -> None:
        adata, names = self.genes(make_adata)
        twice = make_adata(
            np.vstack([adata.X, adata.X * 2, adata.X[:5] + 50]), genes=names,
            patient=[f"P{i % 25}" for i in range(50)] + [f"H{i}" for i in range(5)], visit=["w0"] * 25 + ["w4"] * 25 + ["w0"] * 5,
            group=["SLE"] * 50 + ["healthy"] * 5,
        )  # fmt: skip
        sheet = {"patient": "patient", "visit": "visit", "baseline": "w0", "controls": ("group", "healthy")}
        row = ifn.tl.gene_agreement(twice, {"own": names}, **sheet).iloc[0]
        assert (row["n_samples"], row["alpha"]) == (25, pytest.approx(GOLDEN["alpha"]["raw"], rel=1e-8))
        every = ifn.tl.gene_agreement(twice, {"own": names}, patient="patient").iloc[0]
        assert "SAMPLES_NOT_PATIENTS" in every["flags"]
        assert np.isnan(every["ci_low"])


class TestIfnHigh:
    @staticmethod
    def cohort(make_adata: Make) -> AnnData:
        table = pd.read_csv(HOME / "data" / "07_ifn_high.csv")
        return scored(
            make_adata,
            table["score"],
            group=list(table["group"]),
            patient=[f"P{i}" for i in range(len(table))],
        )

    def test_the_cut_its_interval_and_who_is_reclassified(self, make_adata: Make) -> None:
        want = GOLDEN["ifn_high"]
        calls = ifn.tl.call_positive(self.cohort(make_adata), method="mean", controls=("group", "HC"))
        calls = calls[calls["cut_rule"].str.startswith("mean")]
        assert calls["cut"].iloc[0] == pytest.approx(want["cut_mean2sd"], rel=1e-8)
        assert [calls["cut_low"].iloc[0], calls["cut_high"].iloc[0]] == pytest.approx(
            want["cut_ci95"], rel=1e-5
        )
        patients = calls.iloc[20:]
        assert (patients["call"] == "positive").sum() == want["n_high"]
        low, high = want["cut_ci95"]
        assert (
            patients["reclassified"].tolist()
            == ((patients["score"] > low) & (patients["score"] <= high)).tolist()
        )
        assert patients["reclassified"].sum() > 0

    def test_two_groups_are_those_of_mclust(self, make_adata: Make) -> None:
        want = GOLDEN["ifn_high"]
        row = ifn.tl.score_groups(self.cohort(make_adata), method="mean", controls=("group", "HC")).iloc[0]
        assert row["n_components"] == 2
        better = max(
            want["mclust_E"], want["mclust_V"], key=lambda fit: fit["bic_mclust"]
        )  # mclust's BIC: larger is better
        assert [row["low_mean"], row["high_mean"]] == pytest.approx(better["mean"], rel=5e-3)
        assert [row["low_share"], row["high_share"]] == pytest.approx(better["pro"], rel=5e-3)
        assert row["bic_two"] == pytest.approx(-better["bic_mclust"], rel=5e-3)
        assert "not a test, and no cut-off" in row["sentence"]

    def test_few_patients_are_not_split(self, make_adata: Make) -> None:
        adata = self.cohort(make_adata)[20:39]
        row = ifn.tl.score_groups(adata, method="mean").iloc[0]
        assert np.isnan(row["n_components"])
        assert "fewer than 20" in row["sentence"]
        assert ifn.tl.score_groups(self.cohort(make_adata)[20:40], method="mean")["reason"].iloc[0] == ""
