"""Every class of error and of warning, met at every door it can be met at: the words are those of the door."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig import doors, errors
from ifnsig.cli import main
from ifnsig.responses import read_rule
from ifnsig.signatures import SIGNATURES
from ifnsig.study import Pseudonyms, check, read_study, run

from .test_doors import PYTHON

SIX = "rice2013_6"
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and kind.__module__ == errors.__name__
}
BASES = {"IfnsigError", "IfnsigWarning"}
"""Never met themselves: they stand for all of a kind."""

MET = sorted(KINDS.keys() - BASES)
ERRORS = [name for name in MET if issubclass(KINDS[name], errors.IfnsigError)]
WARNINGS = [name for name in MET if issubclass(KINDS[name], errors.IfnsigWarning)]

SCORE = ["--unit", "counts", "-s", SIX, "-m", "singscore"]
RESPOND = ["--baseline", "week0", "--followup", "week4"]

COMMANDS: dict[str, list[str]] = {
    "UsageError": ["respond", "clinical.tsv", *RESPOND],
    "UnknownNameError": ["score", "counts.tsv", *SCORE[:-1], "singscor"],
    "ParameterError": ["score", "counts.tsv", *SCORE, "--missing", "maybe"],
    "StudyFileError": ["run", "broken.toml"],
    "RuleFileError": ["respond", "clinical.tsv", *RESPOND, "--rule", "broken.toml"],
    "MissingFileError": ["score", "nowhere.tsv", *SCORE],
    "TableError": ["score", "holes.tsv", *SCORE],
    "SampleSheetError": ["score", "counts.tsv", *SCORE, "--samples", "short.tsv"],
    "GeneNameError": ["score", "mouse.tsv", *SCORE],
    "CoverageError": ["score", "others.tsv", *SCORE],
    "UnitError": ["score", "counts.tsv", "-s", SIX, "-m", "singscore"],
    "ReferenceRequiredError": ["score", "counts.tsv", *SCORE[:-1], "zscore", "--normalize", "log_cpm"],
    "DesignError": ["change", "scored.h5ad", "--baseline", "week0", "--followup", "week9"],
    "FatalFlagError": ["run", "--strict", "study.toml"],
    "ResponseInputError": ["respond", "clinical.tsv", *RESPOND, "--measure", "cdasi_change"],
}
"""Error -> a command line that meets it; none may be without one."""

SAYS = {
    "UsageError": "--measure", "ParameterError": "--missing must be", "TableError": "give --missing drop_genes",
    "SampleSheetError": "give --extra drop", "GeneNameError": "For mouse genes give --organism mouse",
    "UnitError": "Give --unit counts", "ReferenceRequiredError": "--controls COLUMN=VALUE",
    "ResponseInputError": "Name them with --column INPUT=COLUMN",
}  # fmt: skip

STUDY = """
strict = false
[input]
expression = "counts.tsv"
unit = "counts"
samples = "samples.tsv"
[design]
patient = "patient"
visit = "visit"
baseline = "week0"
followup = ["week4", "week24"]
group = "group"
controls = "healthy"
replicates = "mean"
[scores]
signatures = ["rice2013_6", "cmp_il6_stat3"]
methods = ["zscore"]
random_sets = 0
"""
RULE = '[[responses]]\nrule = "broken.toml"\n'
MEASURE = '[[responses]]\nmeasure = "cdasi_change"\n'

CHANGES: dict[str, tuple[str, str]] = {
    "UnknownNameError": ('unit = "counts"', 'unit = "counts"\nformat = "tabel"'),
    "ParameterError": ('patient = "patient"', 'patient = "patient"\nsteroid = "dose"'),
    "StudyFileError": ('unit = "counts"', 'unit = "count"'),
    "RuleFileError": ("random_sets = 0", f"random_sets = 0\n{RULE}"),
    "MissingFileError": ("counts.tsv", "nowhere.tsv"),
    "TableError": ("counts.tsv", "holes.tsv"),
    "SampleSheetError": ("samples.tsv", "short.tsv"),
    "GeneNameError": ("counts.tsv", "mouse.tsv"),
    "CoverageError": ("counts.tsv", "others.tsv"),
    "UnitError": ('unit = "counts"', ""),
    "ReferenceRequiredError": ('group = "group"\ncontrols = "healthy"', ""),
    "DesignError": ('replicates = "mean"', 'batch = "visit"'),
    "FatalFlagError": ("strict = false", "strict = true"),
    "ResponseInputError": ("random_sets = 0", f"random_sets = 0\n{MEASURE}"),
}
"""Error -> what is changed in a study that runs, so that it is met."""

STUDY_SAYS = {
    "TableError": 'write missing = "drop_genes" into [input]', "SampleSheetError": 'write extra = "drop" into [input]',
    "GeneNameError": 'For mouse genes write organism = "mouse" into [input]',
    "UnitError": 'Write unit = "counts" into [input]', "ReferenceRequiredError": 'group = "column" and controls = "value"',
    "ResponseInputError": 'columns = { input = "column" } in [[responses]]',
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Counts of four patients and four controls, their sheet, and both with every fault that is looked for."""
    folder = tmp_path_factory.mktemp("doors")
    rng = np.random.default_rng(1)
    rows = [(f"P{i}_{v}", f"P{i}", v, "patient") for i in range(4) for v in ("week0", "week4")]
    rows += [
        ("P0_week24", "P0", "week24", "patient"),
        *((f"H{i}", f"H{i}", "week0", "healthy") for i in range(4)),
    ]
    sheet = pd.DataFrame(rows, columns=["sample", "patient", "visit", "group"])
    genes = [*SIGNATURES[SIX].genes, *SIGNATURES["hallmark_ifng"].genes]
    genes = [*dict.fromkeys(genes), *(f"GENE{i}" for i in range(30))]
    values = rng.integers(50, 900, (len(genes), len(sheet)))
    table = pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=sheet["sample"])
    holes = table.astype(object)
    holes.iloc[9, 2] = ""
    tables = {
        "counts": table, "holes": holes, "mouse": table.rename(index=str.capitalize),
        "others": table.drop(index=list(SIGNATURES[SIX].genes)),
        "clinical": sheet[sheet["group"] == "patient"].set_index("sample")[["patient", "visit"]],
        "samples": sheet.set_index("sample"), "short": sheet.set_index("sample").iloc[:-2],
    }  # fmt: skip
    for name, one in tables.items():
        one.to_csv(folder / f"{name}.tsv", sep="\t")
    (folder / "broken.toml").write_text("[[[")
    (folder / "study.toml").write_text(STUDY)
    adata = ifn.io.read(folder / "counts.tsv", unit="counts", samples=folder / "samples.tsv")
    ifn.tl.score(adata, SIX, method="singscore")
    ifn.io.write_h5ad(adata, folder / "scored.h5ad")
    return folder


@contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def call(words: list[str]) -> int:
    """Exit code of the command line."""
    with pytest.raises(SystemExit) as end:
        main(words)
    return int(end.value.code or 0)


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_on_the_command_line_names_options(
    name: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(home)
    met: list[errors.IfnsigError] = []
    monkeypatch.setattr("ifnsig.cli._end", lambda sentence, code: (_ for _ in ()).throw(SystemExit(code)))
    monkeypatch.setattr(
        KINDS[name], "__init__", lambda self, *words: (met.append(self), ValueError.__init__(self, *words))[1]
    )
    with quiet():
        code = call(COMMANDS[name])
    assert code == KINDS[name].exit_code
    assert met, f"{COMMANDS[name]} does not meet {name}"
    said = str(met[-1])
    if name != "FatalFlagError":  # a study's content speaks the study's language
        assert SAYS.get(name, "") in said
    assert not PYTHON.search(said), said
    assert not (home / "results").exists()


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_of_a_study_names_its_keys(name: str, home: Path, tmp_path: Path) -> None:
    kind = KINDS[name]
    old, new = CHANGES.get(name, ("strict", "strict"))
    assert old in STUDY
    changed = tmp_path / "study.toml"
    changed.write_text(STUDY.replace(old, new))
    target = tmp_path / "results"
    # of a study it is the call that can be wrong, not its file
    more = (
        {"pseudonyms": Pseudonyms(bytes(n * n % 251 for n in range(32))), "mapping": target / "who"}
        if name == "UsageError"
        else {}
    )
    with quiet(), pytest.raises(kind) as met:
        run(changed, root=home, output=target, **more)
    said = str(met.value)
    assert type(met.value) is kind, said
    assert STUDY_SAYS.get(name, "") in said
    assert not PYTHON.search(said), said
    assert "--" not in said.replace("--mapping", "")
    assert not (tmp_path / "results").exists()
    assert doors.door() == "python"


def python_calls(home: Path) -> dict[str, Callable[[], object]]:
    read = lambda name, **more: ifn.io.read(home / name, unit="counts", samples=home / "samples.tsv", **more)  # noqa: E731
    scored = ifn.io.read(home / "scored.h5ad", format="h5ad")
    sheet = ifn.io.read_clinical(home / "clinical.tsv", visit="visit")
    pairs = lambda: ifn.tl.pair_visits(sheet, baseline="week0", followup=["week4"])  # noqa: E731
    ifn.pp.normalize(scored, method="log_cpm", layer_out="logs")
    one = scored[scored.obs["patient"].isin(["P0", "H0", "H1"])].copy()

    def change() -> object:
        return ifn.tl.change(
            one, method="singscore", patient="patient", visit="visit", baseline="week0", followup=["week24"],
            controls=("group", "healthy"),
        )  # fmt: skip

    return {
        "UsageError": lambda: Pseudonyms.from_key_file(home / "broken.toml"),
        "UnknownNameError": lambda: SIGNATURES["rice2013_7"],
        "ParameterError": lambda: read("counts.tsv", missing="maybe"),
        "StudyFileError": lambda: read_study(home / "broken.toml"),
        "RuleFileError": lambda: read_rule(home / "broken.toml"),
        "MissingFileError": lambda: read("nowhere.tsv"),
        "TableError": lambda: read("holes.tsv"),
        "SampleSheetError": lambda: ifn.io.read(home / "counts.tsv", samples=home / "short.tsv"),
        "GeneNameError": lambda: ifn.pp.map_genes(read("mouse.tsv")),
        "CoverageError": lambda: ifn.tl.score(read("others.tsv"), SIX, method="singscore"),
        "UnitError": lambda: ifn.tl.score(ifn.io.read(home / "counts.tsv"), SIX, method="singscore"),
        "ReferenceRequiredError": lambda: ifn.pp.fit_reference(scored, layer="logs"),
        "DesignError": lambda: ifn.tl.change(scored, method="singscore", patient="patient", visit="visit", baseline="week0", followup=["week9"]),
        "FatalFlagError": lambda: ifn.tl.suppression(change(), definition="log_ratio", strict=True),
        "ResponseInputError": lambda: ifn.tl.respond(pairs(), "cdasi_change"),
    }  # fmt: skip


PYTHON_SAYS = {
    "ParameterError": "The 'missing' parameter of io.read", "TableError": 'pass missing="drop_genes"',
    "SampleSheetError": 'pass extra="drop"', "GeneNameError": 'call pp.map_genes(adata, organism="mouse")',
    "UnitError": 'io.read(..., unit="counts")', "ReferenceRequiredError": "controls=(column, value)",
    "ResponseInputError": "columns={input: column}",
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_python_names_arguments(name: str, home: Path) -> None:
    meet = python_calls(home)[name]
    with quiet(), pytest.raises(KINDS[name]) as met:
        meet()
    assert type(met.value) is KINDS[name]
    assert PYTHON_SAYS.get(name, "") in str(met.value)


def test_no_class_of_error_is_without_a_case(home: Path) -> None:
    expected = set(ERRORS)
    assert set(COMMANDS) == expected
    assert set(CHANGES) | {"UsageError"} == expected
    assert set(python_calls(home)) == expected


# warnings


@pytest.fixture
def warned(home: Path, tmp_path: Path) -> Path:
    """A study that meets every category of warning."""
    table = pd.read_csv(home / "counts.tsv", sep="\t", index_col=0)
    genes = list(SIGNATURES[SIX].genes)
    table = table.drop(index=genes[:2]).rename(index={"GENE0": "1-Mar", "GENE1": "2-Mar"})
    np.log2(table + 1).to_csv(tmp_path / "logs.tsv", sep="\t")
    text = STUDY.replace("counts.tsv", str(tmp_path / "logs.tsv")).replace(
        "samples.tsv", str(home / "samples.tsv")
    )
    (tmp_path / "study.toml").write_text(text)
    return tmp_path / "study.toml"


WARNED = {
    "CoverageWarning": "is scored with 4 of its 6 genes", "GeneNameWarning": "turned into dates",
    "DesignWarning": "patient visits are left out", "UnitWarning": "the unit is declared as counts",
}  # fmt: skip


def test_no_category_of_warning_is_without_a_case() -> None:
    assert set(WARNED) == set(WARNINGS)


def test_warnings_become_sentences_of_the_report_without_a_call(warned: Path, tmp_path: Path) -> None:
    folder = run(warned, output=tmp_path / "results")
    notes = ifn.report.Results.read(folder).skipped
    for sentence in WARNED.values():
        assert any(sentence in note for note in notes), sentence
    assert [note for note in notes if PYTHON.search(note)] == []


def test_check_says_them_too_without_a_call(warned: Path) -> None:
    found = [finding.sentence for finding in check(warned)]
    for name in ("GeneNameWarning", "DesignWarning", "UnitWarning"):
        assert any(WARNED[name] in sentence for sentence in found)
    assert [sentence for sentence in found if PYTHON.search(sentence)] == []


def test_the_command_line_warns_without_a_call(
    warned: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Path(warned.parent / "logs.tsv")
    scored = str(tmp_path / "scored.h5ad")
    with warnings.catch_warnings():  # main shows warnings its own way
        warnings.simplefilter("always")
        call(["score", str(shown), *SCORE, "--samples", str(home / "samples.tsv"), "-o", scored])
        call(
            [
                "change",
                scored,
                "--baseline",
                "week0",
                "--followup",
                "week4,week24",
                "--controls",
                "group=healthy",
            ]
        )
    err = capsys.readouterr().err
    for sentence in WARNED.values():
        assert sentence in err
    lines = [line for line in err.splitlines() if line.startswith("ifnsig: warning:")]
    assert [line for line in lines if PYTHON.search(line)] == []


def test_python_is_told_how_to_stop_where_somebody_is_left_out(home: Path) -> None:
    scored = ifn.io.read(home / "scored.h5ad", format="h5ad")
    with pytest.warns(errors.DesignWarning, match=r'Pass missing="raise" to stop instead\.'):
        ifn.tl.change(
            scored, method="singscore", patient="patient", visit="visit", baseline="week0",
            followup=["week4", "week24"], controls=("group", "healthy"),
        )  # fmt: skip
