"""Everything that can be wrong with a study, found without scoring and reported all at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from .. import get, keys, pp, tl
from ..core.reference import FEWEST_SAMPLES
from ..doors import through
from ..errors import IfnsigError, IfnsigWarning, ReferenceRequiredError
from ..io._regular import pipes_read_once
from ..methods import METHODS
from ..pp._controls import choose_controls, read_controls, warn_of_few
from ..pp._prepare import made_unit, settle_options
from ..questions import Look
from ..tl._adjusted import read_covariates
from ..units import UNITS
from .folder import refuse_folder
from .journal import home_of
from .model import Label, ReferenceSamples, ResponseEntry, Study, read_study
from .paths import paths_of
from .reading import map_names, read_expression, read_scores
from .responding import label
from .scoring import check_method_options, usual_step, wanted_genes
from .sheet import add_clinical, examine_sheet, with_visits

if TYPE_CHECKING:
    from anndata import AnnData

Severity = Literal["error", "warning", "note"]
DRY = "check"  # name of the empty scores that stand for real ones


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a reader should know before the study is run; an ``"error"`` would stop it."""

    severity: Severity
    where: str
    sentence: str


@dataclass(slots=True)
class _Check:
    study: Study
    root: Path
    findings: list[Finding] = field(default_factory=list)
    described: bool = True
    watch: Callable[[str], None] | None = None

    def note(self, severity: Severity, where: str, sentence: str) -> None:
        if not any((said.severity, said.sentence) == (severity, sentence) for said in self.findings):
            self.findings.append(Finding(severity, where, sentence))

    def attempt(self, where: str, step: Callable[[], Any]) -> Any:
        """The result of a step, or None; its error and warnings become findings."""
        if self.watch is not None:
            self.watch(f"checking {where}")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", IfnsigWarning)
            try:
                result = step()
            except IfnsigError as fault:
                for sentence in getattr(fault, "faults", ()) or (str(fault),):
                    self.note("error", where, sentence)
                result = None
        for item in caught:
            if issubclass(item.category, IfnsigWarning):
                self.note("warning", where, str(item.message))
        return result


@through("study file")
@pipes_read_once()
def check(
    study: str | Path | Study,
    *,
    root: str | Path | None = None,
    output: str | Path | None = None,
    watch: Callable[[str], None] | None = None,
) -> list[Finding]:
    """Validate files, sheet, units, genes, visits and responses of a study without scoring.

    Parameters
    ----------
    study
        Path of a study file, or a ``Study``.
    root
        Folder that the input paths are relative to; by default the study file's own.
    output
        Results folder to look at, instead of the study's own.
    watch
        Told what is looked at, as it begins.

    Returns
    -------
    list of Finding
        Errors first. Without an error, ``study.run`` will not stop at what is checked here.

    Raises
    ------
    StudyFileError, MissingFileError
        The study file itself cannot be read.
    """
    model = study if isinstance(study, Study) else read_study(study)
    home = home_of(study)
    state = _Check(model, home if root is None else Path(root), watch=watch)
    files = [state.root / name for name in paths_of(model)]
    target = home / model.output.folder if output is None else Path(output)
    state.attempt("output.folder", lambda: refuse_folder(target, files))
    adata = _input(state)
    if adata is not None and model.input.scores is None:
        _units(state, adata)
        _genes(state, adata)
    if adata is not None and state.described:  # without the sheet, every column would be missing
        if model.input.scores is None:
            _reference(state, adata)
        change = _visits(state, adata)
        if model.input.scores is None:
            _design(state, adata, visits=change is not None)
        if change is not None:
            _responses(state, change)
        _questions(state, adata, change)
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(state.findings, key=lambda finding: order[finding.severity])


def _input(state: _Check) -> AnnData | None:
    """The values with all that describes the samples; ``state.described`` says whether that is whole."""
    sheet, source = _sheet(state), state.study.input
    if source.scores is not None:
        adata = state.attempt("input.scores", lambda: read_scores(state.study, state.root, sheet))
    else:
        adata = state.attempt("input.expression", lambda: read_expression(state.study, state.root, sheet))
        if adata is not None:
            read = adata
            adata = state.attempt("genes", lambda: map_names(read, state.study, state.root))
    if adata is None or not state.described:
        return adata
    found = adata
    state.described = state.attempt("input.clinical", lambda: _joined(state, found)) is not None
    study = state.attempt("design", lambda: with_visits(state.study, found)) if state.described else None
    if study is not None and not state.study.design.followup and study.design.followup:
        visits = ", ".join(map(str, [study.design.baseline, *study.design.followup]))
        state.note("note", "design", f"Visits in their order, by the numbers in their names: {visits}.")
    state.described, state.study = study is not None, study or state.study
    return adata


def _joined(state: _Check, adata: AnnData) -> AnnData:
    add_clinical(adata, state.study, state.root)
    return adata


def _sheet(state: _Check) -> pd.DataFrame | None:
    if state.study.input.samples is None:
        return None
    report = state.attempt("input.samples", lambda: examine_sheet(state.study, state.root))
    if report is None:
        state.described = False
        return None
    for severity, sentences in (
        ("error", report.faults),
        ("warning", report.warnings),
        ("note", report.notes),
    ):
        for sentence in sentences:
            state.note(cast(Severity, severity), "input.samples", sentence)
    state.described = report.table is not None
    return report.table


def _units(state: _Check, adata: AnnData) -> None:
    unit = state.attempt("input.unit", lambda: get.unit(adata))
    if unit is None:
        return
    step = state.study.input.normalize or usual_step(unit, adata)
    becomes = state.attempt("input.normalize", lambda: _scored_unit(state.study, unit, step))
    if becomes is None:
        return
    state.note(
        "note", "input.unit", f"Values are {UNITS[unit].title}; they are scored as {UNITS[becomes].title}."
    )
    state.attempt("scores.options", lambda: check_method_options(state.study.scores))
    for name in state.study.scores.methods:
        if becomes not in METHODS[name].units:
            state.note("error", "scores.methods", f"The method {name!r} cannot score values in {becomes!r}.")


def _scored_unit(study: Study, unit: str, step: str) -> str:
    if study.input.normalization is not None or step == "none":
        return unit
    record = pp.NORMALIZATIONS[step]
    return str(made_unit(record, unit, settle_options(record, study.input.normalize_options)))


def _design(state: _Check, adata: AnnData, *, visits: bool) -> None:
    """Confounded batches, swapped samples, libraries far from the others."""
    design = state.study.design
    table = state.attempt(
        "design",
        lambda: pp.check_design(
            adata, patient=design.patient, visit=design.visit if visits else None, batch=design.batch, arm=design.arm,
            group=design.group, sex=design.sex, baseline=design.baseline if visits else None,
        ),
    )  # fmt: skip
    for row in [] if table is None else table.to_dict("records"):
        seen = {item.flag for item in state.study.acknowledge}
        stops = (
            row["severity"] == "fatal" and str(row["effect"]).startswith("visit") and row["flag"] not in seen
        )
        severity: Severity = "error" if stops else "note" if row["severity"] == "note" else "warning"
        state.note(severity, "design", f"{row['sentence']} ({row['flag']})")


def _genes(state: _Check, adata: AnnData) -> None:
    scores = state.study.scores
    wanted = wanted_genes(state.study)
    for row in pp.coverage(adata, wanted).to_dict("records"):
        share = row["n_found"] / row["n_genes"]
        primary = row["signature"] == (scores.primary or next(iter(wanted)))
        text = f"{row['signature']} has {row['n_found']} of its {row['n_genes']} genes."
        if share < 0.5 or not row["n_found"]:
            state.note("error" if primary else "warning", "coverage", f"{text} It cannot be scored.")
        elif share < 0.8:
            state.note("warning", "coverage", text)


def _reference(state: _Check, adata: AnnData) -> None:
    needing = [name for name in state.study.scores.methods if METHODS[name].needs_reference]
    asked, design = state.study.scores.reference, state.study.design
    if not needing or isinstance(asked, str):
        return
    if isinstance(asked, ReferenceSamples):
        column, value = asked.column, asked.value
    elif design.controls is None:
        state.note(
            "error",
            "design.controls",
            f"{', '.join(needing)} need reference samples: declare controls or scores.reference.",
        )
        return
    else:
        column, value = str(design.group), design.controls
    state.attempt("design.controls", lambda: _count_controls(adata, (column, value)))


def _count_controls(adata: AnnData, controls: tuple[str, Label]) -> None:
    rows, label = choose_controls(adata, controls)
    if len(rows) < FEWEST_SAMPLES:
        raise ReferenceRequiredError(
            f"A reference needs at least {FEWEST_SAMPLES} samples; {label!r} has {len(rows)}."
        )
    warn_of_few(adata, rows, label)


def _visits(state: _Check, adata: AnnData) -> AnnData | None:
    design = state.study.design
    if design.baseline is None:
        state.note(
            "note", "design", "No baseline and follow-up visits: there will be no change and no test of it."
        )
        return None
    dry = adata.copy()
    dry.obsm[keys.scores_key(DRY)] = pd.DataFrame({"none": np.zeros(dry.n_obs)}, index=dry.obs_names)
    controls = None if design.controls is None else (str(design.group), design.controls)
    if controls is not None and not state.attempt(
        "design.controls", partial(read_controls, adata, controls, "tl.change")
    ):
        controls = None  # what else is wrong is told all the same
    change = state.attempt(
        "design",
        lambda: tl.change(
            dry, method=DRY, patient=str(design.patient), visit=str(design.visit), baseline=design.baseline,
            followup=design.followup, controls=controls, replicates=design.replicates,
            events=[tl.Event(item.column, item.rule) for item in design.events],
        ),
    )  # fmt: skip
    if change is not None:
        for visit, count in change.obs[keys.OBS_VISIT].value_counts(sort=False).items():
            state.note("note", "design", f"{count} patients have {design.baseline} and {visit}.")
    return change


def _questions(state: _Check, adata: AnnData, change: AnnData | None) -> None:
    design = state.study.design
    if change is not None:
        state.attempt(
            "design", lambda: read_covariates(change, design.steroid, design.cell_fractions, "design")
        )
    at = Look(state.study, adata.obs, change, state.attempt)
    for question, asked in state.study.asked:
        question.look(asked, at)


def _responses(state: _Check, change: AnnData) -> None:
    for entry in state.study.responses:
        state.attempt(f"responses.{entry.name}", partial(_look_at, change, entry, state.root))


def _look_at(change: AnnData, entry: ResponseEntry, root: Path) -> None:
    if entry.column is None:
        label(change, entry, root)
    else:
        tl.read_outcome(
            change, entry.name, entry.positive, entry.negative, kind=entry.outcome_type, classes=entry.classes,
            time=entry.time,
        )  # fmt: skip
