"""Array probes -> genes, by a table that the user gives."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from ...doors import subject
from ...errors import GeneNameError, ParameterError, listing
from ...gate.gene_table import GeneTable
from ...gate.names import kind_of
from ...io.text._text import existing, load_text, sha256_of

GENE_COLUMNS = ("genesymbol", "hgncsymbol", "symbol", "genename", "gene")
"""Names of the column with the genes, without case and punctuation, in order of preference."""

SEPARATOR = re.compile(r"\s*(?:/{2,}|[;|,])\s*")
BEGIN, END = "!platform_table_begin", "!platform_table_end"
NOTHING = frozenset({"", "nan", "na", "none", "-", "--", "---"})

Table: TypeAlias = pd.DataFrame | str | PathLike[str]


@dataclass(frozen=True, slots=True)
class ProbeGenes:
    """The gene of every probe.

    Attributes
    ----------
    second
        For each probe: the name of its gene, or "".
    in_map
        Whether the table lists the name as a probe.
    several
        Probes that measure several genes.
    source
        File name and SHA-256, or ``"DataFrame"``.
    """

    second: list[str]
    in_map: list[bool]
    several: list[str]
    source: str


def find_probe_genes(probe_map: Table, ids: Sequence[str], table: GeneTable, *, organism: str) -> ProbeGenes:
    """Look up ``ids`` in ``probe_map``.

    Raises
    ------
    MissingFileError
        There is no such file.
    GeneNameError
        No id is a probe of the map.
    ParameterError
        The column with the genes cannot be told.
    """
    frame, source = _read(probe_map)
    probes, genes = _columns(frame, ids)
    listed: dict[str, list[str]] = {}
    for probe, cell in zip(frame[probes], frame[genes], strict=True):
        listed.setdefault(probe, []).extend(
            name for name in SEPARATOR.split(cell) if name.lower() not in NOTHING
        )
    second, several = [], []
    for identifier in ids:
        found = {_gene(name, table, organism): name for name in listed.get(identifier, ())}
        if len(found) > 1:
            several.append(identifier)
        gene, name = next(iter(found.items()), ("", ""))
        second.append("" if len(found) > 1 else name if kind_of(name) in ("symbol", "title") else gene)
    return ProbeGenes(second, [name in listed for name in ids], several, source)


def _gene(name: str, table: GeneTable, organism: str) -> str:
    """What one name in the map stands for; itself where nothing is known of it."""
    if organism == "mouse":
        return table.by_mouse_ensembl.get(name.partition(".")[0]) or table.by_mouse_symbol.get(name) or name
    kind = kind_of(name)
    if kind == "ensembl":
        return table.by_ensembl.get(name.partition(".")[0], name)
    return table.by_entrez.get(name, name) if kind == "entrez" else table.current(name) or name


def _read(probe_map: Table) -> tuple[pd.DataFrame, str]:
    if isinstance(probe_map, pd.DataFrame):
        unnamed = isinstance(probe_map.index, pd.RangeIndex)
        frame = probe_map if unnamed else probe_map.reset_index()
        return frame.astype(object).where(frame.notna(), "").astype(str), "DataFrame"
    path = existing(Path(probe_map), "probe map")
    lines = _table_lines(load_text(path).whole.decode().splitlines(), path.name)
    separator = "\t" if "\t" in lines[0] else ","
    # platform tables are not quoted, and hold single quotation marks
    quoting = csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
    try:
        frame = pd.read_csv(
            StringIO("\n".join(lines)),
            sep=separator,
            dtype=str,
            keep_default_na=False,
            quoting=quoting,
            index_col=False,
        )
    except pd.errors.ParserError as fault:
        raise GeneNameError(f"{path.name} cannot be read as a probe map: {fault}.") from fault
    frame.columns = frame.columns.str.strip('" ')
    for column in frame.columns:
        frame[column] = frame[column].fillna("").str.strip('" ')
    return frame, f"{path.name} (SHA-256 {sha256_of(path)[:12]})"


def _table_lines(lines: list[str], name: str) -> list[str]:
    """Header and rows: below the comments, or between the marks of a GEO platform (SOFT, ``.annot``).

    Raises
    ------
    GeneNameError
        The file has no table.
    """
    if BEGIN in lines:
        lines = lines[lines.index(BEGIN) + 1 :]
        lines = lines[: lines.index(END)] if END in lines else lines
    elif lines[0].startswith(("^", "!")):
        raise GeneNameError(
            f"{name} is a SOFT file without a platform table ({BEGIN}); download the full table."
        )
    start = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
    kept = [line for line in lines[start:] if line.strip()]
    if len(kept) < 2:
        raise GeneNameError(f"{name} has no row of probes.")
    return kept


def _columns(frame: pd.DataFrame, ids: Sequence[str]) -> tuple[str, str]:
    """The columns with the probes (which holds most of ``ids``) and with the genes."""
    wanted = set(ids)
    shared = {str(column): len(wanted & set(frame[column])) for column in frame.columns}
    probes = max(shared, key=lambda column: shared[column], default="")
    if not probes or not shared[probes]:
        raise GeneNameError(
            f"The probe map has none of the {len(ids)} names of the matrix ({listing(ids)}). Give the map of this array."
        )
    others = [column for column in shared if column != probes]
    plain = {re.sub(r"[^a-z]", "", column.lower()): column for column in reversed(others)}
    named = [plain[name] for name in GENE_COLUMNS if name in plain]
    if len(others) != 1 and not named:
        raise ParameterError(
            f"{subject('pp.map_genes', 'probe_map')} has no column of genes beside {probes!r} that can be told"
            f" ({listing(others) or 'no other column'}). Give two columns, or name one gene_symbol."
        )
    return probes, others[0] if len(others) == 1 else named[0]
