"""Files that people have beside their expression values, and what to read in their place."""

from __future__ import annotations

from pathlib import Path

import h5py

from ...doors import argument
from ..text._clean import ZIP_MAGIC
from ..text._preamble import NUMBER
from ..text._text import head_text
from ._hdf5 import DAMAGE

ANNOTATIONS = {
    "##fileformat": "lists variants, not expression.",
    "##gff-version": "is an annotation (GFF), not expression.",
    "##description: evidence-based annotation": "is an annotation (GENCODE), not expression.",
    "#!genome": "is an annotation (Ensembl), not expression.",
}
STARTS = {
    **ANNOTATIONS,
    "Status\t": "is the summary of featureCounts; the counts are in the file of the same name without .summary.",
    "%%MatrixMarket": "is a Matrix Market file; read the folder that also holds its barcodes and features.",
    "transcript_id\t": "lists transcripts. If it is a transcript-to-gene table, {tx2gene}.",
    "<html": "is a web page, whatever its name. Open it in a spreadsheet and save it as CSV or TSV.",
    "{": "is JSON, not a table of expression.",
    "@": "holds sequence reads. Quantify them first (nf-core/rnaseq, salmon, kallisto, STAR).",
    "^": "is a SOFT file of GEO. Download the series matrix, or the supplementary counts.",
}
BINARY = {
    ZIP_MAGIC: "is a zip archive or an Excel workbook. Save the sheet as CSV or TSV and read that.",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook. Save the sheet as CSV or TSV and read that.",
    b"BAM\x01": "is an alignment file. Count reads first (STAR --quantMode GeneCounts, featureCounts).",
    b"RDX": "is an R workspace. In R: write.table(x, 'x.tsv', sep = '\\t', quote = FALSE).",
    b"X\n": "is an R object (RDS). In R: write.table(x, 'x.tsv', sep = '\\t', quote = FALSE).",
    b"PAR1": "is a Parquet file. Save it as TSV.",
}


def hint(path: Path, head: bytes) -> str:
    """What the file is and what to do, as the end of a sentence; ``""`` where it is not known."""
    if head.startswith(b"\x89HDF"):
        return _hdf5(path)
    for start, advice in BINARY.items():
        if head.startswith(start):
            return advice
    text = head_text(head)
    found = next((advice for start, advice in STARTS.items() if text.startswith(start)), "")
    if not found and _is_split_by_spaces(text):
        return "looks like a table whose columns are split by spaces. Write it with tabs or commas."
    return found.replace("{tx2gene}", f"it goes beside the quantities: {argument('reader', 'tx2gene')}")


def _is_split_by_spaces(text: str) -> bool:
    """Whether a header and a row of numbers have as many words."""
    lines = [line.split() for line in text.split("\n", 2)]
    if len(lines) < 2:
        return False
    header, row = lines[:2]
    numbers = [cell for cell in row[1:] if NUMBER.match(cell)]
    return bool(numbers) and len(numbers) == len(row) - 1 and len(row) - len(header) in (0, 1)


def _hdf5(path: Path) -> str:
    try:
        with h5py.File(path, "r") as stored:
            names = set(stored)
    except DAMAGE:
        return "is an HDF5 file that cannot be opened: it is cut off or damaged. Copy it again."
    if "0" in names:
        return "looks like a GCTX file. Convert it to GCT (cmapPy: gctx2gct) and read that."
    if {"data", "meta"} <= names:
        return "looks like a file of ARCHS4. Take your samples out of it (archs4py) and save them as a table."
    return f"is an HDF5 file of no known format; it holds {', '.join(sorted(names)[:5]) or 'nothing'}."
