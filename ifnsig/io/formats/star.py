"""STAR ``ReadsPerGene.out.tab``: one a sample, with a column for each strandedness."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import anndata
import numpy as np

from ... import keys
from ...checks import one_of
from ...doors import give
from ...errors import TableError, listing
from ..text._quantified import headerless, split_lines
from ..text._text import head_text, load_text
from ..text._values import Values, read_values
from ._format import Format
from ._parts import Part, Paths, assemble, name_after, named_paths

log = logging.getLogger("ifnsig")

Strandedness = Literal["unstranded", "forward", "reverse"]
COLUMNS: tuple[Strandedness, ...] = ("unstranded", "forward", "reverse")
TOTALS = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
STRANDED, BALANCED = 0.8, 0.1
"""Share of one strand from which a library is stranded; distance from one half up to which it is not."""


def read(
    path: Paths, *, strandedness: Strandedness | None = None, limit: int | None = None
) -> anndata.AnnData:
    """Read STAR's gene counts; the ``N_`` lines go to ``obs``.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file.
    strandedness
        ``"unstranded"``, ``"forward"``, ``"reverse"``, or None: told by the sums of the two strands. A share of at
        least 0.8 on one strand is stranded, 0.4 to 0.6 is unstranded; anything between, or samples that disagree, is an
        error.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file is not STAR's or is damaged, or the strandedness cannot be told.
    ParameterError
        The strandedness is not one of the three.
    """
    one_of(strandedness, (None, *COLUMNS), name="strandedness", function="reader STAR")
    files = named_paths(path, sample_of)
    tables = {sample: _table(file, limit) for sample, file in files.items()}
    chosen = strandedness or _infer(tables)
    column = COLUMNS.index(chosen)
    parts = [_part(sample, table, column) for sample, table in tables.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, "counts")
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    by = "user" if strandedness else "column sums"
    keys.write_field(adata, keys.FIELD_SOURCE, {**noted, "strandedness": chosen, "strandedness_by": by})
    log.info("STAR: %d samples x %d genes, strandedness %s (by %s).", *adata.shape, chosen, by)
    return adata


def _table(file: Path, limit: int | None) -> Values:
    text = load_text(file, limit=limit)
    rows = split_lines(text, 4, "a ReadsPerGene file of STAR")
    if [row[0] for row in rows[:4]] != list(TOTALS):
        raise TableError(
            f"{file.name} is not a ReadsPerGene file of STAR: its first lines are not {', '.join(TOTALS)}."
        )
    values = read_values(text, headerless(text, ("gene", *COLUMNS)), n_text=1)
    if not (values.numbers >= 0).all():
        row, column = np.argwhere(~(values.numbers >= 0))[0]
        raise TableError(
            f"{file.name} has cells that are empty or below 0, the first of {values.ids[row]!r} in column {column + 2}"
            f" ({values.numbers[row, column]:g}): it is damaged or cut off."
        )
    return values


def _part(sample: str, table: Values, column: int) -> Part:
    obs = {name: [float(table.numbers[row, column])] for row, name in enumerate(TOTALS)}
    n = len(TOTALS)
    return Part([sample], [str(gene) for gene in table.ids[n:]], table.numbers[n:, column][None, :], obs=obs)


def _infer(tables: dict[str, Values]) -> Strandedness:
    found: dict[str, list[str]] = {}
    for sample, table in tables.items():
        sums = table.numbers[len(TOTALS) :].sum(axis=0)
        share = sums[1] / (sums[1] + sums[2]) if sums[1] + sums[2] > 0 else float("nan")
        kind = _strandedness(share)
        log.info("%s: %.0f/%.0f/%.0f reads unstranded/forward/reverse: %s.", sample, *sums, kind or "unclear")
        found.setdefault(kind, []).append(
            f"{sample} (no stranded read)" if np.isnan(share) else f"{sample} ({share:.0%} forward)"
        )
    if len(found) == 1 and "" not in found:
        [kind] = found
        return COLUMNS[COLUMNS.index(kind)]
    what = "; ".join(f"{kind or 'unclear'}: {listing(samples)}" for kind, samples in found.items())
    raise TableError(
        f"The strandedness of the libraries cannot be told from their strands, or differs: {what}."
        f'{give("reader STAR", "strandedness", before=" ")} "unstranded", "forward" or "reverse" as the library'
        " kit says; libraries of different kits are read apart."
    )


def _strandedness(share: float) -> str:
    if share >= STRANDED:
        return "forward"
    if share <= 1 - STRANDED:
        return "reverse"
    return "unstranded" if abs(share - 0.5) <= BALANCED else ""


def sample_of(path: Path) -> str:
    """The file's name without STAR's ending, or its folder."""
    endings = ("ReadsPerGene.out.tab", ".tab")
    return name_after(path, fixed=("ReadsPerGene.out.tab",), endings=endings)


def recognises(path: Path, head: bytes) -> bool:
    """The first line is ``N_unmapped``."""
    return head_text(head).startswith(TOTALS[0] + "\t")


FORMAT = Format(
    name="star",
    title="STAR ReadsPerGene.out.tab, one a sample (strandedness from the column sums)",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
    endings=("readspergene.out.tab",),
)
