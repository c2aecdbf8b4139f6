"""All labels of a patient side by side, with what was missing and which of them are at odds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import get, keys
from ..errors import ParameterError

if TYPE_CHECKING:
    from anndata import AnnData

MISSING = "MISSING_INPUT: "


def label_table(change: AnnData) -> pd.DataFrame:
    """One row a patient and follow-up, one column a response that ``tl.respond`` wrote.

    A label is favourable where the record of its measure says so (``Response.favourable``), else unfavourable; measures
    whose source calls no class so take no side. Labels are at odds where a patient has both at one visit from measures that
    speak of the same (``Response.kind``: a change, a state, a risk); a patient who improved and is still active is not at
    odds. That is shown, and nothing is made of it.

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
        raise ParameterError("There are no labels yet: call tl.respond first, once for each measure.")
    long = get.response_table(change)
    rows = [
        {"patient": patient, "visit": visit, **_row(part.set_index("measure"), about)}
        for (patient, visit), part in long.groupby(["patient", "visit"], sort=False)
    ]
    return pd.DataFrame(rows)


def _row(part: pd.DataFrame, about: dict[str, Any]) -> dict[str, str]:
    """The labels of one patient and visit, and what they say together."""
    labels = {name: str(part.loc[name, "label"]) for name in about}
    taken = {
        name: labels[name] in facts["favourable"]
        for name, facts in about.items()
        if facts["favourable"] and labels[name]
    }
    missing, notes = [], []
    for name in about:
        reason = str(part.loc[name, "reason"])
        if reason.startswith(MISSING):
            missing.append(f"{name}: {reason.removeprefix(MISSING)}")
        elif reason:
            notes.append(f"{name}: {reason}")
    return {
        **labels, "favourable": ", ".join(name for name, good in taken.items() if good),
        "unfavourable": ", ".join(name for name, good in taken.items() if not good),
        "discordant": _at_odds(taken, about), "missing": "; ".join(missing), "notes": "; ".join(notes),
    }  # fmt: skip


def _at_odds(taken: dict[str, bool], about: dict[str, Any]) -> str:
    """Whether labels of one kind take both sides; empty where no kind has two labels."""
    kinds: dict[str, list[bool]] = {}
    for name, good in taken.items():
        kinds.setdefault(about[name]["kind"], []).append(good)
    compared = [sides for sides in kinds.values() if len(sides) > 1]
    return "" if not compared else "yes" if any(len(set(sides)) > 1 for sides in compared) else "no"
