"""Several tables with other samples each become one matrix of the genes that all have; nothing is joined by guess."""

from __future__ import annotations

import logging

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, io, keys


def put(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def batches(tmp_path):
    return [
        put(tmp_path, "batch1.csv", "gene,S1,S2\nISG15,1,2\nIFI6,3,4\nMX1,5,6\n"),
        put(
            tmp_path, "batch2.tsv", "gene\tS3\nIFI6\t30\nMX1\t50\nISG15\t10\n"
        ),  # the same genes in another order
    ]


def test_tables_are_joined_by_gene_id_and_say_which_file_a_sample_is_from(batches):
    adata = io.read(batches, unit="counts")
    assert list(adata.obs_names) == ["S1", "S2", "S3"]
    assert list(adata.var_names) == ["ISG15", "IFI6", "MX1"]
    np.testing.assert_array_equal(adata.X, [[1, 3, 5], [2, 4, 6], [10, 30, 50]])
    assert list(adata.obs["source_file"]) == ["batch1.csv", "batch1.csv", "batch2.tsv"]
    assert keys.unit_of(adata) == "counts"
    source = keys.read_field(adata, "source")
    assert [entry["file"].split("/")[-1] for entry in source["files"]] == ["batch1.csv", "batch2.tsv"]
    assert "genes_with_missing_cells" not in source


def test_the_order_of_the_files_is_the_order_of_the_samples(batches):
    adata = io.read(batches[::-1], unit="counts")
    assert list(adata.obs_names) == ["S3", "S1", "S2"]
    assert list(adata.var_names) == ["IFI6", "MX1", "ISG15"]
    np.testing.assert_array_equal(adata["S2"].X, [[4, 6, 2]])


def test_a_sheet_covers_the_samples_of_all_tables(batches, tmp_path):
    sheet = put(tmp_path, "samples.csv", "sample,arm\nS3,a\nS1,b\nS2,c\n")
    assert list(io.read(batches, unit="counts", samples=sheet).obs["arm"]) == ["b", "c", "a"]
    put(tmp_path, "samples.csv", "sample,arm\nS3,a\nS1,b\n")
    with pytest.raises(
        errors.SampleSheetError, match="1 of 3 samples of the matrix are not in the sheet: S2"
    ):
        io.read(batches, unit="counts", samples=sheet)


def test_other_genes_are_an_error_that_names_them_or_left_out_when_asked(batches, tmp_path, caplog):
    other = put(tmp_path, "batch3.csv", "gene,S4\nISG15,7\nMX1,8\nRSAD2,9\n")
    with pytest.raises(
        errors.TableError,
        match=r"batch1\.csv and batch3\.csv do not have the same genes: 1 are only in the first \(IFI6\), 1 only in the"
        r' second \(RSAD2\)\..*missing="drop_genes"',
    ):
        io.read([*batches, other], unit="counts")
    caplog.set_level(logging.WARNING, logger="ifnsig")
    adata = io.read([*batches, other], unit="counts", missing="drop_genes")
    assert list(adata.var_names) == ["ISG15", "MX1"]
    np.testing.assert_array_equal(adata.X, [[1, 5], [2, 6], [10, 50], [7, 8]])
    assert "2 genes are not in every table and are left out: IFI6, RSAD2" in caplog.text
    assert keys.read_field(adata, "source")["genes_with_missing_cells"] == ["IFI6", "RSAD2"]


def test_genes_with_gaps_in_one_table_leave_all(batches, tmp_path):
    gap = put(tmp_path, "gap.csv", "gene,S4,S5\nISG15,7,8\nIFI6,,9\nMX1,8,9\n")
    with pytest.raises(errors.TableError, match="1 cells are missing: gene 'IFI6' in sample 'S4'"):
        io.read([*batches, gap], unit="counts")
    adata = io.read([*batches, gap], unit="counts", missing="drop_genes")
    assert list(adata.var_names) == ["ISG15", "MX1"]
    assert keys.read_field(adata, "source")["genes_with_missing_cells"] == ["IFI6"]


def test_a_sample_in_two_tables_is_named_with_its_files(batches, tmp_path):
    again = put(tmp_path, "more/batch1.csv", "gene,S9,S2\nISG15,1,2\nIFI6,3,4\nMX1,5,6\n")
    with pytest.raises(
        errors.TableError,
        match=r"1 sample ids are in more than one table: S2 \(.*/batch1\.csv, more/batch1\.csv\)",
    ):
        io.read([*batches, again], unit="counts")
    again.write_text(again.read_text().replace("S2", "S10"))
    assert io.read([*batches, again], unit="counts").n_obs == 5


def test_tables_without_a_common_gene_are_refused(batches, tmp_path):
    other = put(tmp_path, "ensembl.csv", "gene,S4\nENSG00000187608,7\nENSG00000126709,1\n")
    for missing in ("raise", "drop_genes"):
        with pytest.raises(errors.TableError, match="No gene is in all of them"):
            io.read([batches[0], other], unit="counts", missing=missing)


def test_one_file_twice_is_refused(batches):
    with pytest.raises(errors.ParameterError, match=r"given more than once: .*batch1\.csv"):
        io.read([*batches, batches[0]], unit="counts")


def test_genes_that_are_there_twice_stay_twice(tmp_path):
    paths = [
        put(tmp_path, "a.csv", "gene,S1\nISG15,1\nISG15,2\nMX1,3\n"),
        put(tmp_path, "b.csv", "gene,S2\nISG15,10\nMX1,30\nISG15,20\n"),
    ]
    adata = io.read(paths, unit="counts")
    assert list(adata.var_names) == ["ISG15", "ISG15", "MX1"]
    np.testing.assert_array_equal(adata.X, [[1, 2, 3], [10, 20, 30]])
    put(tmp_path, "b.csv", "gene,S2\nISG15,10\nMX1,30\n")
    np.testing.assert_array_equal(io.read(paths, unit="counts", missing="drop_genes").X, [[1, 3], [10, 30]])


def test_a_mapping_names_tables_of_one_sample_each(tmp_path):
    one = put(tmp_path, "a.csv", "gene,value\nISG15,1\nMX1,3\n")
    two = put(tmp_path, "b.csv", "gene,value\nISG15,10\nMX1,30\n")
    adata = io.read({"P1": one, "P2": two}, unit="counts")
    assert list(adata.obs_names) == ["P1", "P2"]
    sheet = put(tmp_path, "samples.csv", "sample,file,arm\nP2,b.csv,x\nP1,a.csv,y\n")
    adata = io.read(tmp_path, unit="counts", samples=sheet, file_column="file")
    assert list(adata.obs_names) == ["P2", "P1"]
    np.testing.assert_array_equal(adata.X, [[10, 30], [1, 3]])
    with pytest.raises(
        errors.TableError, match=r"sample ids are in more than one table: value \(a\.csv, b\.csv\)"
    ):
        io.read([one, two], unit="counts")
    both = put(tmp_path, "c.csv", "gene,x,y\nISG15,1,2\n")
    with pytest.raises(errors.ParameterError, match=r"c\.csv has 2 samples, so it cannot be called 'P3'"):
        io.read({"P3": both}, unit="counts")


def test_runs_of_nfcore_are_joined_and_units_must_agree(tmp_path):
    text = "gene_id\tgene_name\t{}\nENSG00000187608\tISG15\t{}\n"
    one = put(tmp_path, "run1/salmon.merged.gene_counts.tsv", text.format("S1", 7.5))
    two = put(tmp_path, "run2/salmon.merged.gene_counts.tsv", text.format("S2", 8))
    adata = io.read([one, two])
    assert keys.unit_of(adata) == "counts"
    assert list(adata.var["gene_name"]) == ["ISG15"]
    assert list(adata.obs["source_file"]) == [
        "run1/salmon.merged.gene_counts.tsv",
        "run2/salmon.merged.gene_counts.tsv",
    ]
    assert list(io.read([one.parent, two.parent]).obs_names) == ["S1", "S2"]
    tpm = put(tmp_path, "run2/salmon.merged.gene_tpm.tsv", text.format("S2", 8))
    with pytest.raises(
        errors.UnitError, match=r"different units: salmon.merged.gene_counts.tsv \(counts\), .*tpm"
    ):
        io.read([one, tpm])


@pytest.mark.parametrize("form", ["h5ad", "zarr", "gct", "geo_series_matrix"])
def test_every_table_format_can_be_several(write_format, tmp_path, form):
    path = write_format(form)
    other = tmp_path / "other" / path.name
    other.parent.mkdir()
    if form in ("h5ad", "zarr"):
        made = io.read(path)
        made.obs_names = ["GSM3", "GSM4"]
        made.write_zarr(other) if form == "zarr" else io.write_h5ad(made, other)
    else:
        other.write_text(path.read_text().replace("GSM1", "GSM3").replace("GSM2", "GSM4"))
    adata = io.read([path, other], unit="counts")
    assert list(adata.obs_names) == ["GSM1", "GSM2", "GSM3", "GSM4"]
    np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4], [1, 2], [3, 4]])


def test_sparse_values_stay_sparse(tmp_path):
    for name, sample in (("a.h5ad", "C1"), ("b.h5ad", "C2")):
        made = anndata.AnnData(
            sparse.csr_matrix([[0.0, 2.0]]),
            obs=pd.DataFrame(index=[sample]),
            var=pd.DataFrame(index=["ISG15", "MX1"]),
        )
        io.write_h5ad(made, tmp_path / name)
    adata = io.read([tmp_path / "a.h5ad", tmp_path / "b.h5ad"], unit="counts")
    assert sparse.issparse(adata.X)
    np.testing.assert_array_equal(adata.X.toarray(), [[0, 2], [0, 2]])
