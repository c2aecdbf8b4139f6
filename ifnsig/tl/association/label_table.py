"""All labels of a patient side by side, with what was missing and which of them are at odds."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from ... import get, keys
from ...doors import say
from ...errors import ParameterError

if TYPE_CHECKING:
    from anndata import AnnData

MISSING = "MISSING_INPUT: "


def label_table(change: AnnData) -> pd.DataFrame:
    """One row a patient and follow-up, one column a response that ``tl.respond`` wrote.

    A label is favourable or unfavourable where the record of its measure says so (``Response.favourable``), and takes no
    side otherwise. Two labels are at odds if one is favourable and the other unfavourable, or if both measures could give
    a favourable label (or an unfavourable one) and only one does; that is asked among measures that speak of the same
    (``Response.kind``: a change, a state, a risk), so a patient who improved and is still active is not at odds. That is
    shown, and nothing is made of it.

    Returns
    -------
    DataFrame
        ``patient``, ``visit``, one column a response (empty: no label), ``favourable``, ``unfavourable`` (names of
        the responses), ``discordant`` (``"yes"``, ``"no"``, empty where no two labels can be compared), ``missing``
        (inputs, by response) and ``notes`` (other reasons, by response).

    Raises
    ------
    ParameterError
        No response was computed.
    """
    about: dict[str, Any] = keys.read_field(change, keys.FIELD_RESPONSES) or {}
    if not about:
        raise ParameterError(
            "There are no labels yet: "
            + say(python="call tl.respond first", command="compute responses first")
            + ", once for each measure."
        )
    long = get.response_table(change)
    rows = [
        {"patient": patient, "visit": visit, **_row(part.set_index("measure"), about)}
        for (patient, visit), part in long.groupby(["patient", "visit"], sort=False)
    ]
    return pd.DataFrame(rows)


def _row(part: pd.DataFrame, about: dict[str, Any]) -> dict[str, str]:
    """The labels of one patient and visit, and what they say together."""
    labels = {name: str(part.loc[name, "label"]) for name in about}
    good, bad = (
        [name for name, facts in about.items() if labels[name] in facts[side]]
        for side in ("favourable", "unfavourable")
    )
    missing, notes = [], []
    for name in about:
        reason = str(part.loc[name, "reason"])
        if reason.startswith(MISSING):
            missing.append(f"{name}: {reason.removeprefix(MISSING)}")
        elif reason:
            notes.append(f"{name}: {reason}")
    return {
        **labels, "favourable": ", ".join(good), "unfavourable": ", ".join(bad), "discordant": _at_odds(labels, about),
        "missing": "; ".join(missing), "notes": "; ".join(notes),
    }  # fmt: skip


def _at_odds(labels: dict[str, str], about: dict[str, Any]) -> str:
    """Whether any two labels of one kind are at odds; empty where no two can be compared."""
    able = [
        (facts["kind"], facts, labels[name])
        for name, facts in about.items()
        if labels[name] and (facts["favourable"] or facts["unfavourable"])
    ]
    compared = [_differ(one, other) for one, other in combinations(able, 2) if one[0] == other[0]]
    return "" if not compared else "yes" if any(compared) else "no"


def _differ(one: tuple[str, dict[str, Any], str], other: tuple[str, dict[str, Any], str]) -> bool:
    """Two labels at odds: opposite sides, or one side that both measures have and one label takes."""
    (_, first, mine), (_, second, yours) = one, other
    opposite = (mine in first["favourable"] and yours in second["unfavourable"]) or (
        mine in first["unfavourable"] and yours in second["favourable"]
    )
    return opposite or any(
        first[side] and second[side] and (mine in first[side]) != (yours in second[side])
        for side in ("favourable", "unfavourable")
    )
