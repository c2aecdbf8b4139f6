"""Writing tables and AnnData: each goes through ``replacing``, so that no half-written file is ever seen."""

from __future__ import annotations

import errno
import gzip
import os
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import anndata
import numpy as np
import pandas as pd

from ...errors import UsageError
from ...keys import layer_names
from ._cells import delimited, json_records, parquet, refuse_workbook, workbook
from ._replace import refuse_file, replacing

__all__ = ["TABLES", "refuse_file", "refuse_output", "replacing", "suffix_of", "write_h5ad", "write_table"]

TABLES: dict[str, Callable[[pd.DataFrame, IO[bytes]], None]] = {
    ".tsv": delimited("\t"), ".txt": delimited("\t"), ".csv": delimited(","), ".json": json_records,
    ".parquet": parquet, ".xlsx": workbook,
}  # fmt: skip
"""How a table is written, by the ending of the file's name; no ending is TSV."""

PACKED = (".tsv", ".txt", ".csv", ".json")
"""Those that may end with ``.gz`` besides."""

FAULT_NUMBER = re.compile(r"errno = (\d+)")


def write_table(frame: pd.DataFrame, target: str | Path | IO[str], *, format: str | None = None) -> None:
    """Write a table: the same frame always gives the same bytes (but for ``.xlsx``, which holds a time).

    In delimited text, numbers are written with the fewest digits that give the same number back, missing values as empty
    cells, and the index only where it has a name. Tabs and line ends inside text are written as ``\\t``, ``\\n``,
    ``\\r``. Text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return and is no number
    gets a leading ``'``, so that no spreadsheet runs it as a formula; so it does in a workbook.

    Parameters
    ----------
    frame
        The table.
    target
        File name, whose ending says the format: ``.tsv`` (also without ending), ``.txt``, ``.csv``, ``.json`` (records),
        each also with ``.gz``, ``.parquet`` or ``.xlsx``; or an open text stream, which gets TSV.
    format
        The ending to go by, in place of the name's.

    Raises
    ------
    UsageError
        The ending is another one, or the file cannot be made there.
    """
    if not isinstance(target, (str, Path)):
        _into_text(frame, target, format or ".tsv")
        return
    refuse_output(target, format=format)
    suffix = suffix_of(target) if format is None or suffix_of(target) == f"{format}.gz" else format
    if suffix == ".xlsx":
        refuse_workbook(frame, Path(target).name)
    with replacing(target) as temporary, temporary.open("wb") as stream:
        write = TABLES[suffix.removesuffix(".gz") or ".tsv"]
        if not suffix.endswith(".gz"):
            write(frame, stream)
            return
        with gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:  # no name and no time: the same bytes
            write(frame, packed)  # type: ignore[arg-type]


def _into_text(frame: pd.DataFrame, target: IO[str], suffix: str) -> None:
    content = BytesIO()
    TABLES[suffix](frame, content)
    target.write(content.getvalue().decode("utf-8"))


def suffix_of(path: str | Path) -> str:
    """The ending that says the format, in small letters: ``.tsv``, ``.tsv.gz``, or ``""``; what is no file has none."""
    place = Path(path)
    if place.exists() and not place.is_file():
        return ""
    suffixes = [suffix.lower() for suffix in place.suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])


def refuse_output(path: str | Path, *, also: tuple[str, ...] = (), format: str | None = None) -> None:
    """Stop where a table of that name cannot be written; nothing is touched.

    Parameters
    ----------
    path
        The file.
    also
        Endings that the caller writes besides, such as ``.h5ad``.
    format
        The only ending that will do, where one was asked for.

    Raises
    ------
    UsageError
        The ending is unknown or another than was asked for, needs a package that is not there, or the file cannot be made.
    MissingFileError
        There is no folder to write it to.
    """
    suffix, shown = suffix_of(path), str(path)
    if format is not None and suffix.removesuffix(".gz") not in ("", format):
        raise UsageError(f"{format.lstrip('.').upper()} was asked for, and {shown!r} names another format.")
    known = ["", *TABLES, *(f"{ending}.gz" for ending in PACKED), *also]
    if suffix not in known:
        names = ", ".join(sorted({*TABLES, *also}))
        raise UsageError(
            f"{shown!r} ends with {suffix!r}, which says no format that is written here. Known: {names};"
            f" {', '.join(PACKED)} also with .gz."
        )
    if suffix == ".parquet":
        _need_pyarrow(shown)
    refuse_file(path)


def _need_pyarrow(shown: str) -> None:
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise UsageError(
            f"{shown!r} needs the package pyarrow, which is not installed: pip install pyarrow, or choose .tsv or .csv."
        )


def write_h5ad(adata: anndata.AnnData, path: str | Path) -> None:
    """Write an AnnData file that every h5ad reader can open: text as categories or plain strings.

    Parameters
    ----------
    adata
        What to write; it is not changed.
    path
        File name; written under a private name, then renamed.

    Raises
    ------
    OSError
        The disk is full, or the like.
    """
    slots = {slot: _plain(dict(getattr(adata, slot))) for slot in ("obsm", "varm", "obsp", "varp", "uns")}
    layers = {name: adata.layers[name] for name in layer_names(adata)}
    # the matrices are not copied: they are as large as all else together
    plain = anndata.AnnData(
        adata.X, obs=_plain_frame(adata.obs), var=_plain_frame(adata.var), layers=layers, **slots
    )
    if (raw := adata.raw) is not None:
        plain.raw = anndata.AnnData(X=raw.X, var=_plain_frame(raw.var), varm=dict(raw.varm))
    settings = anndata.settings
    guard = (
        settings.override(allow_write_nullable_strings=False)
        if hasattr(settings, "allow_write_nullable_strings")
        else nullcontext()
    )
    with guard, replacing(path) as temporary:
        _reserve(temporary, plain.__sizeof__(), path)
        try:
            plain.write_h5ad(temporary)
        except Exception as fault:
            # h5py tells a full disk as OSError when it writes, as RuntimeError when it closes
            _tell_of_disk(fault, path)
            raise


def _reserve(file: Path, size: int, path: str | Path) -> None:
    """See that there is room: HDF5 may crash where the disk is full while it writes."""
    if not hasattr(os, "posix_fallocate"):  # Linux has it, macOS does not
        return
    try:
        with file.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(size, 1))
            stream.truncate(0)
    except OSError as fault:
        if fault.errno not in (
            errno.EINVAL,
            errno.EOPNOTSUPP,
            errno.ENOSYS,
        ):  # a file system that cannot tell
            raise OSError(fault.errno, fault.strerror, str(path)) from None


def _tell_of_disk(fault: BaseException, path: str | Path) -> None:
    """Raise the system's own fault where HDF5 wraps one."""
    seen: BaseException | None = fault
    while seen is not None:
        number: int | None = getattr(seen, "errno", None)
        if number is None and (found := FAULT_NUMBER.search(str(seen))):
            number = int(found[1])
        if number is not None and number in errno.errorcode:
            raise OSError(number, os.strerror(number), str(path)) from None
        seen = seen.__cause__ or seen.__context__


def _plain(value: Any) -> Any:
    """A value of any slot, with every text in it plain: pandas' own string arrays are new to other readers of h5ad."""
    if isinstance(value, pd.DataFrame):
        return _plain_frame(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, pd.Categorical):
        return _plain_categories(value)
    if isinstance(getattr(value, "dtype", None), pd.StringDtype):
        texts = [None if pd.isna(text) else str(text) for text in value]
        return _categories(texts) if None in texts else np.array(texts, dtype=object)
    return value


def _plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Text columns -> categories of plain strings, where missing cells stay missing; the index -> text."""
    plain = frame.copy()
    plain.index = pd.Index([str(name) for name in frame.index], dtype=object, name=frame.index.name)
    for column in frame.columns:
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            plain[column] = _plain_categories(pd.Categorical(values))
        elif values.dtype == object or isinstance(values.dtype, pd.StringDtype):
            plain[column] = _categories([None if pd.isna(value) else str(value) for value in values])
    return plain


def _categories(texts: list[str | None]) -> pd.Categorical:
    return pd.Categorical(texts, categories=_texts(sorted({text for text in texts if text is not None})))


def _plain_categories(values: pd.Categorical) -> pd.Categorical:
    """The same categories, their names as plain strings."""
    if not isinstance(values.categories.dtype, pd.StringDtype):
        return values
    names = _texts([str(name) for name in values.categories])
    return pd.Categorical.from_codes(values.codes, categories=names, ordered=bool(values.ordered))


def _texts(names: list[str]) -> pd.Index:
    return pd.Index(names, dtype=object)
