"""The files of a 10x run: matrix, barcodes and features, checked against each other."""

from __future__ import annotations

import warnings
from pathlib import Path

import anndata
import pandas as pd
from scipy import sparse

from ...errors import MissingFileError
from ..text._text import load_text
from ._matrix import GENE_NAME
from ._matrix_market import read_matrix_market


def read_triple(matrix: Path, limit: int | None) -> anndata.AnnData:
    """Cells x features of a matrix file and the barcodes and features beside it; ids stay text.

    Raises
    ------
    MissingFileError
        Barcodes or features are not there.
    TableError
        The three do not fit each other, or the matrix cannot be read.
    """
    barcodes = [row[0] for row in _lines(parts_of(matrix)[1], limit)]
    features = _lines(parts_of(matrix)[2], limit)
    values = read_matrix_market(matrix, (len(features), len(barcodes)), limit).T.tocsr()
    var = {GENE_NAME: [row[1] if len(row) > 1 else "" for row in features]}
    if all(len(row) > 2 for row in features):
        var["feature_types"] = [row[2] for row in features]
    return cells_of(values, barcodes, [row[0] for row in features], var)


def parts_of(matrix: Path) -> tuple[Path, Path, Path]:
    """Matrix, barcodes and features, which have the same start of their names.

    Raises
    ------
    MissingFileError
        Barcodes or features are not there.
    """
    prefix = matrix.name.split("matrix.mtx")[0]
    barcodes = _beside(matrix.parent, (f"{prefix}barcodes.tsv",))
    return matrix, barcodes, _beside(matrix.parent, (f"{prefix}features.tsv", f"{prefix}genes.tsv"))


def _beside(folder: Path, names: tuple[str, ...]) -> Path:
    for place in (folder / f"{name}{end}" for name in names for end in ("", ".gz")):
        if place.exists():
            return place
    raise MissingFileError(f"{str(folder)!r} has no {' or '.join(names)} (or .gz).")


def _lines(place: Path, limit: int | None) -> list[list[str]]:
    body = load_text(place, limit=limit).whole.decode()
    return [line.split("\t") for line in body.split("\n") if line.strip()]


def cells_of(
    values: sparse.csr_matrix, barcodes: list[str], ids: list[str], var: dict[str, list[str]]
) -> anndata.AnnData:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(Variable|Observation) names are not unique")
        return anndata.AnnData(
            X=values,
            obs=pd.DataFrame(index=pd.Index(barcodes, dtype=object)),
            var=pd.DataFrame(var, index=pd.Index(ids, dtype=object)),
        )
