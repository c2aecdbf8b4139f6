"""Visits that a call declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..doors import column_named
from ..errors import DesignError, listing, suggestion
from ..labels import label


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
