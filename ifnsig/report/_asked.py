"""Sections of the questions that a study may ask beyond the primary one: one entry a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._results import Results
from ._sections import View, flags

Views = list[tuple[str, View]]


@dataclass(frozen=True, slots=True)
class Section:
    """How one table is shown.

    ``chapter`` of the page (``"scored"``, ``"change"``, ``"response"``), ``title``, ``about``: what is shown and how to
    read it. ``views`` makes the tables from the results: each with the words to unfold it, or with none to stand open.
    """

    table: str
    chapter: str
    title: str
    about: str
    views: Callable[[Results], Views]


SECTIONS: tuple[Section, ...] = ()


def asked(results: Results, chapter: str) -> list[dict[str, Any]]:
    """Content of the sections of a chapter that have rows."""
    return [
        {
            "name": section.table, "title": section.title, "about": section.about, "views": section.views(results),
            "flags": flags(results, section.table),
        }
        for section in SECTIONS
        if section.chapter == chapter and results.has(section.table)
    ]  # fmt: skip
