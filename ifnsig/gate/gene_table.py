"""The table of gene names that ships with the package (``data/genes.tsv.gz``)."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import compress
from pathlib import Path

PATH = Path(__file__).parent / "data" / "genes.tsv.gz"


@dataclass(frozen=True, eq=False)
class GeneTable:
    """Names of the human genes; each index is made when it is first asked for.

    Attributes
    ----------
    columns
        Column of the file -> its cells, one a gene.
    sources
        Where the names are from, one sentence each.
    version
        Start of the SHA-256 of the (uncompressed) file.
    """

    columns: dict[str, tuple[str, ...]]
    sources: tuple[str, ...]
    version: str

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Current symbols."""
        return frozenset(self.columns["symbol"])

    @cached_property
    def by_ensembl(self) -> dict[str, str]:
        """Ensembl id without version -> current symbol."""
        return self._index("ensembl")

    @cached_property
    def by_entrez(self) -> dict[str, str]:
        """Entrez id -> current symbol."""
        return self._index("entrez")

    @cached_property
    def by_previous(self) -> dict[str, str]:
        """Earlier symbol -> current symbol; only names of one gene that are no current symbol."""
        return self._index("previous")

    @cached_property
    def by_alias(self) -> dict[str, str]:
        """Other name -> current symbol; only names of one gene that are no current symbol."""
        return self._index("aliases")

    @cached_property
    def by_folded(self) -> dict[str, str]:
        """Current symbol in small letters -> the symbol; only where no other one is written so."""
        found: dict[str, list[str]] = {}
        for symbol in self.columns["symbol"]:
            found.setdefault(symbol.lower(), []).append(symbol)
        return {small: symbols[0] for small, symbols in found.items() if len(symbols) == 1}

    @cached_property
    def shared(self) -> dict[str, tuple[str, ...]]:
        """Name that several genes share -> the genes of this table among them."""
        found: dict[str, list[str]] = {}
        for cell, symbol in self._filled("shared"):
            for name in cell.split("|"):
                found.setdefault(name, []).append(symbol)
        return {name: tuple(symbols) for name, symbols in found.items()}

    @cached_property
    def by_mouse_symbol(self) -> dict[str, str]:
        """Mouse symbol (current, earlier or synonym) -> human symbol, for one-to-one orthologs."""
        return self._index("mouse")

    @cached_property
    def by_mouse_ensembl(self) -> dict[str, str]:
        """Mouse Ensembl id without version -> human symbol, for one-to-one orthologs."""
        return self._index("mouse_ensembl")

    @cached_property
    def mouse_symbols(self) -> dict[str, str]:
        """Human symbol -> current symbol of the one-to-one mouse ortholog."""
        return {symbol: cell.partition("|")[0] for cell, symbol in self._filled("mouse")}

    @cached_property
    def types(self) -> dict[str, str]:
        """Current symbol -> kind of gene: ``"protein-coding"``, ``"lncRNA"``, ``"immunoglobulin"`` and so on."""
        return dict(zip(self.columns["symbol"], self.columns["type"], strict=True))

    def current(self, name: str) -> str | None:
        """The current symbol that ``name`` (symbol, earlier symbol or alias) stands for, or None.

        ``LOC`` and an Entrez id is how Entrez Gene writes a gene without a symbol; it is read as that id.
        """
        if name in self.symbols:
            return name
        found = self.by_previous.get(name) or self.by_alias.get(name)
        if found is None and name.startswith("LOC"):
            return self.by_entrez.get(name[3:])
        return found

    def _filled(self, column: str) -> Iterator[tuple[str, str]]:
        """Cell and symbol of every gene that has something in this column."""
        cells = self.columns[column]
        return zip(filter(None, cells), compress(self.columns["symbol"], cells), strict=True)

    def _index(self, column: str) -> dict[str, str]:
        found = {}
        for cell, symbol in self._filled(column):
            if "|" in cell:
                found.update(dict.fromkeys(cell.split("|"), symbol))
            else:
                found[cell] = symbol
        return found


@cache
def gene_table() -> GeneTable:
    """The table of gene names: symbols, Ensembl and Entrez ids, other names, mouse orthologs."""
    content = gzip.decompress(PATH.read_bytes())
    comments = content[: content.index(b"\nsymbol\t")].decode().split("\n")
    header, _, body = content[content.index(b"\nsymbol\t") + 1 :].decode().partition("\n")
    names = header.split("\t")
    # one flat list: a list a gene would cost four times as long
    cells = body.rstrip("\n").replace("\n", "\t").split("\t")
    return GeneTable(
        columns={name: tuple(cells[place :: len(names)]) for place, name in enumerate(names)},
        sources=tuple(comment.removeprefix("# ") for comment in comments),
        version=hashlib.sha256(content).hexdigest()[:12],
    )
