"""Agreement of platforms and of genes, by hand and by symmetry."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats import agreement

ROWS = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]])  # the second platform reads 1 higher


def platforms(seed: int, n: int = 9, k: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(2, 1, (n, 1)) + rng.normal(0, 0.5, (n, k)) + np.linspace(0, 0.5, k)


def test_an_offset_spoils_agreement_and_not_consistency() -> None:
    # MS rows 2, MS columns 1.5, MS error 0: ICC(A,1) = 2 / (2 + 2 / 3 x 1.5)
    got = agreement.icc(ROWS)
    assert (got.agreement, got.consistency) == pytest.approx((2 / 3, 1))
    assert (got.consistency_low, got.consistency_high) == (1, 1)
    assert got.agreement_low < 2 / 3 < got.agreement_high
    same = agreement.icc(ROWS[:, [0, 0]])
    assert (same.agreement, same.agreement_low, same.agreement_high, same.consistency) == (1, 1, 1, 1)


def test_samples_that_do_not_vary_have_no_icc() -> None:
    assert math.isnan(agreement.icc([[1.0, 2.0], [1.0, 2.0]]).agreement)
    assert not math.isnan(agreement.icc([[1.0, 2.0], [1.0, 2.1]]).agreement)


def test_the_four_judges_of_shrout_and_fleiss_have_their_icc_and_interval() -> None:
    # Shrout & Fleiss 1979, table 2 (doi 10.1037/0033-2909.86.2.420): ICC(2,1) .29 and ICC(3,1) .71; the intervals are those
    # that R's irr and psych print for these data: .019 to .761 and .342 to .946
    judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    got = agreement.icc(judges)
    assert (got.agreement, got.agreement_low, got.agreement_high) == pytest.approx(
        (0.290, 0.019, 0.761), abs=5e-4
    )
    assert (got.consistency, got.consistency_low, got.consistency_high) == pytest.approx(
        (0.715, 0.342, 0.946), abs=5e-4
    )


def test_without_offsets_the_interval_of_agreement_has_the_degrees_of_freedom_of_the_error() -> None:
    # Satterthwaite's df of (a MSC + b MSE) are those of MSE alone where MSC is 0
    x = np.array([[9.0, 2], [1, 4], [5, 6], [7, 10]])
    x -= x.mean(axis=0)
    rows = 2 * x.mean(axis=1).var(ddof=1)
    error = ((x - x.mean(axis=1, keepdims=True)) ** 2).sum() / 3
    f = stats.f.ppf(0.975, 3, 3)
    got = agreement.icc(x)
    assert got.agreement_low == pytest.approx(4 * (rows - f * error) / (2 * f * error + 4 * rows))
    assert got.agreement_high == pytest.approx(4 * (f * rows - error) / (2 * error + 4 * f * rows))


def test_differences_of_a_ten_millionth_are_differences_and_those_of_rounding_are_none() -> None:
    assert agreement.icc(5 + 1e-7 * ROWS).agreement == pytest.approx(2 / 3, abs=1e-6)
    assert math.isnan(agreement.icc(5 + 1e-15 * ROWS).agreement)


@pytest.mark.parametrize("offset", [0.0, 0.8])
def test_the_interval_of_a_concordance_is_that_of_the_moments_of_a_normal(offset: float) -> None:
    rng = np.random.default_rng(12)
    x = rng.normal(size=20)
    y = 0.8 * x + rng.normal(0, 0.5, 20) + offset
    got = agreement.concordance(x, y)

    def z_of(moments: np.ndarray) -> float:
        mean_x, mean_y, xx, yy, xy = moments
        return math.atanh(2 * xy / (xx + yy + (mean_x - mean_y) ** 2))

    # the delta method: covariances, times n, of the means and (co)variances of a sample from a normal
    xx, yy, xy = x.var(), y.var(), np.cov(x, y, bias=True)[0, 1]
    at = np.array([x.mean(), y.mean(), xx, yy, xy])
    spread = np.zeros((5, 5))
    spread[:2, :2] = [[xx, xy], [xy, yy]]
    spread[2:, 2:] = [
        [2 * xx**2, 2 * xy**2, 2 * xx * xy],
        [2 * xy**2, 2 * yy**2, 2 * yy * xy],
        [2 * xx * xy, 2 * yy * xy, xx * yy + xy**2],
    ]
    slope = np.array([(z_of(at + step) - z_of(at - step)) / 2e-5 for step in 1e-5 * np.eye(5)])
    error = math.sqrt(slope @ spread @ slope / 18)  # Lin divides by n - 2
    middle = math.atanh(got.ccc)
    # 1e-6: of the derivatives
    assert math.atanh(got.ci_low) == pytest.approx(middle - 1.959964 * error, rel=1e-6)
    assert math.atanh(got.ci_high) == pytest.approx(middle + 1.959964 * error, rel=1e-6)


def test_concordance_counts_the_offset() -> None:
    # s_x^2 = s_y^2 = s_xy = 2 / 3 (with n), offset 1: 2 (2/3) / (4/3 + 1); four samples: 1.25, so 2.5 / 3.5
    got = agreement.concordance([0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0])
    assert (got.ccc, got.r, got.bias_correction) == pytest.approx((2.5 / 3.5, 1, 2.5 / 3.5))
    same = agreement.concordance([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0])
    assert same.ccc == pytest.approx(1)
    assert math.isnan(same.ci_low)
    assert math.isnan(agreement.concordance([1.0] * 4, [0.0, 1.0, 2.0, 3.0]).ccc)


def test_limits_of_agreement_by_hand() -> None:
    # differences 1, 2, 3: mean 2, SD 1; t(2) = 4.302653
    got = agreement.bland_altman([5.0, 3.0, 8.0], [6.0, 5.0, 11.0])
    assert (got.bias, got.sd, got.lower, got.upper) == pytest.approx(
        (2, 1, 2 - 1.959964, 2 + 1.959964), rel=1e-6
    )
    half, wide = 4.302653 / math.sqrt(3), 4.302653 * math.sqrt(1 / 3 + 1.959964**2 / 4)
    assert (got.bias_low, got.bias_high) == pytest.approx((2 - half, 2 + half), rel=1e-6)
    assert (got.lower_low, got.upper_high) == pytest.approx((got.lower - wide, got.upper + wide), rel=1e-6)
    assert agreement.bland_altman([1, 2, 3], [2, 3, 4], share=0.5).sd == 0


def test_a_bias_that_grows_with_the_score_has_a_slope() -> None:
    # second = 1.5 first: difference / mean = 0.5 / 1.25 = 0.4 exactly
    x = np.array([1.0, 2.0, 3.0, 5.0])
    got = agreement.bland_altman(x, 1.5 * x)
    assert got.slope == pytest.approx(0.4)
    assert got.slope_p < 1e-6
    assert math.isnan(agreement.bland_altman(x, x + 1).slope)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_agreement_does_not_depend_on_order_shift_or_scale(seed: int) -> None:
    x = platforms(seed)
    order = np.random.default_rng(seed).permutation(len(x))
    base = agreement.icc(x)
    for other in (x[order], x[:, [2, 0, 1]], x + 10, -3 * x):
        got = agreement.icc(other)
        assert (got.agreement, got.agreement_low, got.consistency, got.consistency_high) == pytest.approx(
            (base.agreement, base.agreement_low, base.consistency, base.consistency_high), rel=1e-8
        )
    one, other = (
        agreement.concordance(x[:, 0], x[:, 1]),
        agreement.concordance(2 * x[:, 1] + 5, 2 * x[:, 0] + 5),
    )
    assert (one.ccc, one.ci_low, one.ci_high) == pytest.approx(
        (other.ccc, other.ci_low, other.ci_high), rel=1e-8
    )
    there, back = agreement.bland_altman(x[:, 0], x[:, 1]), agreement.bland_altman(x[:, 1], x[:, 0])
    assert (there.bias, there.lower, there.upper_high, there.slope) == pytest.approx(
        (-back.bias, -back.upper, -back.lower_low, -back.slope), rel=1e-8
    )


def hadamard() -> np.ndarray:
    """Eight samples, columns of mean 0 that are orthogonal and of one length."""
    h = np.array([[1.0]])
    for _ in range(3):
        h = np.block([[h, h], [h, -h]])
    return h[:, 1:]


def test_alpha_of_three_genes_that_correlate_by_a_half() -> None:
    # shared part + own part of equal size: r = 1/2, alpha = 3 x 1/2 / (1 + 2 x 1/2) = 3/4; pairs: 2 x .5 / 1.5
    columns = hadamard()
    genes = columns[:, :1] + columns[:, 1:4]
    got = agreement.alpha(genes)
    assert (got.alpha, got.standardised) == pytest.approx((0.75, 0.75))
    np.testing.assert_allclose(got.dropped, 2 / 3)
    # gene against the other two: cov 2, variances 2 and 6
    np.testing.assert_allclose(got.item_rest, 2 / math.sqrt(12))
    # sum of three (variance 12) against two of them (variance 6): covariance 8
    np.testing.assert_allclose(got.score_r, 8 / math.sqrt(72))
    assert got.flags == ()


def test_a_gene_against_the_others_is_flagged() -> None:
    columns = hadamard()
    genes = columns[:, :1] + columns[:, 1:5]
    assert agreement.alpha(genes).flags == ()
    genes[:, 3] *= -1
    got = agreement.alpha(genes)
    assert got.flags == ("GENE_NEG_ITEM_REST",)
    assert (got.item_rest < 0).tolist() == [False, False, False, True]
    assert got.dropped[3] > got.alpha


def test_a_constant_gene_has_no_correlation() -> None:
    columns = hadamard()
    genes = np.column_stack([columns[:, :1] + columns[:, 1:4], np.ones(8)])
    got = agreement.alpha(genes)
    assert math.isnan(got.item_rest[3])
    assert math.isnan(got.standardised)
    assert got.flags == ()


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_alpha_follows_the_genes_and_not_the_samples(seed: int) -> None:
    x = platforms(seed, 10, 5)
    rng = np.random.default_rng(seed)
    order, genes = rng.permutation(10), rng.permutation(5)
    base, moved, swapped = agreement.alpha(x), agreement.alpha(3 - 2 * x[order]), agreement.alpha(x[:, genes])
    assert (moved.alpha, moved.ci_low, moved.standardised) == pytest.approx(
        (base.alpha, base.ci_low, base.standardised), rel=1e-8
    )
    np.testing.assert_allclose(swapped.item_rest, base.item_rest[genes], rtol=1e-8)
    np.testing.assert_allclose(swapped.dropped, base.dropped[genes], rtol=1e-8)


@pytest.mark.parametrize(
    ("function", "bad", "message"),
    [
        (agreement.icc, [[1.0, 2.0]], r"at least 2 x 2.*Got shape \(1, 2\)"),
        (agreement.icc, [[1.0, math.nan], [1.0, 2.0]], "with 1 missing"),
        (agreement.alpha, [[1.0, 2.0, 3.0], [2.0, 3.0, 5.0]], r"at least 3 x 3.*Got shape \(2, 3\)"),
        (agreement.alpha, [[1.0, 2.0, 3.0]] * 3, "do not vary"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(
    function: Callable[..., object], bad: list, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        function(bad)
    function([[1.0, 2.0, 3.0], [1.0, 2.5, 3.0], [2.0, 2.0, 4.0]])


def test_pairs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least 4 values. Got 3"):
        agreement.concordance([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    with pytest.raises(ParameterError, match="at least 3 values. Got 2"):
        agreement.bland_altman([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ParameterError, match="one length"):
        agreement.bland_altman([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        agreement.icc(ROWS, level=1)
