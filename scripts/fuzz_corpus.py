"""What ``fuzz_readers.py`` mutates: a small good file of everything that ifnsig reads, and how each is read.

The formats are those that the tests of ``tests/io`` write, so a new one joins by itself.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import openpyxl
import pandas as pd

from ifnsig import io, keys, pp
from ifnsig.cli._sets import _from_file
from ifnsig.core.reference import Reference
from ifnsig.parsing import json_of, toml_of, yaml_of
from ifnsig.report import Results
from ifnsig.responses import read_rule
from ifnsig.signatures import read_gmt, read_json, read_signature
from ifnsig.study import read_study
from ifnsig.study.record.own_files import foreign_files
from ifnsig.study.shards import _Shard

HOME = Path(__file__).parents[1]


@dataclass(frozen=True)
class Target:
    """Files that are read together, of which one is mutated, and what reads their copies."""

    files: list[Path]
    read: Callable[[Any], Any]


SHEET = (
    "sample,patient,visit,group,sex,arm,day,rescue,dose\nS1,P1,week0,case,f,A,0,week24,5\nS2,P1,week4,case,F,A,28,,5.5\n"
    "S3,P1,week24,case,f,A,2024,,NA\nS4,P2,week0,case,m,B,0,,7\nS5,P2,week4,case,m,B,30,,0\nS6,,,healthy,,,,,\n"
)
CLINICAL = "patient,visit,ck,arm\nP1,week0,100,a\nP1,week4,50.5,a\nP2,week0,,b\nP3,week0,12,b\n"
RULES = io.SheetRules(
    patient="patient", visit="visit", baseline="week0", followup=("week4", "week24"), day="day", group="group",
    controls="healthy", sex="sex", arm="arm", events=("rescue",), covariates=("dose",),
)  # fmt: skip
RULE = """name = "ck_halved"
title = "CK halved"
source = "protocol"
classes = ["non-responder", "responder"]
favourable = ["responder"]

[inputs.ck]
unit = "U/L"
better = "lower"

[inputs.lesion_size]
unit = "cm"
high = 10
better = "lower"

[rules.responder]
all = [
  { input = "ck", change = "relative", comparison = "<=", value = -50 },
  { input = "lesion_size", comparison = "<=", value = 2 },
]
"""
SIGNATURE = 'id = "mine"\ntitle = "Mine"\ntypes = ["I"]\ngenes = ["MX1", "ISG15"]\nfalling = ["ISG15"]\n'
SEVERAL = '{"mine": ["MX1", "ISG15"], "yours": {"genes": {"MX1": 1, "IFI6": -2.5}, "title": "Yours"}}'
PROVENANCE = '{"title": "A study", "skipped": ["x"], "limits": [], "study": {"title": "A study"}, "versions": {"ifnsig": "0.1.0"}}'
CRATE = '{"@graph": [{"@id": "#ifnsig", "name": "ifnsig"}, {"@id": "scores.tsv", "contentSize": "3"}]}'
SCORED = "sample\tsignature\tmethod\tscore\nS1\tifn\tmean\t1.5\nS2\tifn\tmean\tNA\n"

TEXTS: dict[str, tuple[str, str, Callable[[Path], Any]]] = {
    "GMT": ("a.gmt", "set\tabout\tMX1\tISG15\nother\t\tMX1\t\n", read_gmt),
    "signature as TOML": ("mine.toml", SIGNATURE, read_signature),
    "signature as JSON": ("mine.json", '{"id": "mine", "genes": {"MX1": 1}, "source": ["x"]}', read_signature),
    "signatures as JSON": ("several.json", SEVERAL, read_json),
    "signatures as YAML": ("sets.yaml", "mine:\n  - MX1\n  - ISG15\nyours: {MX1: 1, ISG15: -1}\n", _from_file),
    "any YAML": ("any.yaml", "a: [1, 2.5, x]\nb: {c: true, d: 2020-01-01}\ne: |\n  text\n", yaml_of),
    "any JSON": ("any.json", '{"a": [1, 2.5, null, "x"], "b": {"c": true}}', json_of),
    "any TOML": ("any.toml", 'a = [1, 2.5]\n[b.c]\nd = 2020-01-01\ne = {f = "x"}\n', toml_of),
    "study": ("study.toml", (HOME / "example_data" / "study.toml").read_text(), read_study),
    "rule": ("rule.toml", RULE, read_rule),
    "sample sheet": ("samples.csv", SHEET, io.read_samples),
    "sample sheet with tabs": ("samples.tsv", SHEET.replace(",", "\t"), io.read_samples),
    "sample sheet by rules": ("ruled.csv", SHEET.replace("2024", "170"), partial(io.read_samples, rules=RULES)),
    "clinical table": ("clinical.csv", CLINICAL, partial(io.read_clinical, visit="visit")),
    "wide scores": ("wide.csv", "sample,arm,a,b\nS1,x,1.5,2\nS2,y,NA,-3\n", partial(io.read_scores, sample="sample")),
    "long scores": (
        "long.tsv", SCORED, partial(io.read_scores, sample="sample", signature="signature", score="score"),
    ),
    "table with semicolons": (
        "m.csv", "gene;S1;S2\nMX1;1,5;2\nISG15;3;4\n", partial(io.read, format="table", unit="log2_cpm"),
    ),
    "table with samples in rows": (
        "t.csv", "sample,MX1,ISG15\nS1,1,2\nS2,3,4\n",
        partial(io.read, format="table", unit="counts", orientation="samples_in_rows"),
    ),
}  # fmt: skip
"""Name -> its file, what is in it, and what reads it."""


def targets(folder: Path) -> dict[str, Target]:
    """Everything that is read, by name; their files are written below ``folder``."""
    found = {name: _of_text(folder / name, *entry) for name, entry in TEXTS.items()}
    for name, write in _writers().items():
        made = write(folder / "formats" / name)
        files = made if isinstance(made, list) else [made]
        found[f"format {name}"] = Target(
            files, partial(_one_or_all, partial(io.read, format=name, **UNITS.get(name, COUNTS)))
        )
    stored = _places(folder)
    found["format tenx as HDF5"] = Target([stored / "run.h5"], partial(io.read, format="tenx", unit="counts"))
    found["format kallisto as HDF5"] = Target(
        [stored / "S1.h5"], partial(io.read, format="kallisto", **COUNTS)
    )
    found["sample sheet as workbook"] = Target([stored / "samples.xlsx"], io.read_samples)
    found["clinical table as workbook"] = Target(
        [stored / "clinical.xlsx"], partial(io.read_clinical, visit="visit")
    )
    found["reference"] = Target([stored / "reference.npz"], Reference.load)
    found["normalisation"] = Target([stored / "normalization.npz"], pp.Normalization.load)
    found["shard of a study"] = Target([stored / "shard.npz"], _Shard.load)
    found["results"] = Target([stored / "results"], _results)
    return found


COUNTS: dict[str, Any] = {"unit": "counts"}
UNITS: dict[str, dict[str, Any]] = {
    name: {} for name in ("nanostring", "qpcr", "salmon", "kallisto", "rsem", "star")
}
"""Formats that say their unit themselves."""


def _of_text(folder: Path, file: str, content: str, read: Callable[[Path], Any]) -> Target:
    folder.mkdir(parents=True)
    (folder / file).write_text(content)
    return Target([folder / file], read)


def _one_or_all(read: Callable[[Any], Any], paths: Any) -> Any:
    return read(paths)


def _writers() -> dict[str, Callable[[Path], Any]]:
    """The writers of the tests, one for each format."""
    file = HOME / "tests" / "io" / "conftest.py"
    spec = importlib.util.spec_from_file_location("small_files", file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, Callable[[Path], Any]] = module.WRITERS
    if lacking := set(io.FORMATS) - set(found):
        raise SystemExit(f"{file} writes no {', '.join(sorted(lacking))}")
    return found


def _places(folder: Path) -> Path:
    """A folder with what is stored as HDF5, workbook or arrays, and with results."""
    place = folder / "stored"
    place.mkdir(parents=True)
    for name, text in (("samples", SHEET), ("clinical", CLINICAL)):
        book = openpyxl.Workbook()
        for row in text.splitlines():
            book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row.split(",")])
        book.save(place / f"{name}.xlsx")
    with h5py.File(place / "run.h5", "w") as stored:
        stored["matrix/barcodes"] = np.array(["AAA-1", "CCC-1"], dtype="S")
        stored["matrix/data"], stored["matrix/indices"] = np.array([1, 2, 3, 4]), np.array([0, 1, 0, 1])
        stored["matrix/indptr"], stored["matrix/shape"] = np.array([0, 2, 4]), np.array([2, 2])
        for name in ("id", "name"):
            stored[f"matrix/features/{name}"] = np.array(["ISG15", "IFI6"], dtype="S")
        stored["matrix/features/feature_type"] = np.array(["Gene Expression"] * 2, dtype="S")
    with h5py.File(place / "S1.h5", "w") as stored:
        stored["aux/ids"] = np.array(
            [f"ENST{n}|{g}|-|-|x|{g}|5|p|" for n, g in enumerate(("ISG15", "IFI6"))], dtype="S60"
        )
        stored["aux/eff_lengths"], stored["aux/lengths"] = [300.5, 400.0], [500, 600]
        stored["est_counts"] = [3.0, 4.0]
    _frozen(place)
    results = place / "results"
    results.mkdir()
    for name, text in {
        "provenance.json": PROVENANCE,
        "ro-crate-metadata.json": CRATE,
        "scores.tsv": SCORED,
    }.items():
        (results / name).write_text(text)
    return place


def _frozen(place: Path) -> None:
    rng = np.random.default_rng(3)
    adata = anndata.AnnData(
        rng.poisson(20, (6, 5)).astype(float), obs=pd.DataFrame(index=[f"S{i}" for i in range(6)])
    )
    adata.var_names = [f"G{i}" for i in range(5)]
    keys.declare_unit(adata, "counts")
    pp.fit_normalization(adata, method="tmm").save(place / "normalization.npz")
    Reference.fit(
        np.log2(np.asarray(adata.X) + 1), tuple(adata.var_names), tuple(adata.obs_names), unit="log2_cpm",
        label="group = healthy", mean_library_size=1e6, keep_values=True,
    ).save(place / "reference.npz")  # fmt: skip
    _Shard(1, 2, {"the study's title": "0a"}, {"mean": np.array([[1.0, np.nan]])}).save(place / "shard.npz")


def _results(folder: Path) -> Results:
    """A results folder, and what of it is not ours (by its crate)."""
    foreign_files(folder)
    return Results.read(folder)
