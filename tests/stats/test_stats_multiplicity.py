"""Adjusted p values: hand-worked, NaN, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import multiplicity

METHODS = pytest.mark.parametrize("method", multiplicity.METHODS)


@pytest.mark.parametrize(
    ("method", "want"),
    # p .01 .02 .04 in the order .04 .01 .02. bh: .03 .03 .04; by: times 11/6; holm: .03 .04 .04
    [("bh", [0.04, 0.03, 0.03]), ("by", [0.04 * 11 / 6, 0.055, 0.055]), ("holm", [0.04, 0.03, 0.04])],
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
@settings(deadline=None, max_examples=40)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12), random=st.randoms(use_true_random=False))
def test_order_does_not_matter_and_p_only_grow(method: str, p: list[float], random) -> None:
    got = multiplicity.adjust(p, method)
    order = random.sample(range(len(p)), len(p))
    np.testing.assert_allclose(multiplicity.adjust([p[i] for i in order], method), got[order])
    assert (got >= np.array(p) - 1e-15).all()
    assert (got <= 1).all()


def test_the_named_functions_are_the_methods() -> None:
    p = [0.2, 0.01, 0.03]
    for name, function in (
        ("bh", multiplicity.benjamini_hochberg),
        ("by", multiplicity.benjamini_yekutieli),
        ("holm", multiplicity.holm),
    ):
        np.testing.assert_array_equal(function(p), multiplicity.adjust(p, name))


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
