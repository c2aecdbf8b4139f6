"""Flags that a study acknowledges, and those that stop a strict one."""

from __future__ import annotations

import numpy as np

from ..errors import FatalFlagError
from ..questions import TABLES
from ..report import Results
from ..tl import acknowledge
from ..tl._tidy import fatal_rows
from .model import Study

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


def refuse_flags(results: Results, study: Study) -> None:
    """Stop a strict study at its fatal flags, all at once.

    Raises
    ------
    FatalFlagError
        A result carries a fatal flag that the study does not acknowledge.
    """
    if not study.strict:
        return
    known = [item.flag for item in study.acknowledge]
    found = [
        f"  {name}.tsv: {line}"
        for name, table in results.tables().items()
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
