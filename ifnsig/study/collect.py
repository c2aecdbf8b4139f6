"""Tables, limits and provenance of a finished study."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import __version__, get, keys, tl
from ..pp.qc import quality
from ..report import Results
from .limits import limits
from .losses import add_losses
from .paths import without_paths
from .scoring import wanted_genes
from .state import Run

if TYPE_CHECKING:
    from anndata import AnnData

COVERAGE_FLAGS = {"refused": "COVERAGE_LT_50", "low coverage": "COVERAGE_LT_80"}
PACKAGES = ("numpy", "scipy", "pandas", "anndata")


def collect(state: Run) -> Results:
    """Everything that goes into the results folder."""
    design = state.study.design
    described = {"patient": design.patient, "visit": design.visit, "group": design.group}
    scores = get.score_table(state.adata, [column for column in described.values() if column])
    scores = scores.rename(columns={column: name for name, column in described.items() if column})
    genes = None
    if state.reference is not None:
        genes = tl.gene_table(
            state.adata, state.primary, method=state.method, reference=state.reference, columns=described
        )
    responses = get.response_table(state.changes[state.method]) if state.changes else pd.DataFrame()
    asked = {name: pd.concat(tables, ignore_index=True) for name, tables in state.tables.items()}
    return Results.of(
        asked,
        title=state.study.title,
        scores=scores,
        coverage=_coverage(state.adata),
        calls=_calls(state),
        genes=genes,
        qc=None
        if state.seen is None
        else quality(state.adata, state.seen, signatures=wanted_genes(state.study)),
        change=_joined([get.change_table(change) for change in state.changes.values()]),
        responses=None if responses.empty else responses,
        provenance=_provenance(state),
        skipped=state.skipped,
        limits=limits(state.study, state.adata, state.changes.get(state.method) if state.changes else None),
    )


def _calls(state: Run) -> pd.DataFrame | None:
    """Positive or negative by the healthy cut-off, and by the published one where the scores are the published ones."""
    scored = [name for name in get.methods(state.adata) if name in (state.method, "published")]
    if state.study.input.scores is not None or (state.controls is None and "published" not in scored):
        return None
    tables = [
        tl.call_positive(
            state.adata, method=name, platform=state.study.input.platform, controls=state.controls
        )
        for name in scored
    ]
    table = pd.concat(tables, ignore_index=True)
    nothing = (table["call"] == "") & (table["reason"] == "no cut-off is published")
    return table[~nothing].reset_index(drop=True)


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame | None:
    return pd.concat(tables, ignore_index=True) if tables else None


def _coverage(adata: AnnData) -> pd.DataFrame | None:
    rows = get.coverage(adata).to_dict("records")
    if not rows:
        return None
    add_losses(rows, adata)
    table = pd.DataFrame(rows)
    table["flags"] = table["status"].map(COVERAGE_FLAGS).fillna("")
    for column in ("missing", "constant", "via_alias"):
        table[column] = [";".join(names) for names in table[column]]
    return table


def _provenance(state: Run) -> dict[str, Any]:
    about = {
        name: keys.read_field(state.adata, name)
        for name in (keys.FIELD_SOURCE, keys.FIELD_GENES, keys.FIELD_UNITS)
    }
    return {
        **about,
        "study": without_paths(state.study) if state.pseudonyms else state.study.model_dump(mode="json"),
        "primary": {"signature": state.primary, "method": state.method},
        "scores": keys.read_field(state.adata, keys.FIELD_SCORES) or {},
        "change": {m: keys.read_field(c, keys.FIELD_CHANGE) for m, c in state.changes.items()},
        "responses": {m: keys.read_field(c, keys.FIELD_RESPONSES) for m, c in state.changes.items()},
        "versions": {
            "ifnsig": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
        "seed": state.study.seed,
    }
