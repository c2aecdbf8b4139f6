"""What is said: flags of shape in normal cohorts, verdicts of null cohorts, and a response that depends on the baseline."""

from __future__ import annotations

import math

import numpy as np

import ifnsig as ifn
from ifnsig.stats import flags

from . import worlds
from .entry import SLOW, Entry, Trial
from .pools import SIGNATURES, scored
from .two_visits import ALPHA
from .verbs import SETTING

Random = np.random.Generator
GROUP = "What is said"
NORMAL = (worlds.NORMAL,)
BASELINE = ("normal, response by baseline",)
TREND = 1.0
"""Log odds (or hazard) of the response a SD of baseline; the drug and the change itself do nothing."""
ICC = 0.7


def raised(code: str):
    """Trial of a flag on normal changes."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        return Trial(float(code in flags.paired_flags(rng.standard_normal(n))))

    return trial


def any_said(rng: Random, n: int, setting: str) -> Trial:
    """Whether any secondary row of a null cohort says that a score fell or rose."""
    adata = scored(worlds.scores(rng, n, setting)[:, :, :4])
    change = ifn.tl.change(adata, method="zscore", baseline="0", followup="1")
    table = ifn.tl.test_change(change, primary=SIGNATURES[0], rng=int(rng.integers(2**31)))
    rows = table[table["role"] == "secondary"]
    return Trial(float((rows["verdict"] == "shown").any()) if len(rows) else math.nan)


def by_baseline(outcome: str, verdict: bool):
    """Trial of the change of a cohort whose outcome depends on its baseline alone: the verdict, or the p of the change."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        start = rng.normal(size=n)
        later = ICC * start + math.sqrt(1 - ICC**2) * rng.normal(size=n)
        adata = scored(np.stack([start, later], axis=1)[:, :, None])
        odds = TREND * start + rng.logistic(size=n)
        months = rng.exponential(10 * np.exp(-TREND * start))
        sheet = {
            "two": np.where(odds > 0, "yes", "no"),
            "class": np.array(list("abc"))[np.digitize(odds, np.quantile(odds, [1 / 3, 2 / 3]))],
            "months": 1 + np.minimum(months, 24), "dead": (months < 24).astype(int),
        }  # fmt: skip
        person = (
            adata.obs["patient"]
            .astype("category")
            .cat.set_categories(adata.obs["patient"].unique())
            .cat.codes
        )
        for name, column in sheet.items():
            adata.obs[name] = column[person]
        change = ifn.tl.change(adata, method="zscore", baseline="0", followup="1")
        found = ifn.tl.associate(
            change, primary=SIGNATURES[0], score="change", rng=int(rng.integers(2**31)), **OUTCOMES[outcome]
        ).iloc[0]
        if verdict:
            hit = (
                math.nan
                if found["verdict"] not in ("shown", "not shown")
                else float(found["verdict"] == "shown")
            )
        else:
            hit = math.nan if math.isnan(found["p"]) else float(found["p"] <= ALPHA)
        return Trial(hit, lambda: tuple(str(found["flags"]).split(";")))

    return trial


OUTCOMES: dict[str, dict[str, object]] = {
    "two groups": {"response": "two", "positive": "yes"},
    "ordered classes": {"response": "class", "classes": list("abc")},
    "time to event": {"response": "dead", "time": "months", "times": {"1": 0.5}},
}
ALONE = "Kept for comparison: the verdict does not follow it, and `CHANGE_VS_BASELINE` stands where the two differ."

ENTRIES = (
    *(
        Entry(GROUP, f"`{code}` in normal cohorts", "type I error", ALPHA, raised(code), NORMAL, (6, 8, 12, 24, 48))
        for code in ("SKEWED_DIFF", "OUTLIER_PATIENT")
    ),
    Entry(GROUP, "`tl.test_change`, any secondary verdict", "type I error", ALPHA, any_said, SETTING, (6, 12, 24), SLOW),
    *(
        Entry(GROUP, f"`tl.associate`, change, {outcome} by baseline: {what}", "type I error", ALPHA,
              by_baseline(outcome, what == "verdict"), BASELINE, sizes, 200, remark)
        for outcome in OUTCOMES
        for what, sizes, remark in (("p of the change alone", (12, 48), ALONE), ("verdict", (12, 24, 48), ""))
    ),
)  # fmt: skip
