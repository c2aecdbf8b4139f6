"""Make a matrix fit to score: gene names, coverage, log expression, references."""

from ._gene_table import GeneTable, gene_table
from ._names import namespace_hint
from .coverage import coverage, find_coverage
from .genes import map_genes
from .normalize import normalize
from .reduced import ReducedSet, reduced_set_correlation
from .reference import fit_reference

__all__ = [
    "GeneTable",
    "ReducedSet",
    "coverage",
    "find_coverage",
    "fit_reference",
    "gene_table",
    "map_genes",
    "namespace_hint",
    "normalize",
    "reduced_set_correlation",
]
