"""What a command writes, looked at before it works; and what it reads from pipes."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.cli._terminal import ToStderr
from ifnsig.signatures import SIGNATURES

SIX = list(SIGNATURES["rice2013_6"].genes)


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    values = np.random.default_rng(1).normal(5, 1, (len(SIX), 4)).round(3)
    table = pd.DataFrame(values, index=pd.Index(SIX, name="gene"), columns=["S1", "S2", "S3", "S4"])
    table.to_csv(tmp_path / "m.tsv", sep="\t")
    return tmp_path / "m.tsv"


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def score(matrix: Path, *more: object, signatures: object = "rice2013_6") -> int:
    return call("score", matrix, "--unit", "log2_cpm", "-s", signatures, "-m", "mean", *more)


def piped(path: Path, content: bytes) -> threading.Thread:
    """A named pipe that brings the content once."""
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(content))
    writer.start()
    return writer


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("-o", "{home}/missing/x.tsv"), "There is no folder"),
        (("-o", "{home}"), "is a folder"),
        (("-o", "{home}/x.docx"), "'.docx'"),
        (("-o", "{home}/x.csv", "--json"), "JSON was asked for"),
        (("--coverage", "{home}/x.h5ad"), "'.h5ad'"),
        (("--multiqc", "{home}/m.tsv"), "cannot be a folder"),
        (("-o", "{home}/m.tsv"), "is read and would be replaced"),
        (("-o", "{home}/link.tsv"), "is read and would be replaced"),
        (("-o", "{home}/x.tsv", "--coverage", "{home}/x.tsv"), "is named twice"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(
    more: tuple[str, ...], said: str, matrix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "link.tsv").symlink_to("m.tsv")
    content = matrix.read_bytes()

    def working(*words: object, **more: object) -> None:
        raise AssertionError("the work had begun")

    monkeypatch.setattr("ifnsig.io.read", working)
    assert score(matrix, *(word.format(home=tmp_path) for word in more)) == 2
    assert said in capsys.readouterr().err
    assert matrix.read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.tsv", "m.tsv"]


@pytest.mark.parametrize("name", ["x.csv", "x.tsv.gz", "x.json", "x.xlsx"])
def test_a_table_is_what_its_name_says(name: str, matrix: Path, tmp_path: Path) -> None:
    assert score(matrix, "-o", tmp_path / "x.tsv", "--coverage", tmp_path / f"coverage-{name}") == 0
    assert score(matrix, "-o", tmp_path / name) == 0
    plain = pd.read_csv(tmp_path / "x.tsv", sep="\t", float_precision="round_trip")
    read = {
        "x.csv": lambda path: pd.read_csv(path, float_precision="round_trip"),
        "x.tsv.gz": lambda path: pd.read_csv(path, sep="\t", float_precision="round_trip"),
        "x.json": lambda path: pd.DataFrame(json.loads(path.read_text())),
        "x.xlsx": pd.read_excel,
    }[name]
    assert read(tmp_path / name)["score"].tolist() == plain["score"].tolist()
    assert list(read(tmp_path / f"coverage-{name}")["signature"]) == ["rice2013_6"]


def test_json_with_a_name_that_says_json(matrix: Path, tmp_path: Path) -> None:
    assert score(matrix, "-o", tmp_path / "x.json.gz", "--json") == 0
    records = json.loads(gzip.decompress((tmp_path / "x.json.gz").read_bytes()))
    assert [row["sample"] for row in records] == ["S1", "S2", "S3", "S4"]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_pipes_are_read_like_files(packed: bool, matrix: Path, tmp_path: Path) -> None:
    """Values, sheet and gene sets, each from a pipe that brings its content once."""
    (tmp_path / "sheet.tsv").write_text("sample\tgroup\nS1\ta\nS2\ta\nS3\tb\nS4\tb\n")
    (tmp_path / "mine.gmt").write_text("\t".join(["mine", "about", *SIX]) + "\n")
    files = {"values": matrix, "sheet": tmp_path / "sheet.tsv", "sets": tmp_path / "mine.gmt"}
    assert score(
        matrix, "--samples", files["sheet"], "-o", tmp_path / "files.tsv", signatures=files["sets"]
    ) == 0  # fmt: skip
    folder = tmp_path / "pipes"
    folder.mkdir()
    writers = [
        piped(
            folder / name,
            gzip.compress(file.read_bytes()) if packed and name != "sets" else file.read_bytes(),
        )
        for name, file in files.items()
    ]
    assert score(
        folder / "values", "--samples", folder / "sheet", "-o", tmp_path / "pipes.tsv", signatures=folder / "sets"
    ) == 0  # fmt: skip
    for writer in writers:
        writer.join()
    assert (tmp_path / "pipes.tsv").read_bytes() == (tmp_path / "files.tsv").read_bytes()


@pytest.mark.parametrize(
    "text",
    [json.dumps({"mine": SIX}), "mine:\n" + "".join(f"- {gene}\n" for gene in SIX)],
    ids=["json", "yaml"],
)
def test_gene_sets_from_a_pipe_are_known_by_their_content(
    text: str, matrix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = piped(tmp_path / "sets", text.encode())
    assert score(matrix, signatures=tmp_path / "sets") == 0
    writer.join()
    assert "\tmine\t" in capsys.readouterr().out


def test_a_study_and_its_files_come_from_pipes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The hashes of the inputs are those of what came."""
    from ifnsig.io.text._text import sha256_of
    from ifnsig.study import check

    values = np.random.default_rng(1).normal(5, 1, (len(SIX), 4)).round(3)
    table = pd.DataFrame(values, index=pd.Index(SIX, name="gene"), columns=["S1", "S2", "S3", "S4"])
    table.to_csv(tmp_path / "m.tsv", sep="\t")
    study = '[input]\nexpression = "values"\nunit = "log2_cpm"\n[scores]\nsignatures = ["rice2013_6"]\nmethods = ["mean"]\n'
    writers = [
        piped(tmp_path / "study", study.encode()),
        piped(tmp_path / "values", (tmp_path / "m.tsv").read_bytes()),
    ]
    assert call("run", tmp_path / "study", "--root", tmp_path, "-o", tmp_path / "results") == 0, (
        capsys.readouterr().err
    )
    for writer in writers:
        writer.join()
    facts = json.loads((tmp_path / "results" / "provenance.json").read_text())
    assert facts["inputs"] == {"values": sha256_of(tmp_path / "m.tsv")}
    (tmp_path / "file.toml").write_text(study.replace('"values"', '"m.tsv"'))
    (tmp_path / "results" / "notes.txt").touch()
    where = [(item.severity, item.where) for item in check(tmp_path / "file.toml")]
    assert ("error", "output.folder") in where
    assert call("check", tmp_path / "file.toml", "-o", tmp_path / "other") == 0
    assert call("check", tmp_path / "file.toml") == 1
    assert "notes.txt" in capsys.readouterr().out


def test_what_reads_the_output_may_stop_at_any_time(tmp_path: Path) -> None:
    """As before `head`: no word on stderr, and not the code of bad data."""
    code = (
        "import sys, typer, ifnsig.cli as cli\n"
        "@cli.app.command()\n"
        "def lines() -> None:\n"
        "    for _ in range(100_000): typer.echo('x' * 70)\n"
        "cli.main(sys.argv[1:])"
    )
    for word in ("lines", "methods"):
        with subprocess.Popen(
            [sys.executable, "-c", code, word], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            if word == "lines":
                running.stdout.readline()
            running.stdout.close()
            said = running.stderr.read()
        assert running.returncode == 141, word
        assert said == b""


def test_only_our_lines_carry_our_name(capsys: pytest.CaptureFixture[str]) -> None:
    before = warnings.showwarning
    try:
        call("version")
        capsys.readouterr()
        logging.getLogger("ifnsig").info("of ours")
        logging.getLogger("other.part").warning("of another")
        logging.getLogger("other.part").info("nobody asked")
        warnings.showwarning(FutureWarning("soon"), FutureWarning, "/lib/site-packages/anndata/x.py", 3)
        said = capsys.readouterr().err.splitlines()
    finally:
        warnings.showwarning = before
        for logger in (logging.getLogger(), logging.getLogger("ifnsig")):
            for handler in [handler for handler in logger.handlers if isinstance(handler, ToStderr)]:
                logger.removeHandler(handler)
    assert said == ["ifnsig: of ours", "other: of another", "anndata: FutureWarning: soon"]
