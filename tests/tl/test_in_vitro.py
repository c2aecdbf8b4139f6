"""Donors in a dish: wells are averaged and never counted, IC50s are summarised over donors on the log scale."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, FatalFlagError, ParameterError

Make = Callable[..., AnnData]
DATA = Path(__file__).parents[1] / "parity" / "stats" / "data"


def wells(make_adata: Make, scores: object, **sheet: list[object]) -> AnnData:
    values = np.asarray(scores, dtype=float)
    adata = make_adata(np.zeros((len(values), 2)), **sheet)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def plate(make_adata: Make, n: int, seed: int = 1) -> tuple[AnnData, np.ndarray]:
    """n donors, three wells of vehicle and of drug each; and the donors' differences."""
    rng = np.random.default_rng(seed)
    donors = [f"D{i}" for i in range(n) for _ in range(6)]
    conditions = ["DMSO", "DMSO", "DMSO", "tofa", "tofa", "tofa"] * n
    y = (
        np.repeat(rng.normal(5, 2, n), 6)
        - np.where(np.array(conditions) == "tofa", 1.0, 0.0)
        + rng.normal(0, 0.3, 6 * n)
    )
    means = y.reshape(n, 2, 3).mean(axis=2)
    return wells(make_adata, y, donor=donors, condition=conditions), means[:, 1] - means[:, 0]


class TestDrugEffect:
    def test_it_is_the_paired_t_of_the_donors_means(self, make_adata: Make) -> None:
        adata, d = plate(make_adata, 7)
        row = ifn.tl.drug_effect(adata, method="mean", vehicle="DMSO", drug="tofa", primary="sig").iloc[0]
        witness = stats.ttest_1samp(d, 0)
        assert (row["estimate"], row["statistic"], row["p"]) == pytest.approx((d.mean(), *witness), rel=1e-9)
        assert (row["n_patients"], row["n_samples"]) == (7, 42)
        assert (row["role"], row["contrast"]) == ("primary", "tofa - DMSO")
        assert "7 donors" in row["sentence"]
        assert "patient" not in row["sentence"]

    def test_five_donors_are_described(self, make_adata: Make) -> None:
        row = ifn.tl.drug_effect(plate(make_adata, 5)[0], method="mean", vehicle="DMSO", drug="tofa").iloc[0]
        assert row["role"] == "descriptive"
        assert np.isnan(row["p"])
        assert "N_PAIRS_LT_6" in row["flags"]

    def test_wells_of_one_donor_are_refused_as_replicates(self, make_adata: Make) -> None:
        one = plate(make_adata, 1)[0]
        with pytest.raises(
            DesignError,
            match="WELLS_AS_REPLICATES: 6 wells of 'tofa' and 'DMSO' come from 1 donors, of whom 1",
        ):
            ifn.tl.drug_effect(one, method="mean", vehicle="DMSO", drug="tofa")
        two = plate(make_adata, 2)[0]
        assert ifn.tl.drug_effect(two, method="mean", vehicle="DMSO", drug="tofa")["n_patients"].iloc[0] == 2

    def test_each_stimulus_by_itself(self, make_adata: Make) -> None:
        first, second = plate(make_adata, 3)[0], plate(make_adata, 3, seed=2)[0]
        both = wells(
            make_adata, [*first.obsm["ifn_mean"]["sig"], *second.obsm["ifn_mean"]["sig"]],
            donor=[*first.obs["donor"]] * 2, condition=[*first.obs["condition"]] * 2, stimulus=["IFN"] * 18 + ["LPS"] * 18,
        )  # fmt: skip
        table = ifn.tl.drug_effect(both, method="mean", vehicle="DMSO", drug="tofa", within="stimulus")
        assert list(table["arm"]) == ["IFN", "LPS"]
        assert table["estimate"].tolist() == pytest.approx(
            [plate(make_adata, 3)[1].mean(), plate(make_adata, 3, 2)[1].mean()]
        )
        assert "IFN" in table["sentence"].iloc[0]


def doses(make_adata: Make, ic50s: list[float], highest: float = 1024) -> AnnData:
    """Exact curves, top 100, bottom 12, slope 1.1, with a well 1 above and one 1 below each point."""
    rows = [
        (f"D{i}", c, 12 + 88 / (1 + (c / e) ** 1.1) + noise)
        for i, e in enumerate(ic50s)
        for c in (0, 1, 4, 16, 64, 256, 1024)
        if c <= highest
        for noise in (-1, 1)
    ]
    donors, dose, y = zip(*rows, strict=True)
    return wells(make_adata, y, donor=list(donors), dose=list(dose))


class TestDoseResponse:
    def test_the_mean_over_donors_is_geometric_with_a_t_interval_on_the_log_scale(
        self, make_adata: Make
    ) -> None:
        ic50s = [20.0, 30.0, 60.0]
        table = ifn.tl.dose_response(doses(make_adata, ic50s), method="mean")
        each, over = table[table["scope"] == "donor"], table[table["scope"] == "donors"].iloc[0]
        assert each["estimate"].tolist() == pytest.approx(
            ic50s, rel=1e-5
        )  # exact curves: the fit stops at 1e-8
        logs = np.log10(ic50s)
        assert over["estimate"] == pytest.approx(10 ** logs.mean(), rel=1e-5)
        half = stats.t.ppf(0.975, 2) * logs.std(ddof=1) / np.sqrt(3)
        assert (over["ci_low"], over["ci_high"]) == pytest.approx(
            (10 ** (logs.mean() - half), 10 ** (logs.mean() + half)), rel=1e-4
        )
        assert (over["n_patients"], over["n_samples"], over["role"]) == (3, 42, "descriptive")

    def test_the_curve_of_a_donor_is_that_of_drc(self, make_adata: Make) -> None:
        """drc 3.0-1 LL.4; three wells a dose, averaged first, which leaves the least-squares curve as it is."""
        golden = json.loads((DATA.parent / "07_agreement_cutoffs_dose.json").read_text())["dose_4pl"]
        with (DATA / "07_dose.csv").open() as file:
            rows = list(csv.DictReader(file))
        dose, y = ([float(row[name]) for row in rows] for name in ("conc", "ifi44"))
        adata = wells(make_adata, y * 2, donor=["A"] * len(y) + ["B"] * len(y), dose=dose * 2)
        row = ifn.tl.dose_response(adata, method="mean").iloc[0]
        assert row["estimate"] == pytest.approx(golden["coef"]["ic50_e"], rel=2e-4)
        assert row["slope"] == pytest.approx(golden["coef"]["slope_b"], rel=1e-3)

    def test_an_ic50_outside_the_doses_is_refused_by_name(self, make_adata: Make) -> None:
        table = ifn.tl.dose_response(doses(make_adata, [3.0, 5.0, 900.0], highest=256), method="mean")
        lost, over = table.iloc[2], table.iloc[3]
        assert np.isnan(lost["estimate"])
        assert "IC50_OUT_OF_RANGE" in lost["flags"]
        assert "> 256" in lost["reason"]
        assert (over["n_patients"], over["n_refused"]) == (2, 1)
        assert "IC50_OUT_OF_RANGE" in over["flags"]
        assert "D2" in over["excluded"]
        assert "1 more has none" in over["sentence"]

    def test_no_ic50_at_all_is_fatal_when_strict(self, make_adata: Make) -> None:
        lost = doses(make_adata, [900.0, 800.0], highest=64)
        assert "NOT_ESTIMABLE" in ifn.tl.dose_response(lost, method="mean")["flags"].iloc[-1]
        with pytest.raises(FatalFlagError, match="NOT_ESTIMABLE"):
            ifn.tl.dose_response(lost, method="mean", strict=True)
        ifn.tl.dose_response(doses(make_adata, [20.0, 30.0]), method="mean", strict=True)

    def test_one_donor_and_doses_that_are_no_numbers_are_refused(self, make_adata: Make) -> None:
        with pytest.raises(DesignError, match="WELLS_AS_REPLICATES"):
            ifn.tl.dose_response(doses(make_adata, [20.0]), method="mean")
        adata = doses(make_adata, [20.0, 30.0])
        adata.obs["dose"] = adata.obs["dose"].astype(object)
        adata.obs.loc["S0", "dose"] = "high"
        with pytest.raises(ParameterError, match=r"Doses must be numbers of at least 0 .*holds high"):
            ifn.tl.dose_response(adata, method="mean")
