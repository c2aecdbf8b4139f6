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


def associate(binary: bool):
    """Trial of the p of ``tl.associate`` with an outcome that has nothing to do with the score."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        adata = scored(worlds.scores(rng, n, setting, 1)[:, :, :1])
        m, _ = worlds.split(n)
        adata.obs["outcome"] = ["yes"] * m + ["no"] * (n - m) if binary else rng.normal(size=n)
        how = {"positive": "yes"} if binary else {}
        row = ifn.tl.associate(
            adata, response="outcome", method="zscore", rng=int(rng.integers(2**31)), **how
        ).iloc[0]
        p = math.nan if math.isnan(row["p"]) else float(row["p"] <= ALPHA)
        return Trial(p, lambda: tuple(str(row["flags"]).split(";")))

    return trial


test_change.__test__ = False  # a trial, not a test, for collectors that go by name

ENTRIES = (
    Entry(GROUP, "`tl.test_change`, p of the primary contrast", "type I error", ALPHA, test_change("p", True), SETTING,
          (3, 6, 12), 300, "Below 6 pairs no p is given."),
    Entry(GROUP, "`tl.test_change`, any secondary q", "type I error", ALPHA, test_change("q", False), SETTING, (3, 6, 12), 300),
    Entry(GROUP, "`tl.test_change`, any p_fwer", "type I error", ALPHA, test_change("p_fwer", False), SETTING, (3, 6, 12), 300),
    Entry(GROUP, "`tl.associate`, two groups", "type I error", ALPHA, associate(True), SETTING, (6, 12, 24), 300),
    Entry(GROUP, "`tl.associate`, a number", "type I error", ALPHA, associate(False), SETTING, (6, 12, 24), 300),
)  # fmt: skip
