"""Tables, limits and provenance of a finished study."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import __version__, get, keys, pp, tl
from ...methods import METHODS
from ...pp.normalization._prepare import gather, settle_options
from ...pp.quality.qc import quality
from ...report import Results
from ...simulate import SIGNATURES as SIMULATED
from ...simulate import cohort
from ..schema.paths import without_paths
from ..scoring import wanted_genes
from ..state import Run
from .limits import limits

if TYPE_CHECKING:
    from anndata import AnnData


COHORT = "a simulated cohort (100 patients)"
SEED = 1
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
    own = [name for name in get.methods(state.adata) if name in METHODS and METHODS[name].own_recipes]
    scored = [name for name in get.methods(state.adata) if name in (state.method, *own)]
    if state.study.input.scores is not None or (state.controls is None and not own):
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


def add_losses(coverage: list[dict[str, Any]], adata: AnnData) -> None:
    """Add ``r_full`` (correlation of the reduced with the full score) and ``r_full_in`` (where, or why unknown).

    The cohort is the simulator's, which has the genes of its own signatures only; for others, and for methods that
    need what it cannot give, the correlation is unknown and said to be.
    """
    present = set(adata.var_names)
    for row in coverage:
        row["r_full"], row["r_full_in"] = np.nan, ""
        if not row["missing"] or row["status"] == "refused":
            continue
        if row["signature"] not in SIMULATED or row["method"] not in (
            "zscore",
            "mean",
            "singscore",
            "ssgsea",
        ):
            row["r_full_in"] = "unknown: no cohort that measured all its genes is at hand"
            continue
        found = pp.reduced_set_correlation(
            _cohort(), row["signature"], present, cohort=COHORT, method=row["method"], layer="log_cpm",
        )  # fmt: skip
        row["r_full"], row["r_full_in"] = found.correlation, found.reason or COHORT


@cache
def _cohort() -> AnnData:
    """Patients only: with healthy people the scores would spread more, and correlate better, than in a study."""
    drawn = cohort(rng=np.random.default_rng(SEED), n_patients=100, n_controls=2)
    patients = drawn[(drawn.obs["group"] == "patient").to_numpy()].copy()
    # its values alone: that a layer was written is said of the study's own data only
    keys.declare_unit(patients, "counts")
    record = pp.NORMALIZATIONS["log_cpm"]
    samples = gather(patients, record, None, settle_options(record, {}), None)
    patients.layers["log_cpm"] = record.apply(samples, record.fit(samples))[0]
    keys.declare_unit(patients, "log2_cpm", "log_cpm")
    return patients
