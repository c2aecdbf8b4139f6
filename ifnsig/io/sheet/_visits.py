"""The order of visits in time: declared, or told by the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NUMBERED = re.compile(r"(?P<word>[^\d+-]*?)[\s._]*(?P<number>[+-]?\d+(\.\d+)?)[\s._]*(?P<after>[^\d]*)$")
DAYS = {
    "hour": 1 / 24, "h": 1 / 24, "hr": 1 / 24, "day": 1.0, "d": 1.0, "week": 7.0, "w": 7.0, "wk": 7.0,
    "month": 30.4375, "m": 30.4375, "mo": 30.4375, "year": 365.25, "y": 365.25, "yr": 365.25,
}  # fmt: skip
"""Words of time in days; a plural counts as its singular."""


def plain_label(label: str) -> str:
    """What is left of a label when case, blanks and punctuation do not count; a sign before a number counts."""
    return re.sub(r"(?!-\d)[^a-z0-9]", "", label.lower())


def visit_numbers(labels: Iterable[str]) -> dict[str, float] | None:
    """A number for every label that orders them in time; None where their names do not tell.

    They tell where all are plain numbers, share one word (``week0``, ``week4``; ``V1``, ``V2``), or are words of time
    (``day 7``, ``month3``), which are turned into days.
    """
    parts = {label: NUMBERED.match(label.strip().lower()) for label in labels}
    found = {label: match for label, match in parts.items() if match is not None}
    if not found or len(found) < len(parts):
        return None
    words = {label: _word(match) for label, match in found.items()}
    numbers = {label: float(match["number"]) for label, match in found.items()}
    if len(set(words.values())) > 1:
        if not all(word in DAYS for word in words.values()):
            return None
        numbers = {label: number * DAYS[words[label]] for label, number in numbers.items()}
    return numbers if len(set(numbers.values())) == len(numbers) else None


def _word(match: re.Match[str]) -> str:
    """``"weeks "`` before or after the number -> ``"week"``; several words stay as they are."""
    before, after = match["word"].strip(" ._"), match["after"].strip(" ._")
    word = before if not after else after if not before else f"{before} {after}"
    return word.removesuffix("s") if word.removesuffix("s") in DAYS else word


def order_visits(labels: Sequence[str], baseline: str) -> list[str] | None:
    """The visits after the baseline in their order in time; None where their names do not tell.

    Where the baseline's name has a number of the same kind, visits before it (screening) are left out.
    """
    others = [label for label in dict.fromkeys(labels) if label and label != baseline]
    if not others:
        return []
    if (numbers := visit_numbers([baseline, *others])) is not None:
        return sorted(
            (label for label in others if numbers[label] > numbers[baseline]), key=numbers.__getitem__
        )
    if (numbers := visit_numbers(others)) is not None and not any(
        character.isdigit() for character in baseline
    ):
        return sorted(others, key=numbers.__getitem__)
    return None


def out_of_order(visits: Sequence[str]) -> list[str] | None:
    """The visits in the order of their numbers, where the declared order is another one; else None."""
    numbers = visit_numbers(visits)
    if numbers is None:
        return None
    ordered = sorted(visits, key=numbers.__getitem__)
    return ordered if ordered != list(visits) else None
