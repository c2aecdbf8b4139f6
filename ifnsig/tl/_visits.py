"""Visit labels and patients of a sheet, compared as text however they were typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..doors import column_named
from ..errors import DesignError, listing, suggestion


def labels(column: pd.Series) -> pd.Series:
    """A sheet column as text: 4, 4.0 and "4" are one label; missing stays missing (None)."""
    return pd.Series([label(value) for value in column], index=column.index, dtype=object)


def label(value: Any) -> str | None:
    """One cell or argument as a label."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    text = str(value).strip()
    return text or None


def declared(visits: Sequence[Any] | Any, present: pd.Series, *, name: str, column: str) -> list[str]:
    """Declared visit labels, each of which some sample must have.

    Raises
    ------
    DesignError
        A declared visit is on no sample.
    """
    given = [visits] if isinstance(visits, str) or not isinstance(visits, Sequence) else list(visits)
    wanted = [str(label(visit)) for visit in given]
    known = [str(item) for item in pd.unique(present.dropna())]
    for visit in wanted:
        if visit not in known:
            near = suggestion(visit, known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise DesignError(
                f"The {name} visit {visit!r} is on no sample in {column_named(column)}.{hint}"
                f" Visits there: {listing(known, shown=20) or 'none'}."
            )
    return wanted
