"""Tables as people have them: what stands above the header and beside the samples does not change the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys
from ifnsig.gate.annotation import check_one_quantity

CASES = Path(__file__).resolve().parents[1] / "cases" / "io"
SAMPLES = ["P1_d0", "P1_d28", "P2_d0", "P2_d28"]
COORDINATES = ["chromosome", "start", "end", "strand"]
TESTED = ["baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]


def counts() -> np.ndarray:
    """Samples x genes, read with the csv module alone."""
    with (CASES / "02_without_length.tsv").open(newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    return np.array([[float(cell) for cell in row[1:]] for row in rows[1:]]).T


GOOD = {
    "01_geo_coords.tsv": COORDINATES,
    "01b_geo_coords_chr.tsv": ["gene_name", *COORDINATES],
    "02_length_col.tsv": ["Length"],
    "02b_id_name_length.tsv": ["gene_name", "gene_length"],
    "03_deseq2_results.csv": TESTED,
    "04_fc_clean.tsv": [],
    "04b_fc_trailing_tabs.tsv": [],
    "04c_fc.csv": [],
    "05_symbol_entrez.tsv": ["entrez_id"],
    "11_two_headers.tsv": [],
    "11b_title_line.csv": [],
    "16_writecsv.csv": [],
    "18_desc_last.tsv": ["gene_name", "description"],
    "22_utf16.txt": [],
    "23_desc_commas.csv": ["description"],
    "24_biotype.tsv": ["gene_biotype", "gene_name"],
    "30_joined_htseq_names.tsv": ["gene_name"],
    "30c_joined_htseq_nonames.tsv": [],
    "70_totals_table.tsv": [],
}


@pytest.mark.parametrize("name", GOOD)
def test_what_stands_beside_the_samples_does_not_change_them(name):
    adata = io.read(CASES / name, unit="counts")
    assert list(adata.obs_names) == SAMPLES
    np.testing.assert_array_equal(adata.X, counts())
    assert list(adata.var.columns) == GOOD[name]


def test_names_of_genes_are_kept_wherever_their_column_stands():
    for name in ("01b_geo_coords_chr.tsv", "18_desc_last.tsv", "24_biotype.tsv", "30_joined_htseq_names.tsv"):
        assert list(io.read(CASES / name, unit="counts").var["gene_name"][:3]) == ["IFI27", "IFI44L", "IFIT1"]
    assert list(io.read(CASES / "01_geo_coords.tsv", unit="counts").var["strand"][:2]) == ["+", "+"]
    assert io.read(CASES / "18_desc_last.tsv", unit="counts").var["description"].iloc[0] == "a protein"


@pytest.mark.parametrize("name", ["02_length_col.tsv", "03_deseq2_results.csv", "05_symbol_entrez.tsv"])
def test_numbers_that_describe_genes_are_told(name, caplog):
    io.read(CASES / name, unit="counts")
    assert f"columns that describe genes and are no samples: {', '.join(GOOD[name][:5])}" in caplog.text
    caplog.clear()
    io.read(CASES / "02_without_length.tsv", unit="counts")
    assert "describe genes" not in caplog.text


def test_samples_of_a_featurecounts_table_whose_first_column_was_renamed_keep_their_names():
    adata = io.read(CASES / "04d_fc_symbol_first.tsv", unit="counts")
    assert list(adata.obs_names) == [f"{sample}.bam" for sample in SAMPLES]
    np.testing.assert_array_equal(adata.X, counts())


def test_a_row_of_words_below_the_header_describes_the_samples(tmp_path, caplog):
    adata = io.read(CASES / "11_two_headers.tsv", unit="counts")
    assert list(adata.obs["condition"]) == ["ctrl", "ifn", "ctrl", "ifn"]
    assert "row 'condition' describes the samples" in caplog.text
    two = tmp_path / "two.tsv"
    two.write_text("gene\ta\tb\n\narm\tx\ty\nsex\tf\tm\nISG15\t1\t2\nIFI6\t3\t4\nMX1\t5\t?\nOAS1\t5\t6\n")
    with pytest.raises(errors.TableError, match=r"line 7, row 'MX1', column 'b': '\?'"):
        io.read(two, unit="counts")
    two.write_text(two.read_text().replace("?", "6"))
    adata = io.read(two, unit="counts")
    assert (list(adata.obs["arm"]), list(adata.obs["sex"])) == (["x", "y"], ["f", "m"])
    assert adata.X.tolist() == [[1, 3, 5, 5], [2, 4, 6, 6]]
    one_word = tmp_path / "m.tsv"
    one_word.write_text("gene\ta\tb\nISG15\tlow\tlow\nIFI6\t1\t2\nMX1\t3\t4\nOAS1\t3\t4\n")
    with pytest.raises(errors.TableError, match="row 'ISG15', column 'a': 'low'"):
        io.read(one_word, unit="counts")


ABOVE = {
    "13_recount3.tsv": (SAMPLES, [10100, 10908]),
    "91_sep.csv": (["a", "b"], [1, 3]),
    "91b_comment.tsv": (["a", "b"], [1, 3]),
    "91c_hashgene.tsv": (["a", "b"], [1, 3]),
    "90_refseq.tsv": (["a", "b"], [100, 100]),
}


@pytest.mark.parametrize("name", ABOVE)
def test_comments_and_separators_above_the_header_are_skipped(name):
    samples, first = ABOVE[name]
    adata = io.read(CASES / name, unit="counts")
    assert list(adata.obs_names) == samples
    assert list(adata.X[0, :2]) == first


BODY = "gene\tP1\tP2\nISG15\t1\t2\nIFI6\t3\t4\n"


@pytest.mark.parametrize(
    "above",
    [
        "# one, two\n",
        "##a=b\n##\n\n",
        "Counts, of all samples\n",
        "A title\nand one below\n\n",
        "sep=\t\n",
        '"sep=,"\t\t\n',
    ],
)
def test_lines_above_are_skipped_and_lines_of_faults_counted_with_them(tmp_path, above):
    path = tmp_path / "m.tsv"
    path.write_text(above + BODY)
    adata = io.read(path, unit="counts")
    assert (list(adata.obs_names), adata.X.tolist()) == (["P1", "P2"], [[1, 3], [2, 4]])
    path.write_text(above + BODY.replace("\t4", "\tx"))
    with pytest.raises(
        errors.TableError, match=rf"line {above.count(chr(10)) + 3}, row 'IFI6', column 'P2': 'x'"
    ):
        io.read(path, unit="counts", format="table")


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        ("S1\nISG15\t1\nIFI6\t2\n", ["S1"]),
        ("S1\nISG15\tNA\nIFI6\t2\nMX1\t2\n", ["S1"]),
        ("# gene\ta\tb\nISG15\t1\t2\nIFI6\t3\t4\n", ["a", "b"]),
        ("#gene\ta\nISG15\t1\nIFI6\t3\n", ["a"]),
        ('id\tS1\tdesc\na\t1\t"x, y, z"\nb\t2\t"x, y, 5"\n', ["S1"]),
    ],
)
def test_a_header_is_no_title_and_no_comment(tmp_path, text, samples):
    path = tmp_path / "m.tsv"
    path.write_text(text)
    assert list(io.read(path, format="table", unit="cpm", missing="drop_genes").obs_names) == samples


def test_a_header_longer_than_any_cell_is_read(tmp_path):
    path = tmp_path / "m.tsv"
    samples = [f"a_rather_long_name_of_a_sample_{at}" for at in range(5000)]
    path.write_text(
        "gene\t"
        + "\t".join(samples)
        + "\n"
        + "".join(f"{g}" + "\t1" * 5000 + "\n" for g in ("ISG15", "IFI6"))
    )
    assert list(io.read(path, unit="counts").obs_names) == samples


def test_rows_are_not_taken_for_a_header_that_has_no_names(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("gene,,\nISG15,1,2\nIFI6,3,4\n")
    with pytest.raises(errors.TableError, match="2 samples have no id"):
        io.read(path, unit="counts")


def test_a_sheet_may_have_comments_above_and_a_header_that_begins_with_a_hash(tmp_path):
    path = tmp_path / "sheet.csv"
    for text in ("# made, by hand\nsample,arm\nP1,a\nP2,b\n", "#sample,arm\nP1,a\nP2,b\n"):
        path.write_text(text)
        assert list(io.read_samples(path).index) == ["P1", "P2"]


WORDS = "gene\tP1\tstatus\tP2\tnote\nISG15\t1\tOK\t2\tx\nIFI6\t3\tLOW\t4\ty\n"


def test_columns_of_words_among_samples_are_named_or_left_out(tmp_path, caplog):
    path = tmp_path / "m.tsv"
    path.write_text(WORDS)
    with pytest.raises(
        errors.TableError, match=r"2 columns among the samples hold words: 'status', 'note'.*extra=\"drop\""
    ):
        io.read(path, unit="counts")
    adata = io.read(path, unit="counts", extra="drop")
    assert (list(adata.obs_names), adata.X.tolist()) == (["P1", "P2"], [[1, 3], [2, 4]])
    assert list(adata.var.columns) == []
    assert "2 columns are left out: status, note" in caplog.text
    caplog.clear()
    path.write_text(BODY)
    assert io.read(path, unit="counts", extra="drop").X.tolist() == [[1, 3], [2, 4]]
    assert "left out" not in caplog.text


def test_words_of_other_programs_in_a_header_do_not_hide_a_table(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("Geneid,P1,P2\nISG15,1,2\nIFI6,3,4\n")
    assert list(io.read(path, unit="counts").obs_names) == ["P1", "P2"]
    path.write_text("gene,P1,P2,Status\nISG15,1,2,OK\nIFI6,3,4,OK\n")
    with pytest.raises(errors.TableError, match="1 columns among the samples hold words: 'Status'"):
        io.read(path, unit="counts")


def test_only_the_columns_that_a_sheet_lists_are_judged(tmp_path):
    path = tmp_path / "m.tsv"
    rows = [f"G{i}\t{i}\t{i + 1}\t{'?' if i == 55 else i}\t\n" for i in range(60)]
    path.write_text("gene\tP1\tP2\tscore\tempty\n" + "".join(rows))
    sheet = pd.DataFrame({"sample": ["P1", "P2"]})
    adata = io.read(path, unit="counts", samples=sheet, extra="drop")
    assert (list(adata.obs_names), adata.X[0].tolist()) == (["P1", "P2"], [float(i) for i in range(60)])
    with pytest.raises(errors.TableError, match=r"line 57.*column 'score': '\?'.*extra=\"drop\""):
        io.read(path, unit="counts", samples=sheet)
    listed = pd.DataFrame({"sample": ["P1", "P2", "score"]})
    with pytest.raises(errors.TableError, match=r"line 57.*column 'score': '\?'"):
        io.read(path, unit="counts", samples=listed, extra="drop")


def test_a_listed_column_is_a_sample_whatever_its_name():
    sheet = pd.DataFrame({"sample": ["Length", "P1_d0"]})
    adata = io.read(CASES / "02_length_col.tsv", unit="counts", samples=sheet, extra="drop")
    assert list(adata.obs_names) == ["Length", "P1_d0"]
    assert adata.X[0, 0] == 4963


def test_a_table_whose_columns_all_describe_genes_has_no_sample(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("gene\tstart\tend\nISG15\t1\t2\nIFI6\t3\t4\n")
    with pytest.raises(
        errors.TableError, match=r"no column of numbers: 'gene', 'start', 'end' hold text or describe"
    ):
        io.read(path, unit="counts")
    sheet = pd.DataFrame({"sample": ["start", "end"]})
    assert io.read(path, unit="counts", samples=sheet).shape == (2, 2)


def test_a_dropped_column_does_not_speak_about_the_unit(tmp_path, recwarn):
    path = tmp_path / "m.tsv"
    rows = "".join(f"G{i}\t{5 + i % 7 / 7}\t{6 + i % 5 / 5}\t{1000 * i}\n" for i in range(1000))
    path.write_text("gene\tP1\tP2\tsize\n" + rows)
    sheet = pd.DataFrame({"sample": ["P1", "P2"]})
    io.read(path, unit="log2_cpm", samples=sheet, extra="drop")
    assert not [found for found in recwarn if "look linear" in str(found.message)]
    with pytest.warns(errors.UnitWarning, match="look linear"):
        io.read(path, unit="log2_cpm", samples=pd.DataFrame({"sample": ["P1", "P2", "size"]}))


def test_large_tables_are_read_the_same_with_columns_that_describe_genes(tmp_path, monkeypatch):
    monkeypatch.setattr("ifnsig.io.text._scan.IN_MEMORY", 0)
    for name in (
        "01_geo_coords.tsv",
        "18_desc_last.tsv",
        "03_deseq2_results.csv",
        "13_recount3.tsv",
        "11_two_headers.tsv",
    ):
        adata = io.read(CASES / name, unit="counts")
        expected = 101 * counts() if name.startswith("13") else counts()
        np.testing.assert_array_equal(adata.X, expected)


def test_two_quantities_in_one_table_are_told_and_a_sheet_chooses():
    path = CASES / "17_two_quantities.tsv"
    with pytest.raises(
        errors.TableError, match=r"4 of 8 columns have fractions.*'P1_d0 - RPKM'.*extra=\"drop\""
    ):
        io.read(path, unit="counts")
    sheet = pd.DataFrame({"sample": [f"{sample} - Total gene reads" for sample in SAMPLES]})
    np.testing.assert_array_equal(io.read(path, unit="counts", samples=sheet, extra="drop").X, counts())


def test_a_column_a_thousand_times_away_is_another_quantity():
    rng = np.random.default_rng(1)
    values = rng.integers(1, 90, size=(4, 30)).astype(float)
    check_one_quantity(["a", "b", "c", "d"], values, "counts", "x.tsv")
    values[1] *= 900
    check_one_quantity(["a", "b", "c", "d"], values, "counts", "x.tsv")
    values[1] *= 5
    with pytest.raises(errors.TableError, match="1 of 4 columns have values a thousand times.*'b'"):
        check_one_quantity(["a", "b", "c", "d"], values, "", "x.tsv")
    values[1] = 0  # nothing was detected
    check_one_quantity(["a", "b", "c", "d"], values, "counts", "x.tsv")


def test_counts_of_salmon_have_fractions_in_every_column():
    values = np.random.default_rng(2).gamma(2, 9, size=(4, 60))
    check_one_quantity(["a", "b", "c", "d"], values, "counts", "x.tsv")
    values[:2] = np.round(values[:2])
    with pytest.raises(errors.TableError, match="2 of 4 columns have fractions.*'c', 'd'"):
        check_one_quantity(["a", "b", "c", "d"], values, "counts", "x.tsv")
    check_one_quantity(["a", "b", "c", "d"], values, "tpm", "x.tsv")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("19_spaces.txt", "columns are split by spaces. Write it with tabs"),
        ("20_cufflinks_fpkm.tsv", "1 columns among the samples hold words: 'S1_status'"),
        ("21_html.xls", "is a web page.*save it as CSV"),
        ("bd_RSEC_MolsPerCell.csv", "first column is 'Cell_Index', so each row is a cell.*samples_in_rows"),
    ],
)
def test_what_cannot_be_read_is_named(name, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(CASES / name, unit="counts")


def test_a_corner_that_names_the_columns_does_not_turn_a_table(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("cell\tAAAC\tAAAG\nISG15\t1\t2\nIFI6\t3\t4\n")
    assert list(io.read(path, unit="counts").obs_names) == ["AAAC", "AAAG"]


def test_cells_in_rows_are_read_when_the_user_says_so():
    adata = io.read(CASES / "bd_RSEC_MolsPerCell.csv", unit="counts", orientation="samples_in_rows")
    assert adata.shape == (8, 25)
    assert adata.var_names[0] == "IFI27|NM_000|Reference_end"


def test_gtex_numbers_the_rows_of_its_tissues():
    plain, numbered = (io.read(CASES / name, unit="tpm") for name in ("51_gtex.gct", "51b_gtex_id.gct"))
    assert list(numbered.var_names) == list(plain.var_names)
    assert list(numbered.var["Description"]) == list(plain.var["Description"])
    np.testing.assert_array_equal(numbered.X, counts())
    assert list(numbered.obs_names) == ["G1", "G2", "G3", "G4"]


def test_star_and_its_totals():
    adata = io.read(CASES / "sReadsPerGene.out.tab")
    assert (adata.X.tolist(), adata.obs["N_noFeature"].tolist()) == ([[40, 20]], [4])


def test_samples_quantified_against_other_transcripts_are_named(tmp_path):
    with pytest.raises(errors.TableError, match="names do not tell the gene"):
        io.read(CASES / "ref")


def test_a_table_with_a_comment_keeps_its_format():
    source = keys.read_field(io.read(CASES / "04c_fc.csv"), "source")
    assert source["format"] == "featurecounts"
