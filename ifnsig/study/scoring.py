"""Scoring a study: log expression, a reference, every signature by every method."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from .. import get, pp, tl
from ..checks import options_beside
from ..core import Reference
from ..errors import CoverageError
from ..io.files._regular import regular
from ..methods import METHODS
from ..pp._controls import read_controls
from ..signatures import Signature
from ..tl.scoring._arguments import checked_unit
from ..tl.scoring._one_pass import run as over_samples
from ..tl.scoring.score import Planned, plan_scores, write_scores
from ..units import LOG2_OF
from .schema.model import ReferenceSamples, Scores, Study
from .state import Run

if TYPE_CHECKING:
    import numpy as np
    from anndata import AnnData

logger = logging.getLogger("ifnsig")

THREADS = 2
"""Blocks that are scored at once; no number depends on it."""


def prepare(state: Run) -> None:
    """All of scoring but the scores: log expression, the reference, which genes of which signature each method takes.

    Raises
    ------
    IfnsigError
        What cannot be scored, at the place of the study file where that is said.
    """
    study = state.study
    if study.input.scores is not None:
        _take_scores(state)
        return
    scores = study.scores
    with state.part("coverage"):
        _refuse_unmeasured(state)
    if state.controls is not None:
        with state.part("design.controls"):
            read_controls(state.adata, state.controls, "tl.change")
    _load_reference(state)
    with state.at("input.unit"):
        get.unit(state.adata)
    with state.at("input.normalize"):
        layer = _layer(state)
    with state.at("scores.options"):
        for name, options in scores.options.items():
            METHODS[name].check_options(options)
    with state.at("scores.methods"):
        for name in scores.methods:
            checked_unit(state.adata, layer, METHODS[name])
    needing = [name for name in scores.methods if METHODS[name].needs_reference]
    if needing:
        with state.at("design.controls" if scores.reference is None else "scores.reference"):
            keep = any(METHODS[name].keeps_values for name in needing)
            state.reference = _reference(state, layer, keep_values=keep)
    with state.at("scores.methods"):
        state.planned = list(_planned(state, layer, needing))
    with state.at("coverage"):
        _refuse_uncovered(state)


def _planned(state: Run, layer: str | None, needing: list[str]) -> Iterator[Planned]:
    """What each pass over the matrix will score; what lacks genes is left out by name."""
    scores, chosen = state.study.scores, state.signatures
    for names in _together(scores):
        compared = any(name in needing for name in names)
        wanted = _executable(state, names[0], chosen) if METHODS[names[0]].own_recipes else chosen
        if wanted:
            yield plan_scores(
                state.adata, wanted, method=names, layer=layer, low_coverage="skip",
                reference=state.reference if compared else None, parameters=scores.options.get(names[0], {}),
            )  # fmt: skip


def _refuse_unmeasured(state: Run) -> None:
    """Stop where the genes of the primary signature are not measured, whatever the method."""
    table = pp.coverage(state.adata, {state.primary: wanted_genes(state.study)[state.primary]})
    row = table.to_dict("records")[0]
    if row["n_found"] < row["n_genes"] / 2 or not row["n_found"]:
        _raise_uncovered(state.primary, f"{row['n_found']} of {row['n_genes']} genes are there")


def _raise_uncovered(primary: str, found: str) -> NoReturn:
    raise CoverageError(
        f"The primary signature {primary!r} cannot be scored: {found}. Name another with scores.primary."
    )


def _refuse_uncovered(state: Run) -> None:
    """Stop where the primary signature cannot be scored by the primary method."""
    if not state.planned:
        _raise_uncovered(state.primary, "it has no recipe")
    first = state.planned[0].ready[0]
    if state.primary in first.kept:
        return
    row = next((row for row in first.coverage if row["signature"] == state.primary), None)
    found = "it has no recipe" if row is None else f"{row['n_used']} of {row['n_genes']} genes are there"
    _raise_uncovered(state.primary, found)


def score(state: Run) -> None:
    """The scores that were planned."""
    for planned in state.planned:
        write_scores(state.adata, planned, (state.scores_of or _every_sample)(state.adata, planned))


def _every_sample(adata: AnnData, planned: Planned) -> list[np.ndarray]:
    return over_samples(adata, planned.matrix, planned.jobs, threads=THREADS)


def wanted_genes(study: Study) -> dict[str, Collection[str]]:
    """The genes of every signature of a study, its own among them."""
    return {**{name: tl.signature_genes(name) for name in study.scores.signatures}, **study.scores.own}


def _take_scores(state: Run) -> None:
    """Scores as they were read; of an h5ad of ours also the reference, if the study names its file."""
    if get.coverage(state.adata).empty:
        state.skip(
            "No expression was given: scores were read as they are, so coverage, genes and references are not shown."
        )
        return
    state.skip("Scores were read as `ifnsig score` wrote them: tables of the samples' quality are not made.")
    _load_reference(state)


def _load_reference(state: Run) -> None:
    """The stored reference that the study names, if it names one."""
    named = state.study.scores.reference
    if isinstance(named, str) and named != "cohort":
        with state.at("scores.reference"):
            stored = Reference.load(regular(state.root / named))
            state.reference = stored if state.pseudonyms is None else state.pseudonyms.of_reference(stored)


def _layer(state: Run) -> str | None:
    """The layer to score: log expression, made by the stored, the declared or the usual normalisation."""
    source, unit = state.study.input, get.unit(state.adata)
    if source.normalization is not None:
        fitted = pp.Normalization.load(state.root / source.normalization)
        names = state.pseudonyms
        state.normalization = fitted if names is None else names.of_normalization(fitted)
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
    state.normalization = pp.fit_normalization(
        state.adata,
        method=step,
        **options_beside(source.normalize_options, pp.fit_normalization, name="pp.normalize"),
    )
    pp.normalize(state.adata, fitted=state.normalization)
    logger.info("Values in %s became log expression by %s.", unit, step)
    return step


def usual_step(unit: str, adata: AnnData) -> str:
    """The normalisation of a unit when the study names none."""
    if unit == "nanostring_counts" and "code_class" in adata.var:
        return "nanostring"
    return "log_cpm" if unit == "counts" else "log2" if unit in LOG2_OF else "none"


def _executable(state: Run, method: str, chosen: dict[str, Any]) -> dict[str, Any]:
    """The signatures that have a recipe of their own; the others are left to the general methods, with a sentence."""
    given = state.study.scores.options.get(method, {}).get("recipes", {})
    have = {
        name: item
        for name, item in chosen.items()
        if name in given or (isinstance(item, Signature) and item.executable)
    }
    if without := [name for name in chosen if name not in have]:
        state.skip(
            f"The method {method} has no recipe to carry out for {', '.join(without)}: no source says how they are scored."
        )
    return have


def _together(scores: Scores) -> list[list[str]]:
    """Methods that can share one pass over the matrix, in the declared order: the first stays the primary one."""
    alone = {name for name in scores.methods if scores.options.get(name) or METHODS[name].own_recipes}
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
        controls: Any = (asked.column, asked.value)
    elif asked == "cohort":
        controls = "cohort"
    else:
        controls = tl.declared_controls(state.controls)
    return pp.fit_reference(state.adata, controls=controls, layer=layer, keep_values=keep_values)
