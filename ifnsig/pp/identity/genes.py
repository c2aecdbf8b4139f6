"""Gene names -> current symbols; nothing is merged or renamed by guess."""

from __future__ import annotations

import logging
from typing import Any, Literal

import anndata

from ... import keys
from ...checks import one_of
from ...doors import subject
from ...errors import GeneNameWarning, ParameterError, listing, warn
from ...gate.gene_table import GeneTable, gene_table
from ...gate.handed import refuse_frame
from ...gate.identity import GeneIds, identify
from ...gate.names import Kind, kinds_of, namespace_of, refuse_other_species, refuse_other_than_mouse
from ...gate.structure import refuse_damaged_in
from ...gate.totals import left_out
from . import _lookup
from ._collapse import RULES, Rule, collapse_genes
from ._lookup import LookUp, Named, name_genes
from ._probes import ProbeGenes, Table, find_probe_genes

log = logging.getLogger("ifnsig")

Organism = Literal["human", "mouse"]
ORGANISMS: tuple[Organism, ...] = ("human", "mouse")


def map_genes(
    adata: anndata.AnnData,
    *,
    organism: Organism = "human",
    probe_map: Table | None = None,
    gene_column: str | None = None,
    gene_ids: GeneIds | None = None,
    collapse: Rule | None = None,
) -> anndata.AnnData:
    """A new AnnData whose genes have current human symbols.

    Ensembl ids (with or without version), Entrez ids, current symbols, earlier symbols and aliases are
    looked up in the table that ships with the package. Genes outside that table keep their names: rank
    methods need them. For an Ensembl id, Entrez id or array probe outside the table, the column
    ``gene_name`` of ``var`` is used where there is one. An alias keeps its own name when its gene has a
    row of its own, or when several genes share it. A matrix that was mapped before does not change.

    Parameters
    ----------
    adata
        Samples x genes, dense or sparse.
    organism
        ``"mouse"`` for mouse symbols or Ensembl ids: genes with a one-to-one human ortholog get its symbol,
        the others keep their names, so that signatures report them missing.
    probe_map
        For arrays: a table (or CSV or TSV file) with a column of probes and a column of gene symbols,
        Ensembl or Entrez ids. Probes of several genes are left out; probes without a gene keep their names.
    gene_column
        Column of ``var`` that names the genes, in place of ``var_names``.
    gene_ids
        ``"entrez"`` to say that numbers are Entrez ids, whatever they look like.
    collapse
        How rows with one name become one: ``"sum"``, ``"mean"`` or ``"max_mean"`` (the row with the
        highest mean). None: the sum for counts and values that add up (cpm, tpm, fpkm), the highest mean
        for all others.

    Returns
    -------
    AnnData
        ``var_names`` are unique; ``var["source_id"]`` has the name before, ``var["via"]`` the alias used
        (or ""), ``var["n_rows"]`` how many rows became this gene. What was done is in
        ``uns["ifnsig"]["genes"]``.

    Raises
    ------
    GeneNameError
        The genes are of another organism than was said, are row numbers, no name is left, or the probe map is of
        another array.
    UnitError
        ``collapse="sum"`` for logarithms.
    MissingFileError, ParameterError
        The probe map is not there, its columns cannot be told, or there is no column ``gene_column``.

    Warns
    -----
    GeneNameWarning
        Names that a spreadsheet turned into dates, empty names, rows that count reads of no gene, and probes of
        several genes; those are left out.
    """
    refuse_frame(adata, "pp.map_genes")
    one_of(collapse, (None, *RULES), name="collapse", function="pp.map_genes")
    one_of(organism, ORGANISMS, name="organism", function="pp.map_genes")
    refuse_damaged_in(adata)
    table = gene_table()
    before = keys.read_field(adata, keys.FIELD_GENES)
    written = [str(name) for name in adata.var_names]
    told = {"gene_column": gene_column, "gene_ids": gene_ids}
    asked = [name for name, value in told.items() if value is not None]
    if asked and (probe_map is not None or before is not None):
        raise ParameterError(
            f"{subject('pp.map_genes', asked[0])} says what the ids of a file are, and "
            + (
                "the probe map says it already."
                if probe_map is not None
                else "these genes were mapped before."
            )
        )
    probes = None if probe_map is None else find_probe_genes(probe_map, written, table, organism=organism)
    if probes is not None or before is not None:
        ids, second = written, probes.second if probes is not None else None
        kinds = kinds_of(ids, dates=before is None)
        if probes is not None:
            kinds = ["probe" if known else kind for known, kind in zip(probes.in_map, kinds, strict=True)]
    else:
        identity = identify(adata, table, organism=organism, gene_column=gene_column, gene_ids=gene_ids)
        ids, kinds = identity.ids, kinds_of(identity.ids)
        second = [
            sure if kind in ("symbol", "title") else other
            for sure, other, kind in zip(identity.sure, identity.second, kinds, strict=True)
        ]
    look_up, organism = _rule(ids, kinds, probes, before, organism)
    named = name_genes(ids, kinds, second, table, look_up)
    if probes is not None:
        several = set(probes.several)
        named.kept = [kept and name not in several for name, kept in zip(ids, named.kept, strict=True)]
    mapped, rule, n_collapsed = collapse_genes(
        adata, names=named.names, via=named.via, kept=named.kept, collapse=collapse
    )
    record = _record(named, kinds, organism, probes, table)
    record |= {"collapsed": n_collapsed, "collapse": rule}
    keys.write_field(mapped, keys.FIELD_GENES, record)
    _report(record, named)
    return mapped


def _rule(
    ids: list[str],
    kinds: list[Kind],
    probes: ProbeGenes | None,
    before: dict[str, Any] | None,
    organism: Organism,
) -> tuple[LookUp, Organism]:
    """How names are looked up, once they are known to be of the organism that was said."""
    if before is not None and before.get("organism") == "mouse":
        return _lookup.already_mapped, "mouse"
    names = ids
    if probes is not None:
        names = [name for name in probes.second if name]
        kinds = kinds_of(names)
    if organism == "mouse":
        refuse_other_than_mouse(names, kinds)
        return _lookup.mouse, organism
    refuse_other_species(names, kinds)
    return _lookup.human, organism


def _record(
    named: Named, kinds: list[Kind], organism: Organism, probes: ProbeGenes | None, table: GeneTable
) -> dict[str, Any]:
    """What was done, for ``uns`` and the provenance of scores."""
    record: dict[str, Any] = {
        "namespace": namespace_of(kinds, organism),
        "organism": organism,
        "n_mapped": sum(named.mapped),
        "n_via_alias": sum(bool(via) for via in named.via),
        "n_unmapped": sum(
            kept and not is_mapped for kept, is_mapped in zip(named.kept, named.mapped, strict=True)
        ),
        "ambiguous": sorted(set(named.ambiguous)),
        "kept_alias": sorted(set(named.kept_alias)),
        "excel": named.excel,
        "n_empty": named.n_empty,
        "totals": named.totals,
        "table": table.version,
    }
    if probes is not None:
        record["probe_map"] = {
            "source": probes.source,
            "n_probes": sum(probes.in_map),
            "n_without_gene": sum(
                known and not name for known, name in zip(probes.in_map, probes.second, strict=True)
            )
            - len(probes.several),
            "several_genes": probes.several,
        }
    return record


def _report(record: dict[str, Any], named: Named) -> None:
    log.info(
        "Genes: %s mapped to current symbols (%s by alias), %s keep their names, %s rows merged by %s.",
        *(record[key] for key in ("n_mapped", "n_via_alias", "n_unmapped", "collapsed", "collapse")),
    )
    if record["organism"] == "mouse":
        log.info(
            "Mouse: %s genes have a one-to-one human ortholog; %s have none and keep their names.",
            record["n_mapped"],
            record["n_unmapped"],
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
            f"{len(named.excel)} gene names were turned into dates or numbers by a spreadsheet and are left out:"
            f" {listing(named.excel)}. Export the table again with the column of genes as text."
        )
    if named.totals:
        parts.append(left_out(named.totals))
    if named.n_empty:
        parts.append(f"{named.n_empty} genes without a name are left out.")
    if several := record.get("probe_map", {}).get("several_genes"):
        parts.append(f"{len(several)} probes that measure several genes are left out: {listing(several)}.")
    if parts:
        warn(" ".join(parts), GeneNameWarning, stacklevel=4)
