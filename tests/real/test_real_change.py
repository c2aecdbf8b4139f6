"""Change in the real cohorts: who was chosen by the baseline, arms, pseudobulk, cells in a dish, drug levels on repeated rows.

The figures are those of the README of each data set; every tolerance is half a unit of the last printed digit.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError
from ifnsig.report import Results, render_html
from ifnsig.study import run

HERE = Path(__file__).parent
SIX = ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]


ROOT = Path()  # set by _at_hand


@pytest.fixture(autouse=True, scope="module")
def _at_hand(real_data: Path) -> None:
    global ROOT
    ROOT = real_data


@cache
def results(study: str) -> Results:
    return Results.read(run(HERE / f"{study}.toml", root=ROOT, output=Path(mkdtemp()) / "results"))


class TestKinoid:
    """GSE39088: the whole arm did not change; those with a high baseline fell as regression to the mean makes them."""

    @staticmethod
    def row(table: str, **where: str) -> pd.Series:
        rows = results("kinoid").table(table).query("signature == 'M1.2' and visit == 'day 168'")
        for column, value in where.items():
            rows = rows[rows[column] == value]
        return rows.iloc[0]

    def test_the_whole_arm_is_the_primary_comparison_and_shows_no_change(self) -> None:
        row = self.row("change_tests", arm="IFN-K")
        assert (row["n_patients"], row["role"]) == (19, "primary")
        assert row["estimate"] == pytest.approx(-0.032, abs=0.0005)
        assert row["ci_low"] < 0 < row["ci_high"]

    def test_the_high_subgroup_falls_about_as_far_as_nothing_would_make_it(self) -> None:
        row = self.row("subgroup_tests", arm="IFN-K")
        assert row["n_patients"] == 12
        assert row["estimate"] == pytest.approx(-0.092, abs=0.0005)
        falls = [float(value) for value in row["expected_rtm"].split(";")]
        assert falls[0] >= -row["estimate"] > falls[1] > -row["estimate"] / 2
        assert "RTM_SUBGROUP" in row["flags"]
        html = render_html(results("kinoid"))
        assert "Patients with a high baseline" in html
        assert (
            "\N{MINUS SIGN}0.097 / \N{MINUS SIGN}0.058 / \N{MINUS SIGN}0.019" in html
        )  # at 0.5, 0.7 and 0.9

    def test_arms_are_compared_by_ancova(self) -> None:
        """Least squares of the follow-up on baseline and arm, by numpy from the file."""
        table = pd.read_csv(ROOT / "sle-anti-ifn-trials-module-scores" / "E-GEOD-39088_modules_long.csv")
        table = table[(table["module"] == "M1.2") & table["group"].isin(["IFN-K", "Placebo"])]
        wide = table.pivot_table(index=["patient", "group"], columns="day", values="summary").dropna(
            subset=["baseline", "day 168"]
        )
        treated = (wide.index.get_level_values("group") == "IFN-K").astype(float)
        design = np.column_stack([np.ones(len(wide)), wide["baseline"], treated])
        witness = np.linalg.lstsq(design, wide["day 168"].to_numpy(), rcond=None)[0][2]
        row = self.row("arm_tests")
        assert (row["n_treated"], row["n_control"]) == (19, 7)
        assert row["estimate"] == pytest.approx(witness, rel=1e-9)
        assert row["ci_low"] < 0 < row["ci_high"]
        assert "This is no proof of none" in row["notes"]


class TestStimulatedBlood:
    """GSE145647: with three donors genes and sets are described."""

    def test_interferon_genes_rise_with_interferon_beta(self) -> None:
        edge = (
            results("gse145647")
            .table("leading_edge")
            .query("signature == 'rice2013_6' and visit == 'IFNbeta'")
        )
        assert "fell" not in set(edge["direction"])
        assert (edge["change"] > 0).sum() >= 5
        sets = (
            results("gse145647")
            .table("gene_sets")
            .query("signature == 'hallmark_ifna' and visit == 'IFNbeta'")
            .iloc[0]
        )
        assert sets["estimate"] > 0
        assert sets["n_patients"] == 3
        assert np.isnan(sets["p"])
        assert "N_PAIRS_LT_6" in sets["flags"]


class TestKang:
    """Two lupus donors, PBMC with and without interferon beta: cells are added up, two donors are described."""

    @staticmethod
    @cache
    def bulk() -> AnnData:
        cells = ifn.io.read(ROOT / "kang2018-ifnb-singlecell" / "kang_2donors.h5ad", unit="counts")
        bulk = ifn.pp.pseudobulk(cells, donor=["donor", "stim"])
        ifn.pp.normalize(bulk, method="log_cpm")
        return bulk

    def test_the_pseudobulk_rises_in_both_donors(self) -> None:
        bulk = self.bulk()
        ifn.tl.score(bulk, {"six_isg": SIX}, method="zscore", reference="cohort", layer="log_cpm")
        change = ifn.tl.change(
            bulk, method="zscore", patient="donor", visit="stim", baseline="ctrl", followup="stim"
        )
        # z is against the four samples here as there, on log-CPM with a scaled prior: 0.02 apart from log2(CPM + 1)
        rises = {"101": 0.86 + 0.80, "107": 0.86 + 0.91}
        for who, rise in zip(change.obs[keys.OBS_PATIENT], np.asarray(change.X)[:, 0], strict=True):
            assert rise == pytest.approx(next(v for k, v in rises.items() if k in str(who)), abs=0.06), who
        row = ifn.tl.test_change(change, primary="six_isg").iloc[0]
        assert (row["role"], row["n_patients"]) == ("descriptive", 2)
        assert np.isnan(row["p"])
        assert row["estimate"] == pytest.approx(np.mean(list(rises.values())), abs=0.06)

    def test_its_interferon_genes_rise(self) -> None:
        table = ifn.tl.gene_changes(
            self.bulk(), layer="log_cpm", patient="donor", visit="stim", baseline="ctrl", followup="stim"
        )  # fmt: skip
        six = table.set_index("gene").loc[SIX]
        assert (six["change"] > 0).all()
        assert set(six["n_patients"]) == {2}


class TestTofacitinibBlood:
    """Blood of patients on tofacitinib: drug level against three target genes, up to four rows a patient."""

    @staticmethod
    @cache
    def blood() -> AnnData:
        table = pd.read_csv(ROOT / "uc-tofacitinib-jaki" / "blood_qpcr_tidy.csv").set_index("sample")
        genes = ["SOCS1", "SOCS3", "IRF1"]
        adata = AnnData(table[genes].to_numpy(), obs=table.drop(columns=genes), var=pd.DataFrame(index=genes))
        adata.obsm["ifn_qpcr"] = table[genes]
        return adata

    FIGURES = (("SOCS1", -0.69), ("SOCS3", -0.68), ("IRF1", -0.47))

    def test_on_rows_the_correlation_is_the_figure_and_carries_no_p(self) -> None:
        table = ifn.tl.associate(
            self.blood(), response="tofacitinib_ng_ml", method="qpcr", patient="subject", samples="all"
        ).set_index("signature")  # fmt: skip
        for gene, figure in self.FIGURES:
            row = table.loc[gene]
            assert row["n"] == 34
            assert row["estimate"] == pytest.approx(figure, abs=0.005)
            assert "SAMPLES_NOT_PATIENTS" in row["flags"]
            assert np.isnan([row["p"], row["ci_low"], row["ci_high"]]).all()

    def test_the_tools_own_estimate_has_one_row_a_patient(self) -> None:
        blood = self.blood()
        table = ifn.tl.associate(
            blood, response="tofacitinib_ng_ml", method="qpcr", patient="subject", visit="week"
        ).set_index("signature")  # fmt: skip
        sheet = blood.obs.join(blood.obsm["ifn_qpcr"]).sort_values("week", kind="stable")
        first = sheet[~sheet["subject"].duplicated()].dropna(subset=["tofacitinib_ng_ml", "SOCS1"])
        assert len(first) == 12  # of 34 rows; three more have no value at their first visit
        for gene, _ in self.FIGURES:
            row = table.loc[gene]
            assert row["n"] == len(first)
            assert row["estimate"] == pytest.approx(
                stats.spearmanr(first[gene], first["tofacitinib_ng_ml"])[0], rel=1e-9
            )
            assert row["estimate"] < 0
            assert np.isfinite([row["p"], row["ci_low"], row["ci_high"]]).all()
            assert "SAMPLES_NOT_PATIENTS" not in row["flags"]

    def test_the_row_that_was_copied_under_another_name_is_flagged(self) -> None:
        blood = self.blood()
        known = blood[~np.isnan(np.asarray(blood.X)).any(axis=1)].copy()
        keys.declare_unit(known, "log2_relative")
        found = ifn.pp.check_design(known, patient="subject", visit="week")
        copied = found[found["flag"] == "DUPLICATE_SAMPLE"]["sentence"]
        assert len(copied) == 1
        assert copied.iloc[0].startswith("tof-003-w16 and tof-03-w48 have the same values")


class TestTofacitinibMacrophages:
    """Macrophages of five donors, stimulus with vehicle or tofacitinib (log2 fold changes)."""

    FIGURES = (
        ("IFNg", "MX1", -0.99), ("IFNg", "CXCL10", -1.10), ("IFNg", "IDO1", -1.75), ("IFNg", "OAS1", -0.21),
        ("TNFa", "MX1", -2.36), ("TNFa", "OAS1", -1.40), ("LPS", "MX1", 0.05),
    )  # fmt: skip

    @staticmethod
    @cache
    def wells() -> AnnData:
        table = pd.read_csv(ROOT / "uc-tofacitinib-jaki" / "macrophage_log2fc_tidy.csv")
        table["donor"] = "D" + table["row_in_arm"].astype(str)
        genes = ["MX1", "CXCL10", "IDO1", "OAS1"]
        wide = table[table["gene"].isin(genes)].pivot_table(
            index=["stimulus", "donor"], columns=["contrast", "gene"], values="log2fc", sort=False
        )
        vehicle, drug = "stimulus+DMSO vs DMSO", "stimulus+tofacitinib vs stimulus+DMSO"
        start = wide[vehicle][genes]
        end = start + wide[drug][genes]
        both = pd.concat(
            [start.assign(condition="vehicle"), end.assign(condition="tofacitinib")]
        ).reset_index()
        both.index = pd.Index([f"W{i}" for i in range(len(both))])
        adata = AnnData(np.zeros((len(both), 1)), obs=both[["stimulus", "donor", "condition"]].astype(str))
        adata.obsm["ifn_log2fc"] = both[genes]
        return adata

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_the_drug_effect_of_every_arm_is_the_figure(self) -> None:
        table = ifn.tl.drug_effect(
            self.wells(), method="log2fc", vehicle="vehicle", drug="tofacitinib", within="stimulus"
        )  # fmt: skip
        for stimulus, gene, figure in self.FIGURES:
            row = table[(table["arm"] == stimulus) & (table["signature"] == gene)].iloc[0]
            assert row["estimate"] == pytest.approx(figure, abs=0.005), (stimulus, gene)
            assert row["role"] == "descriptive"
            assert np.isnan(row["p"])
            assert "N_PAIRS_LT_6" in row["flags"]
            assert json.loads(row["excluded"]) == []

    def test_wells_of_one_donor_are_refused(self) -> None:
        one = self.wells()[self.wells().obs["donor"] == "D1"]
        with pytest.raises(DesignError, match="WELLS_AS_REPLICATES"):
            ifn.tl.drug_effect(one, method="log2fc", vehicle="vehicle", drug="tofacitinib")
