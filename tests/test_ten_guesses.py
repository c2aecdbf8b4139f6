"""Ten everyday changes, each made up in a copy of the package: one guess says which file, and no other has to change."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import ifnsig

PACKAGE = Path(ifnsig.__file__).parent
CONTRIBUTING = PACKAGE.parent / "CONTRIBUTING.md"


@dataclass(frozen=True)
class Guess:
    """A change: the files it touches (a text to write, or an edit of what is there), and lines that show that it took.

    ``listed`` stands in the table of CONTRIBUTING.md. The lines may use ``home`` (an empty folder) and the example's
    ``scores.csv`` and ``samples.csv`` in it.
    """

    name: str
    listed: str
    files: dict[str, str | Callable[[str], str]]
    proof: str


def after(anchor: str, text: str) -> Callable[[str], str]:
    """The same file with a text after an anchor that it holds once."""

    def edit(content: str) -> str:
        assert content.count(anchor) == 1, anchor
        return content.replace(anchor, anchor + text)

    return edit


def named(first: str, *, record: str | None = None) -> Callable[[str], str]:
    """A catalogue's ``__init__`` with ``made_up`` before the first name of its import, and before its record."""

    def edit(content: str) -> str:
        assert content.count(f"from . import (\n    {first},") == 1
        content = content.replace(
            f"from . import (\n    {first},", f"from . import (\n    made_up,\n    {first},"
        )
        anchor = record or first
        at = [place.start() for place in re.finditer(rf"(?<=[\s(]){re.escape(anchor)},", content)][-1]
        return content[:at] + anchor.replace(anchor.split(".")[0], "made_up") + ", " + content[at:]

    return edit


SIGNATURE = """
id = "made_up"
title = "A made-up list"
role = "signature"
ifn_type = "I"
types = ["I"]
tissue = "blood"
platform = "RNA-seq"
citation = "made up for a test"
licence = "none"
source = ["tests"]
n_published = 3
genes = ["IFI44", "IFI27", "MX1"]
[confidence]
genes = "single_source"
recipe = "none"
cutoff = "none"
"""

METHOD = '''
"""Largest value of the signature's genes."""
import numpy as np
from ..units import LOG_UNITS
from ._method import Method


def score(block, members, reference):
    return np.stack([block.values[:, places].max(axis=1) for places in members.positions], axis=1)


METHOD = Method(
    name="made_up", summary="largest log expression of the genes", score=score, units=LOG_UNITS, scopes=("sample",),
    limits=(-np.inf, np.inf), directional=False, monotone=True, background=False, doi="",
)
'''

RESPONSE = '''
"""Half of the worst."""
from ._bands import banded, reasons
from ._ranges import check_ranges, column
from ._response import Input, Response

INPUTS = (Input("made_up_index", "Made-up index", "points", 0, 10, "lower", visits="followup"),)


def value(baseline, followup):
    check_ranges("made_up", INPUTS, baseline, followup)
    index = column(followup, "made_up_index", len(followup["made_up_index"]))
    return banded(index, ("bad", "good"), (5.0,), reasons(made_up_index=index))


RESPONSE = Response(
    name="made_up", title="Made-up band", inputs=INPUTS, value=value, direction="lower", classes=("bad", "good"),
    scale=(0.0, 10.0), missing="no band without the index", doi="", source="tests", rule="good 0-5, bad above",
    cutoffs=(5.0,),
)
'''

FORMAT = '''
"""A made-up format: a line of genes, then a line a sample."""
import anndata
import numpy as np
from ... import keys
from ._format import Format


def read(path):
    lines = [line.split("|") for line in path.read_text().splitlines()[1:]]
    adata = anndata.AnnData(np.array([line[1:] for line in lines[1:]], dtype=float))
    adata.obs_names, adata.var_names = [line[0] for line in lines[1:]], lines[0]
    keys.declare_unit(adata, "tpm")
    return adata


FORMAT = Format(
    name="made_up", title="A made-up format", read=read, recognises=lambda path, head: head.startswith(b"MADE-UP"),
    unit="tpm", endings=(".made_up",),
)
'''

PLOT = '''
"""Made-up dots."""
from ._style import axes, checked, style


def made_up(table, *, ax=None):
    table = checked(table, ["score"], "made_up")
    with style():
        ax = axes(ax, 3, 3)
        ax.plot(table["score"], "o")
    return ax
'''

QUESTION = '''
"""``[made_up]``: the highest scores."""
from pydantic import Field
from .. import get
from ..errors import DesignError
from ..page.cells import name, value, view
from ..schema import Part
from ._question import Question, Table


class MadeUp(Part):
    """The samples with the highest scores."""

    n: int = Field(3, ge=1, description="how many")
    least: int = 1


def demand(study, asked):
    if asked.n > 5:
        raise ValueError("made_up.n is at most 5")


def ask(state, asked):
    if state.adata.n_obs < asked.least:
        raise DesignError("There are too few samples for the highest.")
    table = get.score_table(state.adata)
    state.add("made_up", table.nlargest(asked.n, "score").assign(code="001"))


def shown(results):
    return [("", view(results.table("made_up"), [name("sample"), name("code"), value("score")]))]


QUESTION = Question(
    "made_up", MadeUp, ask, demand=demand,
    tables=(
        Table("made_up", "scored", "Highest of all", "Made up.", shown, how="The highest were sought.", text=("code",)),
    ),
)
'''

GUESSES = [
    Guess(
        "signature", "a signature", {"signatures/data/made_up.toml": SIGNATURE},
        """
        assert ifn.signatures.SIGNATURES["made_up"].genes == {"IFI44": 1.0, "IFI27": 1.0, "MX1": 1.0}
        assert "made_up\\t3\\t" in command("signatures")
        """,
    ),
    Guess(
        "method", "a method", {"methods/made_up.py": METHOD, "methods/__init__.py": named("aucell", record="mean.METHOD")},
        """
        adata = matrix()
        ifn.tl.score(adata, {"s": ["IFI44", "MX1"]}, method="made_up")
        assert ifn.get.scores(adata, "made_up")["s"].tolist() == [3.0, 6.0]
        assert "made_up\\t" in command("methods")
        """,
    ),
    Guess(
        "response", "a response measure",
        {"responses/made_up.py": RESPONSE, "responses/__init__.py": named("bicla", record="tis.RESPONSE")},
        """
        assert "made_up_index" in command("responses", "made_up")
        assert "made_up_index" in str(ifn.study.samples_schema())
        """,
    ),
    Guess(
        "format", "a format", {"io/formats/made_up.py": FORMAT, "io/formats/__init__.py": named("featurecounts", record="table")},
        """
        (home / "x.made_up").write_text("MADE-UP\\nIFI44|MX1\\na|1|2\\nb|3|4\\n")
        adata = ifn.io.read(home / "x.made_up")
        assert ifn.get.unit(adata) == "tpm" and list(adata.obs_names) == ["a", "b"]
        assert "made_up\\t" in command("formats")
        """,
    ),
    Guess(
        "plot", "a plot",
        {"pl/made_up.py": PLOT, "pl/__init__.py": after("from .heatmap import heatmap\n", "from .made_up import made_up\n")},
        """
        import pandas as pd
        assert ifn.pl.made_up(pd.DataFrame({"score": [1.0, 2.0]})).lines
        """,
    ),
    Guess(
        "question", "a question of a study",
        {"questions/made_up.py": QUESTION, "questions/__init__.py": named("agreement", record="change")},
        """
        (home / "study.toml").write_text(STUDY + "[made_up]\\nn = 2\\n")
        assert not [one for one in ifn.study.check(home / "study.toml") if one.severity == "error"]
        folder = ifn.study.run(home / "study.toml")
        page = (folder / "report.html").read_text()
        assert "<h3>Highest of all</h3>" in page and "The highest were sought." in page
        table = ifn.report.Results.read(folder).table("made_up")
        assert table["code"].tolist() == ["001", "001"] and table["score"].is_monotonic_decreasing
        (home / "few.toml").write_text(STUDY + "[made_up]\\nleast = 99\\n")
        found = [one for one in ifn.study.check(home / "few.toml") if one.severity == "error"]
        assert [(one.where, one.sentence) for one in found] == [("made_up", "There are too few samples for the highest.")]
        for wrong, words in (("n = 6", "at most 5"), ("m = 6", "made_up.m: unknown key")):
            (home / "wrong.toml").write_text(STUDY + f"[made_up]\\n{wrong}\\n")
            try:
                ifn.study.read_study(home / "wrong.toml")
            except ifn.errors.StudyFileError as fault:
                assert words in str(fault)
            else:
                raise AssertionError(wrong)
        assert "MadeUp" in command("schema", "study")
        """,
    ),
    Guess(
        "unit", "a unit",
        {"units.py": after('"read counts (fractional estimates included)", "linear", True, True),\n',
                           '        Unit("made_up", "made-up logarithms", "log", False, False),\n')},
        """
        adata = matrix("made_up")
        ifn.tl.score(adata, {"s": ["IFI44", "MX1"]}, method="mean")
        assert ifn.get.scores(adata, "mean")["s"].tolist() == [2.5, 5.5]
        """,
    ),
    Guess(
        "flag", "a flag", {"stats/flags.py": after("FLAGS: dict[str, str] = {\n", '    "MADE_UP": "This was made up.",\n')},
        """
        from ifnsig.report._findings import flag_sentences
        assert flag_sentences(["MADE_UP"]) == [("MADE_UP", "This was made up.")]
        (home / "flag.toml").write_text('acknowledge = [{flag = "MADE_UP", reason = "x"}]\\n' + STUDY)
        assert ifn.study.read_study(home / "flag.toml").acknowledge[0].flag == "MADE_UP"
        """,
    ),
    Guess(
        "CLI option", "an option of the command line",
        {"cli/_lists.py": lambda text: text.replace(
            'JSON instead of a table.")] = False,\n) -> None:\n    \"\"\"List the scoring methods, or show one with its options.\"\"\"\n',
            'JSON instead of a table.")] = False,\n    made_up: Annotated[bool, typer.Option(help="Made up.")] = False,\n'
            ') -> None:\n    \"\"\"List the scoring methods, or show one with its options.\"\"\"\n    if made_up:\n        typer.echo("made up")\n        return\n')},
        """
        assert command("methods", "--made-up") == "made up\\n"
        assert "--made-up" in command("methods", "--help")
        """,
    ),
    Guess(
        "sentence", "a sentence of the results",
        {"tl/wording/_sentences.py": lambda text: text.replace('NO_PROOF = "This is no proof of none"', 'NO_PROOF = "Made up"')},
        """
        (home / "study.toml").write_text(STUDY)
        folder = ifn.study.run(home / "study.toml", output=home / "said")
        tests = ifn.report.Results.read(folder).table("change_tests")
        assert tests["notes"].str.contains("Made up: the interval").any()
        """,
    ),
]  # fmt: skip

HEAD = '''
import io, json, sys, traceback
from contextlib import redirect_stdout
from pathlib import Path
import anndata, numpy as np
import ifnsig as ifn
from ifnsig.cli import main

home = Path(sys.argv[1])
STUDY = """
[input]
scores = "scores.csv"
samples = "samples.csv"
[design]
patient = "patient"
visit = "visit"
baseline = "w0"
followup = ["w4"]
"""


def matrix(unit="log2_cpm"):
    adata = anndata.AnnData(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    adata.obs_names, adata.var_names = ["a", "b"], ["IFI44", "ACTB", "MX1"]
    adata.X[:, [0, 2]] = [[2.0, 3.0], [5.0, 6.0]]
    ifn.keys.declare_unit(adata, unit)
    return adata


def command(*words):
    out = io.StringIO()
    sys.argv = ["ifnsig", *words]
    with redirect_stdout(out):
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code
    return out.getvalue()


def attempt(name, lines):
    try:
        exec(lines, dict(globals()))
    except BaseException:
        return traceback.format_exc()
    return ""
'''


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What went wrong with each guess; empty where it took. All are made in one copy: they do not know each other."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, home / "ifnsig", ignore=shutil.ignore_patterns("__pycache__"))
    for guess in GUESSES:
        for name, change in guess.files.items():
            file = home / "ifnsig" / name
            if isinstance(change, str):
                assert not file.exists()
                file.write_text(change, encoding="utf-8")
                continue
            before = file.read_text(encoding="utf-8")
            assert change(before) != before, name
            file.write_text(change(before), encoding="utf-8")
    rows = [(f"P{i}", visit) for i in range(8) for visit in ("w0", "w4")]
    lines = [f"{patient}{visit},{patient},{visit}" for patient, visit in rows]
    (home / "samples.csv").write_text("sample,patient,visit\n" + "\n".join(lines) + "\n")
    values = [f"{patient}{visit},{(7 * i) % 5 + (i % 3) / 10}" for i, (patient, visit) in enumerate(rows)]
    (home / "scores.csv").write_text("sample,main\n" + "\n".join(values) + "\n")
    proofs = "\n".join(
        f"found[{guess.name!r}] = attempt({guess.name!r}, {_lines(guess.proof)!r})" for guess in GUESSES
    )
    script = home / "proofs.py"
    script.write_text(
        f"{HEAD}\nfound = {{}}\n{proofs}\n(home / 'found.json').write_text(json.dumps(found))\n"
    )
    ran = subprocess.run(
        [sys.executable, str(script), str(home)], cwd=home, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(home), "NUMBA_CACHE_DIR": str(home / "numba")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads((home / "found.json").read_text()))


def _lines(proof: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in proof.splitlines())


@pytest.mark.parametrize("guess", GUESSES, ids=lambda guess: guess.name)
def test_a_newcomer_touches_the_files_of_one_guess_only(guess: Guess, outcome: dict[str, str]) -> None:
    assert outcome[guess.name] == ""


@pytest.mark.parametrize("guess", GUESSES, ids=lambda guess: guess.name)
def test_the_guess_stands_in_contributing(guess: Guess) -> None:
    rows = {
        cells[1].strip(): cells[2]
        for line in CONTRIBUTING.read_text(encoding="utf-8").splitlines()
        if (cells := line.split("|"))[0] == "" and len(cells) > 3
    }
    assert guess.listed in rows
    for name in guess.files:
        written = rows[guess.listed].replace("<id>", "made_up").replace("<name>", "made_up")
        folder = Path(name).parent.name
        assert name in written or (Path(name).name == "__init__.py" and "its name" in written), (name, folder)
