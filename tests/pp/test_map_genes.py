"""Gene names become current symbols, and nothing is merged or renamed by guess."""

from __future__ import annotations

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp

# current symbols, earlier symbols and ids below are from genenames.org (HGNC) and Ensembl
ISG15, IFI6, RIGI, MX1 = "ENSG00000187608", "ENSG00000126709", "ENSG00000107201", "ENSG00000157601"


def made(names, values=None, *, unit="log2_cpm", gene_name=None) -> anndata.AnnData:
    matrix = np.arange(2.0 * len(names)).reshape(2, -1) if values is None else values
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variable names are not unique")
        adata = anndata.AnnData(
            matrix,
            obs=pd.DataFrame({"arm": ["a", "b"]}, index=["S1", "S2"]),
            var=pd.DataFrame(index=list(names)),
        )
    if gene_name is not None:
        adata.var["gene_name"] = gene_name
    keys.declare_unit(adata, unit)
    return adata


def record(adata):
    return keys.read_field(adata, "genes")


def test_every_kind_of_name_becomes_the_current_symbol():
    adata = pp.map_genes(made([ISG15, IFI6 + ".15", "MX1", "DDX58"]))
    assert list(adata.var_names) == ["ISG15", "IFI6", "MX1", "RIGI"]
    assert list(adata.var["source_id"]) == [ISG15, IFI6 + ".15", "MX1", "DDX58"]
    assert list(adata.var["via"]) == ["", "", "", "DDX58"]
    np.testing.assert_array_equal(adata.X, [[0, 1, 2, 3], [4, 5, 6, 7]])
    assert record(adata)["n_mapped"] == 4
    assert record(adata)["n_via_alias"] == 1


def test_entrez_ids_become_symbols():
    # Entrez: ISG15 9636, IFI6 2537, MX1 4599
    adata = pp.map_genes(made(["9636", "2537", "4599", "99999999"]))
    assert list(adata.var_names) == ["ISG15", "IFI6", "MX1", "99999999"]
    assert record(adata)["namespace"] == "entrez"


def test_an_earlier_symbol_is_followed():
    assert list(pp.map_genes(made(["G1P2", "G1P3"])).var_names) == ["ISG15", "IFI6"]


def test_a_current_symbol_of_another_gene_is_never_remapped():
    # CCN1 was the name of cyclin A2 once, and is the current symbol of CYR61
    assert list(pp.map_genes(made(["CCN1", "ISG15"])).var_names) == ["CCN1", "ISG15"]


def test_genes_outside_the_table_keep_their_names_and_their_place():
    adata = pp.map_genes(made(["GENE-X1", "ISG15", "NA", "nan"]))
    assert list(adata.var_names) == ["GENE-X1", "ISG15", "NA", "nan"]
    assert record(adata)["n_unmapped"] == 3


def test_an_alias_beside_its_gene_keeps_its_name():
    adata = pp.map_genes(made(["RIGI", "DDX58", "ISG15"]))
    assert list(adata.var_names) == ["RIGI", "DDX58", "ISG15"]
    assert record(adata)["kept_alias"] == ["DDX58->RIGI"]
    assert list(adata.var["via"]) == ["", "", ""]
    alone = pp.map_genes(made(["DDX58", "ISG15"]))
    assert list(alone.var_names) == ["RIGI", "ISG15"]
    assert record(alone)["kept_alias"] == []


def test_an_alias_beside_the_ensembl_row_of_its_gene_keeps_its_name():
    adata = pp.map_genes(made([RIGI, "DDX58", ISG15, MX1]))
    assert list(adata.var_names) == ["RIGI", "DDX58", "ISG15", "MX1"]


def test_an_alias_gives_way_to_an_earlier_symbol():
    # G1P2 was the symbol of ISG15; IFI15 only ever was another name of it
    adata = pp.map_genes(made(["IFI15", "G1P2"]))
    assert list(adata.var_names) == ["IFI15", "ISG15"]
    assert record(adata)["kept_alias"] == ["IFI15->ISG15"]


def test_a_name_that_several_genes_share_keeps_its_name():
    # SCA2: LY6E and ataxin 2
    adata = pp.map_genes(made(["SCA2", "ISG15"]))
    assert list(adata.var_names) == ["SCA2", "ISG15"]
    assert record(adata)["ambiguous"] == ["SCA2"]


def test_the_second_column_names_ids_outside_the_table():
    ids = ["ENSG00000999999.1", ISG15, "ENSG00000999998", "ENSG00000999997", "ILMN_1"]
    adata = pp.map_genes(made(ids, gene_name=["DDX58", "wrong", "FOO", "", "MX1"]))
    assert list(adata.var_names) == ["RIGI", "ISG15", "FOO", "ENSG00000999997", "MX1"]
    assert list(adata.var["via"]) == ["DDX58", "", "", "", ""]


@pytest.mark.parametrize("name", ["A /// B", "---", "nan", "None", " "])
def test_a_second_column_that_names_no_single_gene_is_not_used(name):
    adata = pp.map_genes(made(["ILMN_1", "ILMN_2"], gene_name=[name, "MX1"]))
    assert list(adata.var_names) == ["ILMN_1", "MX1"]


def test_the_second_column_does_not_rename_symbols():
    assert list(pp.map_genes(made(["ISG15", "FOO"], gene_name=["MX1", "some words"])).var_names) == [
        "ISG15",
        "FOO",
    ]


def test_the_copy_on_chromosome_y_stays_apart():
    names = [ISG15 + ".9", ISG15 + ".9_PAR_Y", MX1]
    adata = pp.map_genes(made(names, gene_name=["ISG15", "ISG15", "MX1"]))
    assert list(adata.var_names) == ["ISG15", ISG15 + ".9_PAR_Y", "MX1"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["ENSMUSG00000035692", "ENSMUSG00000034459.5", "ISG15"],
            r"2 of 3 .* mouse Ensembl ids \(ENSMUSG00000035692",
        ),
        (["ENSRNOG00000000001", "ENSRNOG00000000002"], "rat Ensembl ids"),
        (["Ifit1", "Isg15", "mt-Nd1", "GAPDH"], r"3 of 4 .* mouse or rat style \(Ifit1, Isg15, mt-Nd1\)"),
    ],
)
def test_another_organism_is_refused(names, message):
    with pytest.raises(errors.GeneNameError, match=message):
        pp.map_genes(made(names))


def test_human_names_with_small_letters_are_not_taken_for_mouse():
    names = ["C6orf166", "C1orf38", "ISG15", "hsa-mir-21"]
    assert pp.map_genes(made(names)).n_vars == 4


@pytest.mark.parametrize(
    "name",
    [
        "1-Mar",
        "2-Sep",
        "Mar-01",
        "Sept-7",
        "1-Dec-15",
        "2020-03-01 00:00:00",
        "2020-03-01",
        "3/1/2020",
        "43891",
    ],
)
def test_names_that_a_spreadsheet_damaged_are_left_out_with_a_warning(name):
    with pytest.warns(errors.GeneNameWarning, match=rf"1 gene names were turned into dates.*{name}"):
        adata = pp.map_genes(made([name, "ISG15", "IFI6"]))
    assert list(adata.var_names) == ["ISG15", "IFI6"]
    assert record(adata)["excel"] == [name]


@pytest.mark.parametrize("name", ["MARCH1", "SEPT4", "DEC1", "MARC1", "1-8U", "12345"])
def test_names_that_only_resemble_dates_stay(name):
    assert pp.map_genes(made([name, "ISG15", "IFI6"])).n_vars == 3


def test_day_numbers_among_entrez_ids_are_entrez_ids():
    assert pp.map_genes(made(["43891", "9636", "2537"])).n_vars == 3


def test_genes_without_name_are_left_out_with_a_warning():
    with pytest.warns(errors.GeneNameWarning, match="1 genes without a name are left out"):
        adata = pp.map_genes(made(["", "ISG15"]))
    assert list(adata.var_names) == ["ISG15"]


def test_a_matrix_without_any_usable_name_is_refused():
    with pytest.raises(errors.GeneNameError, match="No gene has a usable name"):
        pp.map_genes(made(["", "1-Mar"]))


TWICE = ["ISG15", ISG15, "MX1"]
VALUES = np.array([[1.0, 5.0, 2.0], [3.0, 7.0, 4.0]])


@pytest.mark.parametrize(
    ("unit", "collapse", "isg15", "rule"),
    [
        # by hand: rows 1, 3 and 5, 7; the second has the higher mean
        ("counts", None, [6.0, 10.0], "sum"),
        ("tpm", None, [6.0, 10.0], "sum"),
        ("log2_cpm", None, [5.0, 7.0], "max_mean"),
        ("array", None, [5.0, 7.0], "max_mean"),
        ("log2_cpm", "mean", [3.0, 5.0], "mean"),
        ("counts", "max_mean", [5.0, 7.0], "max_mean"),
        ("counts", "mean", [3.0, 5.0], "mean"),
    ],
)
@pytest.mark.parametrize(
    "make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix], ids=["dense", "CSR", "CSC"]
)
def test_rows_of_one_gene_become_one_by_the_stated_rule(make, unit, collapse, isg15, rule):
    adata = pp.map_genes(made(TWICE, make(VALUES), unit=unit), collapse=collapse)
    assert list(adata.var_names) == ["ISG15", "MX1"]
    assert sparse.issparse(adata.X) == sparse.issparse(make(VALUES))
    dense = adata.X.toarray() if sparse.issparse(adata.X) else adata.X
    np.testing.assert_array_equal(dense, np.column_stack([isg15, [2.0, 4.0]]))
    assert (record(adata)["collapse"], record(adata)["collapsed"]) == (rule, 1)


def test_the_names_of_merged_rows_are_kept():
    summed = pp.map_genes(made(TWICE, VALUES, unit="counts"))
    assert summed.var.loc["ISG15", "source_id"] == f"ISG15;{ISG15}"
    highest = pp.map_genes(made(TWICE, VALUES))
    assert highest.var.loc["ISG15", "source_id"] == ISG15


def test_equal_means_keep_the_first_row():
    adata = pp.map_genes(made(TWICE, np.array([[1.0, 3.0, 0.0], [3.0, 1.0, 0.0]])))
    assert list(adata.X[:, 0]) == [1.0, 3.0]


def test_logarithms_are_never_summed():
    with pytest.raises(errors.UnitError, match=r"log2_cpm \(X\) do not add up"):
        pp.map_genes(made(TWICE, VALUES), collapse="sum")
    pp.map_genes(made(TWICE, VALUES, unit="tpm"), collapse="sum")


def test_each_layer_follows_its_own_unit():
    adata = made(TWICE, VALUES, unit="counts")
    adata.layers["log"] = VALUES.copy()
    keys.declare_unit(adata, "log2_cpm", "log")
    mapped = pp.map_genes(adata)
    assert list(mapped.X[:, 0]) == [6.0, 10.0]
    assert list(mapped.layers["log"][:, 0]) == [5.0, 7.0]


def test_an_unknown_rule_is_a_usage_error():
    with pytest.raises(errors.ParameterError, match="'collapse' parameter of pp.map_genes"):
        pp.map_genes(made(TWICE), collapse="median")


def test_the_input_is_untouched_and_the_rest_comes_along():
    adata = made(TWICE, VALUES, unit="counts")
    adata.obsm["ifn_mean"] = pd.DataFrame({"x": [1, 2]}, index=adata.obs_names)
    before = adata.X.copy()
    mapped = pp.map_genes(adata)
    mapped.X[:] = -1
    mapped.obs["arm"] = "changed"
    np.testing.assert_array_equal(adata.X, before)
    assert list(adata.var_names) == TWICE
    assert list(adata.obs["arm"]) == ["a", "b"]
    assert record(adata) is None
    assert keys.unit_of(mapped) == "counts"
    assert list(mapped.obsm["ifn_mean"]["x"]) == [1, 2]


def test_mapping_twice_changes_nothing_more():
    once = pp.map_genes(made(["DDX58", ISG15, "GENE-X1"]))
    twice = pp.map_genes(once)
    assert list(twice.var_names) == list(once.var_names)
    assert list(twice.var["via"]) == ["DDX58", "", ""]
    assert list(twice.var["source_id"]) == ["DDX58", ISG15, "GENE-X1"]


def test_the_order_of_genes_does_not_change_what_a_name_becomes():
    names = ["IFI15", "G1P2", "RIGI", "DDX58", "SCA2", ISG15, "GENE-X1"]
    forward = pp.map_genes(made(names))
    backward = pp.map_genes(made(names[::-1]))
    assert sorted(forward.var_names) == sorted(backward.var_names)
