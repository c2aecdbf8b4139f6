"""Three visits with gaps, trends, two arms."""

from __future__ import annotations

import math

import numpy as np

from ifnsig.stats import ancova, arm_visits, mixed, multiplicity, visits

from . import worlds
from .entry import QUICK, SLOW, Entry, Trial
from .pools import MOST
from .two_visits import ALPHA
from .worlds import REAL, SIMULATED, SKEWED

Random = np.random.Generator
GROUP, ARMS = "Several visits, a fifth of them missing", "Two arms"
SLOPES = "patients differ in slope"


def _course(rng: Random, n: int, setting: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values = worlds.slopes(rng, n) if setting == SLOPES else worlds.scores(rng, n, setting, 3)[:, :, 0]
    return worlds.with_gaps(rng, values)


def per_visit(rng: Random, n: int, setting: str) -> Trial:
    got = visits.visit_changes(*_course(rng, n, setting))
    p = [change.p_holm for change in got.changes if not math.isnan(change.p_holm)]
    return Trial(float(min(p) < ALPHA) if p else math.nan, lambda: got.flags)


def trend(rng: Random, n: int, setting: str) -> Trial:
    got = visits.visit_trend(*_course(rng, n, setting))
    return Trial(math.nan if math.isnan(got.p) else float(got.p < ALPHA), lambda: got.flags)


def model(covariance: str, df_method: str):
    """Trial of the contrast of the last visit with the first in one mixed model."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        y, who, when = _course(rng, n, setting)
        fit = mixed.fit_mixed(y, np.eye(3)[when.astype(int)], who, covariance, visits=when)
        p = mixed.contrast(fit, [-1.0, 0.0, 1.0], df_method).p
        return Trial(math.nan if math.isnan(p) else float(p < ALPHA), lambda: fit.flags)

    return trial


def _trial_data(rng: Random, n: int, setting: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Baseline, follow-up, randomised arm; no effect."""
    if setting in UNLIKE:
        treated = (np.arange(n) < UNLIKE[setting]).astype(float)
        before = rng.normal(size=n)
        return before, 0.6 * before + rng.normal(size=n) * np.where(treated == 1, 2.0, 0.7), treated
    treated = rng.permutation(np.arange(n) < n // 2).astype(float)
    if setting == ONE_TO_TWO:
        treated = rng.permutation(np.arange(n) < n // 3).astype(float)
        before = rng.normal(size=n)
        return before, 0.6 * before + rng.normal(size=n) * np.where(treated == 1, 2.0, 0.7), treated
    if setting == SKEWED:
        before = rng.normal(size=n)
        return before, 0.6 * before + np.exp(worlds.SHAPE * rng.normal(size=n)) - worlds.MEAN, treated
    two = worlds.scores(rng, n, setting)[:, :, 0]
    return two[:, 0], two[:, 1], treated


def arms(rng: Random, n: int, setting: str) -> Trial:
    got = ancova.ancova(*_trial_data(rng, n, setting))
    return Trial(float(got.effect.p < ALPHA), lambda: got.flags)


def arms_interval(rng: Random, n: int, setting: str) -> Trial:
    got = ancova.ancova(*_trial_data(rng, n, setting))
    return Trial(float(got.effect.ci_low <= 0 <= got.effect.ci_high), lambda: got.flags)


def interaction(rng: Random, n: int, setting: str) -> Trial:
    got = ancova.ancova(*_trial_data(rng, n, setting))
    if got.interaction is None or math.isnan(got.interaction.p):
        return Trial(math.nan, lambda: got.flags)
    return Trial(float(got.interaction.p < ALPHA), lambda: got.flags)


def mmrm(effects, hit):
    """Trial of visits of two arms, a fifth of the follow-ups missing; ``hit`` of Holm's p and the joint bounds."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        share = 3 if setting == ONE_TO_TWO else 2
        treated = rng.permutation(np.arange(n) < n // share).astype(float)
        if setting == ONE_TO_TWO:
            own = 0.6 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 3))
            values = own * np.where(treated == 1, 2.0, 0.7)[:, None]
        else:
            values = (
                worlds.slopes(rng, n) if setting == SLOPES else worlds.scores(rng, n, setting, 3)[:, :, 0]
            )
        before = values[:, 0].copy()
        truth = np.array(effects) * values.std()
        values[:, 1:] += treated[:, None] * truth
        y, who, when = worlds.with_gaps(rng, values)
        later = when > 0
        y, who, when = y[later], who[later], when[later]
        found = arm_visits.arm_visits(before[who], y, who, when, treated[who]).differences
        estimates, se, df = ([getattr(one, key) for one in found] for key in ("estimate", "se", "df"))
        return Trial(hit(truth, *multiplicity.holm_intervals(estimates, se, df)))

    return trial


def any_visit(truth: np.ndarray, p: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    return float(p.min() < ALPHA)


def all_held(truth: np.ndarray, p: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """A bound of 0 does not hold 0."""
    return float(((low < truth) & (truth < high)).all())


COURSES = (*SIMULATED, SLOPES, *REAL)
ONE_TO_TWO = "unequal variances, 1 to 2"
TRIALS = (*SIMULATED, ONE_TO_TWO, SKEWED, *REAL)
UNLIKE = {"5 v 14": 5, "6 v 12": 6, "6 v 13": 6, "12 v 12": 12}
UNLIKE_SIZES = {"5 v 14": 19, "6 v 12": 18, "6 v 13": 19, "12 v 12": 24}
IN_MODEL = ("simulator, ICC 0.7", SLOPES, ONE_TO_TWO)
FREE, FROM_SIX = ("simulator, ICC 0.7", SLOPES), (6, 12, 24, 48)
FEW_DF = (
    "Where the smaller arm varies three times as much, the degrees of freedom, which are those of arms that vary alike, are a"
    " little too many: 6 to 8 % are rejected, where ordinary errors reject up to 17 %."
)
SAME = (
    "One covariance for both arms: where the smaller arm varies more, its errors are too small. `tl.test_arms` takes ANCOVA,"
    " whose errors allow for it, unless the model is asked for. Refused below 9 patients for two follow-up visits."
)
EXTREMES = "It rests on the patients with extreme baselines; below 20 patients, or with unlike arms, read it as a description."
SLOPE_REMARK = "A random intercept where patients differ in slope: `MODEL_COV_SIMPLE`, and `tl.test_visits` never uses it."

ENTRIES = (
    Entry(GROUP, "`tl.test_visits` (free covariance, or by visit), Holm", "type I error", ALPHA, per_visit, COURSES,
          replicates=SLOW, most=MOST),
    Entry(GROUP, "trend (random slope, or slopes of patients)", "type I error", ALPHA, trend, COURSES, replicates=SLOW,
          most=MOST),
    Entry(GROUP, "mixed model, free covariance, Satterthwaite", "type I error", ALPHA,
          model("unstructured", "satterthwaite"), FREE, replicates=SLOW,
          remark="Refused below 18 patients for three visits."),
    Entry(GROUP, "mixed model, free covariance, Kenward-Roger", "type I error", ALPHA,
          model("unstructured", "kenward-roger"), FREE, replicates=SLOW,
          remark="Refused below 18 patients for three visits."),
    Entry(GROUP, "mixed model, random intercept, Satterthwaite", "type I error", ALPHA,
          model("random_intercept", "satterthwaite"), FREE, FROM_SIX, replicates=SLOW, remark=SLOPE_REMARK),
    Entry(GROUP, "mixed model, random intercept, Kenward-Roger", "type I error", ALPHA,
          model("random_intercept", "kenward-roger"), FREE, FROM_SIX, replicates=SLOW, remark=SLOPE_REMARK),
    Entry(ARMS, "ANCOVA (HC2, Bell-McCaffrey)", "type I error", ALPHA, arms, TRIALS, FROM_SIX, QUICK // 2, FEW_DF, MOST),
    Entry(ARMS, "ANCOVA, 95 % interval", "coverage", 0.95, arms_interval, TRIALS, FROM_SIX, QUICK // 2, FEW_DF, MOST),
    Entry(ARMS, "ANCOVA, interaction with the baseline", "type I error", ALPHA, interaction, TRIALS, FROM_SIX, QUICK // 2,
          EXTREMES, MOST),
    Entry(ARMS, "MMRM, Kenward-Roger, any of two visits by Holm", "type I error", ALPHA,
          mmrm((0.0, 0.0), any_visit), IN_MODEL, (24, 48), SLOW, SAME),
    Entry(ARMS, "MMRM, joint intervals, an effect at the second visit", "coverage", 0.95,
          mmrm((0.0, 0.8), all_held), IN_MODEL, (24, 48), SLOW, SAME),
    *(
        Entry("Two arms, the treated vary 3 times as much", f"ANCOVA{how}", measure, nominal, trial, (arms_of,), (n,), QUICK, FEW_DF)
        for how, measure, nominal, trial in (
            (" of unlike arms", "type I error", ALPHA, arms), (" of unlike arms, 95 % interval", "coverage", 0.95, arms_interval),
            (" of unlike arms, interaction", "type I error", ALPHA, interaction),
        )
        for arms_of, n in UNLIKE_SIZES.items()
    ),
)  # fmt: skip
