"""What every test of change must do, whatever the data.

It turns with the visits, follows the unit, and minds neither a shift of all scores nor the order of the patients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.stats import (
    ancova,
    flags,
    gene_sets,
    maxt,
    mixed,
    moderated,
    moderated_visits,
    paired,
    suppression,
    visits,
)

Array = np.ndarray
CLOSED, FITTED = 1e-9, 2e-5
"""Closed forms differ by rounding; a REML fit stops when its gradient is flat to 1e-6, its SE are good to 1e-5."""


@dataclass(frozen=True)
class Found:
    """What a function gives: ``odd`` numbers turn with the visits, ``even`` ones stay, ``ends`` are (low, high).

    ``scaled``: as many of each, from the left, are in the unit of the score; the others have none.
    """

    odd: tuple[Any, ...] = ()
    even: tuple[Any, ...] = ()
    ends: tuple[tuple[Any, Any], ...] = ()
    scaled: tuple[int, int, int] = (0, 0, 0)


Run = Callable[[Array], Found]


def change(x: Array) -> Array:
    """Last visit minus first, patients x scores, of patients x visits x scores."""
    return x[:, 2] - x[:, 0]


def paired_t(x: Array) -> Found:
    got = paired.paired_t(change(x)[:, 0])
    return Found((got.mean, got.t), (got.sd, got.se, got.p, got.df), ((got.ci_low, got.ci_high),), (1, 2, 1))


def sign_flip(x: Array) -> Found:
    got = paired.sign_flip(change(x)[:, 0])
    return Found((got.mean,), (got.p, got.min_attainable_p), scaled=(1, 0, 0))


def signed_rank(x: Array) -> Found:
    d = change(x)[:, 0]
    got = [paired.signed_rank(d, zeros=zeros) for zeros in ("wilcoxon", "pratt")]
    return Found((), tuple(value for one in got for value in (one.p, one.n_zeros, one.ties)))


def hodges_lehmann(x: Array) -> Found:
    got = paired.hodges_lehmann(change(x)[:, 0])
    return Found((got.estimate,), (got.level_achieved,), ((got.ci_low, got.ci_high),), (1, 0, 1))


def effect_size(x: Array) -> Found:
    got = paired.effect_size(change(x)[:, 0])
    return Found(
        (got.dz, got.g), (got.correction,), ((got.ci_low, got.ci_high), (got.g_ci_low, got.g_ci_high))
    )


def codes(x: Array) -> Found:
    raised = flags.paired_flags(change(x)[:, 0])
    return Found((), tuple(code in raised for code in flags.FLAGS))


def max_t(x: Array) -> Found:
    got = maxt.sign_flip_max_t(change(x))
    return Found((got.t,), (got.p, got.single_step, got.step_down))


def gene_set(x: Array) -> Found:
    got = gene_sets.gene_set(change(x))
    return Found(
        (got.flip.mean, got.t.t, got.gene_effects), (got.flip.p, got.t.p), ((got.t.ci_low, got.t.ci_high),)
    )


def several_sets(x: Array) -> Found:
    got = gene_sets.gene_sets(change(x), [[0, 1, 2], [1, 3]])
    return Found((got.max_t.t,), (got.max_t.step_down, got.sets[0].flip.p, got.sets[1].flip.p))


def moderated_t(x: Array) -> Found:
    got = moderated.moderated_paired_t(change(x))
    return Found((got.estimate, got.t), (np.sqrt(got.variance), got.p, got.prior_df), scaled=(1, 1, 0))


def moderated_trend(x: Array) -> Found:
    got = moderated.moderated_paired_t(change(x), x[:, [0, 2]].mean(axis=(0, 1)))
    return Found((got.estimate, got.t), (np.sqrt(got.variance), got.p, got.prior_df), scaled=(1, 1, 0))


def long(x: Array) -> tuple[Array, Array, Array]:
    """Rows x scores, patient, time."""
    n, visits_, k = x.shape
    return x.reshape(-1, k), np.repeat(np.arange(n), visits_), np.tile(np.arange(float(visits_)), n)


def fixed_visits(x: Array) -> Found:
    got = moderated_visits.moderated_visits(*long(x))
    last = got.changes[-1]
    return Found((last.estimate, last.t), (np.sqrt(last.variance), last.p, last.prior_df), scaled=(1, 1, 0))


def consensus_visits(x: Array) -> Found:
    """Some middle visits are missing: those of the two patients with the smallest scores, wherever they stand."""
    y, who, when = long(x)
    gone = np.argsort(x.sum(axis=1) @ np.sqrt([2, 3, 5, 7, 11, 13]))[:2]  # no two alike
    kept = ~(np.isin(who, gone) & (when == 1.0))
    got = moderated_visits.moderated_visits(y[kept], who[kept], when[kept])
    assert got.patients_as == "correlation"
    last = got.changes[-1]
    return Found((last.estimate, last.t), (last.p, got.correlation), scaled=(1, 0, 0))


def last_visit(x: Array) -> Found:
    y, who, when = long(x)
    last = visits.visit_changes(y[:, 0], who, when).changes[-1]
    return Found(
        (last.estimate, last.t), (last.se, last.df, last.p), ((last.ci_low, last.ci_high),), (1, 1, 1)
    )


def trend(x: Array) -> Found:
    y, who, when = long(x)
    got = visits.visit_trend(y[:, 0], who, when)
    return Found((got.slope, got.t), (got.se, got.df, got.p), ((got.ci_low, got.ci_high),), (1, 1, 1))


def intercept(df_method: str) -> Run:
    def run(x: Array) -> Found:
        y, who, when = long(x)
        fit = mixed.fit_mixed(y[:, 0], np.eye(3)[when.astype(int)], who)
        got = mixed.contrast(fit, [-1.0, 0.0, 1.0], df_method)
        return Found((got.estimate, got.t), (got.se, got.df, got.p), ((got.ci_low, got.ci_high),), (1, 1, 1))

    return run


ALL: dict[str, Run] = {
    run.__name__: run
    for run in (
        paired_t, sign_flip, signed_rank, hodges_lehmann, effect_size, codes, max_t, gene_set, several_sets, moderated_t,
        moderated_trend, fixed_visits, consensus_visits, last_visit, trend,
    )
} | {"satterthwaite": intercept("satterthwaite"), "kenward_roger": intercept("kenward-roger")}  # fmt: skip
LOOSE = {"last_visit", "trend", "satterthwaite", "kenward_roger", "consensus_visits"}
every = pytest.mark.parametrize("name", ALL)
SEEDS = st.integers(0, 2**32 - 1)


def cohort(seed: int, n: int = 8) -> Array:
    """Patients x 3 visits x 6 scores, in hundredths; patients unlike each other, scores fall."""
    rng = np.random.default_rng(seed)
    person, fall = 2 * rng.normal(size=(n, 1, 1)), np.array([0.0, -0.3, -0.6])[:, None]
    return np.round(person + fall + rng.normal(size=(n, 3, 6)), 2)


def same(ours: Any, theirs: Any, name: str) -> None:
    """Equal to rounding; a number near 0 in absolute terms (what is compared is of the order of 1)."""
    tolerance = FITTED if name in LOOSE else CLOSED
    np.testing.assert_allclose(
        np.asarray(ours, dtype=float),
        np.asarray(theirs, dtype=float),
        rtol=tolerance,
        atol=tolerance,
        err_msg=name,
    )


def alike(one: Found, other: Found, name: str, sign: int = 1, unit: float = 1.0) -> None:
    """``other`` is ``one`` turned by ``sign`` and measured in ``unit``."""
    units = [
        [unit] * k + [1.0] * (len(part) - k)
        for k, part in zip(one.scaled, (one.odd, one.even, one.ends), strict=True)
    ]
    for a, b, u in zip(one.odd, other.odd, units[0], strict=True):
        same(np.multiply(b, 1 / u), np.multiply(a, sign), name)
    for a, b, u in zip(one.even, other.even, units[1], strict=True):
        same(np.multiply(b, 1 / u), a, name)
    for a, b, u in zip(one.ends, other.ends, units[2], strict=True):
        turned = a if sign > 0 else (-a[1], -a[0])
        same(np.multiply(b, 1 / u), turned, name)


@every
@settings(max_examples=12)
@given(seed=SEEDS)
def test_exchanging_the_visits_turns_the_change_and_nothing_else(name: str, seed: int) -> None:
    x = cohort(seed)
    alike(ALL[name](x), ALL[name](x[:, ::-1]), name, sign=-1)


@every
@settings(max_examples=12)
@given(seed=SEEDS, unit=st.sampled_from([1e-3, 0.5, 40.0]))
def test_the_unit_of_the_score_goes_into_the_change_and_nothing_else(
    name: str, seed: int, unit: float
) -> None:
    x = cohort(seed)
    alike(ALL[name](x), ALL[name](unit * x), name, unit=unit)


@every
@settings(max_examples=12)
@given(seed=SEEDS, shift=st.sampled_from([-3.0, 0.25, 100.0]))
def test_adding_to_all_scores_changes_nothing(name: str, seed: int, shift: float) -> None:
    x = cohort(seed)
    alike(ALL[name](x), ALL[name](x + shift), name)


@every
@settings(max_examples=12)
@given(seed=SEEDS, random=st.randoms(use_true_random=False))
def test_the_order_of_the_patients_does_not_matter(name: str, seed: int, random: Any) -> None:
    x = cohort(seed)
    order = random.sample(range(len(x)), len(x))
    alike(ALL[name](x), ALL[name](x[order]), name)


@pytest.mark.parametrize("name", ["paired_t", "hodges_lehmann", "moderated_t", "fixed_visits", "last_visit"])
@settings(max_examples=12)
@given(seed=SEEDS, fall=st.sampled_from([-2.0, 0.5]))
def test_adding_to_the_followup_adds_to_the_change(name: str, seed: int, fall: float) -> None:
    x = cohort(seed)
    moved = x + np.array([0.0, 0.0, fall])[:, None]
    one, other = ALL[name](x), ALL[name](moved)
    same(np.subtract(other.odd[0], fall), one.odd[0], name)
    for low_high, theirs in zip(one.ends, other.ends, strict=True):
        same(np.subtract(theirs, fall), low_high, name)


def test_eighteen_patients_get_the_mixed_model_and_keep_the_symmetries() -> None:
    x = cohort(5, n=20)
    y, who, when = long(x)
    assert visits.visit_changes(y[:, 0], who, when).method == "mixed model"
    for turned, sign, unit in ((x[:, ::-1], -1, 1.0), (40 * x, 1, 40.0), (x + 3, 1, 1.0), (x[::-1], 1, 1.0)):
        alike(last_visit(x), last_visit(turned), "last_visit", sign=sign, unit=unit)


def arms(x: Array, treated: Array) -> ancova.Ancova:
    return ancova.ancova(x[:, 0, 0], x[:, 2, 0], treated)


@pytest.mark.parametrize("n", [8, 24])
@settings(max_examples=15)
@given(seed=SEEDS, unit=st.sampled_from([1e-3, 40.0]), shift=st.sampled_from([-3.0, 100.0]))
def test_arms_turn_with_their_names_and_follow_the_unit(n: int, seed: int, unit: float, shift: float) -> None:
    x, treated = cohort(seed, n), np.arange(n) % 2
    one = arms(x, treated)

    def numbers(effect: ancova.Effect) -> Array:
        return np.array([effect.estimate, effect.t, effect.se, effect.p, effect.ci_low, effect.ci_high])

    main = numbers(one.effect)
    same(numbers(arms(x, 1 - treated).effect), main[[0, 1, 2, 3, 5, 4]] * [-1, -1, 1, 1, -1, -1], "names")
    same(numbers(arms(unit * x, treated).effect) / [unit, 1, unit, 1, unit, unit], main, "unit")
    same(numbers(arms(x + shift, treated).effect), main, "shift")
    order = np.random.default_rng(seed).permutation(n)
    same(numbers(arms(x[order], treated[order]).effect), main, "order")
    assert one.interaction is not None
    turned, scaled = arms(x, 1 - treated).interaction, arms(unit * x, treated).interaction
    assert turned is not None
    assert scaled is not None
    same((turned.estimate, turned.p), (-one.interaction.estimate, one.interaction.p), "interaction")
    same(
        (scaled.estimate, scaled.p), (one.interaction.estimate, one.interaction.p), "interaction has no unit"
    )


@settings(max_examples=30)
@given(seed=SEEDS, unit=st.sampled_from([1e-3, 40.0]), shift=st.sampled_from([-3.0, 100.0]))
def test_suppression_has_no_unit_no_origin_and_no_order(seed: int, unit: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    before, healthy = rng.normal(5, 1, 9), rng.normal(0, 1, 12)
    after, order = before - 0.6 * before + rng.normal(size=9), rng.permutation(9)

    def numbers(b: Array, a: Array, h: Array) -> Array:
        got = suppression.group(b, a, h)
        return np.array([got.percent, got.ci_low, got.ci_high, got.g])

    one = numbers(before, after, healthy)
    same(numbers(unit * before, unit * after, unit * healthy), one, "unit")
    # 100 on top of scores of 5 costs two digits
    np.testing.assert_allclose(numbers(before + shift, after + shift, healthy + shift), one, rtol=1e-7)
    same(numbers(before[order], after[order], rng.permutation(healthy)), one, "order")
    back = suppression.group(before, 2 * before - after, healthy)  # a rise of the same size
    same((back.percent, back.g), (-one[0], one[3]), "a rise is a negative suppression")
