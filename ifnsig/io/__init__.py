"""Files <-> AnnData: one file a format, one record each."""

from ..catalogue import Catalogue
from . import (
    featurecounts,
    gct,
    geo_series_matrix,
    h5ad,
    htseq,
    kallisto,
    loom,
    nanostring,
    nfcore,
    qpcr,
    rsem,
    salmon,
    star,
    table,
    tenx,
    zarr,
)
from ._clinical import join_clinical, read_clinical
from ._format import Format
from ._join import join_samples
from ._lazy import open_stored
from ._read import read
from ._samples import SheetReport, examine_samples, read_samples
from ._scores import read_scores
from ._sheet_rows import row_schema, sheet_schema
from ._sheet_rules import SheetRules
from ._visits import order_visits
from ._write import write_h5ad, write_table

FORMATS: Catalogue[Format] = Catalogue(
    "format",
    [
        module.FORMAT
        for module in (
            table, nfcore, salmon, kallisto, rsem, star, featurecounts, htseq, gct, geo_series_matrix, nanostring, qpcr,
            tenx, h5ad, zarr, loom,
        )
    ],
)  # fmt: skip

__all__ = [
    "FORMATS",
    "Format",
    "SheetReport",
    "SheetRules",
    "examine_samples",
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
