"""``read``: recognise the format, read it, join the sample sheet, declare the unit."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata
import pandas as pd

from .. import keys
from ..catalogue import Catalogue
from ..checks import one_of
from ..errors import ParameterError, TableError
from ._format import Format
from ._join import EXTRA_RULES, Extra, join_samples, sheet_of
from ._matrix import MISSING_RULES, Missing
from ._orientation import ORIENTATIONS, Orientation
from ._text import existing, read_head, sha256_of
from ._units import settle_unit

log = logging.getLogger("ifnsig")


def read(
    path: str | Path,
    *,
    format: str | None = None,
    unit: str | None = None,
    samples: pd.DataFrame | str | Path | None = None,
    orientation: Orientation | None = None,
    layer: str | None = None,
    missing: Missing = "raise",
    sample_column: str = "sample",
    extra: Extra = "raise",
) -> anndata.AnnData:
    """Read expression values.

    Parameters
    ----------
    path
        The file.
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
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes that have any.
    sample_column
        Column of sample ids in the sheet.
    extra
        ``"raise"`` when the matrix has samples that the sheet lacks, or ``"drop"`` to leave them out.

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

    one_of(missing, MISSING_RULES, name="missing", function="read")
    one_of(extra, EXTRA_RULES, name="extra", function="read")
    one_of(orientation, (None, *ORIENTATIONS), name="orientation", function="read")
    place = existing(path)
    chosen = FORMATS[format] if format is not None else recognise(place, FORMATS)
    sheet = None if samples is None else sheet_of(samples, sample_column)
    asked: dict[str, Any] = {
        "orientation": orientation,
        "layer": layer,
        "missing": missing,
        "sample_ids": None,
    }
    if sheet is not None:
        asked["sample_ids"] = list(sheet.index)
    adata = chosen.read(place, **_options(chosen, asked))
    noted = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    source = {**noted, "file": place.name, "format": chosen.name, "sha256": sha256_of(place)}
    keys.write_field(adata, keys.FIELD_SOURCE, source)
    settle_unit(adata, unit, place.name)
    return adata if sheet is None else join_samples(adata, sheet, sample_column=sample_column, extra=extra)


def recognise(path: Path, formats: Catalogue[Format]) -> Format:
    """The one format that fits the content of ``path``.

    Raises
    ------
    TableError
        The file is empty, or no format fits, or more than one.
    """
    head = read_head(path)
    if not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise TableError(f"{path.name} is empty.")
    fitting = [record for record in formats.values() if record.recognises(path, head)]
    if len(fitting) == 1:
        log.info("%s: recognised as %s (%s).", path.name, fitting[0].name, fitting[0].title)
        return fitting[0]
    if fitting:
        names = ", ".join(record.name for record in fitting)
        raise TableError(
            f"{path.name} could be of several formats: {names}. Say which: format={fitting[0].name!r}."
        )
    titles = "; ".join(f"{record.name}: {record.title}" for record in formats.values())
    raise TableError(
        f"{path.name} is of no known format. Known: {titles}. If it is one of them, pass its name as format=."
    )


def _options(record: Format, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The options that the reader takes.

    Raises
    ------
    ParameterError
        An option was given that this format does not have.
    """
    parameters = inspect.signature(record.read).parameters
    untaken = [
        name for name in ("orientation", "layer") if asked[name] is not None and name not in parameters
    ]
    if asked["missing"] != "raise" and "missing" not in parameters:
        untaken.append("missing")
    if untaken:
        raise ParameterError(
            f"Files of format {record.name!r} take no option {' or '.join(map(repr, untaken))}."
        )
    return {name: value for name, value in asked.items() if name in parameters}
