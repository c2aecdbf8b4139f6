"""``read``: recognise the format, read it, join the sample sheet, declare the unit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import anndata
import pandas as pd

from .. import keys
from ..checks import Between, one_of, options_of
from ..checks import options as check_options
from ..doors import argument
from ..errors import ParameterError, SampleSheetError, listing, suggestion
from ._format import Format
from ._join import EXTRA_RULES, Extra, join_samples, sheet_of
from ._matrix import MISSING_RULES, Missing
from ._orientation import ORIENTATIONS, Orientation
from ._parts import Paths
from ._paths import Found, find
from ._regular import pipes_read_once
from ._several import join_tables
from ._text import sha256_of
from ._thousands import refuse_thousands
from ._units import settle_unit

GIVEN_BY_READ = frozenset({"missing", "sample_ids"})
"""Options of readers that ``read`` passes by itself."""
LIMITED = {"limit": Annotated[int, Between(1, 2**62)]}
"""Options with ends that every reader has."""


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
    sample_column: str = "sample",
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
        Unit of the values (see ``ifnsig.core.units.UNITS``); needed where the file cannot say.
    samples
        Sample sheet (table, or file for :func:`read_samples`), joined by id.
    orientation
        For delimited tables: ``"genes_in_rows"``, ``"samples_in_rows"``, or None (genes in rows; a table that
        is seen to be the other way round is an error).
    layer
        For AnnData files: the layer to read in place of ``X``.
    missing
        ``"raise"`` on missing cells and on genes that one of several tables lacks, or ``"drop_genes"`` to leave out
        those genes.
    sample_column
        Column of sample ids in the sheet.
    file_column
        Column of the sheet with the file of each sample, in the folder ``path``; None: samples are called after their
        files or folders.
    extra
        ``"raise"`` when the matrix has samples that the sheet lacks, or ``"drop"`` to leave them out.
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
    from . import FORMATS  # the list imports the readers, and this module is part of the same package

    one_of(missing, MISSING_RULES, name="missing", function="io.read")
    one_of(extra, EXTRA_RULES, name="extra", function="io.read")
    one_of(orientation, (None, *ORIENTATIONS), name="orientation", function="io.read")
    sheet = None if samples is None else sheet_of(samples, sample_column)
    if file_column is not None:
        path = _listed_files(path, sheet, file_column)
    chosen, found = find(path, format, FORMATS)
    wanted = {"orientation": orientation, "layer": layer, **options}
    options = _options(chosen, wanted, missing, None if sheet is None else list(sheet.index))
    if chosen.takes_many or isinstance(found, Path):
        adata = chosen.read(found, **options)
    else:
        adata = _read_each(chosen, found, options, missing)
    name = _name(found)
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    keys.write_field(adata, keys.FIELD_SOURCE, {**noted, "file": name, "format": chosen.name, **_sums(found)})
    settle_unit(adata, unit, name)
    if chosen.name == "table" and keys.unit_of(adata) == "counts":
        refuse_thousands(adata.X, _files(found))
    return adata if sheet is None else join_samples(adata, sheet, sample_column=sample_column, extra=extra)


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
        return join_tables({path: record.read(path, **options) for path in found}, missing)
    tables = {}
    for sample, path in found.items():
        table = record.read(path, **options)
        if table.n_obs != 1:
            raise ParameterError(
                f"{path.name} has {table.n_obs} samples, so it cannot be called {sample!r}: read it alone, or in a list."
            )
        table.obs_names = pd.Index([sample], dtype=object)
        tables[path] = table
    return join_tables(tables, missing)


def _options(
    record: Format, wanted: dict[str, Any], missing: Missing, sample_ids: list[str] | None
) -> dict[str, Any]:
    """The options that the reader takes.

    Raises
    ------
    ParameterError
        An option was given that this format does not have, or with a value of another kind.
    """
    taken = options_of(record.read)
    given = {name: value for name, value in wanted.items() if value is not None}
    if missing != "raise" and "missing" not in taken:
        given["missing"] = missing
    own = {name: LIMITED.get(name, kind) for name, kind in taken.items() if name not in GIVEN_BY_READ}
    check_options(given, own, whose=f"The format {record.name!r}", function=f"reader {record.name}")
    by_read = {"missing": missing, "sample_ids": sample_ids}
    return {**given, **{name: value for name, value in by_read.items() if name in taken}}


def _files(found: Found) -> list[Path]:
    return [found] if isinstance(found, Path) else list(found.values() if isinstance(found, dict) else found)


def _name(found: Found) -> str:
    files = _files(found)
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more files"


def _sums(found: Found) -> dict[str, Any]:
    """SHA-256 of the file, or of each of several."""
    files = _files(found)
    if len(files) == 1:
        return {"sha256": sha256_of(files[0])}
    return {"files": [{"file": "/".join(file.parts[-2:]), "sha256": sha256_of(file)} for file in files]}
