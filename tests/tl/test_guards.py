"""Guards of the verbs of change: adjustment beside the estimate, estimands by name, strict calls, acknowledgement."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import FatalFlagError, ParameterError
from ifnsig.tl.wording._table import CORE, LAST

Make = Callable[..., AnnData]
D = [-1.2, -0.8, -0.1, -1.9, 0.4, -0.6, -1.1, -0.3]
DOSE = [-5, -2.5, 0, -10, 2.5, 0, -5, -2.5]
CELLS = [0.05, -0.02, 0.01, -0.1, 0.03, -0.04, 0.02, 0.00]


def cohort(make_adata: Make, differences: object, **columns: tuple[list[object], list[object]]) -> AnnData:
    """Patients at w0 (score 0) and w4; columns as (at w0, at w4)."""
    d = np.asarray(differences, dtype=float)
    n = len(d)
    sheet = {"patient": [f"P{i}" for i in range(n)] * 2, "visit": ["w0"] * n + ["w4"] * n}
    adata = make_adata(np.zeros((2 * n, 2)), **sheet, **{name: [*a, *b] for name, (a, b) in columns.items()})
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": [*np.zeros(n), *d]}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return ifn.tl.change(adata, method="mean", baseline="w0", followup="w4")


class TestAdjustment:
    def test_the_adjusted_change_stands_beside_the_unadjusted_one(self, make_adata: Make) -> None:
        """R 4.2.2: lm(d ~ dose + cells), its intercept."""
        change = cohort(
            make_adata, D, mg=([10.0] * 8, [10.0 + x for x in DOSE]), neutrophils=([0.6] * 8, [0.6 + x for x in CELLS])
        )  # fmt: skip
        row = ifn.tl.test_change(change, steroid="mg", cell_fractions=["neutrophils"]).iloc[0]
        assert row["estimate"] == pytest.approx(np.mean(D))
        assert row["adjusted"] == pytest.approx(-0.218197835388875, rel=1e-9)
        assert (row["adjusted_low"], row["adjusted_high"]) == pytest.approx(
            (-0.52567845658, 0.08928278580), rel=1e-8
        )
        assert row["adjusted_p"] == pytest.approx(0.12772286287960496, rel=1e-8)
        assert (row["adjusted_for"], row["n_adjusted"]) == ("mg;neutrophils", 8)
        assert "Adjusted for the change of mg and neutrophils: \N{MINUS SIGN}0.218" in row["notes"]
        assert "STEROID_CHANGED" not in row["flags"]
        assert "CELL_COMPOSITION_UNADJUSTED" not in row["flags"]

    def test_what_changed_and_cannot_be_adjusted_is_flagged(self, make_adata: Make) -> None:
        few = {"mg": ([10.0] * 4, [10.0, 10.0, 10.0, 5.0]), "cells": ([0.6] * 4, [0.6] * 4)}
        row = ifn.tl.test_change(
            cohort(make_adata, D[:4], **few), steroid="mg", cell_fractions=["cells"]
        ).iloc[0]
        assert np.isnan(row["adjusted"])
        assert "STEROID_CHANGED" in row["flags"]
        assert "CELL_COMPOSITION_UNADJUSTED" not in row["flags"]
        assert "Got 4 patients and 2 terms" in row["adjusted_reason"]
        assert "Not adjusted" in row["notes"]
        other = {"mg": ([10.0] * 4, [10.0] * 4), "cells": ([0.6] * 4, [0.6, 0.5, 0.6, 0.6])}
        row = ifn.tl.test_change(
            cohort(make_adata, D[:4], **other), steroid="mg", cell_fractions=["cells"]
        ).iloc[0]
        assert "STEROID_CHANGED" not in row["flags"]
        assert "CELL_COMPOSITION_UNADJUSTED" in row["flags"]

    def test_a_dose_that_fell_in_all_is_shown_and_not_extrapolated(self, make_adata: Make) -> None:
        fell = [-5.0, -2.5, -1.0, -10.0, -2.5, -7.5, -5.0, -2.5]
        row = ifn.tl.test_change(
            cohort(make_adata, D, mg=([10.0] * 8, [10 + x for x in fell])), steroid="mg"
        ).iloc[0]
        assert np.isnan([row["adjusted"], row["adjusted_low"], row["adjusted_p"]]).all()
        assert {"ADJUSTMENT_EXTRAPOLATES", "STEROID_CHANGED"} <= set(row["flags"].split(";"))
        assert (row["adjusted_range"], row["n_adjusted"]) == ("mg: -10 to -1", 8)
        assert "Changes seen: mg: -10 to -1." in row["notes"]
        fell[2] = 0.0
        near = ifn.tl.test_change(
            cohort(make_adata, D, mg=([10.0] * 8, [10 + x for x in fell])), steroid="mg"
        ).iloc[0]
        assert near["adjusted"] == pytest.approx(np.polyfit(fell, D, 1)[1])
        assert near["adjusted_range"] == "mg: -10 to 0"
        assert "ADJUSTMENT_EXTRAPOLATES" not in near["flags"]

    def test_a_dose_that_stayed_the_same_raises_nothing(self, make_adata: Make) -> None:
        still = cohort(make_adata, D, mg=([10.0] * 8, [10.0] * 8))
        row = ifn.tl.test_change(still, steroid="mg").iloc[0]
        assert "STEROID_CHANGED" not in row["flags"]
        assert row["adjusted"] == pytest.approx(row["estimate"])

    def test_patients_without_a_dose_are_not_in_the_adjusted_change(self, make_adata: Make) -> None:
        change = cohort(make_adata, D, mg=([10.0] * 8, [*(10.0 + x for x in DOSE[:7]), np.nan]))
        row = ifn.tl.test_change(change, steroid="mg").iloc[0]
        _, intercept = np.polyfit(DOSE[:7], D[:7], 1)
        assert (row["n_patients"], row["n_adjusted"]) == (8, 7)
        assert row["adjusted"] == pytest.approx(intercept, rel=1e-9)
        assert "7 patients" in row["notes"]

    def test_text_and_unknown_columns_are_refused(self, make_adata: Make) -> None:
        change = cohort(make_adata, D, mg=(["low"] * 8, ["high"] * 8))
        with pytest.raises(ParameterError, match="column 'mg' holds low"):
            ifn.tl.test_change(change, steroid="mg")
        with pytest.raises(ParameterError, match="names column 'dose'"):
            ifn.tl.test_change(change, steroid="dose")
        with pytest.raises(ParameterError, match="for a column twice"):
            ifn.tl.test_change(change, steroid="mg", cell_fractions=["mg"])


class TestEstimands:
    """P0 is rescued at w4, P1 dies before it (no sample); P2 .. P7 have both visits."""

    @staticmethod
    def change(make_adata: Make, rule: str) -> AnnData:
        who = [f"P{i}" for i in range(8)]
        here = [*who, *(name for name in who if name != "P1")]
        scores = [*[5.0] * 8, *(5.0 + d for name, d in zip(who, D, strict=True) if name != "P1")]
        event = {"P0": "w4", "P1": "w4"}
        adata = make_adata(
            np.zeros((15, 2)), patient=here, visit=["w0"] * 8 + ["w4"] * 7, better=["no"] * 8 + ["yes"] * 7,
            stopped=[event.get(name) for name in here],
        )  # fmt: skip
        adata.obsm["ifn_mean"] = pd.DataFrame({"sig": scores}, index=adata.obs_names)
        keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
        events = [ifn.tl.Event("stopped", rule)]  # type: ignore[arg-type]
        return ifn.tl.change(adata, method="mean", baseline="w0", followup="w4", events=events)

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    @pytest.mark.parametrize(
        ("rule", "used", "responders", "nonresponders"),
        [
            ("treatment_policy", [0, 2, 3, 4, 5, 6, 7], 7, 0), ("hypothetical", [2, 3, 4, 5, 6, 7], 6, 0),
            ("non_responder", [0, 2, 3, 4, 5, 6, 7], 6, 2),
        ],
    )  # fmt: skip
    def test_each_estimand_uses_its_patients(
        self, make_adata: Make, rule: str, used: list[int], responders: int, nonresponders: int
    ) -> None:
        change = self.change(make_adata, rule)
        row = ifn.tl.test_change(change).iloc[0]
        assert row["estimate"] == pytest.approx(np.mean([D[i] for i in used]))
        assert row["n_patients"] == len(used)
        gone = {item["patient"]: item["reason"] for item in json.loads(row["excluded"])}
        assert set(gone) == {f"P{i}" for i in range(8)} - {f"P{i}" for i in used}
        assert all("stopped" in reason for reason in gone.values())
        assert "INFORMATIVE_MISSING" in row["flags"]
        outcome = ifn.tl.read_outcome(change, "better", "yes", None)
        assert ((outcome.value == 1).sum(), (outcome.value == 0).sum()) == (responders, nonresponders)

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_while_on_treatment_takes_the_last_visit_before_the_event(self, make_adata: Make) -> None:
        row = ifn.tl.test_change(self.change(make_adata, "while_on_treatment")).iloc[0]
        assert row["n_patients"] == 8
        assert row["estimate"] == pytest.approx((sum(D) - D[0] - D[1]) / 8)  # both stay at their baseline
        assert "INFORMATIVE_MISSING" not in row["flags"]

    def test_a_death_without_a_sample_still_counts_as_no_response(self, make_adata: Make) -> None:
        change = self.change(make_adata, "non_responder")
        assert np.isnan(change["P1|w4"].X).all()
        assert change.obs.loc["P1|w4", keys.OBS_FOLLOWUP_SAMPLE] == ""
        assert change.obsm[keys.OBSM_CLINICAL_FOLLOWUP].loc["P1|w4"].isna().all()

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_a_visit_that_is_missing_without_an_event_is_not_informative(self, make_change: Make) -> None:
        scores = np.column_stack([np.zeros(8), [*D[:7], np.nan]])
        row = ifn.tl.test_change(make_change(scores)).iloc[0]
        assert "MISSING_VISITS" in row["flags"]
        assert "INFORMATIVE_MISSING" not in row["flags"]


class TestSharedColumns:
    def test_every_test_of_change_begins_and_ends_alike(self, make_change: Make, make_adata: Make) -> None:
        rng = np.random.default_rng(5)
        scores = rng.normal(3, 1, (14, 3)) - [0, 1, 1.5]
        change = make_change(scores, arm=["drug"] * 7 + ["placebo"] * 7)
        genes = make_adata(
            rng.normal(5, 1, (16, 8)), patient=[f"P{i}" for i in range(8)] * 2, visit=["a"] * 8 + ["b"] * 8
        )
        tables = [
            ifn.tl.test_change(change, arm="arm"), ifn.tl.test_visits(change),
            ifn.tl.test_arms(change, arm="arm", control="placebo"),
            ifn.tl.gene_set_changes(genes, {"own": ["G0", "G1", "G2"]}, baseline="a", followup="b"),
        ]  # fmt: skip
        for table in tables:
            assert tuple(table.columns[: len(CORE)]) == CORE
            assert tuple(table.columns[-len(LAST) :]) == LAST
            assert (table["n_samples"] > 0).all()
            assert table["ci_level_achieved"].eq(0.95).all()
            assert table["excluded"].map(json.loads).map(type).eq(list).all()
            assert table["sentence"].ne("").all()

    def test_replicates_count_as_samples_and_not_as_patients(self, make_adata: Make) -> None:
        who = ["A", "A", "B", "A", "B", "B", "B"]
        adata = make_adata(np.zeros((7, 2)), patient=who, visit=["w0", "w0", "w0", "w4", "w4", "w4", "w4"])
        adata.obsm["ifn_mean"] = pd.DataFrame({"sig": np.arange(7.0)}, index=adata.obs_names)
        keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
        change = ifn.tl.change(adata, method="mean", baseline="w0", followup="w4", replicates="mean")
        row = ifn.tl.test_change(change).iloc[0]
        assert (row["n_patients"], row["n_samples"]) == (2, 7)


class TestStrict:
    @staticmethod
    def arms(make_change: Make, drug: int) -> AnnData:
        """Two follow-ups; at the second only ``drug`` treated patients are left."""
        rng = np.random.default_rng(8)
        scores = rng.normal(3, 1, (12, 3))
        scores[drug:6, 2] = np.nan
        return make_change(scores, arm=["drug"] * 6 + ["placebo"] * 6)

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_a_fatal_flag_is_an_error_only_when_strict(self, make_change: Make) -> None:
        change = self.arms(make_change, 2)
        table = ifn.tl.test_arms(change, arm="arm", control="placebo")
        assert "NOT_ESTIMABLE" in table["flags"].iloc[1]
        with pytest.raises(
            FatalFlagError, match=r"tl.test_arms is strict, and NOT_ESTIMABLE is on sig drug - placebo at w2"
        ):
            ifn.tl.test_arms(change, arm="arm", control="placebo", strict=True)

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_a_warning_flag_is_none(self, make_change: Make) -> None:
        table = ifn.tl.test_arms(self.arms(make_change, 3), arm="arm", control="placebo", strict=True)
        assert "CLASS_LT_5" in table["flags"].iloc[1]
        ifn.tl.test_change(
            make_change([[1.0, 2.0], [2.0, 2.5]]), strict=True
        )  # two patients: described, not fatal

    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_an_acknowledged_flag_stays_and_is_said(self, make_change: Make) -> None:
        table = ifn.tl.test_arms(self.arms(make_change, 2), arm="arm", control="placebo")
        seen = ifn.tl.acknowledge(
            table, "NOT_ESTIMABLE", "the second visit was stopped early; see the protocol."
        )
        assert seen["flags"].tolist() == table["flags"].tolist()
        assert seen["acknowledged"].tolist() == [
            "", "NOT_ESTIMABLE: the second visit was stopped early, see the protocol.",
        ]  # fmt: skip
        assert "NOT_ESTIMABLE was acknowledged: the second visit was stopped early" in seen["notes"].iloc[1]
        assert "acknowledged" not in table
        twice = ifn.tl.acknowledge(seen, "MISSING_VISITS", "known")
        assert twice["acknowledged"].iloc[1].endswith("protocol.;MISSING_VISITS: known")

    def test_nothing_can_be_acknowledged_that_is_not_there(self, make_change: Make) -> None:
        table = ifn.tl.test_change(make_change([[1.0, 2.0], [2.0, 2.5]]))
        with pytest.raises(ParameterError, match="No row carries the flag 'FLOOR'"):
            ifn.tl.acknowledge(table, "FLOOR", "why")
        with pytest.raises(ParameterError, match="is empty"):
            ifn.tl.acknowledge(table, "N_PAIRS_LT_6", " ")
