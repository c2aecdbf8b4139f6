"""What programs write beside tables: htseq-count, 10x and STARsolo, series of GEO; each as they come."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import mmread

from ifnsig import cli, doors, errors, io, keys

CASES = Path(__file__).resolve().parents[1] / "cases" / "io"
SUMMARY = "__"


def counted(
    name: str, *, n_attributes: int = 0, mark: str = "\t", header: bool = False
) -> tuple[list[str], np.ndarray]:
    """Genes, and samples x genes of a file of htseq-count, read with the csv module alone."""
    with (CASES / name).open(newline="") as stream:
        rows = [row for row in csv.reader(stream, delimiter=mark) if not row[0].startswith(SUMMARY)][header:]
    return [row[0] for row in rows], np.array([[float(n) for n in row[1 + n_attributes :]] for row in rows]).T


ONE = {
    "31b_htseq_one_attr.tsv": (1, "\t"),
    "31e_htseq_csv.csv": (0, ","),
    "31f_htseq_no_totals.txt": (0, "\t"),
    "htseq_real/one_name.tsv": (1, "\t"),
    "htseq_real/one_two_attrs.tsv": (2, "\t"),
}
TWO = {
    "31c_htseq_two_bams.tsv": (0, "\t"),
    "htseq_real/two.tsv": (0, "\t"),
    "htseq_real/two.csv": (0, "\t"),
    "htseq_real/two_name.tsv": (1, "\t"),
}
HEADED = {
    "31d_htseq_two_bams_header.tsv": (0, ["a.bam", "b.bam"]),
    "htseq_real/two_header.tsv": (0, ["P1_d0.sam", "P1_d28.sam"]),
    "htseq_real/two_name_header.tsv": (1, ["P1_d0.sam", "P1_d28.sam"]),
}


@pytest.mark.parametrize("name", ONE)
def test_htseq_counts_of_one_bam_are_read_with_any_attributes(name):
    n_attributes, mark = ONE[name]
    genes, expected = counted(name, n_attributes=n_attributes, mark=mark)
    adata = io.read(CASES / name)
    assert keys.read_field(adata, "source")["format"] == "htseq"
    assert list(adata.var_names) == genes
    np.testing.assert_array_equal(adata.X, expected)
    assert list(adata.var.columns) == ["gene_name", "attribute_2"][:n_attributes]


@pytest.mark.parametrize("name", TWO)
def test_htseq_counts_of_several_bams_need_the_names_of_the_samples(name):
    n_attributes, mark = TWO[name]
    genes, expected = counted(name, n_attributes=n_attributes, mark=mark)
    with pytest.raises(
        errors.TableError, match=r"2 BAM files without a header.*sample_names=\['sample 1', 'sample 2'\]"
    ):
        io.read(CASES / name)
    adata = io.read(CASES / name, sample_names=["P1_d0", "P1_d28"])
    assert list(adata.obs_names) == ["P1_d0", "P1_d28"]
    assert list(adata.var_names) == genes
    np.testing.assert_array_equal(adata.X, expected)
    assert len(adata.obs["htseq_no_feature"]) == 2


def test_counts_of_several_bams_may_be_split_by_commas(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text((CASES / "htseq_real" / "two_name.tsv").read_text().replace("\t", ","))
    adata = io.read(path, sample_names=["P1_d0", "P1_d28"])
    np.testing.assert_array_equal(adata.X, counted("htseq_real/two_name.tsv", n_attributes=1)[1])


@pytest.mark.parametrize("name", HEADED)
def test_htseq_counts_with_a_header_are_a_table(name):
    n_attributes, samples = HEADED[name]
    genes, expected = counted(name, n_attributes=n_attributes, header=True)
    adata = io.read(CASES / name, unit="counts")
    assert (list(adata.obs_names), list(adata.var_names)) == (samples, genes)
    np.testing.assert_array_equal(adata.X, expected)
    assert list(adata.var.columns) == ["column_2"][:n_attributes]


def test_names_of_samples_must_be_as_many_as_columns_and_of_one_file():
    two, one = CASES / "htseq_real" / "two.tsv", CASES / "htseq_real" / "one_name.tsv"
    with pytest.raises(errors.ParameterError, match=r"3 names \(a, b, c\), but two.tsv has 2 columns"):
        io.read(two, sample_names=["a", "b", "c"])
    with pytest.raises(errors.ParameterError, match="must be a list of text, or None. Got 'a,b'"):
        io.read(two, sample_names="a,b")
    with pytest.raises(errors.ParameterError, match="columns of one file"):
        io.read([two, one], sample_names=["a", "b"])
    with pytest.raises(errors.TableError, match="sample ids occur more than once"):
        io.read(two, sample_names=["a", "a"])
    assert list(io.read(one, sample_names=["P9"]).obs_names) == ["P9"]


def test_samples_called_by_number_are_no_counts(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("gene\t1001\t1002\nISG15\t1\t2\nIFI6\t3\t4\n__no_feature\t9\t9\n")
    assert list(io.read(path, unit="counts", format="table").obs_names) == ["1001", "1002"]
    path.write_text("gene\t1001\t1002\nISG15\t1\t2\nIFI6\t3\t4\n")
    assert list(io.read(path, unit="counts").obs_names) == ["1001", "1002"]


def test_the_message_names_the_option_of_each_door(tmp_path):
    path = CASES / "htseq_real" / "two.tsv"
    with (
        doors.through("command line", "score"),
        pytest.raises(errors.TableError, match="--read-option 'sample_names=") as told,
    ):
        io.read(path)
    word = re.search(r"--read-option '(.*?)'", str(told.value))[1]
    with (
        doors.through("study file"),
        pytest.raises(errors.TableError, match=r"options = \{ sample_names = \[\"sample 1\""),
    ):
        io.read(path)
    name, _, value = word.partition("=")
    options = cli._parse.options([f"{name}={value}"])
    assert list(io.read(path, **options).obs_names) == ["sample 1", "sample 2"]


# 10x and STARsolo


def matrix(folder: Path) -> np.ndarray:
    """Cells x genes of a folder, read by scipy alone."""
    [path] = [*folder.glob("*matrix.mtx"), *folder.glob("*matrix.mtx.gz")]
    return mmread(path).toarray().T


def raised(folder: Path, by: int) -> None:
    """Make the counts of a matrix others, so that it is seen which one was read."""
    for path in folder.rglob("*matrix.mtx*"):
        packed = path.name.endswith(".gz")
        text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text()
        lines = text.splitlines()
        first = next(at for at, line in enumerate(lines) if not line.startswith("%")) + 1
        rows = [line.split() for line in lines[first:]]
        lines[first:] = [f"{row} {column} {int(count) + by}" for row, column, count in rows]
        text = "\n".join(lines) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())


RUNS = {
    "starsolo": ("starsolo", "Solo.out/Gene/filtered", "Solo.out/Gene/raw"),
    "starsolo/Solo.out": ("starsolo", "Gene/filtered", "Gene/raw"),
    "starsolo/Solo.out/Gene": ("starsolo", "filtered", "raw"),
    "cr": ("S1", "S1/outs/filtered_feature_bc_matrix", "S1/outs/raw_feature_bc_matrix"),
    "cr/S1": ("S1", "outs/filtered_feature_bc_matrix", "outs/raw_feature_bc_matrix"),
    "cr/S1/outs": ("S1", "filtered_feature_bc_matrix", "raw_feature_bc_matrix"),
}


@pytest.mark.parametrize("place", RUNS)
def test_raw_and_filtered_are_two_views_of_one_run(tmp_path, place, caplog):
    run, filtered, raw = RUNS[place]
    shutil.copytree(CASES / "mtx" / place.split("/")[0], tmp_path / place.split("/")[0])
    folder = tmp_path / place
    raised(folder / raw, 100)
    caplog.set_level("INFO")
    adata = io.read(folder)
    np.testing.assert_array_equal(adata.X.toarray(), matrix(folder / filtered))
    assert set(adata.obs["run"]) == {run}
    assert (
        f'Run {run}: the filtered cells are read (of filtered, raw); for the others: cells="raw"'
        in caplog.text
    )
    np.testing.assert_array_equal(io.read(folder, cells="raw").X.toarray(), matrix(folder / raw))
    np.testing.assert_array_equal(io.read(folder / raw).X.toarray(), matrix(folder / raw))
    both = io.read([folder / raw, folder / filtered])
    np.testing.assert_array_equal(both.X.toarray(), matrix(folder / filtered))
    with pytest.raises(
        errors.MissingFileError, match=rf"Run '{run}' has no matrix of filtered cells; it has: raw"
    ):
        io.read(folder / raw, cells="filtered")
    with pytest.raises(errors.ParameterError, match="must be one of 'filtered', 'raw', or None"):
        io.read(folder, cells="all")


def test_what_was_read_of_a_run_is_written_down():
    source = keys.read_field(io.read(CASES / "mtx" / "cr" / "S1"), "source")
    names = [item["file"] for item in source["files"]]
    assert names == [
        f"filtered_feature_bc_matrix/{part}.gz" for part in ("matrix.mtx", "barcodes.tsv", "features.tsv")
    ]


def test_runs_of_starsolo_and_cell_ranger_side_by_side_are_runs():
    assert list(dict.fromkeys(io.read(CASES / "mtx" / "starsolo2").obs["run"])) == ["S1", "S2"]
    assert list(dict.fromkeys(io.read(CASES / "mtx" / "multi").obs["run"])) == ["A", "B"]
    assert list(dict.fromkeys(io.read(CASES / "h5two").obs["run"])) == ["GSM1_P1", "GSM2_P2"]


def test_of_several_quantities_of_starsolo_genes_are_read(tmp_path, caplog):
    shutil.copytree(CASES / "mtx" / "starsolo", tmp_path / "P1")
    shutil.copytree(tmp_path / "P1/Solo.out/Gene", tmp_path / "P1/Solo.out/GeneFull")
    raised(tmp_path / "P1/Solo.out/GeneFull", 50)
    caplog.set_level("INFO")
    np.testing.assert_array_equal(
        io.read(tmp_path / "P1").X.toarray(), matrix(tmp_path / "P1/Solo.out/Gene/filtered")
    )
    assert "Gene is read (of Gene, GeneFull)" in caplog.text
    full = tmp_path / "P1/Solo.out/GeneFull"
    np.testing.assert_array_equal(io.read(full).X.toarray(), matrix(full / "filtered"))


def test_a_folder_of_geo_holds_a_run_a_matrix(tmp_path):
    shutil.copytree(CASES / "mtx" / "geo_two", tmp_path / "RAW")
    second = tmp_path / "RAW" / "GSM2_P2_matrix.mtx.gz"
    before = mmread(second).toarray().T
    adata = io.read(tmp_path / "RAW")
    assert list(dict.fromkeys(adata.obs["run"])) == ["GSM1_P1", "GSM2_P2"]
    np.testing.assert_array_equal(adata.X.toarray()[8:], before)
    one = io.read(second)
    assert set(one.obs["run"]) == {"GSM2_P2"}
    np.testing.assert_array_equal(one.X.toarray(), before)
    (tmp_path / "RAW" / "GSM2_P2_features.tsv.gz").unlink()
    with pytest.raises(errors.MissingFileError, match="no GSM2_P2_features.tsv or GSM2_P2_genes.tsv"):
        io.read(tmp_path / "RAW")
    assert io.read(tmp_path / "RAW" / "GSM1_P1_matrix.mtx.gz").n_obs == 8


def test_runs_of_one_name_in_two_places_are_refused(tmp_path):
    for place in ("a", "b"):
        shutil.copytree(CASES / "mtx" / "cr" / "S1", tmp_path / place / "S1")
    with pytest.raises(errors.ParameterError, match="Several runs are called S1"):
        io.read([tmp_path / "a" / "S1", tmp_path / "b" / "S1"])
    named = io.read({"one": tmp_path / "a" / "S1", "two": tmp_path / "b" / "S1"})
    assert list(dict.fromkeys(named.obs["run"])) == ["one", "two"]


@pytest.mark.parametrize("name", ["onecol", "tabbed", "twocol_gz", "hyphen_prefix"])
def test_folders_of_other_layouts_are_read(name):
    np.testing.assert_array_equal(io.read(CASES / "mtx" / name).X.toarray(), matrix(CASES / "mtx" / name))


def test_a_matrix_without_its_banner_is_named():
    with pytest.raises(errors.TableError, match="its first line is another one"):
        io.read(CASES / "mtx" / "nobanner")


H5 = sorted(path.name for path in (CASES / "h5").glob("*.h5"))


@pytest.mark.parametrize("name", H5)
def test_every_program_that_writes_such_hdf5_files_is_read(name):
    with h5py.File(CASES / "h5" / name) as stored:
        group = (
            stored["matrix"] if "matrix" in stored else next(g for g in stored.values() if "barcodes" in g)
        )
        cells, features = group["shape"][1], group["shape"][0]
        expected = np.zeros((cells, features))
        for cell in range(cells):
            for at in range(group["indptr"][cell], group["indptr"][cell + 1]):
                expected[cell, group["indices"][at]] = group["data"][at]
        kinds = group["features/feature_type"][:].astype(str) if "features/feature_type" in group else None
    if kinds is not None:
        expected = expected[:, kinds == "Gene Expression"]
    np.testing.assert_array_equal(io.read(CASES / "h5" / name).X.toarray(), expected)


# GEO


def test_what_a_series_says_of_channel_2_is_read():
    first, second = (
        io.read(CASES / f"40_geo_shift_{ch}_series_matrix.txt", unit="log2_cpm") for ch in ("ch1", "ch2")
    )
    assert list(second.obs.columns) == list(first.obs.columns)
    assert list(second.obs["Stage"]) == ["II", "III", "IV", "IV"]
    assert list(second.obs["grade"].astype(float)) == [4, 3, 3, 4]


def test_keys_of_both_channels_are_kept_apart(tmp_path):
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(
        '!Sample_geo_accession\t"GSM1"\t"GSM2"\n!Sample_source_name_ch1\t"pool"\t"pool"\n!Sample_source_name_ch2\t"skin"\t"blood"\n'
        '!Sample_characteristics_ch1\t"visit: none"\t"visit: none"\n!Sample_characteristics_ch2\t"visit: d0"\t"visit: d28"\n'
        '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n"ISG15"\t1\t3\n!series_matrix_table_end\n'
    )
    obs = io.read(path, unit="log2_cpm").obs
    assert (list(obs["visit"]), list(obs["visit (channel 2)"])) == (["none", "none"], ["d0", "d28"])
    assert (list(obs["source_name"]), list(obs["source_name (channel 2)"])) == (
        ["pool", "pool"],
        ["skin", "blood"],
    )


@pytest.mark.parametrize(
    "name", ["41_geo_newline", "42_geo_unbalanced", "42b_geo_lone_quote", "42c_geo_series_summary_quote"]
)
def test_newlines_and_quotes_in_what_a_series_says_do_not_harm(name):
    adata = io.read(CASES / f"{name}_series_matrix.txt", unit="log2_cpm")
    whole = io.read(CASES / "40_geo_shift_ch1_series_matrix.txt", unit="log2_cpm")
    np.testing.assert_array_equal(adata.X, whole.X)
    assert "visit" in adata.obs


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("43_geo_null", "1 cells are missing: gene 'ILMN_1003' in sample 'GSM1'"),
        ("43b_geo_empty", "1 cells are missing: gene 'ILMN_1003' in sample 'GSM4'"),
        ("45_geo_rnaseq", "elsewhere, in supplementary files that its header lists: GSE1_counts.txt.gz"),
    ],
)
def test_what_a_series_lacks_is_named(name, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(CASES / f"{name}_series_matrix.txt", unit="log2_cpm")
