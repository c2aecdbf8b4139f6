"""The table of gene names that ships with the package (``data/genes.tsv``)."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).parent / "data" / "genes.tsv"


@dataclass(frozen=True, slots=True, eq=False)
class GeneTable:
    """Names of genes.

    Attributes
    ----------
    symbols
        Current symbols.
    by_ensembl, by_entrez
        Ensembl id without version, Entrez id -> current symbol.
    by_previous, by_alias
        Earlier symbol, other name -> current symbol; only names that belong to one gene and are no
        current symbol.
    shared
        Name that several genes share -> the genes of this table among them.
    version
        Start of the SHA-256 of the file.
    """

    symbols: frozenset[str]
    by_ensembl: dict[str, str]
    by_entrez: dict[str, str]
    by_previous: dict[str, str]
    by_alias: dict[str, str]
    shared: dict[str, tuple[str, ...]]
    version: str

    def current(self, name: str) -> str | None:
        """The current symbol that ``name`` (symbol, earlier symbol or alias) stands for, or None."""
        if name in self.symbols:
            return name
        return self.by_previous.get(name) or self.by_alias.get(name)


@cache
def gene_table() -> GeneTable:
    """The table of gene names: symbols, Ensembl and Entrez ids, earlier symbols and aliases."""
    content = PATH.read_bytes()
    lines = [line for line in content.decode().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    shared: dict[str, list[str]] = {}
    for row in rows:
        for name in _names(row["shared"]):
            shared.setdefault(name, []).append(row["symbol"])
    return GeneTable(
        symbols=frozenset(row["symbol"] for row in rows),
        by_ensembl=_index(rows, "ensembl"),
        by_entrez=_index(rows, "entrez"),
        by_previous=_index(rows, "previous"),
        by_alias=_index(rows, "aliases"),
        shared={name: tuple(symbols) for name, symbols in shared.items()},
        version=hashlib.sha256(content).hexdigest()[:12],
    )


def _index(rows: list[dict[str, str]], column: str) -> dict[str, str]:
    return {name: row["symbol"] for row in rows for name in _names(row[column])}


def _names(cell: str) -> list[str]:
    return [name for name in cell.split("|") if name]
