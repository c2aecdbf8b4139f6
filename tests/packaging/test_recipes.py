"""Container, Bioconda recipe and CI say what the package says; they are not built here."""

from __future__ import annotations

import re
import subprocess
import sys
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


def test_the_lowest_versions_are_those_that_pyproject_allows() -> None:
    """``make test-matrix`` runs all tests with them: a floor that is too low fails there, not at a user's."""
    lowest = dict(
        line.split(" ;")[0].split("==") for line in (ROOT / "requirements.lowest").read_text().splitlines()
    )
    for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        name, floor = re.fullmatch(r"([\w-]+)(?:\[.*\])?>=([\d.]+)", line).groups()  # type: ignore[union-attr]
        assert lowest[name].split(".")[: floor.count(".") + 1] == floor.split("."), line


def test_a_python_of_this_machine_is_found_and_one_that_is_not_there_is_not(tmp_path: Path) -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    script = [str(ROOT / "scripts" / "find_python.sh")]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)}
    (tmp_path / "bin").mkdir()
    found = subprocess.run([*script, here], capture_output=True, text=True, check=True, env=environment)
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    assert subprocess.check_output([found.stdout.strip(), "-c", asked], text=True).strip() == here
    assert subprocess.run([*script, "3.0"], env=environment, check=False, capture_output=True).returncode == 1


def test_github_runs_every_python_that_is_promised() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    promised = {
        name.rsplit(" ")[-1] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", name)
    }
    assert promised | {"lowest"} <= set(jobs["matrix"]["strategy"]["matrix"]["python"])
    makefile = (ROOT / "Makefile").read_text()
    assert promised | {"lowest"} <= set(re.findall(r"^PYTHONS \?= (.*)$", makefile, re.M)[0].split())
