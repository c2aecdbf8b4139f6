"""Sample sheets: ids survive, numbers become numbers."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io

SHEET = "sample,patient,age,dose,code,flag,sledai\n001,P1,30,0.5,1E5,TRUE,4\n1E5,P2,41,,2E5,FALSE,\nNA,P1,52,10,3E5,,7\n"


def sheet(tmp_path, text):
    path = tmp_path / "samples.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        SHEET,
        SHEET.replace(",", "\t"),
        SHEET.replace(",", ";").replace("0.5", "0,5"),
        b"\xef\xbb\xbf" + SHEET.encode(),
        SHEET.replace("\n", "\r\n"),
        SHEET.replace("\n", "\r"),
        SHEET + ",,,,,,\n",
    ],
    ids=["comma", "tab", "semicolon", "byte order mark", "CRLF", "CR", "blank last row"],
)
def test_ids_survive_and_numbers_become_numbers(tmp_path, text):
    frame = io.read_samples(sheet(tmp_path, text))
    assert list(frame.index) == ["001", "1E5", "NA"]
    assert frame.index.name == "sample"
    assert frame["age"].dtype == np.int64
    np.testing.assert_array_equal(frame["dose"], [0.5, np.nan, 10])
    assert list(frame["code"]) == ["1E5", "2E5", "3E5"]
    assert frame["flag"].isna().tolist() == [False, False, True]
    np.testing.assert_array_equal(frame["sledai"], [4, np.nan, 7])


@pytest.mark.parametrize(
    ("cells", "numeric"),
    [
        (["1", "2"], True),
        (["-1.5", "+2."], True),
        ([".5", "0"], True),
        (["01", "2"], False),
        (["1e3", "2"], False),
        (["1", "x"], False),
        (["1", "2,5"], False),
        (["1", "--"], False),
        (["1", "inf"], False),
        (["1234567890123456789", "2"], False),
        (["1", "NA"], True),
        (["NA", "NA"], False),
        (["", ""], False),
        ([".", "1"], False),
    ],
)
def test_a_column_is_numeric_only_where_every_cell_is_a_plain_number(tmp_path, cells, numeric):
    text = "sample,x,y\n" + "".join(f'S{i},"{cell}",1\n' for i, cell in enumerate(cells))
    column = io.read_samples(sheet(tmp_path, text))["x"]
    assert (column.dtype.kind in "if") is numeric
    if not numeric:
        assert [cell or "" for cell in column] == cells


def test_na_beside_numbers_is_missing_and_na_among_words_is_a_word(tmp_path):
    frame = io.read_samples(sheet(tmp_path, "sample,x,y\na,1,NA\nb,NA,yes\n"))
    np.testing.assert_array_equal(frame["x"], [1, np.nan])
    assert list(frame["y"]) == ["NA", "yes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample,x\na,1\nb,2\na,3\n", r"'a' \(lines 2, 4\)"),
        ("sample,x\na,1\n,2\n", r"1 rows have no id in column 'sample': lines 3"),
        ("sample,x,x\na,1,2\n", r"'x' \(columns 2, 3\)"),
        ("sample,x\na,1\nb\n", r"without exactly 2 cells: lines 3"),
        ("sample,x,y\na,1,2\nb,1,2,3\n", r"without exactly 3 cells: lines 3"),
        ("sample,x\n", "a header and no row"),
        ("Sampel,x\na,1\n", r"no column 'sample'. Did you mean 'Sampel'"),
        ("", "is empty"),
    ],
)
def test_a_bad_sheet_is_refused_with_its_lines(tmp_path, text, message):
    with pytest.raises((errors.SampleSheetError, errors.TableError), match=message):
        io.read_samples(sheet(tmp_path, text))


def test_the_good_neighbours_of_bad_sheets_are_read(tmp_path):
    assert len(io.read_samples(sheet(tmp_path, "sample,x\na,1\nb,2\nA,3\n"))) == 3
    assert io.read_samples(sheet(tmp_path, "Sample,x\na,1\n"), sample="Sample").index.tolist() == ["a"]


def test_a_missing_sheet_is_a_usage_error(tmp_path):
    with pytest.raises(errors.MissingFileError, match="There is no file"):
        io.read_samples(tmp_path / "nothing.csv")
