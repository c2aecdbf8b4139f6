"""What was read without the names of people, samples and files: an allow-list, so that no slot is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ... import get, keys
from ...core import Reference
from ...pp import Normalization
from ...pp.normalization._nanostring import CODE_CLASS, find_column

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from anndata import AnnData
    from numpy.typing import NDArray

Named = Callable[[str], str]
"""The pseudonym of a sample."""

STORED = "stored by an earlier study"
"""What samples of an earlier study are called: their own label can be anybody's."""

OF_GENES = ("via", "n_rows")
"""Columns of genes that ``pp.map_genes`` writes; those of the file stay at home, but for the classes of a panel's probes."""

OF_FILES = ("format", "sha256", "orientation")
"""What is told of the files that were read."""


def stripped(adata: AnnData, obs: pd.DataFrame, named: Named, order: NDArray[np.intp]) -> AnnData:
    """The values with ``obs`` in place of their own, the genes, the scores and how they were made; rows in ``order``."""
    import anndata

    methods = get.methods(adata)
    scored = {get.provenance(adata, name).get("layer") for name in methods}
    layers = [name for name in keys.layer_names(adata) if name in scored]
    classes = find_column(adata.var.columns, CODE_CLASS)
    made = anndata.AnnData(
        X=adata.X,
        obs=obs,
        var=adata.var[[name for name in adata.var.columns if name in OF_GENES or name == classes]],
        layers={name: adata.layers[name] for name in layers},
        obsm={
            key: get.scores(adata, name).set_axis(obs.index)
            for name in methods
            for key in [keys.scores_key(name)]
        },
    )
    made.var_names.name = None
    units = keys.read_field(adata, keys.FIELD_UNITS) or {}
    facts = {
        keys.FIELD_UNITS: {name: unit for name, unit in units.items() if name == "X" or name in layers},
        keys.FIELD_SOURCE: _source(keys.read_field(adata, keys.FIELD_SOURCE) or {}),
        keys.FIELD_GENES: _genes(keys.read_field(adata, keys.FIELD_GENES)),
        keys.FIELD_SCORES: {name: _scores(get.provenance(adata, name), named) for name in methods},
    }
    for name, value in facts.items():
        if value:
            keys.write_field(made, name, value)
    made = made[order].copy()
    for column in made.obs.select_dtypes("category"):
        made.obs[column] = made.obs[column].cat.remove_unused_categories()
    return made


def of_reference(stored: Reference, named: Named) -> Reference:
    """A reference of an earlier study, whose samples have names of their own."""
    names = [named(name) for name in stored.samples]
    order = sorted(range(len(names)), key=names.__getitem__)
    return replace(
        stored, samples=tuple(names[row] for row in order), label=_label(stored.label),
        values=None if stored.values is None else stored.values[order],
    )  # fmt: skip


def of_normalization(stored: Normalization, named: Named) -> Normalization:
    """A normalisation of an earlier study, likewise."""
    controls = {"controls": STORED} if stored.options.get("controls") is not None else {}
    names = sorted(named(name) for name in stored.samples)
    return replace(stored, samples=tuple(names), options={**stored.options, **controls})


def _label(given: str) -> str:
    return given if given == "cohort" else STORED


def _source(source: dict[str, Any]) -> dict[str, Any]:
    """What is known of the files without their names, and in no order of theirs."""
    kept: dict[str, Any] = {name: source[name] for name in OF_FILES if name in source}
    if files := source.get("files"):
        kept["files"] = [{"sha256": digest} for digest in sorted(str(item.get("sha256")) for item in files)]
    return kept


def _genes(record: dict[str, Any] | None) -> dict[str, Any]:
    """What was done to the names of genes, without the name of a probe map."""
    found = dict(record or {})
    if probes := found.get("probe_map"):
        found["probe_map"] = {name: value for name, value in probes.items() if name != "source"}
    return found


def _scores(facts: dict[str, Any], named: Named) -> dict[str, Any]:
    """How scores were made, with samples of their reference under pseudonyms; those made elsewhere name a file."""
    found = dict(facts)
    if source := found.get("source"):
        found["source"] = _source(source)
    if reference := found.get("reference"):
        samples = sorted(map(named, reference.get("samples", [])))
        found["reference"] = {**reference, "label": _label(reference.get("label", "")), "samples": samples}
    return found
