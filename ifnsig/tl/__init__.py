"""The verbs: score, change, test_change, respond, associate."""

from ._events import Event
from .associate import associate
from .change import change
from .genes import controls_reference, gene_table, signature_genes
from .respond import respond
from .score import score
from .test_change import test_change

__all__ = [
    "Event", "associate", "change", "controls_reference", "gene_table", "respond", "score", "signature_genes", "test_change",
]  # fmt: skip
