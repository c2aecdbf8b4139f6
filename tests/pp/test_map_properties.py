"""What holds for every set of names."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig import errors, keys, pp

NAMES = [
    "ISG15", "G1P2", "IFI15", "hUCRP", "LOC9636", "ENSG00000187608", "ENSG00000187608.11", "RIGI", "DDX58",
    "ENSG00000107201", "MX1", "SCA2", "GENE-X1", "TP53", "P53", "CCN1", "CYR61", "9636", "43891", "2537",
    "ENSG00000002586.20", "ENSG00000002586.20_PAR_Y", "ENSG00000999999", "AC004551.1", "OAS1", "ILMN_1", "NA",
    "Rae1", "C1orf29", "IFI44L", "FLIP",
]  # fmt: skip
SECOND = ["", "ISG15", "DDX58", "FOO", "1-Mar", "43891", "A /// B", "ENSG00000187608"]


@settings(max_examples=200)
@given(
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=12),
    second=st.none() | st.lists(st.sampled_from(SECOND), min_size=12, max_size=12),
    unit=st.sampled_from(["counts", "log2_cpm"]),
)
def test_mapping_a_second_time_changes_nothing(names, second, unit):
    values = np.arange(3.0 * len(names)).reshape(3, -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        adata = AnnData(values, var=pd.DataFrame(index=names))
        if second is not None:
            adata.var["gene_name"] = second[: len(names)]
        keys.declare_unit(adata, unit)
        try:
            once = pp.map_genes(adata)
        except errors.GeneNameError:
            return  # nothing but damaged names
    twice = pp.map_genes(once)
    assert list(twice.var_names) == list(once.var_names)
    np.testing.assert_array_equal(twice.X, once.X)
    for column in ("source_id", "via", "n_rows"):
        assert list(twice.var[column]) == list(once.var[column])
    assert once.var_names.is_unique
    if unit == "counts" and not {"43891"} & set(names):  # a damaged name is left out with its counts
        assert once.X.sum() == values.sum()
