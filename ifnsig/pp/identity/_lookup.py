"""From a name in the matrix to the current human symbol, by exact look-up only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...gate.gene_table import GeneTable
from ...gate.names import Kind, kind_of

Source = Literal["id", "alias", "none"]
Found = tuple[str, str, Source]
"""New name, the name it was found under, and how."""

LookUp = Callable[[str, Kind, str, GeneTable], Found]
"""``look_up(identifier, kind, name in the second column, table)``."""

LEFT_OUT: tuple[Kind, ...] = ("empty", "date", "total")
"""Kinds of names that no gene has."""

APART = "mouse:"
"""Put before a mouse gene without ortholog whose name is the symbol of a human gene."""


@dataclass(slots=True)
class Named:
    """The new name of every gene, how it was found, and what was set aside."""

    names: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    mapped: list[bool] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    kept_alias: list[str] = field(default_factory=list)
    excel: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    n_empty: int = 0


def name_genes(
    ids: Sequence[str],
    kinds: Sequence[Kind],
    second: Sequence[str] | None,
    table: GeneTable,
    look_up: LookUp,
) -> Named:
    """Look up every gene; an alias keeps its own name where its gene has a row of its own."""
    named = Named()
    source: list[Source] = []
    for place, (identifier, kind) in enumerate(zip(ids, kinds, strict=True)):
        named.kept.append(kind not in LEFT_OUT)
        if kind == "date":
            named.excel.append(identifier)
        if kind == "total":
            named.totals.append(identifier)
        named.n_empty += kind == "empty"
        symbol, published, how = look_up(identifier, kind, second[place] if second else "", table)
        if how == "none" and published in table.shared:
            named.ambiguous.append(published)
        named.names.append(symbol)
        named.via.append(published if how == "alias" else "")
        source.append(how)
    named.mapped = [how != "none" for how in source]
    _keep_aliases(named, source, table)
    return named


def human(identifier: str, kind: Kind, second: str, table: GeneTable) -> Found:
    """A human Ensembl id, Entrez id, symbol or alias; a probe or an id outside the table by its second name."""
    if kind in ("ensembl", "entrez"):
        known = table.by_ensembl if kind == "ensembl" else table.by_entrez
        if symbol := known.get(identifier.partition(".")[0]):
            return symbol, identifier, "id"
    elif kind in ("symbol", "title"):
        own = follow(identifier, table)
        other = follow(second.strip(), table) if own[2] == "none" and _usable(second) else own
        return own if other[2] == "none" else other
    elif kind != "probe":
        # a copy on chromosome Y stays apart; so do damaged names, which are left out later
        return identifier, identifier, "none"
    return follow(second.strip(), table) if _usable(second) else (identifier, identifier, "none")


def mouse(identifier: str, kind: Kind, second: str, table: GeneTable) -> Found:
    """A mouse Ensembl id, symbol or synonym -> its one-to-one human ortholog."""
    if kind == "other_ensembl":
        if symbol := table.by_mouse_ensembl.get(identifier.partition(".")[0]):
            return symbol, identifier, "id"
    elif kind in ("symbol", "title"):
        return _ortholog(identifier, table)
    return _ortholog(second.strip(), table) if _usable(second) else (identifier, identifier, "none")


def already_mapped(identifier: str, kind: Kind, second: str, table: GeneTable) -> Found:
    """A name that an earlier call made of mouse genes: a current human symbol, or nothing."""
    return identifier, identifier, "id" if identifier in table.symbols else "none"


def follow(name: str, table: GeneTable) -> Found:
    """A symbol, earlier symbol or alias of a human gene."""
    symbol = table.current(name)
    if symbol is None:
        return name, name, "none"
    return symbol, name, "id" if symbol == name else "alias"


def _ortholog(name: str, table: GeneTable) -> Found:
    symbol = table.by_mouse_symbol.get(name)
    if symbol is None:
        return (APART + name if name in table.symbols else name), name, "none"
    return symbol, name, "id" if table.mouse_symbols[symbol] == name else "alias"


def _usable(second: str) -> bool:
    """Whether the second column names one gene."""
    name = second.strip()
    if name.lower() in ("nan", "none", "---") or "//" in name:
        return False
    return kind_of(name) in ("symbol", "title")


def _keep_aliases(named: Named, source: list[Source], table: GeneTable) -> None:
    """Aliases keep their names where the gene has a row of its own, or a row under an earlier symbol."""
    rows = zip(named.names, source, named.kept, strict=True)
    own = {name for name, how, kept in rows if how == "id" and kept}
    earlier = {
        name for name, published in zip(named.names, named.via, strict=True) if published in table.by_previous
    }
    for place, published in enumerate(named.via):
        symbol = named.names[place]
        taken = symbol in own or (symbol in earlier and published not in table.by_previous)
        if published and taken:
            named.names[place], named.via[place], named.mapped[place] = published, "", False
            named.kept_alias.append(f"{published}->{symbol}")
