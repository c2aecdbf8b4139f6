"""The verbs: score, call_positive, change, test_change, specificity, respond, associate."""

from ._events import Event
from ._outcomes import read_outcome
from .associate import associate
from .change import change
from .genes import declared_controls, gene_table, signature_genes
from .positive import call_positive
from .respond import respond
from .score import score
from .specificity import specificity, specificity_sets
from .test_change import test_change

__all__ = [
    "Event", "associate", "call_positive", "change", "declared_controls", "gene_table", "read_outcome", "respond", "score",
    "signature_genes", "specificity", "specificity_sets", "test_change",
]  # fmt: skip
