"""Loom files: ids, attributes, layers and what is refused."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse

from ifnsig import errors, io
from ifnsig.io.formats import loom


def write(path: Path, matrix=((1, 0, 3), (0, 5, 0)), **parts) -> Path:
    """Two genes x three cells; parts by name with ``/`` written ``__``, None leaves one out."""
    everything = {
        "matrix": matrix, "row_attrs__Accession": ["ENSG1", "ENSG2"], "row_attrs__Gene": np.array(["ISG15", "NA"], dtype="S"),
        "row_attrs__length": np.array([700, 800]), "col_attrs__CellID": ["001", "1E5", "NA"],
        "col_attrs__donor": ["P1", "P1", "P2"], "col_attrs__pca": np.zeros((3, 2)), "layers__spliced": ((2, 0, 6), (0, 10, 0)),
        "attrs__LOOM_SPEC_VERSION": "3.0.0",
    }  # fmt: skip
    with h5py.File(path, "w") as stored:
        for name, value in {**everything, **parts}.items():
            if value is not None:
                stored[name.replace("__", "/")] = value
    return path


def test_ids_and_attributes_are_read_and_cells_are_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(loom, "AT_ONCE", 2)
    adata = io.read(write(tmp_path / "x.loom"), unit="counts")
    assert sparse.issparse(adata.X)
    np.testing.assert_array_equal(adata.X.toarray(), [[1, 0], [0, 5], [3, 0]])
    assert list(adata.obs_names) == ["001", "1E5", "NA"]
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    assert list(adata.var["Gene"]) == ["ISG15", "NA"]
    assert list(adata.var["length"]) == [700, 800]
    assert list(adata.obs["donor"]) == ["P1", "P1", "P2"]
    assert "pca" not in adata.obs


def test_genes_are_called_by_their_symbol_where_there_is_nothing_else(tmp_path):
    adata = io.read(write(tmp_path / "x.loom", row_attrs__Accession=None), unit="counts")
    assert list(adata.var_names) == ["ISG15", "NA"]


def test_a_layer_is_read_in_place_of_the_matrix(tmp_path):
    path = write(tmp_path / "x.loom")
    np.testing.assert_array_equal(io.read(path, layer="spliced", unit="counts").X.toarray()[2], [6, 0])
    with pytest.raises(errors.TableError, match=r"no layer 'splice'. Did you mean 'spliced'"):
        io.read(path, layer="splice")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"col_attrs__CellID": None}, "cells have no ids: none of CellID"),
        ({"row_attrs__Accession": None, "row_attrs__Gene": None}, "genes have no ids"),
        ({"col_attrs__CellID": ["a", "b"]}, "cells have no ids"),
        ({"col_attrs__CellID": ["a", "b", "a"]}, "1 sample ids occur more than once: a"),
        (
            {"matrix": ((1, np.nan, 3), (0, 5, 0))},
            "1 values are missing or infinite: gene 'ENSG1' in sample '1E5'",
        ),
        ({"matrix": np.array([[b"a", b"b", b"c"]] * 2)}, "matrix is no table of numbers"),
        ({"matrix": (1, 2, 3)}, "matrix is no table of numbers"),
    ],
)
def test_a_bad_loom_file_is_refused(tmp_path, parts, words):
    with pytest.raises(errors.TableError, match=words):
        io.read(write(tmp_path / "x.loom", **parts), unit="counts", format="loom")
