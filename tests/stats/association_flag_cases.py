"""Flags of associations: for each an input that raises it, and the nearest one that does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys

Codes = tuple[str, ...]
Case = tuple[str, Callable[[Any], Codes], Any, Any]
RNG = np.random.default_rng(31)
X = RNG.normal(size=40)
AGE = np.round(RNG.normal(50, 8, 40))
TIME = RNG.permutation(40) + 1.0


def codes(scores: Any, sheet: dict[str, Any], row: int = 0, **options: Any) -> Codes:
    """Flags of one row of an association of these scores."""
    values = np.asarray(scores, dtype=float)
    adata = AnnData(
        X=np.zeros((len(values), 1)), obs=pd.DataFrame(sheet, index=[f"S{i}" for i in range(len(values))])
    )
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return tuple(ifn.tl.associate(adata, **options)["flags"][row].split(";"))


def events(number: int) -> Codes:
    """The first so many of forty people have the event."""
    order = np.argsort(np.argsort(TIME))
    return codes(X, {"t": TIME, "dead": (order < number).astype(int)}, response="dead", time="t")


def tied(second: float) -> Codes:
    time = TIME.copy()
    time[TIME == 2] = second
    return codes(X, {"t": time, "dead": np.ones(40, dtype=int)}, response="dead", time="t")


def crossing(shape: float) -> Codes:
    """Weibull times whose shape depends on the score: hazards cross unless it is 1."""
    rng = np.random.default_rng(4)
    high = np.repeat([0.0, 1.0], 60)
    time = np.where(high == 1, rng.weibull(shape, 120), rng.weibull(1.0, 120))
    return codes(high, {"t": time, "dead": np.ones(120, dtype=int)}, response="dead", time="t")


def apart(overlap: float) -> Codes:
    """Adjusted odds ratio of two classes, the lowest of one reaching down by ``overlap``."""
    score = np.arange(40.0)
    score[20] -= overlap
    return codes(
        score,
        {"ill": ["n"] * 20 + ["y"] * 20, "age": AGE},
        1,
        response="ill",
        positive="y",
        covariates=["age"],
    )


def sets(last: str) -> Codes:
    case = ["case", "control"] * 19 + ["case", last]
    options: dict[str, Any] = {"matched_set": "set", "matched_on": "outcome"}
    return codes(X, {"c": case, "set": np.repeat(np.arange(20), 2)}, response="c", positive="case", **options)


def clusters(number: int) -> Codes:
    """Forty people in so many sets matched on exposure."""
    sheet = {"t": TIME, "dead": np.ones(40, dtype=int), "set": np.arange(40) % number}
    return codes(X, sheet, response="dead", time="t", matched_set="set", matched_on="exposure")


def classes(order: list[str]) -> Codes:
    return codes(X, {"cls": ["low", "high"] * 20}, response="cls", classes=order)


def visits(each: int) -> Codes:
    who = np.repeat(np.arange(20), each)
    n = len(who)
    return codes(
        RNG.normal(size=n),
        {"who": who, "y": RNG.normal(size=n)},
        response="y",
        patient="who",
        outcome_type="repeated",
    )


def dose(followup: float) -> Codes:
    """A change of twelve people, one of whom has another dose at the follow-up."""
    n = 12
    obs = pd.DataFrame({
        "patient": [f"P{i}" for i in range(n)] * 2, "visit": ["w0"] * n + ["w4"] * n,
        "dose": [*np.arange(n, dtype=float), followup, *np.arange(1.0, n)], "points": np.tile(X[:n], 2),
    }, index=[f"S{i}" for i in range(2 * n)])  # fmt: skip
    adata = AnnData(X=np.zeros((2 * n, 1)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": X[: 2 * n]}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    change = ifn.tl.change(adata, method="mean", baseline="w0", followup="w4")
    table = ifn.tl.associate(change, response="points", score="change", covariates=["dose"])
    return tuple(table["flags"][1].split(";"))


def of_baseline(decides: str) -> Codes:
    """A change that falls back to the mean, and a response that depends on the baseline or on the change itself."""
    rng = np.random.default_rng(8)
    start, noise = rng.normal(size=40), rng.normal(size=40)
    change = -0.7 * start + 0.5 * noise
    cause = {"baseline": start, "change": change}[decides]
    responds = np.where(cause + 0.5 * rng.normal(size=40) > 0, "yes", "no")
    index = [f"{visit}_{i}" for visit in ("w0", "w4") for i in range(40)]
    obs = pd.DataFrame({
        "patient": [f"P{i}" for i in range(40)] * 2, "visit": ["w0"] * 40 + ["w4"] * 40, "responds": np.tile(responds, 2),
    }, index=index)  # fmt: skip
    adata = AnnData(X=np.zeros((80, 1)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": [*start, *(start + change)]}, index=index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    found = ifn.tl.change(adata, method="mean", baseline="w0", followup="w4")
    table = ifn.tl.associate(found, response="responds", positive="yes", score="change", primary="sig")
    return tuple(table["flags"][0].split(";"))


def cut(asked: bool) -> Codes:
    return codes(X, {"ill": ["n", "y"] * 20}, response="ill", positive="y", exploratory_cut=asked)


def shifted(size: float) -> Codes:
    """Every gene of one class moved by ``size``."""
    rng = np.random.default_rng(5)
    ill = np.repeat([0.0, 1.0], 15)
    values = rng.normal(8, 1, (30, 200)) + size * ill[:, None]
    adata = AnnData(X=values, obs=pd.DataFrame({"ill": ill}, index=[f"S{i}" for i in range(30)]))
    adata.var_names = [f"G{i}" for i in range(200)]
    keys.declare_unit(adata, "log2_cpm")
    mine = {"sig": [f"G{i}" for i in range(5)]}
    ifn.tl.score(adata, mine, method="mean")
    random = ifn.tl.random_scores(adata, mine, method="mean", rng=1, n_sets=200, n_bins=4)
    return tuple(ifn.tl.associate(adata, response="ill", positive=1, random=random)["flags"][0].split(";"))


def averaged(who: list[str]) -> Codes:
    return codes(
        X[: len(who)], {"who": who, "y": AGE[: len(who)]}, response="y", patient="who", samples="mean"
    )


CASES: tuple[Case, ...] = (
    ("EPV_LT_10", events, 9, 10),
    ("CLUSTERS_LT_20", clusters, 19, 20),
    ("NO_EVENTS", events, 0, 1),
    ("TIED_TIMES", tied, 1.0, 2.0),
    ("PH_VIOLATED", crossing, 4.0, 1.0),
    ("SEPARATION", apart, 0.5, 12.0),
    ("MATCHED_SET_INCOMPLETE", sets, "case", "control"),
    ("EMPTY_CATEGORY", classes, ["low", "middle", "high"], ["low", "high", "middle"]),
    ("VISITS_LT_3", visits, 2, 3),
    ("COVARIATE_CHANGED", dose, 1.0, 0.0),
    ("CHANGE_VS_BASELINE", of_baseline, "baseline", "change"),
    ("EXPLORATORY_CUT", cut, True, False),
    ("GLOBAL_SHIFT", shifted, 1.0, 0.0),
    ("SAMPLES_AVERAGED", averaged, [*"abcdef", "f"], [*"abcdefg"]),
)
