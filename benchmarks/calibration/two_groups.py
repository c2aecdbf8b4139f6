"""Two groups of patients, and a score against a number."""

from __future__ import annotations

import math

import numpy as np

from ifnsig.stats import correlation, flags, roc

from . import worlds
from .entry import QUICK, SLOW, Entry, Trial
from .pools import MOST
from .two_visits import ALPHA, FLIPS
from .worlds import REAL

Random = np.random.Generator
GROUP, NUMBER = "Two groups (5 to 7)", "A score against a number"
AREAS = tuple(f"normal, AUC {area:g}" for area in (0.5, 0.8, 0.9, 0.97))
STEPS = "steps of half an SD"


def _unlabelled(rng: Random, n: int, setting: str) -> np.ndarray:
    """Scores of n people at one visit: any labels given to them are labels of the null."""
    if setting == STEPS:
        return np.round(2 * rng.normal(size=n))
    return worlds.scores(rng, n, setting, 1)[:, 0, 0]


def rank_sum(rng: Random, n: int, setting: str) -> Trial:
    x, (m, _) = _unlabelled(rng, n, setting), worlds.split(n)
    p = roc.rank_sum(x[:m], x[m:]).p
    return Trial(float(p <= ALPHA), lambda: flags.auc_flags(roc.auc(x[:m], x[m:])))


def area_interval(plain: bool):
    """Trial of the logit-DeLong interval (Newcombe's at 0 and 1), or of DeLong's plain one."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        true = float(setting.rsplit(" ", 1)[1])
        got = roc.auc(*worlds.groups(rng, *worlds.split(n), true))
        low, high = (got.delong_low, got.delong_high) if plain else (got.ci_low, got.ci_high)
        return Trial(
            math.nan if math.isnan(low) else float(low <= true <= high), lambda: flags.auc_flags(got)
        )

    return trial


def two_areas(swaps: bool):
    """Trial of two scores of the same patients, equally good (AUC .5 or .8) and correlated .6."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        m = worlds.split(n)[0]
        both = math.sqrt(0.6) * rng.normal(size=(n, 1)) + math.sqrt(0.4) * rng.normal(size=(n, 2))
        both[:m] += 0.0 if setting.endswith("0.5") else 1.19
        groups = (both[:m, 0], both[:m, 1]), (both[m:, 0], both[m:, 1])
        p = roc.swap_test(*groups, rng).p if swaps else roc.compare_aucs(*groups).p
        return Trial(math.nan if math.isnan(p) else float(p <= ALPHA))

    return trial


def _pair(rng: Random, n: int, setting: str) -> tuple[np.ndarray, np.ndarray]:
    """A score, and an outcome that does not depend on it (steps of the outcome make ties)."""
    if setting == STEPS:
        return rng.normal(size=n), np.round(2 * rng.normal(size=n))
    x = _unlabelled(rng, n, setting)
    labels = worlds.pool(setting).labels if setting in REAL else rng.normal(size=400)
    return x, rng.choice(labels[~np.isnan(labels)], n, replace=False)


def spearman(rng: Random, n: int, setting: str) -> Trial:
    p = correlation.spearman(*_pair(rng, n, setting), rng=rng, n_permutations=FLIPS).p
    return Trial(math.nan if math.isnan(p) else float(p <= ALPHA))


def spearman_interval(rng: Random, n: int, setting: str) -> Trial:
    """Bivariate normal: rho is 6 / pi asin(r / 2)."""
    rho = float(setting.rsplit(" ", 1)[1])
    r = 2 * math.sin(math.pi * rho / 6)
    x = rng.normal(size=n)
    got = correlation.spearman(
        x, r * x + math.sqrt(1 - r * r) * rng.normal(size=n), rng=rng, n_permutations=1
    )
    return Trial(math.nan if math.isnan(got.ci_low) else float(got.ci_low <= rho <= got.ci_high))


def kendall(rng: Random, n: int, setting: str) -> Trial:
    p = correlation.kendall(*_pair(rng, n, setting)).p
    return Trial(math.nan if math.isnan(p) else float(p <= ALPHA))


def partial(rng: Random, n: int, setting: str) -> Trial:
    """Both go with a covariate, and not with each other beyond it."""
    given = rng.normal(size=n)
    x, y = (given + rng.normal(size=n) for _ in range(2))
    got = correlation.partial(x, y, given, ranks=setting == "ranks")
    return Trial(math.nan if math.isnan(got.p) else float(got.p < ALPHA))


def jonckheere(rng: Random, n: int, setting: str) -> Trial:
    x = rng.normal(size=n) if setting == "no ties" else np.round(2 * rng.normal(size=n))
    p = correlation.jonckheere(x, rng.permutation(np.arange(n) % 4)).p
    return Trial(math.nan if math.isnan(p) else float(p <= ALPHA))


NULLS = ("simulator, ICC 0.7", STEPS, *REAL[1:2])
FROM_SIX = (6, 12, 24, 48)
TWO_AREAS = ("both AUC 0.5", "both AUC 0.8")
NORMAL_P = (
    "The p is from the normal curve where values are tied or more than 33; below 10 patients it is rough."
)

ENTRIES = (
    Entry(GROUP, "rank sum, labels permuted", "type I error", ALPHA, rank_sum, ("simulator, ICC 0.7", STEPS, *REAL),
          FROM_SIX, QUICK // 2, most=MOST),
    Entry(GROUP, "AUC, logit-DeLong interval", "coverage", 0.95, area_interval(False), AREAS, FROM_SIX, QUICK // 2),
    Entry(GROUP, "AUC, DeLong's plain interval (for comparison only)", "coverage", 0.95, area_interval(True), AREAS, FROM_SIX,
          QUICK // 2, "Much too short in small groups; it is in no table of the package, and is kept for comparison with"
          " other software."),
    Entry(GROUP, "two AUCs, paired DeLong", "type I error", ALPHA, two_areas(False), TWO_AREAS, FROM_SIX, QUICK // 2,
          "A large-sample test."),
    Entry(GROUP, "two AUCs, scores swapped", "type I error", ALPHA, two_areas(True), TWO_AREAS, (6, 12, 24), SLOW),
    Entry(NUMBER, "Spearman, orders permuted", "type I error", ALPHA, spearman, NULLS, FROM_SIX, QUICK // 2, most=MOST),
    Entry(NUMBER, "Spearman, Bonett-Wright interval", "coverage", 0.95, spearman_interval,
          ("rho 0", "rho 0.5", "rho 0.8"), FROM_SIX, QUICK // 2,
          "A normal approximation: with six patients and a strong correlation it is a little short (`N_LT_10`)."),
    Entry(NUMBER, "Kendall", "type I error", ALPHA, kendall, NULLS, FROM_SIX, QUICK // 2, NORMAL_P, MOST),
    Entry(NUMBER, "partial correlation", "type I error", ALPHA, partial, ("values", "ranks"), FROM_SIX, QUICK // 2,
          "Ranks are not linear in each other, so a little of the covariate is left in both: with ranks a p just below .05 is no"
          " finding."),
    Entry(NUMBER, "Jonckheere over 4 classes", "type I error", ALPHA, jonckheere, ("no ties", "ties"), FROM_SIX, QUICK // 2,
          NORMAL_P),
)  # fmt: skip
