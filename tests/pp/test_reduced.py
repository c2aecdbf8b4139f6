"""The correlation of a reduced gene set with the full one, against worked algebra."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ifnsig import errors, pp, simulate, tl

# four genes that do not go together: the columns of an 8 x 8 table of signs (Sylvester's Hadamard matrix)
SIGNS = np.array(
    [[(-1) ** bin(row & column).count("1") for column in (1, 2, 4, 7)] for row in range(8)], float
)
FOUR = ["A", "B", "C", "D"]


@pytest.fixture
def cohort(make_adata):
    return make_adata(SIGNS, genes=FOUR)


@pytest.mark.parametrize("method", ["zscore", "mean"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_unrelated_genes_give_the_root_of_the_share_that_is_there(cohort, method, k):
    # k of n uncorrelated genes of equal variance: cov = k/(k n), so r = sqrt(k / n)
    found = pp.reduced_set_correlation(cohort, FOUR, FOUR[:k], cohort="signs", method=method)
    assert found.correlation == pytest.approx(math.sqrt(k / 4), abs=1e-12)  # rounding of sums
    assert (found.n_genes, found.n_present, found.n_samples, found.reason) == (4, k, 8, "")


def test_weights_count_as_in_the_score(cohort):
    # full = 2A - B, reduced = 2A: r = cov / (sd sd) = 4 / (sqrt(5) x 2)
    found = pp.reduced_set_correlation(cohort, {"A": 2.0, "B": -1.0}, ["A", "D"], cohort="signs")
    assert found.correlation == pytest.approx(2 / math.sqrt(5), abs=1e-12)
    assert found.n_present == 1


def test_the_scale_of_a_gene_matters_to_the_mean_and_not_to_z(make_adata):
    adata = make_adata(SIGNS * [3.0, 1.0, 1.0, 1.0], genes=FOUR)
    # mean: full = 3a + b, reduced = b -> r = 1 / sqrt(10); z: both have variance 1 -> 1 / sqrt(2)
    mean = pp.reduced_set_correlation(adata, ["A", "B"], ["B"], cohort="x", method="mean")
    z = pp.reduced_set_correlation(adata, ["A", "B"], ["B"], cohort="x", method="zscore")
    assert mean.correlation == pytest.approx(1 / math.sqrt(10), abs=1e-12)
    assert z.correlation == pytest.approx(1 / math.sqrt(2), abs=1e-12)


def test_the_interval_is_fishers(cohort):
    found = pp.reduced_set_correlation(cohort, FOUR, ["A"], cohort="signs")
    # R: tanh(atanh(.5) + c(-1, 1) * qnorm(.975) / sqrt(5)), printed with 9 digits
    assert found.ci_low == pytest.approx(-0.316017372, abs=1e-9)
    assert found.ci_high == pytest.approx(0.890808582, abs=1e-9)
    assert found.sentence == (
        "With 1 of 4 genes, the zscore score correlates with the full score at r = 0.500 (95 % CI -0.316 to 0.891)"
        " in signs, n = 8."
    )


def test_without_a_cohort_the_loss_is_unknown():
    found = pp.reduced_set_correlation(None, FOUR, ["A"])
    assert math.isnan(found.correlation)
    assert found.sentence == (
        "With 1 of 4 genes, the correlation with the full score is unknown: no reference cohort was given."
    )


def test_a_cohort_that_lacks_a_gene_itself_cannot_tell(cohort):
    found = pp.reduced_set_correlation(cohort, [*FOUR, "E"], ["A"], cohort="signs")
    assert found.reason == "signs lacks 1 genes itself (E)"
    assert math.isnan(found.correlation)


def test_no_gene_few_samples_or_no_spread_are_unknown_too(cohort, make_adata):
    assert pp.reduced_set_correlation(cohort, FOUR, ["X"], cohort="s").reason == "none of the genes is there"
    few = pp.reduced_set_correlation(cohort[:3], FOUR, ["A"], cohort="s", method="mean")
    assert few.reason == "s has only 3 samples with both scores"
    flat = make_adata(np.ones((5, 2)), genes=["A", "B"])
    assert (
        "does not vary"
        in pp.reduced_set_correlation(flat, ["A", "B"], ["A"], cohort="s", method="mean").reason
    )


def test_a_sample_without_a_value_is_not_counted(make_adata):
    values = SIGNS.copy()
    values[0, 0] = np.nan
    adata = make_adata(values, genes=FOUR)
    assert pp.reduced_set_correlation(adata, FOUR, ["B"], cohort="s", method="mean").n_samples == 7


def test_the_cohort_must_be_named_and_the_genes_given(cohort):
    with pytest.raises(errors.ParameterError, match="Name the reference cohort"):
        pp.reduced_set_correlation(cohort, FOUR, ["A"])
    with pytest.raises(errors.ParameterError, match="is empty"):
        pp.reduced_set_correlation(cohort, [], ["A"], cohort="s")
    with pytest.raises(errors.UnknownNameError, match="rice2013_6"):
        pp.reduced_set_correlation(cohort, "rice2013", ["A"], cohort="s")


def test_counts_are_refused(make_adata):
    with pytest.raises(errors.UnitError, match="zscore.*counts"):
        pp.reduced_set_correlation(
            make_adata(SIGNS + 2, genes=FOUR, unit="counts"), FOUR, ["A"], cohort="s", method="zscore"
        )


@pytest.mark.parametrize("method", ["zscore", "singscore"])
def test_it_is_the_correlation_of_the_scores_that_tl_gives(method):
    adata = simulate.cohort(rng=np.random.default_rng(5), n_patients=10, n_controls=10)
    pp.normalize(adata, method="log_cpm")
    genes = ["IFI27", "IFI44L", "IFIT1", "ISG15", "RSAD2", "SIGLEC1"]
    options = {"reference": "cohort"} if method == "zscore" else {}
    tl.score(adata, {"full": genes, "part": genes[:3]}, method=method, layer="log_cpm", **options)
    scores = adata.obsm[f"ifn_{method}"]
    found = pp.reduced_set_correlation(
        adata, "rice2013_6", genes[:3], cohort="simulated", method=method, layer="log_cpm"
    )
    assert found.correlation == pytest.approx(scores["full"].corr(scores["part"]), abs=1e-12)
    assert 0.9 < found.correlation < 1
