"""Join a sample sheet to a matrix by sample id; nothing is matched by position or guess."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

import anndata
import pandas as pd

from ...doors import argument, give
from ...errors import SampleSheetError, listing, suggestion
from ..text._columns import Extra
from ._alike import between
from ._samples import read_samples

log = logging.getLogger("ifnsig")
EXTRA_RULES: tuple[Extra, ...] = ("raise", "drop")


def sheet_of(samples: pd.DataFrame | str | Path, sample_column: str) -> pd.DataFrame:
    """The sheet, indexed by sample id (text).

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        There is no column of sample ids, or ids are doubled.
    """
    if not isinstance(samples, pd.DataFrame):
        return read_samples(samples, sample=sample_column)
    if sample_column in samples.columns:
        sheet = samples.set_index(sample_column)
    elif not isinstance(samples.index, pd.RangeIndex):
        sheet = samples.copy()
    else:
        near = suggestion(sample_column, [str(column) for column in samples.columns])
        hint = f" Did you mean {near!r}?" if near else ""
        raise SampleSheetError(
            f"The sample sheet has no column {sample_column!r}.{hint} Columns there:"
            f" {listing(samples.columns, shown=20)}. Name the column of sample ids."
        )
    sheet.index = pd.Index([str(i) for i in sheet.index], dtype=object, name=sample_column)
    if doubled := list(dict.fromkeys(sheet.index[sheet.index.duplicated()])):
        raise SampleSheetError(
            f"{len(doubled)} sample ids occur more than once in the sample sheet: {listing(doubled)}."
        )
    return sheet


def join_samples(
    adata: anndata.AnnData,
    samples: pd.DataFrame | str | Path,
    *,
    sample_column: str = "sample",
    extra: Extra = "raise",
) -> anndata.AnnData:
    """``adata`` with the sheet's columns in ``obs``; samples stay in the order of the matrix.

    Parameters
    ----------
    adata
        Samples x genes.
    samples
        The sheet, or its file.
    sample_column
        Column of sample ids.
    extra
        What to do with samples of the matrix that the sheet does not have: ``"raise"`` or ``"drop"``.

    Raises
    ------
    SampleSheetError
        Samples of the sheet are not in the matrix, or the reverse; both lists are named.
    """
    sheet = sheet_of(samples, sample_column)
    lacking = [i for i in sheet.index if i not in adata.obs_names]
    beyond = [i for i in adata.obs_names if i not in sheet.index]
    if lacking or (beyond and extra == "raise"):
        message = _mismatch(lacking, beyond, sheet.index, adata.obs_names)
        if lacking and set(lacking) <= set(adata.var_names):
            message += (
                " The sheet's ids are names of genes in the matrix: it was read transposed; see"
                f" {argument('io.read', 'orientation')}."
            )
        raise SampleSheetError(message)
    if beyond:
        log.info(
            "%d samples of the matrix are not in the sheet and are left out: %s.",
            len(beyond),
            listing(beyond),
        )
        adata = adata[[i for i in adata.obs_names if i in sheet.index]].copy()
    columns = sheet.loc[adata.obs_names]
    if both := [column for column in adata.obs.columns if column in columns.columns]:
        log.info("Columns of the sheet take the place of the matrix's own: %s.", listing(both))
    own = adata.obs.drop(columns=both)
    adata.obs = pd.concat([columns, own], axis=1).set_axis(adata.obs_names)
    return adata


def _mismatch(lacking: list[str], beyond: list[str], sheet: Collection[str], matrix: Collection[str]) -> str:
    parts = []
    if lacking:
        parts.append(
            f"{len(lacking)} of {len(sheet)} samples of the sheet are not in the matrix: {listing(lacking)}."
            " Take them out of the sheet, or add them to the matrix."
        )
    if beyond:
        parts.append(
            f"{len(beyond)} of {len(matrix)} samples of the matrix are not in the sheet: {listing(beyond)}."
            " Add them to the sheet"
            + give("io.read", "extra", "drop", before=", or ", after=" to leave them out")
            + "."
        )
    if alike := between(lacking, beyond, "the sheet", "the matrix"):
        parts.append(alike)
    return " ".join(parts)
