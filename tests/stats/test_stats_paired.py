"""Change within patients: hand-worked cases, brute force, algebra, and what comes back at the edges."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ifnsig.errors import ParameterError
from ifnsig.stats import excluded_effect, paired
from ifnsig.stats._vectors import few_draws
from ifnsig.stats.exact import _sign_flips, _signed_ranks

# hundredths, so that ties and zeros come up, and sums do not hang on rounding
CHANGES = st.lists(st.integers(-300, 300).map(lambda value: value / 100), min_size=2, max_size=9)
FUNCTIONS = (paired.paired_t, paired.sign_flip, paired.signed_rank, paired.hodges_lehmann, paired.effect_size)


def test_paired_t_worked_by_hand() -> None:
    # mean 2, squared deviations 1 + 0 + 1, SD 1, SE 1/sqrt(3), t = 2 sqrt(3);
    # with 2 df P(|T| > t) = 1 - t / sqrt(2 + t^2)
    got = paired.paired_t([1.0, 2.0, 3.0])
    t = 2 * math.sqrt(3)
    assert (got.mean, got.sd, got.se, got.df) == pytest.approx((2, 1, 1 / math.sqrt(3), 2))
    assert got.t == pytest.approx(t)
    assert got.p == pytest.approx(1 - t / math.sqrt(2 + t * t))


def test_sign_flip_worked_by_hand() -> None:
    # 8 sign patterns of 1, 2, 3: only +++ and --- reach |sum| 6
    got = paired.sign_flip([1.0, 2.0, 3.0])
    assert (got.p, got.n_flips, got.min_attainable_p, got.p_type) == (0.25, 8, 0.25, "exact")


def test_signed_rank_worked_by_hand() -> None:
    # |d| 1 1 2 -> midranks 1.5 1.5 3; V = 1.5 + 3 = 4.5; of 8 sums (0 1.5 1.5 3 3 4.5 4.5 6) three are >= 4.5
    got = paired.signed_rank([1.0, -1.0, 2.0])
    assert (got.statistic, got.p, got.ties, got.n_zeros) == (4.5, 0.75, True, 0)


def test_pratt_ranks_zeros_before_it_drops_them() -> None:
    # |d| 0 1 2 3 -> ranks 1 2 3 4; the zero's rank goes; V = 3 + 4;
    # of the 8 sums of {2, 3, 4} two, 7 and 9, are >= 7
    got = paired.signed_rank([0.0, -1.0, 2.0, 3.0], zeros="pratt")
    assert (got.statistic, got.p, got.n_zeros) == (7.0, 0.5, 1)
    # dropped first: ranks 1 2 3, V = 5, sums of {1, 2, 3} >= 5: 5 and 6
    assert paired.signed_rank([0.0, -1.0, 2.0, 3.0]).statistic == 5.0


def test_hodges_lehmann_worked_by_hand() -> None:
    # Walsh averages of 1 2 6: 1 1.5 2 3.5 4 6, median 2.75; widest interval covers 1 - 2 / 2^3
    got = paired.hodges_lehmann([6.0, 1.0, 2.0])
    assert (got.estimate, got.ci_low, got.ci_high, got.level_achieved) == (2.75, 1.0, 6.0, 0.75)


@pytest.mark.parametrize(("n", "achieved"), [(5, 0.9375), (6, 0.96875)])
def test_five_patients_cannot_have_a_95_percent_rank_interval_and_six_can(n: int, achieved: float) -> None:
    assert paired.hodges_lehmann(np.arange(1.0, n + 1)).level_achieved == achieved


@pytest.mark.parametrize(
    ("df", "correction"),
    # Gamma(1) / Gamma(1/2); Gamma(3/2) / (sqrt(3/2) Gamma(1)); Gamma(2) / (sqrt(2) Gamma(3/2))
    [(2, 1 / math.sqrt(math.pi)), (3, math.sqrt(math.pi / 6)), (4, math.sqrt(2 / math.pi))],
)
def test_hedges_correction_by_gamma_values(df: int, correction: float) -> None:
    assert paired.hedges_correction(df) == pytest.approx(correction)


def noncentral_t_cdf(t: float, df: int, ncp: float) -> float:
    """P(T <= t) from its meaning: a normal above a root of chi-square, integrated over the normal."""

    def slice_of(z: float) -> float:
        return float(stats.norm.pdf(z)) * (
            float(stats.chi2.sf(df * ((z + ncp) / t) ** 2, df)) if z + ncp > 0 else 1.0
        )

    return float(integrate.quad(slice_of, -10, 10, points=[min(10.0, max(-10.0, -ncp))], limit=400)[0])


@pytest.mark.parametrize("n", [2, 3, 8, 30])
@pytest.mark.parametrize("mean", [0.3, 1.0, 5.0, 50.0])
def test_the_noncentral_interval_puts_the_observed_t_at_its_quantiles(n: int, mean: float) -> None:
    d = np.linspace(-1, 1, n)
    d = mean + d / d.std(ddof=1)
    got = paired.effect_size(d)
    t = mean * math.sqrt(n)
    # 1e-6: the quadrature has a kink
    assert noncentral_t_cdf(t, n - 1, got.ci_low * math.sqrt(n)) == pytest.approx(0.975, abs=1e-6)
    assert noncentral_t_cdf(t, n - 1, got.ci_high * math.sqrt(n)) == pytest.approx(0.025, abs=1e-6)


@settings(max_examples=60)
@given(CHANGES)
def test_sign_flip_is_the_share_of_all_sign_patterns(changes: list[float]) -> None:
    cents = [round(100 * value) for value in changes]  # whole numbers: no rounding in the witness
    sums = [abs(sum(s * c for s, c in zip(signs, cents, strict=True)))
            for signs in itertools.product((1, -1), repeat=len(cents))]  # fmt: skip
    want = sum(value >= abs(sum(cents)) for value in sums) / len(sums)
    assert paired.sign_flip(changes).p == pytest.approx(want, abs=1e-12)


@settings(max_examples=60)
@given(CHANGES, st.sampled_from(["wilcoxon", "pratt"]))
def test_signed_rank_is_the_share_of_all_sign_patterns_of_its_ranks(changes: list[float], zeros: str) -> None:
    d = np.array([value for value in changes if value or zeros == "pratt"])
    ranks = stats.rankdata(np.abs(d))[d != 0] if len(d) else np.array([])
    observed = ranks[d[d != 0] > 0].sum()
    sums = [sum(r for r, s in zip(ranks, signs, strict=True) if s)
            for signs in itertools.product((0, 1), repeat=len(ranks))]  # fmt: skip
    tails = np.mean([value <= observed for value in sums]), np.mean([value >= observed for value in sums])
    assert paired.signed_rank(changes, zeros=zeros).p == pytest.approx(min(1.0, 2 * min(tails)), abs=1e-12)


@settings(max_examples=60)
@given(CHANGES)
def test_reversing_every_change_reverses_the_estimates_and_keeps_the_p(changes: list[float]) -> None:
    d = np.array(changes)
    forth, back = paired.paired_t(d), paired.paired_t(-d)
    assert (forth.mean, forth.t, forth.p) == pytest.approx((-back.mean, -back.t, back.p), nan_ok=True)
    assert (forth.ci_low, forth.ci_high) == pytest.approx((-back.ci_high, -back.ci_low), nan_ok=True)
    assert paired.sign_flip(d).p == paired.sign_flip(-d).p
    assert paired.signed_rank(d).p == pytest.approx(paired.signed_rank(-d).p)
    place, other = paired.hodges_lehmann(d), paired.hodges_lehmann(-d)
    assert (place.estimate, place.ci_low) == pytest.approx((-other.estimate, -other.ci_high), abs=1e-12)
    size, mirrored = paired.effect_size(d), paired.effect_size(-d)
    assert (size.dz, size.ci_low, size.ci_high) == pytest.approx(
        (-mirrored.dz, -mirrored.ci_high, -mirrored.ci_low), nan_ok=True
    )


@settings(max_examples=40)
@given(CHANGES, st.sampled_from([0.001, 3.0, 1e6]))
def test_the_unit_of_the_score_moves_estimates_and_no_p(changes: list[float], factor: float) -> None:
    d = np.array(changes)
    one, other = paired.paired_t(d), paired.paired_t(factor * d)
    assert other.mean == pytest.approx(factor * one.mean)
    # t = mean / SE of a mean that is 0 but for rounding is rounding itself, hence abs
    assert (one.t, one.p) == pytest.approx((other.t, other.p), nan_ok=True, abs=1e-9)
    assert paired.sign_flip(d).p == paired.sign_flip(factor * d).p
    assert paired.signed_rank(d).p == paired.signed_rank(factor * d).p
    assert paired.hodges_lehmann(factor * d).estimate == pytest.approx(
        factor * paired.hodges_lehmann(d).estimate, abs=1e-12 * factor
    )
    assert paired.effect_size(d).dz == pytest.approx(paired.effect_size(factor * d).dz, nan_ok=True, abs=1e-9)


@settings(max_examples=40)
@given(CHANGES, st.floats(-5, 5))
def test_a_shift_of_all_changes_shifts_the_location(changes: list[float], shift: float) -> None:
    d = np.array(changes)
    assert paired.paired_t(d + shift).mean == pytest.approx(d.mean() + shift, abs=1e-9)
    assert paired.hodges_lehmann(d + shift).estimate == pytest.approx(
        paired.hodges_lehmann(d).estimate + shift, abs=1e-9
    )


@settings(max_examples=40)
@given(CHANGES, st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_matter(changes: list[float], random) -> None:
    shuffled = random.sample(changes, len(changes))
    assert paired.paired_t(shuffled).t == pytest.approx(paired.paired_t(changes).t, nan_ok=True, abs=1e-9)
    assert paired.sign_flip(shuffled).p == paired.sign_flip(changes).p
    assert paired.signed_rank(shuffled) == paired.signed_rank(changes)
    assert paired.hodges_lehmann(shuffled) == paired.hodges_lehmann(changes)


def test_changes_that_differ_by_rounding_only_are_tied() -> None:
    noisy = [0.3 - 0.1, 0.5 - 0.3, -(0.7 - 0.5)]  # 0.2 three times, but for the last bits
    assert len({abs(value) for value in noisy}) > 1
    assert paired.signed_rank(noisy) == paired.signed_rank([0.2, 0.2, -0.2])
    assert paired.sign_flip(noisy).p == paired.sign_flip([0.2, 0.2, -0.2]).p == 1.0


def test_up_to_16_patients_sign_flips_are_exact_and_need_no_seed() -> None:
    d = np.arange(1.0, 17.0)
    got = paired.sign_flip(d)
    # all changes rise: only the two one-sided patterns are as extreme
    assert (got.p, got.n_flips, got.mc_error) == (2 / 2**16, 2**16, 0.0)


def test_from_17_patients_sign_flips_need_a_seed() -> None:
    with pytest.raises(ParameterError, match=r"needs 'rng'.*17 patients are more than the 16"):
        paired.sign_flip(np.arange(1.0, 18.0))


def test_random_sign_flips_repeat_with_their_seed_and_never_give_zero() -> None:
    d = np.arange(1.0, 25.0)
    got = paired.sign_flip(d, rng=3, n_flips=999)
    assert got == paired.sign_flip(d, rng=np.random.default_rng(3), n_flips=999)
    assert (got.p, got.min_attainable_p, got.p_type) == (1 / 1000, 1 / 1000, "Monte Carlo")


def test_random_sign_flips_agree_with_the_exact_signed_rank_of_ranks() -> None:
    # on 1..20 with signs the sign-flip test of the sum is the signed-rank test, which is exact
    d = np.arange(1.0, 21.0) * np.where(np.arange(20) % 3 == 0, -1, 1)
    got = paired.sign_flip(d, rng=5)
    assert abs(got.p - paired.signed_rank(d).p) < 4 * got.mc_error


def test_zeros_lend_no_sign_to_the_smallest_p() -> None:
    assert paired.sign_flip([0.0, 1.0, 2.0, 3.0]).min_attainable_p == 0.25
    assert paired.signed_rank([0.0, 1.0, 2.0, 3.0]).min_attainable_p == 0.25
    assert paired.sign_flip([0.5, 1.0, 2.0, 3.0]).min_attainable_p == 0.125


def test_no_change_at_all_is_no_evidence() -> None:
    still = [0.0, 0.0, 0.0]
    assert paired.sign_flip(still).p == paired.signed_rank(still).p == 1.0
    assert math.isnan(paired.paired_t(still).p)
    assert math.isnan(paired.effect_size(still).dz)


@pytest.mark.parametrize("changes", [[0.1, 0.1, 0.1], [0.3 - 0.1, 0.2, 0.2]])
def test_changes_without_variation_have_no_t(changes: list[float]) -> None:
    got = paired.paired_t(changes)
    assert got.sd == 0
    assert all(math.isnan(value) for value in (got.se, got.t, got.p, got.ci_low, got.ci_high))


def test_one_patient_has_an_estimate_and_no_interval() -> None:
    t, place, size = paired.paired_t([-1.5]), paired.hodges_lehmann([-1.5]), paired.effect_size([-1.5])
    assert (t.mean, t.df, place.estimate, place.level_achieved) == (-1.5, 0, -1.5, 0.0)
    nothing = (t.sd, t.se, t.t, t.p, t.ci_low, t.ci_high, place.ci_low, place.ci_high, size.dz, size.g)
    assert all(math.isnan(value) for value in nothing)
    assert paired.sign_flip([-1.5]).p == paired.signed_rank([-1.5]).p == 1.0


def test_two_patients_have_a_dz_and_no_g() -> None:
    size = paired.effect_size([1.0, 2.0])
    assert size.dz == pytest.approx(1.5 * math.sqrt(2))
    assert math.isnan(size.g)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([1.0, math.nan, 2.0], "1 missing or infinite of 3 values, at position 1"),
        ([math.inf, 1.0], "at position 0"),
        ([], "needs at least 1 value. Got 0"),
        ([[1.0], [2.0]], r"one-dimensional. Got shape \(2, 1\)"),
        (["a", "b"], "must hold numbers"),
    ],
)
def test_unfit_changes_are_refused(function, changes, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        function(changes)
    function([1.0, 2.0])


@pytest.mark.parametrize("function", [paired.paired_t, paired.hodges_lehmann, paired.effect_size])
@pytest.mark.parametrize("level", [0, 1, 95, True, "0.95", math.nan])
def test_a_level_outside_zero_and_one_is_refused(function, level) -> None:
    with pytest.raises(ParameterError, match="between 0 and 1"):
        function([1.0, 2.0, 4.0], level)
    function([1.0, 2.0, 4.0], 0.999)


@pytest.mark.parametrize("n_flips", [0, 9.5, True])
def test_a_number_of_flips_that_is_none_is_refused(n_flips) -> None:
    with pytest.raises(ParameterError, match="whole number from 1 up"):
        paired.sign_flip([1.0, 2.0], n_flips=n_flips)
    paired.sign_flip([1.0, 2.0], n_flips=1)


def test_an_unknown_rule_for_zeros_is_refused() -> None:
    with pytest.raises(ParameterError, match="Did you mean 'pratt'"):
        paired.signed_rank([1.0, 2.0], zeros="prat")


def test_the_excluded_effect_is_the_far_end_of_the_interval() -> None:
    assert excluded_effect(-0.4, 1.2) == 1.2
    assert excluded_effect(-2.0, 1.2) == 2.0
    assert math.isnan(excluded_effect(math.nan, math.nan))


def test_inputs_are_left_as_they_were() -> None:
    d = np.array([0.5, -1.0, 0.0, 2.0])
    before = d.copy()
    for function in FUNCTIONS:
        function(d)
    np.testing.assert_array_equal(d, before)


def test_the_smallest_p_of_a_very_large_cohort_is_a_number() -> None:
    from ifnsig.stats.exact._sign_flips import smallest_p

    assert smallest_p(10, None) == 2 / 2**10
    assert smallest_p(5_000, 99_999) == 1 / 100_000


@pytest.mark.parametrize("ties", [False, True])
def test_signed_ranks_that_are_not_counted_are_as_if_counted(
    ties: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    d = np.random.default_rng(8).normal(0.12, 1, 300)
    d = np.round(d, 1) if ties else d
    exact, located = paired.signed_rank(d), paired.hodges_lehmann(d)
    monkeypatch.setattr(_signed_ranks, "MOST_STEPS", 0)
    _signed_ranks._interval_rank.cache_clear()
    # the docstring's bound
    assert paired.signed_rank(d).p == pytest.approx(exact.p, rel=2e-4)
    got = paired.hodges_lehmann(d)
    assert (got.ci_low, got.ci_high) == (located.ci_low, located.ci_high)
    assert got.level_achieved == pytest.approx(located.level_achieved, abs=1e-5)
    assert paired.signed_rank(np.arange(1.0, 901)).p == 2.0**-899
    _signed_ranks._interval_rank.cache_clear()


@pytest.mark.parametrize("digits", [0, 2, 12])
def test_walsh_averages_are_found_without_making_them(digits: int) -> None:
    d = np.round(np.random.default_rng(digits).normal(0.1, 1, 700), digits)
    first, second = np.triu_indices(len(d))
    every = np.sort((d[first] + d[second]) / 2)
    places = [0, 1, 999, len(every) // 3, (len(every) - 1) // 2, len(every) // 2, len(every) - 1]
    assert _signed_ranks.walsh_averages(d, places) == every[places].tolist()
    assert paired.hodges_lehmann(d).estimate == np.median(every)


def test_vectors_flipped_together_have_the_p_of_each_alone() -> None:
    rng = np.random.default_rng(4)
    several = [rng.normal(0.2, 1, n) for n in (40, 12, 40, 25, 40)]
    got = paired.sign_flips(several, 7, n_flips=9999)
    assert got == [paired.sign_flip(one, 7, n_flips=9999) for one in several]


def test_how_signs_are_cut_into_blocks_changes_none() -> None:
    n = 3001  # patients enough for many blocks
    cut = np.vstack(list(_sign_flips.flipped_sums(np.eye(n), 5, 2000, "sign_flip")))
    whole = 2.0 * np.random.default_rng(5).integers(0, 2, size=(2000, n), dtype=np.int8) - 1.0
    np.testing.assert_array_equal(cut, whole)


def test_a_rehearsal_draws_few_and_what_follows_draws_all() -> None:
    d = np.random.default_rng(1).normal(size=30)
    with few_draws():
        assert paired.sign_flip(d, 1, n_flips=999).n_flips == 99
        assert paired.sign_flip(d, 1, n_flips=50).n_flips == 50
    assert paired.sign_flip(d, 1, n_flips=999).n_flips == 999
