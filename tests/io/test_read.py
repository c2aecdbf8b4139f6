"""``io.read``: formats by content, units, sample sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys
from ifnsig.catalogue import Catalogue
from ifnsig.io import _paths, _units

SMALL = "gene,S1,S2\nISG15,1,2\nIFI6,3,4\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_text(SMALL)
    return path


def test_what_was_read_is_written_down(small):
    adata = io.read(small, unit="counts")
    source = keys.read_field(adata, "source")
    assert (source["file"], source["format"]) == ("small.csv", "table")
    # sha256sum of the same bytes (coreutils)
    assert source["sha256"] == "adfff1bd5144a25f43b9a1d2e73aa0bdb8e02c4875aa1abaccbe2debfc737dbd"
    assert keys.unit_of(adata) == "counts"


def test_an_undeclared_unit_stays_undeclared_and_is_logged(small, caplog):
    adata = io.read(small)
    assert keys.unit_of(adata) is None
    assert "pass unit=" in caplog.text


def test_the_readers_unit_may_be_repeated_but_not_contradicted(tmp_path):
    path = tmp_path / "salmon.merged.gene_counts.tsv"
    path.write_text("gene_id\tgene_name\tS1\nENSG00000187608\tISG15\t1.5\n")
    assert keys.unit_of(io.read(path)) == "counts"
    assert keys.unit_of(io.read(path, unit="counts")) == "counts"
    with pytest.raises(errors.UnitError, match=r'holds counts, but unit="tpm"'):
        io.read(path, unit="tpm")


def test_an_unknown_unit_offers_the_nearest(small):
    with pytest.raises(errors.UnitError, match=r"'log2_cmp'.*Did you mean 'log2_cpm'"):
        io.read(small, unit="log2_cmp")


def test_negative_values_are_refused_where_the_unit_has_none(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("gene,S1,S2\nISG15,1,-2\nIFI6,3,4.5\n")
    with pytest.raises(errors.TableError, match=r"1 values are negative.*gene 'ISG15' in sample 'S2': -2"):
        io.read(path, unit="counts")
    assert io.read(path, unit="log2_cpm").X.min() == -2
    path.write_text("gene,S1,S2\nISG15,1,2\nIFI6,3,4.5\n")
    assert io.read(path, unit="counts").X.max() == 4.5  # estimated counts need not be whole


def test_linear_values_under_a_log_unit_are_warned_of_and_left_as_they_are(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("gene,S1,S2\nISG15,150,2000\nIFI6,300,4\n")
    with pytest.warns(errors.UnitWarning, match=r"declared as log2_cpm, but values up to 2000 look linear"):
        adata = io.read(path, unit="log2_cpm")
    assert adata.X.max() == 2000
    path.write_text("gene,S1,S2\nISG15,7.2,11\nIFI6,8.2,2\n")
    io.read(path, unit="log2_cpm")


def test_logarithms_under_a_linear_unit_are_warned_of(tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "m.csv"

    def write(values: np.ndarray) -> None:
        frame = pd.DataFrame(values, columns=["S1", "S2", "S3"])
        frame.insert(0, "gene", [f"G{i}" for i in range(len(frame))])
        frame.to_csv(path, index=False)

    write(rng.uniform(2, 14, size=(500, 3)))
    with pytest.warns(errors.UnitWarning, match="look like logarithms"):
        io.read(path, unit="tpm")
    write(np.round(rng.uniform(0, 14, size=(500, 3))))
    io.read(path, unit="counts")  # whole numbers: shallow counts, not logarithms
    write(2 ** rng.uniform(2, 14, size=(500, 3)))
    io.read(path, unit="tpm")


@pytest.mark.parametrize(
    ("values", "linear"),
    [
        # GEO2R's three clauses, each by hand: 99th percentile above 100; a range above 50 with a positive first
        # quartile; quartiles on both sides of 1 as ratios have
        ([1.0, 50.0, 150.0, 200.0], True),
        ([5.0, 20.0, 40.0, 60.0], True),
        ([-5.0, -4.0, 40.0, 60.0], False),
        ([0.4, 0.8, 1.2, 1.6], True),
        ([2.0, 5.0, 9.0, 14.0], False),
    ],
)
def test_the_rule_of_thumb_for_linear_values(values, linear):
    assert _units.looks_linear(np.array(values)) is linear


def test_the_sheet_is_joined_by_id_and_not_by_place(small):
    sheet = pd.DataFrame({"sample": ["S2", "S1"], "visit": ["week4", "week0"]})
    adata = io.read(small, unit="cpm", samples=sheet)
    assert list(adata.obs_names) == ["S1", "S2"]
    assert list(adata.obs["visit"]) == ["week0", "week4"]
    np.testing.assert_array_equal(adata.X[:, 0], [1, 2])


def test_a_sheet_may_be_a_file_or_a_frame_with_ids_as_index(small, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("id,visit\nS1,a\nS2,b\n")
    assert list(io.read(small, unit="cpm", samples=path, sample_column="id").obs["visit"]) == ["a", "b"]
    frame = io.read_samples(path, sample="id")
    assert list(io.read(small, unit="cpm", samples=frame, sample_column="id").obs["visit"]) == ["a", "b"]


def test_samples_on_one_side_only_are_all_named(small):
    sheet = pd.DataFrame({"sample": ["S1", "S3", "S4"]})
    with pytest.raises(
        errors.SampleSheetError,
        match=r"2 of 3 samples of the sheet are not in the matrix: S3, S4\..*1 of 2 .* not in the sheet: S2\.",
    ):
        io.read(small, unit="cpm", samples=sheet)
    with pytest.raises(errors.SampleSheetError, match=r'not in the sheet: S2.*extra="drop"'):
        io.read(small, unit="cpm", samples=sheet.iloc[:1])


def test_samples_beyond_the_sheet_can_be_left_out(small):
    adata = io.read(small, unit="cpm", samples=pd.DataFrame({"sample": ["S2"]}), extra="drop")
    assert list(adata.obs_names) == ["S2"]


def test_ids_that_r_changed_are_pointed_at(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("gene,X1.a,S2\nISG15,1,2\n")
    with pytest.raises(errors.SampleSheetError, match=r"'1-a' and 'X1\.a'.*make\.names"):
        io.read(path, unit="cpm", samples=pd.DataFrame({"sample": ["1-a", "S2"]}))


def test_a_frame_without_ids_or_with_doubled_ids_is_refused(small):
    with pytest.raises(errors.SampleSheetError, match=r"no column 'sample'.*Did you mean 'samples'"):
        io.read(small, unit="cpm", samples=pd.DataFrame({"samples": ["S1", "S2"]}))
    with pytest.raises(errors.SampleSheetError, match=r"more than once in the sample sheet: S1"):
        io.read(small, unit="cpm", samples=pd.DataFrame({"sample": ["S1", "S1"]}))


def test_ids_with_zeros_and_exponents_join(tmp_path):
    matrix, sheet = tmp_path / "m.csv", tmp_path / "s.csv"
    matrix.write_text("gene,001,1E5,NA\nISG15,1,2,3\n")
    sheet.write_text("sample,arm\n001,a\n1E5,b\nNA,c\n")
    adata = io.read(matrix, unit="cpm", samples=sheet)
    assert list(adata.obs_names) == ["001", "1E5", "NA"]
    assert list(adata.obs["arm"]) == ["a", "b", "c"]


def test_an_option_that_the_format_lacks_is_a_usage_error(small):
    with pytest.raises(errors.ParameterError, match=r"format 'table' has no option layer"):
        io.read(small, unit="cpm", layer="counts")
    with pytest.raises(errors.ParameterError, match=r"'missing' parameter of io.read.*'drop_genes'"):
        io.read(small, missing="drop")  # type: ignore[arg-type]
    with pytest.raises(errors.ParameterError, match="orientation"):
        io.read(small, orientation="genes")  # type: ignore[arg-type]
    with pytest.raises(errors.ParameterError, match="extra"):
        io.read(small, extra="keep")  # type: ignore[arg-type]


def test_an_unknown_format_offers_the_nearest(small):
    with pytest.raises(errors.UnknownNameError, match=r"no format named 'tabel'. Did you mean 'table'"):
        io.read(small, format="tabel")


def test_a_file_of_no_known_format_names_the_known_ones(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("one word a line\nand nothing else\n")
    with pytest.raises(
        errors.TableError, match=r"no known format. Known: table: .*geo_series_matrix: .*format="
    ):
        io.read(path)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"Status\ta.bam\nAssigned\t7\n", "summary of featureCounts"),
        (b"%%MatrixMarket matrix coordinate\n", "read the folder that also holds its barcodes"),
        (b"{}", "JSON"),
        (b"@read1\nACGT\n", "sequence reads"),
        (b"PK\x03\x04....", "Save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0....", "old Excel workbook"),
        (b"BAM\x01....", "alignment file"),
        (b"PAR1....", "Parquet"),
        (b"^DATABASE = GeoMiame\n", "SOFT file"),
        (b"##fileformat=VCFv4.2\n#CHROM\tPOS\tS1\n1\t2\t3\n", "lists variants"),
        (b"#!genome-build GRCh38\n1\thavana\tgene\t11869\t14409\n", "annotation .Ensembl., not expression"),
    ],
)
def test_files_that_lie_beside_expression_are_named_with_what_to_do(tmp_path, content, advice):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(errors.TableError, match=advice):
        io.read(path)


def test_a_file_that_two_formats_fit_must_be_named(small):
    twice = Catalogue("format", [io.FORMATS["table"], io.FORMATS["h5ad"]])
    assert _paths.recognise(small, twice).name == "table"
    table = io.FORMATS["table"]
    other = io.Format("other", "also a table", table.read, table.recognises, "", fallback=True)
    with pytest.raises(errors.TableError, match=r'several formats: table, other. Say which: format="table"'):
        _paths.recognise(small, Catalogue("format", [table, other]))


def test_a_fallback_is_asked_only_where_no_other_format_is_sure(small):
    """A new format of tables is known to no other, and the table's own recognition need not exclude it."""
    table = io.FORMATS["table"]
    for fits, expected in ((True, "other"), (False, "table")):
        other = io.Format(
            "other", "tables of one program", table.read, lambda path, head, fits=fits: fits, ""
        )
        assert _paths.recognise(small, Catalogue("format", [table, other])).name == expected
    unsure = io.Format("other", "tables of one program", table.read, lambda path, head: None, "")
    with pytest.raises(errors.TableError, match="several formats: table, other"):
        _paths.recognise(small, Catalogue("format", [table, unsure]))


def test_ids_that_differ_in_the_form_of_a_letter_are_told(tmp_path):
    """One program writes é as one sign, another as e and an accent: on the screen they are the same."""
    (tmp_path / "m.csv").write_text("gene,Rene\u0301,P2\nISG15,1,2\nIFI6,3,4\n", encoding="utf-8")
    sheet = pd.DataFrame({"sample": ["Ren\u00e9", "P2"]})
    with pytest.raises(errors.SampleSheetError, match="1 ids are alike .* but for the form of its letters"):
        io.read(tmp_path / "m.csv", unit="counts", samples=sheet)
    same = pd.DataFrame({"sample": ["Rene\u0301", "P2"]})
    assert io.read(tmp_path / "m.csv", unit="counts", samples=same).n_obs == 2
