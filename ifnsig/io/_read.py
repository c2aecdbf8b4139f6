"""``read``: recognise the format, read it, join the sample sheet, declare the unit."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Any

import anndata
import pandas as pd

from .. import keys
from ..checks import Between, one_of, options_of
from ..checks import options as check_options
from ..doors import argument, subject
from ..errors import ParameterError, SampleSheetError, listing, suggestion
from ..gate.admit import admit
from ..gate.annotation import check_one_quantity
from ._paths import Found, find
from ._several import join_tables
from ._units import settle_unit
from .files._regular import pipes_read_once
from .formats import FORMATS
from .formats._format import Format
from .formats._matrix import MISSING_RULES, Missing
from .formats._orientation import ORIENTATIONS, Orientation
from .formats._parts import Paths
from .sheet._join import EXTRA_RULES, join_samples, sheet_of
from .text._columns import Extra
from .text._text import sums_of
from .text._thousands import refuse_thousands

log = logging.getLogger("ifnsig")

USUAL_COLUMN = "sample"

GIVEN_BY_READ = frozenset({"missing", "sample_ids", "extra"})
"""Options of readers that ``read`` passes by itself."""
LIMITED = {"limit": Annotated[int, Between(1, 2**62)]}
"""Options with ends that every reader has."""

TABLES = frozenset({"table", "nfcore", "gct", "geo_series_matrix"})
"""Formats in which any program may have put any column."""


@pipes_read_once()
def read(
    path: Paths,
    *,
    format: str | None = None,
    unit: str | None = None,
    samples: pd.DataFrame | str | Path | None = None,
    orientation: Orientation | None = None,
    layer: str | None = None,
    missing: Missing = "raise",
    sample_column: str = USUAL_COLUMN,
    file_column: str | None = None,
    extra: Extra = "raise",
    **options: Any,
) -> anndata.AnnData:
    """Read expression values.

    Parameters
    ----------
    path
        A file; a folder (a 10x or zarr folder, the output folder of nf-core/rnaseq, or one with a file a sample); a
        list of files or folders with other samples each, whose tables are joined by gene id
        (``obs["source_file"]`` says which file a sample came from); or a mapping of sample id to a file of that sample.
    format
        A name from ``FORMATS``, or None to recognise the format by the file's content.
    unit
        Unit of the values (see ``ifnsig.units.UNITS``); needed where the file cannot say.
    samples
        Sample sheet (table, or file for :func:`read_samples`), joined by id.
    orientation
        For delimited tables: ``"genes_in_rows"``, ``"samples_in_rows"``, or None (genes in rows; a table that
        is seen to be the other way round is an error).
    layer
        For AnnData files: the layer to read in place of ``X``, or ``"raw"`` for the raw slot.
    missing
        ``"raise"`` on missing cells and on genes that one of several tables lacks, or ``"drop_genes"`` to leave out
        those genes.
    sample_column
        Column of sample ids in the sheet.
    file_column
        Column of the sheet with the file of each sample, in the folder ``path``; None: samples are called after their
        files or folders.
    extra
        ``"raise"`` when the matrix has samples that the sheet lacks, or columns of words among the samples; or ``"drop"`` to
        leave them out.
    **options
        What the reader of the format takes besides, such as ``quantity="tpm"``, ``tx2gene=``, ``strandedness=``,
        ``undetermined=``, ``limit=`` (see the readers, ``FORMATS[name].read``).

    Returns
    -------
    AnnData
        Samples x genes; ids are text, ``obs`` holds the sheet, ``uns["ifnsig"]`` unit and source.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        No format fits, or more than one; or the content cannot be used.
    SampleSheetError
        Sheet and matrix do not have the same samples.
    UnitError
        The unit does not exist or contradicts the file.
    ParameterError
        An option outside what is allowed, or one that the format does not take.
    """
    one_of(missing, MISSING_RULES, name="missing", function="io.read")
    one_of(extra, EXTRA_RULES, name="extra", function="io.read")
    one_of(orientation, (None, *ORIENTATIONS), name="orientation", function="io.read")
    if samples is None and sample_column != USUAL_COLUMN:
        raise ParameterError(
            f"{subject('io.read', 'sample_column')} is a column of {argument('io.read', 'samples')} (the sheet): give that"
            " too."
        )
    sheet = None if samples is None else sheet_of(samples, sample_column)
    if file_column is not None:
        path = _listed_files(path, sheet, file_column)
    chosen, found = find(path, format, FORMATS)
    wanted = {"orientation": orientation, "layer": layer, **options}
    by_read = {"missing": missing, "extra": extra, "sample_ids": None if sheet is None else list(sheet.index)}
    options = _options(chosen, wanted, by_read)
    if chosen.takes_many or isinstance(found, Path):
        adata = chosen.read(found, **options)
    else:
        adata = _read_each(chosen, found, options, missing)
    name = _name(found)
    adata = admit(adata, name, () if sheet is None else frozenset(sheet.index))
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    sums = {} if {"sha256", "files"} & set(noted) else sums_of(_files(found))
    keys.write_field(adata, keys.FIELD_SOURCE, {**noted, "file": name, "format": chosen.name, **sums})
    if sheet is not None:
        adata = join_samples(adata, sheet, sample_column=sample_column, extra=extra)
    settle_unit(adata, unit, name)
    if adata.raw is not None:
        log.info("%s: the raw slot is left aside.", name)
        del adata.raw
    if chosen.name == "table" and keys.unit_of(adata) == "counts":
        refuse_thousands(adata.X, _files(found))
    if sheet is None and chosen.name in TABLES:
        check_one_quantity(list(adata.obs_names), adata.X, keys.unit_of(adata) or "", name)
    return adata


def _listed_files(path: Paths, sheet: pd.DataFrame | None, column: str) -> dict[str, Path]:
    if sheet is None or not isinstance(path, (str, Path)):
        raise ParameterError(
            f"{argument('io.read', 'file_column')} needs {argument('io.read', 'samples')} (the sheet)"
            " and a folder to read."
        )
    if column not in sheet.columns:
        near = suggestion(column, [str(name) for name in sheet.columns])
        hint = f" Did you mean {near!r}?" if near else ""
        raise SampleSheetError(f"The sample sheet has no column {column!r}.{hint}")
    blank = [str(sample) for sample, file in sheet[column].items() if pd.isna(file)]
    if blank:
        raise SampleSheetError(f"{len(blank)} samples have no file in column {column!r}: {listing(blank)}.")
    return {str(sample): Path(path) / str(file) for sample, file in sheet[column].items()}


def _read_each(
    record: Format, found: list[Path] | dict[str, Path], options: dict[str, Any], missing: Missing
) -> anndata.AnnData:
    """The tables of several files, joined; with a mapping, each holds one sample, which is called by its key."""
    if isinstance(found, list):
        read_each = {path: admit(record.read(path, **options), path.name) for path in found}
        return join_tables(read_each, missing)
    tables = {}
    for sample, path in found.items():
        table = admit(record.read(path, **options), path.name)
        if table.n_obs != 1:
            raise ParameterError(
                f"{path.name} has {table.n_obs} samples, so it cannot be called {sample!r}: read it alone, or in a list."
            )
        table.obs_names = pd.Index([sample], dtype=object)
        tables[path] = table
    return join_tables(tables, missing)


def _options(record: Format, wanted: dict[str, Any], by_read: dict[str, Any]) -> dict[str, Any]:
    """The options that the reader takes.

    Raises
    ------
    ParameterError
        An option was given that this format does not have, or with a value of another kind.
    """
    taken = options_of(record.read)
    given = {name: value for name, value in wanted.items() if value is not None}
    if by_read["missing"] != "raise" and "missing" not in taken:
        given["missing"] = by_read["missing"]
    own = {name: LIMITED.get(name, kind) for name, kind in taken.items() if name not in GIVEN_BY_READ}
    check_options(given, own, whose=f"The format {record.name!r}", function=f"reader {record.name}")
    return {**given, **{name: value for name, value in by_read.items() if name in taken}}


def _files(found: Found) -> list[Path]:
    return [found] if isinstance(found, Path) else list(found.values() if isinstance(found, dict) else found)


def _name(found: Found) -> str:
    files = _files(found)
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more files"
