"""Ids that a person takes for one: what two of them alone differ in, between two tables and within one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable

from ...errors import listing

UNSEEN: dict[str, Callable[[str], str]] = {
    "the form of its letters (Unicode NFC and NFD)": lambda text: unicodedata.normalize("NFC", text),
    "a space": lambda text: "".join(text.split()),
    "a mark without width": lambda text: "".join(
        mark for mark in text if unicodedata.category(mark) not in ("Cf", "Cc")
    ),
    "small and capital letters": str.casefold,
}
"""In words what is hardly seen, and a text without it."""


def between(ours: Collection[str], theirs: Collection[str], here: str, there: str) -> str:
    """What to say of ids of one table that are nearly those of another; ``""`` where none is.

    Parameters
    ----------
    ours, theirs
        Ids that the other table does not have.
    here, there
        The tables, in words.
    """
    plain = {_plain(i): i for i in theirs}
    alike = [(i, plain[_plain(i)]) for i in ours if _plain(i) and _plain(i) in plain]
    if not alike:
        return ""
    first, second = alike[0]
    if how := _only_in(first, second):
        return f"{len(alike)} ids are alike but for this: {first!a} in {here} is {second!a} in {there} but for {how}."
    return (
        f"{len(alike)} ids differ only in punctuation, case, the form of their letters or a leading X ({first!r} and"
        f" {second!r}). R's make.names does that, or one program writes accents as marks of their own."
    )


def within(ids: Iterable[str], column: str) -> list[str]:
    """What to say of ids of one column that differ in nothing that is seen, or in case alone."""
    known: dict[str, str] = {}
    alike = []
    for one in dict.fromkeys(ids):
        if (other := known.setdefault(_bare(one), one)) != one:
            how = _only_in(one, other) or "what is not seen"
            alike.append(f"{other!a} and {one!a} (but for {how})")
    if not alike:
        return []
    return [
        f"Column {column!r} has {len(alike)} ids that are alike: {listing(alike)}. They count as different ones; write each"
        " in one way if they are not."
    ]


def _only_in(one: str, other: str) -> str:
    return next((how for how, without in UNSEEN.items() if without(one) == without(other)), "")


def _bare(identifier: str) -> str:
    """An id without all that is hardly seen."""
    for without in UNSEEN.values():
        identifier = without(identifier)
    return identifier


def _plain(identifier: str) -> str:
    """What is left of an id when punctuation, case, accents and the X that R puts before a digit do not count."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", identifier.lower()) if mark.isalnum())
    return re.sub(r"^x(?=\d)", "", bare)
