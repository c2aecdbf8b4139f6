"""tl.count_changes: DESeq2's model through pydeseq2, and what it says without it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig.errors import ParameterError, UnitError

Make = Callable[..., AnnData]
DATA = Path(__file__).parents[1] / "parity" / "stats" / "data"
installed = pytest.mark.skipif(importlib.util.find_spec("pydeseq2") is None, reason="pydeseq2 is an extra")


def paired_counts(make_adata: Make, genes: slice = slice(None)) -> AnnData:
    table = pd.read_csv(DATA / "02_counts_paired.csv", index_col=0).iloc[genes]
    who = [name.rsplit("_", 1)[0] for name in table.columns]
    when = [name.rsplit("_", 1)[1] for name in table.columns]
    return make_adata(table.to_numpy().T, genes=list(table.index), unit="counts", patient=who, visit=when)


def test_without_pydeseq2_it_says_what_to_install(make_adata: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ParameterError, match=r'pip install "ifnsig\[deseq\]". tl.gene_changes on log'):
        ifn.tl.count_changes(
            make_adata([[1.0, 2.0]] * 2, patient=["A"] * 2, visit=["a", "b"]), baseline="a", followup="b"
        )


@installed
def test_log_expression_is_refused(make_adata: Make) -> None:
    adata = make_adata(np.ones((6, 3)), patient=list("ABCABC"), visit=["a"] * 3 + ["b"] * 3)
    with pytest.raises(UnitError, match="declared as 'log2_cpm'"):
        ifn.tl.count_changes(adata, baseline="a", followup="b")


@installed
@pytest.mark.heavy
def test_it_agrees_with_deseq2(make_adata: Make) -> None:
    """DESeq2 1.38.3, ~ donor + time: the same genes are called; z differs by at most 0.06 between the two programs."""
    golden = pd.read_csv(DATA / "02_counts_deseq2.csv").set_index("gene")
    adata = paired_counts(make_adata)
    visits = list(dict.fromkeys(adata.obs["visit"]))
    found = (
        ifn.tl.count_changes(adata, baseline=visits[0], followup=visits[1], min_count=0)
        .set_index("gene")
        .reindex(golden.index)
    )
    assert np.abs(found["t"] - golden["stat"]).max() < 0.06
    assert found["change"].to_numpy() == pytest.approx(golden["log2FC"].to_numpy(), abs=0.01)
    called = golden["padj"] < 0.05
    assert ((found["q"] < 0.05) == called).mean() > 0.99
    edge = ifn.tl.leading_edge(found.reset_index(), {"true": list(golden.index[:20])})
    assert set(edge["direction"]) <= {"fell", "rose", "no clear change"}


@installed
@pytest.mark.heavy
def test_genes_with_too_few_reads_have_a_reason_and_no_numbers(make_adata: Make) -> None:
    adata = paired_counts(make_adata)
    adata.X[:, 0], adata.X[:, 1] = 0, 1
    first, last = dict.fromkeys(adata.obs["visit"])
    table = ifn.tl.count_changes(adata, baseline=first, followup=last).set_index("gene")
    assert set(table["reason"].iloc[:2]) == {"too few reads"}
    assert table["p"].iloc[:2].isna().all()
    assert table["p"][table["reason"] == ""].notna().all()
    every = ifn.tl.count_changes(adata, baseline=first, followup=last, min_count=0)
    assert set(every["reason"].iloc[:2]) == {"never varies"}


@installed
def test_a_visit_of_two_pairs_is_not_estimable(make_adata: Make) -> None:
    adata = make_adata(np.ones((4, 3)), unit="counts", patient=list("ABAB"), visit=["a"] * 2 + ["b"] * 2)
    table = ifn.tl.count_changes(adata, baseline="a", followup="b")
    assert set(table["reason"]) == {"2 pairs; the model needs 3"}
    assert table["flags"].str.startswith("NOT_ESTIMABLE").all()
