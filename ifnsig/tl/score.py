"""Score signatures in every sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from .. import __version__, get, keys
from ..checks import number_between, one_of
from ..core import Block, Members, Reference, row_blocks
from ..errors import (
    CoverageError,
    CoverageWarning,
    ParameterError,
    ReferenceRequiredError,
    TableError,
    UnitError,
    listing,
    warn,
)
from ..methods import METHODS, Method
from ..pp import fit_reference
from ._coverage import Rules, find
from ._signatures import Chosen, choose, renamed

if TYPE_CHECKING:
    from anndata import AnnData

Controls = tuple[str, str]


def score(
    adata: AnnData,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    method: str,
    reference: Reference | Literal["cohort"] | None = None,
    controls: Controls | None = None,
    layer: str | None = None,
    warn_below: float = 0.8,
    refuse_below: float = 0.5,
    low_coverage: Literal["raise", "skip"] = "raise",
    **parameters: Any,
) -> None:
    """Score ``signatures`` with one method; write ``obsm["ifn_<method>"]`` and how it was made.

    Parameters
    ----------
    adata
        Samples x genes; gene names are current symbols (see ``pp.map_genes``), the unit is declared.
    signatures
        Ids of ``ifnsig.signatures.SIGNATURES``, or the user's own ``{name: genes}`` (list, or gene -> weight).
    method
        Name in ``ifnsig.methods.METHODS``.
    reference
        For methods that compare with other samples: a fitted ``Reference``, or ``"cohort"`` to say that the cohort
        itself is the reference (scores then move when others join).
    controls
        ``(column, value)``: fit the reference on these samples now, e.g. ``("group", "healthy")``.
    layer
        Layer to score; ``X`` by default.
    warn_below, refuse_below
        Shares of a signature's genes below which it is scored with a warning, or refused.
    low_coverage
        ``"raise"`` stops at a refused signature; ``"skip"`` leaves it out and says so in the coverage table.
    **parameters
        The method's own options (``METHODS[method].parameters``).

    Raises
    ------
    UnknownNameError, ParameterError, UnitError, CoverageError, ReferenceRequiredError, TableError
        Each says what came and what is allowed.
    """
    record = METHODS[method]
    _check_parameters(record, parameters)
    one_of(low_coverage, ("raise", "skip"), name="low_coverage", function="tl.score")
    rules = Rules(
        number_between(warn_below, 0, 1, name="warn_below", function="tl.score"),
        number_between(refuse_below, 0, 1, name="refuse_below", function="tl.score"),
    )
    chosen = renamed(choose(signatures), adata.var_names)
    matrix, unit = get.matrix(adata, layer), _checked_unit(adata, layer, record)
    frozen = _reference(adata, record, reference, controls, layer, unit)
    coverage = find(adata, chosen, record, frozen, rules)
    _report_coverage(adata, coverage, rules, low_coverage)
    kept = {row["signature"]: chosen[row["signature"]] for row in coverage if row["status"] != "refused"}
    members = Members.find({name: item.genes for name, item in kept.items()}, list(adata.var_names))
    values = _score_blocks(adata, matrix, members, record, frozen, parameters)
    adata.obsm[keys.scores_key(method)] = pd.DataFrame(values, index=adata.obs_names, columns=list(kept))
    facts = _provenance(adata, record, parameters, layer, unit, frozen, kept, coverage)
    keys.write_field(
        adata, keys.FIELD_SCORES, {**(keys.read_field(adata, keys.FIELD_SCORES) or {}), method: facts}
    )


def _check_parameters(method: Method, parameters: Mapping[str, Any]) -> None:
    if unknown := sorted(set(parameters) - set(method.parameters)):
        options = ", ".join(method.parameters) or "none"
        raise ParameterError(
            f"The method {method.name!r} has no option {listing(unknown)}. Its options: {options}."
        )


def _checked_unit(adata: AnnData, layer: str | None, method: Method) -> str:
    unit = get.unit(adata, layer)
    if unit not in method.units:
        where = "X" if layer is None else f"layer {layer!r}"
        step = {"counts": 'pp.normalize(adata, method="log_cpm") and layer="log_cpm"'}.get(
            unit, 'pp.normalize(adata, method="log2") and layer="log2"'
        )
        raise UnitError(
            f"The method {method.name!r} cannot score values in {unit!r} ({where}). It accepts"
            f" {', '.join(sorted(method.units))}. Next step: {step}."
        )
    return unit


def _reference(
    adata: AnnData,
    method: Method,
    reference: Reference | str | None,
    controls: Controls | None,
    layer: str | None,
    unit: str,
) -> Reference | None:
    if not method.needs_reference:
        if reference is not None or controls is not None:
            raise ParameterError(
                f"The method {method.name!r} scores each patient alone: it takes no reference and no controls."
            )
        return None
    if (reference is None) == (controls is None):
        raise ReferenceRequiredError(
            f"The method {method.name!r} needs exactly one reference: controls=(column, value), a Reference from"
            ' pp.fit_reference or Reference.load, or reference="cohort" to use the cohort itself.'
        )
    if controls is not None:
        return fit_reference(adata, controls=controls, layer=layer, keep_values=method.learns_from_values)
    if isinstance(reference, str):
        one_of(reference, ("cohort",), name="reference", function="tl.score")
        return fit_reference(adata, controls="cohort", layer=layer, keep_values=method.learns_from_values)
    if reference is not None and reference.unit != unit:
        raise UnitError(
            f"The reference was fitted on {reference.unit!r} values; these are {unit!r}. Score values of the same unit."
        )
    return reference


def _report_coverage(adata: AnnData, coverage: list[dict[str, Any]], rules: Rules, low_coverage: str) -> None:
    refused = [row for row in coverage if row["status"] == "refused"]
    if refused and (low_coverage == "raise" or len(refused) == len(coverage)):
        raise CoverageError(rules.refusal(refused, list(adata.var_names)))
    for row in refused:
        warn(f"Left out: {rules.refusal([row], list(adata.var_names))}", CoverageWarning, stacklevel=4)
    for row in coverage:
        if row["status"] == "low coverage":
            missing = [*row["missing"], *row["constant"]]
            warn(
                f"{row['signature']} is scored with {row['n_used']} of its {row['n_genes']} genes; without:"
                f" {listing(missing)}.",
                CoverageWarning,
                stacklevel=4,
            )


def _score_blocks(
    adata: AnnData,
    matrix: Any,
    members: Members,
    method: Method,
    reference: Reference | None,
    parameters: Mapping[str, Any],
) -> np.ndarray:
    aligned = reference.select(adata.var_names[members.columns]) if reference is not None else None
    out = np.empty((adata.n_obs, len(members)))
    missing: list[str] = []
    for block in row_blocks(matrix, members.columns):
        missing += list(adata.obs_names[block.start : block.stop][_rows_without(block, method)])
        if not missing:
            out[block.start : block.stop] = method(block, members, aligned, **parameters)
    if missing:
        needed = "all genes of a sample" if method.background else "the signature's genes"
        raise TableError(
            f"{len(missing)} of {adata.n_obs} samples have genes without a value: {listing(missing)}. {method.name}"
            f' needs {needed}. Read the file with missing="drop_genes" to leave such genes out.'
        )
    return out


def _rows_without(block: Block, method: Method) -> np.ndarray:
    return block.missing if method.background else np.asarray(np.isnan(block.values).any(axis=1))


def _provenance(
    adata: AnnData,
    method: Method,
    parameters: Mapping[str, Any],
    layer: str | None,
    unit: str,
    reference: Reference | None,
    kept: Mapping[str, Chosen],
    coverage: list[dict[str, Any]],
) -> dict[str, Any]:
    scope = "sample" if reference is None else ("cohort" if reference.is_cohort else "reference")
    return {
        "method": method.name,
        "parameters": {**method.parameters, **parameters},
        "scope": scope,
        "layer": layer,
        "unit": unit,
        "reference": None if reference is None else {
            "label": reference.label, "n": reference.n, "samples": list(reference.samples), "sha256": reference.digest
        },
        "signatures": {name: {"sha256": item.digest, "genes": dict(item.genes)} for name, item in kept.items()},
        "coverage": coverage,
        "n_genes_measured": adata.n_vars,
        "versions": {"ifnsig": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
    }  # fmt: skip
