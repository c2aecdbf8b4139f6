"""Every flag: an input that raises it and a nearest one that does not."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import FLAGS, flags, paired

sys.path.insert(0, str(Path(__file__).parent))

from flag_cases import CASES, STEADY


def test_every_flag_is_one_plain_sentence() -> None:
    for code, sentence in FLAGS.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", code)
        assert re.fullmatch(r"[A-Z].*[^.]\.", sentence), sentence
        assert len(re.findall(r"[.!?](\s|$)", sentence)) == 1, sentence


def test_ten_steady_patients_raise_no_flag() -> None:
    assert flags.paired_flags(STEADY) == ()


@pytest.mark.parametrize(
    ("code", "raised_by", "raises", "not_yet"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_a_flag_is_raised_and_by_its_nearest_neighbour_it_is_not(code, raised_by, raises, not_yet) -> None:
    assert code in raised_by(raises)
    assert code not in raised_by(not_yet)


def test_every_flag_has_an_input_that_raises_it_and_one_that_does_not() -> None:
    assert {code for code, *_ in CASES} == FLAGS.keys()


def test_outlier_patients_are_named_by_position() -> None:
    assert flags.outlier_patients([*STEADY[:6], 2.5]) == (6,)
    assert flags.outlier_patients([-1.0, -1.0, -1.0, -1.0, 3.9]) == (0, 1, 2, 3)


def test_leave_one_out_p_are_those_of_the_paired_t() -> None:
    d = [*STEADY[:6], 2.5]
    assert paired.paired_t(d).p > 0.05
    assert [paired.paired_t(np.delete(d, i)).p < 0.05 for i in range(7)] == [False] * 6 + [True]


def test_changes_that_cancel_are_not_one_patients_doing() -> None:
    # the net sum is 0.8, less than the largest change, but five patients rise
    assert not flags.is_skewed([-1.012, -0.4445, 1.1627, 0.0088, -0.2327, 0.9409, 0.0655, 0.3152])


@pytest.mark.parametrize("changes", [[-1.0], [-1.0, -1.0], [0.0, 0.0, 0.0], [0.2, 0.2, 0.3 - 0.1, 0.2]])
def test_few_or_equal_changes_are_neither_skewed_nor_outlying(changes) -> None:
    assert not flags.is_skewed(changes)
    assert flags.outlier_patients(changes) == ()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-300, 300).map(lambda value: value / 100), min_size=1, max_size=9))
def test_flags_do_not_depend_on_direction_or_unit(changes: list[float]) -> None:
    d = np.array(changes)
    assert flags.paired_flags(d) == flags.paired_flags(-d) == flags.paired_flags(8 * d)


@pytest.mark.parametrize("function", [flags.is_skewed, flags.outlier_patients, flags.paired_flags])
def test_missing_changes_are_refused(function) -> None:
    with pytest.raises(ParameterError, match="at position 1"):
        function([1.0, math.nan])
    with pytest.raises(ParameterError, match="at least 1 value"):
        function([])


def test_a_monte_carlo_p_is_imprecise_when_its_error_exceeds_a_fifth() -> None:
    assert flags.is_imprecise(0.05, 0.0101)
    assert not flags.is_imprecise(0.05, 0.01)
    d = STEADY + STEADY
    few = paired.sign_flip(d, rng=1, n_flips=99)
    assert few.p == 0.01
    assert "MC_ERROR" in flags.paired_flags(d, few)
    assert "MC_ERROR" not in flags.paired_flags(d)
    assert flags.paired_flags(d, few, paired.signed_rank(d)) == flags.paired_flags(d, few)
    assert "MC_ERROR" not in flags.paired_flags(STEADY, paired.sign_flip(STEADY))
