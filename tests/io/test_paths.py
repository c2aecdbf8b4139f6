"""A file, a folder, a list or a mapping: what is read, and what must be said."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io, keys


def merged(folder, quantifier="star_salmon", name="salmon.merged.gene_counts.tsv", value=1.5):
    place = folder / quantifier
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(f"gene_id\tgene_name\tS1\tS2\nENSG1\tISG15\t{value}\t2\n")
    return folder


def test_the_output_folder_of_nfcore_gives_its_merged_counts(tmp_path, write_format):
    out = merged(tmp_path / "results")
    for name in ("gene_tpm", "gene_counts_length_scaled", "gene_lengths"):
        merged(out, name=f"salmon.merged.{name}.tsv", value=7)
    (out / "star_salmon" / "S1").mkdir()
    (out / "star_salmon" / "S1" / "quant.sf").write_text(
        "Name\tLength\tEffectiveLength\tTPM\tNumReads\nT\t1\t1\t1\t1\n"
    )
    (out / "pipeline_info").mkdir()
    for path in (out, out / "star_salmon"):
        adata = io.read(path)
        assert (adata.X[0, 0], keys.unit_of(adata)) == (1.5, "counts")
        assert keys.read_field(adata, "source")["table"].endswith("salmon.merged.gene_counts.tsv")
    adata = io.read(out, quantity="tpm")
    assert (adata.X[0, 0], keys.unit_of(adata)) == (7, "tpm")
    with pytest.raises(errors.MissingFileError, match="no merged gene table of counts_scaled"):
        io.read(out, quantity="counts_scaled")
    with pytest.raises(errors.ParameterError, match="quantity"):
        io.read(out, quantity="fpkm")
    merged(out, "star_rsem", "rsem.merged.gene_counts.tsv")
    with pytest.raises(
        errors.TableError, match=r"2 tables of counts: star_rsem/.*, star_salmon/.*path of one"
    ):
        io.read(out)
    with pytest.raises(errors.TableError, match="not the table of tpm by its name"):
        io.read(out / "star_salmon" / "salmon.merged.gene_counts.tsv", quantity="tpm")


def test_a_folder_with_two_kinds_of_files_needs_the_format(tmp_path):
    (tmp_path / "P1.htseq").write_text("ISG15\t7\n__no_feature\t1\n")
    (tmp_path / "P1.genes.results").write_text(
        "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\nG1\tT1\t9\t7\t1\t1\t1\n"
    )
    (tmp_path / "notes.md").write_text("nothing of note\n")
    (tmp_path / ".hidden").write_text("ISG15\t7\n__no_feature\t1\n")
    with pytest.raises(errors.TableError, match=r"several formats: rsem \(1 files\), htseq \(1 files\)"):
        io.read(tmp_path)
    assert list(io.read(tmp_path, format="htseq").obs_names) == ["P1"]


def test_a_folder_without_readable_files_is_named(tmp_path):
    (tmp_path / "m.csv").write_text("gene,S1\nISG15,1\n")
    with pytest.raises(
        errors.MissingFileError, match="is a folder without files of a format with one file a sample"
    ):
        io.read(tmp_path)
    with pytest.raises(errors.MissingFileError, match="without files of format 'salmon'"):
        io.read(tmp_path, format="salmon")
    (tmp_path / "P1").mkdir()
    with pytest.raises(errors.MissingFileError, match="folder without a file of format 'salmon'"):
        io.read([tmp_path / "P1"], format="salmon")


def test_files_of_two_formats_are_not_read_together(tmp_path):
    (tmp_path / "a.htseq").write_text("ISG15\t7\n__no_feature\t1\n")
    (tmp_path / "b.csv").write_text("gene,S1\nISG15,1\n")
    with pytest.raises(errors.TableError, match="several formats: htseq, table"):
        io.read([tmp_path / "a.htseq", tmp_path / "b.csv"])


def test_what_was_read_is_written_down_for_every_file(write_format):
    adata = io.read(write_format("salmon"))
    source = keys.read_field(adata, "source")
    assert source["file"] == "quant.sf and 1 more files"
    assert [entry["file"] for entry in source["files"]] == ["GSM1/quant.sf", "GSM2/quant.sf"]
    assert len({entry["sha256"] for entry in source["files"]}) == 2
    store = io.read(write_format("zarr"))
    assert len(keys.read_field(store, "source")["sha256"]) == 64


def test_options_that_a_format_lacks_are_named_with_those_it_has(write_format):
    path = write_format("star")
    with pytest.raises(
        errors.ParameterError, match=r"'star' has no option tx2gene. Its options: strandedness, limit"
    ):
        io.read(path, tx2gene={})
    with pytest.raises(errors.ParameterError, match="no option missing"):
        io.read(path, missing="drop_genes")


def test_a_layer_of_a_zarr_store_is_read(tmp_path):
    import anndata
    import pandas as pd

    made = anndata.AnnData(
        np.array([[1.5]]),
        obs=pd.DataFrame(index=["001"]),
        var=pd.DataFrame(index=["ISG15"]),
        layers={"counts": np.array([[7]])},
    )
    made.write_zarr(tmp_path / "x.zarr")
    assert io.read(tmp_path / "x.zarr", layer="counts", unit="counts").X[0, 0] == 7
    with pytest.raises(errors.TableError, match="no layer 'count'"):
        io.read(tmp_path / "x.zarr", layer="count")
    with pytest.raises(errors.TableError, match="is not an AnnData store in zarr"):
        io.FORMATS["zarr"].read(tmp_path)
