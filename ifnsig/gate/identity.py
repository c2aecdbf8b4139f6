"""Which column of a matrix names the genes, and whether numbers among the names are Entrez ids or mere row numbers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ..checks import column_in, one_of
from ..doors import argument, give
from ..errors import GeneNameError, ParameterError, listing
from .composite import take_apart
from .gene_table import GeneTable
from .names import ENSEMBL, ENTREZ, TITLE

if TYPE_CHECKING:
    from anndata import AnnData

log = logging.getLogger("ifnsig")

GeneIds = Literal["entrez"]
GENE_IDS: tuple[GeneIds, ...] = ("entrez",)

SYMBOL_COLUMN = "gene_name"
NAME_COLUMNS = (
    SYMBOL_COLUMN, "gene_symbol", "gene_symbols", "symbol", "symbols", "hgnc_symbol", "feature_name", "gene",
    "genes", "gene_short_name", "external_gene_name", "pr_gene_symbol", "ilmn_gene", "features", "name", "gene_title",
    "description",
)  # fmt: skip
"""Names of a column that names the genes (case, blanks and points do not count), in order of preference."""

LOOKED_AT = 2000
"""Rows that show what a column holds."""
MOSTLY = 0.5
FEWEST_NUMBERED = 3
"""Rows from which names 1, 2, 3 ... are row numbers: no list of Entrez ids begins so."""
FEWEST_JUDGED = 10
CROWDED = 0.02
"""Share of the numbers between the smallest and the largest that is there: Entrez ids of people lie far apart."""
SURELY_ENTREZ, SURELY_NOT = 0.9, 0.1
BEYOND_ROWS = 1_000_000
"""No table numbers its rows so far; Entrez ids of many genes do go there."""
SURELY_SYMBOLS = 0.8


@dataclass(frozen=True, slots=True)
class Identity:
    """The names by which genes are looked up.

    Attributes
    ----------
    ids
        One a gene, taken from the column that names genes, composite ids taken apart.
    second
        Another name of each gene, or ``""``: asked where the table does not have the id.
    sure
        The same, only where the names surely are those of genes: asked for an id of no known kind.
    """

    ids: list[str]
    second: list[str]
    sure: list[str]


def identify(
    adata: AnnData, table: GeneTable, *, organism: str, gene_column: str | None, gene_ids: GeneIds | None
) -> Identity:
    """Find the names of the genes in ``var_names`` and the columns of ``var``.

    Parameters
    ----------
    adata
        Samples x genes.
    table
        The gene table.
    organism
        ``"human"`` or ``"mouse"``; symbols of people are recognised in any case.
    gene_column
        Column of ``var`` that names the genes, where the user says so.
    gene_ids
        ``"entrez"`` where the user says that numbers are Entrez ids.

    Raises
    ------
    GeneNameError
        Numbers that are no Entrez ids, with both ways out.
    ParameterError
        There is no such column, or ``gene_ids`` beside it.
    """
    one_of(gene_ids, (None, *GENE_IDS), name="gene_ids", function="pp.map_genes")
    if gene_column is not None:
        if gene_ids is not None:
            raise ParameterError(
                f"Give one of {argument('pp.map_genes', 'gene_column')} and {argument('pp.map_genes', 'gene_ids')}: the"
                " column names the genes, whatever the ids of the rows are."
            )
        column_in(
            gene_column,
            adata.var.columns,
            name="gene_column",
            function="pp.map_genes",
            where="the genes' columns",
        )
        return _names(_texts(adata.var[gene_column]), table, organism)
    found = _column(adata.var, table)
    named = _names([str(name) for name in adata.var_names], table, organism)
    if _are_numbers(named.ids):
        if gene_ids is None and _are_row_numbers(named.ids, found, table) and found is not None:
            log.info("The genes' names number the rows; column %r names the genes.", found.name)
            return _names(found.cells, table, organism)
        log.info("The genes' names are numbers; they are taken as Entrez ids.")
    if found is None or gene_ids is not None:
        return named
    second = [own or other for own, other in zip(named.second, found.cells, strict=True)]
    return Identity(named.ids, second, second if found.known >= MOSTLY else named.second)


def _names(names: Sequence[str], table: GeneTable, organism: str) -> Identity:
    """Names with composite ids taken apart, and with the case that symbols have."""
    apart = take_apart(names, table)
    if apart.found:
        forms = listing(f"{title} ({example!r})" for title, example in apart.found.items())
        log.info("Composite gene ids are taken apart: %s.", forms)
    ids = in_their_case(apart.names, table) if organism == "human" else apart.names
    return Identity(ids, apart.beside, apart.beside)


def in_their_case(names: Sequence[str], table: GeneTable) -> list[str]:
    """Symbols that are written in another case, as they are written; said in the log.

    Where most names are in small letters, nearly all must be symbols: zebrafish genes are written so too.
    """
    present = set(names)
    small = [name for name in names if name.islower()]
    folded = {
        name: symbol
        for name in present
        if not TITLE.match(name)
        and (symbol := table.by_folded.get(name.lower(), name)) != name
        and symbol not in present
        and table.current(name) is None
    }
    if len(small) * 2 > len(names) and sum(name in folded for name in small) < SURELY_SYMBOLS * len(small):
        return list(names)
    if folded:
        pairs = listing(f"{name} as {symbol}" for name, symbol in folded.items())
        log.warning(
            "%d gene names differ from symbols in case only and are taken as them: %s.", len(folded), pairs
        )
    return [folded.get(name, name) for name in names]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of words: its name, its cells, and the share of them that are names of genes."""

    name: str
    cells: list[str]
    known: float


def _column(var: pd.DataFrame, table: GeneTable) -> _Column | None:
    """The column that names the genes: by its name and content, by its content alone, or by its name alone."""
    there = [_Column(str(name), cells, _known(cells, table)) for name, cells in _words(var)]
    ranked = sorted(there, key=lambda column: _rank(column.name))
    best = next((column for column in ranked if column.known >= MOSTLY), None)
    return best or next((column for column in ranked if column.name == SYMBOL_COLUMN), None)


def _words(var: pd.DataFrame) -> Iterator[tuple[object, list[str]]]:
    ours = ("source_id", "via")
    for name in var.columns:
        kind = var[name].dtype
        if (
            name not in ours
            and not pd.api.types.is_numeric_dtype(kind)
            and not pd.api.types.is_bool_dtype(kind)
        ):
            yield name, _texts(var[name])


def _texts(cells: pd.Series) -> list[str]:
    return ["" if pd.isna(cell) else str(cell).strip() for cell in cells.tolist()]


def _rank(name: str) -> int:
    plain = re.sub(r"[^a-z]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")
    return NAME_COLUMNS.index(plain) if plain in NAME_COLUMNS else len(NAME_COLUMNS)


def _known(cells: Sequence[str], table: GeneTable) -> float:
    """Share of the filled cells that are symbols or Ensembl ids of genes."""
    filled = [cell for cell in cells[:: max(1, len(cells) // LOOKED_AT)] if cell]
    names = set(filled)
    if len(names) * 10 < len(filled):
        return 0.0  # classes of genes, such as biotypes
    known = {
        name for name in names if table.current(name) or name in table.by_mouse_symbol or ENSEMBL.match(name)
    }
    return sum(cell in known for cell in filled) / len(filled) if filled else 0.0


def _are_numbers(names: Sequence[str]) -> bool:
    return sum(name == "0" or bool(ENTREZ.match(name)) for name in names) * 2 > len(names)


def _are_row_numbers(names: Sequence[str], found: _Column | None, table: GeneTable) -> bool:
    """Whether names number the rows of a table whose column ``found`` names the genes.

    Raises
    ------
    GeneNameError
        They are no Entrez ids, and what they are cannot be told.
    """
    held = [int(name) for name in names if name == "0" or ENTREZ.match(name)]
    from_zero = held[0] == 0
    dense = held == list(range(held[0], held[0] + len(held))) and (
        from_zero or (held[0] == 1 and len(held) >= FEWEST_NUMBERED)
    )
    named = found if found is not None and found.known >= MOSTLY else None
    if named is not None:
        why = _disagreement(names, named, table) or ("0 is no Entrez id" if 0 in held else "")
    else:
        why = "they number the rows" if dense else _crowd(names, held, table)
    if why and not (dense and named):
        raise GeneNameError(_refusal(names, why, named))
    return bool(why)


def _disagreement(names: Sequence[str], found: _Column, table: GeneTable) -> str:
    """How Entrez ids and the column of names contradict each other, or ``""``."""
    both = [
        (name, cell, of_id, of_cell)
        for name, cell in zip(names, found.cells, strict=True)
        if (of_id := table.by_entrez.get(name))
        and (of_cell := table.current(cell) or _of_ensembl(cell, table))
    ]
    other = [pair for pair in both if pair[2] != pair[3]]
    named = any(table.current(cell) or _of_ensembl(cell, table) for cell in found.cells)
    if len(other) * 2 <= len(both) and (both or not named):
        return ""
    if not other:
        return f"none of them is the Entrez id of a human gene, and column {found.name!r} names the genes"
    name, cell, of_id, _ = other[0]
    return (
        f"as Entrez ids they contradict column {found.name!r} in {len(other)} of {len(both)} rows (row {name} is"
        f" {cell} there, and Entrez {name} is {of_id})"
    )


def _of_ensembl(cell: str, table: GeneTable) -> str | None:
    return table.by_ensembl.get(cell.partition(".")[0])


def _crowd(names: Sequence[str], held: Sequence[int], table: GeneTable) -> str:
    """Why numbers without a column of names are no Entrez ids, or ``""``."""
    known = sum(name in table.by_entrez for name in names) / len(names)
    if len(held) < FEWEST_JUDGED:
        return ""
    if max(held) >= BEYOND_ROWS and known >= SURELY_NOT:
        return ""
    crowded = len(set(held)) / (max(held) - min(held) + 1) >= CROWDED and known < SURELY_ENTREZ
    if not crowded and known >= MOSTLY:
        return ""
    return (
        f"only {known:.0%} of them are Entrez ids of human genes, and they lie close together, as row numbers and"
        " feature numbers of arrays do"
        if crowded
        else f"only {known:.0%} of them are Entrez ids of human genes"
    )


def _refusal(names: Sequence[str], why: str, found: _Column | None) -> str:
    shown = f"The genes are named by numbers ({listing(names)}), and {why}."
    entrez = give("pp.map_genes", "gene_ids", "entrez", before=" If they are Entrez ids, say so: ", after=".")
    if found is not None:
        return (
            shown
            + f" To take the names of that column: {argument('pp.map_genes', 'gene_column', found.name)}."
            + entrez
        )
    step = give(
        "pp.map_genes", "probe_map", call=True, before=" If they are features of an array: ", after="."
    )
    column = give("pp.map_genes", "gene_column", before=" If a column names the genes: ", after=".")
    return shown + column + step + entrez
