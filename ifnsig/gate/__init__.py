"""The gate: what any reader yields and what any verb is handed passes the same checks.

==================  ==========================================================================================
``matrix``          the values of an AnnData that a verb is handed: numbers, unique names, no totals, a fitting unit
``admit``           what a reader of ``ifnsig.io`` yields, whatever its format
``identity``        which column names the genes; row numbers are no Entrez ids
``composite``       ids of several parts, by one table of patterns
``names``           what kind of name a gene has, by its form
``annotation``      columns that are no samples, by their names and by what they hold
``totals``          rows that are no genes
``values``          cells that are no numbers
``structure``       sparse matrices whose parts do not fit each other, in memory, on disk and as Dask
``chunks``          chunks that a zarr store lacks, which zarr would read as zeros
``contradiction``   units that the object itself contradicts
``gene_table``      the names of the human genes
==================  ==========================================================================================
"""

from .handed import RAW, matrix, raw_slot, refuse_doubled, refuse_frame

__all__ = ["RAW", "matrix", "raw_slot", "refuse_doubled", "refuse_frame"]
