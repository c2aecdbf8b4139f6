"""Array probes become genes by the table that the user gives."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import errors, keys, pp

PROBES = ["P1_at", "P2_at", "P3_at", "P4_at", "P5_at", "AFFX-1"]
GENES = ["ISG15", "ISG15", "G1P3", "MX1 /// MX2", "---", ""]
MAP = pd.DataFrame({"Probe_ID": PROBES, "Gene_Symbol": GENES})


def made(names=tuple(PROBES), values=None, *, unit="log2_array") -> AnnData:
    matrix = np.arange(2.0 * len(names)).reshape(2, -1) if values is None else np.asarray(values, float)
    adata = AnnData(matrix, var=pd.DataFrame(index=list(names)))
    keys.declare_unit(adata, unit)
    return adata


def record(adata):
    return keys.read_field(adata, "genes")


def mapped(adata, probe_map, **options):
    with pytest.warns(
        errors.GeneNameWarning, match="1 probes that measure several genes are left out: P4_at"
    ):
        return pp.map_genes(adata, probe_map=probe_map, **options)


def test_probes_become_current_symbols_and_those_of_several_genes_are_listed():
    adata = mapped(made(), MAP)
    assert list(adata.var_names) == ["ISG15", "IFI6", "P5_at", "AFFX-1"]
    np.testing.assert_array_equal(adata.X, [[1, 2, 4, 5], [7, 8, 10, 11]])  # P2 has the higher mean
    assert list(adata.var["via"]) == ["", "G1P3", "", ""]
    assert list(adata.var["source_id"]) == ["P2_at", "P3_at", "P5_at", "AFFX-1"]
    assert list(adata.var["n_rows"]) == [2, 1, 1, 1]
    facts = record(adata)
    assert facts["namespace"] == "probe"
    assert facts["collapse"] == "max_mean"
    assert facts["probe_map"] == {
        "source": "DataFrame", "n_probes": 6, "n_without_gene": 2, "several_genes": ["P4_at"],
    }  # fmt: skip


def test_another_rule_is_used_by_name():
    adata = mapped(made(), MAP, collapse="mean")
    np.testing.assert_array_equal(adata.X[:, 0], [0.5, 6.5])


def test_intensities_are_not_summed_by_themselves():
    adata = mapped(made(unit="array"), MAP)
    np.testing.assert_array_equal(adata.X[:, 0], [1, 7])


def test_counts_of_one_gene_are_summed_by_a_map_too():
    adata = mapped(made(unit="counts"), MAP)
    np.testing.assert_array_equal(adata.X[:, 0], [0 + 1, 6 + 7])


@pytest.mark.parametrize("cell", ["MX1 /// MX2", "MX1;MX2", "MX1|MX2", "MX1, MX2", "MX1 // MX2"])
def test_genes_in_one_cell_are_told_apart(cell):
    frame = pd.DataFrame({"probe": PROBES, "gene": ["ISG15", "RIGI", "IFI6", cell, "", ""]})
    assert record(mapped(made(), frame))["probe_map"]["several_genes"] == ["P4_at"]


def test_two_rows_of_a_probe_are_two_genes_only_when_they_differ():
    frame = pd.DataFrame(
        {"probe": ["P1_at", "P1_at", "P4_at", "P4_at"], "gene": ["DDX58", "RIGI", "MX1", "MX2"]}
    )
    adata = mapped(made(["P1_at", "P4_at", "P9_at"]), frame)
    assert list(adata.var_names) == ["RIGI", "P9_at"]


@pytest.mark.parametrize("name", ["map.tsv", "map.csv", "map.tsv.gz"])
def test_a_file_is_read_whatever_the_order_of_its_columns(tmp_path, name):
    text = MAP[["Gene_Symbol", "Probe_ID"]].to_csv(sep="," if name.endswith("csv") else "\t", index=False)
    text = "#%create_date=2016\n" + text
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    adata = mapped(made(), tmp_path / name)
    assert list(adata.var_names)[:2] == ["ISG15", "IFI6"]
    assert record(adata)["probe_map"]["source"].startswith(f"{name} (SHA-256 ")


def test_ids_of_genes_serve_as_well_as_symbols():
    # Entrez 9636 and Ensembl ENSG00000187608 are ISG15
    frame = pd.DataFrame(
        {"probe": ["P1_at", "P2_at", "P3_at"], "gene": ["9636", "ENSG00000187608", "12345678"]}
    )
    adata = pp.map_genes(made(["P1_at", "P2_at", "P3_at"]), probe_map=frame)
    assert list(adata.var_names) == ["ISG15", "P3_at"]


def test_numbers_as_probe_ids_are_not_taken_for_entrez_ids():
    # 9636 would be ISG15 by its Entrez id
    frame = pd.DataFrame({"probe": ["9636", "8180418"], "gene": ["MX1", "RIGI"]})
    assert list(pp.map_genes(made(["9636", "8180418"]), probe_map=frame).var_names) == ["MX1", "RIGI"]


def test_a_map_with_probes_in_its_index_and_more_columns_is_understood():
    frame = pd.DataFrame(
        {"Chromosome": ["1", "1"], "Gene Symbol": ["ISG15", "MX1"]}, index=["P1_at", "P2_at"]
    )
    assert list(pp.map_genes(made(["P1_at", "P2_at"]), probe_map=frame).var_names) == ["ISG15", "MX1"]


def test_columns_that_cannot_be_told_are_named():
    frame = pd.DataFrame({"probe": ["P1_at"], "x": ["ISG15"], "y": ["1"]})
    with pytest.raises(errors.ParameterError, match=r"'probe_map'.*beside 'probe'.*\(x, y\)"):
        pp.map_genes(made(["P1_at"]), probe_map=frame)
    assert pp.map_genes(made(["P1_at"]), probe_map=frame[["probe", "x"]]).var_names[0] == "ISG15"


def test_the_map_of_another_array_is_refused():
    with pytest.raises(errors.GeneNameError, match=r"none of the 2 names of the matrix \(ILMN_1, ILMN_2\)"):
        pp.map_genes(made(["ILMN_1", "ILMN_2"]), probe_map=MAP)


def test_a_missing_file_is_a_usage_error(tmp_path):
    with pytest.raises(errors.MissingFileError, match="no probe map"):
        pp.map_genes(made(), probe_map=tmp_path / "none.tsv")


def test_probes_of_a_mouse_array_need_the_argument():
    frame = pd.DataFrame({"probe": ["P1_at", "P2_at"], "gene": ["Isg15", "Mx1"]})
    with pytest.raises(errors.GeneNameError, match='organism="mouse"'):
        pp.map_genes(made(["P1_at", "P2_at"]), probe_map=frame)
    adata = pp.map_genes(made(["P1_at", "P2_at"]), probe_map=frame, organism="mouse")
    assert list(adata.var_names) == ["ISG15", "MX1"]


def test_mapping_again_changes_nothing():
    once = mapped(made(), MAP)
    twice = pp.map_genes(once)
    assert list(twice.var_names) == list(once.var_names)
    np.testing.assert_array_equal(twice.X, once.X)


def test_without_a_map_probes_keep_their_names():
    assert list(pp.map_genes(made()).var_names) == PROBES


PLATFORM = (
    "^Annotation\n!Annotation_date = Jan 01 2020\n!Annotation_platform = GPL570\n#ID = probe\n#Gene symbol = symbol\n"
    "!platform_table_begin\nID\tGene title\tGene symbol\tGene ID\n"
    "p1\tISG15 ubiquitin like 3' \"modifier\tISG15\t9636\np2\tinterferon\tIFI6///IFI27\t2537///3429\n"
    "!platform_table_end\n"
)


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_platform_of_geo_is_read_as_it_is_downloaded(tmp_path, pack, end):
    path = tmp_path / "GPL570.annot.gz"
    content = PLATFORM.replace("\n", end).replace("ubiquitin", "ubiquit\xedn").encode("latin-1")
    path.write_bytes(gzip.compress(content) if pack else content)
    adata = made(["p1", "p2"])
    with pytest.warns(errors.GeneNameWarning):
        genes = pp.map_genes(adata, probe_map=path)
    assert list(genes.var_names) == ["ISG15"]  # p2 measures two genes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("^PLATFORM = GPL570\n!Platform_title = x\n", "SOFT file without a platform table"),
        ("#only\n#comments\n", "has no row of probes"),
        ("ID,Symbol\np1,ISG15\np2,a,b,c\n", "cannot be read as a probe map"),
    ],
)
def test_a_file_without_a_table_of_probes_is_refused(tmp_path, text, words):
    path = tmp_path / "platform.txt"
    path.write_text(text)
    with pytest.raises(errors.GeneNameError, match=words):
        pp.map_genes(made(["p1", "p2"]), probe_map=path)
