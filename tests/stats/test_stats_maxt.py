"""Max-T over signatures: brute force with t, algebra, refusals."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from ifnsig.errors import ParameterError
from ifnsig.stats import maxt, paired


def matrix(patients: int = 6, signatures: int = 4) -> np.ndarray:
    rng = np.random.default_rng(11)
    return np.round(rng.normal(-0.6, 1, (patients, 1)) + rng.normal(0, 0.7, (patients, signatures)), 2)


def t_of(d: np.ndarray) -> np.ndarray:
    return np.abs(d.mean(axis=0) / (d.std(axis=0, ddof=1) / math.sqrt(len(d))))


def test_adjusted_p_are_those_of_every_sign_pattern() -> None:
    d = matrix()
    observed = t_of(d)
    flipped = np.array(
        [t_of(d * np.array(signs)[:, None]) for signs in itertools.product((1, -1), repeat=len(d))]
    )
    close = observed - 1e-9
    got = maxt.sign_flip_max_t(d)
    np.testing.assert_allclose(got.t, t_of(d) * np.sign(d.mean(axis=0)))
    np.testing.assert_allclose(got.p, (flipped >= close).mean(axis=0))
    np.testing.assert_allclose(got.single_step, (flipped.max(axis=1)[:, None] >= close).mean(axis=0))
    order = np.argsort(-observed)
    running, want = 0.0, np.empty(len(order))
    for place, column in enumerate(order):
        running = max(running, (flipped[:, order[place:]].max(axis=1) >= close[column]).mean())
        want[column] = running
    np.testing.assert_allclose(got.step_down, want)


def test_one_signature_alone_needs_no_adjustment() -> None:
    d = matrix(7, 1)
    got = maxt.sign_flip_max_t(d)
    assert got.p[0] == got.single_step[0] == got.step_down[0] == paired.sign_flip(d[:, 0]).p


def test_the_same_signature_twice_costs_nothing() -> None:
    d = matrix(7, 1)
    got = maxt.sign_flip_max_t(np.hstack([d, 3 * d]))
    np.testing.assert_array_equal(got.single_step, [paired.sign_flip(d[:, 0]).p] * 2)


def test_adjusted_p_lie_between_raw_and_single_step() -> None:
    got = maxt.sign_flip_max_t(matrix(8, 6))
    assert (got.p <= got.step_down).all()
    assert (got.step_down <= got.single_step).all()


def test_units_and_order_of_signatures_do_not_matter() -> None:
    d = matrix(8, 5)
    order = [3, 0, 4, 1, 2]
    one, other = maxt.sign_flip_max_t(d), maxt.sign_flip_max_t(d[:, order] * np.array([1, 10, 0.1, 3, 7.0]))
    np.testing.assert_allclose(one.step_down[order], other.step_down)


def test_a_signature_without_change_has_p_one() -> None:
    got = maxt.sign_flip_max_t(np.column_stack([matrix(6, 1), np.zeros(6)]))
    assert math.isnan(got.t[1])
    assert (got.p[1], got.step_down[1]) == (1.0, 1.0)


def test_below_six_patients_no_adjusted_p_reaches_05() -> None:
    d = np.full((5, 3), -2.0) + matrix(5, 3) / 100
    got = maxt.sign_flip_max_t(d)
    assert got.min_attainable_p == 0.0625
    assert (got.step_down >= 0.0625).all()


def test_many_patients_need_a_seed_and_agree_with_the_single_test() -> None:
    d = matrix(20, 3)
    with pytest.raises(ParameterError, match="sign_flip_max_t needs 'rng'"):
        maxt.sign_flip_max_t(d)
    got = maxt.sign_flip_max_t(d, rng=2, n_flips=9999)
    assert got.p_type == "Monte Carlo"
    # the same seed draws the same signs, and |t| orders patterns as |mean| does
    np.testing.assert_allclose(got.p, [paired.sign_flip(column, 2, n_flips=9999).p for column in d.T])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, 2.0], "patients x signatures, at least 2 x 1"),
        ([[1.0, 2.0]], "at least 2 x 1"),
        (np.empty((3, 0)), "at least 2 x 1"),
        ([[1.0, 2.0], [math.inf, 1.0]], r"1 of 2 patients \(rows \[1\]\)"),
    ],
)
def test_unfit_matrices_are_refused(values, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        maxt.sign_flip_max_t(values)
    maxt.sign_flip_max_t([[1.0, 2.0], [2.0, 1.0]])


def test_a_patient_without_one_score_counts_in_the_others() -> None:
    """Every sign pattern, with |sum| / sqrt(sum of squares) of the patients that each signature has."""
    d = matrix(7, 3)
    d[0, 1], d[3, 2], d[4, 2] = np.nan, np.nan, np.nan

    def size(x: np.ndarray) -> np.ndarray:
        return np.abs(np.nansum(x, axis=0)) / np.sqrt(np.nansum(x**2, axis=0))

    flips = np.array([size(d * np.array(signs)[:, None]) for signs in itertools.product((1, -1), repeat=7)])
    got = maxt.sign_flip_max_t(d)
    np.testing.assert_allclose(got.single_step, (flips.max(axis=1)[:, None] >= size(d) - 1e-9).mean(axis=0))
    np.testing.assert_allclose(got.p, [paired.sign_flip(column[~np.isnan(column)]).p for column in d.T])
    np.testing.assert_allclose(got.t, [paired.paired_t(column[~np.isnan(column)]).t for column in d.T])


def test_the_smallest_p_counts_patients_with_a_sign_to_flip() -> None:
    # brute force: the most extreme signature of six patients, one of whom did not change, has 2 of 2^5 patterns
    d = np.array([[1.0, 2.0]] * 5 + [[0.0, 0.0]])
    got = maxt.sign_flip_max_t(d)
    assert (got.min_attainable_p, got.step_down.min()) == (2 / 2**5, 2 / 2**5)
    assert maxt.sign_flip_max_t(np.array([[1.0, 2.0]] * 5 + [[0.0, 0.1]])).min_attainable_p == 2 / 2**6


def test_the_smallest_p_of_random_flips_is_not_below_that_of_all_flips() -> None:
    d = np.ones((17, 2))
    assert maxt.sign_flip_max_t(d, rng=1, n_flips=999_999).min_attainable_p == 2 / 2**17
    assert maxt.sign_flip_max_t(d, rng=1, n_flips=99).min_attainable_p == 1 / 100
