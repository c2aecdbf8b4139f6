"""Delimited tables: every layout that spreadsheets and R write gives the same matrix, and ids stay as they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys, pp
from ifnsig.io.text import _scan, _values
from ifnsig.io.text._delimited import lay_out

GENES = ["IFI44", "NA", "ISG15"]
SAMPLES = ["001", "1E5", "NA"]
# rows are genes as in the files below; a tenth and a half are not exact in binary, so parsing is tested too
VALUES = np.array([[1.5, 2.25, 0.1], [0.0, 10.0, 3.0], [7.125, 1e-3, 100.0]])
CSV = "gene,001,1E5,NA\nIFI44,1.5,2.25,0.1\nNA,0,10,3\nISG15,7.125,0.001,100\n"

LAYOUTS = {
    "comma": CSV.encode(),
    "tab": CSV.replace(",", "\t").encode(),
    "semicolon with decimal comma": CSV.replace(",", ";").replace(".", ",").encode(),
    "semicolon with decimal point": CSV.replace(",", ";").encode(),
    "byte order mark": b"\xef\xbb\xbf" + CSV.encode(),
    "UTF-16 as Excel's Unicode text": CSV.replace(",", "\t").encode("utf-16"),
    "CRLF": CSV.replace("\n", "\r\n").encode(),
    "CR only": CSV.replace("\n", "\r").encode(),
    "no last line end": CSV.strip().encode(),
    "gzip": gzip.compress(CSV.encode()),
    "everything quoted": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in CSV.splitlines()
    ).encode(),
    "R: one name fewer in the header": CSV.replace("gene,", "", 1).encode(),
    "leading empty header cell": CSV.replace("gene,", ",", 1).encode(),
    "quoted empty header cell": CSV.replace("gene,", '"",', 1).encode(),
    "blank lines around": ("\n\n" + CSV.replace("NA,0", "\nNA,0") + "\n\n").encode(),
    "blank rows and columns of a spreadsheet": (
        "\n".join(line + ",," for line in CSV.splitlines()) + "\n,,,,,\n"
    ).encode(),
    "rows end in a comma, the header does not": CSV.replace("\n", ",\n").replace(",\n", "\n", 1).encode(),
    "blanks around numbers": CSV.replace("2.25", " 2.25 ").encode(),
}


def written(tmp_path: Path, content: bytes | str, name: str = "matrix.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_matrix(tmp_path, layout):
    adata = io.read(written(tmp_path, LAYOUTS[layout]), unit="cpm")
    assert list(adata.obs_names) == SAMPLES
    assert list(adata.var_names) == GENES
    # equal, not close: the nearest double to each decimal is asked for
    np.testing.assert_array_equal(adata.X, VALUES.T)


def test_latin1_bytes_are_read(tmp_path):
    adata = io.read(written(tmp_path, "gene,S\xf6r1,S2\nISG15,1,2\n".encode("latin-1")), unit="cpm")
    assert list(adata.obs_names) == ["S\xf6r1", "S2"]


def test_one_sample_is_enough_even_in_r_style(tmp_path):
    for text in ("gene,S1\nISG15,1,\nIFI6,2,\n".replace(",\n", "\n"), "S1\nISG15\t1\nIFI6\t2\n"):
        adata = io.read(written(tmp_path, text), unit="cpm", format="table")
        assert adata.shape == (1, 2)
        assert list(adata.obs_names) == ["S1"]


def test_numbers_are_the_nearest_doubles(tmp_path):
    rng = np.random.default_rng(5)
    values = rng.gamma(2.0, 3.0, size=(50, 20)) * 10.0 ** rng.integers(-8, 8, size=(50, 20))
    rows = "\n".join(f"G{i}," + ",".join(map(repr, row)) for i, row in enumerate(values.tolist()))
    header = "gene," + ",".join(f"S{i}" for i in range(20))
    adata = io.read(written(tmp_path, f"{header}\n{rows}\n"), unit="cpm")
    np.testing.assert_array_equal(adata.X, values.T)


@pytest.mark.parametrize("header", ["gene_symbol", "gene_name", "Description", "annotation"])
def test_a_second_text_column_stands_beside_the_ids(tmp_path, header):
    text = f"id,{header},S1,S2\nENSG00000187608,ISG15,1,2\nENSG00000000003,NA,3,4\n"
    adata = io.read(written(tmp_path, text), unit="cpm")
    assert list(adata.var[header]) == ["ISG15", "NA"]
    assert list(adata.var_names) == ["ENSG00000187608", "ENSG00000000003"]
    assert list(adata.obs_names) == ["S1", "S2"]


def test_of_several_text_columns_the_one_that_names_genes_is_found(tmp_path):
    text = "id,accession,symbol,S1\np1,NM_1,ISG15,1\np2,NM_2,IFI6,2\n"
    adata = io.read(written(tmp_path, text), unit="cpm")
    assert list(pp.map_genes(adata).var_names) == ["ISG15", "IFI6"]
    assert list(adata.var["accession"]) == ["NM_1", "NM_2"]


def test_samples_in_rows_are_read_when_the_user_says_so(tmp_path):
    text = "sample,arm,ISG15,IFI6\nP1,drug,1,2\nP2,placebo,3,4\n"
    adata = io.read(written(tmp_path, text), unit="cpm", orientation="samples_in_rows")
    assert list(adata.obs_names) == ["P1", "P2"]
    assert list(adata.var_names) == ["ISG15", "IFI6"]
    np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4]])
    assert list(adata.obs["arm"]) == ["drug", "placebo"]


def test_a_transposed_matrix_is_told_by_the_sample_sheet(tmp_path):
    sheet = pd.DataFrame({"sample": ["P1", "P2"]})
    turned = written(tmp_path, "sample,X1,X2\nP1,1,2\nP2,3,4\n")
    with pytest.raises(
        errors.TableError, match=r"transposed.*2 sample ids.*rows \(P1, P2\).*samples_in_rows"
    ):
        io.read(turned, unit="cpm", samples=sheet)
    straight = written(tmp_path, "gene,P1,P2\nX1,1,3\nX2,2,4\n", "straight.csv")
    assert io.read(straight, unit="cpm", samples=sheet).shape == (2, 2)
    assert io.read(turned, unit="cpm", samples=sheet, orientation="samples_in_rows").shape == (2, 2)
    with pytest.raises(errors.SampleSheetError, match=r"P1, P2.*names of genes.*transposed"):
        io.read(straight, unit="cpm", samples=sheet, orientation="samples_in_rows")


def test_a_transposed_matrix_is_told_by_gene_names(tmp_path):
    turned = "sample,ISG15,IFI6,ENSG00000185745.10\nP1,1,2,3\nP2,3,4,5\n"
    with pytest.raises(errors.TableError, match=r"transposed.*3 known gene names.*header.*samples_in_rows"):
        io.read(written(tmp_path, turned), unit="cpm")
    straight = "gene,P1,P2\nISG15,1,3\nIFI6,2,4\nENSG00000185745.10,3,5\n"
    adata = io.read(written(tmp_path, straight), unit="cpm")
    assert keys.read_field(adata, "source")["orientation_by"] == "gene names"


def test_genes_are_in_rows_where_nothing_speaks_against_it(tmp_path):
    adata = io.read(written(tmp_path, "id,a,b\nx,1,2\ny,3,4\nz,5,6\n"), unit="cpm")
    assert adata.shape == (2, 3)
    assert keys.read_field(adata, "source")["orientation_by"] == "default"


def test_doubled_gene_ids_are_kept_for_map_genes(tmp_path):
    adata = io.read(written(tmp_path, "gene,S1\nISG15,1\nISG15,2\n"), unit="cpm")
    assert list(adata.var_names) == ["ISG15", "ISG15"]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("header", ["", "X", "Unnamed: 0"])
def test_row_numbers_are_not_gene_ids(tmp_path, first, header):
    genes = ["ISG15", "OAS1", "IFI6", "MX1"]
    rows = [f"{i},{gene},note {gene},{i}.5,{i}" for i, gene in enumerate(genes, start=first)]
    adata = pp.map_genes(
        io.read(written(tmp_path, "\n".join([f"{header},gene,note,S1,S2", *rows])), unit="cpm")
    )
    assert list(adata.var_names) == genes
    assert list(adata.obs_names) == ["S1", "S2"]
    alone = [f"{i},{i}.5,{i}" for i in range(first, first + 4)]
    with pytest.raises(errors.GeneNameError, match="named by numbers .* they number the rows"):
        pp.map_genes(io.read(written(tmp_path, "\n".join([f"{header or 'id'},S1,S2", *alone])), unit="cpm"))
    # Entrez ids are numbers, and do not count the rows
    entrez = io.read(written(tmp_path, "gene,S1,S2\n9636,1,2\n2537,3,4\n4599,5,6\n"), unit="cpm")
    assert list(pp.map_genes(entrez).var_names) == ["ISG15", "IFI6", "MX1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "is empty", id="empty file"),
        pytest.param(" \n\n", "is empty", id="blank file"),
        pytest.param("gene,S1,S2\n", "a header and no row", id="header only"),
        pytest.param("gene,S1,S1\nISG15,1,2\n", r"1 sample ids occur more than once: S1", id="doubled samples"),
        pytest.param("gene,S1,\nISG15,1,2\n", r"samples have no id: number 2", id="nameless sample"),
        pytest.param(
            "gene,S1,S2\nISG15,1,abc\nIFI6,2,1_000\n",
            r"2 cells are not finite numbers: line 2, row 'ISG15', column 'S2': 'abc';"
            r" line 3, row 'IFI6', column 'S2': '1_000'",
            id="words among numbers",
        ),
        pytest.param("gene,S1\nISG15,inf\n", r"line 2, row 'ISG15', column 'S1': 'inf'", id="infinite"),
        pytest.param(
            "gene,S1,S2\nISG15,1,2\nIFI6,3\nMX1,4,5,6\n",
            r"2 rows have the wrong number of cells: line 3 has 2 instead of 3, line 4 has 4 instead of 3",
            id="ragged rows",
        ),
        pytest.param(
            "gene,S1,S2\nISG15,1,2,9\nIFI6,3,4\n", r"line 2 has 4 instead of 3", id="a first row that is too long"
        ),
        pytest.param("gene\tS1\tS2\nISG15\t1,5\t2\n", "Decimal commas are read only where", id="comma in tabs"),
        pytest.param("gene;S1;S2\nISG15;1,5;1.5\n", "column 'S2': '1.5'", id="both decimal marks"),
        pytest.param("gene,S1,S2\nISG15,1,\nIFI6,2,NA\n", "1 samples have no value at all: 'S2'", id="empty sample"),
        pytest.param("gene,S1,S2\nISG15,,\nIFI6,2,3\n", "1 genes have no value at all: 'ISG15'", id="empty gene"),
        pytest.param(
            "gene,S1,S2\nISG15,1,NA\nIFI6,nan,3\nMX1,1,2\n",
            r"2 cells are missing: gene 'ISG15' in sample 'S2', gene 'IFI6' in sample 'S1'\..*drop_genes",
            id="scattered gaps",
        ),
        pytest.param("gene,note\nISG15,up\nIFI6,down\n", "no column of numbers", id="no numbers"),
        pytest.param(
            "class,gene,S1\n" + "".join(f"{'AB'[i % 2]},g{i},{i}\n" for i in range(12)),
            r"first column \('class'\).*only 2 different values in 12 rows \(A, B\)",
            id="classes instead of ids",
        ),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_its_place(tmp_path, text, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(written(tmp_path, text), format="table", unit="cpm")


def test_the_good_neighbours_of_bad_tables_are_read(tmp_path):
    for text in (
        "gene,S1,S2\nISG15,1,2\n",
        "gene,S1,S2\nISG15,1,1e3\nIFI6,2,1000\n",
        "gene;S1;S2\nISG15;1,5;1\n",
        "class,S1\n" + "".join(f"g{i},{i}\n" for i in range(12)),
    ):
        assert io.read(written(tmp_path, text), format="table", unit="cpm").n_obs >= 1


def test_all_faults_of_a_table_are_told_at_once(tmp_path):
    text = "gene,S1,S1,S2\nISG15,1,2,\nIFI6,1,2,\n"
    with pytest.raises(errors.TableError, match=r"S1.*S2"):
        io.read(written(tmp_path, text), unit="cpm")


def test_genes_with_gaps_are_left_out_when_asked_and_written_down(tmp_path):
    path = written(tmp_path, "gene,S1,S2\nISG15,1,NA\nIFI6,2,3\nMX1,,\n")
    adata = io.read(path, unit="cpm", missing="drop_genes")
    assert list(adata.var_names) == ["IFI6"]
    assert keys.read_field(adata, "source")["genes_with_missing_cells"] == ["ISG15", "MX1"]


def test_a_short_message_names_five_cells_and_counts_the_rest(tmp_path):
    text = "gene,S1\n" + "".join(f"G{i},bad{i}\n" for i in range(8)) + "H,1\n"
    with pytest.raises(errors.TableError, match=r"8 cells .*'bad4' and 3 more"):
        io.read(written(tmp_path, text), unit="cpm")


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(errors.MissingFileError, match="There is no file"):
        io.read(tmp_path / "nothing.csv")
    with pytest.raises(errors.MissingFileError, match="is a folder"):
        io.read(tmp_path)


def test_broken_archives_and_workbooks_are_named(tmp_path):
    with pytest.raises(errors.TableError, match="cannot be unpacked"):
        io.read(written(tmp_path, gzip.compress(CSV.encode())[:30]), format="table")
    with pytest.raises(errors.TableError, match="Excel workbook"):
        io.read(written(tmp_path, b"PK\x03\x04rest"), format="table")
    with pytest.raises(errors.TableError, match="binary file"):
        io.read(written(tmp_path, b"a,b\n\0\0,1\n"), format="table")


LATER = {
    "counts": "17", "a decimal of seventeen digits": "0.10000000000000001", "a large number": "9007199254740993",
    "a power of ten": "1e22", "no value": "NA", "nearly one": "0.99999999999999989", "a small decimal": "7.2057594037927933e-3",
}  # fmt: skip


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_a_large_table_that_begins_with_whole_numbers_is_read_to_the_nearest_double(
    later: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own ``float`` says which double that is; the table is read in four stretches."""
    cells = [[str(7 * row + column) for column in range(4)] for row in range(400)]
    cells[390][2] = later
    lines = ["gene\t" + "\t".join(f"S{at}" for at in range(4))]
    lines += [f"G{row}\t" + "\t".join(values) for row, values in enumerate(cells)]
    (tmp_path / "counts.tsv").write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(_scan, "IN_MEMORY", 64)
    monkeypatch.setattr(_values, "AT_ONCE", 500)
    got = _values.read_values(text := _scan.open_text(tmp_path / "counts.tsv"), lay_out(text), n_text=1)
    assert text.lines == 401
    np.testing.assert_array_equal(
        got.numbers, [[float(cell.replace("NA", "nan")) for cell in row] for row in cells]
    )
    assert got.ids.tolist() == [f"G{row}" for row in range(400)]


@pytest.mark.parametrize(("first", "compiled"), [("3", False), ("3.5", True)])
def test_only_numbers_that_are_not_whole_need_the_compiled_parser(
    first: str, compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.tsv").write_text(f"gene\tS1\tS2\nG1\t{first}\t1\nG2\t2\t4\n")
    asked: list[object] = []
    monkeypatch.setattr(_scan, "IN_MEMORY", 4)
    monkeypatch.setattr(_values, "read_numbers", lambda *given, **named: asked.append(named))
    text = _scan.open_text(tmp_path / "a.tsv")
    assert _values.read_values(text, lay_out(text), n_text=1).numbers.tolist() == [[float(first), 1], [2, 4]]
    assert bool(asked) == (compiled or not _values.NEAREST)
