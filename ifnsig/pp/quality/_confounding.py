"""Batches against visits, arms and groups, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import listing
from ...stats.design import confounding

Labels = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a design. ``severity`` is ``"fatal"``, ``"warning"`` or ``"note"``."""

    severity: str
    flag: str
    sentence: str
    effect: str = ""
    samples: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    r2: float = float("nan")
    vif: float = float("nan")


def ordered_levels(cells: Labels) -> list[str]:
    """Labels in the order of their numbers where all are numbers, else as they come."""
    found = [label for label in dict.fromkeys(cells.tolist()) if label]
    try:
        return sorted(found, key=float)
    except ValueError:
        return found


def visit_findings(
    batch: Labels, visit: Labels, patient: Labels | None, baseline: str | None
) -> Iterator[Finding]:
    """Every pair of visits (of the baseline and another, where there is one) against the batches."""
    levels = ordered_levels(visit)
    pairs = (
        [(baseline, level) for level in levels if level != baseline] if baseline else combinations(levels, 2)
    )
    for before, after in pairs:
        rows = np.isin(visit, [before, after]) & (batch != "")
        if patient is not None:
            both = set(patient[rows & (visit == before)]) & set(patient[rows & (visit == after)]) - {""}
            rows &= np.isin(patient, list(both))
        factors = [batch[rows]] if patient is None else [batch[rows], patient[rows]]
        what = f"change from {before} to {after}"
        yield from _judged(f"visit: {after} - {before}", what, visit, batch, rows, (before, after), factors)


def level_findings(batch: Labels, column: str, cells: Labels) -> Iterator[Finding]:
    """Every pair of levels of an arm or a group against the batches."""
    for one, two in combinations(ordered_levels(cells), 2):
        rows = np.isin(cells, [one, two]) & (batch != "")
        what = f"difference between {column} {one} and {two}"
        yield from _judged(f"{column}: {two} - {one}", what, cells, batch, rows, (one, two), [batch[rows]])


def _judged(
    effect: str,
    what: str,
    cells: Labels,
    batch: Labels,
    rows: NDArray[np.bool_],
    pair: tuple[str, str],
    factors: Sequence[Labels],
) -> Iterator[Finding]:
    if len(set(cells[rows])) < 2 or len(set(batch[rows])) < 2:
        return
    found = confounding(cells[rows] == pair[1], *factors)
    if found.complete:
        where = "; ".join(f"{level} in {_tally(batch[rows & (cells == level)])}" for level in pair)
        yield Finding(
            "fatal", "BATCH_CONFOUNDED",
            f"The {what} cannot be told from the batches ({where}): R2 1, VIF infinite. No correction can mend this;"
            " only samples of both in one batch can.",
            effect, r2=found.r2, vif=found.vif,
        )  # fmt: skip
    elif found.partial:
        yield Finding(
            "warning", "BATCH_PARTIAL",
            f"The {what} goes partly with the batches: R2 {found.r2:.2f}, VIF {found.vif:.2f}. A batch effect biases it"
            f" unless batch is in the model, where its standard error is {np.sqrt(found.vif):.2f} times as large.",
            effect, r2=found.r2, vif=found.vif,
        )  # fmt: skip


def _tally(found: Labels) -> str:
    counts = pd.Series(found).value_counts(sort=False)
    return listing(f"{name} ({count})" for name, count in counts.items())


def batch_findings(batch: Labels, patient: Labels | None, samples: Sequence[str]) -> Iterator[Finding]:
    """Samples without a batch, batches of one, and batches that whole patients fall into."""
    if (missing := batch == "").any():
        names = tuple(np.asarray(samples, dtype=object)[missing])
        yield Finding(
            "warning", "BATCH_MISSING", f"{len(names)} samples have no batch: {listing(names)}. They are not looked at.",
            samples=names,
        )  # fmt: skip
    levels = [level for level in dict.fromkeys(batch.tolist()) if level]
    for level in levels if len(levels) > 1 else []:
        if (batch == level).sum() == 1:
            name = str(np.asarray(samples, dtype=object)[batch == level][0])
            yield Finding(
                "note", "BATCH_SINGLE", f"Batch {level} has one sample only ({name}): its effect cannot be estimated.",
                samples=(name,),
            )  # fmt: skip
    if patient is None or len(levels) < 2:
        return
    known = (patient != "") & ~missing
    each = pd.Series(batch[known]).groupby(patient[known])
    if (each.size() > 1).any() and (each.nunique() == 1).all():
        yield Finding(
            "note", "BATCH_NESTED",
            f"All samples of each patient are in one batch ({len(levels)} batches): changes within patients cancel what a"
            " batch adds, so this is harmless for them. Levels of different patients still differ by batch.",
        )  # fmt: skip
