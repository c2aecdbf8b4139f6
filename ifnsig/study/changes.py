"""What changed in a study: its design looked at, the change from baseline and its tests."""

from __future__ import annotations

import warnings

from .. import get, tl
from ..errors import DesignError, IfnsigWarning
from ..pp.quality.design import checked
from .state import Run


def look_at_design(state: Run) -> None:
    """Batches confounded with visits stop the study; swapped or strange samples are noted.

    Raises
    ------
    DesignError
        The change between visits cannot be told from a batch, and the study does not acknowledge it.
    """
    design = state.study.design
    if state.study.input.scores is not None:
        return
    named = {
        "patient": design.patient, "visit": design.visit if design.baseline is not None else None,
        "batch": design.batch, "arm": design.arm, "group": design.group, "sex": design.sex,
    }  # fmt: skip
    table, state.seen = checked(state.adata, named, design.baseline)
    for row in table.to_dict("records"):
        if row["severity"] == "fatal" and str(row["effect"]).startswith("visit"):
            if row["flag"] not in {item.flag for item in state.study.acknowledge}:
                raise DesignError(f"{row['sentence']} ({row['flag']})")
            state.confounded = str(row["sentence"])
        say = state.note if row["severity"] == "note" else state.skip
        say(f"{row['sentence']} ({row['flag']})", severity="note" if row["severity"] == "note" else "warning")


def change(state: Run) -> None:
    """Change from baseline and its tests, for every method."""
    design = state.study.design
    if design.baseline is None:
        state.skip("No baseline and follow-up visits are declared: there is no change and no test of it.")
        return
    for position, method in enumerate(get.methods(state.adata)):
        with warnings.catch_warnings():
            if position:  # the same patients are left out with every method: say so once
                warnings.simplefilter("ignore", IfnsigWarning)
            state.changes[method] = tl.change(
                state.adata, method=method, patient=str(design.patient), visit=str(design.visit),
                baseline=design.baseline, followup=design.followup, controls=state.controls,
                events=[tl.Event(item.column, item.rule) for item in design.events], replicates=design.replicates,
            )  # fmt: skip
        state.add(
            "change_tests",
            tl.test_change(
                state.changes[method], primary=None if position else state.primary, primary_visit=design.primary_visit,
                arm=design.arm, rng=state.study.seed, **state.adjusted_for,
            ),
        )  # fmt: skip
