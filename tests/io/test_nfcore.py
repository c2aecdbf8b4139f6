"""nf-core/rnaseq merged gene tables."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io, keys

TEXT = "gene_id\tgene_name\tS1\t8042381\nENSG00000187608.11\tISG15\t72.999\t1\nENSG00000000003\t\t0\t2\n"


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("salmon.merged.gene_counts.tsv", "counts"),
        ("salmon.merged.gene_counts_scaled.tsv", "counts"),
        ("salmon.merged.gene_counts_length_scaled.tsv", "counts"),
        ("rsem.merged.gene_tpm.tsv", "tpm"),
        ("renamed.tsv", None),
    ],
)
def test_the_unit_follows_from_the_files_name(tmp_path, name, unit):
    path = tmp_path / name
    path.write_text(TEXT)
    assert keys.unit_of(io.read(path)) == unit


def test_fractional_counts_and_both_id_columns_are_kept(tmp_path):
    path = tmp_path / "salmon.merged.gene_counts.tsv"
    path.write_text(TEXT)
    adata = io.read(path)
    np.testing.assert_array_equal(adata.X, [[72.999, 0], [1, 2]])
    assert list(adata.obs_names) == ["S1", "8042381"]
    assert list(adata.var["gene_name"]) == ["ISG15", ""]


def test_gene_lengths_are_not_expression(tmp_path):
    path = tmp_path / "salmon.merged.gene_lengths.tsv"
    path.write_text(TEXT)
    with pytest.raises(errors.TableError, match="holds gene lengths"):
        io.read(path)


def test_another_table_is_sent_to_its_reader(tmp_path):
    path = tmp_path / "gene_counts.tsv"
    path.write_text("gene\tS1\nISG15\t1\n")
    with pytest.raises(
        errors.TableError, match=r"'gene', 'S1' instead of 'gene_id', 'gene_name'.*format=\"table\""
    ):
        io.read(path, format="nfcore")
