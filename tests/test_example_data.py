"""The committed example data are what the committed script draws."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from ifnsig.simulate._genes import SIGNATURES

EXAMPLE = Path(__file__).parents[1] / "example_data"


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    subprocess.run([sys.executable, EXAMPLE / "make.py", "--out", folder], check=True, cwd=EXAMPLE.parent)
    return folder


def read_sheet():
    with (EXAMPLE / "samples.tsv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_the_script_makes_the_committed_files_again(remade):
    # the decompressed bytes: another zlib may pack them differently
    made, kept = (gzip.decompress((folder / "counts.tsv.gz").read_bytes()) for folder in (remade, EXAMPLE))
    advice = "the example data differ from what example_data/make.py draws; run it and commit its files"
    assert made == kept, advice
    for name in ("samples.tsv", "calibration.tsv"):
        assert (remade / name).read_bytes() == (EXAMPLE / name).read_bytes(), advice


def test_the_compressed_file_holds_no_time_and_stays_small():
    packed = (EXAMPLE / "counts.tsv.gz").read_bytes()
    assert packed[4:8] == b"\0\0\0\0"  # mtime of the gzip header
    assert len(packed) < 700_000


def test_the_matrix_has_the_samples_of_the_sheet_and_every_signature_gene():
    text = gzip.decompress((EXAMPLE / "counts.tsv.gz").read_bytes()).decode("utf-8")
    header, *rows = (line.split("\t") for line in text.splitlines())
    assert header[1:] == [row["sample"] for row in read_sheet()]
    genes = [row[0] for row in rows]
    assert len(set(genes)) == len(genes) == 2000
    for record in SIGNATURES.values():
        assert set(record.genes) <= set(genes), record.id


def test_the_sheet_holds_no_truth_and_the_design_that_is_described():
    rows = read_sheet()
    assert not [name for name in rows[0] if name.startswith("true_")]
    patients = {row["patient"] for row in rows if row["group"] == "patient"}
    with_baseline = {row["patient"] for row in rows if row["group"] == "patient" and row["visit"] == "week0"}
    assert len(patients) == 24
    assert len(patients - with_baseline) == 1
    assert sum(row["group"] == "healthy" for row in rows) == 20
    assert (
        4 <= 3 * 24 - 1 - sum(row["group"] == "patient" for row in rows) <= 8
    )  # missed follow-ups, 48 planned


def test_the_study_file_names_what_is_there():
    study = tomllib.loads((EXAMPLE / "study.toml").read_text(encoding="utf-8"))
    rows = read_sheet()
    design = study["design"]
    columns = [design[key] for key in ("sample", "patient", "visit", "group", "batch")] + [design["steroid"]]
    assert set(columns) <= set(rows[0])
    assert {design["baseline"], *design["followup"]} == {row["visit"] for row in rows}
    assert set(study["scores"]["signatures"]) <= set(SIGNATURES)
    assert (EXAMPLE / study["input"]["expression"]).is_file()


def test_one_patient_at_least_falls_in_score_without_responding():
    # seen from outside: the six genes fall more than four-fold and the physician sees no improvement
    text = gzip.decompress((EXAMPLE / "counts.tsv.gz").read_bytes()).decode("utf-8")
    header, *rows = (line.split("\t") for line in text.splitlines())
    values = {row[0]: np.array(row[1:], float) for row in rows}
    total = sum(values.values())
    six = np.median(
        [np.log2((values[gene] + 0.5) / total) for gene in SIGNATURES["rice2013_6"].genes], axis=0
    )
    score = dict(zip(header[1:], six, strict=True))
    sheet = {(row["patient"], row["visit"]): row for row in read_sheet() if row["group"] == "patient"}
    found = []
    for (patient, visit), row in sheet.items():
        before = sheet.get((patient, "week0"))
        if visit != "week4" or before is None or not (row["physician_global"] and before["physician_global"]):
            continue
        fell = score[before["sample"]] - score[row["sample"]]
        improved = float(before["physician_global"]) - float(row["physician_global"])
        found.append(
            fell > 2 and improved <= 0.5
        )  # 0.5 cm is 5 % of the scale: no point in the response score
    assert any(found)
    assert not all(found)
