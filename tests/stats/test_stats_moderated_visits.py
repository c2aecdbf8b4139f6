"""Moderated t with gaps: patients as factor, or as a correlation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import moderated
from ifnsig.stats import moderated_visits as module


def cohort(seed: int = 1, patients: int = 6, visits: int = 3, genes: int = 30) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    who, when = np.repeat(np.arange(patients), visits), np.tile(np.arange(visits, dtype=float), patients)
    values = rng.normal(5, 1, genes) + rng.normal(0, 1, (patients, genes))[who]
    return (
        values + rng.normal(size=(len(who), genes)) * rng.uniform(0.3, 1, genes) - 0.3 * when[:, None],
        who,
        when,
    )


@pytest.mark.parametrize("trend", [False, True])
def test_two_complete_visits_are_the_moderated_paired_t(trend: bool) -> None:
    y, who, when = cohort(visits=2)
    got = module.moderated_visits(y, who, when, trend=trend)
    want = moderated.moderated_paired_t(y[when == 1] - y[when == 0], y.mean(axis=0) if trend else None)
    assert (got.patients_as, got.n_unused, math.isnan(got.correlation)) == ("fixed", 0, True)
    change = got.changes[0]
    np.testing.assert_allclose(change.estimate, want.estimate, rtol=1e-9)
    np.testing.assert_allclose(change.t, want.t, rtol=1e-9)
    np.testing.assert_allclose(2 * change.variance, want.variance, rtol=1e-9)
    assert (change.df, change.residual_df) == (pytest.approx(want.df), 5)


def test_the_consensus_of_a_complete_cohort_is_that_of_the_anova() -> None:
    y, who, when = cohort(patients=10)
    wide = y.reshape(10, 3, -1)
    rows = 3 * wide.mean(axis=1).var(axis=0, ddof=1)
    left = wide - wide.mean(axis=1, keepdims=True) - wide.mean(axis=0) + wide.mean(axis=(0, 1))
    error = (left**2).sum(axis=(0, 1)) / 18
    got = module.consensus_correlation(y, np.eye(3)[when.astype(int)], who)
    # golden sections stop at about the root of the rounding error of the likelihood
    np.testing.assert_allclose(got.genes, (rows - error) / (rows + 2 * error), atol=1e-6)
    assert got.n_patients == 10


def test_a_correlation_of_zero_is_least_squares() -> None:
    y, who, when = cohort()
    design = np.column_stack([np.ones(len(when)), when])
    one = module.moderated_t(y, design, [0, 1])
    zero = module.moderated_t(y, design, [0, 1], patients=who, correlation=0.0)
    np.testing.assert_allclose(one.t, zero.t, rtol=1e-9)
    np.testing.assert_allclose(one.estimate, np.polyfit(when, y, 1)[0], rtol=1e-9)


def test_gaps_turn_patients_into_a_correlation_from_four_patients_up() -> None:
    y, who, when = cohort(patients=4)
    kept = ~((who == 0) & (when == 2))
    got = module.moderated_visits(y[kept], who[kept], when[kept])
    assert (got.patients_as, got.visits, got.n_patients) == ("correlation", (1.0, 2.0), 4)
    assert -0.5 < got.correlation < 0.99
    few = kept & (who < 3)
    got = module.moderated_visits(y[few], who[few], when[few])
    assert (got.patients_as, got.n_unused) == ("fixed", 0)
    fewer = few & ~((who == 0) & (when == 1))
    assert module.moderated_visits(y[fewer], who[fewer], when[fewer]).n_unused == 1


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.booleans())
def test_changes_turn_shift_and_scale_with_the_expression(seed: int, gap: bool) -> None:
    y, who, when = cohort(seed)
    kept = np.arange(len(y)) != 4 if gap else np.ones(len(y), dtype=bool)
    y, who, when = y[kept], who[kept], when[kept]
    base = module.moderated_visits(y, who, when)
    order = np.random.default_rng(seed).permutation(len(y))
    for values, groups, times, factor in (
        (-y, who, when, -1), (y + 7, who, when, 1), (5 * y, who, when, 5), (y[order], who[order], when[order], 1),
    ):  # fmt: skip
        got = module.moderated_visits(values, groups, times)
        for ours, theirs in zip(got.changes, base.changes, strict=True):
            np.testing.assert_allclose(ours.estimate, factor * theirs.estimate, atol=1e-6)
            np.testing.assert_allclose(ours.t, np.sign(factor) * theirs.t, atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    y, who, when = cohort()
    design = np.column_stack([np.ones(len(when)), when])
    with pytest.raises(DesignError, match="DUPLICATE_PAIR"):
        module.moderated_visits(y, who, np.where(when == 2, 1, when))
    with pytest.raises(DesignError, match="at least two visits. Got 1"):
        module.moderated_visits(y[when == 0], who[when == 0], when[when == 0])
    with pytest.raises(DesignError, match="not connected by patients"):
        module.moderated_visits(y[:3], [0, 1, 2], [0, 1, 1])
    with pytest.raises(ParameterError, match="one visit a sample"):
        module.moderated_visits(y, who, when[1:])
    with pytest.raises(ParameterError, match="at least 1 x 3"):
        module.moderated_visits(y[:, :2], who, when)
    with pytest.raises(ParameterError, match="'patients' and 'correlation' together"):
        module.moderated_t(y, design, [0, 1], patients=who)
    with pytest.raises(
        ParameterError, match="A correlation of -0.6 is impossible for patients with 3 samples"
    ):
        module.moderated_t(y, design, [0, 1], patients=who, correlation=-0.6)
    module.moderated_t(y, design, [0, 1], patients=who, correlation=-0.4)
    with pytest.raises(ParameterError, match="needs 2 numbers, not all 0"):
        module.moderated_t(y, design, [0, 0])
    with pytest.raises(DesignError, match="two samples of at least one"):
        module.consensus_correlation(y[when == 0], np.ones((6, 1)), who[when == 0])
    with pytest.raises(ParameterError, match="without missing values"):
        module.consensus_correlation([[1.0, math.nan]], np.ones((1, 1)), [0])
