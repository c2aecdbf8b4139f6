"""Make a matrix fit to score: gene names, coverage, log expression, references."""

from ._gene_table import GeneTable, gene_table
from ._names import namespace_hint
from .coverage import coverage, find_coverage
from .genes import map_genes
from .normalize import normalize
from .reference import fit_reference

__all__ = [
    "GeneTable",
    "coverage",
    "find_coverage",
    "fit_reference",
    "gene_table",
    "map_genes",
    "namespace_hint",
    "normalize",
]
