"""Labels of one patient side by side, in the report; and what is known of a response."""

from __future__ import annotations

from typing import Any

from ..page.cells import Cell, View, make_view
from ..page.words import known, text
from ..responses import RESPONSES
from ._results import Results

Views = list[tuple[str, View]]
ABOUT = (
    "One column a response. + stands before a label that its source counts as favourable, \N{MINUS SIGN} before an"
    " unfavourable one; other labels take no side. Labels at odds are shown, not resolved: the definitions ask different"
    " things. A change and a state are not compared: who improved may still be active. Where there is no label, what was"
    " missing is beside it."
)
MOST_OPEN = 12
BESIDE = ("patient", "visit", "favourable", "unfavourable", "discordant", "missing", "notes")


def measure(results: Results, name: str) -> dict[str, Any] | None:
    """What is known of a response: as the study wrote it down, else as the catalogue has it, else None."""
    written = results.provenance.get("responses", {}).get(results.primary.method) or {}
    if "title" in written.get(name, {}):
        return dict(written[name])
    record = known(RESPONSES, name)
    return record.facts if record else None


def is_graded(record: dict[str, Any] | None) -> bool:
    """Whether the number of a response says more than its class."""
    return record is None or list(record["scale"]) != [0, len(record["classes"]) - 1]


def labels(results: Results) -> Views:
    """Patients whose labels are at odds stand open where they are few; all are folded below."""
    table = results.table("labels")
    rows = table.to_dict("records")
    names = [str(column) for column in table.columns if column not in BESIDE]
    odd = [row for row in rows if row["discordant"] == "yes"]
    folded = f"Labels at odds ({len(odd)} of {len(rows)})" if len(odd) > MOST_OPEN else ""
    views: Views = [(folded, _view(odd, names))] if odd else []
    return [*views, (f"Labels of every patient ({len(odd)} of {len(rows)} at odds)", _view(rows, names))]


def _view(rows: list[dict[str, Any]], names: list[str]) -> View:
    heads = [
        ("patient", ""),
        ("visit", ""),
        *((name, "") for name in names),
        ("at odds", ""),
        ("missing", ""),
    ]
    return make_view(heads, [_row(row, names) for row in rows])


def _row(row: dict[str, Any], names: list[str]) -> list[Cell]:
    sides = dict.fromkeys(str(row["favourable"]).split(", "), "+\N{NO-BREAK SPACE}")
    sides |= dict.fromkeys(str(row["unfavourable"]).split(", "), "\N{MINUS SIGN}\N{NO-BREAK SPACE}")
    shown = [f"{sides.get(name, '')}{row[name]}" if row[name] else text("") for name in names]
    lacking = "; ".join(part for part in (str(row["missing"]), str(row["notes"])) if part)
    cells = [
        str(row["patient"]),
        str(row["visit"]),
        *shown,
        str(row["discordant"]) or text(""),
        lacking or text(""),
    ]
    return [Cell(cell) for cell in cells]
