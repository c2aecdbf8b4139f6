"""A pandas table passes the gate that every file passes, and becomes what reading it from a file makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig.errors import ParameterError, SampleSheetError, TableError, UnitError

GENES = ["ISG15", "IFI6", "IFI27", "RSAD2"]
SAMPLES = ["P1_w0", "P1_w4", "P2_w0"]


def frame(values: Any = None) -> pd.DataFrame:
    """Genes in rows."""
    cells = np.arange(12.0).reshape(4, 3) * 7 if values is None else values
    return pd.DataFrame(cells, index=list(GENES), columns=list(SAMPLES))


SHEET = pd.DataFrame({"sample": SAMPLES, "patient": ["P1", "P1", "P2"], "visit": ["w0", "w4", "w0"]})


def same(one: Any, other: Any) -> None:
    np.testing.assert_array_equal(one.X, other.X)
    assert one.X.dtype == other.X.dtype == np.float64
    pd.testing.assert_frame_equal(one.obs, other.obs)
    pd.testing.assert_frame_equal(one.var, other.var)
    assert ifn.get.unit(one) == ifn.get.unit(other)


@pytest.mark.parametrize("with_sheet", [False, True])
def test_a_frame_is_what_its_file_is(tmp_path: Path, with_sheet: bool) -> None:
    table = frame(np.random.default_rng(1).normal(5, 2, (4, 3)))
    table.insert(0, "gene_name", ["a", "b", "c", "d"])
    table.to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    sheet = SHEET if with_sheet else None
    from_file = ifn.io.read(tmp_path / "m.tsv", unit="log2_cpm", samples=sheet)
    same(ifn.io.from_frame(table, sheet, unit="log2_cpm"), from_file)


def test_samples_in_rows_are_the_same_samples(tmp_path: Path) -> None:
    table = frame().T
    table.to_csv(tmp_path / "m.tsv", sep="\t", index_label="sample")
    from_file = ifn.io.read(tmp_path / "m.tsv", unit="counts", orientation="samples_in_rows")
    same(ifn.io.from_frame(table, unit="counts"), from_file)
    same(ifn.io.from_frame(frame(), unit="counts"), from_file)


def test_the_frame_stays_as_it_was() -> None:
    table = frame()
    before = table.copy()
    adata = ifn.io.from_frame(table, unit="counts")
    adata.X[:] = -1
    pd.testing.assert_frame_equal(table, before)


def test_the_sheet_tells_what_the_names_do_not() -> None:
    table = frame().set_axis(["A", "B", "C", "D"])
    with pytest.raises(ParameterError, match="Nothing tells .* orientation=\"genes\", or 'samples'"):
        ifn.io.from_frame(table, unit="counts")
    assert ifn.io.from_frame(table, SHEET, unit="counts").shape == (3, 4)
    assert ifn.io.from_frame(table.T, SHEET, unit="counts").shape == (3, 4)
    assert ifn.io.from_frame(table, unit="counts", orientation="genes").shape == (3, 4)
    assert ifn.io.from_frame(table, unit="counts", orientation="samples").shape == (4, 3)


def test_a_wrong_orientation_is_told() -> None:
    with pytest.raises(
        TableError, match=r'other way round: orientation="samples" was given, and 4 known gene names'
    ):
        ifn.io.from_frame(frame(), unit="counts", orientation="samples")
    with pytest.raises(TableError, match="3 ids of the sample sheet .* its rows are samples"):
        ifn.io.from_frame(frame().T, SHEET, unit="counts", orientation="genes")
    with pytest.raises(ParameterError, match="orientation"):
        ifn.io.from_frame(frame(), unit="counts", orientation="genes_in_rows")  # type: ignore[arg-type]


def test_doubled_ids(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="1 sample ids occur more than once: P1_w0"):
        ifn.io.from_frame(frame().set_axis(["P1_w0", "P1_w0", "P2_w0"], axis=1), unit="counts")
    genes = frame().set_axis(["ISG15", "ISG15", "IFI27", "RSAD2"])
    genes.to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    same(ifn.io.from_frame(genes, unit="counts"), ifn.io.read(tmp_path / "m.tsv", unit="counts"))


@pytest.mark.parametrize("cell", ["many", "1_000", "inf", True, 1 + 2j, pd.Timestamp("2024-01-01")], ids=str)
def test_a_cell_that_is_no_number_is_named(cell: Any) -> None:
    table = frame().astype(object)
    table.loc["IFI27", "P1_w4"] = cell
    with pytest.raises(TableError, match="1 cells are not finite numbers: row 'IFI27', column 'P1_w4': "):
        ifn.io.from_frame(table, unit="counts")


def test_numbers_that_are_text_are_numbers() -> None:
    same(ifn.io.from_frame(frame().astype(str), unit="counts"), ifn.io.from_frame(frame(), unit="counts"))


@pytest.mark.parametrize("mark", [np.nan, None, pd.NA, "NA", ""], ids=repr)
def test_missing_values_are_refused_or_their_genes_left_out(mark: Any) -> None:
    table = frame().astype(object)
    table.loc["IFI6", "P2_w0"] = mark
    with pytest.raises(
        TableError, match="1 cells are missing: gene 'IFI6' in sample 'P2_w0'.* missing=\"drop_genes\""
    ):
        ifn.io.from_frame(table, unit="counts")
    adata = ifn.io.from_frame(table, unit="counts", missing="drop_genes")
    assert list(adata.var_names) == ["ISG15", "IFI27", "RSAD2"]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int32", "float32", "object", "string"])
def test_every_type_of_number_is_read(dtype: str) -> None:
    same(
        ifn.io.from_frame(frame().astype("int64").astype(dtype), unit="counts"),
        ifn.io.from_frame(frame(), unit="counts"),
    )


def test_a_missing_whole_number_is_missing() -> None:
    table = frame().astype("Int64")
    table.loc["ISG15", "P1_w0"] = pd.NA
    with pytest.raises(TableError, match="1 cells are missing"):
        ifn.io.from_frame(table, unit="counts")


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_ids_that_are_numbers_become_their_text(kind: str) -> None:
    table = frame().set_axis(pd.Index([9636, 2537, 3429, 91543]).astype(kind))
    table = table.set_axis(pd.Index([101, 102, 103]).astype(kind), axis=1)
    sheet = SHEET.assign(sample=[101, 102, 103])
    adata = ifn.io.from_frame(table, sheet, unit="counts")
    assert list(adata.var_names) == ["9636", "2537", "3429", "91543"]
    assert list(adata.obs_names) == ["101", "102", "103"]
    assert sorted(ifn.pp.map_genes(adata).var_names) == sorted(GENES)


def test_ids_in_a_column_are_asked_to_be_the_index() -> None:
    table = frame().rename_axis("probe").reset_index()
    with pytest.raises(TableError, match=r"rows are only numbered.*set_index\('probe'\)"):
        ifn.io.from_frame(table, unit="counts", orientation="genes")
    assert ifn.io.from_frame(table.set_index("probe"), unit="counts").shape == (3, 4)


def test_names_of_several_levels_and_other_things_are_refused() -> None:
    table = frame().set_axis(pd.MultiIndex.from_product([["a", "b"], [1, 2]]))
    with pytest.raises(ParameterError, match="The index of the DataFrame has 2 levels"):
        ifn.io.from_frame(table, unit="counts")
    with pytest.raises(
        ParameterError, match="'expr' parameter of io.from_frame must be a pandas DataFrame. Got ndarray"
    ):
        ifn.io.from_frame(frame().to_numpy(), unit="counts")  # type: ignore[arg-type]


def test_the_unit_is_looked_at_as_for_a_file() -> None:
    with pytest.raises(TableError, match="values are negative, which counts cannot be"):
        ifn.io.from_frame(-frame(), unit="counts")
    with pytest.raises(UnitError):
        ifn.io.from_frame(frame(), unit="reads")
    with pytest.raises(TypeError, match="unit"):
        ifn.io.from_frame(frame())  # type: ignore[call-arg]


def test_rows_that_are_no_genes_are_left_out_as_from_a_file() -> None:
    table = frame().set_axis(["ISG15", "IFI6", "IFI27", "__no_feature"])
    assert list(ifn.io.from_frame(table, unit="counts").var_names) == ["ISG15", "IFI6", "IFI27"]


def test_sheet_and_frame_have_the_same_samples() -> None:
    with pytest.raises(
        SampleSheetError, match=r'1 of 3 samples of the matrix are not in the sheet: P2_w0.*extra="drop"'
    ):
        ifn.io.from_frame(frame(), SHEET[:2], unit="counts")
    assert ifn.io.from_frame(frame(), SHEET[:2], unit="counts", extra="drop").n_obs == 2


@pytest.mark.parametrize(
    ("verb", "call"),
    [
        ("tl.score", lambda given: ifn.tl.score(given, {"mine": GENES}, method="mean")),
        ("pp.map_genes", ifn.pp.map_genes),
        ("pp.normalize", lambda given: ifn.pp.normalize(given, method="log2")),
    ],
)
def test_a_verb_handed_a_frame_says_how_to_make_an_anndata_of_it(verb: str, call: Any) -> None:
    with pytest.raises(
        ParameterError,
        match=rf'^{verb} needs an AnnData, .* Make one of it: adata = io.from_frame\(frame, samples, unit="..."\)',
    ):
        call(frame())


def test_a_frame_is_scored_once_it_is_an_anndata() -> None:
    adata = ifn.io.from_frame(frame() / 10, unit="log2_cpm")
    ifn.tl.score(adata, {"mine": GENES}, method="mean")
    np.testing.assert_allclose(adata.obsm["ifn_mean"]["mine"], frame().mean().to_numpy() / 10)
