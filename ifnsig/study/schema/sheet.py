"""The sample sheet and the clinical table of a study: the rules that its design sets, and its visits in their order."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import io
from ...errors import DesignError, ParameterError, listing, suggestion
from ...io import order_visits
from ...labels import label, present
from ...responses import INPUTS, RESPONSES
from .model import Design, Study

if TYPE_CHECKING:
    from anndata import AnnData

logger = logging.getLogger("ifnsig")

ANY = (float("-inf"), float("inf"))
NOT_NEGATIVE = (0.0, float("inf"))
ADDRESS = "urn:ifnsig:schema_input"


def general_rules() -> io.SheetRules:
    """What the columns of any study may be, by their usual names; the inputs of all response measures among them."""
    numbers = {name: (item.low, item.high) for name, (item, _) in INPUTS.items()}
    return io.SheetRules(
        patient="patient", visit="visit", day="day", sex="sex", arm="arm", batch="batch", numbers=numbers
    )


def samples_schema(study: Study | None = None, *, nfcore: bool = False) -> dict[str, Any]:
    """JSON schema of the sample sheet of a study, or of any.

    Parameters
    ----------
    study
        The study whose design names the columns; without it, the usual names.
    nfcore
        A schema of the whole sheet as nf-core's ``schema_input.json``; otherwise of one row, as Snakemake takes it.
    """
    rules = general_rules() if study is None else sheet_rules(study)
    title = "ifnsig sample sheet" if study is None else f"Sample sheet of {study.title}"
    return (
        io.sheet_schema(rules, title=title, address=ADDRESS) if nfcore else io.row_schema(rules, title=title)
    )


def sheet_rules(study: Study) -> io.SheetRules:
    """What the design says of the sample sheet's columns."""
    design = study.design
    return io.SheetRules(
        sample=design.sample, patient=design.patient, visit=design.visit, baseline=label(design.baseline),
        followup=tuple(str(label(visit)) for visit in design.followup), day=design.day, group=design.group,
        controls=label(design.controls), sex=design.sex, arm=design.arm, batch=design.batch,
        events=tuple(event.column for event in design.events), covariates=_covariates(study),
        numbers=_numbers(study), replicates=design.replicates,
    )  # fmt: skip


def _covariates(study: Study) -> tuple[str, ...]:
    """Columns that something is adjusted for."""
    design = study.design
    named = [*design.covariates, design.steroid, *design.cell_fractions]
    return tuple(dict.fromkeys(name for name in named if name is not None))


def clinical_rules(study: Study) -> io.SheetRules:
    """The same for a clinical table: one row a patient, or a patient and visit where it has a column of visits."""
    rules = sheet_rules(study)
    return replace(
        rules, sample=None, patient=rules.patient or "patient", baseline=None, followup=(), group=None, controls=None,
        day=None, events=(), replicates="raise",
    )  # fmt: skip


def _numbers(study: Study) -> dict[str, tuple[float, float]]:
    """Columns that responses read as numbers, with what can be entered."""
    found: dict[str, tuple[float, float]] = {}
    for entry in study.responses:
        if entry.measure is not None:
            for item in RESPONSES[entry.measure].inputs:
                found[entry.columns.get(item.name, item.name)] = (item.low, item.high)
        elif (
            entry.column is not None
            and entry.positive is None
            and entry.negative is None
            and not entry.classes
        ):
            found.setdefault(entry.column, ANY)
        if entry.time is not None:
            found.setdefault(entry.time, NOT_NEGATIVE)
    return found


def examine_sheet(study: Study, root: Path) -> io.SheetReport:
    """The sample sheet and all that is to be said of it."""
    source = study.input
    # scores made elsewhere may bring their own columns of patients and visits
    rules = sheet_rules(study) if source.scores is None else io.SheetRules(sample=study.design.sample)
    return io.examine_samples(root / str(source.samples), rules, worksheet=source.worksheet)


def add_clinical(adata: AnnData, study: Study, root: Path) -> None:
    """Join the clinical table to the samples, where the study has one.

    Raises
    ------
    SampleSheetError
        Every fault of the table, or it does not fit the samples.
    """
    source, rules = study.input, clinical_rules(study)
    if source.clinical is None:
        return
    table = io.read_clinical(root / source.clinical, worksheet=source.clinical_worksheet, rules=rules)
    visit = rules.visit if rules.visit in table.columns else None
    adata.obs = io.join_clinical(adata.obs, table, patient=str(rules.patient), visit=visit)


def with_visits(study: Study, adata: AnnData) -> Study:
    """The study with its follow-up visits: where it declares none, all visits after the baseline, by their numbers.

    Raises
    ------
    ParameterError
        No sample has a column that the design names.
    DesignError
        The names of the visits do not tell their order.
    """
    design = study.design
    _check_columns(design, list(map(str, adata.obs.columns)))
    baseline, column = design.baseline, design.visit
    if baseline is None or design.followup:
        return study
    there, first = present(adata.obs[column]), str(label(baseline))
    found = order_visits(there, first)
    if not found:
        names = listing(there, shown=20)
        raise DesignError(
            f"The names of the visits ({names}) do not tell which come after {first!r} and in which order:"
            " declare followup = [...]."
        )
    primary = design.primary_followup
    if primary is not None and label(primary) not in found:
        raise DesignError(
            f"primary_followup {primary!r} is not one of the follow-ups {listing(found, shown=20)}."
        )
    logger.info("Follow-up visits in their order, by the numbers in their names: %s.", ", ".join(found))
    return study.model_copy(update={"design": design.model_copy(update={"followup": found})})


def _check_columns(design: Design, there: list[str]) -> None:
    named = {
        "patient": design.patient, "visit": design.visit, "group": design.group, "batch": design.batch, "sex": design.sex,
        "arm": design.arm, "day": design.day, **{f"covariates {name}": name for name in design.covariates},
        **{f"events {event.column}": event.column for event in design.events},
    }  # fmt: skip
    lacking = []
    for key, column in named.items():
        if column is not None and column not in there:
            near = suggestion(column, there)
            lacking.append(f"{key} = {column!r}" + (f" (did you mean {near!r}?)" if near else ""))
    if lacking:
        raise ParameterError(
            f"No sample has these columns that the design names: {listing(lacking, shown=20)}. Columns there:"
            f" {listing(there, shown=30) or 'none'}."
        )
