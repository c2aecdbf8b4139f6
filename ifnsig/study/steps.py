"""The steps of a study, each adding to its state; what does not apply is skipped with a sentence."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import get, io, pp, tl
from ..core import Reference
from ..core.units import LOG2_OF
from ..errors import CoverageError, DesignError, IfnsigWarning
from ..methods import METHODS
from ..signatures import SIGNATURES, Signature
from .model import Design, Label, ReferenceSamples, Scores, Study
from .state import Run

if TYPE_CHECKING:
    from anndata import AnnData

logger = logging.getLogger("ifnsig")

PATH_OPTIONS = ("tx2gene",)
"""Options of formats that name a file."""

THREADS = 2
"""Blocks that are scored at once; no number depends on it."""


def read(study: Study, root: Path) -> AnnData:
    """Expression with its sheet and current gene symbols, or scores made elsewhere."""
    source, design = study.input, study.design
    samples = None if source.samples is None else io.read_samples(root / source.samples, sample=design.sample)
    if source.scores is not None:
        columns = source.score_columns
        return io.read_scores(
            root / source.scores,
            sample=columns.sample,
            signature=columns.signature,
            score=columns.score,
            samples=samples,
        )
    return map_names(read_expression(study, root, samples), study, root)


def read_expression(study: Study, root: Path, samples: Any) -> AnnData:
    """The expression files of a study, joined with its sheet; paths are relative to ``root``."""
    source, given = study.input, study.input.expression
    paths: Any = [root / name for name in given] if isinstance(given, list) else root / str(given)
    options: dict[str, Any] = {
        name: root / value if name in PATH_OPTIONS and isinstance(value, str) else value
        for name, value in source.options.items()
    }
    return io.read(
        paths, format=source.format, unit=source.unit, samples=samples, orientation=source.orientation,
        missing=source.missing, extra=source.extra, sample_column=study.design.sample, file_column=source.file_column,
        **options,
    )  # fmt: skip


def map_names(adata: AnnData, study: Study, root: Path) -> AnnData:
    """Current symbols, by the study's organism and probe map."""
    source = study.input
    probes = None if source.probe_map is None else root / source.probe_map
    return pp.map_genes(adata, organism=source.organism, probe_map=probes)


def _layer(state: Run) -> str | None:
    """The layer to score: log expression, made by the stored, the declared or the usual normalisation."""
    source, unit = state.study.input, get.unit(state.adata)
    if source.normalization is not None:
        state.normalization = pp.Normalization.load(state.root / source.normalization)
        pp.normalize(state.adata, fitted=state.normalization)
        return state.normalization.method
    step = source.normalize or usual_step(unit, state.adata)
    if step == "none":
        return None
    # a stored reference brings the library size that its log-CPM were made with
    stored = None if state.reference is None else state.reference.mean_library_size
    if step == "log_cpm" and stored is not None:
        pp.normalize(state.adata, method=step, mean_library_size=stored)
        return step
    state.normalization = pp.fit_normalization(state.adata, method=step, **source.normalize_options)
    pp.normalize(state.adata, fitted=state.normalization)
    logger.info("Values in %s became log expression by %s.", unit, step)
    return step


def usual_step(unit: str, adata: AnnData) -> str:
    """The normalisation of a unit when the study names none."""
    if unit == "nanostring_counts" and "code_class" in adata.var:
        return "nanostring"
    return "log_cpm" if unit == "counts" else "log2" if unit in LOG2_OF else "none"


def look_at_design(state: Run) -> None:
    """Batches confounded with visits stop the study; swapped or strange samples are noted.

    Raises
    ------
    DesignError
        The change between visits cannot be told from a batch.
    """
    design = state.study.design
    if state.study.input.scores is not None:
        return
    table = pp.check_design(
        state.adata, patient=design.patient, visit=design.visit if design.baseline is not None else None,
        batch=design.batch, arm=design.arm, group=design.group, sex=design.sex, baseline=design.baseline,
    )  # fmt: skip
    for row in table.to_dict("records"):
        if row["severity"] == "fatal" and str(row["effect"]).startswith("visit"):
            raise DesignError(f"{row['sentence']} ({row['flag']})")
        if row["severity"] != "note":
            state.skip(f"{row['sentence']} ({row['flag']})")


def score(state: Run) -> None:
    """Every signature by every method; what lacks genes is left out by name."""
    study = state.study
    if study.input.scores is not None:
        state.skip(
            "No expression was given: scores were read as they are, so coverage, genes and references are not shown."
        )
        return
    scores = study.scores
    if isinstance(scores.reference, str) and scores.reference != "cohort":
        state.reference = Reference.load(state.root / scores.reference)
    layer = _layer(state)
    needing = [name for name in scores.methods if METHODS[name].needs_reference]
    keep = any(METHODS[name].learns_from_values for name in needing)
    if needing or "published" in scores.methods:
        state.reference = _reference(state, layer, keep_values=keep or "published" in scores.methods)
    chosen: Any = {**{name: SIGNATURES[name] for name in scores.signatures}, **scores.own}
    for names in _together(scores):
        compared = any(name in needing or name == "published" for name in names)
        wanted = _executable(state, chosen) if names == ["published"] else chosen
        if wanted:
            tl.score(
                state.adata, wanted, method=names, layer=layer, low_coverage="skip", threads=THREADS,
                reference=state.reference if compared else None, **scores.options.get(names[0], {}),
            )  # fmt: skip
    if state.primary not in get.scores(state.adata, state.method).columns:
        rows = get.coverage(state.adata, state.method)
        row = rows[rows["signature"] == state.primary].iloc[0]
        raise CoverageError(
            f"The primary signature {state.primary!r} cannot be scored: {row['n_used']} of {row['n_genes']} genes are"
            " there. Name another with scores.primary."
        )


def _executable(state: Run, chosen: dict[str, Any]) -> dict[str, Any]:
    """The signatures that have a recipe of their own; the others are left to the general methods, with a sentence."""
    given = state.study.scores.options.get("published", {}).get("recipes", {})
    have = {
        name: item
        for name, item in chosen.items()
        if name in given or (isinstance(item, Signature) and item.executable)
    }
    if without := [name for name in chosen if name not in have]:
        state.skip(
            f"The method published has no recipe to carry out for {', '.join(without)}: no source says how they are scored."
        )
    return have


def _together(scores: Scores) -> list[list[str]]:
    """Methods that can share one pass over the matrix, in the declared order: the first stays the primary one."""
    alone = {name for name in scores.methods if scores.options.get(name) or name == "published"}
    passes: list[list[str]] = []
    for name in scores.methods:
        if passes and name not in alone and passes[-1][-1] not in alone:
            passes[-1].append(name)
        else:
            passes.append([name])
    return passes


def _reference(state: Run, layer: str | None, *, keep_values: bool) -> Reference:
    """The reference that the study declares; its own controls if it names none."""
    asked = state.study.scores.reference
    if state.reference is not None:
        return state.reference
    if isinstance(asked, ReferenceSamples):
        controls: Any = (asked.column, str(asked.value))
    elif asked == "cohort":
        controls = "cohort"
    else:
        controls = tl.declared_controls(state.controls)
    return pp.fit_reference(state.adata, controls=controls, layer=layer, keep_values=keep_values)


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
        state.tests.append(
            tl.test_change(
                state.changes[method], primary=None if position else state.primary, primary_visit=_primary_visit(design),
                arm=design.arm, rng=state.study.seed,
            )
        )  # fmt: skip


def _primary_visit(design: Design) -> Label:
    """The visit of the primary test."""
    return design.primary_followup if design.primary_followup is not None else design.followup[0]


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
        state.associations.append(
            tl.associate(
                state.adata, response=group, negative=controls, patient=design.patient, visit=design.visit,
                baseline=design.baseline, **common,
            )
        )  # fmt: skip
    if not state.study.responses:
        state.skip("No responses are declared: there is no association with clinical response.")
    for position, entry in enumerate(state.study.responses):
        # one association is the primary one: that of the first declared response
        common["primary"] = None if position else state.primary
        if state.changes:
            table = tl.associate(
                state.changes[state.method], response=entry.name, positive=entry.positive, negative=entry.negative,
                primary=common["primary"], primary_visit=_primary_visit(design), rng=state.study.seed,
            )  # fmt: skip
        elif entry.column is not None:
            table = tl.associate(
                state.adata, response=entry.column, positive=entry.positive, negative=entry.negative,
                patient=design.patient, visit=design.visit, samples=entry.samples, **common,
            )  # fmt: skip
        else:
            continue
        state.associations.append(table)
