"""tl.survival_curves: the curves and the test of R's survival, halves and given cuts, and what is said of them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, ParameterError

GOLDEN = Path(__file__).parent.parent / "parity" / "stats" / "golden" / "survival"
CURVES = {one["case"]: one for one in json.loads((GOLDEN / "expected.json").read_text())["curves"]}
CLOSED = 1e-9  # sums and products on both sides
Make = Callable[..., AnnData]


def rows(name: str) -> pd.DataFrame:
    with (GOLDEN / "inputs.csv").open() as stream:
        found = [row for row in csv.DictReader(stream) if row["case"] == name]
    return pd.DataFrame(found).drop(columns="case").astype(float)


def cohort(make_adata: Make, scores: dict, months: object, dead: object, **sheet: object) -> AnnData:
    n = len(np.asarray(months))
    adata = make_adata(np.zeros((n, 2)), months=np.asarray(months), dead=np.asarray(dead), **sheet)
    adata.obsm["ifn_mean"] = pd.DataFrame(scores, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def asked(adata: AnnData, **more: object) -> pd.DataFrame:
    return ifn.tl.survival_curves(adata, response="dead", time="months", **more)


@pytest.mark.parametrize("name", CURVES)
def test_curves_and_log_rank_are_those_of_survfit_and_survdiff(make_adata: Make, name: str) -> None:
    data, want = rows(name), CURVES[name]
    table = asked(cohort(make_adata, {"sig": data["x"].to_numpy()}, data["stop"], data["event"].astype(int)))
    assert table["cut_rule"].eq("median").all()
    np.testing.assert_allclose(table[["chi2", "p"]].iloc[0], [want["chi2"], want["p"]], rtol=CLOSED)
    for group in ("high", "low"):
        mine, theirs = table[table["group"] == group], want[group]
        steps = mine[mine["events"] > 0]
        for column in ("time", "at_risk", "events", "survival"):
            np.testing.assert_allclose(steps[column], theirs[column], rtol=CLOSED)
        ends = [[math.nan if end is None else end for end in theirs[side]] for side in ("ci_low", "ci_high")]
        inside = ~np.isnan(steps["ci_low"].to_numpy())  # R repeats the last limit where nobody is left
        for column, end in zip(("ci_low", "ci_high"), ends, strict=True):
            np.testing.assert_allclose(steps[column][inside], np.array(end, dtype=float)[inside], rtol=CLOSED)
        median = theirs["median"] if theirs["median"] is not None else math.inf
        assert mine["median"].iloc[0] == pytest.approx(median, rel=CLOSED)


def test_numbers_at_risk_are_those_still_followed_at_even_times(make_adata: Make) -> None:
    months = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    table = asked(cohort(make_adata, {"sig": np.arange(10.0)}, months, [1, 0] * 5))
    ticks = table[table["tick"]]
    assert sorted(set(ticks["time"])) == [0, 2, 4, 6, 8, 10]
    low = ticks[ticks["group"] == "low"].set_index("time")
    assert low["at_risk"].tolist() == [5, 4, 2, 0, 0, 0]
    assert low["survival"].isna().tolist() == [
        False,
        False,
        False,
        True,
        True,
        True,
    ]  # nobody is left to tell


def test_a_median_split_is_said_to_lose_information_and_a_given_cut_to_be_optimistic(
    make_adata: Make,
) -> None:
    rng = np.random.default_rng(2)
    adata = cohort(
        make_adata, {"a_signature": rng.normal(size=20), "other": np.arange(20.0)}, rng.permutation(20) + 1.0,
        np.tile([1, 0], 10),
    )  # fmt: skip
    half = asked(adata)
    assert half["sentence"].str.contains("Halves lose information").all()
    assert "optimistic" not in half["sentence"].str.lower().str.cat()
    given = asked(adata, cut={"other": 4.5})
    other = given[given["signature"] == "other"]
    assert other["cut_rule"].eq("given").all()
    assert other.groupby("group")["n"].first().to_dict() == {"high": 15, "low": 5}
    assert other["sentence"].str.contains("Optimistic if the cut was chosen in these data").all()
    pd.testing.assert_frame_equal(given[given["signature"] != "other"], half[half["signature"] != "other"])
    for sentence in {*half["sentence"], *given["sentence"]}:
        assert len(sentence.split()) <= 30
    assert (
        asked(adata, cut=4.5).loc[lambda t: t["signature"] == "other", "chi2"].iloc[0]
        == other["chi2"].iloc[0]
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"scores": np.ones(12)}, "all scores lie on one side of the cut"),
        ({"dead": np.zeros(12, dtype=int)}, "nobody had the event while followed"),
        ({"n": 5}, "fewer than 6 patients are described, not tested"),
        ({"scores": np.full(12, np.nan)}, "no patient has both a score and the response"),
        ({"n": 6}, ""),
    ],
)
def test_what_cannot_be_tested_is_a_row_with_its_reason(make_adata: Make, change: dict, reason: str) -> None:
    n = change.get("n", 12)
    scores, dead = change.get("scores", np.arange(12.0))[:n], change.get("dead", np.tile([1, 0], 6))[:n]
    adata = cohort(make_adata, {"sig": scores, "good": np.arange(12.0)[:n]}, np.arange(1.0, n + 1), dead)
    table = asked(adata)
    assert set(table["signature"]) == {"sig", "good"}
    mine = table[table["signature"] == "sig"]
    assert set(mine["reason"]) == {reason}
    assert mine["flags"].str.contains("NOT_ESTIMABLE").all() == bool(reason) == mine["p"].isna().all()
    assert mine["sentence"].str.split().str.len().max() <= 30


def test_patients_without_time_or_baseline_are_named(make_adata: Make) -> None:
    who = [f"P{n}" for n in range(10) for _ in range(2)]
    months = np.repeat([*np.arange(1.0, 10), np.nan], 2)
    adata = cohort(
        make_adata,
        {"sig": np.arange(20.0)},
        months,
        np.repeat([1, 0], 10),
        who=who,
        visit=["w0", "w4"] * 9 + ["w4"] * 2,
    )
    table = asked(adata, patient="who", visit="visit", baseline="w0")
    assert json.loads(table["excluded"].iloc[0]) == [{"patient": "P9", "reason": "no w0 sample"}]
    assert table.groupby("group")["n"].first().sum() == 9
    adata.obs["patient"] = adata.obs["who"]
    with pytest.raises(DesignError, match="20 samples come from 10 persons"):
        asked(adata)


def test_a_cut_of_a_signature_that_is_not_scored_is_refused(make_adata: Make) -> None:
    adata = cohort(make_adata, {"sig": np.arange(10.0)}, np.arange(1.0, 11), [1, 0] * 5)
    with pytest.raises(ParameterError, match="'cut' .* names sigg, which is not scored. Did you mean 'sig'"):
        asked(adata, cut={"sigg": 1.0})
    with pytest.raises(ParameterError, match="cut"):
        asked(adata, cut=math.nan)
    assert len(asked(adata, cut={"sig": 1.0}))


def test_the_figure_shows_both_groups_by_line_and_the_numbers_at_risk(make_adata: Make) -> None:
    table = asked(cohort(make_adata, {"sig": np.arange(10.0)}, np.arange(1.0, 11), [1, 0] * 5))
    ax = ifn.pl.survival(table, time_label="months")
    styles = [line.get_linestyle() for line in ax.get_lines()]
    assert len(set(styles)) == 2
    written = [text.get_text() for text in ax.texts]
    ticks = table[table["tick"]]
    assert sorted(t for t in written if t.isdigit()) == sorted(f"{n}" for n in ticks["at_risk"])
    assert {"at risk", "high", "low"} <= set(written)
