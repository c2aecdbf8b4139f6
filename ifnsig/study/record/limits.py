"""What may not be concluded from this study, in plain sentences that depend on what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ... import get, keys
from ...labels import labels
from ...signatures import SIGNATURES
from ..schema.model import Study

if TYPE_CHECKING:
    from anndata import AnnData

FEW_PATIENTS = 20


def limits(study: Study, adata: AnnData, change: AnnData | None) -> list[str]:
    """The limits that hold here, most general last."""
    sentences = [*_scale(adata), *_lists(adata)]
    if change is not None:
        sentences += [
            *_size(change),
            *_batch(study, change),
            *_covariates(study, change),
            *_arms(study, change),
        ]
        sentences.append(
            "A fall of the interferon score is a molecular effect. It is not a clinical response: patients can fall in"
            " score without improving, and improve without falling."
        )
    sentences.append(
        "Interferon scores separate patients from healthy people well and follow disease activity weakly; a high or low"
        " score does not measure activity."
    )
    return sentences


def _scale(adata: AnnData) -> list[str]:
    cohort = [name for name in get.methods(adata) if get.provenance(adata, name).get("scope") == "cohort"]
    if not cohort:
        return []
    return [
        f"The {', '.join(cohort)} scores use this cohort as its own reference: they move when samples join or leave, and"
        " cannot be compared with another cohort's."
    ]


def _lists(adata: AnnData) -> list[str]:
    used = {name for method in get.methods(adata) for name in get.scores(adata, method).columns}
    records = [SIGNATURES[name] for name in sorted(used) if name in SIGNATURES]
    warned = [
        f"{record.id}: {record.warning}" for record in records if record.warning and not record.provisional
    ]
    return warned + [
        f"The gene list of {record.id} is provisional: {record.notes.split(': ', 1)[-1]}"
        for record in records
        if record.provisional
    ]


def _size(change: AnnData) -> list[str]:
    patients = change.obs[keys.OBS_PATIENT].nunique()
    if patients >= FEW_PATIENTS:
        return []
    return [
        f"{patients} patients have both visits: intervals are wide, and a large p is not evidence of no change."
    ]


def _batch(study: Study, change: AnnData) -> list[str]:
    column = study.design.batch
    if column is None:
        return []
    start, end = (labels(values).to_numpy() for values in _both(change, column))
    known = ~(pd.isna(start) | pd.isna(end))
    unknown = f" Of {int((~known).sum())} pairs it is not known." if not known.all() else ""
    moved = known & (start != end)
    if not moved.any():
        return (
            [
                f"Both samples of every pair are in one {column}, so a batch effect cancels in the change.{unknown}"
            ]
            if known.any()
            else [
                f"No pair has a {column} for both its samples: whether a batch effect cancels is not known."
            ]
        )
    return [
        f"{int(moved.sum())} of {len(moved)} pairs have their two samples in different values of {column}; the change is"
        f" not adjusted for it.{unknown}"
    ]


def _covariates(study: Study, change: AnnData) -> list[str]:
    sentences = []
    for column in study.design.covariates:
        start, end = (pd.to_numeric(values, errors="coerce").to_numpy() for values in _both(change, column))
        difference = end - start
        difference = difference[~pd.isna(difference)]
        if len(difference) and (difference != 0).any():
            sentences.append(
                f"{column} changed too: lower in {int((difference < 0).sum())}, higher in {int((difference > 0).sum())} of"
                f" {len(difference)} pairs (mean {difference.mean():+.3g}). The change in score is not adjusted for it."
            )
    return sentences


def _arms(study: Study, change: AnnData) -> list[str]:
    if study.design.arm is None or "arms" in {question.name for question, _ in study.asked}:
        return []
    return [
        "Each arm is described by itself. That one arm changes and another does not is no evidence of a difference between"
        " them; arms are not compared here."
    ]


def _both(change: AnnData, column: str) -> tuple[pd.Series, pd.Series]:
    return change.obsm[keys.OBSM_CLINICAL_BASELINE][column], change.obsm[keys.OBSM_CLINICAL_FOLLOWUP][column]
