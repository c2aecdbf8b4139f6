"""Writing: under a temporary name first, renamed when whole, so that no half-written file is ever seen."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

import anndata
import numpy as np
import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_table(frame: pd.DataFrame, target: str | Path | IO[str]) -> None:
    """Write a table as TSV: the same frame always gives the same bytes.

    Numbers are written with the fewest digits that give the same number back, missing values as empty cells,
    and the index only where it has a name. Tabs and line ends inside text are written as ``\\t``, ``\\n``,
    ``\\r``. Text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return and is no number
    gets a leading ``'``, so that no spreadsheet runs it as a formula.

    Parameters
    ----------
    frame
        The table.
    target
        File name (written under a temporary name, then renamed) or an open text stream.
    """
    if isinstance(target, (str, Path)):
        with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
            _write_rows(frame, stream)
    else:
        _write_rows(frame, target)


def write_h5ad(adata: anndata.AnnData, path: str | Path) -> None:
    """Write an AnnData file that every h5ad reader can open: text as categories or plain strings.

    Parameters
    ----------
    adata
        What to write; it is not changed.
    path
        File name; written under a temporary name, then renamed.
    """
    plain = adata.copy()
    plain.obs, plain.var = _plain_frame(adata.obs), _plain_frame(adata.var)
    for slot in ("obsm", "varm"):
        for key, value in getattr(adata, slot).items():
            getattr(plain, slot)[key] = _plain(value)
    plain.uns = _plain(dict(adata.uns))
    if plain.raw is not None:
        plain.raw = anndata.AnnData(X=plain.raw.X, var=_plain_frame(plain.raw.var), varm=dict(plain.raw.varm))
    settings = anndata.settings
    guard = (
        settings.override(allow_write_nullable_strings=False)
        if hasattr(settings, "allow_write_nullable_strings")
        else nullcontext()
    )
    with guard, replacing(path) as temporary:
        plain.write_h5ad(temporary)


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name beside ``path``; renamed to it when the block ends well, removed when it does not."""
    final = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{final.name}.", dir=final.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_rows(frame: pd.DataFrame, stream: IO[str]) -> None:
    indexed = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([_cell(column) for column in indexed.columns])
    columns = [[_cell(value) for value in indexed.iloc[:, place]] for place in range(indexed.shape[1])]
    writer.writerows(zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    text = str(value)
    guarded = text.startswith(FORMULA_STARTS) and not NUMBER.match(text)
    return f"{chr(39) if guarded else ''}{text.translate(ESCAPES)}"


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
