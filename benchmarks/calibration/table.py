"""All methods under calibration, in the order of the page."""

from __future__ import annotations

from . import adjusted, genes, measurement, several_visits, two_groups, two_visits, verbs, verdicts
from .entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *two_visits.ENTRIES, *several_visits.ENTRIES, *genes.ENTRIES, *two_groups.ENTRIES, *adjusted.ENTRIES, *measurement.ENTRIES,
    *verbs.ENTRIES, *verdicts.ENTRIES,
)  # fmt: skip

REMARKS: dict[str, str] = {entry.method: entry.remark for entry in ENTRIES}
