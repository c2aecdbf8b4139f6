"""From expression to scores on the command line: pipes, JSON, stored normalisations and references, shards."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.core import Reference
from ifnsig.signatures import SIGNATURES

EXAMPLE = Path(__file__).parents[2] / "example_data"
COUNTS, SHEET = EXAMPLE / "counts.tsv.gz", EXAMPLE / "samples.tsv"


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def piped(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ifnsig", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """Log values of the six genes and twenty others in six samples."""
    genes = [*SIGNATURES["rice2013_6"].genes, *(f"GENE{i}" for i in range(20))]
    values = np.random.default_rng(4).uniform(1, 9, (len(genes), 6)).round(3)
    table = pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=[f"S{i}" for i in range(6)])
    table.to_csv(tmp_path / "matrix.tsv", sep="\t")
    return tmp_path / "matrix.tsv"


def scored(path: Path, *more: object, signatures: object = "rice2013_6", method: str = "mean") -> int:
    return call("score", path, "--unit", "log2_cpm", "-s", signatures, "-m", method, *more)


def test_a_table_on_stdin_is_scored_like_the_file(matrix: Path, tmp_path: Path) -> None:
    assert scored(matrix, "-o", tmp_path / "file.tsv") == 0
    done = piped(
        "score", "-", "--unit", "log2_cpm", "-s", "rice2013_6", "-m", "mean", stdin=matrix.read_bytes()
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "file.tsv").read_bytes()


def test_stdin_goes_alone(matrix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("score", "-", matrix, "--unit", "log2_cpm", "-s", "rice2013_6", "-m", "mean") == 2
    assert "give it alone" in capsys.readouterr().err


def test_json_holds_the_numbers_of_the_table(matrix: Path, tmp_path: Path) -> None:
    assert scored(matrix, "-o", tmp_path / "a.tsv") == 0
    assert scored(matrix, "--json", "-o", tmp_path / "a.json") == 0
    rows = json.loads((tmp_path / "a.json").read_text())
    table = pd.read_csv(tmp_path / "a.tsv", sep="\t", float_precision="round_trip")
    assert [row["sample"] for row in rows] == list(table["sample"])
    assert [row["score"] for row in rows] == list(table["score"])


def test_several_methods_and_their_options(matrix: Path, tmp_path: Path) -> None:
    assert scored(matrix, "-o", tmp_path / "a.tsv", method="mean,singscore") == 0
    assert set(pd.read_csv(tmp_path / "a.tsv", sep="\t")["method"]) == {"mean", "singscore"}
    assert scored(matrix, "--option", "ties=average", "-o", tmp_path / "b.tsv", method="singscore") == 0
    assert scored(matrix, "--option", "tie=average", "-o", tmp_path / "c.tsv", method="singscore") == 2
    assert not (tmp_path / "c.tsv").exists()


OWN = {
    "sets.gmt": "MINE\tmine\tIFI27\tIFI44L\tIFIT1\n",
    "sets.json": '{"MINE": ["IFI27", "IFI44L", "IFIT1"]}',
    "sets.yaml": "MINE:\n  - IFI27\n  - IFI44L\n  - IFIT1\n",
    "sets.yml": "MINE: [IFI27, IFI44L, IFIT1]\n",
}


@pytest.mark.parametrize("name", list(OWN))
def test_own_signatures_come_from_a_file(name: str, matrix: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_text(OWN[name])
    assert scored(matrix, "-o", tmp_path / "a.tsv", signatures=tmp_path / name) == 0
    table = pd.read_csv(tmp_path / "a.tsv", sep="\t").set_index("sample")["score"]
    values = pd.read_csv(matrix, sep="\t", index_col=0).loc[["IFI27", "IFI44L", "IFIT1"]].mean()
    assert table["S3"] == pytest.approx(values["S3"], rel=1e-14)  # a mean of three: rounding only


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("- IFI27\n", "list"), ("MINE: IFI27\n", "MINE"), ("MINE: [NO, IFI27]\n", "MINE"), ("a: [", "not valid YAML"),
        ("!!python/object/apply:os.system ['true']\n", "not valid YAML"),
    ],
    ids=["a list", "one gene", "a word YAML takes for false", "broken", "code"],
)  # fmt: skip
def test_yaml_that_holds_no_sets_is_refused(
    text: str, word: str, matrix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sets.yaml").write_text(text)
    assert scored(matrix, "-o", tmp_path / "a.tsv", signatures=tmp_path / "sets.yaml") == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "a.tsv").exists()


def test_a_signature_file_that_is_not_there_is_named(
    matrix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scored(matrix, signatures="absent.gmt") == 2
    assert "absent.gmt" in capsys.readouterr().err


def test_normalized_values_pipe_into_scores(tmp_path: Path) -> None:
    made = piped("normalize", COUNTS, "--unit", "counts", "-m", "log_cpm")
    assert made.returncode == 0, made.stderr
    assert b"log2_cpm" in made.stderr
    first = piped("score", "-", "--unit", "log2_cpm", "-s", "rice2013_6", "-m", "mean", stdin=made.stdout)
    at_once = piped(
        "score", COUNTS, "--unit", "counts", "--normalize", "log_cpm", "-s", "rice2013_6", "-m", "mean"
    )
    assert first.stdout == at_once.stdout  # digits written are the shortest that give the number back


def test_a_stored_normalisation_gives_a_late_sample_its_values(tmp_path: Path) -> None:
    whole, alone = tmp_path / "whole.tsv", tmp_path / "alone.tsv"
    assert (
        call(
            "normalize", COUNTS, "--unit", "counts", "-m", "tmm", "--save", tmp_path / "tmm.npz", "-o", whole
        )
        == 0
    )
    sheet = tmp_path / "one.tsv"
    sheet.write_text("sample\tsex\nP05_week4\tF\n")
    assert call(
        "normalize", COUNTS, "--unit", "counts", "--samples", sheet, "--extra", "drop", "--normalization",
        tmp_path / "tmm.npz", "-o", alone,
    ) == 0  # fmt: skip
    one, many = (pd.read_csv(path, sep="\t", index_col=0) for path in (alone, whole))
    np.testing.assert_allclose(one["P05_week4"], many["P05_week4"], rtol=1e-12)  # a sum in another order


def test_normalize_wants_one_of_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("normalize", COUNTS, "--unit", "counts") == 2
    assert "exactly one of --method and --normalization" in capsys.readouterr().err


def test_a_reference_for_methods_that_need_none_is_refused(
    matrix: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reference.npz"
    assert (
        call("fit-reference", matrix, "--unit", "log2_cpm", "--controls", "cohort", "-m", "ucell", "-o", out)
        == 2
    )
    assert "no reference is needed" in capsys.readouterr().err
    assert (
        call("fit-reference", matrix, "--unit", "log2_cpm", "--controls", "cohort", "-m", "zscore", "-o", out)
        == 0
    )


def score_example(out: Path, *more: object, method: str = "zscore") -> int:
    return call(
        "score", COUNTS, "--unit", "counts", "--normalize", "log_cpm", "-s", "rice2013_6,hallmark_ifna", "-m",
        method, "-o", out, *more,
    )  # fmt: skip


def test_a_reference_made_for_published_recipes_gives_the_scores_of_the_named_controls(
    tmp_path: Path,
) -> None:
    """The recipe of Rice compares with the median of the healthy samples: mean and SD alone would be refused."""
    made = ("--unit", "counts", "--samples", SHEET, "--normalize", "log_cpm")
    healthy = ("--controls", "group=healthy")
    reference = tmp_path / "reference.npz"
    assert call("fit-reference", COUNTS, *made, *healthy, "-m", "published", "-o", reference) == 0
    for name, given in (("named.tsv", healthy), ("stored.tsv", ("--reference", reference))):
        wanted = ("-s", "rice2013_6", "-m", "published", "-o", tmp_path / name)
        assert call("score", COUNTS, *made, *wanted, *given) == 0
    assert (tmp_path / "stored.tsv").read_text() == (tmp_path / "named.tsv").read_text()


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reference, two halves of the sheet, both scored against it, and the single run."""
    home = tmp_path_factory.mktemp("shards")
    assert call(
        "fit-reference", COUNTS, "--unit", "counts", "--samples", SHEET, "--normalize", "log_cpm", "--controls",
        "group=healthy", "-o", home / "reference.npz",
    ) == 0  # fmt: skip
    assert score_example(home / "whole.tsv", "--samples", SHEET, "--controls", "group=healthy") == 0
    lines = SHEET.read_text().splitlines(keepends=True)
    for number, rows in enumerate((lines[1:40], lines[40:]), start=1):
        (home / f"sheet{number}.tsv").write_text("".join([lines[0], *rows]))
        rest = (
            "--samples",
            home / f"sheet{number}.tsv",
            "--extra",
            "drop",
            "--reference",
            home / "reference.npz",
        )
        for kind in ("tsv", "h5ad"):
            assert score_example(home / f"part{number}.{kind}", *rest) == 0
    return home


def numbers(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), sep="\t", dtype=str)[["sample", "method", "signature", "score"]]


def test_shards_merged_are_the_single_run(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert call("merge", shards / "part1.tsv", shards / "part2.tsv") == 0
    merged = numbers(capsys.readouterr().out)
    pd.testing.assert_frame_equal(merged, numbers((shards / "whole.tsv").read_text()))  # text: every digit


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")  # healthy people have one visit
def test_scored_files_merge_and_go_on_to_change(shards: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.h5ad"
    assert call("merge", shards / "part1.h5ad", shards / "part2.h5ad", "-o", whole) == 0
    out = tmp_path / "change.tsv"
    assert call("change", whole, "--baseline", "week0", "--followup", "week4", "-o", out) == 0
    table = pd.read_csv(out, sep="\t")
    wide = (
        numbers((shards / "whole.tsv").read_text()).set_index(["sample", "signature"])["score"].astype(float)
    )
    row = table[table["signature"] == "rice2013_6"].iloc[0]
    expected = wide[row["followup_sample"], "rice2013_6"] - wide[row["baseline_sample"], "rice2013_6"]
    assert row["change"] == pytest.approx(expected, rel=1e-12)  # one subtraction


def test_shards_that_do_not_belong_together_are_refused(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.h5ad"
    rest = ("--samples", shards / "sheet2.tsv", "--extra", "drop", "--reference", "cohort")
    assert score_example(other, *rest) == 0
    capsys.readouterr()
    assert call("merge", shards / "part1.h5ad", other, "-o", tmp_path / "m.h5ad") == 1
    assert "reference of zscore" in capsys.readouterr().err
    assert call("merge", shards / "part1.tsv", shards / "part1.tsv", "-o", tmp_path / "m.tsv") == 1
    assert "more than one shard" in capsys.readouterr().err
    assert call("merge", shards / "part1.tsv", shards / "part2.h5ad", "-o", tmp_path / "m.tsv") == 2
    assert "one kind" in capsys.readouterr().err
    assert call("merge", SHEET, SHEET, "-o", tmp_path / "m.tsv") == 1
    assert "not a score table" in capsys.readouterr().err
    assert not list(tmp_path.glob("m.*"))


def test_references_of_shards_merge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = piped("normalize", COUNTS, "--unit", "counts", "-m", "log_cpm").stdout
    (tmp_path / "log.tsv").write_bytes(made)
    lines = SHEET.read_text().splitlines(keepends=True)
    halves = {"a": lines[1:40], "b": lines[40:], "whole": lines[1:]}
    for name, rows in halves.items():
        (tmp_path / f"{name}.tsv").write_text("".join([lines[0], *rows]))
        assert call(
            "fit-reference", tmp_path / "log.tsv", "--unit", "log2_cpm", "--samples", tmp_path / f"{name}.tsv", "--extra",
            "drop", "--controls", "cohort", "-o", tmp_path / f"{name}.npz",
        ) == 0  # fmt: skip
    assert call("merge", tmp_path / "a.npz", tmp_path / "b.npz", "-o", tmp_path / "merged.npz") == 0
    merged, whole = (Reference.load(tmp_path / f"{name}.npz") for name in ("merged", "whole"))
    assert merged.samples == whole.samples
    # sums of 39 and 47 samples are joined: another order of additions
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(merged.sd, whole.sd, rtol=1e-10, atol=1e-12)
    assert call("merge", tmp_path / "a.npz", tmp_path / "a.npz", "-o", tmp_path / "no.npz") == 1
    assert "no.npz" not in {path.name for path in tmp_path.iterdir()}


def test_a_full_disk_shows_in_the_exit_code() -> None:
    command = [sys.executable, "-m", "ifnsig", "signatures"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert (
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m ifnsig signatures export --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=True)
    assert len(done.stdout) == 10
    assert b"Traceback" not in done.stderr


def test_no_color_and_a_pipe_give_plain_text() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ifnsig", "score", "--help"], capture_output=True, check=True,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert b"\x1b[" not in done.stdout


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_change_and_association_come_as_json_too(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = shards / "changed.h5ad"
    words = ("change", shards / "part1.h5ad", "--baseline", "week0", "--followup", "week4")
    assert call(*words, "-o", changed) == 0
    capsys.readouterr()
    assert call(*words, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"patient", "signature", "change"} <= set(rows[0])
    assert call("associate", changed, "--response", "physician_global", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["outcome"] == "physician_global"


@pytest.mark.parametrize(
    ("output", "prefix"),
    [
        ("P01.week0.scores.tsv", "P01.week0."),
        ("cohort.h5ad", "cohort."),
        ("-", ""),
    ],
)
def test_the_files_for_multiqc_are_called_after_the_output(
    output: str, prefix: str, matrix: Path, tmp_path: Path
) -> None:
    """stdout has no name: then the files are those that nf-core/nanostring looks for."""
    target = output if output == "-" else tmp_path / output
    assert scored(matrix, "-o", target, "--multiqc", tmp_path / "mqc") == 0
    assert {path.name for path in (tmp_path / "mqc").iterdir()} == {
        f"{prefix}signature_scores_mqc.txt",
        f"{prefix}signature_scores_qc_mqc.txt",
    }


CASES = Path(__file__).parents[1] / "cases" / "io"
LOG_CPM = ("--unit", "counts", "-s", "rice2013_6", "-m", "mean", "--normalize", "log_cpm")


@pytest.mark.parametrize(
    "name", ["01_geo_coords.tsv", "03_deseq2_results.csv", "18_desc_last.tsv", "04c_fc.csv"]
)
def test_columns_that_describe_genes_do_not_move_a_score(name: str, tmp_path: Path) -> None:
    for case in (name, "02_without_length.tsv"):
        assert call("score", CASES / case, *LOG_CPM, "-o", tmp_path / f"{case}.tsv") == 0
    found, right = (
        pd.read_csv(tmp_path / f"{case}.tsv", sep="\t") for case in (name, "02_without_length.tsv")
    )
    # edgeR's cpm(log = TRUE): two reads are added to each gene, in proportion to the library
    counts = pd.read_csv(CASES / "02_without_length.tsv", sep="\t", index_col=0)
    added = 2 * counts.sum() / counts.sum().mean()
    log_cpm = np.log2(1e6 * (counts + added) / (counts.sum() + 2 * added))
    worked = log_cpm.loc[list(SIGNATURES["rice2013_6"].genes)].mean()
    np.testing.assert_allclose(right["score"], worked, rtol=1e-12)  # sums in another order
    np.testing.assert_array_equal(found["score"], right["score"])


def test_readers_take_their_options_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two = CASES / "htseq_real" / "two.tsv"
    assert call("score", two, *LOG_CPM) == 1
    assert "--read-option 'sample_names=" in capsys.readouterr().err
    names = 'sample_names=["P1_d0", "P1_d28"]'
    assert call("score", two, *LOG_CPM, "--read-option", names, "-o", tmp_path / "s.tsv") == 0
    assert list(pd.read_csv(tmp_path / "s.tsv", sep="\t")["sample"]) == ["P1_d0", "P1_d28"]
    cells = ("-s", "rice2013_6", "-m", "mean", "--normalize", "log_cpm", "--read-option")
    assert call("score", CASES / "mtx" / "cr" / "S1", *cells, "cells=raw", "-o", tmp_path / "r.tsv") == 0
    assert call("score", CASES / "mtx" / "cr" / "S1", *cells, "cells=all") == 2
    assert "--read-option cells must be one of 'filtered', 'raw', or left out" in capsys.readouterr().err


def test_two_controls_are_told_on_stderr_and_three_are_not(tmp_path: Path) -> None:
    rows = ["gene\t" + "\t".join(f"S{i}" for i in range(6))]
    rows += [
        f"G{gene}\t" + "\t".join(str((7 * gene + 3 * i * i) % 11) for i in range(6)) for gene in range(6)
    ]
    (tmp_path / "x.tsv").write_text("\n".join(rows) + "\n")
    (tmp_path / "sets.gmt").write_text("mine\t-\tG1\tG2\tG3\n")
    for healthy, told in ((2, True), (3, False)):
        groups = ["0.0"] * healthy + ["1.0"] * (6 - healthy)
        sheet = "sample,g\n" + "".join(f"S{i},{group}\n" for i, group in enumerate(groups))
        (tmp_path / "samples.csv").write_text(sheet)
        done = subprocess.run(
            [sys.executable, "-m", "ifnsig", "score", "x.tsv", "--unit", "log2_tpm", "--samples", "samples.csv",
             "-s", "sets.gmt", "-m", "zscore", "--controls", "g=0", "-o", "-"],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert ("2 samples are too few to be a reference" in done.stderr) is told, done.stderr
        assert len(done.stdout.splitlines()) == 7
