"""Container, Bioconda recipe and CI say what the package says; they are not built here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import ifnsig
from ifnsig.cli._workflow import pinned

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def recipe() -> dict:
    """The Bioconda recipe, its few templates filled in."""
    text = (ROOT / "packaging" / "bioconda" / "meta.yaml").read_text()
    names = dict(re.findall(r'{% set (\w+) = "([^"]+)" %}', text))
    text = re.sub(r"{%.*?%}", "", text)
    text = re.sub(r"{{ (name|version) }}", lambda found: names[found.group(1)], text)
    return yaml.safe_load(re.sub(r"{{ (.*?) }}", r"template \1", text).replace('"', "'"))


def test_one_version_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    places = {
        "package": ifnsig.__version__, "citation": str(citation["version"]), "recipe": recipe()["package"]["version"],
        "container": re.findall(r'image.version="([^"]+)"', (ROOT / "Dockerfile").read_text())[0],
    }  # fmt: skip
    assert set(places.values()) == {PROJECT["version"]}, places
    for engine in ("snakemake", "nextflow", "cwl"):
        for name, text in pinned(engine, PROJECT["version"]).items():
            assert (ROOT / "workflows" / engine / name).read_text() == text, name


def test_the_recipe_needs_what_the_package_needs() -> None:
    run = {line.split()[0]: line.split()[1:] for line in recipe()["requirements"]["run"]}
    assert run.pop("python") == [PROJECT["requires-python"]]
    conda = {"matplotlib": "matplotlib-base"}
    for line in PROJECT["dependencies"]:
        name, version = re.fullmatch(r"([\w-]+)(.*)", line).groups()  # type: ignore[union-attr]
        assert run.pop(conda.get(name, name)) == ([version] if version else []), line
    assert run == {}


def test_the_recipe_follows_the_rules_of_bioconda() -> None:
    content = recipe()
    assert content["build"]["noarch"] == "python"
    assert re.fullmatch(r"[0-9a-f]{64}", content["source"]["sha256"])
    assert content["build"]["run_exports"]
    assert {"ifnsig --help", "ifnsig version --json"} <= set(content["test"]["commands"])
    assert (ROOT / content["about"]["license_file"]).is_file()
    assert content["about"]["license"] == PROJECT["license"]


def test_the_container_is_slim_pinned_and_not_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["10001"]
    assert any("--requirement requirements.lock" in line for line in lines)
    assert not any(re.search(r"\b(ADD|curl|wget|sudo)\b", line) for line in lines)
    text = "\n".join(line for line in lines if not line.startswith("#"))
    assert " procps " in text  # Nextflow asks ps how its tasks do
    assert not re.search(r"NUMBA_CACHE_DIR|MPLCONFIGDIR|chmod|HOME=", text)  # no folder that others can write
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {
        word
        for line in lines
        if line.startswith("COPY") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert {f"!{name}" for name in copied} <= set(allowed)


def test_every_locked_version_is_exact() -> None:
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.]+( ;.*)?$", line), line


@pytest.mark.parametrize("path", sorted(ROOT.glob(".github/workflows/*.yml")), ids=lambda path: path.name)
def test_ci_runs_the_script_that_every_place_runs(path: Path) -> None:
    job = yaml.safe_load(path.read_text())["jobs"]["test"]
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    assert job["timeout-minutes"] <= 90
