"""Adjusted p values: hand-worked, NaN, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats import multiplicity

METHODS = pytest.mark.parametrize("method", multiplicity.METHODS)


@pytest.mark.parametrize(
    ("method", "want"),
    # p .01 .02 .04 in the order .04 .01 .02. bh: .03 .03 .04; holm: .03 .04 .04
    [("bh", [0.04, 0.03, 0.03]), ("holm", [0.04, 0.03, 0.04])],
)
def test_three_p_worked_by_hand(method: str, want: list[float]) -> None:
    np.testing.assert_allclose(multiplicity.adjust([0.04, 0.01, 0.02], method), want)


@METHODS
def test_nan_stays_and_is_not_counted(method: str) -> None:
    got = multiplicity.adjust([0.04, math.nan, 0.01, 0.02], method)
    assert math.isnan(got[1])
    np.testing.assert_array_equal(got[[0, 2, 3]], multiplicity.adjust([0.04, 0.01, 0.02], method))


@METHODS
def test_one_p_is_left_alone(method: str) -> None:
    np.testing.assert_array_equal(multiplicity.adjust([0.03], method), [0.03])


@METHODS
def test_no_p_and_only_nan_give_as_many_back(method: str) -> None:
    assert multiplicity.adjust([], method).shape == (0,)
    assert np.isnan(multiplicity.adjust([math.nan, math.nan], method)).all()


@METHODS
@settings(max_examples=40)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12), random=st.randoms(use_true_random=False))
def test_order_does_not_matter_and_p_only_grow(method: str, p: list[float], random) -> None:
    got = multiplicity.adjust(p, method)
    order = random.sample(range(len(p)), len(p))
    np.testing.assert_allclose(multiplicity.adjust([p[i] for i in order], method), got[order])
    assert (got >= np.array(p) - 1e-15).all()
    assert (got <= 1).all()


def test_the_named_function_is_the_method() -> None:
    p = [0.2, 0.01, 0.03]
    np.testing.assert_array_equal(multiplicity.benjamini_hochberg(p), multiplicity.adjust(p, "bh"))


@pytest.mark.parametrize("p", [[0.2, 1.2], [-0.1, 0.5]])
def test_a_p_outside_zero_and_one_is_refused(p: list[float]) -> None:
    with pytest.raises(ParameterError, match=r"must lie in \[0, 1\]"):
        multiplicity.adjust(p)
    multiplicity.adjust([0.0, 1.0])


def test_an_unknown_method_and_a_table_are_refused() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'holm'"):
        multiplicity.adjust([0.1], "holms")
    with pytest.raises(ParameterError, match="one-dimensional"):
        multiplicity.adjust([[0.1]])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(2, 60)), min_size=1, max_size=5))
def test_an_interval_excludes_zero_exactly_when_holms_p_is_small(rows: list[tuple[float, float]]) -> None:
    t, df = np.array(rows).T
    p, low, high = multiplicity.holm_intervals(t, np.ones(len(t)), df)
    assert ((low >= 0) | (high <= 0)).tolist() == (p < 0.05).tolist()
    assert (low <= t).all()
    assert (t <= high).all()
    two_sided = multiplicity.adjust(2 * stats.t.sf(np.abs(t), df), "holm")
    assert (p >= two_sided - 1e-12).all()
    if (t > 0).all() or (t < 0).all():
        np.testing.assert_allclose(p, two_sided)


def test_simultaneous_bounds_worked_by_hand() -> None:
    """t of 4, 2.5, 1 with known variance: at .025 two are rejected above 0 (z .025/3 and .025/2), the third keeps .025."""
    p, low, high = multiplicity.holm_intervals([4.0, 2.5, 1.0], [1.0] * 3, [1e9] * 3)
    z = stats.norm.isf([0.025 / 3, 0.025])
    assert low == pytest.approx([0, 0, 1 - z[1]], abs=1e-6)
    assert high == pytest.approx(np.array([4, 2.5, 1]) + z[0], abs=1e-6)
    assert p == pytest.approx(2 * stats.norm.sf([4, 2.5, 1]) * [3, 2, 1], abs=1e-6)
    _, away, _ = multiplicity.holm_intervals([4.0, 3.0, 5.0], [1.0] * 3, [1e9] * 3)
    assert away == pytest.approx(np.array([4, 3, 5]) - z[0], abs=1e-6)  # all rejected: Bonferroni's bounds


def test_bounds_are_the_edge_of_what_no_test_of_the_partition_rejects() -> None:
    """Every point of a grid is tested by Bonferroni over those of its coordinates that are not above 0 (over all, if none)."""
    z = {k: stats.norm.isf(0.025 / k) for k in (1, 2)}
    points = np.stack(np.meshgrid(*[np.round(np.linspace(-4, 5, 361), 3)] * 2), axis=-1).reshape(-1, 2)
    not_above = (points <= 0).sum(axis=1)
    limit = np.where(not_above == 1, z[1], z[2])[:, None]
    looked_at = (points <= 0) | (not_above == 0)[:, None]
    for t in ([2.6, 1.0], [2.1, 2.2], [2.0, -1.0], [2.4, 2.6]):
        kept = points[((np.array(t) - points < limit) | ~looked_at).all(axis=1)]
        _, low, _ = multiplicity.holm_intervals(t, [1.0, 1.0], [1e9, 1e9])
        assert kept.min(axis=0) == pytest.approx(low, abs=0.0251)  # a step of the grid


def test_a_contrast_without_an_error_is_not_counted() -> None:
    p, low, high = multiplicity.holm_intervals([1.0, math.nan, 2.0], [0.5, math.nan, 0.5], [9.0, 9.0, 9.0])
    two = multiplicity.holm_intervals([1.0, 2.0], [0.5, 0.5], [9.0, 9.0])
    for got, want in zip((p, low, high), two, strict=True):
        np.testing.assert_array_equal(got[[0, 2]], want)
        assert math.isnan(got[1])
    alone = multiplicity.holm_intervals([1.0], [0.5], [9.0])
    half = 0.5 * stats.t.isf(0.025, 9)
    assert np.ravel(alone)[1:] == pytest.approx([1 - half, 1 + half])
