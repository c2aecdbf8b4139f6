"""Scores made elsewhere: they come in as they are, and change, tests and association take them like ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from ... import keys
from ...errors import ParameterError, SampleSheetError, TableError, listing, suggestion
from ..files._regular import pipes_read_once, regular
from ..text._table import read_text_table
from ..text._text import sha256_of
from ..text._typed import typed_columns
from ._join import join_samples

log = logging.getLogger("ifnsig")


@pipes_read_once()
def read_scores(
    path: str | Path,
    *,
    sample: str,
    signature: str | Sequence[str] | None = None,
    score: str | None = None,
    method: str = "external",
    samples: pd.DataFrame | str | Path | None = None,
) -> anndata.AnnData:
    """Read a table of scores, wide or long.

    Parameters
    ----------
    path
        The file (comma, semicolon or tab, plain or gzipped; or an Excel workbook).
    sample
        Column of sample ids.
    signature, score
        Long table: the column that names the signature and the column of scores. Wide table: ``score=None``,
        and ``signature`` a list of the score columns, or None for every column of numbers.
    method
        Name under which the scores are kept.
    samples
        Sample sheet (table or file, see :func:`read_samples`) to join; its column ``sample`` has the ids.

    Returns
    -------
    AnnData
        Samples x no genes. ``obsm["ifn_<method>"]`` is a DataFrame of scores, samples x signatures; ``obs``
        has the other columns, as far as they are constant within a sample.

    Raises
    ------
    MissingFileError, SampleSheetError
        The file cannot be read as a table, or the sheet does not fit.
    ParameterError
        ``score`` without ``signature``, or a column that is not there.
    TableError
        Scores that are no numbers, or two scores for one sample and signature: lines of the first five.
    """
    table = read_text_table(path)
    if faults := [*table.faults, *table.mixed.values()]:
        raise SampleSheetError.of(table.name, faults)
    name, lines, columns = table.name, table.lines, table.columns
    if score is not None and not isinstance(signature, str):
        raise ParameterError(
            "A long table needs both 'signature' and 'score': the names of two of its columns."
        )
    wide = score is None
    if wide and isinstance(signature, str):
        signature = [signature]
    asked = [sample, *(signature or ())] if wide else [sample, str(signature), str(score)]
    _check_columns(asked, columns, name)
    if blank := [str(line) for line, cell in zip(lines, columns[sample], strict=True) if not cell]:
        raise TableError(f"{name}: {len(blank)} rows have no sample id: lines {listing(blank)}.")
    if wide:
        scores, rest = _wide(columns, lines, sample, list(signature or ()), name)
    else:
        scores, rest = _long(columns, lines, sample, str(signature), str(score), name)
    adata = anndata.AnnData(X=np.zeros((len(scores), 0)), obs=_constant(rest, columns[sample], scores.index))
    adata.obsm[keys.scores_key(method)] = scores
    source = {"file": name, "format": "scores", "sha256": sha256_of(regular(path))}
    keys.write_field(adata, keys.FIELD_SOURCE, source)
    record = {"method": method, "scope": "external", "signatures": list(scores.columns), "source": source}
    keys.write_field(adata, keys.FIELD_SCORES, {method: record})
    log.info("%s: %d scores of %d samples.", name, scores.shape[1], scores.shape[0])
    return adata if samples is None else join_samples(adata, samples, sample_column=sample)


def _check_columns(asked: Sequence[str], columns: Mapping[str, object], name: str) -> None:
    for column in asked:
        if column not in columns:
            near = suggestion(column, columns)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"{name} has no column {column!r}.{hint} Columns there: {listing(columns, shown=20)}."
            )


def _wide(
    columns: Mapping[str, list[str]], lines: Sequence[int], sample: str, asked: list[str], name: str
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    ids = columns[sample]
    others = {column: cells for column, cells in columns.items() if column != sample}
    signatures = asked or [column for column, cells in others.items() if _numbers(cells) is not None]
    if not signatures:
        raise TableError(f"{name} has no column of numbers beside {sample!r}. Columns: {listing(columns)}.")
    faults = _doubled([(i,) for i in ids], lines)
    for column in signatures:
        faults += _not_numbers(columns[column], lines, column)
    if faults:
        raise TableError(f"{name}: {' '.join(faults)}")
    scores = pd.DataFrame({column: _numbers(columns[column]) for column in signatures}, index=_index(ids))
    log.info("%s: columns taken as scores: %s.", name, listing(signatures, shown=20))
    return scores, {column: cells for column, cells in others.items() if column not in signatures}


def _long(
    columns: Mapping[str, list[str]], lines: Sequence[int], sample: str, signature: str, score: str, name: str
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    ids, names = columns[sample], columns[signature]
    faults = [
        *_doubled(list(zip(ids, names, strict=True)), lines),
        *_not_numbers(columns[score], lines, score),
    ]
    if blank := [str(line) for line, cell in zip(lines, names, strict=True) if not cell]:
        faults.append(f"{len(blank)} rows name no signature: lines {listing(blank)}.")
    if faults:
        raise TableError(f"{name}: {' '.join(faults)}")
    numbers = _numbers(columns[score])
    rows, signatures = list(dict.fromkeys(ids)), list(dict.fromkeys(names))
    scores = pd.DataFrame(np.nan, index=_index(rows), columns=signatures)
    row_of, column_of = {i: n for n, i in enumerate(rows)}, {i: n for n, i in enumerate(signatures)}
    grid = scores.to_numpy(copy=True)
    grid[[row_of[i] for i in ids], [column_of[i] for i in names]] = numbers
    rest = {column: cells for column, cells in columns.items() if column not in (sample, signature, score)}
    return pd.DataFrame(grid, index=scores.index, columns=signatures), rest


def _index(ids: Sequence[str]) -> pd.Index:
    return pd.Index(ids, dtype=object)


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """Scores as floats (empty and NA missing), or None when a cell is no number or no cell is filled."""
    missing = {"", "NA", "NaN", "nan"}
    try:
        values = [float("nan") if cell in missing else float(cell) for cell in cells]
    except ValueError:
        return None
    return values if any(cell not in missing for cell in cells) else None


def _not_numbers(cells: Sequence[str], lines: Sequence[int], column: str) -> list[str]:
    wrong = [
        f"line {line}: {cell!r}"
        for line, cell in zip(lines, cells, strict=True)
        if cell and _numbers([cell]) is None and cell not in ("NA", "NaN", "nan")
    ]
    return [f"{len(wrong)} cells of column {column!r} are no numbers: {listing(wrong)}."] if wrong else []


def _doubled(pairs: Sequence[tuple[str, ...]], lines: Sequence[int]) -> list[str]:
    first: dict[tuple[str, ...], int] = {}
    doubled = []
    for pair, line in zip(pairs, lines, strict=True):
        if pair in first:
            doubled.append(f"{' / '.join(pair)} (lines {first[pair]} and {line})")
        first.setdefault(pair, line)
    what = "samples" if pairs and len(pairs[0]) == 1 else "pairs of sample and signature"
    return [f"{len(doubled)} {what} occur more than once: {listing(doubled)}."] if doubled else []


def _constant(rest: Mapping[str, list[str]], ids: Sequence[str], index: pd.Index) -> pd.DataFrame:
    """One value a sample of each column that is constant within samples."""
    kept = {}
    for column, cells in rest.items():
        first: dict[str, str] = {}
        if all(first.setdefault(i, cell) == cell for i, cell in zip(ids, cells, strict=True)):
            kept[column] = [first[i] for i in index]
        else:
            log.info("Column %r differs within samples and is left out.", column)
    return typed_columns(kept).set_axis(index) if kept else pd.DataFrame(index=index)
