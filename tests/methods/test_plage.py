"""PLAGE and the first principal component: against algebra and hand-worked cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.errors import ParameterError
from ifnsig.methods import METHODS

Sets = dict[str, dict[str, float]]
BOTH = pytest.mark.parametrize("name", ["plage", "pc1"])


def fit(values: np.ndarray, genes: list[str] | None = None) -> Reference:
    genes = genes or [f"G{i}" for i in range(values.shape[1])]
    samples = tuple(f"S{i}" for i in range(len(values)))
    return Reference.fit(values, tuple(genes), samples, unit="log2_cpm", label="cohort", keep_values=True)


def score(  # type: ignore[no-untyped-def]
    name: str, values: np.ndarray, sets: Sets, frozen: Reference | None = None, genes: list[str] | None = None,
    **options: Any,
):  # fmt: skip
    genes = genes or [f"G{i}" for i in range(values.shape[1])]
    members = Members.find(sets, genes)
    block = next(row_blocks(values, members.columns, rows=len(values)))
    return METHODS[name](block, members, fit(values, genes) if frozen is None else frozen, **options)


def together(seed: int, n: int = 20, genes: int = 12) -> np.ndarray:
    """Genes with a common cause, so that the first direction is clear."""
    rng = np.random.default_rng(seed)
    return 5 + rng.normal(size=(n, 1)) * rng.uniform(0.5, 2, genes) + rng.normal(size=(n, genes))


SET: Sets = {"set": {f"G{i}": 1.0 for i in range(6)}}


def z_of(values: np.ndarray) -> np.ndarray:
    return (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)


def test_plage_is_the_leading_eigenvector_of_the_samples_products() -> None:
    """Another road to the same vector: Z Z' v = D^2 v, by an eigenvalue solver instead of a singular value one."""
    values = together(0)
    z = z_of(values[:, :6])
    leading = np.linalg.eigh(z @ z.T)[1][:, -1]
    got = score("plage", values, SET)[:, 0]
    np.testing.assert_allclose(got, leading * np.sign(leading @ z.mean(axis=1)), rtol=0, atol=1e-12)
    assert (got**2).sum() == pytest.approx(1.0, abs=1e-13)


def test_pc1_has_the_largest_variance_that_a_direction_can_have() -> None:
    values = together(1)
    z = z_of(values[:, :6])
    largest = np.linalg.eigvalsh(np.corrcoef(values[:, :6].T))[-1]
    got = score("pc1", values, SET)[:, 0]
    assert got.var(ddof=1) == pytest.approx(largest, rel=1e-12)
    assert got.mean() == pytest.approx(0.0, abs=1e-13)
    for seed in range(20):
        direction = np.random.default_rng(seed).normal(size=6)
        assert (z @ (direction / np.linalg.norm(direction))).var(ddof=1) < largest


def test_pc1_is_plage_times_the_singular_value() -> None:
    values = together(2)
    singular = np.linalg.svd(z_of(values[:, :6]), compute_uv=False)[0]
    np.testing.assert_allclose(score("pc1", values, SET), singular * score("plage", values, SET), rtol=1e-12)


@BOTH
def test_the_score_goes_along_with_the_mean_z_and_turns_with_the_signs(name: str) -> None:
    for seed in range(20):
        values = together(seed)
        up = score(name, values, SET)[:, 0]
        assert up @ z_of(values[:, :6]).mean(axis=1) > 0
        down = score(name, values, {"set": dict.fromkeys(SET["set"], -1.0)})[:, 0]
        np.testing.assert_array_equal(down, -up)


@BOTH
def test_the_raw_sign_is_that_of_the_singular_value_decomposition(name: str) -> None:
    for seed in range(10):
        values = together(seed)
        raw = score(name, values, SET, sign="lapack")[:, 0]
        right = np.linalg.svd(np.ascontiguousarray(z_of(values[:, :6]).T), full_matrices=False)[2][0]
        assert raw @ right > 0
        np.testing.assert_array_equal(np.abs(raw), np.abs(score(name, values, SET)[:, 0]))


@BOTH
def test_two_genes_that_go_against_each_other_rise_with_the_first_of_the_alphabet(name: str) -> None:
    """z of the second is minus that of the first: the mean z is 0 everywhere and cannot decide."""
    x = np.array([1.0, 4.0, 2.0, 7.0])
    values = np.column_stack([10 - x, x])
    got = score(name, values, {"set": {"ZZZ1": 1.0, "ABC": 1.0}}, genes=["ZZZ1", "ABC"])[:, 0]
    assert np.corrcoef(got, x)[0, 1] == pytest.approx(1.0)
    swapped = score(name, values[:, ::-1], {"set": {"ABC": 1.0, "ZZZ1": 1.0}}, genes=["ABC", "ZZZ1"])[:, 0]
    np.testing.assert_allclose(swapped, got, rtol=1e-12)


@BOTH
def test_a_new_patient_is_projected_on_the_frozen_loadings(name: str) -> None:
    """A patient at the reference mean scores 0; one on a straight line between two samples scores on the line."""
    values = together(3)
    frozen = fit(values)
    at = score(name, values, SET, frozen)[:, 0]
    new = np.vstack([values.mean(axis=0), 0.25 * values[3] + 0.75 * values[8], 2 * values[3] - values[8]])
    got = score(name, new, SET, frozen)[:, 0]
    expected = [0.0, 0.25 * at[3] + 0.75 * at[8], 2 * at[3] - at[8]]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(score(name, values[[5]], SET, frozen)[0, 0], at[5])


def test_one_gene_scores_its_own_z() -> None:
    """Reference 1, 2, 3 (mean 2, SD 1): a value of 4 has z 2; PLAGE divides by sqrt(3 - 1)."""
    frozen = fit(np.array([[1.0], [2.0], [3.0]]))
    one: Sets = {"one": {"G0": 1.0}}
    assert score("pc1", np.array([[4.0]]), one, frozen)[0, 0] == pytest.approx(2.0, abs=1e-14)
    assert score("plage", np.array([[4.0]]), one, frozen)[0, 0] == pytest.approx(2 / np.sqrt(2), abs=1e-14)
    falling: Sets = {"one": {"G0": -1.0}}
    assert score("pc1", np.array([[4.0]]), falling, frozen)[0, 0] == pytest.approx(-2.0, abs=1e-14)


@BOTH
def test_genes_that_never_vary_are_left_out_and_a_set_of_such_genes_has_no_score(name: str) -> None:
    values = together(4)
    values[:, 2] = 0.1
    without: Sets = {"set": {gene: 1.0 for gene in SET["set"] if gene != "G2"}}
    np.testing.assert_array_equal(score(name, values, SET), score(name, values, without))
    assert np.isnan(score(name, values, {"flat": {"G2": 1.0}})).all()


@BOTH
def test_loadings_replace_weights_so_different_weights_are_refused(name: str) -> None:
    values = together(5)
    with pytest.raises(
        ParameterError, match=f"{name!r} weighs the genes by itself.*uneven have different weights"
    ):
        score(name, values, {"uneven": {"G0": 1.0, "G1": 0.5}})
    np.testing.assert_array_equal(
        score(name, values, {"even": {"G0": 0.5, "G1": 0.5}}),
        score(name, values, {"plain": {"G0": 1.0, "G1": 1.0}}),
    )


@BOTH
def test_a_sign_rule_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=f"'sign' parameter of {name} must be one of 'mean', 'lapack'"):
        score(name, together(6), SET, sign="raw")


@BOTH
def test_raising_every_gene_can_lower_the_score_so_the_record_does_not_claim_to_be_monotone(
    name: str,
) -> None:
    """Genes 1 and 2 rise together, gene 3 against them: its loading is negative, and raising it alone lowers the score."""
    x = np.array([1.0, 4.0, 2.0, 7.0])
    values = np.column_stack([x, x + np.array([0.1, -0.1, 0.1, -0.1]), -x])
    frozen = fit(values)
    sets: Sets = {"set": {f"G{i}": 1.0 for i in range(3)}}
    higher = values[[0]] + np.array([[1e-6, 1e-6, 3.0]])
    assert METHODS[name].monotone is False
    assert score(name, higher, sets, frozen)[0, 0] < score(name, values[[0]], sets, frozen)[0, 0] - 0.1
