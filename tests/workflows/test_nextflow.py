"""The Nextflow modules, run by the engine itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from ifnsig import io, tl

from .conftest import EXAMPLE, WORKFLOWS, Run, tools

HOME = WORKFLOWS / "nextflow"
ENGINE = pytest.mark.skipif(
    shutil.which("java") is None or not (tools() / "nextflow" / "classpath").is_file(),
    reason="the Nextflow engine needs Java and Maven (make workflow-tools)",
)
pytestmark = [pytest.mark.workflow, ENGINE]

NANOSTRING = """CodeClass\tName\tS1\tS2\tS3
Endogenous\tIFI27\t100\t5.5\t900
Endogenous\tIFI44L\t10\t50.5\t90
Endogenous\tIFIT1\t10\t500.5\t90
Endogenous\tCD3E\t1000\t33\t200
Endogenous\tMX1\t100\t3\t10
Housekeeping\tGAPDH\t1000\t3300\t2000
"""


def nextflow(run: Run, *words: object, check: bool = True) -> str:
    done = run(
        WORKFLOWS / "tools" / "nextflow",
        "run",
        HOME / "main.nf",
        "-profile",
        "test",
        "-ansi-log",
        "false",
        *words,
        check=check,
    )
    return done.stdout + done.stderr


def test_the_subworkflow_and_the_nanostring_step_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "counts.tsv").write_text(NANOSTRING)
    (tmp_path / "sets.yaml").write_text(
        "IFN:\n  - IFI27\n  - IFIT1\n  - IFI44L\n  - ABSENT\nT: [CD3E, MX1]\n"
    )
    nextflow(run, "--nanostring_counts", "counts.tsv", "--gene_sets", "sets.yaml")
    out = tmp_path / "results"
    versions = dict(line.split("\t")[::2] for line in (out / "versions.tsv").read_text().split("\n") if line)
    assert set(versions) == {"IFNSIG_RNASEQ:IFNSIG_SCORE", "IFNSIG_RNASEQ:IFNSIG_REPORT"}
    assert "<html" in (out / "ifnsig" / "cohort" / "report.html").read_text()[:200]
    ours = pd.read_csv(out / "ifnsig" / "cohort.scores.tsv", sep="\t", float_precision="round_trip")
    adata = io.read(EXAMPLE / "counts.tsv.gz", unit="counts")
    tl.score(adata, ["rice2013_6"], method="singscore")
    mine = ours[ours["signature"] == "rice2013_6"].set_index("sample")["score"]
    assert mine.to_dict() == adata.obsm["ifn_singscore"]["rice2013_6"].to_dict()

    # the nanostring step: housekeeping genes are not among those ranked, so five genes are
    lines = (out / "nanostring" / "signature_scores_mqc.txt").read_text().splitlines()
    table = {row.split("\t")[0]: row.split("\t")[1:] for row in lines if not row.startswith("#")}
    assert table["sample"] == ["IFN", "T"]
    # S3 by hand: ranks MX1 1, IFI44L 2, IFIT1 2, CD3E 4, IFI27 5; distances from the median rank 2: 1, 0, 0, 2, 3;
    # bounds for floor(k / 2) = 1 gene of ceil(p / 2) = 3: 1 and 3. IFN: mean 1 -> 0; T: mean 1.5 -> 0.25
    assert [float(cell) for cell in table["S3"]] == [0.0, 0.25]
    checked = (out / "nanostring" / "signature_scores_qc_mqc.txt").read_text().splitlines()
    assert [line.split("\t")[:5] for line in checked if line.startswith("IFN")] == [
        ["IFN", "4", "1", "3", "ABSENT"]
    ]


def test_every_file_of_a_study_is_staged_whatever_its_name(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "my cohort"
    (home / "labels 1").mkdir(parents=True)
    sheet = pd.read_csv(EXAMPLE / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    first = list(sheet.columns).index("physician_global")
    sheet.iloc[:, :first].to_csv(home / "my samples.tsv", sep="\t", index=False)
    clinical = sheet.loc[sheet["group"] == "patient", ["patient", "visit", *sheet.columns[first:]]]
    clinical.to_csv(home / "labels 1" / "clinical table.tsv", sep="\t", index=False)
    (home / "my counts.tsv.gz").write_bytes((EXAMPLE / "counts.tsv.gz").read_bytes())
    text = (EXAMPLE / "study.toml").read_text()
    for old, new in {
        'expression = "counts.tsv.gz"': 'expression = "my counts.tsv.gz"',
        'samples = "samples.tsv"': 'samples = "my samples.tsv"\nclinical = "labels 1/clinical table.tsv"',
        'methods = ["zscore", "singscore"]': 'methods = ["zscore"]',
    }.items():
        assert old in text
        text = text.replace(old, new)
    (home / "my study.toml").write_text(text)
    nextflow(
        run, "--id", "one cohort", "--study", home / "my study.toml", "--counts", home / "my counts.tsv.gz",
        "--samples", home / "my samples.tsv", "--files", home / "labels 1", "--signatures", "rice2013_6",
    )  # fmt: skip
    out = tmp_path / "results" / "ifnsig"
    assert (out / "one cohort.scores.tsv").is_file()
    assert (out / "one cohort.signature_scores_mqc.txt").is_file()
    assert len(pd.read_csv(out / "one cohort" / "responses.tsv", sep="\t"))
    for name in ("reference", "normalization"):
        assert (out / "one cohort" / f"{name}.npz").stat().st_size > 1000


def test_files_without_a_study_are_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.nf").write_text(f"""
nextflow.preview.topic = true
include {{ IFNSIG_RNASEQ }} from '{HOME}/subworkflows/ifnsig_rnaseq/main'
workflow {{
    IFNSIG_RNASEQ(channel.empty(), channel.empty(), channel.empty(), channel.of([[id: 'lost'], [file('{EXAMPLE}/samples.tsv')]]),
        [[:], []], 'rice2013_6', 'singscore')
}}
""")
    done = run(
        WORKFLOWS / "tools" / "nextflow", "run", "main.nf", "-ansi-log", "false", "-stub-run", check=False
    )
    assert done.returncode
    assert "files came for [id:lost]" in done.stdout + done.stderr


def test_stubs_make_the_files_that_the_modules_declare(run: Run, tmp_path: Path) -> None:
    nextflow(run, "-stub-run")  # the engine fails where a declared output is not there
    out = tmp_path / "results" / "ifnsig" / "cohort"
    assert (out / "report.html").read_text() == ""
    assert (out / "reference.npz").is_file()


def test_an_algorithm_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "counts.tsv").write_text(NANOSTRING)
    (tmp_path / "sets.yaml").write_text("IFN: [IFI27, IFIT1]\n")
    (tmp_path / "other.config").write_text(
        "process { withName: 'COMPUTE_GENE_SCORES' { ext.args = 'sams' } }\n"
    )
    words = ("-c", "other.config", "--nanostring_counts", "counts.tsv", "--gene_sets", "sets.yaml")
    said = nextflow(run, *words, check=False)
    assert "ext.args is 'sams'; ifnsig knows singscore, ssgsea" in said


def test_values_of_a_configuration_are_words_and_no_commands(run: Run, tmp_path: Path) -> None:
    """Each reaches ``ifnsig`` as it is, which then names it."""
    trap = "it's $(touch pwned) `touch pwned` größe"
    nextflow(run, "-stub-run", f"--id=-{trap}")
    assert (tmp_path / "results" / "ifnsig" / f"-{trap}" / "report.html").is_file()
    for name in ("signatures", "method", "unit"):
        said = nextflow(run, f"--{name}={trap}", check=False)
        assert "ifnsig: error" in said
        assert "it's $(touch pwned)" in said.replace("\\'", "'")
    assert not list(tmp_path.rglob("pwned"))
