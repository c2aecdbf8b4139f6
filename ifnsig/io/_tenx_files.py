"""The folder of a 10x run: matrix, barcodes and features, checked against each other."""

from __future__ import annotations

import warnings
from pathlib import Path

import anndata
import pandas as pd
from scipy import sparse

from ..errors import MissingFileError, listing
from ._matrix import GENE_NAME
from ._matrix_market import read_matrix_market
from ._text import load_text


def folder_of(place: Path) -> Path:
    """The folder of a matrix file; everything else as it is.

    Raises
    ------
    MissingFileError
        There is no such file or folder.
    """
    if not place.exists():
        raise MissingFileError(f"There is no file or folder {str(place)!r}.")
    return place.parent if place.is_file() and ".mtx" in place.name else place


def read_folder(folder: Path, limit: int) -> anndata.AnnData:
    """Cells x features of a folder; ids stay text.

    Raises
    ------
    MissingFileError
        Matrix, barcodes or features are not there.
    TableError
        The three do not fit each other, or the matrix cannot be read.
    """
    matrix, prefix = _matrix_of(folder)
    barcodes = [row[0] for row in _lines(folder, (f"{prefix}barcodes.tsv",), limit)]
    features = _lines(folder, (f"{prefix}features.tsv", f"{prefix}genes.tsv"), limit)
    values = read_matrix_market(matrix, (len(features), len(barcodes)), limit).T.tocsr()
    var = {GENE_NAME: [row[1] if len(row) > 1 else "" for row in features]}
    if all(len(row) > 2 for row in features):
        var["feature_types"] = [row[2] for row in features]
    return cells_of(values, barcodes, [row[0] for row in features], var)


def _matrix_of(folder: Path) -> tuple[Path, str]:
    found = sorted(folder.glob("*matrix.mtx")) + sorted(folder.glob("*matrix.mtx.gz"))
    if len(found) != 1:
        raise MissingFileError(
            f"{str(folder)!r} has {len(found)} matrix files ({listing(file.name for file in found) or 'none'});"
            " one folder holds one run."
        )
    return found[0], found[0].name.split("matrix.mtx")[0]


def _lines(folder: Path, names: tuple[str, ...], limit: int) -> list[list[str]]:
    for name in names:
        for place in (folder / name, folder / f"{name}.gz"):
            if place.exists():
                body = load_text(place, limit=limit).whole.decode()
                return [line.split("\t") for line in body.split("\n") if line.strip()]
    raise MissingFileError(f"{str(folder)!r} has no {' or '.join(names)} (or .gz).")


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
