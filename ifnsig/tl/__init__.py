"""The verbs: score, call, change and its tests, suppression, in vitro, agreement, specificity, respond, associate."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._events import Event
    from ._outcomes import read_outcome
    from ._tidy import acknowledge
    from .agreement import agreement
    from .associate import associate
    from .change import change
    from .compare_scores import compare_scores
    from .count_changes import count_changes
    from .gene_agreement import gene_agreement
    from .gene_changes import gene_changes, leading_edge
    from .gene_set_changes import gene_set_changes, prerank
    from .genes import declared_controls, gene_table, signature_genes
    from .in_vitro import dose_response, drug_effect
    from .labels import label_table
    from .pair_visits import pair_visits
    from .planning import pilot_numbers, plan_auc, plan_pairs
    from .pool import pool
    from .positive import call_positive
    from .predictive import predictive
    from .random_scores import random_scores
    from .rank_tables import rank_dispersion, rank_permutation_p
    from .respond import respond
    from .retest import retest
    from .score import score
    from .score_groups import score_groups
    from .several_visits import test_visits
    from .specificity import specificity, specificity_sets
    from .suppression import suppression
    from .survival_curves import survival_curves
    from .test_change import test_change
    from .time_course import time_course
    from .two_arms import test_arms

__all__ = [
    "Event",
    "acknowledge",
    "agreement",
    "associate",
    "call_positive",
    "change",
    "compare_scores",
    "count_changes",
    "declared_controls",
    "dose_response",
    "drug_effect",
    "gene_agreement",
    "gene_changes",
    "gene_set_changes",
    "gene_table",
    "label_table",
    "leading_edge",
    "pair_visits",
    "pilot_numbers",
    "plan_auc",
    "plan_pairs",
    "pool",
    "predictive",
    "prerank",
    "random_scores",
    "rank_dispersion",
    "rank_permutation_p",
    "read_outcome",
    "respond",
    "retest",
    "score",
    "score_groups",
    "signature_genes",
    "specificity",
    "specificity_sets",
    "suppression",
    "survival_curves",
    "test_arms",
    "test_change",
    "test_visits",
    "time_course",
]

_ELSEWHERE = {
    "Event": "_events",
    "acknowledge": "_tidy",
    "call_positive": "positive",
    "declared_controls": "genes",
    "dose_response": "in_vitro",
    "drug_effect": "in_vitro",
    "gene_table": "genes",
    "label_table": "labels",
    "leading_edge": "gene_changes",
    "pilot_numbers": "planning",
    "plan_auc": "planning",
    "plan_pairs": "planning",
    "prerank": "gene_set_changes",
    "rank_dispersion": "rank_tables",
    "rank_permutation_p": "rank_tables",
    "read_outcome": "_outcomes",
    "signature_genes": "genes",
    "specificity_sets": "specificity",
    "test_arms": "two_arms",
    "test_visits": "several_visits",
}
"""Verbs that are not in the module of their own name."""


class _Verbs(ModuleType):
    """Imports a verb when it is first asked for: scoring does not wait for the statistics of the others.

    Python sets an attribute for every module of a package; here the name of a verb always stands for the verb.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(
            name, getattr(value, name) if isinstance(value, ModuleType) and name in __all__ else value
        )

    def __getattr__(self, name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, name)}"), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted(__all__)


sys.modules[__name__].__class__ = _Verbs
