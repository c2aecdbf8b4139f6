"""The visits of a draft: which is before treatment, and which come after it."""

from __future__ import annotations

import re

from ...errors import listing
from ...io import order_visits
from ...io.sheet._visits import DAYS, plain_label, visit_numbers
from ._entries import Entry, question, remark

BEFORE = frozenset({"baseline", "bl", "base", "pre", "pretreatment", "before", "beforetreatment"})
"""Names of a visit before treatment, in small letters without punctuation."""

MOST_LABELS = 20
"""Labels of a column that tells groups, arms or visits apart."""


def order_of(there: list[str]) -> list[Entry]:
    """The baseline, by its name or as time 0, and the visits after it; a question where names do not tell."""
    first = [visit for visit in there if plain_label(visit) in BEFORE] or [
        visit for visit in there if _is_zero(visit)
    ]
    named = listing(there, shown=MOST_LABELS)
    if len(first) == 1:
        return [Entry("baseline", first[0], f"by its name, of {named}"), *_after(there, first[0])]
    asked = question("baseline", f"which of {named} is before treatment?", there)
    if visit_numbers(there) is not None:
        return [asked, remark("followup: all visits after the baseline, by the numbers in their names.")]
    return [asked, _which_follow(there)]


def _after(there: list[str], first: str) -> list[Entry]:
    others = [visit for visit in there if visit != first]
    found = order_visits(there, first) or (others if len(others) == 1 else [])
    if not found:
        return [_which_follow(others)]
    entries = [Entry("followup", found, "in their order, by their names")]
    if len(found) > 1:
        entries.append(Entry("primary_followup", found[0], "of the one primary test: choose before you look"))
    return entries


def _which_follow(there: list[str]) -> Entry:
    text = f"which of {listing(there, shown=MOST_LABELS)} come after the baseline, in their order?"
    return question("followup", text, there, "labels")


def _is_zero(visit: str) -> bool:
    """``week 0``, ``d0`` or ``0``; not ``V0``, which numbers no time."""
    word = re.sub(r"[^a-z]", "", visit.lower())
    return visit_numbers([visit]) == {visit: 0.0} and (
        word in DAYS or word.removesuffix("s") in DAYS or not word
    )
