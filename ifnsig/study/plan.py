"""One plan of a study: everything is read and settled but the scores, and every fault is found before they are made.

``check`` prints what the plan finds; ``run`` and ``shard`` refuse it, or go on from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .. import get
from ..doors import through
from ..errors import SampleSheetError
from ..io.files._regular import pipes_read_once
from ..units import UNITS
from .changes import look_at_design
from .findings import Finding, Findings, StoppedError
from .inputs import map_names, read_expression, read_scores
from .record.folder import refuse_folder
from .record.journal import home_of
from .rehearsal import rehearse
from .schema.model import Study, read_study
from .schema.paths import paths_of
from .schema.sheet import add_clinical, examine_sheet, with_visits
from .scoring import prepare
from .state import Run

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData


def settled(
    study: Study, root: Path, findings: Findings, *, after_reading: Callable[[Run], None] | None = None
) -> Run:
    """The plan of a study that has no fault.

    Raises
    ------
    IfnsigError
        Every fault, in the class of the first.
    """
    state = plan(study, root, findings, after_reading=after_reading)
    findings.refuse()
    return cast(Run, state)


def plan(
    study: Study, root: Path, findings: Findings, *, after_reading: Callable[[Run], None] | None = None
) -> Run | None:
    """Read a study, settle how it is scored, and rehearse every step on stand-ins for the scores.

    Parameters
    ----------
    study
        The study; paths are relative to ``root``.
    findings
        Takes every fault, warning and note.
    after_reading
        What is to be done with the samples before anything is learned from them (pseudonyms).

    Returns
    -------
    Run
        Ready for its steps; None where it could not be read. With a fault it must not be run.
    """
    state, described = _read(study, root, findings)
    if state is None:
        return None
    if after_reading is not None and not findings.errors:
        after_reading(state)
    with suppress(StoppedError):
        prepare(state)
        _say_unit(state)
    warned = list(findings.warned)
    if described:
        rehearse(state)
    findings.warned = warned  # what the steps have to say, they say when they are done
    if described and "design" not in {said.where for said in findings.errors}:
        with findings.part("design.batch"):
            look_at_design(state)
    state.findings = None
    return state


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
        Errors first, in the order in which ``study.run`` meets them. Without one, it stops only at what the scores
        themselves show: nobody with a baseline above a cut, a fatal flag of a strict study.

    Raises
    ------
    StudyFileError, MissingFileError
        The study file itself cannot be read.
    """
    model = study if isinstance(study, Study) else read_study(study)
    home, findings = home_of(study), Findings(watch)
    inputs = home if root is None else Path(root)
    target = home / model.output.folder if output is None else Path(output)
    refuse_place(target, model, inputs, [] if isinstance(study, Study) else [study], findings)
    plan(model, inputs, findings)
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings.found, key=lambda finding: order[finding.severity])


def refuse_place(
    target: Path, study: Study, root: Path, others: Sequence[str | Path], findings: Findings
) -> None:
    """Look at the results folder: it must be ours to write, and hold nothing that is read."""
    with findings.part("output.folder"):
        refuse_folder(target, [*(root / name for name in paths_of(study)), *map(Path, others)])


def _read(study: Study, root: Path, findings: Findings) -> tuple[Run | None, bool]:
    """Values with sheet and clinical table, and whether the samples are described; one fault hides no other."""
    samples, described = None, study.input.samples is None
    if study.input.samples is not None:
        with findings.part("input.samples"):
            samples = _read_sheet(study, root, findings)
            described = samples is not None
    adata, kind = None, "expression" if study.input.scores is None else "scores"
    with findings.part(f"input.{kind}"):
        adata = (read_scores if kind == "scores" else read_expression)(study, root, samples)
    if adata is not None and kind == "expression":
        read, adata = adata, None
        with findings.part("genes"):
            adata = map_names(read, study, root)
    if adata is None:
        return None, False
    dated = None
    with suppress(StoppedError):
        if described:
            dated = _describe(study, root, adata, findings)
    if (
        dated is None
    ):  # without its sheet, every column would be missing: what needs none is looked at all the same
        alone = study.scores.model_copy(update={"methods": ["mean"], "options": {}, "reference": None})
        design = study.design.model_copy(update={"controls": None})
        bare = study.model_copy(update={"scores": alone, "design": design})
        return Run(bare, root, adata, findings=findings), False
    return Run(dated, root, adata, findings=findings), True


def _describe(study: Study, root: Path, adata: AnnData, findings: Findings) -> Study:
    """Join the clinical table; the study with its visits in their order."""
    with findings.at("input.clinical"):
        add_clinical(adata, study, root)
    with findings.at("design"):
        dated = with_visits(study, adata)
    if dated.design.followup != study.design.followup:
        visits = ", ".join(map(str, [study.design.baseline, *dated.design.followup]))
        findings.note("note", "design", f"Visits in their order, by the numbers in their names: {visits}.")
    return dated


def _read_sheet(study: Study, root: Path, findings: Findings) -> pd.DataFrame | None:
    """The sample sheet, if it can be read; its faults are findings."""
    report = examine_sheet(study, root)
    for sentence in report.warnings:
        findings.note("warning", "input.samples", sentence)
    for sentence in report.notes:
        findings.note("note", "input.samples", sentence)
    if report.faults or report.table is None:
        findings.fault(
            "input.samples", SampleSheetError.of(Path(str(study.input.samples)).name, report.faults)
        )
    return report.table


def _say_unit(state: Run) -> None:
    if state.study.input.scores is None:
        layer = state.planned[0].layer
        read, scored = (UNITS[get.unit(state.adata, name)].title for name in (None, layer))
        state.note(f"Values are {read}; they are scored as {scored}.", where="input.unit")
