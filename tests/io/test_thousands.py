"""Marks of thousands: a count of 3348 is never read as 3.348, and no advice makes it so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig import io, tl
from ifnsig.core import decimals
from ifnsig.errors import SampleSheetError, TableError

CASES = Path(__file__).parents[1] / "cases" / "io"
PLAIN = CASES / "14f_plain.tsv"


def read(path: Path, **options: Any) -> np.ndarray:
    return np.asarray(io.read(path, **{"unit": "counts", **options}).X)


@pytest.mark.parametrize("name", ["14b_thousands_de.csv", "14c_thousands_de_tab.tsv"])
def test_counts_whose_fractions_all_have_three_digits_are_refused_with_both_readings(name: str) -> None:
    with pytest.raises(
        TableError, match=r"line 3, row 'IFI44L', column 'P1_d0': '3.348', which is 3348 .* and 3.348"
    ):
        read(CASES / name)
    assert read(CASES / name, unit="tpm")[0, 1] == 3.348  # the nearest file that is fine: no counts


@pytest.mark.parametrize(
    ("name", "whole"),
    [("14_thousands.csv", "'10,000' as 10000"), ("14e_thousands_en_tab.tsv", "'3,348' as 3348")],
)
def test_advice_on_commas_never_makes_thousands_into_decimals(name: str, whole: str) -> None:
    with pytest.raises(TableError, match=rf"Groups of three digits read as thousands.*{whole}") as error:
        read(CASES / name)
    assert "decimal" not in str(error.value)


def test_the_same_counts_without_marks_are_read() -> None:
    assert read(PLAIN)[0, :4].tolist() == [700, 3348, 630, 3224]


def written(folder: Path, rows: list[str], header: str = "gene;A;B") -> Path:
    names = [f"IFI{n}" for n in range(20, 20 + len(rows))]
    lines = [header, *(f"{name};{row}" for name, row in zip(names, rows, strict=True))]
    file = folder / "matrix.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize(
    ("rows", "unit", "first"),
    [
        (["3.348;5", "12.500;7"], "counts", None),  # thousands, or fractions: nobody can tell
        (["3.348;5", "12.50;7"], "counts", 3.348),  # two digits: fractions
        (["3.348;5", "0.512;7"], "counts", 3.348),  # no thousands begin with 0
        (["3.348;5", "12.3451;7"], "counts", 3.348),
        (["3.348;1500", "12.345;7"], "counts", 3.348),  # a whole number above 999 has no mark
        (["3.348;5", "12.500;7"], "log2_cpm", 3.348),
        (["3,348;5", "12,500;7"], "counts", None),  # decimal commas or thousands
        (["3,348;5", "12,5;7"], "counts", 3.348),
    ],
)
def test_what_may_be_thousands(rows: list[str], unit: str, first: float | None, tmp_path: Path) -> None:
    file = written(tmp_path, rows)
    if first is not None:
        assert read(file, unit=unit, format="table")[0, 0] == first
        return
    with pytest.raises(
        TableError, match="which is 3348 with a mark of thousands, and 3.348 with a decimal mark"
    ):
        read(file, unit=unit, format="table")


def test_a_point_is_a_fault_where_commas_are_decimal_marks(tmp_path: Path) -> None:
    file = written(tmp_path, ["1,5;3.348", "2,5;7"])
    with pytest.raises(
        TableError, match=r"line 2, row 'IFI20', column 'B': '3.348'.*read as thousands.*as 3348"
    ):
        read(file, unit="tpm", format="table")
    assert read(written(tmp_path, ["1,5;3,348", "2,5;7"]), unit="tpm", format="table")[1, 0] == 3.348


def test_the_compiled_way_sees_no_number_in_a_point_beside_decimal_commas() -> None:
    lines = {b"IFI20;1,5;3,348\n": True, b"IFI20;1,5;3.348\n": False}
    for line, is_read in lines.items():
        found = decimals.read_numbers(BytesIO(line), n_text=1, width=2, rows=1, delimiter=b";", point=b",")
        assert (found is not None) is is_read


@pytest.mark.parametrize("name", ["clin_thousands_de.csv", "sheets/ck_dot_thousands.csv"])
def test_a_point_beside_decimal_commas_in_a_clinical_table_is_a_fault(name: str) -> None:
    said = r"Column 'ck' has points in its numbers, line 2: '1.300' \(1300 if it is a mark of thousands\).*'haq'.*'1,5'"
    with pytest.raises(SampleSheetError, match=said):
        io.read_clinical(CASES / name, visit="visit")


def test_the_same_table_with_one_mark_gives_the_response_of_the_right_enzyme() -> None:
    """CK 1300 -> 150 of an upper limit of 200 is a fall of 5.75 limits, 38 per cent of the range of 15: 7.5 points."""
    pairs = tl.pair_visits(
        io.read_clinical(CASES / "clin_plain.csv", visit="visit"), baseline="w0", followup=["w24"]
    )
    limits = dict.fromkeys(("ck", "alt", "ast", "ldh"), 200)
    tl.respond(pairs, "tis", mmt_max=150, uln=limits)
    assert pairs.obs["tis"].tolist() == [70.0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sample;haq;ck\nA;1,5;1.5\n", True),
        ("sample\thaq\tck\nA\t1,5\t1.300\n", True),
        ("sample;haq;ck\nA;1.5;1.300\n", False),  # points alone
        ("sample;haq;ck\nA;1,5;1300\n", False),
        ("sample;haq;version\nA;1,5;v1.3\n", False),  # no number
        ("sample;haq;patient\nA;1,5;1.3\n", False),  # an id
    ],
)
def test_one_decimal_mark_a_file(text: str, fault: bool, tmp_path: Path) -> None:
    file = tmp_path / "sheet.csv"
    file.write_text(text)
    rules = io.SheetRules(patient="patient" if "patient" in text else None)
    if fault:
        with pytest.raises(SampleSheetError, match="write one decimal mark in the whole file"):
            io.read_samples(file, rules=rules)
    else:
        assert isinstance(io.read_samples(file, rules=rules), pd.DataFrame)
