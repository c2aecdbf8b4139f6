"""Study days of samples: numbers as they are, or dates, counted from each patient's own baseline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from ...errors import SampleSheetError

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?$")
SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?)?$")
"""``03/04/2024`` and ``03-04-2024``, with or without a time: only other cells of the column can tell which is the day."""

ZONED = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}")
"""A date with a time, of which the date is taken as it is written, whatever the time zone."""
FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d", "%Y%m%d",
         "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d%b%Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y")  # fmt: skip
"""Dates that can be read in one way only."""


def read_day(cell: str) -> float | date | None:
    """A study day or a date; None where it is neither. ``03/04/2024`` needs its column, see :func:`read_days`."""
    if NUMBER.match(cell) and not (len(cell) == 8 and _date(cell)):
        return float(cell.replace(",", "."))
    return _date(cell)


def _date(cell: str) -> date | None:
    if ZONED.match(cell):
        try:
            return datetime.fromisoformat(cell).date()
        except ValueError:
            return None
    for form in FORMS:
        try:
            return datetime.strptime(cell, form).date()
        except ValueError:
            continue
    return None


def day_comes_first(cells: Sequence[str]) -> bool:
    """Whether ``03/04/2024`` is the third of April in this column.

    Raises
    ------
    SampleSheetError
        Both ways fit every cell, or neither does.
    """
    found = [match for cell in cells if (match := SLASHED.match(cell))]
    day_first = all(int(match[3]) <= 12 for match in found)
    month_first = all(int(match[1]) <= 12 for match in found)
    if day_first != month_first or not found:
        return day_first
    why = "can be day/month or month/day" if day_first else "are partly day/month, partly month/day"
    raise SampleSheetError(f"dates such as {found[0][0]!r} {why}: write them as 2024-01-31")


def read_days(cells: Sequence[str]) -> list[float | date | None]:
    """Every cell as a study day or a date, None where empty or neither.

    Raises
    ------
    SampleSheetError
        Slashed dates that can be read in two ways or are no dates, or numbers and dates in one column.
    """
    day_first = day_comes_first(cells)
    days = [_slashed(cell, day_first) if SLASHED.match(cell) else read_day(cell) for cell in cells]
    dates = [isinstance(day, date) for day in days if day is not None]
    if any(dates) and not all(dates):
        number = next(cell for cell, day in zip(cells, days, strict=True) if isinstance(day, float))
        other = next(cell for cell, day in zip(cells, days, strict=True) if isinstance(day, date))
        raise SampleSheetError(f"numbers ({number!r}) and dates ({other!r}) are mixed: use one of them")
    return days


def _slashed(cell: str, day_first: bool) -> date:
    first, _, second, year = SLASHED.match(cell).groups()  # type: ignore[union-attr]
    day, month = (first, second) if day_first else (second, first)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise SampleSheetError(f"{cell!r} is no date") from None


def since_baseline(
    days: Sequence[float | date | None], patients: Sequence[str], at_baseline: Sequence[bool]
) -> list[float]:
    """Days since the patient's baseline: dates are counted from its (first) date, study days stay as they are.

    NaN where the day is missing, or a date has no date of the patient's baseline to be counted from.
    """
    start: dict[str, date] = {}
    for day, who, first in zip(days, patients, at_baseline, strict=True):
        if first and isinstance(day, date):
            start[who] = min(day, start.get(who, day))
    return [
        float("nan") if day is None
        else day if isinstance(day, float)
        else float((day - start[who]).days) if who in start
        else float("nan")
        for day, who in zip(days, patients, strict=True)
    ]  # fmt: skip
