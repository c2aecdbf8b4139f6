"""Every option of the command line that takes a label, or a column of them, reads it in every form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.doors._table import ARGUMENTS, COMMANDS
from ifnsig.labels import labels

from ..label_forms import LOGICAL_SHEETS, SHEETS, Written, write_sheet
from ..tl.test_label_forms import LABELS

LABELLED = ["patient", "visit", "group", "better", "grade", "set", "kind"]
TWO_LABELS = ["group", "better", "kind"]
PATIENTS, HEALTHY = 12, 6
VISITS = ("0", "4")
SET = "mine\tno source\tG0\tG1\tG2\n"


def sheet() -> pd.DataFrame:
    """12 patients at two visits and 6 healthy people."""
    rows = [
        {
            "patient": str(person), "visit": visit, "group": "1", "better": str(int(person % 3 == 0)), "grade": str(person % 3),
            "set": str(person // 2), "kind": str(person % 2), "dlqi": float(20 - person % 7 - 2 * int(visit)),
        }
        for visit in VISITS for person in range(1, PATIENTS + 1)
    ]  # fmt: skip
    rows += [{"group": "0"} for _ in range(HEALTHY)]
    table = pd.DataFrame(rows)
    table.insert(0, "sample", [f"S{row}" for row in range(len(table))])
    return table


def calls(samples: str, two: list[str], of_visits: list[str]) -> dict[str, tuple[str, ...]]:
    """The commands with the labels as the command line gives them; each ``.tsv`` is what it answers."""
    (no, yes), (first, later) = two, of_visits
    read = ("matrix.tsv", "--unit", "log2_cpm", "--samples", samples)
    of_patients = ("scored.h5ad", "--patient", "patient", "--visit", "visit", "--baseline", first)
    pairs = ("--patient", "patient", "--visit", "visit", "--baseline", first, "--followup", later)
    return {
        "fit-reference": (*read, "--controls", f"group={no}", "-o", "made.npz"),
        "score by it": (*read, "-s", "sets.gmt", "-m", "zscore", "--reference", "made.npz", "-o", "by_reference.tsv"),
        "score": (*read, "-s", "sets.gmt", "-m", "zscore", "--controls", f"group={no}", "-o", "scored.h5ad"),
        "change": (
            "scored.h5ad", *pairs, "--controls", f"group={no}", "--primary", "mine", "--tests", "tests.tsv", "-o",
            "change.h5ad"),
        "change as a table": ("scored.h5ad", *pairs, "--controls", f"group={no}", "-o", "change.tsv"),
        "respond": ("clinical" + Path(samples).suffix, "--measure", "dlqi_change", *pairs, "-o", "response.tsv"),
        "associate positive": ("change.h5ad", "--response", "better", "--positive", yes, "-o", "positive.tsv"),
        "associate negative": ("change.h5ad", "--response", "better", "--negative", no, "-o", "negative.tsv"),
        "associate classes": ("change.h5ad", "--response", "grade", "--classes", "0.0,1,+2", "-o", "classes.tsv"),
        "associate samples": (*of_patients, "--response", "better", "--positive", yes, "-o", "samples.tsv"),
        "associate covariates": (
            *of_patients, "--response", "better", "--positive", yes, "--covariates", "kind", "-o", "covariates.tsv"),
        "associate matched": (
            *of_patients, "--response", "better", "--positive", yes, "--matched-set", "set", "--matched-on", "outcome",
            "-o", "matched.tsv"),
        "associate strata": (
            *of_patients, "--response", "event", "--time", "days", "--strata", "kind", "-o", "strata.tsv"),
    }  # fmt: skip


Answers = dict[str, pd.DataFrame]


def code(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def answers(
    folder: Path, form: Written, two: list[str], of_visits: list[str], columns: list[str] = LABELLED
) -> Answers:
    """What the commands answer; labels of a sheet as they are read."""
    folder.mkdir()
    table = sheet()
    draw = np.random.default_rng(5)
    values = pd.DataFrame(draw.normal(6, 1, (len(table), 20)), index=table["sample"])
    values.columns = pd.Index([f"G{gene}" for gene in range(20)])
    values.T.rename_axis("gene").to_csv(folder / "matrix.tsv", sep="\t")
    (folder / "sets.gmt").write_text(SET)
    followed = pd.Series(range(len(table))).mod(4).gt(0).astype(int), 10.0 + np.arange(len(table))
    table = table.assign(event=followed[0], days=followed[1])
    clinical = table[table["patient"].notna()][["patient", "visit", "dlqi"]]
    written = write_sheet(clinical, [name for name in columns if name in clinical], folder, form)
    (folder / written).rename(folder / f"clinical{form.ending}")
    for name, arguments in calls(write_sheet(table, columns, folder, form), two, of_visits).items():
        with pytest.MonkeyPatch.context() as inside:
            inside.chdir(folder)
            refused = code(name.split()[0], *arguments)
        assert not refused, name
    tables = {path.name: pd.read_csv(path, sep="\t") for path in sorted(folder.glob("*.tsv"))}
    del tables["matrix.tsv"]
    return {
        name: found.assign(
            **{column: labels(found[column]) for column in {*LABELLED, "arm"} & {*found.columns}}
        )
        for name, found in tables.items()
    }


def same(found: Answers, expected: Answers) -> None:
    assert set(found) == set(expected)
    for name, table in expected.items():
        assert len(table), name
        pd.testing.assert_frame_equal(
            found[name], table, check_dtype=False, obj=name
        )  # a workbook has 10 for 10.0


quiet = pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answers(tmp_path_factory.mktemp("plain") / "here", SHEETS["text"], ["0", "1"], ["0", "4"])


@quiet
@pytest.mark.parametrize("form", SHEETS)
def test_a_label_means_the_same_in_every_form(tmp_path: Path, plain: Answers, form: str) -> None:
    same(answers(tmp_path / "here", SHEETS[form], ["0.0", "+1"], [" 0", "4.0"]), plain)


@quiet
@pytest.mark.parametrize("word", [str, str.upper, str.lower])
def test_a_logical_label_is_its_word(tmp_path: Path, plain: Answers, word: type[str]) -> None:
    said = [word("False"), word("True")]
    form = LOGICAL_SHEETS["workbook of logical cells" if word is str else "as R writes it"]
    found = answers(tmp_path / "here", form, said, ["0", "4"], TWO_LABELS)
    assert set(found) == set(plain)
    for name, table in plain.items():
        of_numbers = table.drop(columns=TWO_LABELS, errors="ignore").select_dtypes("number")
        pd.testing.assert_frame_equal(found[name][list(of_numbers)], of_numbers, check_dtype=False, obj=name)


def labelled_options() -> Iterator[tuple[str, str]]:
    """Commands and their options that are labels or columns of them, by the table of the doors."""
    for function, commands in COMMANDS.items():
        for argument, place in ARGUMENTS.get(function, {}).items():
            if argument not in LABELS:
                continue
            for command in commands:
                option = place.option.get(command) if isinstance(place.option, dict) else place.option
                if isinstance(option, str):
                    yield command, option


def test_every_option_that_takes_a_label_is_walked() -> None:
    walked = {
        (name.split()[0], word)
        for name, arguments in calls("samples.csv", ["0", "1"], ["0", "4"]).items()
        for word in arguments
    }
    wanted = set(labelled_options())
    assert {("score", "--controls"), ("respond", "--baseline"), ("associate", "--classes")} <= wanted
    assert wanted - walked == set()


def test_a_number_is_none_of_the_logical_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError, match="fit-reference"):
        answers(tmp_path / "here", LOGICAL_SHEETS["as R writes it"], ["0", "1"], ["0", "4"], TWO_LABELS)
    assert "No sample has group = '0'. Values there: True, False" in capsys.readouterr().err
