"""The verbs one by one on the command line, and every kind of bad input: one clear message, an exit code, nothing written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.report import Results
from ifnsig.signatures import SIGNATURES

EXAMPLE = Path(__file__).parents[2] / "example_data"
SIX = list(SIGNATURES["rice2013_6"].genes)


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_the_verbs_one_by_one_give_what_run_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], example_results: Path
) -> None:
    scored, changed, responded = (
        tmp_path / name for name in ("scored.h5ad", "change.h5ad", "responses.h5ad")
    )
    assert call(
        "score", EXAMPLE / "counts.tsv.gz", "--unit", "counts", "--samples", EXAMPLE / "samples.tsv", "-s", "rice2013_6,hallmark_ifna",
        "-m", "zscore", "--normalize", "log_cpm", "--controls", "group=healthy", "-o", scored,
    ) == 0  # fmt: skip
    assert call(
        "change", scored, "--baseline", "week0", "--followup", "week4,week24", "--controls", "group=healthy",
        "--tests", tmp_path / "tests.tsv", "--primary", "rice2013_6", "-o", changed,
    ) == 0  # fmt: skip
    assert call(
        "respond", changed, "--measure", "tis", "--parameter", "mmt_max=150",
        "--parameter", 'uln={"ck": 200, "alt": 40, "ast": 40, "ldh": 250}', "-o", responded,
    ) == 0  # fmt: skip
    capsys.readouterr()
    assert call("associate", responded, "--response", "tis", "--primary", "rice2013_6") == 0
    printed = capsys.readouterr().out
    (tmp_path / "associations.tsv").write_text(printed)
    associations = pd.read_csv(tmp_path / "associations.tsv", sep="\t")
    whole = Results.read(example_results)

    tests = pd.read_csv(tmp_path / "tests.tsv", sep="\t").set_index(["signature", "visit"])
    row = whole.change_tests[(whole.change_tests["method"] == "zscore")].set_index(["signature", "visit"])
    for key in tests.index:
        assert tests.loc[key, "estimate"] == pytest.approx(row.loc[key, "estimate"], rel=1e-12)
    chosen = whole.associations[
        (whole.associations["outcome"] == "tis")
        & whole.associations["signature"].isin(["rice2013_6", "hallmark_ifna"])
    ]
    np.testing.assert_allclose(
        associations.sort_values(["signature", "visit", "score"])["estimate"],
        chosen.sort_values(["signature", "visit", "score"])["estimate"], rtol=1e-12,
    )  # fmt: skip


def test_a_report_can_be_made_again_from_its_folder(tmp_path: Path, example_results: Path) -> None:
    assert call("report", example_results, "-o", tmp_path / "again.html") == 0
    assert (tmp_path / "again.html").read_bytes() == (example_results / "report.html").read_bytes()


@pytest.mark.parametrize("name", ["signatures", "methods", "responses", "formats"])
def test_the_lists(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert call(name) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows) + 1


def test_one_method_is_shown_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("methods", "singscore") == 0
    shown = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    options = {line[1]: line[2:4] for line in shown if line[0] == "option"}
    assert options["ties"] == ["default min", "one of 'min', 'average', 'max'"]
    assert list(options) == ["ties", "centred", "known_direction", "stable"]
    assert call("methods", "singscore", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert [option["default"] for option in facts["options"]] == ["min", True, True, []]
    assert call("methods", "singscor") != 0
    assert "Did you mean 'singscore'?" in capsys.readouterr().err


def test_data_go_to_stdout_and_the_log_to_stderr(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "ifnsig",
        "score",
        str(EXAMPLE / "counts.tsv.gz"),
        "--unit",
        "counts",
        "-s",
        "rice2013_6",
        "-m",
        "singscore",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0].split("\t") == ["sample", "method", "signature", "score"]
    assert len(lines) == 87
    assert all(line.startswith("ifnsig: ") for line in done.stderr.splitlines())


@pytest.fixture
def expression(tmp_path: Path) -> Callable[..., Path]:
    """A small matrix of log values, genes in rows, as a file; ``edit`` changes its text."""

    def written(edit: Callable[[str], str] = str, samples: str = "S1 S2 S3 001 1E5") -> Path:
        rng = np.random.default_rng(2)
        names = samples.split()
        genes = [*SIX, *(f"GENE{i}" for i in range(20)), "NA"]
        lines = ["\t".join(["gene", *names])]
        lines += ["\t".join([gene, *(f"{v:.3f}" for v in rng.uniform(1, 9, len(names)))]) for gene in genes]
        path = tmp_path / "expression.tsv"
        path.write_text(edit("\n".join(lines) + "\n"))
        return path

    return written


def score(path: Path, *more: object, method: str = "mean", unit: str = "log2_cpm") -> int:
    return call("score", path, "--unit", unit, "-s", "rice2013_6", "-m", method, *more)


def whole_numbers(text: str) -> str:
    return re.sub(r"\b(\d+)\.(\d+)\b", r"\1\2", text)


def cell(row: int, column: int, value: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        table = [line.split("\t") for line in text.splitlines()]
        table[row][column] = value
        return "\n".join("\t".join(line) for line in table) + "\n"

    return edit


def column(number: int, value: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        table = [line.split("\t") for line in text.splitlines()]
        for line in table[1:]:
            line[number] = value
        return "\n".join("\t".join(line) for line in table) + "\n"

    return edit


def transposed(text: str) -> str:
    table = [line.split("\t") for line in text.splitlines()]
    return "\n".join("\t".join(line) for line in zip(*table, strict=True)) + "\n"


def under_ensembl(text: str) -> str:
    lines = text.splitlines()
    return (
        "\n".join(
            [lines[0], *(f"ENSG9999{i:07d}\t" + line.split("\t", 1)[1] for i, line in enumerate(lines[1:]))]
        )
        + "\n"
    )


BAD = {
    "empty file": (lambda text: "", "log2_cpm", "mean", ("empty",)),
    "header only": (lambda text: text.splitlines()[0] + "\n", "log2_cpm", "mean", ("no",)),
    "duplicate sample ids": (cell(0, 2, "S1"), "log2_cpm", "mean", ("S1", "sample")),
    "transposed": (transposed, "log2_cpm", "mean", ("orientation",)),
    "text in a cell": (cell(3, 2, "high"), "log2_cpm", "mean", ("high", "S2", "IFIT1")),
    "an empty column": (column(2, ""), "log2_cpm", "mean", ("S2",)),
    "a NaN column": (column(2, "NaN"), "log2_cpm", "mean", ("S2",)),
    "negative counts": (cell(3, 2, "-4"), "counts", "singscore", ("-4", "S2", "IFIT1")),
    "raw counts for a log method": (whole_numbers, "counts", "mean", ("'counts'", "log_cpm")),
    "log values declared as counts": (
        str,
        "counts",
        "mean",
        ("which is 3093", "If they are no counts", "--unit"),
    ),
    "no reference": (str, "log2_cpm", "zscore", ("needs exactly one reference",)),
    "another namespace": (under_ensembl, "log2_cpm", "mean", ("Ensembl", "0 of 6")),
}


@pytest.mark.parametrize("case", list(BAD))
def test_bad_input_gets_one_clear_message(
    case: str, expression: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, unit, method, words = BAD[case]
    out = tmp_path / "out.tsv"
    assert score(expression(edit), "-o", out, method=method, unit=unit) in (1, 2)
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.count("ifnsig: error:") == 1
    for word in words:
        assert word in said, said
    assert not out.exists()


@pytest.mark.parametrize(
    "edit",
    [
        str,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\t", ","),
    ],
    ids=["as it is", "UTF-8 BOM", "CRLF", "commas"],
)
def test_the_nearest_good_input_is_scored(
    edit: Callable, expression: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.tsv"
    assert score(expression(edit), "-o", out) == 0
    table = pd.read_csv(out, sep="\t", dtype=str)
    assert list(table["sample"]) == ["S1", "S2", "S3", "001", "1E5"]


def test_a_gene_named_na_survives(expression: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "scored.h5ad"
    assert score(expression(), "-o", out) == 0
    import anndata

    assert "NA" in anndata.read_h5ad(out).var_names


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        ("sample,sex\nS1,f\nS2,f\nS3,f\n001,f\n1E5,f\nS9,f\n", ("S9",)),
        ("sample,sex\nS1,f\nS2,f\nS3,f\n001,f\n", ("1E5",)),
        ("sample,sex\nS1,f\nS1,f\nS2,f\nS3,f\n001,f\n1E5,f\n", ("S1", "line")),
        ("name,sex\nS1,f\n", ("sample",)),
        ("", ("empty",)),
    ],
    ids=["more in the sheet", "more in the matrix", "doubled", "no sample column", "empty"],
)
def test_a_sheet_that_does_not_fit_is_refused_by_name(
    sheet: str,
    words: tuple[str, ...],
    expression: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "samples.tsv"
    path.write_text(sheet)
    assert score(expression(), "--samples", path, "-o", tmp_path / "out.tsv") in (1, 2)
    said = capsys.readouterr().err
    assert all(word in said for word in words), said
    assert not (tmp_path / "out.tsv").exists()


def test_ids_that_look_like_numbers_meet_their_sheet(expression: Callable[..., Path], tmp_path: Path) -> None:
    sheet = tmp_path / "samples.csv"
    sheet.write_text("sample,patient\n001,A\n1E5,B\nS1,C\nS2,D\nS3,E\n")
    assert score(expression(), "--samples", sheet, "-o", tmp_path / "out.tsv") == 0
    table = pd.read_csv(tmp_path / "out.tsv", sep="\t", dtype=str).set_index("sample")
    assert table.loc["001", "patient"] == "A"
    assert table.loc["1E5", "patient"] == "B"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("score", "absent.tsv", "-s", "rice2013_6", "-m", "mean"), ("absent.tsv",)),
        (("run", "absent.toml"), ("absent.toml",)),
        (("report", "absent"), ("provenance.json",)),
        (("signatures", "show", "rice2013"), ("Did you mean 'rice2013_6'",)),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    arguments: tuple, words: tuple, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "--nothing") == 2
    assert "nothing" in capsys.readouterr().err


def test_a_primary_without_tests_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("change", "absent.h5ad", "--baseline", "w0", "--followup", "w4", "--primary", "zz")
    assert call(*words) == 2
    assert "--primary goes with --tests" in capsys.readouterr().err
    assert call(*words, "--tests", tmp_path / "t.tsv") != 0  # now the file is what is wrong
    assert "--primary goes" not in capsys.readouterr().err
