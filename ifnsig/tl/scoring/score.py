"""Score signatures in every sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from ... import __version__, gate, keys
from ...checks import number_between, one_of
from ...core import Members, Reference
from ...errors import DesignWarning, listing, warn
from ...methods import METHODS, Method
from ...pp._controls import Controls
from ._arguments import check_call, checked_unit, find_reference
from ._coverage import Found, Rules, report
from ._one_pass import Job, run
from ._published import plan
from ._signatures import ChosenSignature, find_signatures, renamed

if TYPE_CHECKING:
    from anndata import AnnData


def score(
    adata: AnnData,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    method: str | Sequence[str],
    reference: Reference | Literal["cohort"] | None = None,
    controls: Controls | None = None,
    layer: str | None = None,
    warn_below: float = 0.8,
    refuse_below: float = 0.5,
    low_coverage: Literal["raise", "skip"] = "raise",
    threads: int = 1,
    **parameters: Any,
) -> None:
    """Score ``signatures``; write ``obsm["ifn_<method>"]`` and how it was made.

    Parameters
    ----------
    adata
        Samples x genes; gene names are current symbols (see ``pp.map_genes``), the unit is declared.
    signatures
        Ids of ``ifnsig.signatures.SIGNATURES``, or the user's own ``{name: genes}`` (list, or gene -> weight).
    method
        Name in ``ifnsig.methods.METHODS``, or several: they share one pass over the matrix, ranks are counted once.
    reference
        For methods that compare with other samples: a fitted ``Reference``, or ``"cohort"`` to say that the cohort
        itself is the reference (scores then move when others join).
    controls
        ``(column, value)``: fit the reference on these samples now, e.g. ``("group", "healthy")``.
    layer
        Layer to score, ``X`` by default; ``"raw"`` for the raw slot with its own genes.
    warn_below, refuse_below
        Shares of a signature's genes below which it is scored with a warning, or refused.
    low_coverage
        ``"raise"`` stops at a refused signature; ``"skip"`` leaves it out and says so in the coverage table.
    threads
        Blocks of samples that are scored at once; no number depends on it.
    **parameters
        The method's own options (``METHODS[method].options``: defaults, values and meaning).

    Raises
    ------
    UnknownNameError, ParameterError, UnitError, CoverageError, ReferenceRequiredError, TableError
        Each says what came and what is allowed.
    """
    gate.refuse_frame(adata, "tl.score")
    threads = int(number_between(threads, 1, 4096, name="threads", function="tl.score"))
    if (whole := gate.raw_slot(adata, layer)) is not None:
        score(
            whole, signatures, method=method, reference=reference, controls=controls, warn_below=warn_below,
            refuse_below=refuse_below, low_coverage=low_coverage, threads=threads, **parameters,
        )  # fmt: skip
        return _take_over(adata, whole, [method] if isinstance(method, str) else list(method))
    planned = plan_scores(
        adata, signatures, method=method, reference=reference, controls=controls, layer=layer, warn_below=warn_below,
        refuse_below=refuse_below, low_coverage=low_coverage, parameters=parameters,
    )  # fmt: skip
    write_scores(adata, planned, run(adata, planned.matrix, planned.jobs, threads=threads))


def _take_over(adata: AnnData, whole: AnnData, methods: list[str]) -> None:
    """Scores of the raw slot as scores of ``adata``."""
    made, facts = (keys.read_field(item, keys.FIELD_SCORES) or {} for item in (whole, adata))
    for name in methods:
        adata.obsm[keys.scores_key(name)] = whole.obsm[keys.scores_key(name)]
        facts[name] = {**made[name], "layer": gate.RAW}
    keys.write_field(adata, keys.FIELD_SCORES, facts)


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """All of a call but the pass over the samples: what each method learned, what it can score, how that is recorded."""

    matrix: Any
    layer: str | None
    units: list[str]
    ready: list[_Ready]

    @property
    def jobs(self) -> list[Job]:
        """What the pass over the samples works out."""
        return [one.job for one in self.ready]


def plan_scores(
    adata: AnnData,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    method: str | Sequence[str],
    reference: Reference | Literal["cohort"] | None = None,
    controls: Controls | None = None,
    layer: str | None = None,
    warn_below: float = 0.8,
    refuse_below: float = 0.5,
    low_coverage: Literal["raise", "skip"] = "raise",
    parameters: Mapping[str, Any],
) -> Planned:
    """What :func:`score` does before it scores: check, find the reference, learn from it, tell the coverage.

    It looks at the whole cohort, so that the pass may then be made over some samples here and others elsewhere.
    """
    names = [method] if isinstance(method, str) else list(method)
    records = [METHODS[name] for name in names]
    check_call(records, parameters)
    one_of(low_coverage, ("raise", "skip"), name="low_coverage", function="tl.score")
    rules = Rules(
        number_between(warn_below, 0, 1, name="warn_below", function="tl.score"),
        number_between(refuse_below, 0, 1, name="refuse_below", function="tl.score"),
    )
    chosen = renamed(find_signatures(signatures), adata.var_names)
    matrix, units = gate.matrix(adata, layer), [checked_unit(adata, layer, record) for record in records]
    if records[0].own_recipes:
        only = _ready_by_recipes(
            adata, matrix, units[0], records[0], chosen, reference, controls, parameters, rules, low_coverage
        )
        return Planned(matrix, layer, units, [only])
    frozen = find_reference(
        adata, records, reference, controls, layer, units[0], _reference_genes(adata, records, chosen)
    )
    found = Found.among(adata, chosen)
    covered = [_cover(adata, found, record, frozen, chosen, rules, low_coverage) for record in records]
    return Planned(matrix, layer, units, _with_common_columns(adata, covered, parameters))


def write_scores(adata: AnnData, planned: Planned, scores: Sequence[np.ndarray]) -> None:
    """Write the scores of every job, shape (samples, signatures) each, and how they were made."""
    facts = dict(keys.read_field(adata, keys.FIELD_SCORES) or {})
    for ready, values, unit in zip(planned.ready, scores, planned.units, strict=True):
        name = ready.job.method.name
        _say_without(adata, ready, values)
        adata.obsm[keys.scores_key(name)] = pd.DataFrame(
            values, index=adata.obs_names, columns=list(ready.kept)
        )
        facts[name] = _provenance(adata, ready, planned.layer, unit)
    keys.write_field(adata, keys.FIELD_SCORES, facts)


def _say_without(adata: AnnData, ready: _Ready, values: np.ndarray) -> None:
    """Warn of samples whose score is no number: what a method leaves open is not passed on without a word."""
    without = ~np.isfinite(values).all(axis=1)
    if without.any():
        shown = ", ".join(
            dict.fromkeys(str(value) for value in values[without].ravel() if not np.isfinite(value))
        )
        warn(
            f"{int(without.sum())} of {len(values)} samples have no finite {ready.job.method.name} score ({shown}):"
            f" {listing(adata.obs_names[without])}. All their genes are equal, or they follow the weights exactly.",
            DesignWarning,
            stacklevel=4,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A job with what its provenance needs."""

    job: Job
    reference: Reference | None
    kept: Mapping[str, ChosenSignature]
    coverage: list[dict[str, Any]]
    facts: Mapping[str, Any]


class _Covered(NamedTuple):
    """A method with the reference that it needs, the coverage, and the signatures that it can score."""

    method: Method
    reference: Reference | None
    coverage: list[dict[str, Any]]
    kept: Mapping[str, ChosenSignature]


def _cover(
    adata: AnnData,
    found: Found,
    record: Method,
    reference: Reference | None,
    chosen: Mapping[str, ChosenSignature],
    rules: Rules,
    low_coverage: str,
) -> _Covered:
    frozen = reference if record.needs_reference else None
    record.check_reference(frozen)
    coverage = found.usable(chosen, record, frozen, rules)
    report(adata, coverage, rules, low_coverage)
    kept = {row["signature"]: chosen[row["signature"]] for row in coverage if row["status"] != "refused"}
    return _Covered(record, frozen, coverage, kept)


def _with_common_columns(
    adata: AnnData, covered: list[_Covered], parameters: Mapping[str, Any]
) -> list[_Ready]:
    """Jobs on one set of columns, so that blocks are shared; each has learned from its reference."""
    every = {name: item.genes for one in covered for name, item in one.kept.items()}
    common = Members.find(every, adata.var_names.tolist())
    out = []
    for one in covered:
        same = tuple(one.kept) == common.names
        members = common if same else common.only(list(one.kept))
        learned = one.method.prepare(members, one.reference, **parameters)
        out.append(
            _Ready(Job(one.method, members, learned, parameters), one.reference, one.kept, one.coverage, {})
        )
    return out


def _ready_by_recipes(
    adata: AnnData,
    matrix: Any,
    unit: str,
    record: Method,
    chosen: Mapping[str, ChosenSignature],
    reference: Reference | str | None,
    controls: Controls | None,
    parameters: Mapping[str, Any],
    rules: Rules,
    low_coverage: str,
) -> _Ready:
    own = plan(adata, matrix, unit, chosen, reference, controls, parameters.get("recipes"))
    coverage = own.coverage(adata, chosen, record, rules)
    report(adata, coverage, rules, low_coverage)
    kept = {row["signature"]: chosen[row["signature"]] for row in coverage if row["status"] != "refused"}
    members = own.members(kept, adata.var_names.tolist())
    job = Job(record, members, own.learned(members), parameters)
    return _Ready(job, own.controls or own.cohort, kept, coverage, own.facts(list(kept)))


def _reference_genes(
    adata: AnnData, records: Sequence[Method], chosen: Mapping[str, ChosenSignature]
) -> list[str] | None:
    """The genes that a reference fitted for this call alone needs: those of the signatures; None for all."""
    if any(record.background for record in records):
        return None
    wanted = {gene for item in chosen.values() for gene in item.genes}
    return [str(gene) for gene in adata.var_names.tolist() if gene in wanted] or None


def _provenance(adata: AnnData, ready: _Ready, layer: str | None, unit: str) -> dict[str, Any]:
    method, reference = ready.job.method, ready.reference
    scope = "sample" if reference is None else ("cohort" if reference.is_cohort else "reference")
    return {
        "method": method.name,
        "parameters": {**method.parameters, **ready.job.parameters},
        "scope": scope,
        "layer": layer,
        "unit": unit,
        "reference": None if reference is None else {
            "label": reference.label, "n": reference.n, "samples": list(reference.samples), "sha256": reference.digest
        },
        "signatures": {name: {"sha256": item.digest, "genes": dict(item.genes)} for name, item in ready.kept.items()},
        "coverage": ready.coverage,
        "n_genes_measured": adata.n_vars,
        "versions": score_versions(),
        **ready.facts,
    }  # fmt: skip


@cache
def score_versions() -> dict[str, str]:
    """Versions of what scores are worked out with."""
    return {"ifnsig": __version__, "numpy": version("numpy"), "scipy": version("scipy")}
