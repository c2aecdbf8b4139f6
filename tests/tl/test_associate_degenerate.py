"""Time to event with data that allow no fit: a row with its reason, beside rows that are as they would be without it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys

N = 24
RNG = np.random.default_rng(8)
GOOD = RNG.normal(size=N)
TIME = RNG.permutation(N) + 1.0
EVENT = (RNG.random(N) < 0.7).astype(int)
FEW = np.where(np.cumsum(EVENT) <= 3, EVENT, 0)
LATE = np.sort(TIME[EVENT == 1])[-3] < TIME

SCORES = {
    "constant": np.ones(N),
    "missing for most": np.where(np.arange(N) < 2, GOOD, np.nan),
    "one extreme": np.where(np.arange(N) == 3, 1e9, GOOD),
    "perfect": -TIME,
    "equal but for the first": np.where(TIME.min() == TIME, 2.0, 1.0),
}
SHEETS: dict[str, dict] = {
    "usual": {},
    "few events": {"dead": FEW},
    "one event": {"dead": (np.arange(N) == 4).astype(int)},
    "no event": {"dead": np.zeros(N, dtype=int)},
    "one time": {"months": np.full(N, 3.0)},
    "a covariate nearly the score": {"age": GOOD + 1e-13 * TIME},
    "a covariate of one patient": {"age": (np.arange(N) == 7).astype(float)},
}
MORE: dict[str, dict] = {
    "plain": {},
    "strata without events": {"strata": "late"},
    "adjusted": {"covariates": ["age"]},
    "sets": {"matched_set": "trio", "matched_on": "exposure"},
}


def cohort(make_adata: Callable[..., AnnData], scores: dict, sheet: dict) -> AnnData:
    columns = {
        "dead": EVENT, "months": TIME, "age": TIME % 7, "late": np.where(LATE, "yes", "no"),
        "trio": np.repeat([f"M{n}" for n in range(N // 3)], 3), **sheet,
    }  # fmt: skip
    adata = make_adata(np.zeros((N, 2)), **columns)
    adata.obsm["ifn_mean"] = pd.DataFrame(scores, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("sheet", SHEETS)
def test_a_score_that_cannot_be_fitted_is_a_row_with_its_reason(
    make_adata: Callable[..., AnnData], sheet: str, more: str
) -> None:
    options = {"response": "dead", "time": "months", **MORE[more]}
    table = ifn.tl.associate(cohort(make_adata, {"good": GOOD, **SCORES}, SHEETS[sheet]), **options)
    alone = ifn.tl.associate(cohort(make_adata, {"good": GOOD}, SHEETS[sheet]), **options)
    family = ["q", "q_method", "verdict", "sentence", "notes"]  # they take the other rows into account
    mine = table[table["signature"] == "good"].drop(columns=family).reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone.drop(columns=family))
    assert set(table["signature"]) == {"good", *SCORES}
    for _, row in table.iterrows():
        lacking = np.isnan(row["estimate"])
        assert lacking == ("NOT_ESTIMABLE" in row["flags"]) == bool(row["reason"]), row["sentence"]
        assert (row["reason"] in row["sentence"]) if lacking else True
        if not lacking and "CLUSTERS_LT_20" not in row["flags"] and row["n"] >= 6:
            assert 0 <= row["p"] <= 1
    assert np.isnan(table.loc[table["signature"] == "constant", "estimate"]).all()


def test_a_score_of_events_alone_is_fitted_by_firths_penalty_with_its_p(
    make_adata: Callable[..., AnnData],
) -> None:
    table = ifn.tl.associate(
        cohort(make_adata, {"good": GOOD, **SCORES}, {}), response="dead", time="months"
    ).set_index("signature")
    assert "SEPARATION" in table.loc["perfect", "flags"]
    assert np.isfinite(table.loc["perfect", ["estimate", "p", "ci_low", "ci_high"]].astype(float)).all()
    assert table.loc["one extreme", "p_type"] == "Wald"
