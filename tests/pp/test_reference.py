"""References are fitted on the samples that were named, and on no others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp

VALUES = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 16.0], [100.0, 0.0]])


@pytest.fixture
def adata(make_adata):
    return make_adata(
        VALUES, genes=["A", "B"], group=["healthy", "healthy", "healthy", "DM"], hours=[0.0, 0.0, 0.0, 12.0]
    )


@pytest.mark.parametrize(
    "controls",
    [
        ("group", "healthy"),
        ("hours", 0),
        ("hours", "0"),
        ["S0", "S1", "S2"],
        [True, True, True, False],
        np.array([True, True, True, False]),
    ],
    ids=["column", "number", "number as text", "ids", "mask", "array mask"],
)
def test_every_way_to_name_the_controls_fits_the_same_reference(adata, controls):
    reference = pp.fit_reference(adata, controls=controls)
    # by hand: means 3 and 12; squared deviations 4 + 0 + 4 and 4 + 4 + 16, over n - 1 = 2
    np.testing.assert_allclose(reference.mean, [3, 12], rtol=1e-15)
    np.testing.assert_allclose(reference.sd, [2, np.sqrt(12)], rtol=1e-15)
    assert reference.samples == ("S0", "S1", "S2")
    assert reference.genes == ("A", "B")
    assert reference.unit == "log2_cpm"
    assert not reference.is_cohort


def test_the_label_says_what_the_samples_are(adata):
    assert pp.fit_reference(adata, controls=("group", "healthy")).label == "group = healthy"
    assert pp.fit_reference(adata, controls="cohort").label == "cohort"
    assert pp.fit_reference(adata, controls="cohort").is_cohort
    assert pp.fit_reference(adata, controls=["S0", "S1", "S2"]).label == "named samples"


def test_categories_and_gaps_in_the_column_are_fine(adata):
    adata.obs["group"] = adata.obs["group"].where(adata.obs_names != "S2").astype("category")
    with pytest.warns(errors.DesignWarning, match=r"2 samples are too few to be a reference.*\(S0, S1\)"):
        assert pp.fit_reference(adata, controls=("group", "healthy")).samples == ("S0", "S1")


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_matrix])
def test_sparse_values_give_the_same(adata, make):
    dense = pp.fit_reference(adata, controls=("group", "healthy"))
    adata.X = make(adata.X)
    np.testing.assert_array_equal(pp.fit_reference(adata, controls=("group", "healthy")).sd, dense.sd)


def test_a_layer_and_some_genes_can_be_asked_for(adata):
    adata.layers["log"] = VALUES + 1
    keys.declare_unit(adata, "log2_tpm", "log")
    reference = pp.fit_reference(adata, controls=("group", "healthy"), layer="log", genes=["B"])
    assert reference.genes == ("B",)
    assert reference.unit == "log2_tpm"
    np.testing.assert_allclose(reference.mean, [13], rtol=1e-15)


@pytest.mark.parametrize(
    ("controls", "error", "message"),
    [
        (None, errors.ReferenceRequiredError, r"Name the reference samples: controls=\(column, value\)"),
        (
            ("group", "Healthy"),
            errors.ReferenceRequiredError,
            r"Did you mean 'healthy'\? Values there: healthy, DM",
        ),
        (
            ("hours", "week0"),
            errors.ReferenceRequiredError,
            r"No sample has hours = 'week0'. Values there: 0, 12",
        ),
        (("groop", "healthy"), errors.ParameterError, r"names column 'groop'.*Did you mean 'group'"),
        (("group", "DM"), errors.ReferenceRequiredError, r"at least 2 samples.*has 1 \(S3\)"),
        ("healthy", errors.ReferenceRequiredError, r'controls="healthy" names no samples'),
        (["S0", "S9", "S8"], errors.SampleSheetError, r"2 of 3 reference samples are not there: S9, S8"),
        ([], errors.ReferenceRequiredError, "is empty"),
        ([False] * 4, errors.ReferenceRequiredError, "False for every sample"),
        ([True, False], errors.ReferenceRequiredError, r"shape \(2,\)"),
    ],
)
def test_controls_that_name_no_usable_samples_are_refused(adata, controls, error, message):
    with pytest.raises(error, match=message):
        pp.fit_reference(adata, controls=controls)


def test_missing_values_are_refused_with_names(adata):
    adata.X[1, 0] = np.nan
    with pytest.raises(errors.TableError, match=r"1 missing or infinite values: gene 'A' in sample 'S1'"):
        pp.fit_reference(adata, controls=("group", "healthy"))
    adata.X[1, 0], adata.X[3, 0] = 3.0, np.nan  # a gap outside the controls does no harm
    assert pp.fit_reference(adata, controls=("group", "healthy")).n == 3


def test_a_reference_needs_logarithms(make_adata):
    linear = make_adata(VALUES, unit="counts")
    with pytest.raises(errors.UnitError, match=r"needs log expression.*'counts'.*log_cpm"):
        pp.fit_reference(linear, controls="cohort")
    with pytest.raises(errors.UnitError, match=r"'tpm'.*log2"):
        pp.fit_reference(make_adata(VALUES, unit="tpm"), controls="cohort")


def test_counts_are_a_reference_with_their_values_alone(make_adata):
    values = np.array([[1.0, 2.0], [4.0, 0.0], [2.0, 2.0]])
    counts = make_adata(values, unit="counts")
    with pytest.raises(errors.UnitError, match=r"kernel=\"poisson\" or \"ecdf\" pass keep_values=True"):
        pp.fit_reference(counts, controls="cohort")
    kept = pp.fit_reference(counts, controls="cohort", keep_values=True)
    np.testing.assert_array_equal(kept.values, values)
    with pytest.raises(errors.UnitError, match="'tpm'"):
        pp.fit_reference(make_adata(values, unit="tpm"), controls="cohort", keep_values=True)


def test_genes_that_are_not_there_are_named(adata):
    with pytest.raises(errors.GeneNameError, match="1 genes are not in the matrix: C"):
        pp.fit_reference(adata, controls="cohort", genes=["A", "C"])
