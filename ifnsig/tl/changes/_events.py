"""Rescue, discontinuation and death: what happens to a patient's visits afterwards, by a declared rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from ...checks import column_in, one_of
from ...doors import column_named
from ...errors import DesignError, listing
from ...labels import label, labels

Rule = Literal["treatment_policy", "hypothetical", "while_on_treatment", "non_responder"]
RULES: tuple[str, ...] = get_args(Rule)


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event.

    ``column`` of the sheet holds the visit from which it holds (empty: never happened). ``rule`` is the estimand, what
    is asked about these visits (ICH E9(R1)):

    - ``"treatment_policy"``: scores and responses as they were measured, whatever happened;
    - ``"hypothetical"``: as if it had not happened; these visits are left out, which takes them as missing at random;
    - ``"while_on_treatment"``: the last visit before the event stands for these visits;
    - ``"non_responder"``: scores as they were measured; the patient counts as not responding, also without a sample.
    """

    column: str
    rule: Rule

    def __post_init__(self) -> None:
        one_of(self.rule, RULES, name="rule", function="Event")


def read_events(
    obs: pd.DataFrame, sheet: pd.DataFrame, events: Sequence[Event], visits: list[str]
) -> dict[str, dict[str, Event]]:
    """For each patient, the event that holds at each visit. The event declared first wins.

    Raises
    ------
    DesignError
        A cell is not a declared visit, or one patient has two.
    """
    happened: dict[str, dict[str, Event]] = {}
    for event in events:
        column_in(event.column, obs.columns, name="events", function="tl.change")
        cells = labels(obs[event.column]).iloc[sheet["position"].to_numpy()]
        for who, values in cells.groupby(sheet["patient"].to_numpy(), sort=False):
            onsets = {label(value) for value in values} - {None}
            if strange := sorted(str(v) for v in onsets - set(visits)):
                raise DesignError(
                    f"{column_named(event.column)} of patient {who} holds {listing(strange)}; it must be empty or one of the"
                    f" declared visits {', '.join(visits)}."
                )
            if len(onsets) > 1:
                raise DesignError(
                    f"{column_named(event.column)} of patient {who} names several visits: "
                    f"{listing(sorted(map(str, onsets)))}."
                )
            for onset in onsets:
                for visit in visits[visits.index(str(onset)) :]:
                    happened.setdefault(str(who), {}).setdefault(visit, event)
    return happened
