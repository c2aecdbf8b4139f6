"""Transcripts -> genes: which gene a transcript belongs to, and sums over the transcripts of a gene."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...doors import give
from ...errors import TableError, listing
from ...gate.names import ENSEMBL
from ..text._preamble import DELIMITERS
from ..text._text import load_text

log = logging.getLogger("ifnsig")

TxToGene: TypeAlias = Mapping[str, str] | pd.DataFrame | str | Path
"""Transcript -> gene: a mapping, or a table (or its file) of transcript, gene and, if there, symbol."""

VERSION = re.compile(r"(?<=\d)\.\d+(_\d+)?$")
"""``.5``, and ``.5_2`` of an annotation that was lifted over to another genome."""

OF_TRANSCRIPT = re.compile(r"ENS[A-Z]{0,6}T\d{6,}")
OF_GENE = re.compile(r"ENS[A-Z]{0,6}G\d{6,}")
TRANSCRIPT_HEADERS = frozenset(
    {
        "transcript_id",
        "transcript",
        "tx",
        "txname",
        "target_id",
        "tx_id",
        "ensembl_transcript_id",
        "transcript_stable_id",
        "transcript_stable_id_version",
    }
)
GENE_HEADERS = frozenset(
    {"gene_id", "gene", "geneid", "ensembl_gene_id", "gene_stable_id", "gene_stable_id_version"}
)
NAME_HEADERS = frozenset({"gene_name", "symbol", "gene_symbol", "external_gene_name"})
LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Genes:
    """The gene of every transcript.

    Attributes
    ----------
    of
        Position in ``ids`` of each transcript's gene; -1 where it has none.
    ids, symbols
        Gene ids in the order of their first transcript, and their symbols (``""`` where unknown).
    """

    of: NDArray[np.intp]
    ids: list[str]
    symbols: list[str]

    def sum(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums over the transcripts of each gene; ``values`` has one value a transcript."""
        kept = self.of >= 0
        sums = np.bincount(self.of[kept], weights=values[kept], minlength=len(self.ids))
        return np.asarray(sums, dtype=np.float64)


def genes_of(names: Sequence[str], tx2gene: TxToGene | None, where: str) -> Genes:
    """The genes of transcripts, by the table, else by GENCODE's names (``ENST|ENSG|...|...|...|SYMBOL|...``).

    Raises
    ------
    TableError
        No table and no gene in the names; or the table has no gene for most transcripts, or two for one.
    """
    if tx2gene is not None:
        return _by_table(names, read_tx2gene(tx2gene), where)
    parts = [name.split("|") for name in names]
    telling = [len(part) > 5 for part in parts]
    if sum(telling) > LEAST_SHARE * len(names):  # spike-ins and transgenes of the index have plain names
        found = [(part[1], part[5]) if tells else None for part, tells in zip(parts, telling, strict=True)]
        _report_left_out(names, found, where, "do not tell their gene")
        return _numbered(found)
    if all(ENSEMBL.match(name) for name in names):
        return _numbered([(name, "") for name in names])
    raise TableError(
        f"{where} has values of transcripts ({listing(names, shown=3)}) whose names do not tell"
        " the gene."
        f"{give('reader', 'tx2gene', before=' ')}: a table of transcript and gene, such as nf-core's"
        " tx2gene.tsv or the one used for the index."
    )


def _by_table(names: Sequence[str], table: Mapping[str, tuple[str, str]], where: str) -> Genes:
    plain = {VERSION.sub("", name): gene for name, gene in table.items()}
    found = []
    for name in names:
        own = name.split("|", 1)[0]
        found.append(table.get(name) or table.get(own) or plain.get(VERSION.sub("", own)))
    lacking = [name for name, gene in zip(names, found, strict=True) if gene is None]
    if len(lacking) > (1 - LEAST_SHARE) * len(names):
        raise TableError(
            f"{len(lacking)} of {len(names)} transcripts of {where} are not in tx2gene ({listing(lacking)}); it has"
            f" {listing(table, shown=3)}. Use the table of the annotation that the reads were quantified with."
        )
    _report_left_out(names, found, where, "are not in tx2gene")
    return _numbered(found)


def _report_left_out(
    names: Sequence[str], genes: Sequence[tuple[str, str] | None], where: str, why: str
) -> None:
    lacking = [name for name, gene in zip(names, genes, strict=True) if gene is None]
    if lacking:
        log.warning("%s: %d transcripts %s and are left out: %s.", where, len(lacking), why, listing(lacking))


def _numbered(genes: Sequence[tuple[str, str] | None]) -> Genes:
    known: dict[str, int] = {}
    symbols: list[str] = []
    of = []
    for gene in genes:
        if gene is not None and gene[0] not in known:
            known[gene[0]] = len(known)
            symbols.append(gene[1])
        of.append(-1 if gene is None else known[gene[0]])
    return Genes(np.array(of, dtype=np.intp), list(known), symbols)


def read_tx2gene(source: TxToGene) -> dict[str, tuple[str, str]]:
    """Transcript -> gene id and symbol.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        It has one column, or a transcript has two genes.
    """
    if isinstance(source, Mapping):
        return {str(name): (str(gene), "") for name, gene in source.items()}
    if isinstance(source, pd.DataFrame):
        where = "tx2gene"
        rows = [
            [str(column) for column in source.columns],
            *(map(str, row) for row in source.itertuples(index=False)),
        ]
    else:
        text = load_text(source)
        where = text.path.name
        lines = [line for line in text.whole.decode().split("\n") if line.strip()]
        mark = next((mark for mark in DELIMITERS if mark in lines[0]), None)
        rows = [line.split(mark) for line in lines]
    return _pairs([[cell.strip().strip('"') for cell in row] for row in rows], where)


def _holds(rows: list[list[str]], column: int, pattern: re.Pattern[str]) -> bool:
    """Whether most cells of a column are ids of this kind."""
    cells = [row[column] for row in rows if len(row) > column]
    return sum(bool(pattern.match(cell)) for cell in cells) > LEAST_SHARE * len(rows)


def _pairs(rows: list[list[str]], where: str) -> dict[str, tuple[str, str]]:
    header = [cell.lower().replace(" ", "_") for cell in rows[0]]
    if len(header) < 2:
        raise TableError(f"{where} has one column; it needs two, transcript and gene.")
    at = {
        name: next((place for place, cell in enumerate(header) if cell in known), None)
        for name, known in (("tx", TRANSCRIPT_HEADERS), ("gene", GENE_HEADERS), ("name", NAME_HEADERS))
    }
    has_header = at["tx"] is not None or at["gene"] is not None
    tx, gene, name = at["tx"] or 0, at["gene"], at["name"]
    if gene is None:
        gene = 1 if tx == 0 else 0
    if name is None and not has_header and len(header) > 2:
        name = 2
    if _holds(rows, tx, OF_GENE) and _holds(rows, gene, OF_TRANSCRIPT):
        log.info("%s: column %d holds transcripts, column %d their genes.", where, gene + 1, tx + 1)
        tx, gene = gene, tx
    genes: dict[str, tuple[str, str]] = {}
    doubled = []
    for row in rows[has_header:]:
        if len(row) <= max(tx, gene):
            raise TableError(f"{where}: the row {listing(row)} has fewer cells than its header.")
        found = (row[gene], row[name] if name is not None and len(row) > name else "")
        if genes.setdefault(row[tx], found)[0] != found[0]:
            doubled.append(row[tx])
    if doubled:
        raise TableError(f"{where}: {len(doubled)} transcripts have two genes: {listing(doubled)}.")
    return genes
