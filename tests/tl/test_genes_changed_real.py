"""Blood of three donors stimulated ex vivo (GSE145647): which interferon genes rise, with three pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from anndata import AnnData

import ifnsig as ifn

SIX = ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]


@pytest.fixture(scope="module")
def blood(real_data: Path) -> AnnData:
    folder = real_data / "gse145647-blood-cytokine-stim"
    sheet = ifn.io.read_samples(folder / "metadata.csv")
    adata = ifn.io.read(
        folder / "whole_blood_normalized_counts.txt.gz",
        format="table",
        unit="normalized_counts",
        samples=sheet,
    )
    adata = ifn.pp.map_genes(adata)
    ifn.pp.normalize(adata, method="log2")
    return adata


PAIRS = {"layer": "log2", "patient": "donor", "visit": "stimulus", "baseline": "Buffer", "replicates": "mean"}


@pytest.mark.parametrize(("stimulus", "direction"), [("IFNbeta", 1), ("IL10", -1)])
def test_interferon_genes_follow_the_stimulus(blood: AnnData, stimulus: str, direction: int) -> None:
    table = ifn.tl.gene_changes(blood, followup=stimulus, **PAIRS)
    six = table.set_index("gene").loc[SIX]
    assert set(six["n_patients"]) == {3}  # the repeat of one donor is no fourth
    # the scores of all donors rise with interferon beta and fall with IL-10, so most of the genes do
    assert (direction * six["change"] > 0).sum() >= 5
    edge = ifn.tl.leading_edge(table, {"six": SIX})
    opposite = "fell" if direction > 0 else "rose"
    assert opposite not in set(edge["direction"])


def test_three_donors_get_no_p_of_a_set(blood: AnnData) -> None:
    row = ifn.tl.gene_set_changes(blood, {"six": SIX}, followup="IFNbeta", **PAIRS).iloc[0]
    assert row["estimate"] > 0.5
    assert row["min_attainable_p"] == 0.25
    assert row["p"] != row["p"]  # none is given


@pytest.fixture(scope="module")
def airway(real_data: Path) -> AnnData:
    """GSE161664: cells with and without interferon, raw counts of 26,364 genes; replicates of one number are taken as pairs."""
    adata = ifn.io.read(real_data / "gse161664-saec-ifn-htseq")
    parts = [name.split("_") for name in adata.obs_names]
    adata.obs["stimulus"], adata.obs["replicate"] = [part[2] for part in parts], [part[3] for part in parts]
    ifn.pp.normalize(adata, method="log_cpm")
    return adata


CELLS = {"layer": "log_cpm", "patient": "replicate", "visit": "stimulus", "baseline": "Control"}


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
@pytest.mark.parametrize(
    ("stimulus", "tested", "found"),
    [("IFNa", 14065, 957), ("IFNb", 14435, 434), ("IFNg", 13751, 2227), ("IFNl3", 13706, 160)],
)
def test_genes_without_reads_hid_all_that_changed(
    airway: AnnData, stimulus: str, tested: int, found: int
) -> None:
    """limma 3.54 with trend finds none in all 26,364 genes, and these numbers where edgeR's filterByExpr left 13,706 to 14,435."""
    table = ifn.tl.gene_changes(airway, followup=stimulus, **CELLS)
    assert len(table) == 26364
    assert table["q"].notna().sum() == tested
    assert (table["q"] < 0.05).sum() == found
    six = table.set_index("gene").loc[SIX]
    assert set(six["reason"]) <= {"", "too few reads"}
    assert (six["change"].dropna() > 0).all()
    assert (six["q"] < 0.05).sum() >= 4
