"""Changes of unit: the legal ones by hand, the others refused with the reason."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp, units


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize(
    ("unit", "to", "values", "expected"),
    [
        # 1 of 4 and 3 of 4, in a million
        ("counts", "cpm", [[1.0, 3.0]], [[250_000, 750_000]]),
        ("fpkm", "tpm", [[2.0, 6.0]], [[250_000, 750_000]]),
        ("tpm", "log2_tpm", [[0.0, 7.0]], [[0, 3]]),
        ("normalized_counts", "log2_counts", [[1.0, 3.0]], [[1, 2]]),
        # ln(1 + 3) / ln 2 = 2
        ("log1p_cp10k", "log2_cp10k", [[0.0, np.log(4)]], [[0, 2]]),
        ("delta_ct", "log2_relative", [[-1.5, 4.0]], [[1.5, -4]]),
    ],
)
def test_legal_conversions_by_hand(make_adata, make, unit, to, values, expected):
    adata = make_adata(values, unit=unit)
    adata.X = make(adata.X)
    pp.convert(adata, to=to)
    made = adata.layers[to]
    assert sparse.issparse(made) == (make is not np.asarray)
    np.testing.assert_allclose(made.toarray() if sparse.issparse(made) else made, expected, rtol=1e-15)
    assert keys.unit_of(adata, to) == to
    assert keys.unit_of(adata) == unit
    assert keys.read_field(adata, "source")["normalized"][to]["from"] == "X"


@pytest.mark.parametrize(
    ("unit", "to", "reason"),
    [
        ("counts", "tpm", "gene lengths are needed.*read the pipeline's own tpm"),
        ("counts", "log2_tpm", "gene lengths are needed"),
        ("tpm", "cpm", "gene lengths are needed"),
        ("fpkm", "log2_tpm", "convert to tpm first"),
        ("tpm", "counts", "the depth or input was divided out"),
        ("counts", "log2_cpm", 'the prior count is a choice; use pp.normalize.*"log_cpm"'),
        ("counts", "log2_counts", 'size factors come from all samples.*"median_of_ratios"'),
        ("counts", "vst", 'its trend comes from all samples.*method="vst"'),
        ("log2_tpm", "tpm", "what was added before the logarithm is not known"),
        ("log2_tpm", "log2_cpm", "what was added before the logarithm is not known"),
        ("counts", "array", "different assays"),
        ("log2_array", "log2_cpm", "different assays"),
        ("ct", "delta_ct", "the reference genes must be named"),
        ("delta_ct", "ct", "their Ct is not known"),
        ("normalized_counts", "log2_cpm", "log2_cpm is made of the counts"),
        ("tpm", "tpm", "in it already"),
    ],
)
def test_an_illegal_conversion_says_why(make_adata, unit, to, reason):
    adata = make_adata([[1.0, 2.0]], unit=unit)
    with pytest.raises(errors.UnitError, match=f"Values in {unit} cannot be converted to {to}: .*{reason}"):
        pp.convert(adata, to=to)
    assert not adata.layers


def test_every_pair_of_units_is_either_converted_or_refused_with_a_reason(make_adata):
    for unit, to in itertools.product(units.UNITS, repeat=2):
        adata = make_adata([[1.0, 2.0]], unit=unit)
        if (unit, to) in units.CONVERSIONS:
            pp.convert(adata, to=to)
            assert np.isfinite(adata.layers[to]).all()
            assert keys.unit_of(adata, to) == to
        else:
            with pytest.raises(errors.UnitError, match=rf"cannot be converted to {to}: \S.{{10,}}\."):
                pp.convert(adata, to=to)
            assert not adata.layers


def test_an_unknown_unit_offers_the_nearest(make_adata):
    with pytest.raises(errors.UnitError, match="Did you mean 'log2_tpm'"):
        pp.convert(make_adata([[1.0]], unit="tpm"), to="log2_tmp")


@pytest.mark.parametrize("bad", [0.0, np.nan])
def test_a_sample_without_values_has_no_shares(make_adata, bad):
    with pytest.raises(errors.TableError, match="no values above 0, or missing ones: S1"):
        pp.convert(make_adata([[1.0, 2.0], [bad, bad]], unit="fpkm"), to="tpm")
    pp.convert(make_adata([[1.0, 2.0], [0.0, 1.0]], unit="fpkm"), to="tpm")


def test_the_layers_can_be_named(make_adata):
    adata = make_adata([[1.0, 3.0]], unit="log2_cpm")
    adata.layers["raw"] = adata.X.copy()
    keys.declare_unit(adata, "counts", "raw")
    pp.convert(adata, to="cpm", layer="raw", layer_out="mine")
    np.testing.assert_allclose(adata.layers["mine"], [[250_000, 750_000]], rtol=1e-15)
