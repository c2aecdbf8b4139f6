"""The contract of every format: it recognises its own file and no other's, states its unit, yields samples x genes."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from ifnsig import io

SERIES = (
    '!Series_title\t"x"\n!Sample_title\t"a"\t"b"\n!Sample_geo_accession\t"GSM1"\t"GSM2"\n'
    '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n"ISG15"\t1\t3\n"IFI6"\t2\t4\n!series_matrix_table_end\n'
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One file a format, all with the same values."""
    paths = {name: tmp_path / f"{name}.gene_counts" for name in io.FORMATS}
    paths["table"].write_text("gene,GSM1,GSM2\nISG15,1,3\nIFI6,2,4\n")
    paths["nfcore"].write_text("gene_id\tgene_name\tGSM1\tGSM2\nISG15\tISG15\t1\t3\nIFI6\tIFI6\t2\t4\n")
    paths["geo_series_matrix"].write_text(SERIES)
    adata = anndata.AnnData(
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        obs=pd.DataFrame(index=["GSM1", "GSM2"]),
        var=pd.DataFrame(index=["ISG15", "IFI6"]),
    )
    io.write_h5ad(adata, paths["h5ad"])
    return paths


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_recognises_its_own_file_and_no_other(files, name):
    record = io.FORMATS[name]
    recognised = [
        other for other, path in files.items() if record.recognises(path, path.read_bytes()[:65536])
    ]
    assert recognised == [name]


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_yields_samples_by_genes_with_text_ids(files, name):
    adata = io.FORMATS[name].read(files[name])
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var_names) == ["ISG15", "IFI6"]
    np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4]])
    assert adata.X.dtype == np.float64


@pytest.mark.parametrize("name", io.FORMATS)
def test_a_format_survives_empty_and_foreign_heads(tmp_path, name):
    for content in (b"", b"\x89HDF\r\n\x1a\nrubbish", b"\x1f\x8b", b"\xff\xfe", b"{}", b"\0\0\0"):
        path = tmp_path / "x"
        path.write_bytes(content)
        assert io.FORMATS[name].recognises(path, content) is False


def test_the_catalogue_lists_titles_and_units():
    assert [row["name"] for row in io.FORMATS.table()] == ["table", "h5ad", "nfcore", "geo_series_matrix"]
    assert all(row["title"] for row in io.FORMATS.table())
