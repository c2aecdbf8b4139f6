"""The sample sheet of a draft: which column holds the samples of the matrix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from ... import io
from ...errors import listing
from ...io.sheet._rules import ALIASES
from ...io.sheet._visits import plain_label
from ...io.text._table import read_text_table
from ._entries import Entry, question, remark

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

MOSTLY = 0.5
"""Share of the cells that must be samples of the matrix."""


def described(adata: AnnData, samples: str | Path | None) -> tuple[list[Entry], pd.DataFrame, list[Entry]]:
    """Lines of [input] about the sheet, its columns but for the ids, and lines of [design] about the ids."""
    if samples is None:
        said = "The samples are described in the file itself." if len(adata.obs.columns) else (
            "No sample sheet: samples are scored, and nothing is compared. With one: samples = \"sheet.tsv\""
        )  # fmt: skip
        return [remark(said)], adata.obs, []
    text = read_text_table(samples)
    # its rows and cells are checked with the study; here no column is named, so that there always is a table
    table = cast("pd.DataFrame", io.examine_samples(samples, io.SheetRules(sample=None)).table)
    names = set(map(str, adata.obs_names))
    column, entry = _ids(text.columns, names)
    if column is None:
        return [], table, [entry]
    beyond = sorted(names - set(text.columns[column]))
    extra = [] if not beyond else [
        question(
            "extra",
            f"{len(beyond)} samples of the matrix are not in the sheet ({listing(beyond)}): drop leaves them out, raise"
            " stops at them",
            ("drop", "raise"),
        )
    ]  # fmt: skip
    return extra, table.drop(columns=[column]), [entry]


def _ids(columns: dict[str, list[str]], names: set[str]) -> tuple[str | None, Entry]:
    """The column whose cells are the samples of the matrix."""
    share = {name: sum(cell in names for cell in cells) / len(cells) for name, cells in columns.items()}
    best = max(share.values())
    found = [name for name, part in share.items() if part == best and name] if best > MOSTLY else []
    usual = [name for name in found if plain_label(name) in map(plain_label, ALIASES["sample"])]
    found = usual if len(usual) == 1 else found
    if len(found) == 1:
        return found[0], Entry("sample", found[0], "its cells are the samples of the matrix")
    there = found or [name for name in columns if name]
    text = (
        f"which column holds the sample ids ({listing(sorted(names))})? There are {listing(there, shown=20)}"
    )
    return None, question("sample", text, there)
