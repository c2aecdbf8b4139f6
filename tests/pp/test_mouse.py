"""Mouse genes become human by one-to-one orthologs, or stay what they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import errors, keys, pp

# ids and symbols: mouse genome informatics
MOUSE = ["Isg15", "Rsad2", "Mx1", "Mx2", "Ifit1", "Ifi27", "Gm10053"]


def made(names, *, unit="log2_cpm", gene_name=None) -> AnnData:
    adata = AnnData(np.arange(2.0 * len(names)).reshape(2, -1), var=pd.DataFrame(index=list(names)))
    if gene_name is not None:
        adata.var["gene_name"] = gene_name
    keys.declare_unit(adata, unit)
    return adata


def record(adata):
    return keys.read_field(adata, "genes")


def test_genes_with_one_ortholog_get_its_symbol_and_the_others_stay():
    adata = pp.map_genes(made(MOUSE), organism="mouse")
    assert list(adata.var_names) == ["ISG15", "RSAD2", "MX1", "Mx2", "IFIT1", "Ifi27", "Gm10053"]
    assert list(adata.var["source_id"]) == MOUSE
    np.testing.assert_array_equal(adata.X, made(MOUSE).X)
    assert record(adata)["organism"] == "mouse"
    assert record(adata)["namespace"] == "mouse_symbol"
    assert (record(adata)["n_mapped"], record(adata)["n_unmapped"]) == (4, 3)


def test_a_signature_reports_what_has_no_ortholog_as_missing():
    adata = pp.map_genes(made(MOUSE), organism="mouse")
    table = pp.coverage(adata, {"set": ["ISG15", "MX1", "MX2", "IFI27"]})
    assert table.loc[0, "missing"] == "MX2;IFI27"


def test_ensembl_ids_with_version_come_first_and_the_second_column_after():
    ids = ["ENSMUSG00000035692.8", "ENSMUSG00000099999", "ENSMUSG00000000386"]
    adata = pp.map_genes(made(ids, gene_name=["Isg15", "Rsad2", "wrong"]), organism="mouse")
    assert list(adata.var_names) == ["ISG15", "RSAD2", "MX1"]
    assert record(adata)["namespace"] == "mouse_ensembl"


def test_an_earlier_mouse_symbol_is_followed_unless_the_current_one_is_there():
    alone = pp.map_genes(made(["Ddx58", "Isg15"]), organism="mouse")
    assert list(alone.var_names) == ["RIGI", "ISG15"]
    assert list(alone.var["via"]) == ["Ddx58", ""]
    both = pp.map_genes(made(["Ddx58", "Rigi", "Isg15"]), organism="mouse")
    assert list(both.var_names) == ["Ddx58", "RIGI", "ISG15"]
    assert record(both)["kept_alias"] == ["Ddx58->RIGI"]


def test_a_mouse_gene_without_ortholog_never_passes_for_a_human_gene():
    # OAS1 is written as a human symbol; in mice Oas1a to Oas1h share it
    adata = pp.map_genes(made(["Isg15", "Rsad2", "OAS1"]), organism="mouse")
    assert list(adata.var_names) == ["ISG15", "RSAD2", "mouse:OAS1"]


def test_mapping_mouse_genes_twice_changes_nothing_by_either_call():
    once = pp.map_genes(made([*MOUSE, "OAS1", "Ddx58", "Rae1"]), organism="mouse")
    for again in (pp.map_genes(once), pp.map_genes(once, organism="mouse")):
        assert list(again.var_names) == list(once.var_names)
        assert list(again.var["source_id"]) == list(once.var["source_id"])
        assert list(again.var["via"]) == list(once.var["via"])
        assert record(again)["organism"] == "mouse"
        assert record(again)["n_mapped"] == record(once)["n_mapped"]


def test_mouse_genes_without_the_argument_are_refused_with_the_call_to_make():
    for names in (MOUSE, ["ENSMUSG00000035692", "ENSMUSG00000034459"]):
        with pytest.raises(errors.GeneNameError, match=r'pp\.map_genes\(adata, organism="mouse"\)'):
            pp.map_genes(made(names))


def test_rat_ids_are_refused_without_that_call():
    with pytest.raises(errors.GeneNameError, match="rat Ensembl ids.*human orthologs first"):
        pp.map_genes(made(["ENSRNOG00000000001", "ENSRNOG00000000002"]))


@pytest.mark.parametrize(
    "names", [["ISG15", "RSAD2", "Mx1"], ["ENSG00000187608", "ENSG00000126709"], ["ENSRNOG00000000001"]]
)
def test_other_genes_are_refused_where_mouse_was_said(names):
    with pytest.raises(errors.GeneNameError, match=r"do not look like mouse genes.*pp\.map_genes\(adata\)"):
        pp.map_genes(made(names), organism="mouse")


def test_an_unknown_organism_is_a_usage_error():
    with pytest.raises(errors.ParameterError, match="'organism' parameter of pp.map_genes"):
        pp.map_genes(made(["Isg15"]), organism="rat")


def test_rows_of_one_ortholog_are_summed_in_counts():
    adata = pp.map_genes(made(["Isg15", "ENSMUSG00000035692", "Mx1"], unit="counts"), organism="mouse")
    assert list(adata.var_names) == ["ISG15", "MX1"]
    np.testing.assert_array_equal(adata.X, [[1, 2], [7, 5]])  # rows 0 1 2 and 3 4 5: 0 + 1, 3 + 4
    assert list(adata.var["n_rows"]) == [2, 1]
