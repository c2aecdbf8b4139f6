"""Files <-> AnnData: matrices (``formats``), tables of samples and patients (``sheet``), and what is written."""

from ._frame import from_frame
from ._lazy import open_stored
from ._read import read
from .files._write import write_h5ad, write_table
from .formats import FORMATS
from .formats._format import Format
from .sheet._clinical import join_clinical, read_clinical
from .sheet._join import join_samples
from .sheet._rows import row_schema, sheet_schema
from .sheet._rules import SheetRules
from .sheet._samples import SheetReport, examine_samples, read_samples
from .sheet._scores import read_scores
from .sheet._visits import order_visits

__all__ = [
    "FORMATS",
    "Format",
    "SheetReport",
    "SheetRules",
    "examine_samples",
    "from_frame",
    "join_clinical",
    "join_samples",
    "open_stored",
    "order_visits",
    "read",
    "read_clinical",
    "read_samples",
    "read_scores",
    "row_schema",
    "sheet_schema",
    "write_h5ad",
    "write_table",
]
