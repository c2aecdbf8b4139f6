"""Numbers in, numbers out: tests of change, AUC, correlation, suppression. Knows no tables or labels."""

from . import (
    adjusted,
    agreement,
    ancova,
    correlation,
    cutoff,
    design,
    dose_response,
    flags,
    gene_sets,
    maxt,
    mixed,
    mixture,
    moderated,
    moderated_visits,
    multiplicity,
    paired,
    power,
    regression_to_mean,
    roc,
    suppression,
    visits,
)
from .flags import FATAL, FLAGS
from .paired import excluded_effect

__all__ = [
    "FATAL", "FLAGS", "adjusted", "agreement", "ancova", "correlation", "cutoff", "design", "dose_response",
    "excluded_effect", "flags", "gene_sets", "maxt", "mixed", "mixture", "moderated", "moderated_visits", "multiplicity",
    "paired", "power", "regression_to_mean", "roc", "suppression", "visits",
]  # fmt: skip
