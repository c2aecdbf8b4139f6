"""The Snakemake workflow, really run: one job or shards, as a module, linted, with readable faults."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ifnsig.study import Study
from ifnsig.study.schema.paths import paths_of

from .conftest import ROOT, WORKFLOWS, Run, tool

sys.path.insert(0, str(ROOT / "tests" / "study"))  # the small studies of every key
from sharded_studies import DESIGN, SCORES, write_files

HOME = WORKFLOWS / "snakemake"
pytestmark = pytest.mark.workflow


def snakemake(run: Run, *words: object, check: bool = True) -> str:
    done = run(
        tool("snakemake", "snakemake"), "--snakefile", HOME / "workflow" / "Snakefile", *words, check=check
    )
    return done.stdout + done.stderr


def test_shards_give_the_tables_of_the_single_run_byte_for_byte(run: Run, tmp_path: Path) -> None:
    for name in ("counts", "shards"):
        snakemake(run, "--cores", 2, "--configfile", HOME / ".test" / f"config_{name}" / "config.yaml")
    one, many = tmp_path / "results" / "counts", tmp_path / "results" / "shards"
    tables = sorted(path.name for path in one.glob("*.tsv"))
    assert tables == sorted(path.name for path in many.glob("*.tsv"))
    assert {"scores.tsv", "change_tests.tsv", "associations.tsv", "qc.tsv", "genes.tsv"} <= set(tables)
    for name in tables:
        assert (one / name).read_bytes() == (many / name).read_bytes(), name
    assert "<html" in (many / "report.html").read_text()[:200]
    config = HOME / ".test" / "config_shards" / "config.yaml"
    snakemake(run, "--configfile", config, "--report", "workflow.html")
    page = (tmp_path / "workflow.html").read_text()
    assert "scored in 3 shards" in page.replace("\n", " ")
    again = snakemake(run, "--cores", 2, "--configfile", config)
    assert "Nothing to be done" in again


@pytest.mark.parametrize("name", ["counts", "shards"])
def test_the_linter_finds_nothing(name: str, run: Run) -> None:
    said = snakemake(
        run, "--lint", "--configfile", HOME / ".test" / f"config_{name}" / "config.yaml", check=False
    )
    assert "Congratulations" in said, said


def test_the_rules_are_formatted(run: Run) -> None:
    run(tool("snakemake", "snakefmt"), "--check", HOME / "workflow")


def test_a_wrong_configuration_is_named_by_its_key(run: Run, tmp_path: Path) -> None:
    config = json.dumps({"shards": "three", "study": {"input": {"expression": "a"}, "scores": {}}})
    (tmp_path / "config.json").write_text(config)
    said = snakemake(run, "--dry-run", "--configfile", "config.json", check=False)
    assert "'three' is not of type 'integer'" in said
    assert "shards" in said


def test_faults_of_the_study_stop_before_the_run(run: Run, tmp_path: Path) -> None:
    study = {
        "input": {
            "expression": "example_data/counts.tsv.gz",
            "unit": "counts",
            "samples": "example_data/samples.tsv",
        },
        "design": {"patient": "patient", "visit": "visit", "baseline": "week0", "followup": ["week99"]},
        "scores": {"signatures": ["rice2013_6"], "methods": ["singscore"]},
    }
    (tmp_path / "config.json").write_text(json.dumps({"study": study}))
    said = snakemake(run, "--cores", 1, "--configfile", "config.json", check=False)
    assert "week99" in said
    assert not (tmp_path / "results" / "ifnsig").exists() or not list(
        (tmp_path / "results" / "ifnsig").glob("*.tsv")
    )


TRAP = "$(touch pwned) größe `touch pwned`"
RESULTS = "results of 'ours' $(touch pwned)"


def trapped(folder: Path, **more: Any) -> dict[str, Any]:
    """A study whose names of files, columns and values a shell or a template would act on."""
    write_files(folder)
    (folder / "counts.tsv").rename(folder / "Zählung $(touch pwned).tsv")
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t").rename(columns={"hours": TRAP, "group": "group's"})
    sheet["group's"] = sheet["group's"].replace("healthy", TRAP)
    sheet.drop(columns="answer").to_csv(folder / "the 'sheet'.tsv", sep="\t", index=False)
    clinical = pd.read_csv(folder / "samples.tsv", sep="\t")
    clinical[clinical["group"] == "ill"][["patient", "visit", "answer"]].to_csv(
        folder / "clinical.csv", index=False
    )
    study = {
        "title": "{x} {input}",
        "input": {
            "expression": "Zählung $(touch pwned).tsv", "unit": "counts", "samples": "the 'sheet'.tsv",
            "clinical": "clinical.csv",
        },
        "design": {**DESIGN, "group": "group's", "controls": TRAP, "covariates": [TRAP]},
        "scores": SCORES,
        "responses": [{"column": "answer", "classes": ["none", "minor", "major"]}],
    }  # fmt: skip
    return {"results": RESULTS, "shards": 2, "study": {**study, **more}}


def with_config(run: Run, folder: Path, config: dict[str, Any], *words: object, check: bool = True) -> str:
    (folder / "config.json").write_text(json.dumps(config))
    return snakemake(run, *words, "--configfile", "config.json", check=check)


def test_names_are_names_and_the_results_are_whole_or_gone(run: Run, tmp_path: Path) -> None:
    config = trapped(tmp_path)
    (tmp_path / "results").write_text("a file beside, called as the first word of the folder's name")
    with_config(run, tmp_path, config, "--cores", 2)
    folder = tmp_path / RESULTS
    assert (folder / "report.html").is_file()
    assert not list(tmp_path.rglob("pwned"))
    assert (tmp_path / "results").read_text().startswith("a file beside")
    assert json.loads((folder / "provenance.json").read_text())["study"]["title"] == "{x} {input}"
    assert "Nothing to be done" in with_config(run, tmp_path, config, "--cores", 2)

    clinical = tmp_path / "clinical.csv"
    clinical.write_text(clinical.read_text().replace("minor", "major", 1))
    said = with_config(run, tmp_path, config, "--dry-run")
    assert "Updated input files: clinical.csv" in said

    # what the check does not find, in the place of the old results: a fatal flag of genes that do not differ
    flat = {**SCORES, "own": {"flat": ["KRT1", "KRT2", "KRT3", "KRT4", "KRT5"]}}
    fatal = {**config["study"], "strict": True, "scores": flat, "suppression": {"definitions": ["log_ratio"]}}
    said = with_config(run, tmp_path, {**config, "study": fatal}, "--cores", 2, check=False)
    assert "NOT_ESTIMABLE is on flat" in said
    assert not folder.exists() or not list(folder.iterdir())


def test_a_results_folder_with_other_files_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    study = {
        "input": {"expression": "data/counts.tsv", "unit": "counts", "samples": "example_data/samples.tsv"},
        "design": {"patient": "patient", "visit": "visit"},
        "scores": {"signatures": ["rice2013_6"], "methods": ["singscore"]},
    }
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "counts.tsv").write_text("gene\n")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    for results, words in (
        ("data", "'data/counts.tsv' lies in it"),
        (".", "'.' lies in it"),
        ("notes", "holds what no run has written: mine.txt"),
    ):
        said = with_config(run, tmp_path, {"results": results, "study": study}, "--cores", 1, check=False)
        assert words in said
        assert (tmp_path / "notes" / "mine.txt").read_text() == "mine"
    said = with_config(run, tmp_path, {"results": "data/ours", "study": study}, "--dry-run")
    assert "would be replaced" not in said


EVERY_PATH: dict[str, Any] = {
    "input": {
        "expression": ["a.tsv", "b.tsv"], "unit": "counts", "options": {"tx2gene": "t.tsv", "quantity": "counts"},
        "samples": "s.xlsx", "clinical": "c.xlsx", "probe_map": "p.tsv", "normalization": "n.npz",
    },
    "scores": {"signatures": ["rice2013_6"], "reference": "r.npz"},
    "responses": [{"rule": "rule.toml"}, {"column": "answer"}],
}  # fmt: skip


def test_braces_in_names_are_refused_by_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a{x}.tsv").write_text("")
    study = {"input": {"expression": "a{x}.tsv"}, "scores": {"own": {"x": ["A"]}}}
    said = with_config(run, tmp_path, {"study": study}, "--dry-run", check=False)
    assert "takes braces in the name of a file for wildcards: a{x}.tsv" in said
    said = with_config(run, tmp_path, {"results": "to/{y}", "study": EVERY_PATH}, "--dry-run", check=False)
    assert "'to/{y}' does not match" in said


@pytest.mark.parametrize(
    "study",
    [
        EVERY_PATH,
        {"input": {"scores": "z.tsv"}, "scores": {"reference": "cohort"}},
        {
            "input": {"expression": "a.tsv"},
            "scores": {"own": {"x": ["A"]}, "reference": {"column": "g", "value": "h"}},
        },
    ],
    ids=["every path", "scores", "samples as reference"],
)
def test_every_file_that_a_study_names_is_an_input(study: dict[str, Any], run: Run, tmp_path: Path) -> None:
    names = paths_of(Study.model_validate(study))
    for name in names:
        (tmp_path / name).write_text("")
    said = with_config(run, tmp_path, {"study": study}, "--dry-run")
    rule = said[said.index("rule run:") :]
    given = next(line for line in rule.splitlines() if "input:" in line).split("input: ")[1].split(", ")
    assert sorted(name for name in given if ".work/" not in name) == sorted(names)


@pytest.mark.parametrize("prefix", ["", "moved"])
def test_another_workflow_can_use_it_as_a_module(prefix: str, run: Run, tmp_path: Path) -> None:
    """A prefix moves the results; the study's files stay where the study says."""
    (tmp_path / "Snakefile").write_text(f"""
module ifnsig:
    snakefile: "{HOME}/workflow/Snakefile"
    config: config
    {f'prefix: "{prefix}"' if prefix else ""}

use rule * from ifnsig as ifnsig_*

rule all:
    default_target: True
    input: rules.ifnsig_all.input
""")
    config = HOME / ".test" / "config_counts" / "config.yaml"
    words = (tool("snakemake", "snakemake"), "--snakefile", "Snakefile", "--dry-run", "--configfile", config)
    done = run(*words)
    said = done.stdout + done.stderr
    assert "ifnsig_run" in said
    assert ", example_data/counts.tsv.gz, example_data/samples.tsv" in said
    folder = tmp_path / prefix / "results" / "counts"
    assert f"output: {folder.relative_to(tmp_path)}," in said

    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    refused = run(*words, check=False)
    assert "holds what no run has written: mine.txt" in refused.stdout + refused.stderr
