"""The matrices of the benchmark: seeded, of the shape they say, the same on disk as in memory."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pytest
from scipy import sparse

from ifnsig.bench import data
from ifnsig.bench._draw import SHAPES
from ifnsig.bench._on_disk import write_h5ad


@pytest.mark.parametrize("name", list(SHAPES))
def test_a_shape_is_the_same_for_the_same_seed(name: str) -> None:
    shape, genes = SHAPES[name], 1500
    first, again, other = (shape.draw(30, genes, np.random.default_rng(seed)) for seed in (1, 1, 2))
    dense = [m.toarray() if sparse.issparse(m) else m for m in (first, again, other)]
    assert first.shape == (30, genes)
    assert first.dtype == np.float32
    assert sparse.issparse(first) == shape.sparse
    np.testing.assert_array_equal(dense[0], dense[1])
    assert (dense[0] != dense[2]).any()
    assert len(set(shape.names(genes))) == genes


def test_the_shapes_hold_what_they_say() -> None:
    rng = np.random.default_rng(3)
    assert (SHAPES["bulk"].draw(200, 2000, rng) == 0).mean() == pytest.approx(0.115, abs=0.03)
    assert (SHAPES["mostly_zero"].draw(200, 2000, rng) == 0).mean() == pytest.approx(0.9, abs=0.02)
    assert SHAPES["cells"].draw(200, 5000, rng).nnz / 1e6 == pytest.approx(0.095, abs=0.03)
    whole = SHAPES["integers"].draw(20, 500, rng)
    assert (whole == np.round(whole)).all()
    assert SHAPES["gene_major"].draw(20, 500, rng).flags.f_contiguous
    assert SHAPES["tpm_outlier"].draw(20, 500, rng).max() == 1e7


def test_a_simulated_shape_is_the_simulators_cohort_and_its_signatures() -> None:
    sets = data.make_signatures(1500, shape="simulated")
    assert {gene for genes in sets.values() for gene in genes} <= set(data.gene_names("simulated", 1500))
    matrix = SHAPES["simulated"].draw(300, 1500, np.random.default_rng(1))
    cpm = np.exp2(matrix.astype(float)) - 1
    np.testing.assert_allclose(cpm.sum(axis=1), 1e6, rtol=1e-5)  # float32 logarithms


def test_a_large_simulated_cohort_repeats_its_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifnsig.bench._draw.DRAWN", 40)
    matrix = SHAPES["simulated"].draw(100, 1500, np.random.default_rng(1))
    assert matrix.shape == (100, 1500)
    assert len(np.unique(matrix, axis=0)) == 40


@pytest.mark.parametrize("name", ["bulk", "cells"])
def test_a_cohort_on_the_disk_is_made_of_the_rows_of_one_part(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ifnsig.bench._on_disk.PART", 16)
    monkeypatch.setattr("ifnsig.bench._on_disk.DENSE_PART", 16)
    write_h5ad(tmp_path / "x.h5ad", SHAPES[name], 40, 300, np.random.default_rng(1))
    found = anndata.read_h5ad(tmp_path / "x.h5ad")
    part = SHAPES[name].draw(16, 300, np.random.default_rng(1))
    rows, parts = (m.toarray() if sparse.issparse(m) else m for m in (found.X, part))
    assert found.shape == (40, 300)
    assert {row.tobytes() for row in rows} == {row.tobytes() for row in parts}
    assert found.uns["ifnsig"]
