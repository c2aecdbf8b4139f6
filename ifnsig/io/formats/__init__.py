"""One file a format, each with its record ``FORMAT``; helpers that several formats share begin with an underscore.

A reader only parses: what it yields passes ``ifnsig/gate``. A new format: its file here, its name in
the list below, its real file in ``tests/io``. May import ``text`` and ``files``.
"""

from ...catalogue import Catalogue
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
from ._format import Format

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
