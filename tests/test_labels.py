"""How one cell is read, by hand: as a label, as a person's name, and which rows have it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ifnsig
from ifnsig.labels import label, labels, people, person, present, rows_where

from .label_forms import FORMS, LOGICAL, Plain, as_logical

CELLS: Plain = ["0", "1", None, "12", "0"]


@pytest.mark.parametrize(
    "cell", [4, 4.0, "4", "4.0", " 4 ", "+4", "4.", np.int8(4), np.float32(4), np.float64(4.0), np.str_("4")]
)
def test_four_is_one_label(cell: Any) -> None:
    assert label(cell) == "4"


@pytest.mark.parametrize("cell", [True, np.bool_(True), "True", "TRUE", "true", " true"])
def test_true_is_a_word_and_not_one(cell: Any) -> None:
    assert label(cell) == "True"
    assert label(1) == "1"


@pytest.mark.parametrize(
    "cell", [None, "", "  ", "\t", np.nan, float("nan"), pd.NA, pd.NaT, "NA", "NaN", "nan", "<NA>", " NA "]
)
def test_nothing_is_no_label(cell: Any) -> None:
    assert label(cell) is None
    assert person(cell) is None


@pytest.mark.parametrize(
    "cell", ["04", "1E5", "4.5", "1.10", "week 4", "Na", "None", "-", ".", "4,0", "0x4", "٤"]
)
def test_what_is_no_whole_number_stays_as_it_is(cell: str) -> None:
    assert label(cell) == cell


def test_numbers_longer_than_a_float_holds_stay_apart() -> None:
    assert label("12345678901234567890") == "12345678901234567890"
    assert label(12345678901234567891) == "12345678901234567891"


def test_two_unicode_forms_of_a_word_are_one_label() -> None:
    assert label("Zu\u0308rich") == label("Z\u00fcrich") == "Z\u00fcrich"
    assert label("Zurich") != label("Z\u00fcrich")


@pytest.mark.parametrize("cell", ["na", "N/A", "none", "None", "null", ".", "-", "--", "?", "\u2014"])
def test_these_are_nobody_and_labels_all_the_same(cell: str) -> None:
    assert person(cell) is None
    assert label(cell) == cell


@pytest.mark.parametrize("cell", ["P1", "7", "N.A. 3", "NAM", "noneman", "\u00c5"])
def test_these_are_somebody(cell: str) -> None:
    assert person(cell) == cell


@pytest.mark.parametrize("form", FORMS)
def test_a_column_in_every_form(form: str) -> None:
    store, given = FORMS[form]
    column = pd.Series(store(CELLS))
    assert labels(column).tolist() == people(column).tolist() == CELLS
    assert present(column) == ["0", "1", "12"]
    obs = pd.DataFrame({"g": column})
    for value in ("0", "1", "12", "7"):
        assert rows_where(obs, "g", given(value)).tolist() == [cell == value for cell in CELLS]
    assert not rows_where(obs, "g", None).any()
    assert not rows_where(obs, "g", True).any()


@pytest.mark.parametrize("form", LOGICAL)
def test_a_logical_column_in_every_form(form: str) -> None:
    store, given = LOGICAL[form]
    cells: Plain = ["0", "1", "1"] if form == "bool" else ["0", "1", None, "1"]
    obs = pd.DataFrame({"g": pd.Series(store(cells))})
    assert labels(obs["g"]).tolist() == as_logical(cells)
    assert rows_where(obs, "g", given("1")).tolist() == [cell == "1" for cell in cells]
    assert not rows_where(obs, "g", 1).any()
    assert not rows_where(obs, "g", 0).any()


def test_one_and_true_of_one_column_are_two_labels() -> None:
    assert labels(pd.Series([1, True, 1.0, "True", 0, False], dtype=object)).tolist() == [
        "1", "True", "1", "True", "0", "False",
    ]  # fmt: skip


def compared_as_text(source: str) -> list[int]:
    """Lines that compare ``column.astype(str)``, or look whether it is in a list: 4.0 is not ``"4"`` there."""

    def as_str(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("astype", "map")
            and [ast.unparse(given) for given in node.args] in (["str"], ["'str'"], ["'string'"])
        )

    found = []
    for node in ast.walk(ast.parse(source)):
        sides: list[ast.AST] = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            sides += [node.func.value] if node.func.attr in ("isin", "eq", "ne") else []
        found += [node.lineno for side in sides if as_str(side)]  # type: ignore[attr-defined]
    return found


def test_no_module_but_labels_compares_cells_as_text() -> None:
    assert compared_as_text("x = obs[c].astype(str) == 'a'\ny = obs[c].map(str).isin(['a'])") == [1, 2]
    assert compared_as_text("x = obs[c].astype(str).str.strip() != ''\ny = obs[c].astype(int) == 4") == []
    package = Path(ifnsig.__file__).parent
    found = {
        f"{path.relative_to(package)}:{line}"
        for path in package.rglob("*.py")
        if path.name != "labels.py"
        for line in compared_as_text(path.read_text(encoding="utf-8"))
    }
    assert found == set()
