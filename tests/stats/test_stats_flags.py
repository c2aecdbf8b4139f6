"""Every flag: an input that raises it and a nearest one that does not."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import FLAGS, flags, paired, roc

STEADY = [-1.0, -1.1, -1.2, -0.9, -0.8, -1.3, -0.7, -1.05, -0.95, -1.15]


def test_every_flag_is_one_plain_sentence() -> None:
    for code, sentence in FLAGS.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", code)
        assert re.fullmatch(r"[A-Z].*[^.]\.", sentence), sentence
        assert len(re.findall(r"[.!?](\s|$)", sentence)) == 1, sentence


def test_ten_steady_patients_raise_no_flag() -> None:
    assert flags.paired_flags(STEADY) == ()


@pytest.mark.parametrize(
    ("code", "raises", "not_yet"),
    [
        ("N_PAIRS_LT_6", STEADY[:5], STEADY[:6]),
        ("N_LT_10", STEADY[:9], STEADY[:10]),
        ("MIN_P_UNREACHABLE", STEADY[:5], STEADY[:6]),
        ("MIN_P_UNREACHABLE", [*STEADY[:5], 0.0], [*STEADY[:5], 0.1]),
        ("TIES", [*STEADY[:9], -STEADY[0]], STEADY),
        ("ZEROS_DROPPED", [*STEADY[:9], 0.0], [*STEADY[:9], 0.001]),
        # skewness of three equal and one other value is 2 / sqrt(3); of 0 0 .25 .5 it is 0.49
        ("SKEWED_DIFF", [-1.0, -1.0, -1.0, -1.5], [-1.0, -1.0, -1.25, -1.5]),
        # one of three patients makes 3 of 5.9, or 3 of 6; skewness of three values stays below 1 / sqrt(2)
        ("SKEWED_DIFF", [-3.0, -1.5, -1.4], [-3.0, -1.5, -1.5]),
        # without one of the four the mean is 0.9 / 4, or -0.1 / 4
        ("OUTLIER_PATIENT", [-1.0, -1.0, -1.0, -1.0, 3.9], [-1.0, -1.0, -1.0, -1.0, 2.9]),
        # without the last p falls from above .05 to below; below six patients no p is looked at
        ("OUTLIER_PATIENT", [*STEADY[:6], 2.5], [*STEADY[:6], 0.0]),
        ("OUTLIER_PATIENT", [*STEADY[:5], 2.5], [*STEADY[:4], 2.5]),
    ],
)
def test_a_flag_of_change_is_raised_and_its_neighbour_is_not(code, raises, not_yet) -> None:
    assert code in flags.paired_flags(raises)
    assert code not in flags.paired_flags(not_yet)


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


HIGH, LOW = [3.0, 4.0, 5.0, 6.0, 7.0], [1.0, 2.0, 2.5, 0.5, 4.5]


@pytest.mark.parametrize(
    ("code", "raises", "not_yet"),
    [
        ("AUC_BOUNDARY", (HIGH, LOW[:4]), (HIGH, LOW)),
        ("CLASS_LT_5", (HIGH[:4], LOW), (HIGH, LOW)),
        ("N_LT_10", (HIGH, LOW[:4]), (HIGH, LOW)),
        ("TIES", (HIGH, [*LOW[:4], 4.0]), (HIGH, LOW)),
        # 3 against 3: 2 of 20 assignments; 4 against 4: 2 of 70
        ("MIN_P_UNREACHABLE", (HIGH[:3], LOW[:3]), (HIGH[:4], LOW[:4])),
    ],
)
def test_a_flag_of_an_auc_is_raised_and_its_neighbour_is_not(code, raises, not_yet) -> None:
    assert code in flags.auc_flags(roc.auc(*raises))
    assert code not in flags.auc_flags(roc.auc(*not_yet))
