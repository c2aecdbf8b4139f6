"""Change between two visits, several signatures at once, percent suppression, patients chosen by their baseline."""

from __future__ import annotations

import math

import numpy as np

import ifnsig as ifn
from ifnsig.stats import flags, maxt, paired, regression_to_mean, suppression

from . import worlds
from .entry import QUICK, SLOW, Entry, Trial
from .pools import MOST, scored
from .worlds import NORMAL, REAL, SIMULATED, SKEWED, TIES

Random = np.random.Generator
ALPHA, FLIPS = 0.05, 999
"""(b + 1) / (m + 1) with 999 flips is an exact test of level .05 too; users get 99,999."""
GROUP = "Two visits"
SHAPES = (*SIMULATED, TIES, SKEWED, *REAL)
SYMMETRIC = (*SIMULATED, TIES, *REAL)


def paired_t(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting)[:, 0]
    p = paired.paired_t(d).p
    return Trial(float(p < ALPHA), lambda: flags.paired_flags(d))


def paired_t_interval(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting)[:, 0]
    got = paired.paired_t(d)
    held = math.nan if math.isnan(got.ci_low) else float(got.ci_low <= 0 <= got.ci_high)
    return Trial(held, lambda: flags.paired_flags(d))


def sign_flip(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting)[:, 0]
    return Trial(float(paired.sign_flip(d, rng, n_flips=FLIPS).p <= ALPHA), lambda: flags.paired_flags(d))


def signed_rank(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting)[:, 0] - worlds.pseudo_median(setting)
    return Trial(float(paired.signed_rank(d).p <= ALPHA), lambda: flags.paired_flags(d))


def hodges_lehmann(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting)[:, 0]
    got = paired.hodges_lehmann(d)
    return Trial(
        float(got.ci_low <= worlds.pseudo_median(setting) <= got.ci_high), lambda: flags.paired_flags(d)
    )


def effect_size(rng: Random, n: int, setting: str) -> Trial:
    dz = float(setting.rsplit(" ", 1)[1])
    got = paired.effect_size(rng.normal(dz, 1.0, n))
    return Trial(float(got.ci_low <= dz <= got.ci_high))


def max_t(rng: Random, n: int, setting: str) -> Trial:
    d = worlds.differences(rng, n, setting, k=8)
    p = maxt.sign_flip_max_t(d, rng, n_flips=FLIPS).step_down
    return Trial(float((p <= ALPHA).any()), lambda: flags.paired_flags(d[:, 0]))


def max_t_some_fall(rng: Random, n: int, setting: str) -> Trial:
    """Three of eight fall by two SD: the error is to reject one of the other five."""
    d = worlds.differences(rng, n, setting, k=8)
    d[:, :3] -= 2 * d[:, :3].std(axis=0)
    p = maxt.sign_flip_max_t(d, rng, n_flips=FLIPS).step_down
    return Trial(float((p[3:] <= ALPHA).any()))


TRUE_SUPPRESSION, HEALTHY = 0.6, 20
FEW_HEALTHY = "simulator, ICC 0.9, 3 healthy people"


def fieller(rng: Random, n: int, setting: str) -> Trial:
    """The drug takes 60 % of what each patient has above healthy; 20 healthy people."""
    people_seen = 3 if setting == FEW_HEALTHY else HEALTHY
    if setting.startswith("normal"):
        sd = 0.9
        person = rng.normal(0.7, sd * math.sqrt(0.7), n)
        before, later = (person + rng.normal(0, sd * math.sqrt(0.3), n) for _ in range(2))
        mean, healthy = 0.0, rng.normal(0, sd, people_seen)
    else:
        two, people = worlds.scores(rng, n, setting)[:, :, 0], worlds.pool(setting).healthy[:, 0]
        before, later, mean = two[:, 0], two[:, 1], float(people.mean())
        healthy = rng.choice(people, people_seen, replace=False)
    got = suppression.group(before, later - TRUE_SUPPRESSION * (later - mean), healthy)
    held = got.ci_low <= 100 * TRUE_SUPPRESSION <= got.ci_high
    return Trial(math.nan if math.isnan(got.percent) else float(held), lambda: got.flags)


def _two_scores(rng: Random, n: int, setting: str) -> tuple[np.ndarray, float]:
    """People x two visits, and the correlation of the visits."""
    if setting.startswith(NORMAL):
        icc = float(setting.rsplit(" ", 1)[1])
        person = math.sqrt(icc) * rng.normal(size=(n, 1))
        return person + math.sqrt(1 - icc) * rng.normal(size=(n, 2)), icc
    return worlds.scores(rng, n, setting)[:, :, 0], worlds.pool(setting).icc


def forecast(rng: Random, n: int, setting: str) -> Trial:
    """Fall of the patients above the mean baseline, less the fall that was forecast, in SD of the baseline."""
    two, icc = _two_scores(rng, n, setting)
    mean, sd = float(two[:, 0].mean()), float(two[:, 0].std(ddof=1))
    chosen = two[two[:, 0] > mean]
    expected = regression_to_mean.expected_fall(sd, icc, mean, mean=mean)
    return Trial(((chosen[:, 0] - chosen[:, 1]).mean() - expected) / sd)


SCREENED, UNSCREENED = "normal, ICC 0.5, screening known", "normal, ICC 0.5, screening unknown"


def forecast_of_the_top(rng: Random, n: int, setting: str) -> Trial:
    """The same of a cohort that holds the chosen alone, by the verb: from the screening, or no number without it."""
    people = rng.normal(size=(20 * n, 1)) + rng.normal(size=(20 * n, 2))
    chosen = people[people[:, 0] > 0][:n] / math.sqrt(2)
    known = {"screening_mean": 0.0, "screening_sd": 1.0} if setting == SCREENED else {}
    change = ifn.tl.change(scored(chosen[:, :, None]), method="zscore", baseline="0", followup="1")
    row = ifn.tl.test_change(change, selected_by_baseline=0.0, icc=0.5, **known).iloc[0]
    hit = -row["estimate"] - float(row["expected_rtm"] or math.nan)
    return Trial(hit, lambda: tuple(row["flags"].split(";")))


def chosen_by_baseline(rng: Random, n: int, setting: str) -> Trial:
    two, _ = _two_scores(rng, n, setting)
    chosen = two[two[:, 0] > two[:, 0].mean()]
    p = paired.paired_t(chosen[:, 1] - chosen[:, 0]).p
    return Trial(math.nan if math.isnan(p) else float(p < ALPHA), lambda: verb_flags(two))


def verb_flags(two: np.ndarray) -> tuple[str, ...]:
    """What ``tl.test_change`` says of the patients above the mean baseline."""
    change = ifn.tl.change(scored(two[:, :, None]), method="zscore", baseline="0", followup="1")
    row = ifn.tl.test_change(change, selected_by_baseline=float(two[:, 0].mean())).iloc[0]
    return tuple(row["flags"].split(";"))


def attained(n: int) -> float:
    """Level of the Hodges-Lehmann interval of n patients."""
    return paired.hodges_lehmann(np.arange(float(n))).level_achieved


NORMAL_ICC = tuple(f"normal, ICC {icc:g}" for icc in (0.5, 0.7, 0.9))
FEW = "Below 6 pairs `tl.test_change` gives no p at all (`N_PAIRS_LT_6`)."
SKEW = f"Skewed changes break it; put the score on the log scale. {FEW}"

ENTRIES = (
    Entry(GROUP, "paired t", "type I error", ALPHA, paired_t, SHAPES, remark=SKEW, most=MOST),
    Entry(GROUP, "paired t, 95 % interval", "coverage", 0.95, paired_t_interval, SHAPES, remark=SKEW, most=MOST),
    Entry(GROUP, "sign flips", "type I error", ALPHA, sign_flip, SHAPES, most=MOST,
          remark="A test of symmetry around 0: skewed changes with mean 0 are no such null."),
    Entry(GROUP, "signed ranks", "type I error", ALPHA, signed_rank, SHAPES, most=MOST,
          remark="A test of symmetry around 0: skewed changes are no such null, wherever they are centred."),
    Entry(GROUP, "Hodges-Lehmann interval", "coverage", attained, hodges_lehmann, SHAPES, most=MOST,
          remark="The interval is that of symmetric changes; around a skewed one it is too short."),
    Entry(GROUP, "dz, noncentral t interval", "coverage", 0.95, effect_size, ("dz 0", "dz -1", "dz -2"), replicates=600),
    Entry(GROUP, "max-T over 8 signatures, step-down", "type I error", ALPHA, max_t, SHAPES, replicates=QUICK // 2, most=MOST,
          remark="Sign flips need symmetric changes."),
    Entry(GROUP, "max-T, three of eight fall", "type I error", ALPHA, max_t_some_fall, SIMULATED, replicates=QUICK // 2),
    Entry("Percent suppression", "ratio of means, Fieller", "coverage", 0.95, fieller,
          (*SIMULATED, FEW_HEALTHY, "normal, 0.8 SD above healthy"), replicates=QUICK // 2,
          remark="Few patients or a low baseline leave the ratio without an end: then there is no number"
                 " (`FIELLER_UNBOUNDED`, `NOT_ESTIMABLE`). What is left is a choice of cohorts whose baseline happens to"
                 " be high."),
    Entry("Chosen by a high baseline", "forecast of the fall, SD", "bias", 0.0, forecast, (*NORMAL_ICC, *SIMULATED),
          (12, 24, 48), remark="The forecast is that of a normal score; the simulator has two kinds of patients, who fall a twentieth of an SD less."),
    Entry("Chosen by a high baseline", "forecast of the fall, SD, where only the chosen are there", "bias", 0.0,
          forecast_of_the_top, (SCREENED, UNSCREENED), (12, 24, 48), replicates=SLOW,
          remark="The top alone does not tell what all were like: without mean and SD of the screening no fall is forecast (-)."),
    Entry("Chosen by a high baseline", "paired t of the chosen", "type I error", ALPHA, chosen_by_baseline,
          (*NORMAL_ICC, *SIMULATED), (12, 24, 48),
          remark="Not a test: `RTM_SUBGROUP` and the forecast stand in every such row."),
)  # fmt: skip
