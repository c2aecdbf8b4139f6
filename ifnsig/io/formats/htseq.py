"""htseq-count: gene and counts without a header, and five ``__`` lines at the end; one file a sample, or a column a BAM."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np

from ... import keys
from ...doors import argument, give
from ...errors import ParameterError, TableError, listing
from ...gate.annotation import is_annotation
from ..text._packed import open_unpacked
from ..text._quantified import headerless, split_lines
from ..text._text import TextFile, head_text, load_text
from ..text._values import read_values
from ._format import Format
from ._matrix import GENE_NAME
from ._parts import Part, Paths, assemble, name_after, named_paths

log = logging.getLogger("ifnsig")

READER = "reader htseq-count"
MARK = "__"
COUNT = re.compile(r"\d+(\.\d+)?$")
ENSEMBL = re.compile(r"ENS[A-Z]*G\d{11}")
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


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a file is split, and its columns: the gene, its attributes (``--additional-attr``), a count of each BAM."""

    delimiter: str
    n_attributes: int
    n_counts: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns: the first attribute is taken for the name of the gene."""
        more = [GENE_NAME, *(f"attribute_{at}" for at in range(2, self.n_attributes + 1))][
            : self.n_attributes
        ]
        return ("gene", *more, *(f"count {at}" for at in range(1, self.n_counts + 1)))


def read(
    path: Paths, *, sample_names: Sequence[str] | None = None, limit: int | None = None
) -> anndata.AnnData:
    """Read htseq-count's files; the ``__`` lines go to ``obs``, never into the library size.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file. A sample is called after its file.
    sample_names
        Names of the samples of one file, in the order of its columns of counts: needed where htseq-count was given several
        BAM files, because it writes no header.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file has another shape, is damaged, has counts of several BAM files and no names, or has other genes than the
        first.
    ParameterError
        ``sample_names`` is no list of as many names as there are columns of counts, or there are several files.
    """
    files = named_paths(path, sample_of)
    if sample_names is not None:
        _check_names(sample_names, path, len(files))
    parts = [_part(sample, file, sample_names, limit) for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, "counts")
    log.info("htseq-count: %d samples x %d genes.", *adata.shape)
    return adata


def _check_names(names: Sequence[str], path: Paths, n_files: int) -> None:
    if n_files > 1 or isinstance(path, Mapping):
        raise ParameterError(
            "sample_names names the columns of one file; several files are called after themselves."
        )


def _part(sample: str, file: Path, sample_names: Sequence[str] | None, limit: int | None) -> Part:
    text = load_text(file, limit=limit)
    shape = _shape(text)
    samples = _samples(sample, sample_names, shape.n_counts, file.name)
    layout = headerless(text, shape.columns, delimiter=shape.delimiter)
    values = read_values(text, layout, n_text=1 + shape.n_attributes)
    ids = [str(gene) for gene in values.ids]
    if (gaps := np.argwhere(np.isnan(values.numbers))).size:
        raise TableError(
            f"{file.name}: {len(gaps)} counts are empty, the first of {ids[gaps[0][0]]!r}; it is cut off."
        )
    genes = [row for row, gene in enumerate(ids) if not gene.startswith(MARK)]
    if len(genes) == len(ids):
        log.warning(
            "%s has no lines such as __no_feature: they were taken out, or the file is cut off.", file.name
        )
    obs = {
        f"htseq_{gene.strip('_')}": [float(count) for count in values.numbers[row]]
        for row, gene in enumerate(ids)
        if gene.startswith(MARK)
    }
    var = {
        head: [str(cells[row]) for row in genes]
        for head, cells in zip(values.heads[1:], values.texts[1:], strict=True)
    }
    return Part(samples, [ids[row] for row in genes], np.ascontiguousarray(values.numbers[genes].T), var, obs)


def _samples(sample: str, names: Sequence[str] | None, n_counts: int, name: str) -> list[str]:
    """Names of the columns of counts."""
    if names is None and n_counts == 1:
        return [sample]
    if names is None:
        shown = [f"sample {at}" for at in range(1, n_counts + 1)][:3]
        raise TableError(
            f"{name} holds counts of {n_counts} BAM files without a header, so the samples have no name."
            f"{give(READER, 'sample_names', shown, before=' ')}: {n_counts} names, in the order in which htseq-count was"
            " given the files."
        )
    if len(names) != n_counts:
        raise ParameterError(
            f"sample_names has {len(names)} names ({listing(names)}), but {name} has {n_counts} columns of counts."
        )
    return list(names)


def _shape(text: TextFile) -> _Shape:
    """The shape by the first line and a ``__`` line, whose attributes are blank.

    Raises
    ------
    TableError
        The first line is no gene with counts, or lines differ in length.
    """
    body = text.whole
    first, *_ = body.decode().split("\n", 1)
    delimiter = _delimiter(first)
    cells = first.split(delimiter)
    what = "a file of htseq-count (gene and count, or gene, attributes and counts)"
    split_lines(text, max(2, len(cells)), what, delimiter=delimiter)
    if not COUNT.match(cells[-1].strip()):
        raise TableError(
            f"{text.path.name} is not a file of htseq-count: its first line ends in {cells[-1]!r}, which is no count. A file"
            f" with a header is read with {argument('io.read', 'format', 'table')}."
        )
    totals = body.find(b"\n" + MARK.encode())
    line = body[totals + 1 :].split(b"\n", 1)[0].decode() if totals >= 0 else first
    n_counts = sum(bool(COUNT.match(cell.strip())) for cell in line.split(delimiter)[1:])
    return _Shape(delimiter, len(cells) - 1 - n_counts, n_counts)


def _delimiter(line: str) -> str:
    """A tab, or the comma of a table that htseq-count wrote as ``.csv``."""
    return "\t" if "\t" in line or "," not in line else ","


def sample_of(path: Path) -> str:
    """The file's name without the usual endings."""
    return name_after(path, fixed=(), endings=ENDINGS)


def recognises(path: Path, head: bytes) -> bool | None:
    """Every line is an id, words and counts, and the last lines start with ``__`` (or were taken out, of one count)."""
    lines = [line for line in head_text(head).split("\n") if line.strip()]
    if not lines:
        return False
    mark = _delimiter(lines[0])
    rows = [line.split(mark) for line in (lines[:-1] if len(lines) > 1 else lines)]
    if len({len(row) for row in rows}) > 1 or not all(_is_count_line(row) for row in rows):
        return False
    if has_summary(path):
        return True
    one = mark == "\t" and _n_counts(rows[0]) == 1 and len(rows[0]) < 4
    if not one or is_annotation(rows[0][0]):
        return False
    return bool(ENSEMBL.match(head_text(head))) or None  # else the first line may be a header


def _is_count_line(row: list[str]) -> bool:
    return len(row) > 1 and bool(row[0]) and bool(COUNT.match(row[-1].strip()))


def _n_counts(row: list[str]) -> int:
    return sum(bool(COUNT.match(cell.strip())) for cell in row[1:])


def has_summary(path: Path) -> bool:
    """Whether a line ``__no_feature`` is there: nothing else has it."""
    with open_unpacked(path) as stream:
        content = stream.read(LOOKED_THROUGH)
    return any(mark + b"__no_feature" in content for mark in (b"\n", b"\r"))


FORMAT = Format(
    name="htseq",
    title="htseq-count, one a sample, or a column a BAM file (option sample_names); the __ lines are left out of the counts",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
)
