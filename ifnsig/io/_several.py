"""Several tables with other samples each (one a batch, a site, a run) -> one matrix of the genes that all have."""

from __future__ import annotations

import logging
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .. import keys
from ..doors import argument, give
from ..errors import TableError, UnitError, listing
from .formats._matrix import Missing

log = logging.getLogger("ifnsig")

FILE = "source_file"
"""Column of ``obs`` with the file that a sample was read from: often its batch."""


def join_tables(tables: Mapping[Path, anndata.AnnData], missing: Missing) -> anndata.AnnData:
    """One AnnData: the samples of all tables, in the order of the files; genes in the order of the first.

    Parameters
    ----------
    tables
        What was read, by file.
    missing
        ``"raise"`` where a table lacks genes of another, or ``"drop_genes"`` to keep the genes that all have.

    Raises
    ------
    UnitError
        The tables have different units.
    TableError
        A sample is in two tables, or the genes differ (all such faults at once).
    """
    names = {path: _short(path, list(tables)) for path in tables}
    units = {names[path]: keys.unit_of(table) or "not declared" for path, table in tables.items()}
    if len(set(units.values())) > 1:
        held = listing(f"{name} ({unit})" for name, unit in units.items())
        raise UnitError(
            f"The tables have different units: {held}. Read each by itself and bring them to one unit first."
        )
    faults = _doubled(tables, names)
    shared = _shared(tables)
    first, *others = tables
    differing = {
        other: _beyond(tables[first], tables[other])
        for other in others
        if _counts(tables[other]) != _counts(tables[first])
    }
    if differing and missing == "raise":
        faults += [
            f"{names[first]} and {names[other]} do not have the same genes: {said}"
            for other, said in differing.items()
        ]
        faults.append(
            "Quantify all samples in one way"
            + give(
                "io.read",
                "missing",
                "drop_genes",
                before=", or ",
                after=" to keep the genes that all tables have",
            )
            + "."
        )
    if not sum(shared.values()):
        faults.append("No gene is in all of them: they name genes in different ways.")
    if faults:
        raise TableError(f"{listing(names.values())}: {' '.join(faults)}")
    return _stacked(tables, names, shared)


def _short(path: Path, paths: list[Path]) -> str:
    """The file's name, with its folder where two have one name."""
    return path.name if sum(other.name == path.name for other in paths) == 1 else "/".join(path.parts[-2:])


def _counts(table: anndata.AnnData) -> Counter[str]:
    return Counter(table.var_names)


def _shared(tables: Mapping[Path, anndata.AnnData]) -> Counter[str]:
    """How often each gene is in every table."""
    counts = [_counts(table) for table in tables.values()]
    found = counts[0]
    for other in counts[1:]:
        found = found & other
    return found


def _beyond(first: anndata.AnnData, other: anndata.AnnData) -> str:
    lacking, beyond = _counts(first) - _counts(other), _counts(other) - _counts(first)
    return (
        f"{sum(lacking.values())} are only in the first ({listing(lacking) or 'none'}), {sum(beyond.values())} only in the"
        f" second ({listing(beyond) or 'none'})."
    )


def _doubled(tables: Mapping[Path, anndata.AnnData], names: Mapping[Path, str]) -> list[str]:
    where = defaultdict(list)
    for path, table in tables.items():
        for sample in table.obs_names:
            where[str(sample)].append(names[path])
    several = [f"{sample} ({', '.join(files)})" for sample, files in where.items() if len(files) > 1]
    if not several:
        return []
    hint = ""
    if len(several) == 1 and all(table.n_obs == 1 for table in tables.values()):
        hint = (
            " If each file is one sample, list the files in a column of the sheet, name it"
            f" ({argument('io.read', 'file_column')}), and give their folder as the path."
        )
    return [f"{len(several)} sample ids are in more than one table: {listing(several)}.{hint}"]


def _stacked(
    tables: Mapping[Path, anndata.AnnData], names: Mapping[Path, str], shared: Counter[str]
) -> anndata.AnnData:
    first = next(iter(tables.values()))
    columns = _columns(first, list(first.var_names), shared)
    genes = [str(first.var_names[column]) for column in columns]
    parts: list[Any] = [table.X[:, _columns(table, genes, shared)] for table in tables.values()]
    is_sparse = any(sparse.issparse(part) for part in parts)
    obs = pd.concat([table.obs.assign(**{FILE: names[path]}) for path, table in tables.items()])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variable names are not unique")
        joined = anndata.AnnData(
            X=sparse.vstack(parts, format="csr") if is_sparse else np.concatenate(parts),
            obs=obs,
            var=first.var.iloc[columns].copy(),
        )
    left = [
        gene
        for gene, times in sum(map(_counts, tables.values()), Counter()).items()
        if gene not in shared and times
    ]
    if left:
        log.warning("%d genes are not in every table and are left out: %s.", len(left), listing(left))
    gone = list(dict.fromkeys([*_noted(tables), *left]))
    source = {"genes_with_missing_cells": gone} if gone else {}
    keys.write_field(joined, keys.FIELD_SOURCE, source)
    if unit := keys.unit_of(first):
        keys.declare_unit(joined, unit)
    return joined


def _noted(tables: Mapping[Path, anndata.AnnData]) -> list[str]:
    """Genes that reading each table left out."""
    noted = [keys.read_field(table, keys.FIELD_SOURCE) or {} for table in tables.values()]
    return [gene for source in noted for gene in source.get("genes_with_missing_cells", [])]


def _columns(table: anndata.AnnData, genes: list[str], shared: Counter[str]) -> NDArray[np.intp]:
    """Columns of the shared genes, in the order of ``genes``; a gene that is there twice is taken twice at most as often."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, gene in enumerate(table.var_names):
        places[str(gene)].append(place)
    taken = {gene: iter(found[: shared[gene]]) for gene, found in places.items()}
    columns = (next(taken[gene], None) for gene in genes if gene in taken)
    return np.array([column for column in columns if column is not None], dtype=np.intp)
