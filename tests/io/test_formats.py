"""The contract of every format: it recognises its own file and no other's, states its unit, yields samples x genes."""

from __future__ import annotations

import gzip
import inspect
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse

from ifnsig import errors, io, keys
from ifnsig.io import _paths
from ifnsig.io.text._text import read_head

TEXT = [name for name in io.FORMATS if name not in ("tenx", "h5ad", "zarr", "loom")]
MANY = [name for name, record in io.FORMATS.items() if record.takes_many]


def first(paths: Path | list[Path]) -> Path:
    return paths[0] if isinstance(paths, list) else paths


def head_of(path: Path) -> bytes:
    return b"" if path.is_dir() else read_head(path)


def dense(adata) -> np.ndarray:
    return adata.X.toarray() if sparse.issparse(adata.X) else adata.X


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_recognises_its_own_file_and_no_other(write_format, name):
    path = first(write_format(name))
    assert [record.name for record in _paths._fitting(path, head_of(path), io.FORMATS)] == [name]
    others = [other for other in io.FORMATS if other != name and not io.FORMATS[other].fallback]
    assert not [other for other in others if io.FORMATS[other].recognises(path, head_of(path)) is not False]


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_yields_samples_by_genes_with_text_ids(write_format, name):
    adata = io.FORMATS[name].read(write_format(name))
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var_names) == ["ISG15", "IFI6"]
    np.testing.assert_array_equal(dense(adata), [[1, 2], [3, 4]])
    assert adata.X.dtype == np.float64
    assert adata.obs_names.dtype == adata.var_names.dtype == object
    if io.FORMATS[name].unit:
        assert keys.unit_of(adata) == io.FORMATS[name].unit


@pytest.mark.parametrize("name", io.FORMATS)
def test_read_finds_the_format_by_content(write_format, name):
    adata = io.read(write_format(name))
    assert keys.read_field(adata, "source")["format"] == name
    np.testing.assert_array_equal(dense(adata), [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", MANY)
def test_a_folder_of_files_is_read_like_their_list(write_format, tmp_path, name):
    write_format(name)
    adata = io.read(tmp_path / "formats" / name)
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    np.testing.assert_array_equal(dense(adata), [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize("change", ["BOM", "CRLF", "CR", "gzip"])
def test_line_ends_marks_and_packing_make_no_difference(write_format, name, change):
    paths = write_format(name)
    for path in paths if isinstance(paths, list) else [paths]:
        raw = path.read_bytes()
        changed = {
            "BOM": b"\xef\xbb\xbf" + raw,
            "CRLF": raw.replace(b"\n", b"\r\n"),
            "CR": raw.replace(b"\n", b"\r"),
            "gzip": gzip.compress(raw),
        }[change]
        path.write_bytes(changed)
    adata = io.read(paths)
    assert keys.read_field(adata, "source")["format"] == name
    np.testing.assert_array_equal(dense(adata), [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_survives_empty_and_foreign_heads(tmp_path, name):
    for content in (
        b"",
        b"\x89HDF\r\n\x1a\nrubbish",
        b"\x1f\x8b",
        b"\xff\xfe",
        b"{}",
        b"\0\0\0",
        b"\xff",
        b"%%",
    ):
        path = tmp_path / "x"
        path.write_bytes(content)
        assert io.FORMATS[name].recognises(path, content) is False
    assert io.FORMATS[name].recognises(tmp_path, b"") is False


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(errors.MissingFileError, match=r"There is no (file|folder).*nothing\.here"):
        io.FORMATS[name].read(tmp_path / "nothing.here")
    with pytest.raises(errors.MissingFileError, match=r"There is no file or folder .*nothing\.here"):
        io.read(tmp_path / "nothing.here", format=name)


@pytest.mark.parametrize("name", [name for name in io.FORMATS if name != "zarr"])
@pytest.mark.parametrize(
    "content", [b"", b" \n\n", b"\x89HDF\r\n\x1a\nrubbish", b"no,such\nfile,here\n", b"PK\x03\x04"]
)
def test_content_of_another_kind_is_refused_by_every_reader(tmp_path, name, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(errors.TableError, match=r"\bx\b"):
        io.read(path, format=name)


@pytest.mark.parametrize("name", TEXT)
def test_a_file_that_was_cut_off_within_a_line_is_refused(write_format, name):
    path = first(write_format(name))
    raw = path.read_bytes()
    end = raw.find(b"\n", raw.rindex(b"IFI6"))
    path.write_bytes(raw[: max(raw.rfind(b"\t", 0, end), raw.rfind(b",", 0, end))])
    with pytest.raises(errors.TableError):
        io.FORMATS[name].read(path)


@pytest.mark.parametrize("name", TEXT)
def test_words_among_numbers_are_told_with_their_place(write_format, name):
    path = first(write_format(name))
    raw = path.read_bytes()
    end = raw.find(b"\n", raw.rindex(b"IFI6"))
    start = max(raw.rfind(b"\t", 0, end), raw.rfind(b",", 0, end)) + 1
    path.write_bytes(raw[:start] + b"abc" + raw[end:])
    line = raw.count(b"\n", 0, end) + 1
    with pytest.raises(errors.TableError, match=rf"line {line}\b.*abc"):
        io.FORMATS[name].read(path)


@pytest.mark.parametrize("name", [n for n in io.FORMATS if io.FORMATS[n].unit and n not in ("tenx",)])
def test_negative_counts_are_refused(write_format, name):
    """Formats without a unit of their own are covered by unit= in test_read."""
    path = first(write_format(name))
    raw = path.read_bytes()
    end = raw.find(b"\n", raw.rindex(b"IFI6"))
    start = max(raw.rfind(mark, 0, end) for mark in (b"\t", b",")) + 1
    if name in ("salmon", "rsem"):
        raw = raw.replace(b"\t1.5", b"\t-1.5") if name == "salmon" else raw.replace(b"\t2\t20", b"\t-2\t20")
    elif name == "kallisto":
        raw = raw.replace(b"\t1.5\t", b"\t-1.5\t")
    elif name == "star":
        raw = raw.replace(b"IFI6\t20\t2\t0", b"IFI6\t20\t-2\t0")
    else:
        raw = raw[:start] + b"-" + raw[start:]
    path.write_bytes(raw)
    with pytest.raises(errors.TableError, match="negative|below 0|number|cycle|Count"):
        io.read(path, format=name)


@pytest.mark.parametrize("name", MANY)
def test_no_file_at_all_is_a_usage_error(name):
    with pytest.raises((errors.ParameterError, errors.MissingFileError), match="the list of paths is empty"):
        io.read([], format=name)


@pytest.mark.parametrize("name", [n for n in MANY if n not in ("qpcr", "featurecounts")])
def test_two_files_of_one_sample_are_refused(write_format, name):
    path = first(write_format(name))
    other = (
        path.parent.with_name("copy") / path.parent.name / path.name
        if name in ("salmon", "kallisto")
        else (path.parent / "copy" / path.name)
    )
    other.parent.mkdir(parents=True)
    if path.is_dir():
        other.mkdir()
        for file in path.iterdir():
            (other / file.name).write_bytes(file.read_bytes())
    else:
        other.write_bytes(path.read_bytes())
    with pytest.raises(errors.IfnsigError, match=r"(GSM1.*2 files|Several runs are called run1)"):
        io.read([path, other])
    adata = io.read({"a": path, "b": other})
    assert adata.n_obs == (4 if name == "tenx" else 2)


@pytest.mark.parametrize("name", io.FORMATS)
def test_content_beyond_the_limit_is_refused(write_format, name):
    paths = write_format(name)
    with pytest.raises(errors.TableError, match=r"limit"):
        io.read(paths, limit=3)
    io.read(paths, limit=100_000)


def test_a_small_archive_that_unpacks_to_much_is_refused(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"gene,S1\n" + b"G,0000000000\n" * 1_000_000))
    assert path.stat().st_size < 200_000
    with pytest.raises(errors.TableError, match=r"more than 1,000,000 bytes once unpacked.*higher limit="):
        io.read(path, limit=1_000_000)


@pytest.mark.parametrize("name", io.FORMATS)
def test_every_reader_says_what_its_options_are(name):
    doc = inspect.getdoc(io.FORMATS[name].read)
    for option in inspect.signature(io.FORMATS[name].read).parameters:
        assert f"\n{option}\n" in doc, option


def test_the_catalogue_lists_titles_and_units():
    table = io.FORMATS.table()
    assert [row["name"] for row in table] == list(io.FORMATS)
    assert len(table) == 16
    assert all(row["title"] for row in table)


COLUMNS = {
    "nfcore": ("\t3\n", "\t4\n", "\tGSM1\tGSM2\n"),
    "gct": ("\t3\n", "\t4\n", "\tGSM1\tGSM2\n"),
    "table": (",3\n", ",4\n", ",GSM1,GSM2\n"),
    "geo_series_matrix": ("\t3\n", "\t4\n", '"ID_REF"\t"GSM1"\t"GSM2"\n'),
    "featurecounts": ("\t3\n", "\t4\n", "bam/GSM1.sorted.bam\tbam/GSM2.sorted.bam\n"),
}
"""The cells of the second sample, and the header."""


@pytest.mark.parametrize("name", COLUMNS)
def test_a_sample_without_any_value_is_named(write_format, name):
    path = write_format(name)
    text = path.read_text()
    for cell in COLUMNS[name][:2]:
        assert cell in text
        text = text.replace(cell, cell[0] + "\n")
    path.write_text(text)
    with pytest.raises(
        errors.TableError, match=r"(1 samples have no value at all: 'GSM2'|empty cells.*GSM2)"
    ):
        io.read(path)


@pytest.mark.parametrize("name", COLUMNS)
def test_two_columns_of_one_sample_are_refused(write_format, name):
    path = write_format(name)
    header = COLUMNS[name][2]
    text = path.read_text()
    assert header in text
    path.write_text(text.replace(header, header.replace("GSM2", "GSM1")))
    with pytest.raises(errors.TableError, match=r"sample ids occur more than once"):
        io.read(path)


@pytest.mark.parametrize("name", ["salmon", "kallisto", "rsem", "star", "htseq"])
def test_an_empty_cell_of_a_quantifier_is_a_damaged_file(write_format, name):
    path = first(write_format(name))
    lines = path.read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if "IFI6" in line)
    cells = lines[place].split("\t")
    lines[place] = "\t".join([*cells[:-1], ""])
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(errors.TableError, match=r"empty.*(IFI6|damaged)"):
        io.FORMATS[name].read(path)


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_of_zarr_are_read(write_format, tmp_path, version):
    import anndata

    made = io.read(write_format("h5ad"))
    with anndata.settings.override(zarr_write_format=version):
        made.write_zarr(tmp_path / "x.zarr")
    assert (tmp_path / "x.zarr" / ("zarr.json" if version == 3 else ".zattrs")).exists()
    back = io.read(tmp_path / "x.zarr", unit="counts")
    np.testing.assert_array_equal(back.X, made.X)
    with pytest.raises(errors.TableError, match="once unpacked; up to 3 are read"):
        io.read(tmp_path / "x.zarr", limit=3)


def renamed(paths: Path | list[Path], names: dict[str, str]) -> Path | list[Path]:
    """The same files with other sample ids and genes, in their names and in their content."""
    if not isinstance(paths, list) and paths.suffix == ".loom":
        with h5py.File(paths, "r+") as stored:
            for place in ("row_attrs/Gene", "col_attrs/CellID"):
                ids = [names.get(item.decode(), item.decode()) for item in stored[place][()]]
                del stored[place]
                stored[place] = ids
        return paths
    if not isinstance(paths, list) and paths.suffix in (".h5ad", ".zarr"):
        made = io.read(paths)
        made.obs_names = [names.get(name, name) for name in made.obs_names]
        made.var_names = [names.get(name, name) for name in made.var_names]
        target = paths.with_name(f"renamed{paths.suffix}")
        made.write_zarr(target) if paths.suffix == ".zarr" else io.write_h5ad(made, target)
        return target
    found = []
    for path in paths if isinstance(paths, list) else [paths]:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        target = Path(str(path).replace("formats", "renamed"))
        for old, new in names.items():
            target = Path(str(target).replace(old, new))
        for file in files:
            raw = file.read_bytes()
            plain = gzip.decompress(raw) if file.suffix == ".gz" else raw
            for old, new in names.items():
                plain = plain.replace(old.encode(), new.encode())
            place = target / file.name if path.is_dir() else target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(gzip.compress(plain) if file.suffix == ".gz" else plain)
        found.append(target)
    return found if isinstance(paths, list) else found[0]


@pytest.mark.parametrize("name", io.FORMATS)
def test_ids_that_look_like_numbers_and_a_gene_called_na_survive(write_format, name):
    paths = renamed(write_format(name), {"GSM1": "001", "GSM2": "1E5", "IFI6": "NA"})
    adata = io.FORMATS[name].read(paths)
    assert list(adata.obs_names) == ["001", "1E5"]
    assert list(adata.var_names) == ["ISG15", "NA"]
    np.testing.assert_array_equal(dense(adata), [[1, 2], [3, 4]])


@pytest.mark.parametrize("name", io.FORMATS)
def test_samples_on_one_side_only_are_named_for_every_format(write_format, tmp_path, name):
    paths = write_format(name)
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample,arm\nGSM2,b\nGSM1,a\n")
    adata = io.read(paths, samples=sheet)
    assert list(adata.obs["arm"]) == ["a", "b"]
    sheet.write_text("sample,arm\nGSM2,b\nGSM1,a\nGSM9,c\n")
    with pytest.raises(
        errors.SampleSheetError, match="1 of 3 samples of the sheet are not in the matrix: GSM9"
    ):
        io.read(paths, samples=sheet)
    sheet.write_text("sample,arm\nGSM2,b\n")
    with pytest.raises(
        errors.SampleSheetError, match="1 of 2 samples of the matrix are not in the sheet: GSM1"
    ):
        io.read(paths, samples=sheet)
    assert list(io.read(paths, samples=sheet, extra="drop").obs_names) == ["GSM2"]


def first_rows(name: str, text: str) -> str:
    """The text up to the first row of values."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not ("ISG15" in line or "IFI6" in line)]
    return "".join(kept)


@pytest.mark.parametrize("name", TEXT)
def test_a_file_without_any_row_of_values_is_refused(write_format, name):
    path = first(write_format(name))
    path.write_text(first_rows(name, path.read_text()))
    with pytest.raises(errors.TableError):
        io.read(path, format=name)


def test_negative_counts_of_a_10x_run_are_refused(write_format):
    run = write_format("tenx")
    file = run / "matrix.mtx.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"2 1 2", b"2 1 -2")))
    with pytest.raises(
        errors.TableError, match="1 values are negative, which counts cannot be: gene 'IFI6' in sample 'GSM1'"
    ):
        io.read(run)


@pytest.mark.parametrize("name", [name for name in io.FORMATS if not io.FORMATS[name].unit])
def test_negative_values_declared_as_counts_are_refused(write_format, name):
    paths = write_format(name)
    if name == "loom":
        with h5py.File(paths, "r+") as stored:
            stored["matrix"][1, 1] = -4
    elif name in ("h5ad", "zarr"):
        made = io.read(paths)
        made.X[1, 1] = -4
        made.write_zarr(paths) if name == "zarr" else io.write_h5ad(made, paths)
    else:
        text = paths.read_text()
        assert text.count("4\n") == 1
        paths.write_text(text.replace("4\n", "-4\n"))
    with pytest.raises(
        errors.TableError,
        match="1 values are negative, which counts cannot be: gene 'IFI6' in sample 'GSM2': -4",
    ):
        io.read(paths, unit=None if name == "nfcore" else "counts")
    if name != "nfcore":
        assert io.read(paths, unit="log2_cpm").X.min() == -4


@pytest.mark.parametrize("change", ["BOM", "CRLF"])
def test_10x_lists_with_marks_and_line_ends_of_windows_are_read(write_format, change):
    run = write_format("tenx")
    for name in ("features.tsv.gz", "barcodes.tsv.gz"):
        raw = gzip.decompress((run / name).read_bytes())
        raw = b"\xef\xbb\xbf" + raw if change == "BOM" else raw.replace(b"\n", b"\r\n")
        (run / name).write_bytes(gzip.compress(raw))
    adata = io.read(run)
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var_names) == ["ISG15", "IFI6"]
