"""Files as people have had them: the number that is right, or the words that lead on. tests/cases/io holds them."""

from __future__ import annotations

import csv
import gzip
import io as text_io
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest

from ifnsig import errors, io, pp, tl

CASES = Path(__file__).parents[1] / "cases" / "io"
RICE = ["IFI27", "IFI44L", "IFIT1", "ISG15", "RSAD2", "SIGLEC1"]


def plain(name: str) -> dict[str, list[float]]:
    """Gene -> counts, by csv and a dict alone."""
    raw = (CASES / name).read_bytes()
    lines = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
    rows = list(csv.reader(text_io.StringIO(lines), delimiter="," if ".csv" in name else "\t"))
    return {row[0]: [float(cell) for cell in row[1:]] for row in rows[1:] if not row[0].startswith("__")}


def rice(counts: dict[str, list[float]]) -> list[float]:
    """Mean of the six genes' log2 CPM, as edgeR's cpm(log = TRUE, prior.count = 2) defines it."""
    samples = range(len(next(iter(counts.values()))))
    sizes = [sum(values[s] for values in counts.values()) for s in samples]
    prior = [2 * size / (sum(sizes) / len(sizes)) for size in sizes]
    return [
        sum(np.log2((counts[gene][s] + prior[s]) / (sizes[s] + 2 * prior[s]) * 1e6) for gene in RICE) / 6
        for s in samples
    ]


def scored(name: str, read: dict[str, Any], mapped: dict[str, Any]) -> anndata.AnnData:
    adata = pp.map_genes(io.read(CASES / name, unit=read.pop("unit", "counts"), **read), **mapped)
    pp.normalize(adata, method="log_cpm")
    tl.score(adata, "rice2013_6", method="mean", layer="log_cpm")
    return adata


SMALL = rice({gene: values for gene, values in plain("70_totals_old.tsv").items() if gene.isupper()})
LARGE, WHOLE = rice(plain("60b_right.csv.gz")), None
BY_ENSEMBL = pp.gene_table().by_ensembl
BY_ENSEMBL_OF = {symbol: identifier for identifier, symbol in BY_ENSEMBL.items() if symbol in RICE}
ROWS: dict[str, Any] = {"orientation": "samples_in_rows"}
H5AD = sorted(path.name for path in (CASES / "h5ad").glob("*_*.h5ad"))
RIGHT: dict[str, tuple[list[float], dict[str, Any], dict[str, Any]]] = {
    **dict.fromkeys(
        (
            "06_grch37_lift.tsv", "06b_ens_pipe_sym.tsv", "06c_sym_pipe_entrez.tsv", "06d_gene_colon.tsv",
            "06e_grch38_prefix.tsv", "06f_ens_at.tsv", "06g_entrez_float.tsv", "06h_sym_blank.tsv", "06i_lower.tsv",
            "06k_quotes_excel.tsv", "06l_gencode_pipe.tsv", "06m_nbsp.tsv", "08_grein3.csv", "09_prepde.csv",
            "09b_prepde_mstrg.csv", "10_lift_with_name.tsv", "10b_mstrg_with_name.tsv", "10c_genecolon_with_name.tsv",
            "10e_location_with_symbol.tsv", "10g_agilent_name.tsv", "10h_hgnc_with_symbol.tsv", "12_ncbi_raw_counts.tsv",
            "30d_nfcore_like_totals.tsv", "70_totals_old.tsv", "70_totals_nfcore.tsv", "70_totals_table.tsv", "h5ad/70_totals.h5ad", "h5ad/70_totals.zarr",
            "h5ad/csc.h5ad", "h5ad/cxg.h5ad", "h5ad/obs_types.h5ad", "h5ad/u16.h5ad", "h5ad/hca.loom", "h5ad/scanpy.loom",
            "h5ad/scope.loom", "h5ad/seurat.loom", "h5ad/velocyto.loom",
            *(f"h5ad/{name}" for name in H5AD if name.startswith(("name_", "rownum_"))),
        ),
        (SMALL, {}, {}),
    ),
    "htseq_real/two.h5ad": (rice({BY_ENSEMBL[gene]: values for gene, values in plain("htseq_real/two_header.tsv").items()}), {}, {}),
    "70_totals_rows.csv": (SMALL, ROWS, {}), "52_samples_rows_totals.csv": (SMALL, ROWS, {}),
    "h5ad/seurat_scaled_raw.h5ad": (SMALL, {"layer": "raw"}, {}),
    "60b_right.csv.gz": (LARGE, {}, {}),
    "60_filtered_rownumbers.csv.gz": (LARGE, {}, {"gene_column": "gene"}),
    "60e_filtered_tab.tsv.gz": (LARGE, {}, {"gene_column": "Symbol"}),
    "61_unnamed.csv.gz": (LARGE, {}, {"gene_column": "gene_name"}),
    "61_nfcore_like.tsv.gz": (LARGE, {}, {"gene_column": "gene_name"}),
}  # fmt: skip
UNFILTERED = ("60c_all_rownumbers.csv.gz", "61_rownum.gct.gz", "h5ad/61_rownum.loom", "h5ad/61_rownum.zarr")
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "60_filtered_rownumbers.csv.gz": (
        {},
        r"contradict column 'gene' in .*gene_column=\"gene\".*gene_ids=\"entrez\"",
    ),
    "60e_filtered_tab.tsv.gz": (
        {},
        r"contradict column 'Symbol' in .*gene_column=\"Symbol\".*gene_ids=\"entrez\"",
    ),
    "61_unnamed.csv.gz": ({}, r"contradict column 'gene_name'"),
    "61_nfcore_like.tsv.gz": ({}, r"contradict column 'gene_name'"),
    "60f_samples_rows_numbered.csv.gz": (ROWS, "named by numbers .* they number the rows"),
    "h5ad/seurat_scaled_raw.h5ad": ({}, r"X is scaled: .* raw \(whole numbers\): layer=\"raw\""),
    "h5ad/nan.h5ad": ({}, "1 values are missing or infinite: gene 'IFI27' in sample 'P1_d0'"),
    "07_nfcore775_tx.tsv": ({}, "are Ensembl transcripts. Sum them to genes first"),
    "15_dash.tsv": ({}, "line 4, row 'IFIT1', column 'P1_d0': '-'"),
    "h5ad/archs4.h5": ({}, "looks like a file of ARCHS4"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_number_is_that_of_a_csv_reader_and_a_dict(name: str) -> None:
    expected, read, mapped = RIGHT[name]
    found = scored(name, dict(read), mapped).obsm["ifn_mean"]["rice2013_6"]
    np.testing.assert_allclose(found, expected[: len(found)], rtol=1e-12)


@pytest.mark.parametrize("name", UNFILTERED)
def test_row_numbers_without_a_gap_give_way_to_the_column_of_symbols(name: str) -> None:
    found = scored(name, {}, {}).obsm["ifn_mean"]["rice2013_6"]
    assert found["P1_d0"] == pytest.approx(
        10.353984902895567, rel=1e-12
    )  # of all 20,000 genes; 7.35 by Entrez ids
    assert abs(found["P1_d0"] - LARGE[0]) < 0.01  # the filtered table lacks genes without counts alone


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_told_is_refused_with_the_ways_out(name: str) -> None:
    read, words = REFUSED[name]
    with pytest.raises(errors.IfnsigError, match=words):
        scored(name, dict(read), {})


def test_rows_of_one_gene_are_added_up() -> None:
    """90_refseq.tsv: two transcripts of each gene, with the same counts."""
    adata = pp.map_genes(io.read(CASES / "90_refseq.tsv", unit="counts"))
    assert adata.shape == (2, 25)
    assert adata[:, "IFI27"].X.ravel().tolist()[:2] == [200.0, 188.0]


def test_scaled_values_are_not_taken_for_logarithms() -> None:
    for unit in ("log2_cpm", "log2_cp10k", "counts"):
        with pytest.raises(errors.UnitError, match="X is scaled: its genes have mean 0 and SD 1"):
            io.read(CASES / "h5ad" / "seurat_scaled_raw.h5ad", unit=unit)
    with pytest.raises(errors.TableError, match="has no layer 'scaled'. Layers there: raw"):
        io.read(CASES / "h5ad" / "seurat_scaled_raw.h5ad", unit="counts", layer="scaled")


TX2GENE = sorted(path.name for path in CASES.glob("t2g*.tsv"))


@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
@pytest.mark.parametrize("table", TX2GENE)
@pytest.mark.parametrize("sample", ["s1", "s2", "s3"])
def test_transcripts_meet_their_genes_in_every_table(sample: str, table: str) -> None:
    """Names with or without versions, of a lifted annotation, with GENCODE's bars; tables of two to eight columns."""
    rows = list(csv.DictReader((CASES / sample / "quant.sf").open(), delimiter="\t"))
    reads = {
        row["Name"].split("|")[0].split(".")[0]: float(row["NumReads"])
        for row in rows
        if "PAR" not in row["Name"]
    }
    adata = pp.map_genes(io.read(CASES / sample / "quant.sf", tx2gene=CASES / table))
    known = [line.split() for line in (CASES / table).read_text().splitlines()]
    for gene in RICE:
        transcripts = {row[0].split(".")[0] for row in known if gene in row or BY_ENSEMBL_OF[gene] in row[1]}
        assert adata[:, gene].X.ravel().tolist() == [sum(reads[name] for name in transcripts)]


def test_transcripts_of_another_annotation_are_told() -> None:
    with pytest.raises(errors.TableError, match="2 of 2 transcripts of quant.sf are not in tx2gene"):
        io.read(CASES / "sal" / "quant.sf", tx2gene=CASES / "t2g.tsv")
    genes = io.read(CASES / "s4" / "quant.genes.sf", tx2gene=CASES / "t2g.tsv")  # its rows are genes already
    assert pp.map_genes(genes)[:, "IFI27"].X.ravel().tolist() == [100.0]


def test_names_that_r_made_are_told_and_a_sheet_with_another_header_is_joined() -> None:
    with pytest.raises(errors.SampleSheetError, match=r"'1A2' and 'X1A2'\). R's make.names does that"):
        io.read(CASES / "80_x.tsv", unit="counts", samples=CASES / "80_sheet.csv")
    joined = io.read(CASES / "80_x.tsv", unit="counts", samples=CASES / "81_sheet_id.csv", sample_column="id")
    assert joined.obs["condition"].tolist() == ["x", "y"]
