"""How a label of a sheet or a study is read: the only place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WHOLE = re.compile(r"\+?(-?(?:0|[1-9]\d*))(?:\.0*)?", re.ASCII)
"""A whole number as text: ``4``, ``+4``, ``4.0``; not ``04`` and ``1E5``, which are ids."""

LOGICAL = {"true": "True", "false": "False"}
"""What R, Python and TOML write for one logical value."""

MISSING = frozenset({"NA", "NaN", "nan", "<NA>"})
"""What R and pandas write for a missing cell: no label."""

NOBODY = frozenset({"na", "n/a", "nan", "<na>", "none", "null"})
"""Words, in small letters, that stand where a patient should: nobody's name."""

Read = Callable[[Any], str | None]
"""How a cell is read: :func:`label` or :func:`person`."""

PERSONS = (
    "patient", "patient_id", "subject", "subject_id", "donor", "donor_id", "individual", "participant", "person",
)  # fmt: skip
"""Names, in small letters, of columns that tell persons apart."""


def as_text(cell: Any) -> str:
    """A cell as it is shown: 4.0 is ``"4"``, a missing one ``""``; text stays as it is."""
    if isinstance(cell, str):
        return cell
    if cell is None or pd.isna(cell):
        return ""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def label(cell: Any) -> str | None:
    """A cell of a sheet, or a value of a study or call, as a label; None where it is blank or missing.

    4, 4.0 and ``"4"`` are one label; True and ``"TRUE"`` are one, which 1 is not; white space around a label and the
    unicode form of its letters do not count.
    """
    word = as_text(cell).strip()
    if not word or word in MISSING:
        return None
    if not word.isascii():
        word = unicodedata.normalize("NFC", word)
    whole = WHOLE.fullmatch(word)
    if whole is not None:
        return "0" if whole[1] == "-0" else whole[1]
    return LOGICAL.get(word.lower(), word)


def person(cell: Any) -> str | None:
    """A patient's or donor's name; None for nobody: an empty cell, ``NA``, ``None``, or no letter and no digit (``-``)."""
    name = label(cell)
    if name is None or name.lower() in NOBODY or not any(map(str.isalnum, name)):
        return None
    return name


def labels(column: pd.Series) -> pd.Series:
    """A column's labels: text, None where there is none."""
    return _each(column, label)


def people(column: pd.Series) -> pd.Series:
    """A column of patients or donors: their names, None for nobody."""
    return _each(column, person)


def rows_where(obs: pd.DataFrame, column: str, value: Any) -> NDArray[np.bool_]:
    """Which rows have a label in a column; none have no label."""
    return np.asarray(labels(obs[column]) == label(value), dtype=bool)


def present(column: pd.Series) -> list[str]:
    """The labels of a column, each once, as they first appear."""
    return list(dict.fromkeys(labels(column).dropna()))


def _each(column: pd.Series, read: Read) -> pd.Series:
    """Every distinct value once: a sheet of cells repeats few values many times."""
    if column.dtype == object:  # of mixed types, where 1 and True would count as one value
        known: dict[tuple[type, Any], str | None] = {}
        cells = [_remembered(known, cell, read) for cell in column]
        return pd.Series(cells, index=column.index, dtype=object)
    codes, values = pd.factorize(column)
    found = np.array([*map(read, values), None], dtype=object)
    return pd.Series(found[codes], index=column.index, dtype=object)


def _remembered(known: dict[tuple[type, Any], str | None], cell: Any, read: Read) -> str | None:
    if not isinstance(cell, (str, int)):
        return read(cell)
    key = (type(cell), cell)
    if key not in known:
        known[key] = read(cell)
    return known[key]
