"""htseq-count: gene and count without a header, and five ``__`` lines at the end; one file a sample."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import anndata
import numpy as np

from .. import keys
from ..doors import argument
from ..errors import TableError
from ._format import Format
from ._headerless import headerless, split_lines
from ._matrix import GENE_NAME
from ._parts import Part, Paths, assemble, name_after, named_paths
from ._text import LIMIT, TextFile, head_text, load_text, open_unpacked
from ._values import read_values

log = logging.getLogger("ifnsig")

MARK = "__"
COUNT = re.compile(r"\d+(\.\d+)?$")
LOOKED_THROUGH = 64 * 1024 * 1024
ENDINGS = (
    ".htseq-counts.txt",
    ".htseq.counts",
    ".htseq.txt",
    ".htseq",
    ".counts.txt",
    ".counts",
    ".count",
    ".txt",
    ".tsv",
    ".out",
)


def read(path: Paths, *, limit: int = LIMIT) -> anndata.AnnData:
    """Read htseq-count's files; the ``__`` lines go to ``obs``, never into the library size.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file. A sample is called after its file.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file has another shape, is damaged, or has other genes than the first.
    """
    files = named_paths(path, sample_of)
    parts = [_part(sample, file, limit) for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, "counts")
    log.info("htseq-count: %d samples x %d genes.", *adata.shape)
    return adata


def _part(sample: str, file: Path, limit: int) -> Part:
    text = load_text(file, limit=limit)
    width = _width(text)
    rows = split_lines(text, width, "a file of htseq-count (gene and count, or gene, name and count)")
    if not COUNT.match(rows[0][-1].strip()):
        raise TableError(
            f"{file.name} is not a file of htseq-count: its first line ends in {rows[0][-1]!r}, which is no count. A file"
            f" with a header is read with {argument('io.read', 'format', 'table')}."
        )
    n_text = width - 1
    values = read_values(text, headerless(text, (*("gene", GENE_NAME)[:n_text], "count")), n_text=n_text)
    counts = values.numbers[:, 0]
    ids = [str(gene) for gene in values.ids]
    if (gaps := np.flatnonzero(np.isnan(counts))).size:
        raise TableError(
            f"{file.name}: {gaps.size} counts are empty, the first of {ids[gaps[0]]!r}; it is cut off."
        )
    genes = [row for row, gene in enumerate(ids) if not gene.startswith(MARK)]
    if len(genes) == len(ids):
        log.warning(
            "%s has no lines such as __no_feature: they were taken out, or the file is cut off.", file.name
        )
    obs = {
        f"htseq_{gene.strip('_')}": [float(counts[row])]
        for row, gene in enumerate(ids)
        if gene.startswith(MARK)
    }
    var = {GENE_NAME: [str(values.texts[1][row]) for row in genes]} if n_text > 1 else {}
    return Part([sample], [ids[row] for row in genes], counts[genes][None, :], var, obs)


def _width(text: TextFile) -> int:
    """Two cells a line, or three with ``--additional-attr``."""
    return 3 if text.whole.split(b"\n", 1)[0].count(b"\t") == 2 else 2


def sample_of(path: Path) -> str:
    """The file's name without the usual endings."""
    return name_after(path, fixed=(), endings=ENDINGS)


def recognises(path: Path, head: bytes) -> bool:
    """Every line is an id and a count, and the last lines start with ``__`` (or were taken out)."""
    lines = head_text(head).split("\n")
    rows = [line.split("\t") for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip()]
    return bool(rows) and all(_is_count_line(row) for row in rows)


def _is_count_line(row: list[str]) -> bool:
    if len(row) not in (2, 3) or not row[0] or not COUNT.match(row[-1].strip()):
        return False
    return len(row) == 2 or not COUNT.match(row[1].strip())


def has_summary(path: Path) -> bool:
    """Whether a line ``__no_feature`` is there: nothing else has it."""
    with open_unpacked(path) as stream:
        content = stream.read(LOOKED_THROUGH)
    return any(mark + b"__no_feature" in content for mark in (b"\n", b"\r"))


FORMAT = Format(
    name="htseq",
    title="htseq-count, one a sample (the __ lines are left out of the counts)",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
)
