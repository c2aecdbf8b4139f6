"""Numbers in, numbers out: tests of change, AUC, correlation, suppression. Knows no tables or labels."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import (
        adjusted,
        agreement,
        ancova,
        arm_visits,
        association_power,
        correlation,
        cutoff,
        design,
        dose_response,
        expression_filter,
        flags,
        gene_sets,
        logistic,
        maxt,
        mixed,
        mixture,
        moderated,
        moderated_visits,
        multiplicity,
        negative_control,
        ordinal,
        paired,
        pooling,
        power,
        random_sets,
        regression,
        regression_to_mean,
        repeated,
        retest,
        roc,
        suppression,
        survival,
        visits,
        youden,
    )
    from .flags import FATAL, FLAGS
    from .paired import excluded_effect

__all__ = [
    "FATAL",
    "FLAGS",
    "adjusted",
    "agreement",
    "ancova",
    "arm_visits",
    "association_power",
    "correlation",
    "cutoff",
    "design",
    "dose_response",
    "excluded_effect",
    "expression_filter",
    "flags",
    "gene_sets",
    "logistic",
    "maxt",
    "mixed",
    "mixture",
    "moderated",
    "moderated_visits",
    "multiplicity",
    "negative_control",
    "ordinal",
    "paired",
    "pooling",
    "power",
    "random_sets",
    "regression",
    "regression_to_mean",
    "repeated",
    "retest",
    "roc",
    "suppression",
    "survival",
    "visits",
    "youden",
]

_INSIDE = {"FATAL": "flags", "FLAGS": "flags", "excluded_effect": "paired"}


def __getattr__(name: str) -> Any:
    """Modules are imported when they are asked for: scipy.stats, which most of them need, takes half a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_INSIDE.get(name, name)}")
    return getattr(module, name) if name in _INSIDE else module


def __dir__() -> list[str]:
    return sorted(__all__)
