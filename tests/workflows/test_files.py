"""What workflow files say, checked without an engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ifnsig.study import read_study

from .conftest import WORKFLOWS

MODULES = sorted((WORKFLOWS / "nextflow" / "modules" / "ifnsig").iterdir())


@pytest.mark.parametrize("path", sorted(WORKFLOWS.glob("snakemake/**/config.yaml")), ids=str)
def test_the_study_of_every_configuration_is_a_study(path: Path, tmp_path: Path) -> None:
    import json

    config = yaml.safe_load(path.read_text())
    (tmp_path / "study.json").write_text(json.dumps(config["study"]))
    assert read_study(tmp_path / "study.json").scores.signatures


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_declares_what_it_emits(module: Path) -> None:
    text = (module / "main.nf").read_text()
    about = yaml.safe_load((module / "meta.yml").read_text())
    emitted = set(re.findall(r"emit: (\w+)", text))
    assert emitted == set(about["output"])
    assert about["name"] in re.findall(r"process (\w+)", text)[0].lower()
    assert {"stub:", "task.ext.args", "task.ext.when"} <= set(re.findall(r"stub:|task\.ext\.\w+", text))
    assert "workflow.containerEngine == 'singularity' && !task.ext.singularity_pull_docker_container" in text
    images = re.findall(r"'(\S+/ifnsig:\S+)'", text)
    assert [image.rsplit("/", 1)[0] for image in images] == [
        "https://depot.galaxyproject.org/singularity",
        "biocontainers",
    ]
    assert len({image.rsplit("/", 1)[1] for image in images}) == 1
    environment = yaml.safe_load((module / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge", "bioconda"]
    assert (module / "tests" / "main.nf.test").is_file()
    for keys in ("name", "description", "keywords", "tools", "input", "output", "authors", "maintainers"):
        assert about[keys], keys


@pytest.mark.parametrize(
    "module", [m for m in MODULES if m.name != "nanostringscores"], ids=lambda path: path.name
)
def test_a_module_sends_its_version_to_the_topic(module: Path) -> None:
    text = (module / "main.nf").read_text()
    assert "eval('ifnsig version'), topic: versions" in text
