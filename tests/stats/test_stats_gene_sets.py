"""Did the genes of a set fall together?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import gene_sets, maxt, paired


def changes(seed: int, patients: int = 7, genes: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(-0.3, 1, (patients, 1)) + rng.normal(0, 0.5, (patients, genes))


def test_one_gene_is_its_own_sign_flip_test() -> None:
    d = changes(1)[:, :1]
    got, want = gene_sets.gene_set(d), paired.sign_flip(d[:, 0])
    assert (got.flip.p, got.flip.p_type, got.flip.min_attainable_p) == (want.p, "exact", 2 / 2**7)
    assert got.t.t == pytest.approx(paired.paired_t(d[:, 0]).t)
    assert got.gene_effects[0] == pytest.approx(d.mean() / math.sqrt((d**2).mean()))


def test_genes_that_fall_alike_in_all_patients_have_effect_minus_one() -> None:
    got = gene_sets.gene_set([[-1.0, -5.0, 2.0], [-1.0, -5.0, 2.0], [-1.0, -5.0, 2.0]])
    np.testing.assert_allclose(got.gene_effects, [-1, -1, 1])
    assert (got.n_fell, got.n_rose, got.flip.mean) == (2, 1, pytest.approx(-1 / 3))
    assert got.flip.p == 0.25  # 2 of 8 patterns


def test_a_gene_without_change_is_counted_and_left_out() -> None:
    d = changes(2)
    with_constant = np.column_stack([d, np.zeros(7)])
    got, want = gene_sets.gene_set(with_constant), gene_sets.gene_set(d)
    assert (got.n_genes, got.n_constant, got.flip) == (6, 1, want.flip)
    assert math.isnan(got.gene_effects[5])


def test_correlated_genes_do_not_make_a_false_alarm() -> None:
    # one noise shared by 50 genes is one observation a patient: with no effect, 5 % of studies have p <= .05
    rng = np.random.default_rng(3)
    p = [
        gene_sets.gene_set(rng.normal(size=(8, 1)) + 0.3 * rng.normal(size=(8, 50))).flip.p
        for _ in range(600)
    ]
    # exact size 12 / 256 of 8 patients; four standard errors
    assert np.mean(np.array(p) <= 0.05) < 12 / 256 + 4 * math.sqrt(0.05 * 0.95 / 600)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_sets_turn_with_the_changes_and_ignore_units_and_order(seed: int) -> None:
    d = changes(seed)
    rng = np.random.default_rng(seed)
    base = gene_sets.gene_set(d)
    turned = gene_sets.gene_set(-d)
    scaled = gene_sets.gene_set((d * rng.uniform(0.1, 10, 5))[rng.permutation(7)])
    np.testing.assert_allclose(turned.gene_effects, -base.gene_effects)
    np.testing.assert_allclose(scaled.gene_effects, base.gene_effects)
    assert (turned.flip.mean, turned.flip.p, turned.n_fell) == pytest.approx(
        (-base.flip.mean, base.flip.p, base.n_rose)
    )
    assert (scaled.flip.mean, scaled.flip.p) == pytest.approx((base.flip.mean, base.flip.p))
    doubled = gene_sets.gene_set(np.column_stack([d, d]))
    np.testing.assert_allclose(doubled.scores, base.scores)


def test_several_sets_are_corrected_by_max_t() -> None:
    d = changes(4, genes=8)
    got = gene_sets.gene_sets(d, [[0, 1, 2], np.array([3, 4]), [5, 6, 7]])
    assert [one.n_genes for one in got.sets] == [3, 2, 3]
    assert got.sets[1].flip == gene_sets.gene_set(d[:, [3, 4]]).flip
    want = maxt.sign_flip_max_t(np.column_stack([one.scores for one in got.sets]))
    np.testing.assert_array_equal(got.max_t.step_down, want.step_down)
    np.testing.assert_allclose([one.flip.p for one in got.sets], got.max_t.p)


def test_what_does_not_fit_is_refused() -> None:
    d = changes(5)
    with pytest.raises(ParameterError, match=r"at least 2 x 1.*Got shape \(1, 5\)"):
        gene_sets.gene_set(d[:1])
    assert gene_sets.gene_set(d[:2]).flip.n == 2
    with pytest.raises(ParameterError, match="with 1 missing"):
        gene_sets.gene_set([[1.0, math.nan], [1.0, 2.0]])
    with pytest.raises(ParameterError, match="No gene changes"):
        gene_sets.gene_set(np.zeros((3, 2)))
    with pytest.raises(ParameterError, match="'sets' parameter of gene_sets is empty"):
        gene_sets.gene_sets(d, [])
    with pytest.raises(ParameterError, match="Set 1 of gene_sets names columns 5, 9; there are 5"):
        gene_sets.gene_sets(d, [[0, 4], [5, 9, 1]])
    with pytest.raises(ParameterError, match="Set 0 of gene_sets names columns 1 twice"):
        gene_sets.gene_sets(d, [[0, 1, 1]])
    with pytest.raises(ParameterError, match="must hold the columns of its genes"):
        gene_sets.gene_sets(d, [["IFI44"]])
    with pytest.raises(ParameterError, match="needs 'rng'"):
        gene_sets.gene_set(changes(6, patients=17))
    assert gene_sets.gene_set(changes(6, patients=17), rng=1, n_flips=99).flip.p_type == "Monte Carlo"
