"""Which axis of a table holds the samples: told by the sample sheet, else by known gene names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from ...doors import give
from ...errors import TableError, listing
from ...gate.gene_table import gene_table
from ...gate.names import ENSEMBL

Orientation = Literal["genes_in_rows", "samples_in_rows"]
ORIENTATIONS: tuple[Orientation, ...] = ("genes_in_rows", "samples_in_rows")

FEWEST_GENES = 3


def check_orientation(
    header: Sequence[str], ids: Sequence[str], samples: Collection[str] | None, name: str
) -> str:
    """Say by what the table is known to hold genes in rows.

    Parameters
    ----------
    header, ids
        Names of the columns and of the rows.
    samples
        Ids of the sample sheet, where there is one.
    name
        File name for the message.

    Raises
    ------
    TableError
        The samples are in the rows: the user must say so.
    """
    if samples is not None:
        across, down = shared(header, samples), shared(ids, samples)
        if len(down) > len(across):
            raise TableError(_turned(name, "sample ids of the sheet", down, across))
        if across:
            return "sample sheet"
    across, down = genes_among(header), genes_among(ids)
    if len(across) > len(down) and len(across) >= FEWEST_GENES:
        raise TableError(_turned(name, "known gene names", across, down, where="header"))
    return "gene names" if down else "default"


def _turned(name: str, what: str, found: list[str], other: list[str], *, where: str = "rows") -> str:
    opposite = "header" if where == "rows" else "rows"
    return (
        f"{name} looks transposed: {len(found)} {what} are in its {where} ({listing(found)}) and"
        f" {len(other)} in its {opposite}."
        + give("io.read", "orientation", "samples_in_rows", before=" If each row is a sample, ", after=";")
        + give("io.read", "orientation", "genes_in_rows", before=" if each row is a gene, ", after=".")
    )


def shared(names: Sequence[str], samples: Collection[str]) -> list[str]:
    """The names that are ids of the sample sheet."""
    wanted = set(samples)
    return [name for name in names if name in wanted]


def genes_among(names: Sequence[str]) -> list[str]:
    """The names that are symbols or Ensembl ids."""
    symbols = gene_table().symbols
    return [name for name in names if name in symbols or ENSEMBL.match(name)]
