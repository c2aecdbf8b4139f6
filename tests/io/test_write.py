"""Tables out: exact numbers, no formulas, never half a file."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import io


def text_of(frame: pd.DataFrame) -> str:
    stream = StringIO()
    io.write_table(frame, stream)
    return stream.getvalue()


def test_numbers_come_back_exactly(tmp_path):
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(size=200) * 10.0 ** rng.integers(-12, 12, 200), [0.1, 1 / 3, 5e-324]])
    io.write_table(pd.DataFrame({"x": values}), tmp_path / "t.tsv")
    back = [float(line) for line in (tmp_path / "t.tsv").read_text().splitlines()[1:]]
    assert back == values.tolist()


def test_the_shortest_digits_are_written_and_missing_is_empty():
    frame = pd.DataFrame({"x": [0.1, np.nan], "n": [3, 4], "b": [True, False], "s": ["a", None]})
    assert text_of(frame) == "x\tn\tb\ts\n0.1\t3\tTrue\ta\n\t4\tFalse\t\n"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+2", "'=1+2"),
        ("+cmd", "'+cmd"),
        ("-x", "'-x"),
        ("--", "'--"),
        ("@a", "'@a"),
        ("\tx", "'\\tx"),
        ("\rx", "'\\rx"),
        ("-1.5", "-1.5"),
        ("+2e-3", "+2e-3"),
        ("a=1", "a=1"),
        ("a\tb\nc", "a\\tb\\nc"),
        ('say "x"', '"say ""x"""'),
    ],
)
def test_text_cannot_become_a_formula_or_break_a_row(cell, written):
    assert text_of(pd.DataFrame({"x": [cell]})) == f"x\n{written}\n"
    assert text_of(pd.DataFrame({cell: [1]})) == f"{written}\n1\n"


def test_a_negative_number_stays_a_number():
    assert text_of(pd.DataFrame({"x": [-1.5, 2.0]})) == "x\n-1.5\n2.0\n"


def test_only_a_named_index_is_written():
    frame = pd.DataFrame({"x": [1]}, index=pd.Index(["S1"], name="sample"))
    assert text_of(frame) == "sample\tx\nS1\t1\n"
    assert text_of(frame.rename_axis(None)) == "x\n1\n"


def test_quoted_cells_come_back_in_pandas():
    frame = pd.DataFrame({"excluded": ['["P1", "P2"]', "a;b"], "x": ["1,5", "'quoted'"]})
    assert pd.read_csv(StringIO(text_of(frame)), sep="\t").equals(frame)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    path = tmp_path / "t.tsv"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="no text"):
        io.write_table(pd.DataFrame({"x": [Broken()]}), path)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["t.tsv"]
    io.write_table(pd.DataFrame({"x": [1]}), path)
    assert path.read_text() == "x\n1\n"
    assert path.stat().st_mode & 0o400


TEXTS = {
    "nullable": pd.array(["a", None, "b"], dtype="string"),
    "whole": pd.array(["a", "c", "b"], dtype="string"),
    "objects": np.array(["a", None, "b"], dtype=object),
    "categories": pd.Categorical(pd.array(["a", None, "b"], dtype="string")),
}


@pytest.mark.parametrize("slot", ["obs", "var", "obsm", "varm", "uns", "raw"])
@pytest.mark.parametrize("kind", TEXTS)
def test_text_of_every_kind_in_every_slot_is_written_plainly_and_comes_back(
    tmp_path: Path, slot: str, kind: str
) -> None:
    """Readers of h5ad before anndata 0.11 know categories and plain strings; arrays of pandas' own they do not."""
    frame = pd.DataFrame({"text": TEXTS[kind]}, index=["x", "y", "z"])
    adata = AnnData(np.eye(3), obs=pd.DataFrame(index=frame.index), var=pd.DataFrame(index=frame.index))
    if slot in ("obs", "var"):
        setattr(adata, slot, frame)
    elif slot == "raw":
        adata.raw = AnnData(np.eye(3), var=frame)
    else:
        getattr(adata, slot)["table"] = frame
    if slot == "uns" and kind in ("nullable", "whole"):
        adata.uns["inside"] = {"array": TEXTS[kind]}
    io.write_h5ad(adata, tmp_path / "a.h5ad")
    types = []
    with h5py.File(tmp_path / "a.h5ad") as stored:
        stored.visititems(lambda _, item: types.append(item.attrs.get("encoding-type")))
    assert "nullable-string-array" not in types
    found = anndata.read_h5ad(tmp_path / "a.h5ad")
    back = {"obs": found.obs, "var": found.var}.get(slot)
    if back is None:
        back = found.raw.var if slot == "raw" else getattr(found, slot)["table"]
    assert [None if pd.isna(cell) else cell for cell in back["text"]] == [
        None if pd.isna(cell) else cell for cell in frame["text"]
    ]
