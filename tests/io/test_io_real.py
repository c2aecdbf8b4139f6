"""Real files of every format are read; the figures come from the files themselves and their records at GEO."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ifnsig import errors, io, keys, pp


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data


@pytest.mark.parametrize(
    ("path", "sheet", "unit", "shape", "cell"),
    [
        (
            "gse49454-sle-blood/expression_log2.csv.gz", "gse49454-sle-blood/metadata.csv", "log2_array",
            (177, 12380), ("GSM1199352", "A2LD1", 4.992),
        ),
        (
            "gse145647-blood-cytokine-stim/whole_blood_normalized_counts.txt.gz",
            "gse145647-blood-cytokine-stim/metadata.csv", "normalized_counts",
            (28, 12194), ("D1_IL4", "AAAS", 3.1015688981554),
        ),
        (
            "gse74863-imr90-ifnb-timecourse/GSE74863_GeneLevel_Raw_data.csv.gz",
            "gse74863-imr90-ifnb-timecourse/metadata.csv", "counts",
            (18, 28089), ("GSM1936737", "ENSG00000000003", 1738.0206),
        ),
        (
            "gse30550-flu-challenge/expression_log2.csv.gz", "gse30550-flu-challenge/metadata.csv", "log2_array",
            (252, 4147), ("GSM757899", "AKT3", 4.6),
        ),
    ],
)  # fmt: skip
def test_cohorts_are_read_with_their_sheets(folder, path, sheet, unit, shape, cell):
    adata = io.read(folder / path, unit=unit, samples=folder / sheet)
    assert adata.shape == shape
    sample, gene, value = cell
    assert adata[sample, gene].X[0, 0] == value
    assert pp.map_genes(adata).var_names.is_unique


def test_a_mouse_table_is_read_and_refused_when_its_genes_are_mapped(folder):
    place = folder / "formats" / "nf-core-rnaseq"
    adata = io.read(place / "SRP254919.salmon.merged.gene_counts.top1000cov.tsv")
    assert adata.obs_names[0] == "8042381"
    assert keys.unit_of(adata) == "counts"
    with pytest.raises(errors.GeneNameError, match="mouse Ensembl ids"):
        pp.map_genes(adata)
    with pytest.raises(errors.TableError, match="gene lengths"):
        io.read(place / "SRP254919.spoofed_lengths.tsv")
    fractional = io.read(folder / "formats/more/nfcore/salmon.merged.gene_counts.head.tsv")
    assert fractional["SRX8042384", "ENSMUSG00000056055"].X[0, 0] == 72.999


def test_series_matrices_are_read_or_say_where_the_values_are(folder):
    adata = io.read(folder / "gse117751-nanostring-rcc/GSE117751_series_matrix.txt", unit="nanostring_counts")
    assert adata.shape == (42, 458)  # !Sample_data_row_count and the number of GSM ids
    assert adata.obs["age (years)"].iloc[0] == 61
    assert set(adata.obs["diagnosis"]) >= {"Autoimmune retinopathy"}
    with pytest.raises(errors.TableError, match=r"empty table.*GSE118828_RAW\.tar"):
        io.read(folder / "formats/more/geo/GSE118828_series_matrix.txt.gz")


def test_a_table_of_classes_is_refused(folder):
    with pytest.raises(errors.TableError, match="first column \\('CodeClass'\\)"):
        io.read(folder / "gse117751-nanostring-rcc/GSE117751_expression_matrix.csv")


def test_an_h5ad_file_is_read_from_x_and_from_its_layer(folder):
    path = folder / "kang2018-ifnb-singlecell" / "kang_2donors.h5ad"
    counts = io.read(path, layer="counts", unit="counts")
    assert counts.shape == io.read(path).shape == (1556, 1267)


@pytest.mark.parametrize(
    ("name", "samples"), [("E-GEOD-39088_modules_long.csv", 142), ("E-GEOD-78193_modules_long.csv", 113)]
)
def test_scores_made_elsewhere_are_read(folder, name, samples):
    adata = io.read_scores(
        folder / "sle-anti-ifn-trials-module-scores" / name,
        sample="source_name",
        signature="module",
        score="summary",
    )
    assert adata.shape == (samples, 0)
    scores = adata.obsm["ifn_external"]
    assert list(scores.columns) == ["M1.2", "M3.4", "M5.12"]
    assert not np.isnan(scores.to_numpy()).any()
    assert "day" in adata.obs
