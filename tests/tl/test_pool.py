"""One contrast over several studies: shown always, pooled from three on."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats.changes.pooling import pool


def study(estimate: float, low: float, high: float, kind: str = "mean_diff", **more: object) -> pd.DataFrame:
    row = {
        "signature": "sig", "estimate": estimate, "ci_low": low, "ci_high": high, "estimate_type": kind, "ci_level": 0.95,
        "p": 0.2, "n": 12, **more,
    }  # fmt: skip
    return pd.DataFrame([row])


FALLS = {"A": (-1.3, -1.9, -0.7), "B": (-0.2, -0.7, 0.3), "C": (-0.9, -1.9, 0.1)}


def test_two_studies_are_shown_and_not_pooled() -> None:
    table = ifn.tl.pool({name: study(*FALLS[name]) for name in "AB"})
    assert table["kind"].tolist() == ["study", "study", "not pooled"]
    assert math.isnan(table["estimate"].iloc[-1])
    assert "shown, not pooled" in table["sentence"].iloc[-1]
    assert table["estimate"].tolist()[:2] == [-1.3, -0.2]


def test_three_studies_have_a_mean_and_a_prediction() -> None:
    table = ifn.tl.pool({name: study(*values) for name, values in FALLS.items()})
    errors = [(high - low) / 2 / 1.959963984540054 for _, low, high in FALLS.values()]
    want = pool([values[0] for values in FALLS.values()], errors)
    row = table.iloc[-1]
    assert (row["kind"], row["n_studies"], row["n"]) == ("pooled", 3, 36)
    assert (row["estimate"], row["ci_low"], row["prediction_high"]) == pytest.approx(
        (want.estimate, want.ci_low, want.prediction_high)
    )
    np.testing.assert_allclose(table["weight"][:3], want.weights)
    assert "No effect over studies was shown; this is no proof of none." in row["sentence"]


def test_a_row_with_its_own_error_is_taken_by_it() -> None:
    tables = {name: study(*values, se=0.3, df=5) for name, values in FALLS.items()}
    want = pool([values[0] for values in FALLS.values()], [0.3] * 3)
    assert ifn.tl.pool(tables)["estimate"].iloc[-1] == pytest.approx(want.estimate)
    t = {name: study(*values, df=5) for name, values in FALLS.items()}
    from scipy import stats

    errors = [(high - low) / 2 / stats.t.ppf(0.975, 5) for _, low, high in FALLS.values()]
    assert ifn.tl.pool(t)["estimate"].iloc[-1] == pytest.approx(
        pool([v[0] for v in FALLS.values()], errors).estimate
    )


@pytest.mark.parametrize(
    ("kind", "there", "back"),
    [
        ("AUC", lambda p: math.log(p / (1 - p)), lambda z: 1 / (1 + math.exp(-z))),
        ("spearman", math.atanh, math.tanh),
    ],
)
def test_areas_and_correlations_are_pooled_where_their_errors_are_even(kind: str, there, back) -> None:
    values = {"A": (0.6, 0.4, 0.8), "B": (0.7, 0.5, 0.9), "C": (0.9, 0.7, 0.97)}
    table = ifn.tl.pool({name: study(*each, kind) for name, each in values.items()})
    want = pool(
        [there(e) for e, _, _ in values.values()],
        [(there(high) - there(low)) / 2 / 1.959963984540054 for _, low, high in values.values()],
    )
    assert table["estimate"].iloc[-1] == pytest.approx(back(want.estimate))
    assert table["estimate"].tolist()[:3] == [0.6, 0.7, 0.9]


def test_ratios_are_read_as_ratios() -> None:
    tables = {name: study(*np.log([2.0, 1.5, 2.7]), "logHR", se=0.15) for name in "ABC"}
    table = ifn.tl.pool(tables)
    np.testing.assert_allclose(table["estimate"], [2.0] * 4)
    assert "ratio 2" in table["sentence"].iloc[-1]
    assert table["tau2"].iloc[-1] == 0


def test_an_area_of_one_has_no_error_and_says_so() -> None:
    values = {"A": (0.6, 0.4, 0.8), "B": (0.7, 0.5, 0.9), "C": (1.0, 0.7, 1.0), "D": (0.8, 0.6, 0.95)}
    table = ifn.tl.pool({name: study(*each, "AUC") for name, each in values.items()}).set_index("study")
    assert "at its limit" in table.loc["C", "reason"]
    assert table.loc["", "n_studies"] == 3
    assert table.loc["A", "reason"] == ""


def test_changes_on_other_scales_are_pooled_as_hedges_g(make_change) -> None:
    rng = np.random.default_rng(1)
    tables = {
        name: ifn.tl.test_change(make_change(scale * rng.normal([3, 2], 1, (12, 2))))
        for name, scale in zip("ABC", (1, 10, 0.1), strict=True)
    }
    table = ifn.tl.pool(tables, measure="hedges_g")
    assert table["estimate"].iloc[-1] == pytest.approx(
        np.mean([t["hedges_g"][0] for t in tables.values()]), abs=0.25
    )
    assert ifn.tl.pool(tables)["i2"].iloc[-1] > table["i2"].iloc[-1]


@pytest.mark.parametrize(
    ("tables", "error", "message"),
    [
        ({"A": study(*FALLS["A"])}, ParameterError, "two or more studies"),
        (
            {"A": study(*FALLS["A"]), "B": study(*FALLS["B"], signature="other")},
            ParameterError,
            "no signature",
        ),
        (
            {"A": study(*FALLS["A"]), "B": pd.concat([study(*FALLS["B"])] * 2)},
            DesignError,
            "'B' has several rows of sig",
        ),
        (
            {"A": study(*FALLS["A"]), "B": study(*FALLS["B"]).drop(columns="ci_low")},
            ParameterError,
            "lacks the columns ci_low",
        ),
        (
            {"A": study(*FALLS["A"], "slope"), "B": study(*FALLS["B"], "slope")},
            DesignError,
            "'slope', which is not pooled",
        ),
    ],
)
def test_what_cannot_be_pooled_is_refused(tables: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ifn.tl.pool(tables)


def test_coverage_of_five_small_studies_is_nominal() -> None:
    """Hartung-Knapp with 5 studies of 10 to 30 patients, tau as large as the errors: 95 % hold the mean."""
    rng, hits, trials = np.random.default_rng(2), 0, 1000
    for _ in range(trials):
        errors = 1 / np.sqrt(rng.integers(10, 31, 5))
        got = pool(rng.normal(0.4, 0.25, 5) + errors * rng.normal(size=5), errors)
        hits += got.ci_low <= 0.4 <= got.ci_high
    assert 0.93 <= hits / trials <= 0.985  # the ad hoc rule errs on the safe side
