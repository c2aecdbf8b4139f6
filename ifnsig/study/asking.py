"""The questions of a study beyond the primary one, each answered when its table is in the study file."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .. import get, tl
from ..errors import DesignError
from ..labels import label, present
from ..signatures import SIGNATURES
from ._questions import BaselineLabel
from .changing import covariates, primary_visit
from .responding import patients
from .state import Run


def subgroup(state: Run) -> None:
    """Patients with a high baseline, beside all of them."""
    asked, design = state.study.change, state.study.design
    if asked.selected_by_baseline is None or not state.changes:
        return
    rule: Any = asked.selected_by_baseline
    if isinstance(rule, BaselineLabel):
        rule = (rule.column, rule.value)
    table = tl.test_change(
        state.changes[state.method], selected_by_baseline=rule, icc=asked.test_retest_icc,
        screening_mean=asked.screening_mean, screening_sd=asked.screening_sd, arm=design.arm,
        rng=state.study.seed, **covariates(design),
    )  # fmt: skip
    state.add("subgroup_tests", table)


def suppression(state: Run) -> None:
    """Percent suppression by every named definition."""
    asked = state.study.suppression
    if asked is None:
        return
    for definition in asked.definitions:
        change = state.changes[asked.method or state.method]
        table = tl.suppression(change, definition=definition, cut=asked.cut, arm=state.study.design.arm)
        state.add("suppression", table)


def time_course(state: Run) -> None:
    """Nadir and rebound."""
    asked = state.study.time_course
    if asked is not None:
        times = state.study.design.times or None
        table = tl.time_course(state.changes[state.method], times=times, **asked.model_dump())
        state.add("time_course", table)


def visits(state: Run) -> None:
    """All visits in one model."""
    asked, design = state.study.visits, state.study.design
    if asked is not None:
        table = tl.test_visits(
            state.changes[state.method], times=design.times or None, arm=design.arm, primary=state.primary,
            df_method=asked.df_method,
        )  # fmt: skip
        state.add("visit_tests", table)


def arms(state: Run) -> None:
    """Arms against each other."""
    asked, design = state.study.arms, state.study.design
    if asked is not None:
        change = state.changes[state.method]
        try:
            table = tl.test_arms(
                change, arm=str(design.arm), control=asked.control, model=asked.model, covariates=asked.covariates,
                primary=state.primary, primary_visit=primary_visit(design),
            )  # fmt: skip
        except DesignError as fault:
            if label(asked.control) not in present(change.obs[str(design.arm)]):
                raise  # a slip of the study file, which check has named
            state.skip(f"The arms are not compared. {fault}", severity="warning", where="arms")
            return
        state.add("arm_tests", table)


def genes(state: Run) -> None:
    """Every gene, the genes of each signature together, and which of them fell."""
    asked, design = state.study.genes, state.study.design
    if asked is None:
        return
    chosen: Any = {name: SIGNATURES[name] for name in asked.signatures} or state.signatures
    sheet: dict[str, Any] = {
        "patient": design.patient, "visit": design.visit, "baseline": design.baseline, "followup": design.followup,
        "controls": state.controls,
    }  # fmt: skip
    log: dict[str, Any] = {**sheet, "layer": state.layer, "replicates": design.replicates}
    with state.said_before():
        if asked.model == "pydeseq2":
            table = tl.count_changes(state.adata, min_count=asked.min_count, **sheet)
        else:
            table = tl.gene_changes(state.adata, trend=asked.trend, min_count=asked.min_count, **log)
        state.add("gene_changes", table)
        state.add("leading_edge", tl.leading_edge(table, chosen))
        state.add("gene_sets", tl.gene_set_changes(state.adata, chosen, rng=state.study.seed, **log))
    if asked.prerank:
        for visit in pd.unique(table["visit"]):
            state.add(
                "enrichment", tl.prerank(table, chosen, visit=str(visit), seed=state.study.seed % 2**31)
            )


def score_groups(state: Run) -> None:
    """One or two groups of patients at baseline."""
    if state.study.score_groups is not None:
        state.add("score_groups", tl.score_groups(state.adata, method=state.method, **_at_baseline(state)))


def survival(state: Run) -> None:
    """Curves of every response with a time."""
    asked, design = state.study.survival, state.study.design
    if asked is None:
        return
    data = patients(state)
    for entry in state.study.responses:
        if entry.time is not None:
            table = tl.survival_curves(
                data, response=entry.name, time=entry.time, positive=entry.positive, negative=entry.negative,
                method=state.method, cut=asked.cut, patient=design.patient, visit=design.visit, baseline=design.baseline,
            )  # fmt: skip
            state.add("survival_curves", table)


def agreement(state: Run) -> None:
    """Of methods or platforms, and of genes."""
    asked, design = state.study.agreement, state.study.design
    if asked is None:
        return
    common: dict[str, Any] = {"patient": design.patient, "rng": state.study.seed}
    methods = get.methods(state.adata)
    if asked.platform is not None:
        same = asked.same or [name for name in (design.patient, design.visit) if name]
        table = tl.agreement(state.adata, method=state.method, platform=asked.platform, same=same, **common)
        state.add("agreement", table)
    elif len(methods) > 1:
        one = _baseline_samples(state)
        state.add("agreement", tl.agreement(one, method=methods, **common))
    else:
        state.skip("There is one method and no column of platforms: no agreement between scores is shown.")
    if asked.genes and state.study.input.scores is None:
        table = tl.gene_agreement(state.adata, state.signatures, layer=state.layer, **_at_baseline(state))
        state.add("gene_agreement", table)


def _baseline_samples(state: Run) -> Any:
    """The patients' samples at the baseline, one each; all samples where no baseline is declared."""
    design = state.study.design
    if design.baseline is None:
        return state.adata
    from ..tl._one_sample import chosen_samples

    rows, _ = chosen_samples(state.adata, function="the agreement of methods", **_at_baseline(state))
    return state.adata[rows]


def _at_baseline(state: Run) -> dict[str, Any]:
    design = state.study.design
    return {
        "patient": design.patient, "visit": design.visit, "baseline": design.baseline, "controls": state.controls,
    }  # fmt: skip


def drug_effect(state: Run) -> None:
    """Drug against vehicle in a dish."""
    asked = state.study.drug_effect
    if asked is not None:
        table = tl.drug_effect(
            state.adata, method=state.method, primary=state.primary, rng=state.study.seed, **asked.model_dump()
        )  # fmt: skip
        state.add("drug_effect", table)


def dose_response(state: Run) -> None:
    """IC50 in a dish."""
    asked = state.study.dose_response
    if asked is not None:
        state.add("dose_response", tl.dose_response(state.adata, method=state.method, **asked.model_dump()))
