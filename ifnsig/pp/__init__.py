"""Make a matrix fit to score: gene names, coverage, units, normalisation, design, quality, references."""

from ..gate.gene_table import GeneTable, gene_table
from ..gate.names import namespace_hint
from ._gene_moments import gene_moments, gene_values
from ._normalization import Normalization
from ._normalization_methods import NORMALIZATIONS
from .batch import combat
from .coverage import coverage, find_coverage
from .design import check_design
from .genes import map_genes
from .normalize import fit_normalization, normalize
from .pseudobulk import pseudobulk
from .qc import qc
from .reduced import ReducedSet, reduced_set_correlation
from .reference import fit_reference
from .units import convert

__all__ = [
    "NORMALIZATIONS",
    "GeneTable",
    "Normalization",
    "ReducedSet",
    "check_design",
    "combat",
    "convert",
    "coverage",
    "find_coverage",
    "fit_normalization",
    "fit_reference",
    "gene_moments",
    "gene_table",
    "gene_values",
    "map_genes",
    "namespace_hint",
    "normalize",
    "pseudobulk",
    "qc",
    "reduced_set_correlation",
]
