"""Flags that a study acknowledges, and those that stop a strict one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import FatalFlagError
from ..questions import TABLES
from ..report import Results
from ..stats.flags import FATAL
from ..tl import acknowledge
from ..tl.wording._table import fatal_rows
from .schema.model import Study
from .state import Run

if TYPE_CHECKING:
    from ..tl.scoring.score import Planned

TESTED = ("p", "p_exact", "p_rank", "p_fwer", "p_holm", "q", "adjusted_p", "interaction_p")


def mark_confounded(results: Results, sentence: str) -> None:
    """Take the tests away from changes that go wholly with a batch: they describe visit and batch together."""
    if not sentence:
        return
    for name in ("change_tests", *(table.name for table in TABLES.values() if table.of_change)):
        if not results.has(name):
            continue
        table = results.table(name).copy()
        for column in TESTED:
            if column in table:
                table[column] = np.nan
        table["role"], table["p_type"] = "descriptive", "none"
        table["flags"] = [f"BATCH_CONFOUNDED;{flags}".rstrip(";") for flags in table["flags"]]
        table["sentence"] = [
            f"{row['signature']}, {row['contrast']}: the difference is {row['estimate']:.3g}, and it cannot be told from a"
            f" batch. {sentence}"
            for row in table.to_dict("records")
        ]
        results.put(name, table)


def acknowledge_flags(results: Results, study: Study) -> None:
    """Write every acknowledgement into the rows that carry its flag; say which flag nobody raised."""
    for item in study.acknowledge:
        raised = False
        for name, table in results.tables().items():
            if "flags" in table and any(item.flag in str(flags).split(";") for flags in table["flags"]):
                results.put(name, acknowledge(table, item.flag, item.reason))
                raised = True
        if not raised:
            results.skipped.append(
                f"{item.flag} is acknowledged in the study file, and no result carries it."
            )


KNOWN = ("COVERAGE_LT_50", "WELLS_AS_REPLICATES")
"""Fatal flags that do not depend on the scores."""


def known_flags(planned: Iterable[Planned], state: Run) -> None:
    """Stop a strict study at the fatal flags that are known before it is scored.

    Raises
    ------
    FatalFlagError
        One of them is not acknowledged.
    """
    rows = [row for item in planned for ready in item.ready for row in ready.coverage]
    covered = pd.DataFrame([{**row, "flags": "COVERAGE_LT_50"} for row in rows if row["status"] == "refused"])
    tables = {name: pd.concat(made) for name, made in state.tables.items()}
    _refuse({"coverage": covered, **tables}, state.study, KNOWN)


def refuse_flags(results: Results, study: Study) -> None:
    """Stop a strict study at its fatal flags, all at once.

    Raises
    ------
    FatalFlagError
        A result carries a fatal flag that the study does not acknowledge.
    """
    if study.strict:
        _refuse(results.tables(), study, FATAL)


def _refuse(tables: Mapping[str, pd.DataFrame], study: Study, codes: Collection[str]) -> None:
    known = [item.flag for item in study.acknowledge] + [code for code in FATAL if code not in codes]
    found = [
        f"  {name}.tsv: {line}"
        for name, table in tables.items()
        if "flags" in table
        for line in fatal_rows(table, known)
    ]
    if found:
        raise FatalFlagError(
            "The study is strict, and its results carry fatal flags:\n"
            + "\n".join(found)
            + "\nMend the cause, or write"
            " [[acknowledge]] with flag and reason into the study file. Nothing was written."
        )
