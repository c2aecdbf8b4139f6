"""Numbers in, numbers out: tests of change, AUC, correlation, suppression. Knows no tables or labels."""

from . import (
    correlation,
    cutoff,
    flags,
    maxt,
    moderated,
    multiplicity,
    paired,
    regression_to_mean,
    roc,
    suppression,
)
from .flags import FLAGS
from .paired import excluded_effect

__all__ = [
    "FLAGS", "correlation", "cutoff", "excluded_effect", "flags", "maxt", "moderated", "multiplicity",
    "paired", "regression_to_mean", "roc", "suppression",
]  # fmt: skip
