"""What an expression file holds, as lines of a draft: format, unit, and the signatures that its genes cover."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from ... import io, keys, pp
from ...errors import GeneNameError, IfnsigError, TableError, listing
from ...gate.gene_table import gene_table
from ...units import UNITS
from ._entries import Entry, question, remark

if TYPE_CHECKING:
    from anndata import AnnData

SIGNATURES = (
    "rice2013_6", "kim2018_28", "medimmune_4", "galbraith_ds_16", "hallmark_ifna", "hallmark_ifng", "cmp_il6_stat3",
    "cmp_tnfa_nfkb",
)  # fmt: skip
"""What the example study scores: type I and II, and two pathways that should not move."""

FEWEST_GENES = 3
LOOKED_AT = 200


def read_values(expression: str | Path) -> tuple[AnnData, str | None]:
    """The values; with samples in rows where the other way round no gene would be known."""
    try:
        return io.read(expression), None
    except TableError:
        try:
            turned = io.read(expression, format="table", orientation="samples_in_rows")
        except IfnsigError:
            turned = None
        if turned is None or _known(turned.var_names) < FEWEST_GENES or _known(turned.obs_names):
            raise
        return turned, "samples_in_rows"


def _known(names: Any) -> int:
    symbols = gene_table().symbols
    return sum(str(name) in symbols for name in names)


def lines_of_values(adata: AnnData, orientation: str | None) -> list[Entry]:
    """Format, orientation, unit and layer."""
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    entries = [Entry("format", noted["format"], io.FORMATS[noted["format"]].title)]
    if orientation is not None:
        entries.append(Entry("orientation", orientation, "the header holds names of genes"))
    unit = keys.unit_of(adata)
    if unit:
        entries.append(Entry("unit", unit, "as the file says"))
    else:
        entries.append(
            question(
                "unit",
                f"in which unit are the values? They are {_look(adata)}. E.g. counts, tpm, log2_cpm, log2_array;"
                " docs/reference/formats.md has all",
                tuple(UNITS),
            )
        )
    if layers := keys.layer_names(adata):
        entries.append(
            remark(f'The file also holds {listing(layers)}: layer = "NAME" reads one in place of X.')
        )
    return entries


def _look(adata: AnnData) -> str:
    """What the values look like, for whoever must say their unit."""
    part: Any = adata.X[:LOOKED_AT]
    values = np.asarray(part.toarray() if sparse.issparse(part) else part, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return "missing"
    whole = "whole numbers" if (values == np.round(values)).all() else "numbers with fractions"
    logged = "; scanpy has noted logarithms (uns['log1p'])" if "log1p" in adata.uns else ""
    return f"{whole} from {values.min():.4g} to {values.max():.4g}{logged}"


def lines_of_scores(adata: AnnData, *, has_controls: bool) -> list[Entry]:
    """Signatures that the genes cover, and methods that the samples allow."""
    try:
        table = pp.coverage(pp.map_genes(adata), list(SIGNATURES))
        scored = [str(name) for name in table["signature"][table["status"] != "refused"]]
    except GeneNameError:
        scored = list(SIGNATURES)  # why no gene is known, and what to do, the check says
    lost = [name for name in SIGNATURES if name not in scored]
    if not scored:
        text = "which signatures? None of the usual ones has half of its genes here (ifnsig signatures)"
        return [question("signatures", text, kind="labels")]
    entries = [Entry("signatures", scored, "ifnsig signatures lists all")]
    if lost:
        entries.append(remark(f"Without half of their genes here: {listing(lost, shown=20)}."))
    if has_controls:
        return [
            *entries,
            Entry("methods", ["zscore", "singscore"], "z against the healthy controls, and a rank score"),
            Entry("primary", scored[0]),
        ]
    note = "of each sample alone; zscore needs healthy controls"
    return [*entries, Entry("methods", ["singscore"], note), Entry("primary", scored[0])]
