"""What the statistics refuse for one signature, arm or donor: a row that says why, never the end of a table."""

from __future__ import annotations

import re

import numpy as np

from ..errors import DesignError

REFUSALS: tuple[type[Exception], ...] = (DesignError, np.linalg.LinAlgError)
"""Faults of the data of one row."""


def reason_of(fault: Exception) -> str:
    """The sentence of a fault without the code that it begins with."""
    if isinstance(fault, np.linalg.LinAlgError):
        return f"The fit broke down ({fault})."
    return re.sub(r"^[A-Z][A-Z0-9_]+: ", "", str(fault))
