"""Files <-> AnnData: one file a format, one record each."""

from ..catalogue import Catalogue
from . import geo_series_matrix, h5ad, nfcore, table
from ._format import Format
from ._join import join_samples
from ._read import read
from ._samples import read_samples
from ._scores import read_scores
from ._write import write_h5ad, write_table

FORMATS: Catalogue[Format] = Catalogue(
    "format", [table.FORMAT, h5ad.FORMAT, nfcore.FORMAT, geo_series_matrix.FORMAT]
)

__all__ = [
    "FORMATS",
    "Format",
    "join_samples",
    "read",
    "read_samples",
    "read_scores",
    "write_h5ad",
    "write_table",
]
