"""Clinical responses of a study, and what goes with them."""

from __future__ import annotations

from typing import Any

from .. import tl
from .changing import primary_visit
from .state import Run


def respond(state: Run) -> None:
    """The measures of the catalogue that the study asks for."""
    for entry in state.study.responses:
        if entry.measure is None:
            continue
        if not state.changes:
            state.skip(
                f"The response {entry.measure} compares two visits, and no baseline and follow-up are declared."
            )
            continue
        for change in state.changes.values():
            tl.respond(change, entry.measure, columns=entry.columns, **entry.parameters)


def associate(state: Run) -> None:
    """Patients against controls, then every declared response."""
    design = state.study.design
    common: dict[str, Any] = {"method": state.method, "primary": state.primary, "rng": state.study.seed}
    if state.controls is None:
        state.skip(
            "No controls are declared: patients are not compared with healthy people, and no healthy band is drawn."
        )
    elif design.patient is None:
        state.skip(
            "No patient column is declared: samples cannot be told from patients, so groups are not compared."
        )
    else:
        group, controls = state.controls
        state.add(
            "associations",
            tl.associate(
                state.adata, response=group, negative=controls, patient=design.patient, visit=design.visit,
                baseline=design.baseline, **common,
            ),
        )  # fmt: skip
    if not state.study.responses:
        state.skip("No responses are declared: there is no association with clinical response.")
    for position, entry in enumerate(state.study.responses):
        # one association is the primary one: that of the first declared response
        common["primary"] = None if position else state.primary
        if state.changes:
            table = tl.associate(
                state.changes[state.method], response=entry.name, positive=entry.positive, negative=entry.negative,
                primary=common["primary"], primary_visit=primary_visit(design), rng=state.study.seed,
            )  # fmt: skip
        elif entry.column is not None:
            table = tl.associate(
                state.adata, response=entry.column, positive=entry.positive, negative=entry.negative,
                patient=design.patient, visit=design.visit, samples=entry.samples, **common,
            )  # fmt: skip
        else:
            continue
        state.add("associations", table)
