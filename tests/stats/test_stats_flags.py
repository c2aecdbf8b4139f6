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
    assert flags.outlier_patients([-1.0, -1.0, -1.0, -1.0, 3.9]) == (4,)


@pytest.mark.parametrize(
    ("n", "limit"),
    [(4, 1.481), (5, 1.715), (6, 1.887), (8, 2.126), (10, 2.290), (12, 2.412)],
)
def test_the_limit_of_an_outlier_is_in_the_printed_tables_of_grubbs(n: int, limit: float) -> None:
    """As printed for a suspected value on either side at 5 % (Harvey, Analytical Chemistry 2.0, appendix 7)."""

    def of_size(far: float) -> np.ndarray:
        """n changes, the last ``far`` SD from the mean of all: the others are spread evenly around theirs."""
        rest = np.linspace(-1, 1, n - 1)
        # G = (n - 1) v / n / sqrt((sum(rest^2) + v^2 (n - 1) / n) / (n - 1)), solved for v
        share = (n - 1) / n
        v = np.sqrt(far**2 * (rest @ rest) / (n - 1) / (share**2 - far**2 * share / (n - 1)))
        return np.append(rest, v)

    for far, raised in ((limit + 0.002, True), (limit - 0.002, False)):
        d = of_size(far)
        assert (d[-1] - d.mean()) / d.std(ddof=1) == pytest.approx(far, abs=1e-9)
        assert flags.outlier_patients(d) == ((n - 1,) if raised else ())


@pytest.mark.parametrize("n", [3, 5, 6, 8, 12, 20, 40])
def test_one_normal_cohort_in_twenty_is_called_skewed_or_has_an_outlier(n: int) -> None:
    """2,000 cohorts: the share lies within four standard errors (.0049) of .05."""
    cohorts = np.random.default_rng(n).standard_normal((2000, n))
    for raised in (flags.is_skewed, flags.outlier_patients):
        assert np.mean([bool(raised(cohort)) for cohort in cohorts]) == pytest.approx(0.05, abs=0.0195)


def test_every_flag_has_a_level_and_fatal_ones_stop_a_strict_call() -> None:
    assert {code for code in FLAGS if flags.level_of(code) == "fatal"} == set(flags.FATAL) & set(FLAGS)
    assert {flags.level_of(code) for code in FLAGS} == {"fatal", "care", "information"}
    assert set(flags.INFORMATION) <= set(FLAGS)
    assert not set(flags.INFORMATION) & set(flags.FATAL)


@pytest.mark.parametrize("changes", [[-1.0], [-1.0, -1.0], [0.0, 0.0, 0.0], [0.2, 0.2, 0.3 - 0.1, 0.2]])
def test_few_or_equal_changes_are_neither_skewed_nor_outlying(changes) -> None:
    assert not flags.is_skewed(changes)
    assert flags.outlier_patients(changes) == ()


@settings(max_examples=60)
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
