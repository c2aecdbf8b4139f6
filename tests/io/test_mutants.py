"""What the mutants of `make fuzz` found: each is an error of ours that says what it is, and its neighbour is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import pytest

from ifnsig import io
from ifnsig.errors import RuleFileError, SampleSheetError, TableError, UsageError
from ifnsig.responses import parse_rule
from ifnsig.signatures import read_signature


def test_utf_16_text_that_is_cut_off_is_said(tmp_path: Path) -> None:
    path = tmp_path / "samples.csv"
    path.write_bytes("sample,arm\nS1,a\n".encode("utf-16"))
    assert list(io.read_samples(path).index) == ["S1"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SampleSheetError, match="UTF-16 text that is cut off or damaged"):
        io.read_samples(path)


@pytest.mark.parametrize("count", ["\u00b2", "9" * 5000, "two"])
def test_a_size_that_is_no_number_is_said(count: str, write_format: Callable[[str], Any]) -> None:
    path = write_format("gct")
    assert io.read(path, format="gct", unit="counts").n_obs == 2
    path.write_text(path.read_text().replace("2\t2\n", f"{count}\t2\n", 1))
    with pytest.raises(TableError, match="second line must hold 2 whole numbers"):
        io.read(path, format="gct", unit="counts")


def stored(write_format: Callable[[str], Any], version: int) -> Any:
    """A zarr store of that version of the format, whichever anndata writes by default."""
    with anndata.settings.override(zarr_write_format=version):
        return write_format("zarr")


def test_a_chunk_that_is_cut_off_is_said(write_format: Callable[[str], Any]) -> None:
    path = stored(write_format, 2)
    assert io.read(path, format="zarr", unit="counts").n_obs == 2
    # pandas 3 keeps names as nullable strings, which have an array of their own
    name = next(name for name in ("var/_index/0", "var/_index/values/0") if (path / name).is_file())
    (path / name).write_bytes((path / name).read_bytes()[:13])
    with pytest.raises(TableError, match=f"1 chunks are cut off: {name}"):
        io.read(path, format="zarr", unit="counts")


def test_a_chunk_of_the_third_format_that_is_cut_off_is_an_error(write_format: Callable[[str], Any]) -> None:
    path = stored(write_format, 3)
    assert io.read(path, format="zarr", unit="counts").n_obs == 2
    chunk = next(file for file in sorted((path / "X").rglob("0")) if file.is_file())
    chunk.write_bytes(chunk.read_bytes()[:13])
    with pytest.raises(TableError):
        io.read(path, format="zarr", unit="counts")


def test_a_chunk_that_claims_more_than_its_array_counts(write_format: Callable[[str], Any]) -> None:
    path = stored(write_format, 2)
    for name in (".zmetadata", "X/.zarray"):
        told = json.loads((path / name).read_text())
        (told["metadata"]["X/.zarray"] if "metadata" in told else told)["chunks"] = [10**6, 10**6]
        (path / name).write_text(json.dumps(told))
    with pytest.raises(TableError, match=r"holds 8,000,[\d,]+ bytes once unpacked"):
        io.read(path, format="zarr", unit="counts")


RULE: dict[str, Any] = {
    "name": "mine", "title": "Mine", "source": "protocol", "classes": ["no", "yes"],
    "inputs": {"ck": {"unit": "U/L", "better": "lower"}}, "rules": {"yes": {"input": "ck", "comparison": "<=", "value": 5}},
}  # fmt: skip


@pytest.mark.parametrize("strange", [["lower"], {"x": 1}, 3])
def test_words_of_a_rule_that_are_none_are_said(strange: Any) -> None:
    assert parse_rule(RULE).name == "mine"
    for table, key in (("inputs", "better"), ("rules", "input"), ("rules", "comparison")):
        inner = {name: {**fields, key: strange} for name, fields in RULE[table].items()}
        with pytest.raises(RuleFileError, match=rf"{key}: "):
            parse_rule({**RULE, table: inner})


SIGNATURE: dict[str, Any] = {"id": "mine", "genes": ["MX1", "ISG15"], "falling": ["MX1"]}


@pytest.mark.parametrize(
    ("key", "strange", "message"),
    [
        ("types", 3, "'types' must be a list of texts"), ("source", [3], "'source' must be a list of texts"),
        ("falling", 3, "'falling' must be a list of genes"), ("confidence", {"genes": []}, "'confidence' must hold texts"),
        ("cutoffs", [3], "'cutoffs' must be a list of tables"), ("cutoffs", [{"units": 3}], "'units' of a cutoff"),
        ("recipe", {"kind": []}, "kind of a recipe must be text"), ("recipe", {"parameters": 3}, "parameters of a recipe"),
        ("id", None, "'id' must be text"), (3, "x", "Keys that are no text: 3"),
    ],
)  # fmt: skip
def test_a_field_of_a_signature_of_another_kind_is_said(key: Any, strange: Any, message: str) -> None:
    assert read_signature(SIGNATURE).genes == {"MX1": -1.0, "ISG15": 1.0}
    with pytest.raises(UsageError, match=message):
        read_signature({**SIGNATURE, key: strange})
