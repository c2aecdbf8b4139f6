"""nf-core/rnaseq merged gene tables."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io, keys, pp

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


RSEM = (
    "gene_id\ttranscript_id(s)\tS1\tS2\n"
    "ENSG00000187608.11\tENST00000649529.1,ENST00000624697.4\t72.99\t1\nENSG00000126709.16\tENST00000339381.9\t0\t2\n"
)
ONE = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"


@pytest.fixture
def star_rsem(tmp_path):
    """What nf-core/rnaseq leaves with the aligner star_rsem: merged tables beside the files of each sample."""
    folder = tmp_path / "results" / "star_rsem"
    folder.mkdir(parents=True)
    (folder / "rsem.merged.gene_counts.tsv").write_text(RSEM)
    (folder / "rsem.merged.gene_tpm.tsv").write_text(RSEM.replace("72.99", "9.5"))
    for quantity in ("counts", "tpm"):
        table = "transcript_id\tgene_id\tS1\tS2\nENST00000649529.1\tENSG00000187608.11\t70\t1\n"
        (folder / f"rsem.merged.transcript_{quantity}.tsv").write_text(table)
    for sample in ("S1", "S2"):
        row = "ENSG00000187608.11\tENST00000649529.1\t711\t500\t72.99\t20\t18\n"
        (folder / f"{sample}.genes.results").write_text(ONE + row)
        (folder / f"{sample}.isoforms.results").write_text(
            ONE.replace("gene_id\ttranscript_id(s)", "transcript_id\tgene_id")
            + "ENST00000649529.1\tENSG00000187608.11\t711\t500\t72.99\t20\t18\n"
        )
    return folder


def test_a_folder_of_star_rsem_gives_its_gene_counts(star_rsem):
    for place in (star_rsem, star_rsem.parent, star_rsem / "rsem.merged.gene_counts.tsv"):
        adata = io.read(place)
        np.testing.assert_array_equal(adata.X, [[72.99, 0], [1, 2]])
        assert keys.unit_of(adata) == "counts"
        assert list(adata.var_names) == ["ENSG00000187608.11", "ENSG00000126709.16"]
        assert "gene_name" not in adata.var
    tpm = io.read(star_rsem, quantity="tpm")
    assert keys.unit_of(tpm) == "tpm"
    assert tpm.X[0, 0] == 9.5
    np.testing.assert_array_equal(io.read(star_rsem / "S1.genes.results").X, [[72.99]])


def test_names_that_rsem_appended_are_symbols(tmp_path):
    path = tmp_path / "rsem.merged.gene_counts.tsv"
    path.write_text(
        RSEM.replace("187608.11\t", "187608.11_ISG15\t", 1).replace("126709.16\t", "126709.16_IFI6\t", 1)
    )
    adata = io.read(path)
    assert list(pp.map_genes(adata).var_names) == ["ISG15", "IFI6"]


def test_two_quantifiers_are_named(star_rsem):
    other = star_rsem.parent / "star_salmon"
    other.mkdir()
    (other / "salmon.merged.gene_counts.tsv").write_text(TEXT)
    with pytest.raises(
        errors.TableError,
        match=r"2 tables of counts: star_rsem/rsem.merged.gene_counts.tsv, star_salmon/salmon.merged",
    ):
        io.read(star_rsem.parent)


def test_without_merged_tables_the_files_of_the_samples_are_read(star_rsem, caplog):
    for path in star_rsem.glob("rsem.merged.*"):
        path.unlink()
    with caplog.at_level("INFO", logger="ifnsig"):
        adata = io.read(star_rsem)
    assert list(adata.obs_names) == ["S1", "S2"]
    assert (
        "2 samples have values of genes and of transcripts; those of genes (*.genes.results) are read"
        in caplog.text
    )
