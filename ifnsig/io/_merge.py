"""Shards of one cohort, scored apart, as one again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd

from .. import keys
from ..errors import DesignError, SampleSheetError, TableError, listing
from .text._text import existing

KEYS = ("sample", "method", "signature")
OPEN = ("ulm",)
"""Methods that have no finite score for some samples."""

OWN = ("coverage",)
"""Facts of a score that may differ between shards: a gene can be constant in one of them."""


def merge_scores(tables: Sequence[str | Path]) -> pd.DataFrame:
    """Score tables of ``ifnsig score`` as one, in the order in which one run would have written it.

    Cells stay the text they are, so no number changes.

    Raises
    ------
    MissingFileError, TableError
        No such file, or a file that is not a score table, has other columns than the first or scores that are no numbers.
    DesignError
        A table has other methods or signatures than the first, or lacks some of a sample's.
    SampleSheetError
        A sample is in more than one table, or twice in one.
    """
    parts = [_read(Path(table)) for table in tables]
    first = list(parts[0].columns)
    for path, part in zip(tables, parts, strict=True):
        if list(part.columns) != first:
            odd = sorted(set(part.columns) ^ set(first)) or ["their order"]
            raise TableError(
                f"{Path(path).name} has other columns than {Path(tables[0]).name}: {listing(odd)}."
            )
    named = [(Path(table).name, part) for table, part in zip(tables, parts, strict=True)]
    _refuse_other_scores(named)
    _refuse_doubled([set(part["sample"]) for part in parts])
    whole = pd.concat(parts, ignore_index=True)
    order = whole.groupby(["method", "signature"], sort=False).ngroup().sort_values(kind="stable")
    return whole.loc[order.index].reset_index(drop=True)


def merge_scored(shards: Sequence[anndata.AnnData]) -> anndata.AnnData:
    """Scored AnnData of shards as one: the same genes, units, methods, signatures and reference.

    Raises
    ------
    DesignError
        The shards were not scored in the same way; what differs is named.
    SampleSheetError
        A sample is in more than one shard.
    """
    first = shards[0]
    for number, shard in enumerate(shards[1:], start=2):
        if differs := _differences(first, shard):
            raise DesignError(f"Shard {number} was not scored as the first one: {listing(differs)} differ.")
    _refuse_doubled([set(map(str, shard.obs_names)) for shard in shards])
    for number, shard in enumerate(shards, start=1):
        for method in set(_scores(shard)) - set(OPEN):
            scores = shard.obsm[keys.scores_key(method)]
            if (strange := ~np.isfinite(scores.to_numpy(dtype=float)).all(axis=1)).any():
                raise TableError(
                    f"Shard {number} has {method} scores that are no finite numbers: {listing(shard.obs_names[strange])}."
                )
    whole = anndata.concat(list(shards), merge="first")
    whole.uns[keys.UNS] = dict(first.uns[keys.UNS])
    source = keys.read_field(first, keys.FIELD_SOURCE) or {}
    merged = [keys.read_field(shard, keys.FIELD_SOURCE) or {} for shard in shards]
    keys.write_field(whole, keys.FIELD_SOURCE, {**source, "merged": merged})
    return whole


def _read(path: Path) -> pd.DataFrame:
    path = existing(path, "score table")
    try:
        table = pd.read_csv(
            path, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig", quotechar='"'
        )
    except (ValueError, pd.errors.ParserError) as fault:
        raise TableError(f"{path.name} is not a table of tab-separated columns: {fault}.") from None
    if lacking := [name for name in (*KEYS, "score") if name not in table]:
        raise TableError(
            f"{path.name} is not a score table: it has no column {listing(lacking)}. `ifnsig score` writes them."
        )
    return table


def _refuse_other_scores(parts: Sequence[tuple[str, pd.DataFrame]]) -> None:
    """Stop at a table that was not scored as the first, or not whole: every sample has every score, once, and a number."""
    first, wanted = parts[0][0], _kinds(parts[0][1])
    for name, part in parts:
        if differs := sorted(set(_kinds(part)) ^ set(wanted)):
            raise DesignError(
                f"{name} does not hold the scores of {first}: {listing(' of '.join(kind[::-1]) for kind in differs)} differ."
                " Score all shards with the same methods and signatures."
            )
        if (doubled := part.duplicated(list(KEYS))).any():
            raise SampleSheetError(f"{name} has rows twice: {listing(part['sample'][doubled].unique())}.")
        counts = part["sample"].value_counts(sort=False)
        if (lacking := counts < len(wanted)).any():
            raise DesignError(
                f"{name} lacks scores of {listing(counts.index[lacking])}: it was cut, or put together from others."
            )
        values = pd.to_numeric(part["score"], errors="coerce").to_numpy(dtype=float)
        strange = ~np.isfinite(values) & ~part["method"].isin(OPEN).to_numpy()
        strange |= (
            np.isnan(values) & ~part["score"].str.strip().str.lower().isin(("", "nan", "na")).to_numpy()
        )
        if strange.any():
            shown = (
                f"{row['sample']} {row['signature']} {row['score']!r}"
                for row in part[strange].to_dict("records")
            )
            raise TableError(f"{name} has scores that are no finite numbers: {listing(shown)}.")


def _kinds(part: pd.DataFrame) -> list[tuple[str, str]]:
    """Methods and signatures of a table."""
    found = part[["method", "signature"]].drop_duplicates()
    return list(zip(found["method"], found["signature"], strict=True))


def _refuse_doubled(samples: list[set[str]]) -> None:
    seen: set[str] = set()
    doubled: set[str] = set()
    for names in samples:
        doubled |= names & seen
        seen |= names
    if doubled:
        raise SampleSheetError(
            f"{len(doubled)} samples are in more than one shard: {listing(sorted(doubled))}."
        )


def _differences(one: anndata.AnnData, other: anndata.AnnData) -> list[str]:
    """What two shards must have in common and do not."""
    found = []
    if list(one.var_names) != list(other.var_names):
        found.append("genes")
    if keys.read_field(one, keys.FIELD_UNITS) != keys.read_field(other, keys.FIELD_UNITS):
        found.append("units")
    mine, theirs = (_scores(shard) for shard in (one, other))
    if set(mine) != set(theirs):
        return [*found, "methods"]
    for method, facts in mine.items():
        found += [
            f"{name} of {method}" for name in sorted({*facts, *theirs[method]} - set(OWN))
            if facts.get(name) != theirs[method].get(name)
        ]  # fmt: skip
    return found


def _scores(shard: anndata.AnnData) -> dict[str, Any]:
    return keys.read_field(shard, keys.FIELD_SCORES) or {}
