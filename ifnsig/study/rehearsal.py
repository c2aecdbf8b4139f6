"""The steps of a study on stand-ins for its scores: columns, values, pairs and responses are looked at by what uses them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import anndata
import numpy as np

from .. import keys
from ..stats._vectors import few_draws
from ..tl.scoring.score import plan_scores
from .changes import change
from .flags import known_flags
from .responses import associate, respond
from .schema.model import Study
from .scoring import score
from .state import Run
from .steps import STEPS

if TYPE_CHECKING:
    from anndata import AnnData

    from ..tl.scoring.score import Planned

LOW, HIGH = 0.2, 0.8
"""Stand-ins lie between them, on both sides of one half (``Question.rehearsed`` goes by that): inside the limits of every
method, and positive, as ratios are."""

SEED = 1
ALWAYS = (score, change, respond, associate)
"""Steps that are taken though something else of the study is at fault."""


def rehearse(state: Run) -> None:
    """Take every step with stand-ins, so that what would stop one is found; nothing of ``state`` changes.

    A step that rests on a change from baseline is not taken where that has failed.
    """
    faulty = state.findings is not None and bool(state.findings.errors)
    planned = state.planned
    if not _named_one_by_one(state.study):  # one signature meets what all would meet
        planned = [_one_signature(item, state.primary) for item in state.planned]
    dry = replace(
        state, study=_without_scores(state.study), adata=_aside(state.adata), planned=planned, scores_of=_stand_ins,
        changes={}, tables={}, skipped=[],
    )  # fmt: skip
    if faulty:
        _make_do(dry)
    for step in STEPS:
        if faulty and step.take not in ALWAYS:
            continue
        if dry.changes or dry.study.design.baseline is None or not step.of_change:
            with dry.part(step.where), few_draws():
                step.take(dry)
    for visit, count in _pairs(dry).items():
        state.note(f"{count} patients have {state.study.design.baseline} and {visit}.")
    if state.study.strict and not faulty:
        with state.part("strict"):
            known_flags(state.planned, dry)


def _make_do(dry: Run) -> None:
    """Let visits and responses be looked at where scoring has a fault: a stand-in for the mean of a gene."""
    design = dry.study.design
    if dry.findings is not None and "design.controls" in {said.where for said in dry.findings.errors}:
        dry.study = dry.study.model_copy(update={"design": design.model_copy(update={"controls": None})})
    if dry.study.input.scores is None and not dry.planned:
        keys.declare_unit(dry.adata, "log2_cpm")
        genes = {dry.primary: [str(dry.adata.var_names[0])]}
        dry.planned = [plan_scores(dry.adata, genes, method="mean", parameters={})]


def _pairs(dry: Run) -> dict[str, int]:
    """Patients of every follow-up visit."""
    for made in dry.changes.values():
        return dict(made.obs[keys.OBS_VISIT].value_counts(sort=False))
    return {}


def _without_scores(study: Study) -> Study:
    """The study without what depends on the height of the scores: a baseline cut, random sets."""
    scores = study.scores.model_copy(update={"random_sets": 0})
    stand_ins = study.input.scores is None  # scores made elsewhere are there, and are rehearsed on
    asked = {question.name: question.rehearsed(study, keys) for question, keys in study.asked if stand_ins}
    return study.model_copy(update={**asked, "scores": scores, "seed": SEED})


def _named_one_by_one(study: Study) -> bool:
    """Whether a question gives numbers by the names of signatures."""
    given = [value for _, keys in study.asked for value in keys.model_dump().values()]
    return any(isinstance(value, dict) and "column" not in value for value in given)


def _one_signature(planned: Planned, primary: str) -> Planned:
    """The same pass for the primary signature alone, or for the first that it scores."""
    ready = []
    for one in planned.ready:
        name = primary if primary in one.kept else next(iter(one.kept), None)
        kept = {} if name is None else {name: one.kept[name]}
        ready.append(replace(one, kept=kept, job=replace(one.job, members=one.job.members.only(list(kept)))))
    return replace(planned, ready=ready)


def _aside(adata: AnnData) -> AnnData:
    """The same values under columns and notes of their own."""
    made = anndata.AnnData(adata.X, obs=adata.obs.copy(), var=adata.var.copy(), layers=dict(adata.layers))
    made.obsm.update(adata.obsm)
    made.uns = deepcopy(adata.uns)
    return made


def _stand_ins(adata: AnnData, planned: Planned) -> list[np.ndarray]:
    rng = np.random.default_rng(SEED)
    return [rng.uniform(LOW, HIGH, (adata.n_obs, len(job.members))) for job in planned.jobs]
