"""tl.test_change: sizes with intervals, family-wise p, healthy limits, patients chosen by their baseline."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, DesignWarning, ParameterError
from ifnsig.stats import maxt

Make = Callable[..., AnnData]
TEN = [-1.2, -0.4, -0.9, 0.3, -0.2, -1.1, -0.6, 0.1, -0.8, -1.7]


def cohort(
    make_adata: Make, before: object, after: object, healthy: object = (), **columns: list[str]
) -> AnnData:
    """Patients x signatures at two visits, and healthy people, as a change."""
    first, last = (np.asarray(v, dtype=float).reshape(len(v), -1) for v in (before, after))  # type: ignore[arg-type]
    control = np.asarray(healthy, dtype=float).reshape(-1, first.shape[1])
    n, h = len(first), len(control)
    sheet = {
        "patient": [*(f"P{i}" for i in range(n)), *(f"P{i}" for i in range(n)), *(f"H{i}" for i in range(h))],
        "visit": ["w0"] * n + ["w4"] * n + [None] * h,
        "group": ["SLE"] * (2 * n) + ["healthy"] * h,
    }
    adata = make_adata(
        np.zeros((2 * n + h, 2)), **sheet, **{k: [*v, *v, *["-"] * h] for k, v in columns.items()}
    )
    names = list("abcdefgh")[: first.shape[1]]
    adata.obsm["ifn_mean"] = pd.DataFrame(
        np.vstack([first, last, control]), index=adata.obs_names, columns=names
    )
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    controls = ("group", "healthy") if h else None
    return ifn.tl.change(adata, method="mean", baseline="w0", followup="w4", controls=controls)


def test_sizes_come_with_intervals(make_adata: Make) -> None:
    row = ifn.tl.test_change(cohort(make_adata, np.zeros(10), TEN)).iloc[0]
    n, dz = 10, np.mean(TEN) / np.std(TEN, ddof=1)
    assert row["dz"] == pytest.approx(dz, rel=1e-12)
    # the ends put the observed t at the outer 2.5 % of the noncentral t; root-finding stops at 1e-12 of the end
    for end, tail in ((row["dz_low"], 0.975), (row["dz_high"], 0.025)):
        assert stats.nct.cdf(dz * np.sqrt(n), n - 1, end * np.sqrt(n)) == pytest.approx(tail, abs=1e-9)
    j = row["hedges_g"] / row["dz"]
    assert j == pytest.approx(1 - 3 / (4 * 9 - 1), abs=1e-3)  # Hedges' approximation is good to three digits
    assert (row["hedges_g_low"], row["hedges_g_high"]) == pytest.approx(
        (j * row["dz_low"], j * row["dz_high"])
    )


def test_the_location_says_which_level_its_interval_has(make_adata: Make) -> None:
    six = [-1.0, -2.0, -3.5, -4.0, 0.5, -2.5]
    row = ifn.tl.test_change(cohort(make_adata, np.zeros(6), six)).iloc[0]
    walsh = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(six, 2)]
    assert row["hl"] == pytest.approx(np.median(walsh))
    assert (row["hl_low"], row["hl_high"]) == (min(walsh), max(walsh))
    assert row["hl_level"] == pytest.approx(1 - 2 / 2**6)
    five = ifn.tl.test_change(cohort(make_adata, np.zeros(5), six[:5])).iloc[0]
    assert five["hl_level"] == pytest.approx(1 - 2 / 2**5)  # not the 95 % that was asked for


def test_family_wise_p_is_the_step_down_maximum_over_sign_flips(make_adata: Make) -> None:
    d = np.random.default_rng(3).normal(-0.8, 1.0, (7, 3))
    table = ifn.tl.test_change(cohort(make_adata, np.zeros((7, 3)), d))

    def t(x: np.ndarray) -> np.ndarray:
        return np.abs(x.mean(axis=0) / x.std(axis=0, ddof=1))

    flips = np.array([t(d * np.array(s)[:, None]) for s in itertools.product([1, -1], repeat=7)])
    observed, order, expected, last = t(d), np.argsort(-t(d)), np.zeros(3), 0.0
    for rank, column in enumerate(order):
        last = max(last, np.mean(flips[:, order[rank:]].max(axis=1) >= observed[column] - 1e-9))
        expected[column] = last
    np.testing.assert_allclose(table["p_fwer"], expected, atol=1e-12)
    assert list(table["n_fwer"]) == [7, 7, 7]


def test_patients_without_one_of_the_scores_count_in_the_family_with_the_other(make_adata: Make) -> None:
    d = np.random.default_rng(3).normal(size=(7, 2))
    d[0, 1] = np.nan
    table = ifn.tl.test_change(cohort(make_adata, np.zeros((7, 2)), d))
    assert list(table["n_fwer"]) == [7, 7]
    assert list(table["n_patients"]) == [7, 6]
    d[1, 1] = np.nan  # five have the second: it is described, and the family is the first alone
    table = ifn.tl.test_change(cohort(make_adata, np.zeros((7, 2)), d))
    assert table["p_fwer"].isna().tolist() == [False, True]
    assert table["p_fwer"][0] == pytest.approx(table["p_exact"][0])


def test_the_family_spans_all_visits(make_change: Callable[..., AnnData]) -> None:
    """Two visits that say the same cost nothing; a visit that says nothing costs, as one signature more does."""
    d = np.random.default_rng(3).normal(-0.8, 1.0, 8)
    start = np.linspace(3, 4, 8)
    twice = ifn.tl.test_change(make_change(np.column_stack([start, start + d, start + d])))
    assert twice["p_fwer"].tolist() == pytest.approx([twice["p_exact"][0]] * 2)
    other = np.random.default_rng(4).normal(0, 1.0, 8)
    both = ifn.tl.test_change(make_change(np.column_stack([start, start + d, start + other])))
    witness = maxt.sign_flip_max_t(np.column_stack([d, other])).step_down
    assert both["p_fwer"].tolist() == pytest.approx(witness.tolist())
    assert both["p_fwer"][0] > both["p_exact"][0]


def test_the_healthy_limit_is_mean_and_two_sd_of_people(make_adata: Make) -> None:
    healthy = [0.0, 1.0, 2.0, 1.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0]  # mean 1, SD sqrt(6 / 9)
    cut = 1 + 2 * np.sqrt(6 / 9)
    start = np.full(8, cut + 1e-9)
    row = ifn.tl.test_change(cohort(make_adata, start, start + TEN[:8], healthy)).iloc[0]
    assert (row["healthy_mean"], row["healthy_sd"], row["n_healthy"]) == pytest.approx(
        (1, np.sqrt(6 / 9), 10)
    )
    assert row["healthy_cut"] == pytest.approx(cut)
    assert row["baseline_mean"] == pytest.approx(cut)
    assert row["n_floor"] == 0
    assert "FLOOR" not in row["flags"].split(";")
    start[0] = cut - 1e-9
    row = ifn.tl.test_change(cohort(make_adata, start, start + TEN[:8], healthy)).iloc[0]
    assert row["n_floor"] == 1
    assert "FLOOR" in row["flags"].split(";")


def test_few_healthy_people_are_flagged(make_adata: Make) -> None:
    start, healthy = np.full(8, 9.0), [0.0, 1.0, 2.0, 1.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0]
    for n, flagged in ((10, False), (9, True)):
        row = ifn.tl.test_change(cohort(make_adata, start, start + TEN[:8], healthy[:n])).iloc[0]
        assert ("HC_LT_10" in row["flags"]) is flagged


def test_healthy_scores_may_be_given_and_must_fit(make_adata: Make) -> None:
    result = cohort(make_adata, np.full(8, 1.0), TEN[:8])
    row = ifn.tl.test_change(result, healthy={"a": [0.0, 1.0, 2.0]}).iloc[0]
    assert (row["healthy_mean"], row["healthy_sd"], row["n_floor"]) == (1.0, 1.0, 8)
    assert np.isnan(ifn.tl.test_change(result).iloc[0]["n_floor"])
    with pytest.raises(ParameterError, match="names z; the change holds a"):
        ifn.tl.test_change(result, healthy={"z": [0.0, 1.0]})


def test_two_samples_of_a_healthy_person_are_one_person(make_adata: Make) -> None:
    from ifnsig.tl.changes._healthy import read_healthy

    adata = make_adata(
        np.zeros((7, 2)), patient=["A", "A", "B", "B", "H", "H", None], visit=["w0", "w4"] * 2 + [None] * 3,
        group=["p"] * 4 + ["h"] * 3,
    )  # fmt: skip
    adata.obsm["ifn_mean"] = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, 7, 9]}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    made = ifn.tl.change(adata, method="mean", baseline="w0", followup="w4", controls=("group", "h"))
    assert sorted(read_healthy(made, None, "f")["a"].values) == [6.0, 9.0]


# 40 normal scores at their quantiles: half of them lie above the mean
SPREAD = stats.norm.ppf((np.arange(40) + 0.5) / 40)


def test_patients_chosen_by_their_baseline_carry_the_fall_to_expect(make_adata: Make) -> None:
    result = cohort(make_adata, SPREAD, SPREAD - 0.1)
    row = ifn.tl.test_change(result, selected_by_baseline=0.0, primary="a").iloc[0]
    assert row["n_patients"] == 20
    assert "RTM_SUBGROUP" in row["flags"].split(";")
    # SD (1 - ICC) phi(0) / (1 - Phi(0)), with sqrt(2 / pi) for the last factor
    expected = [SPREAD.std(ddof=1) * (1 - icc) * np.sqrt(2 / np.pi) for icc in (0.5, 0.7, 0.9)]
    assert [float(x) for x in row["expected_rtm"].split(";")] == pytest.approx(expected, rel=1e-5)
    assert row["icc_assumed"] == "0.5;0.7;0.9"
    assert "without any effect a mean fall of 0.39" in row["notes"]
    assert len(json.loads(row["excluded"])) == 20
    assert "MISSING_VISITS" not in row["flags"]
    measured = ifn.tl.test_change(result, selected_by_baseline=0.0, icc=0.8).iloc[0]
    assert float(measured["expected_rtm"]) == pytest.approx(
        SPREAD.std(ddof=1) * 0.2 * np.sqrt(2 / np.pi), rel=1e-5
    )


def test_all_patients_carry_no_forecast(make_adata: Make) -> None:
    row = ifn.tl.test_change(cohort(make_adata, SPREAD, SPREAD - 0.1)).iloc[0]
    assert "RTM_SUBGROUP" not in row["flags"]
    assert (row["chosen_by"], row["expected_rtm"]) == ("", "")
    assert "regression to the mean" not in row["sentence"]


def test_a_label_given_by_the_baseline_has_the_cut_of_its_share(make_adata: Make) -> None:
    high = ["high" if x > 0 else "low" for x in SPREAD]
    result = cohort(make_adata, SPREAD, SPREAD - 0.1, level=high)
    by_label = ifn.tl.test_change(result, selected_by_baseline=("level", "high")).iloc[0]
    by_cut = ifn.tl.test_change(result, selected_by_baseline=0.0).iloc[0]
    assert by_label["expected_rtm"] == by_cut["expected_rtm"]  # half of them, so the cut is the mean: 0
    assert by_label["estimate"] == by_cut["estimate"]
    with pytest.raises(DesignError, match="No patient has level = 'hihg'"):
        ifn.tl.test_change(result, selected_by_baseline=("level", "hihg"))
    everyone = cohort(make_adata, SPREAD, SPREAD - 0.1, level=["high"] * 40)
    with pytest.raises(DesignError, match="Every patient has level = high"):
        ifn.tl.test_change(everyone, selected_by_baseline=("level", "high"))


def test_a_healthy_cut_needs_healthy_people(make_adata: Make) -> None:
    result = cohort(make_adata, SPREAD, SPREAD - 0.1)
    with pytest.raises(DesignError, match="at least two healthy people"):
        ifn.tl.test_change(result, selected_by_baseline="healthy")
    row = ifn.tl.test_change(result, selected_by_baseline="healthy", healthy={"a": [-1.0, 0.0, 1.0]}).iloc[0]
    assert row["chosen_by"] == "a baseline above 2"
    assert row["n_patients"] == (SPREAD > 2).sum()
    with pytest.raises(ParameterError, match="must be a cut, 'healthy' or"):
        ifn.tl.test_change(result, selected_by_baseline="high")
    with pytest.raises(DesignError, match="No patient has a baseline above 9"):
        ifn.tl.test_change(result, selected_by_baseline=9.0)


def test_a_placebo_fall_of_chosen_patients_is_the_forecast_one(make_adata: Make) -> None:
    rng = np.random.default_rng(11)
    level = rng.normal(size=1500) * np.sqrt(0.7)
    first, last = (level + rng.normal(size=1500) * np.sqrt(0.3) for _ in range(2))
    row = ifn.tl.test_change(cohort(make_adata, first, last), selected_by_baseline=0.5, icc=0.7).iloc[0]
    # four standard errors of the mean over about 460 patients
    assert -row["estimate"] == pytest.approx(float(row["expected_rtm"]), abs=4 * row["sd_change"] / 21)


def test_the_limit_of_ratios_is_made_of_their_logarithms(make_adata: Make) -> None:
    from ifnsig.tl.changes._healthy import read_healthy

    fold = [0.5, 1.0, 2.0, 1.0, 4.0]
    result = cohort(make_adata, np.full(6, 9.0), np.full(6, 3.0) + TEN[:6], fold)
    plain = read_healthy(result, None, "f")["a"]
    about = keys.read_field(result, keys.FIELD_CHANGE)
    keys.write_field(result, keys.FIELD_CHANGE, {**about, "ratios": ["a"]})
    ratio = read_healthy(result, None, "f")["a"]
    logs = [-1.0, 0.0, 1.0, 0.0, 2.0]
    assert ratio.cut == pytest.approx(2 ** (np.mean(logs) + 2 * np.std(logs, ddof=1)))
    assert plain.cut == pytest.approx(np.mean(fold) + 2 * np.std(fold, ddof=1))
    assert ratio.mean == plain.mean
    with pytest.raises(ParameterError, match="ratios, use linear_ratio or healthy_anchored"):
        ifn.tl.suppression(result, definition="log_ratio")
    assert (ifn.tl.suppression(result, definition="linear_ratio")["scope"] == "cohort").sum() == 1


def test_swapping_the_visits_turns_every_estimate(make_adata: Make) -> None:
    d = np.random.default_rng(3).normal(-0.8, 1.0, (8, 2))
    there, back = (ifn.tl.test_change(cohort(make_adata, *v)) for v in ((0 * d, d), (d, 0 * d)))
    for column, low, high in (
        ("estimate", "ci_low", "ci_high"), ("hl", "hl_low", "hl_high"), ("dz", "dz_low", "dz_high"),
        ("hedges_g", "hedges_g_low", "hedges_g_high"),
    ):  # fmt: skip
        # the ends of dz come from root-finding that stops at 1e-12
        np.testing.assert_allclose(there[column], -back[column], rtol=1e-9)
        np.testing.assert_allclose(there[low], -back[high], rtol=1e-9)
    for column in ("p", "p_exact", "p_rank", "p_fwer"):
        np.testing.assert_allclose(there[column], back[column], rtol=1e-9)


def test_when_everybody_was_chosen_no_fall_is_forecast_but_from_the_screening(make_adata: Make) -> None:
    """What is seen of the top alone hardly says what all were like: cohorts of one truth would be forecast .02 to 2.6 SD."""
    top = np.array([0.6, 0.7, 0.9, 1.3, 1.4, 1.9, 2.2, 2.6])
    change = cohort(make_adata, top, top - 0.3, level=["high"] * 8)
    row = ifn.tl.test_change(change, selected_by_baseline=0.5, icc=0.5).iloc[0]
    assert (row["expected_rtm"], row["icc_assumed"]) == ("", "")
    assert "RTM_SUBGROUP" in row["flags"]
    assert "cannot be told without mean and SD of all who were screened" in row["notes"]
    known = {"screening_mean": 0.2, "screening_sd": {"a": 1.5}, "icc": 0.6}
    row = ifn.tl.test_change(change, selected_by_baseline=0.5, **known).iloc[0]
    # by hand: c = (.5 - .2) / 1.5 = .2; phi(.2) = .391043, 1 - Phi(.2) = .420740; 1.5 x .391043 / .420740 x .4
    assert float(row["expected_rtm"]) == pytest.approx(1.5 * 0.391043 / 0.420740 * 0.4, rel=1e-5)
    # by a label, without a cut: (1 - .6) of the mean excess of the chosen over all, 1.45 - .2
    row = ifn.tl.test_change(change, selected_by_baseline=("level", "high"), **known).iloc[0]
    assert float(row["expected_rtm"]) == pytest.approx(0.4 * 1.25)
    # one patient below the cut, and all are there: their own mean and SD
    beside = np.append(top, 0.4)
    row = ifn.tl.test_change(cohort(make_adata, beside, beside), selected_by_baseline=0.5, icc=0.5).iloc[0]
    mean, sd = beside.mean(), beside.std(ddof=1)
    c = (0.5 - mean) / sd
    assert float(row["expected_rtm"]) == pytest.approx(
        0.5 * sd * stats.norm.pdf(c) / stats.norm.sf(c), rel=1e-5
    )


def test_screening_takes_mean_and_sd_together(make_adata: Make) -> None:
    change = cohort(make_adata, SPREAD, SPREAD - 0.1)
    for given, named in (
        ({"screening_mean": 0.2}, "screening_sd"), ({"screening_sd": 1.0}, "screening_mean"),
        ({"screening_mean": 0.2, "screening_sd": {"a": -1}}, "screening_sd"),
        ({"screening_mean": {"a": 0.2}, "screening_sd": {"b": 1.0}}, "screening_sd' parameter .* is needed for a"),
    ):  # fmt: skip
        with pytest.raises(ParameterError, match=named):
            ifn.tl.test_change(change, selected_by_baseline=0.0, **given)
    # those of another signature are not for this one: the patients' own
    other = ifn.tl.test_change(
        change, selected_by_baseline=0.0, screening_mean={"b": 9.0}, screening_sd={"b": 9.0}
    )
    assert (
        other["expected_rtm"].tolist()
        == ifn.tl.test_change(change, selected_by_baseline=0.0)["expected_rtm"].tolist()
    )


def test_a_signature_without_a_high_patient_has_no_row_and_it_is_said(make_adata: Make) -> None:
    rng = np.random.default_rng(2)
    before = np.column_stack([rng.normal(3, 1, 8), rng.normal(-3, 0.2, 8)])
    change = cohort(make_adata, before, before - 1)
    with pytest.warns(
        DesignWarning, match=r"No patient has a baseline above 1 in b \(highest baseline: -2.*no row of it"
    ):
        table = ifn.tl.test_change(change, selected_by_baseline=1.0)
    assert table["signature"].tolist() == ["a"]
    with pytest.raises(DesignError, match="a baseline above 99 in a .*nobody is left to test"):
        ifn.tl.test_change(change, selected_by_baseline=99.0)
