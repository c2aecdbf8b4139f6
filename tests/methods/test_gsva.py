"""GSVA's default against a slow second way, and what it does with one patient, constant genes, ties and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse
from scipy.special import ndtr

import ifnsig as ifn
from ifnsig.core import Members, Reference, row_blocks
from ifnsig.errors import ParameterError, ReferenceRequiredError, UnitError
from ifnsig.methods import METHODS

Sets = dict[str, dict[str, float]]


def names(values: Any) -> list[str]:
    return [f"G{i}" for i in range(values.shape[1])]


def fit(values: np.ndarray, genes: list[str] | None = None, unit: str = "log2_cpm") -> Reference:
    samples = tuple(f"S{i}" for i in range(len(values)))
    genes = genes or names(values)
    return Reference.fit(values, tuple(genes), samples, unit=unit, label="cohort", keep_values=True)


def gsva(
    values: Any,
    sets: Sets,
    frozen: Reference | None = None,
    *,
    genes: list[str] | None = None,
    **options: Any,
):  # type: ignore[no-untyped-def]
    members = Members.find(sets, genes or names(values))
    frozen = fit(np.asarray(values), genes) if frozen is None else frozen
    learned = METHODS["gsva"].prepare(members, frozen, **options)
    blocks = row_blocks(values, members.columns, rows=7)
    return np.vstack([METHODS["gsva"].score(block, members, learned, **options) for block in blocks])


def rising(*sets: list[int]) -> Sets:
    return {f"set{i}": {f"G{g}": 1.0 for g in genes} for i, genes in enumerate(sets)}


def witness(
    reference: np.ndarray, sample: np.ndarray, inside: list[int], *, tie: float = 1e-12, tau: float = 1.0
) -> float:
    """Density by every pair of samples with scipy's normal CDF, then the walk over every gene, step by step.

    Densities (sums over the samples) within ``tie`` are equal; equal genes share their rank and are one step.
    """
    usable = [g for g in range(len(sample)) if reference[:, g].min() != reference[:, g].max()]
    density = {}
    for g in usable:
        bandwidth = (
            np.sqrt(((reference[:, g] - reference[:, g].mean()) ** 2).sum() / (len(reference) - 1)) / 4
        )
        density[g] = float(sum(ndtr((sample[g] - x) / bandwidth) for x in reference[:, g]))
    order = sorted(usable, key=lambda g: -density[g])
    steps: list[list[int]] = [[order[0]]]
    for g in order[1:]:
        if density[steps[-1][-1]] - density[g] <= tie:
            steps[-1].append(g)
        else:
            steps.append([g])
    members, p, seen = [g for g in inside if g in usable], len(usable), 0
    weight = {}
    for step in steps:
        rank = np.mean([p - seen - i for i in range(len(step))])
        weight.update({g: abs(rank - p / 2) ** tau for g in step})
        seen += len(step)
    total, height, points = sum(weight[g] for g in members), 0.0, [0.0]
    for step in steps:
        for g in step:
            height += weight[g] / total if g in members else -1 / (p - len(members))
        points.append(height)
    return max(points) + min(points)


def expression(seed: int, n: int, genes: int) -> np.ndarray:
    """Log expression as sequencing leaves it: zeros, rounding, a gene that is always 0."""
    rng = np.random.default_rng(seed)
    values = np.maximum(rng.normal(rng.gamma(2, 1.5, genes), 1.2, (n, genes)), 0)
    values[:, :10] = np.round(values[:, :10], 1)
    values[:, 3] = 0
    return values


@pytest.mark.parametrize(("seed", "n", "genes"), [(0, 8, 60), (1, 20, 61), (2, 35, 90)])
@pytest.mark.parametrize("tau", [1.0, 0.25])
def test_the_default_is_the_walk_over_all_genes_ranked_by_exact_densities(
    seed: int, n: int, genes: int, tau: float
) -> None:
    values = expression(seed, n, genes)
    inside = [1, 3, 7, 12, 30, 31, 44]  # gene 3 never varies
    expected = [witness(values, sample, inside, tau=tau) for sample in values]
    got = gsva(values, rising(inside), tau=tau)[:, 0]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)  # at most 90 additions of numbers up to 1


def test_the_default_is_within_1e_4_of_the_exact_kernel_for_the_cohorts_it_is_made_for() -> None:
    """Exact: every pair of samples, no densities made equal. What is left is genes that float64 cannot tell apart."""
    rng = np.random.default_rng(3)
    n, genes = 200, 3000
    values = np.maximum(rng.normal(rng.gamma(2, 2, genes), 0.8, (n, genes)), 0)
    values += (rng.random((n, genes)) < 0.01) * rng.gamma(2, 2, (n, genes))
    inside = [rng.choice(genes, size, replace=False).tolist() for size in (5, 20, 80, 200)]
    patients = values[:4]
    got = gsva(patients, rising(*inside), fit(values))
    expected = [[witness(values, sample, chosen, tie=0.0) for chosen in inside] for sample in patients]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-4)


def test_the_order_of_the_genes_does_not_matter_where_a_third_of_all_densities_are_tied() -> None:
    rng = np.random.default_rng(4)
    values = rng.poisson(0.4, (15, 200)).astype(float)
    inside = [2, 9, 40, 77, 120, 121]
    there = gsva(values, rising(inside))
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(200)
        shuffled = gsva(values[:, order], rising(inside), genes=[f"G{g}" for g in order])
        np.testing.assert_allclose(shuffled, there, rtol=0, atol=1e-14)  # six weights summed in another order


def test_the_order_of_the_samples_does_not_matter_where_a_third_of_all_densities_are_tied() -> None:
    rng = np.random.default_rng(5)
    values = rng.poisson(0.4, (15, 200)) * rng.uniform(0.3, 3, 200)
    sets, order = rising([2, 9, 40, 77, 120, 121]), rng.permutation(15)
    np.testing.assert_allclose(gsva(values[order], sets), gsva(values, sets)[order], rtol=0, atol=1e-14)


@pytest.mark.parametrize("kernel", ["gaussian", "ecdf"])
def test_one_new_patient_alone_scores_as_he_would_in_the_cohort(kernel: str) -> None:
    values, sets = expression(6, 25, 80), rising([1, 7, 12, 30], [50])
    frozen = fit(values[:20])
    together = gsva(values, sets, frozen, kernel=kernel)
    for patient in range(25):
        alone = gsva(values[[patient]], sets, frozen, kernel=kernel)
        np.testing.assert_array_equal(alone[0], together[patient])


def test_the_cohort_is_its_own_reference(make_adata: Callable[..., AnnData]) -> None:
    adata = make_adata(expression(7, 12, 80))
    sets = {"IFN": ["G1", "G7", "G12", "G30"]}
    ifn.tl.score(adata, sets, method="gsva", reference="cohort")
    cohort = adata.obsm["ifn_gsva"]["IFN"].to_numpy()
    frozen = ifn.pp.fit_reference(adata, controls=list(adata.obs_names), keep_values=True)
    ifn.tl.score(adata, sets, method="gsva", reference=frozen)
    np.testing.assert_array_equal(adata.obsm["ifn_gsva"]["IFN"], cohort)
    one = adata[[4]].copy()
    ifn.tl.score(one, sets, method="gsva", reference=frozen)
    assert one.obsm["ifn_gsva"]["IFN"].iloc[0] == cohort[4]
    with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
        ifn.tl.score(one, sets, method="gsva", reference=ifn.pp.fit_reference(adata, controls="cohort"))


@pytest.mark.parametrize("kernel", ["gaussian", "ecdf"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_a_cohort_that_is_looked_at_in_place_is_left_as_it_is(
    kernel: str, order: Any, engine: str, take_engine: Callable[[str], None]
) -> None:
    """Read-only, as from a memory map, and gene after gene in memory, where no copy is needed to read a gene."""
    take_engine(engine)
    values = np.random.default_rng(8).normal(
        6, 2, (40, 300)
    )  # all genes vary, so that none is left out by a copy
    adata = AnnData(X=np.array(values, order=order))
    adata.var_names = [f"G{i}" for i in range(300)]
    ifn.keys.declare_unit(adata, "log2_cpm")
    adata.X.setflags(write=False)
    ifn.tl.score(adata, {"IFN": ["G1", "G7", "G12", "G30"]}, method="gsva", reference="cohort", kernel=kernel)
    np.testing.assert_array_equal(adata.X, values)
    copied = adata.copy()
    frozen = ifn.pp.fit_reference(copied, controls="cohort", keep_values=True)
    ifn.tl.score(copied, {"IFN": ["G1", "G7", "G12", "G30"]}, method="gsva", reference=frozen, kernel=kernel)
    np.testing.assert_array_equal(adata.obsm["ifn_gsva"], copied.obsm["ifn_gsva"])


def test_both_engines_score_alike(take_engine: Callable[[str], None]) -> None:
    values, sets = expression(8, 40, 300), rising([1, 7, 12, 30, 100, 200], [5, 250])
    take_engine("numpy")
    there = gsva(values, sets)
    take_engine("numba")
    np.testing.assert_array_equal(gsva(values, sets), there)
    np.testing.assert_array_equal(gsva(sparse.csr_matrix(values), sets, fit(values)), there)


def test_genes_that_never_vary_in_the_reference_are_left_out_of_the_ranking_and_of_the_sets() -> None:
    values = expression(9, 15, 50)
    without = np.delete(values, 3, axis=1)
    genes = [f"G{g}" for g in range(50) if g != 3]
    there = gsva(without, rising([1, 7, 12]), genes=genes)
    np.testing.assert_array_equal(gsva(values, rising([1, 3, 7, 12])), there)
    # a patient in whom such a gene does vary has no distribution to compare it with
    patient = values[[2]].copy()
    patient[0, 3] = 9.0
    np.testing.assert_array_equal(gsva(patient, rising([1, 3, 7, 12]), fit(values)), there[[2]])
    assert np.isnan(gsva(values, rising([3]))).all()


def test_genes_that_the_reference_lacks_are_left_out() -> None:
    values = expression(10, 15, 50)
    there = gsva(values[:, :40], rising([1, 7, 12]))
    got = gsva(values, rising([1, 7, 12, 45]), fit(values[:, :40]))
    np.testing.assert_array_equal(got, there)


def test_falling_genes_are_a_set_of_their_own_that_is_subtracted() -> None:
    values = expression(11, 12, 60)
    sets = {"both": {"G1": 1.0, "G7": 1.0, "G20": -1.0, "G21": -1.0}, **rising([1, 7], [20, 21])}
    out = gsva(values, sets)
    np.testing.assert_array_equal(out[:, 0], out[:, 1] - out[:, 2])


def test_weights_of_genes_multiply_those_of_the_ranks() -> None:
    """Tripling every weight changes nothing; a gene of nearly no weight is hardly a member, but no background."""
    values = expression(12, 12, 60)
    plain = gsva(values, rising([1, 7, 20]))
    np.testing.assert_allclose(gsva(values, {"set0": {"G1": 3.0, "G7": 3.0, "G20": 3.0}}), plain, atol=1e-14)
    light = gsva(values, {"set0": {"G1": 1.0, "G7": 1.0, "G20": 1e-9}})
    assert (np.abs(light - gsva(values, rising([1, 7]))) <= 2 / 57 + 1e-8).all()  # one miss fewer among 57
    assert np.abs(light - plain).max() > 0.01


def test_one_gene_places_itself_among_all() -> None:
    """The i-th of p genes from the top scores 1 - 2 (i - 1) / (p - 1), also in the middle where its weight is 0."""
    values = np.random.default_rng(13).normal(size=(30, 20))
    scores = gsva(values, rising(*[[g] for g in range(20)]))
    assert sorted(set(np.round(scores.ravel() * 19).astype(int))) == list(range(-19, 20, 2))
    others = gsva(values, rising(*[[g] for g in range(20)]), ties="gsva")
    assert np.isnan(others).sum() == 30  # in every sample the one gene at rank 10 of 20
    np.testing.assert_array_equal(others[~np.isnan(others)], scores[~np.isnan(others)])


def test_a_set_of_all_genes_and_a_row_without_a_value_have_no_score() -> None:
    values = expression(14, 12, 30)
    frozen = fit(values)
    assert np.isnan(gsva(values, rising(list(range(30))), frozen)).all()
    gap = values.copy()
    gap[4, 20] = np.nan
    out = gsva(gap, rising([1, 7]), frozen)[:, 0]
    assert np.flatnonzero(np.isnan(out)).tolist() == [4]


def test_the_options_change_how_the_two_ends_of_the_walk_are_joined() -> None:
    values, sets = expression(15, 12, 60), rising([1, 7, 20, 33])
    difference, total = gsva(values, sets), gsva(values, sets, abs_ranking=True)
    highest, lowest = (difference + total) / 2, (difference - total) / 2
    assert (highest >= 0).all()
    assert (lowest <= 0).all()
    farther = np.where(highest > -lowest, highest, lowest)
    np.testing.assert_allclose(gsva(values, sets, max_diff=False), farther, rtol=0, atol=1e-15)


def test_gsva_is_not_monotone_so_its_record_does_not_claim_it() -> None:
    """Raising every member can lower the score: a gene leaves the middle, where it had no weight.

    By hand, six genes, all with the same distribution. Members at ascending ranks 3 and 6 have weights 0 and 3: the
    walk starts with a step up by 1 and the score is 1. At ranks 4 and 6 the weights are 1 and 3: up 3/4, down 1/4, up
    1/4, so the highest point and the score are 3/4.
    """
    frozen = fit(np.repeat(np.arange(10.0)[:, None], 6, axis=1))
    sample = np.array([[3.0, 6.0, 1.0, 2.0, 4.0, 5.0]])
    raised = sample + np.array([[1.5, 1.5, 0, 0, 0, 0]])
    assert gsva(sample, rising([0, 1]), frozen)[0, 0] == pytest.approx(1.0, abs=1e-15)
    assert gsva(raised, rising([0, 1]), frozen)[0, 0] == pytest.approx(0.75, abs=1e-15)
    assert METHODS["gsva"].monotone is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel": "gausian"}, "'kernel' parameter of gsva must be one of .* Did you mean 'gaussian'"),
        ({"ties": "first"}, "'ties' parameter of gsva must be one of 'average', 'gsva', 'gseapy'"),
        ({"kernel_table": "R"}, "'kernel_table' parameter of gsva must be 'r', or None"),
        ({"tau": -1}, "'tau' parameter of gsva must be a number from 0 to inf"),
        ({"max_diff": "no"}, "'max_diff' parameter of gsva must be true or false"),
        ({"kernel": "ecdf", "kernel_table": "r"}, 'table of the Gaussian kernel; got kernel="ecdf"'),
        ({"abs_ranking": True, "max_diff": False}, "needs max_diff=True"),
    ],
)
def test_options_that_do_not_exist_or_do_not_go_together_are_refused(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        gsva(expression(17, 12, 30), rising([1]), **options)


def test_options_next_to_the_refused_ones_are_taken() -> None:
    values = expression(17, 12, 30)
    for options in (
        {"kernel": "ecdf"},
        {"kernel_table": "r"},
        {"tau": 0},
        {"abs_ranking": True},
        {"max_diff": False},
    ):
        assert np.isfinite(gsva(values, rising([1, 7]), **options)).all()


def test_a_kernel_is_refused_for_values_it_is_not_made_for() -> None:
    counts = np.random.default_rng(18).poisson(3, (12, 30)).astype(float)
    for unit, kernel in (("counts", "gaussian"), ("log2_cpm", "poisson")):
        with pytest.raises(
            UnitError, match=f"kernel '{kernel}' of gsva is made for .* the values are '{unit}'"
        ):
            gsva(counts, rising([1]), fit(counts, unit=unit), kernel=kernel)
        other = "poisson" if kernel == "gaussian" else "gaussian"
        for accepted in (other, "ecdf"):
            assert np.isfinite(gsva(counts, rising([1]), fit(counts, unit=unit), kernel=accepted)).all()


def test_a_reference_is_needed() -> None:
    values = expression(19, 12, 30)
    members = Members.find(rising([1]), names(values))
    with pytest.raises(ReferenceRequiredError, match="gsva method needs a reference"):
        METHODS["gsva"](next(row_blocks(values, members.columns)), members)
