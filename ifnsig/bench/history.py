"""What got slower since an earlier run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import TableError, UsageError
from ..parsing import json_of
from ..places import existing


def read_results(path: str | Path) -> dict[str, Any]:
    """Results of an earlier run.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        It is no file of results.
    """
    existing(Path(path), "results file")
    try:
        found = json_of(Path(path))
        if not all({"name", "ratios"} <= set(row) for row in found["rows"]):
            raise KeyError
    except (UsageError, KeyError, TypeError):
        raise TableError(
            f"{str(path)!r} does not hold results of ifnsig bench. Write them with --output FILE.json."
        ) from None
    return dict(found)


def slower(new: dict[str, Any], old: dict[str, Any], limit: float) -> list[str]:
    """What got slower by more than ``limit`` times, in words.

    Compared is what does not depend on the machine: our CPU seconds over those of each peer, and, of a work without a
    peer in both runs, over one read of its matrix.
    """
    before = {row["name"]: row for row in old["rows"]}
    out = []
    for row in new["rows"]:
        was = before.get(row["name"])
        if was is None:
            continue
        common = set(row["ratios"]) & set(was["ratios"])
        for peer in sorted(common):
            then, now = was["ratios"][peer]["cpu"], row["ratios"][peer]["cpu"]
            if then > limit * now:
                out.append(f"{row['name']}: {then:.2f} times faster than {peer} before, {now:.2f} times now")
        then, now = was.get("floor_multiple"), row.get("floor_multiple")
        if not common and then and now and now > limit * then:
            out.append(f"{row['name']}: {then:.1f} times one read of the matrix before, {now:.1f} times now")
    return out


def compared(new: dict[str, Any], old: dict[str, Any]) -> int:
    """How many works are in both runs."""
    return len({row["name"] for row in new["rows"]} & {row["name"] for row in old["rows"]})
