"""Moderated t: limits that algebra knows, splines, refusals. R's numbers are in tests/parity/stats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import interpolate, special

from ifnsig.errors import ParameterError
from ifnsig.stats import moderated, paired


def differences(patients: int = 5, genes: int = 40) -> np.ndarray:
    rng = np.random.default_rng(21)
    return rng.normal(0, np.sqrt(rng.chisquare(4, genes)), (patients, genes)) - 0.3


def test_the_variance_lies_between_that_of_the_gene_and_the_prior() -> None:
    d = differences()
    got, own = moderated.moderated_paired_t(d), d.var(axis=0, ddof=1)
    assert math.isfinite(got.prior_df)
    weight = got.prior_df / (got.prior_df + 4)
    np.testing.assert_allclose(got.variance, weight * got.prior_variance + (1 - weight) * own)
    assert got.df == pytest.approx(4 + got.prior_df)


def test_genes_of_one_variance_share_it() -> None:
    d = np.array([[-1.0, 1.0, -1.0], [1.0, -1.0, 1.0], [2.0, 3.0, -2.0]])
    d = (d - d.mean(axis=0)) / d.std(axis=0, ddof=1) + [1.0, 2.0, 3.0]
    got = moderated.moderated_paired_t(d)
    assert got.prior_df == math.inf
    np.testing.assert_allclose(got.variance, 1.0)
    np.testing.assert_allclose(got.t, np.array([1.0, 2.0, 3.0]) * math.sqrt(3))
    assert got.df == 6  # at most the degrees of freedom of all genes together


def test_units_cancel_and_signs_turn() -> None:
    d = differences()
    one, other = moderated.moderated_paired_t(d), moderated.moderated_paired_t(-5 * d)
    np.testing.assert_allclose(other.t, -one.t)
    np.testing.assert_allclose(other.p, one.p)


def test_order_of_patients_and_genes_does_not_matter() -> None:
    d, order = differences(), np.random.default_rng(2).permutation(40)
    one, other = moderated.moderated_paired_t(d), moderated.moderated_paired_t(d[::-1, order])
    np.testing.assert_allclose(other.t, one.t[order])


def test_a_gene_that_never_varies_borrows_a_variance() -> None:
    d = differences()
    d[:, 0] = -1.0
    got = moderated.moderated_paired_t(d)
    assert math.isnan(paired.paired_t(d[:, 0]).t)
    assert math.isfinite(got.t[0])


@pytest.mark.parametrize("value", [1e-4, 0.1, 1.0, 7.0, 500.0])
def test_the_inverse_of_trigamma(value: float) -> None:
    assert special.polygamma(1, moderated._trigamma_inverse(value)) == pytest.approx(value)


def test_natural_splines_span_what_an_interpolating_one_needs() -> None:
    x = np.linspace(0, 10, 60)
    knots = np.quantile(x, np.linspace(0, 1, 4))
    curve = interpolate.CubicSpline(knots, [1.0, -2.0, 0.5, 3.0], bc_type="natural")(x)
    basis = moderated.natural_spline(x, 4)
    assert basis.shape == (60, 4)
    left = curve - basis @ np.linalg.lstsq(basis, curve, rcond=None)[0]
    assert np.abs(left).max() < 1e-9  # rounding of a 60 x 4 least squares


def test_expression_that_does_not_vary_gives_one_prior() -> None:
    d = differences()
    flat, plain = moderated.moderated_paired_t(d, np.full(40, 5.0)), moderated.moderated_paired_t(d)
    np.testing.assert_allclose(flat.t, plain.t)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, 2.0, 3.0]], "at least 2 x 3"),
        ([[1.0, 2.0], [2.0, 1.0]], "at least 2 x 3"),
        ([1.0, 2.0, 3.0], "patients x genes"),
        ([[1.0, 2.0, math.nan], [1.0, 2.0, 3.0]], "1 missing"),
    ],
)
def test_unfit_tables_are_refused(values, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        moderated.moderated_paired_t(values)
    moderated.moderated_paired_t([[1.0, 2.0, 4.0], [2.0, 1.0, 0.0]])


def test_expression_of_other_genes_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"one value a gene \(40\). Got 39"):
        moderated.moderated_paired_t(differences(), np.ones(39))
