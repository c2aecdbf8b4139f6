"""Clinical responses of a study, and what goes with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import tl
from ..responses import read_rule
from ._responses import ResponseEntry
from .changing import primary_visit
from .state import Run

if TYPE_CHECKING:
    from anndata import AnnData


def respond(state: Run) -> None:
    """The measures and rules that the study asks for; all labels side by side if there are several."""
    computed = [entry for entry in state.study.responses if entry.column is None]
    if computed and not state.changes:
        for entry in computed:
            state.skip(
                f"The response {entry.name} compares two visits, and no baseline and follow-up are declared."
            )
        return
    for change in state.changes.values():
        for entry in computed:
            label(change, entry, state.root)
    if len(computed) > 1:
        state.add("labels", tl.label_table(state.changes[state.method]))


def label(change: AnnData, entry: ResponseEntry, root: Path) -> None:
    """One declared response on the pairs of ``change``; the path of a rule is relative to ``root``."""
    measure = read_rule(root / entry.rule) if entry.rule is not None else str(entry.measure)
    tl.respond(change, measure, name=entry.name, columns=entry.columns, **entry.parameters)


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
