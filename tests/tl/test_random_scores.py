"""Thousands of random sets in one call: the scores that tl.score gives these sets, for every method and source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import CoverageError, ParameterError
from ifnsig.methods import METHODS
from ifnsig.signatures import SIGNATURES, interferon_genes

ISGS = sorted(interferon_genes(SIGNATURES.values()))
MINE = {"mine": {"G10": 1.0, "G60": 1.0, "G200": 1.0, "G310": -1.0}}
WEIGHTED = {"mine": {"G10": 2.0, "G60": 0.5, "G200": 1.0, "G310": -1.5}}


def cohort(n: int = 30, p: int = 400) -> AnnData:
    """Ten genes that answer to interferon, the rest unknown ones, a few of them constant."""
    rng = np.random.default_rng(8)
    values = np.round(rng.gamma(rng.gamma(2, 1, p) + 0.1, 1.5, (n, p)), 1).astype(np.float32)
    values[rng.random((n, p)) < 0.2] = 0
    values[:, 50:55] = 3.0
    adata = AnnData(X=values)
    adata.var_names = [*ISGS[:10], *(f"G{i}" for i in range(10, p))]
    adata.obs_names = [f"S{i}" for i in range(n)]
    adata.obs["group"] = ["healthy"] * 12 + ["patient"] * (n - 12)
    keys.declare_unit(adata, "log2_cpm")
    return adata


def options(method: str) -> dict[str, Any]:
    return {"controls": ("group", "healthy")} if METHODS[method].needs_reference else {}


EVEN_ONLY = {"plage", "pc1", "median"}


@pytest.mark.parametrize("method", [name for name in METHODS if name != "published"])
def test_random_sets_score_as_tl_score_scores_them(method: str) -> None:
    adata, signature = cohort(), MINE if method in EVEN_ONLY else WEIGHTED
    out = ifn.tl.random_scores(adata, signature, method=method, n_sets=25, rng=4, **options(method))
    assert out.shape == (30, 25)
    assert out.obs.equals(adata.obs)
    about = keys.read_field(out, keys.FIELD_RANDOM)
    assert about["genes"] == list(MINE["mine"])
    genes = np.array(adata.var_names)[out.varm["genes"]]
    sets = {
        name: dict(zip(row, about["weights"], strict=True))
        for name, row in zip(out.var_names, genes, strict=True)
    }
    ifn.tl.score(adata, sets, method=method, **options(method))
    np.testing.assert_allclose(
        out.X, adata.obsm[f"ifn_{method}"], rtol=1e-12, atol=1e-12
    )  # sums in another order


def test_genes_that_answer_to_interferon_are_not_drawn_unless_asked_for() -> None:
    adata = cohort()
    drawn = {
        choice: set(np.array(adata.var_names)[ifn.tl.random_scores(
            adata, MINE, method="mean", n_sets=500, rng=1, n_bins=2, exclude=exclude
        ).varm["genes"]].ravel())
        for choice, exclude in {"isgs": "interferon", "none": (), "list": ("G77", "G78")}.items()
    }  # fmt: skip
    assert not drawn["isgs"] & set(ISGS)
    assert drawn["none"] & set(ISGS)
    assert not drawn["list"] & {"G77", "G78"}
    assert drawn["list"] >= {"G76", "G79"}
    assert not (drawn["isgs"] | drawn["none"]) & set(MINE["mine"])


def test_genes_that_the_method_cannot_use_are_neither_drawn_nor_replaced() -> None:
    adata = cohort()
    sets = {"mine": ["G10", "G52", "G60", "ELSEWHERE"]}  # G52 never varies
    z = ifn.tl.random_scores(adata, sets, method="zscore", n_sets=300, rng=1, n_bins=3, **options("zscore"))
    assert keys.read_field(z, keys.FIELD_RANDOM)["genes"] == ["G10", "G60"]
    assert not np.isin(z.varm["genes"], np.arange(50, 55)).any()
    ranks = ifn.tl.random_scores(adata, sets, method="singscore", n_sets=300, rng=1, n_bins=3)
    assert keys.read_field(ranks, keys.FIELD_RANDOM)["genes"] == ["G10", "G52", "G60"]


@pytest.mark.parametrize("method", ["zscore", "ssgsea", "score_genes"])
def test_neither_the_source_nor_the_threads_matter(method: str, tmp_path: Path) -> None:
    dask_array = pytest.importorskip("dask.array", reason="Dask is an extra")
    adata = cohort()
    there = ifn.tl.random_scores(adata, MINE, method=method, n_sets=40, rng=2, **options(method))
    sources = {"threads": adata}
    for name, change in (
        ("CSR", sparse.csr_matrix), ("CSC", sparse.csc_matrix),
        ("Dask", lambda values: dask_array.from_array(values, chunks=(7, 150))),
    ):  # fmt: skip
        sources[name] = adata.copy()
        sources[name].X = change(adata.X)
    adata.write_h5ad(tmp_path / "cohort.h5ad")
    sources["backed"] = anndata.read_h5ad(tmp_path / "cohort.h5ad", backed="r")
    for name, other in sources.items():
        here = ifn.tl.random_scores(
            other, MINE, method=method, n_sets=40, rng=2, threads=2, **options(method)
        )
        # sums over sparse rows leave the zeros out, which changes their order
        np.testing.assert_allclose(here.X, there.X, rtol=1e-12, atol=1e-12, err_msg=name)


def test_the_samples_are_not_touched() -> None:
    adata = cohort()
    before = adata.copy()
    ifn.tl.random_scores(adata, MINE, method="ssgsea", n_sets=10, rng=0)
    np.testing.assert_array_equal(adata.X, before.X)
    assert list(adata.obsm) == []
    assert adata.uns == before.uns


def test_the_result_can_be_written_and_read(tmp_path: Path) -> None:
    out = ifn.tl.random_scores(cohort(), MINE, method="mean", n_sets=10, rng=0)
    out.write_h5ad(tmp_path / "random.h5ad")
    back = anndata.read_h5ad(tmp_path / "random.h5ad")
    np.testing.assert_array_equal(back.X, out.X)
    np.testing.assert_array_equal(back.varm["genes"], out.varm["genes"])
    assert keys.read_field(back, keys.FIELD_RANDOM)["seed"] == 0


@pytest.mark.parametrize(
    ("signatures", "call", "fault", "message"),
    [
        (
            ["rice2013_6", "hallmark_ifna"],
            {},
            ParameterError,
            "takes one signature. Got rice2013_6, hallmark_ifna",
        ),
        (MINE, {"method": "published"}, ParameterError, "random sets have none"),
        (MINE, {"alpha": 1}, ParameterError, "has no option alpha"),
        ({"mine": ["ELSEWHERE"]}, {}, CoverageError, "has no gene of mine that mean can use: ELSEWHERE"),
        (MINE, {"n_bins": 200}, ParameterError, "Use fewer bins"),
        (MINE, {"rng": None}, ParameterError, "needs 'rng'"),
    ],
)
def test_wrong_calls_say_what_is_wrong(
    signatures: Any, call: dict, fault: type[Exception], message: str
) -> None:
    with pytest.raises(fault, match=message):
        ifn.tl.random_scores(cohort(), signatures, **{"method": "mean", "n_sets": 5, "rng": 0, **call})
