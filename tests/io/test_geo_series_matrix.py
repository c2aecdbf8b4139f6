"""GEO series matrix files."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from ifnsig import errors, io

HEADER = """!Series_title\t"A study"
!Series_geo_accession\t"GSE1"
!Series_supplementary_file\t"ftp://host/GSE1_RAW.tar"

!Sample_title\t"P1 before"\t"P1 after"\t"P2 \xb5"
!Sample_geo_accession\t"GSM1"\t"GSM2"\t"GSM3"
!Sample_source_name_ch1\t"blood"\t"blood"\t"skin"
!Sample_characteristics_ch1\t"subject id: 553"\t"treatment: drug"\t"subject id: 007"
!Sample_characteristics_ch1\t"age (years): 61"\t"subject id: 553"\t""
!Sample_characteristics_ch1\t"no colon"\t"age (years): 62"\t"title: x: y"
!Sample_supplementary_file_1\t"ftp://host/GSM1.csv.gz"\t"NONE"\t""
!series_matrix_table_begin
"""
TABLE = '"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\n"ILMN_1"\t1.5\t2\t3\n"NA"\t0\t-1\t{cell}\n'
END = "!series_matrix_table_end\n"


def series(tmp_path, text, *, pack=False):
    path = tmp_path / "GSE1_series_matrix.txt"
    raw = text.encode("latin-1")
    path.write_bytes(gzip.compress(raw) if pack else raw)
    return path


@pytest.mark.parametrize("pack", [False, True])
def test_table_and_sample_rows_are_read_plain_and_packed(tmp_path, pack):
    adata = io.read(series(tmp_path, HEADER + TABLE.format(cell="4") + END, pack=pack), unit="log2_array")
    np.testing.assert_array_equal(adata.X, [[1.5, 0], [2, -1], [3, 4]])
    assert list(adata.var_names) == ["ILMN_1", "NA"]
    assert list(adata.obs["title"]) == ["P1 before", "P1 after", "P2 \xb5"]
    assert list(adata.obs["geo_accession"]) == ["GSM1", "GSM2", "GSM3"]
    assert list(adata.obs["source_name"]) == ["blood", "blood", "skin"]


def test_characteristics_are_split_cell_by_cell(tmp_path):
    obs = io.read(series(tmp_path, HEADER + TABLE.format(cell="4") + END), unit="log2_array").obs
    assert list(obs["subject id"]) == ["553", "553", "007"]
    assert list(obs["age (years)"][:2]) == [61, 62]
    assert np.isnan(obs["age (years)"].iloc[2])
    assert obs["treatment"].isna().tolist() == [True, False, True]
    assert obs["characteristics"].iloc[0] == "no colon"
    assert obs["title (characteristic)"].iloc[2] == "x: y"


@pytest.mark.parametrize("cell", ["null", '""', "NA", ""])
def test_missing_cells_are_refused_or_their_genes_left_out(tmp_path, cell):
    path = series(tmp_path, HEADER + TABLE.format(cell=cell) + END)
    with pytest.raises(errors.TableError, match="gene 'NA' in sample 'GSM3'"):
        io.read(path, unit="log2_array")
    assert list(io.read(path, unit="log2_array", missing="drop_genes").var_names) == ["ILMN_1"]


def test_an_empty_table_names_the_supplementary_files(tmp_path):
    empty = series(tmp_path, HEADER + '"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\n' + END)
    with pytest.raises(errors.TableError, match=r"empty table.*elsewhere.*GSE1_RAW\.tar, GSM1\.csv\.gz\."):
        io.read(empty)
    bare = series(tmp_path, '!Series_title\t"x"\n!series_matrix_table_begin\n"ID_REF"\n' + END)
    with pytest.raises(errors.TableError, match="the header lists no file"):
        io.read(bare)


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    with pytest.raises(errors.TableError, match="cut off"):
        io.read(series(tmp_path, HEADER + TABLE.format(cell="4")))
    with pytest.raises(errors.TableError, match="not a whole GEO series matrix"):
        io.read(series(tmp_path, HEADER.replace("!series_matrix_table_begin\n", "")))


def test_a_bad_cell_is_told_with_its_line_in_the_file(tmp_path):
    path = series(tmp_path, HEADER + TABLE.format(cell="abc") + END)
    line = next(i for i, text in enumerate(path.read_text("latin-1").split("\n"), 1) if "abc" in text)
    with pytest.raises(errors.TableError, match=rf"line {line}, row 'NA', column 'GSM3': 'abc'"):
        io.read(path)
