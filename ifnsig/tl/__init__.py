"""The verbs: score, call_positive, change and its tests, suppression, specificity, respond, associate."""

from ._events import Event
from ._outcomes import read_outcome
from ._tidy import acknowledge
from .associate import associate
from .change import change
from .gene_changes import gene_changes, leading_edge
from .gene_set_changes import gene_set_changes, prerank
from .genes import declared_controls, gene_table, signature_genes
from .planning import plan_auc, plan_pairs
from .positive import call_positive
from .random_scores import random_scores
from .respond import respond
from .score import score
from .several_visits import test_visits
from .specificity import specificity, specificity_sets
from .suppression import suppression
from .test_change import test_change
from .time_course import time_course
from .two_arms import test_arms

__all__ = [
    "Event",
    "acknowledge",
    "associate",
    "call_positive",
    "change",
    "declared_controls",
    "gene_changes",
    "gene_set_changes",
    "gene_table",
    "leading_edge",
    "plan_auc",
    "plan_pairs",
    "prerank",
    "random_scores",
    "read_outcome",
    "respond",
    "score",
    "signature_genes",
    "specificity",
    "specificity_sets",
    "suppression",
    "test_arms",
    "test_change",
    "test_visits",
    "time_course",
]
