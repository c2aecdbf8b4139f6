"""Make a matrix fit to score: gene names, coverage, units, normalisation, design, quality, references."""

from ..gate.gene_table import GeneTable, gene_table
from ..gate.names import namespace_hint
from ._gene_moments import gene_moments, gene_values
from .identity.coverage import coverage, find_coverage
from .identity.genes import map_genes
from .identity.reduced import ReducedSet, reduced_set_correlation
from .normalization._frozen import Normalization
from .normalization._methods import NORMALIZATIONS
from .normalization.normalize import fit_normalization, normalize
from .normalization.units import convert
from .pseudobulk import pseudobulk
from .quality.batch import combat
from .quality.design import check_design
from .quality.qc import qc
from .reference import fit_reference

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
