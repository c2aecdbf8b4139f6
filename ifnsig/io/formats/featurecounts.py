"""featureCounts: genes with their places, then one column of counts a BAM file."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import anndata
import numpy as np

from ... import keys
from ...errors import TableError
from ..text._delimited import Layout, is_text_column, lay_out
from ..text._preamble import header_line
from ..text._text import TextFile, head_text, load_text
from ..text._values import read_values
from ._format import Format
from ._parts import Part, Paths, assemble, named_paths

log = logging.getLogger("ifnsig")

PLACES = ("Geneid", "Chr", "Start", "End", "Strand", "Length")
EXTRA = re.compile(r'"--extraAttributes"\s+"([^"]+)"')
ENDINGS = re.compile(
    r"[._-]?(Aligned[._]sortedByCoord[._]out|Aligned[._]out|markdup|sorted|sort|dedup|umi_dedup|bam|sam)$",
    re.IGNORECASE,
)


def read(path: Paths, *, limit: int | None = None) -> anndata.AnnData:
    """Read the counts; a sample is called after its BAM file, without ``.bam`` and what aligners add.

    Extra attributes (``--extraAttributes``) are kept in ``var``.

    Parameters
    ----------
    path
        One file, a list of files with other samples each, or a mapping of sample id to file.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is not featureCounts', is damaged, or has other genes than the first.
    """
    files = named_paths(path, str)
    own = isinstance(path, Mapping)
    parts = [_part(load_text(file, limit=limit), sample if own else "") for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, "counts")
    log.info("featureCounts: %d samples x %d genes.", *adata.shape)
    return adata


def _part(text: TextFile, sample: str) -> Part:
    name = text.path.name
    layout = lay_out(text)
    if layout.header[0] != PLACES[0]:
        raise TableError(f"{name} is not a table of featureCounts: its first column is not Geneid.")
    n_text = _n_text(layout, text.start(1, size=0).decode())
    if n_text == layout.n_columns:
        raise TableError(f"{name} has no column of counts.")
    values = read_values(text, layout, n_text=n_text)
    if not values.columns:
        raise TableError(f"{name} has no column of counts.")
    ids = [str(gene) for gene in values.ids]
    if np.isnan(values.numbers).any():
        row, column = np.argwhere(np.isnan(values.numbers))[0]
        raise TableError(
            f"{name} has empty cells, the first of gene {ids[row]!r} in {values.columns[column]!r}."
        )
    var = {
        header: [str(cell) for cell in values.texts[place]]
        for place, header in enumerate(layout.header[:n_text])
        if header not in PLACES
    }
    if sample and len(values.columns) > 1:
        raise TableError(
            f"{name} has {len(values.columns)} samples, so it cannot be called {sample!r}: read it alone."
        )
    samples = [sample] if sample else sample_names(values.columns)
    return Part(samples, ids, np.ascontiguousarray(values.numbers.T), var)


def _n_text(layout: Layout, command: str) -> int:
    """Number of columns before the counts: the places, and the extra attributes that the command names or that are words."""
    named = set(EXTRA.search(command)[1].split(",")) if EXTRA.search(command) else set()  # type: ignore[index]
    count = 1
    while count < layout.n_columns:
        header = layout.header[count]
        if header not in PLACES and header not in named and not is_text_column(layout, count):
            break
        count += 1
    return count


def sample_names(columns: Sequence[str]) -> list[str]:
    """Sample ids of BAM paths: the file's name, or its folder's where the names are one and the same."""
    paths = [PurePosixPath(column.replace("\\", "/")) for column in columns]
    plain = [_plain(path.name) for path in paths]
    if min(Counter(plain).values()) == max(Counter(plain).values()) == 1 and all(plain):
        return plain
    folders = [path.parent.name for path in paths]
    return folders if len(set(folders)) == len(folders) and all(folders) else [str(path) for path in paths]


def _plain(name: str) -> str:
    while (shorter := ENDINGS.sub("", name)) != name:
        name = shorter
    return name


def recognises(path: Path, head: bytes) -> bool:
    """The line of the program, or a first column Geneid followed by places."""
    text = head_text(head)
    names = [cell.strip('"') for cell in re.split("[\t,;]", header_line(text)[: len(",".join(PLACES)) + 12])]
    return text.startswith("# Program:featureCounts") or tuple(names[:3]) == PLACES[:3]


FORMAT = Format(
    name="featurecounts",
    title="featureCounts table of counts",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
)
