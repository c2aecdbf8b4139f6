"""Clinical responses of a study, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import get, tl
from ..checks import options_beside
from ..errors import ParameterError
from ..io.files._regular import regular
from ..methods import METHODS
from ..responses import RESPONSES, Response, read_rule
from .schema._responses import ResponseEntry
from .state import Run

if TYPE_CHECKING:
    from anndata import AnnData

BINS = (25, 10, 4)
"""Bins of expression that random genes are drawn from, in the order they are tried."""


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
            with state.part(f"responses.{entry.name}"):
                label(change, entry, state.root)
    if len(computed) > 1:
        with state.part("responses"):
            state.add("labels", tl.label_table(state.changes[state.method]))


def label(change: AnnData, entry: ResponseEntry, root: Path) -> None:
    """One declared response on the pairs of ``change``; the path of a rule is relative to ``root``."""
    tl.respond(
        change,
        str(entry.measure) if entry.rule is None else record_of(entry, root),
        name=entry.name,
        columns=entry.columns,
        **options_beside(entry.parameters, tl.respond, name="tl.respond"),
    )


def record_of(entry: ResponseEntry, root: Path) -> Response:
    """The measure of a response, or its rule, whose path is relative to ``root``."""
    return RESPONSES[str(entry.measure)] if entry.rule is None else read_rule(regular(root / entry.rule))


def associate(state: Run) -> None:
    """Patients against controls, then every declared response, each beside random gene sets."""
    design = state.study.design
    if state.controls is None:
        state.skip(
            "No controls are declared: patients are not compared with healthy people, and no healthy band is drawn."
        )
    elif design.patient is None:
        state.skip(
            "No patient column is declared: samples cannot be told from patients, so groups are not compared."
        )
    grouped = state.controls is not None and design.patient is not None
    if not state.study.responses:
        state.skip("No responses are declared: there is no association with clinical response.")
    common: dict[str, Any] = {"rng": state.study.seed}
    if grouped or state.study.responses:
        common["random"] = random_sets(state)
    samples = {**common, "method": state.method, "patient": design.patient, "visit": design.visit}
    if grouped and state.controls is not None:
        group, controls = state.controls
        table = tl.associate(
            state.adata,
            response=group,
            negative=controls,
            baseline=design.baseline,
            primary=state.primary,
            **samples,
        )
        state.add("associations", table)
    for position, entry in enumerate(state.study.responses):
        # one association is the primary one: that of the first declared response
        primary = None if position else state.primary
        with state.part(f"responses.{entry.name}"):
            for data, options in _asked(state, entry, common, samples):
                table = tl.associate(data, response=entry.name, primary=primary, **entry.options, **options)
                state.add("associations", table)


def _asked(
    state: Run, entry: ResponseEntry, common: dict[str, Any], samples: dict[str, Any]
) -> Iterator[tuple[AnnData, dict[str, Any]]]:
    """On which data a response is looked at, and with which arguments.

    A time to event is tied to the baseline samples of all patients, also of those who had no follow-up, and to scores on
    treatment only from their visits on. Repeated measures take every sample. All else goes with the change, or, without
    visits, with one row a patient.
    """
    design = state.study.design
    if entry.time is not None or (entry.outcome_type == "repeated" and entry.column is not None):
        sampled = {**samples, "baseline": design.baseline} if entry.time is not None else samples
        yield state.patients(), sampled
        if state.changes and entry.times is not None:
            yield (
                state.changes[state.method],
                {**common, "times": entry.times, "primary_visit": design.primary_visit},
            )
    elif state.changes:
        yield state.changes[state.method], {**common, "primary_visit": design.primary_visit}
    elif entry.column is not None:
        yield state.adata, {**samples, "samples": entry.samples}


def random_sets(state: Run) -> list[AnnData]:
    """Random gene sets for every signature of the primary method; a sentence where there are none.

    With fewer genes than the usual bins need, wider bins are taken.
    """
    scores, method = state.study.scores, state.method
    record = METHODS.get(method)
    lacking = record is None or (record.needs_reference and state.reference is None)
    none = record is not None and record.own_recipes
    if (state.study.input.scores is not None and lacking) or not scores.random_sets or none:
        if scores.random_sets:
            state.skip(
                "Associations are not compared with random gene sets: the scores are not made by one method here."
            )
        return []
    reference = state.reference if METHODS[method].needs_reference else None
    made, without = [], []
    for name in map(str, get.scores(state.adata, method).columns):
        chosen: Any = {name: scores.own[name]} if name in scores.own else name
        for bins in BINS:
            try:
                made.append(
                    tl.random_scores(
                        state.adata, chosen, method=method, rng=state.study.seed, n_sets=scores.random_sets, n_bins=bins,
                        reference=reference, layer=state.layer, **scores.options.get(method, {}),
                    )
                )  # fmt: skip
                break
            except ParameterError as fault:
                if "Too few genes" not in str(fault):
                    raise
        else:
            without.append(name)
    if without:
        state.skip(
            f"Too few genes to draw random sets for {', '.join(without)}: their associations have no negative control."
        )
    return made
