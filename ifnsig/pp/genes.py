"""Gene names -> current symbols; nothing is merged or renamed by guess."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import anndata

from .. import keys
from ..checks import one_of
from ..errors import GeneNameWarning, listing, warn
from ._collapse import RULES, Rule, collapse_genes
from ._gene_table import GeneTable, gene_table
from ._names import Kind, kinds_of, namespace_of, refuse_other_species

log = logging.getLogger("ifnsig")

SYMBOL_COLUMN = "gene_name"
Source = Literal["id", "alias", "none"]


@dataclass(slots=True)
class _Named:
    """The new name of every gene, how it was found, and what was set aside."""

    names: list[str]
    via: list[str]
    mapped: list[bool]
    kept: list[bool]
    ambiguous: list[str] = field(default_factory=list)
    kept_alias: list[str] = field(default_factory=list)
    excel: list[str] = field(default_factory=list)
    n_empty: int = 0


def map_genes(adata: anndata.AnnData, *, collapse: Rule | None = None) -> anndata.AnnData:
    """A new AnnData whose genes have current symbols.

    Ensembl ids (with or without version), Entrez ids, current symbols, earlier symbols and aliases are
    looked up in the table that ships with the package. Genes outside that table keep their names: rank
    methods need them. For an Ensembl id, Entrez id or array probe outside the table, the column
    ``gene_name`` of ``var`` is used where there is one. An alias keeps its own name when its gene has a
    row of its own, or when several genes share it.

    Parameters
    ----------
    adata
        Samples x genes, dense or sparse.
    collapse
        How rows with one name become one: ``"sum"``, ``"mean"`` or ``"max_mean"`` (the row with the
        highest mean). None: the sum for counts and values that add up (cpm, tpm, fpkm), the highest mean
        for all others.

    Returns
    -------
    AnnData
        ``var_names`` are unique; ``var["source_id"]`` has the name before, ``var["via"]`` the alias used
        (or ""). What was done is in ``uns["ifnsig"]["genes"]``.

    Raises
    ------
    GeneNameError
        The genes are of another organism, or no name is left.
    UnitError
        ``collapse="sum"`` for logarithms.

    Warns
    -----
    GeneNameWarning
        Names that a spreadsheet turned into dates, or empty names; those genes are left out.
    """
    one_of(collapse, (None, *RULES), name="collapse", function="pp.map_genes")
    table = gene_table()
    ids = [str(name) for name in adata.var_names]
    kinds = kinds_of(ids)
    refuse_other_species(ids, kinds)
    second = [str(name) for name in adata.var[SYMBOL_COLUMN]] if SYMBOL_COLUMN in adata.var else None
    named = _name(ids, kinds, second, table)
    mapped, rule, n_collapsed = collapse_genes(
        adata, names=named.names, via=named.via, kept=named.kept, collapse=collapse
    )
    record = {
        "namespace": namespace_of(kinds),
        "n_mapped": sum(named.mapped),
        "n_via_alias": sum(bool(via) for via in named.via),
        "n_unmapped": sum(
            kept and not is_mapped for kept, is_mapped in zip(named.kept, named.mapped, strict=True)
        ),
        "ambiguous": sorted(set(named.ambiguous)),
        "kept_alias": sorted(set(named.kept_alias)),
        "excel": named.excel,
        "n_empty": named.n_empty,
        "collapsed": n_collapsed,
        "collapse": rule,
        "table": table.version,
    }
    keys.write_field(mapped, keys.FIELD_GENES, record)
    _report(record, named)
    return mapped


def _name(
    ids: Sequence[str], kinds: Sequence[Kind], second: Sequence[str] | None, table: GeneTable
) -> _Named:
    names: list[str] = []
    via: list[str] = []
    source: list[Source] = []
    named = _Named(names, via, [], [])
    for place, (identifier, kind) in enumerate(zip(ids, kinds, strict=True)):
        named.kept.append(kind not in ("empty", "date"))
        if kind == "date":
            named.excel.append(identifier)
        named.n_empty += kind == "empty"
        symbol, published, how = _look_up(identifier, kind, second[place] if second else "", table)
        if published in table.shared and how == "none":
            named.ambiguous.append(published)
        names.append(symbol)
        via.append(published if how == "alias" else "")
        source.append(how)
    named.mapped = [how != "none" for how in source]
    _keep_aliases(named, source, table)
    return named


def _look_up(identifier: str, kind: Kind, second: str, table: GeneTable) -> tuple[str, str, Source]:
    """New name, name it was found under, and how."""
    if kind in ("ensembl", "entrez"):
        known = table.by_ensembl if kind == "ensembl" else table.by_entrez
        if symbol := known.get(identifier.partition(".")[0]):
            return symbol, identifier, "id"
    elif kind != "probe":
        # a copy on chromosome Y stays apart; so do damaged names, which are left out later
        return _follow(identifier, table) if kind in ("symbol", "title") else (identifier, identifier, "none")
    name = second.strip()
    usable = name and name.lower() not in ("nan", "none", "---") and "//" not in name
    return _follow(name, table) if usable else (identifier, identifier, "none")


def _follow(name: str, table: GeneTable) -> tuple[str, str, Source]:
    symbol = table.current(name)
    if symbol is None:
        return name, name, "none"
    return symbol, name, "id" if symbol == name else "alias"


def _keep_aliases(named: _Named, source: list[Source], table: GeneTable) -> None:
    """Aliases keep their names where the gene has a row of its own, or a row under an earlier symbol."""
    own = {
        name for name, how, kept in zip(named.names, source, named.kept, strict=True) if how == "id" and kept
    }
    earlier = {
        name for name, published in zip(named.names, named.via, strict=True) if published in table.by_previous
    }
    for place, published in enumerate(named.via):
        symbol = named.names[place]
        taken = symbol in own or (symbol in earlier and published not in table.by_previous)
        if published and taken:
            named.names[place], named.via[place], named.mapped[place] = published, "", False
            named.kept_alias.append(f"{published}->{symbol}")


def _report(record: dict[str, object], named: _Named) -> None:
    log.info(
        "Genes: %s mapped to current symbols (%s by alias), %s keep their names, %s rows merged by %s.",
        *(record[key] for key in ("n_mapped", "n_via_alias", "n_unmapped", "collapsed", "collapse")),
    )
    if named.ambiguous:
        log.info(
            "Names that several genes share are kept: %s.", listing(sorted(set(named.ambiguous)), shown=20)
        )
    if named.kept_alias:
        log.info("Aliases beside a row of their gene are kept: %s.", listing(named.kept_alias, shown=20))
    parts = []
    if named.excel:
        parts.append(
            f"{len(named.excel)} gene names were turned into dates by a spreadsheet and are left out:"
            f" {listing(named.excel)}. Export the table again with the column of genes as text."
        )
    if named.n_empty:
        parts.append(f"{named.n_empty} genes without a name are left out.")
    if parts:
        warn(" ".join(parts), GeneNameWarning, stacklevel=4)
