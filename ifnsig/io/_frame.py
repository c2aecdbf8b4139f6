"""``from_frame``: a pandas table of values, through the same gate as every file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from numbers import Real
from pathlib import Path
from typing import Any, Literal

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import keys
from ..checks import one_of
from ..doors import argument, subject
from ..errors import ParameterError, TableError, listing
from ..gate.admit import admit
from ..gate.annotation import check_one_quantity, is_annotation
from ..labels import as_text
from ._units import settle_unit
from .formats._matrix import MISSING_RULES, Missing, build
from .formats._orientation import FEWEST_GENES, genes_among, shared
from .sheet._join import EXTRA_RULES, join_samples, sheet_of
from .text._columns import Extra
from .text._delimited import MISSING

log = logging.getLogger("ifnsig")

NAME = "the DataFrame"
Rows = Literal["samples", "genes"]
ROWS: tuple[Rows, ...] = ("samples", "genes")
SHOWN = 5


def from_frame(
    expr: pd.DataFrame,
    samples: pd.DataFrame | str | Path | None = None,
    *,
    unit: str,
    orientation: Rows | None = None,
    missing: Missing = "raise",
    sample_column: str = "sample",
    extra: Extra = "raise",
) -> anndata.AnnData:
    """An AnnData of a table of expression values, as :func:`read` makes it of a file with the same table.

    Parameters
    ----------
    expr
        Values; names of samples and genes stand in the index and the columns. Not changed. Columns beside genes in rows that
        describe them (``gene_name``) are kept in ``var``.
    samples
        Sample sheet (table, or file for :func:`read_samples`), joined by id.
    unit
        Unit of the values (see ``ifnsig.units.UNITS``).
    orientation
        What a row is: ``"samples"`` or ``"genes"``; None: told by the sheet, else by known gene names.
    missing
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes that have any.
    sample_column
        Column of sample ids in the sheet.
    extra
        ``"raise"`` when there are samples that the sheet lacks, or ``"drop"`` to leave them out.

    Returns
    -------
    AnnData
        Samples x genes; ids are text, ``obs`` holds the sheet, ``uns["ifnsig"]`` unit and source.

    Raises
    ------
    ParameterError
        No DataFrame, names of several levels, or nothing tells what its rows are.
    TableError
        It lies the other way round, ids are doubled, or cells are missing or no finite numbers.
    SampleSheetError
        Sheet and table do not have the same samples.
    UnitError
        The unit does not exist, or the values are scaled.
    """
    one_of(orientation, (None, *ROWS), name="orientation", function="io.from_frame")
    one_of(missing, MISSING_RULES, name="missing", function="io.from_frame")
    one_of(extra, EXTRA_RULES, name="extra", function="io.from_frame")
    _check(expr)
    sheet = None if samples is None else sheet_of(samples, sample_column)
    listed: frozenset[str] = frozenset() if sheet is None else frozenset(sheet.index)
    rows, decided = _rows(expr, listed, orientation)
    adata = admit(_built(expr, rows, listed, missing), NAME, listed)
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    source = {
        **noted, "file": NAME, "format": "DataFrame", "orientation": f"{rows}_in_rows", "orientation_by": decided,
        "sha256": _hash(adata),
    }  # fmt: skip
    keys.write_field(adata, keys.FIELD_SOURCE, source)
    if sheet is not None:
        adata = join_samples(adata, sheet, sample_column=sample_column, extra=extra)
    settle_unit(adata, unit, NAME)
    if sheet is None:
        check_one_quantity(list(adata.obs_names), adata.X, unit, NAME)
    log.info("%s: %d samples x %d genes (orientation by %s).", NAME, *adata.shape, decided)
    return adata


def _check(expr: Any) -> None:
    if not isinstance(expr, pd.DataFrame):
        raise ParameterError(
            f"{subject('io.from_frame', 'expr')} must be a pandas DataFrame. Got {type(expr).__name__}."
        )
    for axis, names in (("index", expr.index), ("columns", expr.columns)):
        if names.nlevels > 1:
            raise ParameterError(
                f"The {axis} of the DataFrame has {names.nlevels} levels ({listing(map(str, names.names))}): one id a row"
                " and a column is needed."
            )


def _ids(names: pd.Index) -> list[str]:
    """Names as text: 1 and 1.0 are ``"1"``, as a file would hold them."""
    return [as_text(name).strip() for name in names]


def _rows(expr: pd.DataFrame, listed: Collection[str], asked: Rows | None) -> tuple[Rows, str]:
    """What a row is, and by what that is known.

    Raises
    ------
    TableError
        The names say the other thing than was asked.
    ParameterError
        Nothing was asked, and the names do not tell.
    """
    down, across = _ids(expr.index), _ids(expr.columns)
    evidence = (
        ("sample sheet", "ids of the sample sheet", 1, shared(down, listed), shared(across, listed)),
        ("gene names", "known gene names", FEWEST_GENES, genes_among(across), genes_among(down)),
    )
    for by, what, fewest, samples, genes in evidence:
        if len(samples) == len(genes) or max(len(samples), len(genes)) < fewest:
            continue
        found: Rows = "samples" if len(samples) > len(genes) else "genes"
        if asked not in (None, found):
            shown = max(samples, genes, key=len)
            raise TableError(
                f"{NAME} lies the other way round: {argument('io.from_frame', 'orientation', asked)} was given, and"
                f" {len(shown)} {what} ({listing(shown)}) say that its rows are {found}."
            )
        return found, "user" if asked else by
    if asked is None:
        raise ParameterError(
            f"Nothing tells whether a row of the DataFrame is a sample or a gene (rows: {listing(down)}; columns:"
            f" {listing(across)}). Say which: {argument('io.from_frame', 'orientation', 'genes')}, or 'samples'."
        )
    return asked, "user"


def _built(expr: pd.DataFrame, rows: Rows, listed: Collection[str], missing: Missing) -> anndata.AnnData:
    """Samples x genes; beside genes in rows, what describes them goes to ``var``."""
    names = _ids(expr.columns)
    describing = [
        at for at, name in enumerate(names) if rows == "genes" and is_annotation(name) and name not in listed
    ]
    kept = [at for at in range(len(names)) if at not in describing]
    values, heads, ids = _values(expr.iloc[:, kept]), [names[at] for at in kept], _ids(expr.index)
    if rows == "samples":
        return build(values, samples=ids, genes=heads, name=NAME, missing=missing)
    var = {names[at]: [as_text(cell).strip() for cell in expr.iloc[:, at]] for at in describing}
    turned = np.ascontiguousarray(values.T)
    return build(turned, samples=heads, genes=ids, name=NAME, missing=missing, var=var)


def _values(expr: pd.DataFrame) -> NDArray[np.float64]:
    """The cells as numbers, NaN where missing.

    Raises
    ------
    TableError
        Cells that are no finite numbers, with row and column.
    """
    values = np.empty(expr.shape)
    wrong: list[str] = []
    for at in range(expr.shape[1]):
        cells = expr.iloc[:, at]
        values[:, at], bad = _numbers(cells)
        wrong += [
            f"row {str(expr.index[row])!r}, column {str(expr.columns[at])!r}: {cells.iloc[row]!r}"
            for row in bad
        ]
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise TableError(
            f"{NAME}: {len(wrong)} cells are not finite numbers: {'; '.join(wrong[:SHOWN])}{more}.{_names_rows(expr)}"
        )
    return values


def _names_rows(expr: pd.DataFrame) -> str:
    """What to do where the ids of the rows stand in a column, as after ``read_csv``."""
    first = expr.iloc[:, 0]
    if not isinstance(expr.index, pd.RangeIndex) or len(_numbers(first)[1]) < len(first):
        return ""
    name = str(expr.columns[0])
    return (
        f" Column {name!r} holds words and the rows are only numbered: if it names them, make it the index:"
        f" set_index({name!r})."
    )


def _numbers(cells: pd.Series) -> tuple[NDArray[np.float64], list[int]]:
    """Numbers of a column, NaN where missing, and places of cells that are no finite number."""
    kind = cells.dtype
    if pd.api.types.is_any_real_numeric_dtype(kind):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = np.array([_number(cell) for cell in cells.astype(object)], dtype=np.float64)
    return values, np.flatnonzero(np.isinf(values)).tolist()


def _number(cell: Any) -> float:
    """A cell as a number; NaN where it is missing, infinite where it is no number."""
    if isinstance(cell, str):
        if cell.strip() in MISSING:
            return float("nan")
        try:
            return float("inf") if "_" in cell or np.isnan(float(cell)) else float(cell)
        except ValueError:
            return float("inf")
    if isinstance(cell, (bool, np.bool_)):
        return float("inf")
    if isinstance(cell, Real):
        return float(cell)
    return float("nan") if cell is None or cell is pd.NA or cell is pd.NaT else float("inf")


def _hash(adata: anndata.AnnData) -> str:
    """SHA-256 of ids and values: which data they were, without a file."""
    found = hashlib.sha256("\n".join([*adata.obs_names, "", *adata.var_names]).encode())
    found.update(np.ascontiguousarray(adata.X, dtype="<f8").tobytes())
    return found.hexdigest()
