"""Dose-response and drug against vehicle, donor by donor."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import dose_response, paired

DOSES = np.array([0.0, 1.0, 4.0, 16.0, 64.0, 256.0])


def curve(ic50: float, doses: np.ndarray = DOSES, slope: float = 1.2) -> np.ndarray:
    return 10 + 90 / (1 + (doses / ic50) ** slope)


def noisy(ic50: float, seed: int = 1) -> np.ndarray:
    return curve(ic50) + np.random.default_rng(seed).normal(0, 2, len(DOSES))


def test_an_exact_curve_is_found_exactly() -> None:
    got = dose_response.dose_curve(DOSES, curve(20))
    assert (got.ic50, got.slope, got.top, got.bottom) == pytest.approx((20, 1.2, 100, 10), rel=1e-6)
    assert (got.refused, got.flags, got.df, got.lowest, got.highest) == ("", (), 2, 1, 256)


@pytest.mark.parametrize(
    ("ic50", "reason"),
    [
        (300, "> 256: half of the effect is not reached"), (200, ""),
        (0.5, "< 1: more than half of the effect"), (2, ""),
    ],
)  # fmt: skip
def test_an_ic50_outside_the_tested_doses_is_refused(ic50: float, reason: str) -> None:
    got = dose_response.dose_curve(DOSES, curve(ic50))
    assert got.refused.startswith(reason)
    assert bool(got.refused) == bool(reason) == math.isnan(got.ic50)
    assert got.flags == (("IC50_OUT_OF_RANGE",) if reason else ())


def test_an_interval_wider_than_two_decades_is_refused() -> None:
    noise = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    assert "decades, more than 2" in dose_response.dose_curve(DOSES, curve(20) + 12 * noise).refused
    wide = dose_response.dose_curve(DOSES, curve(20) + 3 * noise)
    assert wide.refused == ""
    assert math.log10(wide.ci_high / wide.ci_low) < 2


def test_a_response_that_rises_has_no_ic50() -> None:
    assert (
        dose_response.dose_curve(DOSES, 110 - curve(20)).refused == "the response does not fall with the dose"
    )


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_unit_of_dose_and_response_does_not_matter(seed: int) -> None:
    y = noisy(20, seed)
    base, order = dose_response.dose_curve(DOSES, y), np.random.default_rng(seed).permutation(len(y))
    nano = dose_response.dose_curve(1000 * DOSES, y)
    other = dose_response.dose_curve(DOSES[order], 5 + 3 * y[order])
    assert (bool(nano.refused), bool(other.refused)) == (bool(base.refused),) * 2
    # least squares stops at 1e-13 of the sum of squares, its parameters at about the root of that
    assert (nano.ic50 / 1000, nano.ci_low / 1000) == pytest.approx(
        (base.ic50, base.ci_low), rel=1e-4, nan_ok=True
    )
    assert (other.ic50, other.ci_high) == pytest.approx((base.ic50, base.ci_high), rel=1e-4, nan_ok=True)
    assert (other.top, other.bottom) == pytest.approx(
        (5 + 3 * base.top, 5 + 3 * base.bottom), rel=1e-3, abs=1e-2
    )


def test_doses_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least 4 different doses.*Got 3: 0.0, 1.0, 4.0"):
        dose_response.dose_curve([0, 1, 4, 0, 1], [9.0, 5.0, 1.0, 8.0, 6.0])
    dose_response.dose_curve([0, 1, 4, 16, 1], [9.0, 5.0, 1.0, 0.5, 6.0])
    with pytest.raises(ParameterError, match="must not be negative. Got -1.0"):
        dose_response.dose_curve([0, 1, 4, 16, -1], [9.0, 5.0, 1.0, 0.5, 6.0])
    with pytest.raises(ParameterError, match="do not vary"):
        dose_response.dose_curve(DOSES, np.ones(6))
    with pytest.raises(ParameterError, match="at least 5 values. Got 4"):
        dose_response.dose_curve(DOSES[:4], noisy(20)[:4])


def wells(*ic50s: float, repeats: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Doses, responses, donors; the wells of a donor scatter evenly around its curve."""
    doses, responses, donors = [], [], []
    for donor, ic50 in enumerate(ic50s):
        for repeat in range(repeats):
            doses.extend(DOSES)
            responses.extend(curve(ic50) + 2 * (repeat - (repeats - 1) / 2))
            donors.extend([f"D{donor}"] * len(DOSES))
    return np.array(doses), np.array(responses), np.array(donors)


def test_the_mean_over_donors_is_geometric_with_a_t_interval() -> None:
    got = dose_response.ic50_over_donors(*wells(10, 20, 40))
    want = paired.paired_t(np.log10([10, 20, 40]))
    assert got.ic50 == pytest.approx(20, rel=1e-5)
    assert (got.ci_low, got.ci_high) == pytest.approx((10**want.ci_low, 10**want.ci_high), rel=1e-5)
    assert (got.donors, got.n_donors, got.n_refused, got.flags) == (("D0", "D1", "D2"), 3, 0, ())


def test_more_wells_of_a_donor_do_not_make_more_donors() -> None:
    one, three = (dose_response.ic50_over_donors(*wells(10, 40, repeats=repeats)) for repeats in (1, 3))
    assert (three.ic50, three.ci_low, three.n_donors) == pytest.approx((one.ic50, one.ci_low, 2), rel=1e-5)


def test_a_donor_without_an_ic50_is_named_and_left_out_of_the_mean() -> None:
    got = dose_response.ic50_over_donors(*wells(10, 20, 2000))
    assert (got.n_donors, got.n_refused, got.flags) == (2, 1, ("IC50_OUT_OF_RANGE",))
    assert got.ic50 == pytest.approx(math.sqrt(200), rel=1e-5)
    assert got.curves[2].refused.startswith("> 256")
    none = dose_response.ic50_over_donors(*wells(2000, 3000))
    assert (none.log10, none.n_donors) == (None, 0)
    one = dose_response.ic50_over_donors(*wells(10, 3000))
    assert math.isnan(one.ic50)
    assert one.n_donors == 1


def test_wells_of_one_donor_are_refused_as_replicates() -> None:
    with pytest.raises(DesignError, match="WELLS_AS_REPLICATES: 18 wells of one donor"):
        dose_response.ic50_over_donors(*wells(20, repeats=3))
    assert dose_response.ic50_over_donors(*wells(20, 20)).n_donors == 2


def test_a_donor_with_few_doses_is_named() -> None:
    doses, responses, donors = wells(10, 20)
    kept = (donors == "D0") | (doses < 50)
    assert dose_response.ic50_over_donors(
        doses[doses < 250], responses[doses < 250], donors[doses < 250]
    ).donors
    with pytest.raises(DesignError, match=r"1 donors have fewer than 5 different doses.*\(D1\)"):
        dose_response.ic50_over_donors(doses[kept], responses[kept], donors[kept])
