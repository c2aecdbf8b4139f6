"""The Snakemake workflow, really run: one job or shards, as a module, linted, with readable faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import WORKFLOWS, Run, tool

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
    for name in ("scores", "coverage", "change", "change_tests", "responses", "associations", "genes"):
        assert (one / f"{name}.tsv").read_bytes() == (many / f"{name}.tsv").read_bytes(), name
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


def test_another_workflow_can_use_it_as_a_module(run: Run, tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(f"""
module ifnsig:
    snakefile: "{HOME}/workflow/Snakefile"
    config: config

use rule * from ifnsig as ifnsig_*

rule all:
    default_target: True
    input: rules.ifnsig_all.input
""")
    config = HOME / ".test" / "config_counts" / "config.yaml"
    done = run(
        tool("snakemake", "snakemake"), "--snakefile", "Snakefile", "--dry-run", "--configfile", config
    )
    assert "ifnsig_run" in done.stdout + done.stderr
