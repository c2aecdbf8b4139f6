"""The verbs as a user calls them, on scored samples: what they give, and what they hold back."""

from __future__ import annotations

import math

import numpy as np

import ifnsig as ifn

from . import worlds
from .entry import Entry, Trial
from .pools import SIGNATURES, scored
from .two_visits import ALPHA

Random = np.random.Generator
GROUP = "The verbs"
SETTING = ("simulator, ICC 0.7",)


def test_change(column: str, primary: bool):
    """Trial of one p of ``tl.test_change``: of the primary contrast, or any of the others."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        adata = scored(worlds.scores(rng, n, setting)[:, :, :4])
        change = ifn.tl.change(adata, method="zscore", baseline="0", followup="1")
        table = ifn.tl.test_change(change, primary=SIGNATURES[0], rng=int(rng.integers(2**31)))
        rows = table[(table["signature"] == SIGNATURES[0]) == primary]
        if rows[column].isna().all():
            return Trial(math.nan, lambda: tuple(rows["flags"].iloc[0].split(";")))
        return Trial(float((rows[column] < ALPHA).any()), lambda: tuple(rows["flags"].iloc[0].split(";")))

    return trial


def associate(outcome: str, row: int = 0, **options: object):
    """Trial of a p of ``tl.associate`` with an outcome (and an age) that have nothing to do with the score."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        adata = scored(worlds.scores(rng, n, setting, 1)[:, :, :1])
        m, _ = worlds.split(n)
        adata.obs["two"] = ["yes"] * m + ["no"] * (n - m)
        adata.obs["number"], adata.obs["age"] = rng.normal(size=n), rng.normal(50, 10, n)
        adata.obs["class"] = rng.choice(list("abcd"), n)
        adata.obs["months"] = np.minimum(np.ceil(rng.exponential(10, n)), 24)
        adata.obs["dead"] = (rng.random(n) < 0.8).astype(int)
        adata.obs["set"] = np.arange(n) // 3
        found = ifn.tl.associate(
            adata, response=outcome, method="zscore", rng=int(rng.integers(2**31)), **options
        ).iloc[row]  # fmt: skip
        p = math.nan if math.isnan(found["p"]) else float(found["p"] <= ALPHA)
        return Trial(p, lambda: tuple(str(found["flags"]).split(";")))

    return trial


test_change.__test__ = False  # a trial, not a test, for collectors that go by name

TIMED = {"time": "months"}
ASSOCIATIONS = {
    "two groups": associate("two", positive="yes"),
    "a number": associate("number"),
    "ordered classes": associate("class", classes=list("abcd")),
    "two groups, adjusted": associate("two", 1, positive="yes", covariates=["age"]),
    "a number, adjusted": associate("number", 1, covariates=["age"]),
    "time to event": associate("dead", **TIMED),
    "time to event, adjusted": associate("dead", 1, covariates=["age"], **TIMED),
    "time to event, matched sets": associate("dead", matched_set="set", matched_on="exposure", **TIMED),
}
SIZES = {"time to event, matched sets": (24, 60, 90)}
REMARKS = {
    "time to event, matched sets": "Sets of three: with fewer than 20 sets neither p nor interval is given (a plain sandwich of 8 sets rejects 14 %).",
}

ENTRIES = (
    Entry(GROUP, "`tl.test_change`, p of the primary contrast", "type I error", ALPHA, test_change("p", True), SETTING,
          (3, 6, 12), 300, "Below 6 pairs no p is given."),
    Entry(GROUP, "`tl.test_change`, any secondary q", "type I error", ALPHA, test_change("q", False), SETTING, (3, 6, 12), 300),
    Entry(GROUP, "`tl.test_change`, any p_fwer", "type I error", ALPHA, test_change("p_fwer", False), SETTING, (3, 6, 12), 300),
    *(
        Entry(GROUP, f"`tl.associate`, {name}", "type I error", ALPHA, trial, SETTING, SIZES.get(name, (6, 12, 24)), 300, REMARKS.get(name, ""))
        for name, trial in ASSOCIATIONS.items()
    ),
)  # fmt: skip
