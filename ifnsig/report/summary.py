"""The results in ten lines, for a terminal."""

from __future__ import annotations

from ..page.words import plural
from ..parsing import json_of
from ._findings import findings, flag_notes, scope
from ._results import Results

LINES = 10


def summary(results: Results) -> str:
    """At most ten lines: what was scored, what changed, what it goes with, who was left out, what was not done."""
    answers = [one.sentence for one in findings(results)][1:]  # the scope leads
    tail = [*_left_out(results), *_flags(results), *_skipped(results)]
    room = LINES - 2 - len(tail)
    shown = answers[:room] if len(answers) <= room else [*answers[: room - 1], _more(len(answers) - room + 1)]
    return "\n".join([results.title, scope(results), *shown, *tail]).replace("\N{NO-BREAK SPACE}", " ")


def _more(count: int) -> str:
    return f"{plural(count, 'more finding')} {'is' if count == 1 else 'are'} in the report."


def _left_out(results: Results) -> list[str]:
    tests = results.table("change_tests")
    if tests.empty or "excluded" not in tests:
        return []
    gone = {(row["patient"], row["reason"]) for cell in tests["excluded"] for row in json_of(cell or "[]")}
    if not gone:
        return ["No patient was left out of the comparison of visits."]
    people = sorted({patient for patient, _ in gone})
    return [
        f"Left out of at least one comparison of visits: {', '.join(people[:8])}{' ...' if len(people) > 8 else ''}."
    ]


def _flags(results: Results) -> list[str]:
    codes = [code for code, _ in flag_notes(results)]
    return [f"Flags of the primary rows, explained in the report: {', '.join(codes)}."] if codes else []


def _skipped(results: Results) -> list[str]:
    count = len(results.skipped)
    verb = "is" if count == 1 else "are"
    return [f"{plural(count, 'note')} on what was left out or skipped {verb} in the report."] if count else []
