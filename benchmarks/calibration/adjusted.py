"""A score beside a covariate: outcomes with two classes, ordered classes, numbers, times, and repeated ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ifnsig.stats import correlation, logistic, ordinal, regression, survival

from . import worlds
from .entry import SLOW, Entry, Trial
from .two_visits import ALPHA

Random = np.random.Generator
GROUP = "A score beside a covariate"
SETTING, SIZES = ("simulator, ICC 0.7",), (12, 24, 48)


def _columns(rng: Random, n: int, setting: str) -> np.ndarray:
    """A score, and a covariate that the outcome goes with."""
    score = worlds.scores(rng, n, setting, 1)[:, 0, 0]
    return np.column_stack([score, rng.normal(size=n)])


def with_outcome(
    p_of: Callable[[np.ndarray, np.ndarray], float], outcome: Callable[[Random, np.ndarray], np.ndarray]
):
    """Trial of the p of the score in a model with the covariate; ``outcome`` is drawn from the covariate."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        x = _columns(rng, n, setting)
        y = outcome(rng, x[:, 1])
        if len(np.unique(y)) < 2:
            return Trial(np.nan)
        p = float(p_of(y, x))
        return Trial(np.nan if np.isnan(p) else float(p < ALPHA))

    return trial


def _responder(rng: Random, z: np.ndarray) -> np.ndarray:
    return (rng.random(len(z)) < 1 / (1 + np.exp(-0.7 * z))).astype(float)


def _class(rng: Random, z: np.ndarray) -> np.ndarray:
    return np.digitize(0.5 * z + rng.logistic(size=len(z)), [-1.0, 0.0, 1.0]).astype(float)


def _number(rng: Random, z: np.ndarray) -> np.ndarray:
    return 0.5 * z + rng.normal(size=len(z))


def months(rng: Random, n: int, setting: str) -> Trial:
    """Times in whole months, so tied; followed for a year."""
    x = _columns(rng, n, setting)
    time = np.ceil(12 * rng.exponential(size=n) * np.exp(-0.4 * x[:, 1]))
    event = (time <= 12).astype(float)
    if event.sum() < 3:
        return Trial(np.nan)
    p = float(survival.cox(np.minimum(time, 12), event, x).p[0])
    return Trial(np.nan if np.isnan(p) else float(p < ALPHA))


def visits(rng: Random, n: int, setting: str) -> Trial:
    """Score and activity at three visits: patients differ in both, and within a patient nothing goes together."""
    score = worlds.scores(rng, n, setting, 3)[:, :, 0]
    activity = 0.8 * score.mean(axis=1, keepdims=True) + rng.normal(size=(n, 3))
    got = correlation.repeated_correlation(score.ravel(), activity.ravel(), np.repeat(np.arange(n), 3))
    return Trial(float(got.p < ALPHA))


ENTRIES = (
    Entry(GROUP, "Firth logistic, likelihood ratio", "type I error", ALPHA,
          with_outcome(lambda y, x: logistic.firth_logistic(y, x).p[1], _responder), SETTING, SIZES, SLOW // 3),
    Entry(GROUP, "proportional odds, likelihood ratio", "type I error", ALPHA,
          with_outcome(lambda y, x: ordinal.proportional_odds(y, x).p[0], _class), SETTING, SIZES, SLOW // 3,
          "A large-sample test: below about 40 patients it is a little too ready."),
    Entry(GROUP, "least squares (HC3 from 20 patients)", "type I error", ALPHA,
          with_outcome(lambda y, x: regression.linear(y, x).p[1], _number), SETTING, SIZES, SLOW),
    Entry(GROUP, "Huber's regression", "type I error", ALPHA,
          with_outcome(lambda y, x: regression.huber(y, x).p[1], _number), SETTING, SIZES, SLOW, "A large-sample test."),
    Entry(GROUP, "Cox, Efron's ties, Wald", "type I error", ALPHA, months, SETTING, SIZES, SLOW, "A large-sample test."),
    Entry(GROUP, "repeated-measures correlation", "type I error", ALPHA, visits, SETTING, (6, *SIZES), SLOW),
)  # fmt: skip
