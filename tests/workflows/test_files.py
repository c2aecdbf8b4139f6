"""What workflow files say, checked without an engine."""

from __future__ import annotations

import ast
import re
import shlex
import string
import subprocess
from pathlib import Path
from types import SimpleNamespace

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


HOSTILE = {
    "command": "x $(touch pwned)", "backticks": "`touch pwned`", "quotes": "it's \"so\"; touch pwned #", "newline": "a\ntouch pwned",
    "umlauts": "Größe µ", "dash": "-rf", "option": "--help", "glob": "*", "dollar": "$HOME ${IFS}", "end": "\\",
}  # fmt: skip


class ShellWords(string.Formatter):
    """As Snakemake fills in a command: ``:q`` makes words of the shell."""

    def format_field(self, value: object, format_spec: str) -> str:
        assert format_spec == "q", f"{value!r} comes into a command without :q"
        return " ".join(map(shlex.quote, value if isinstance(value, list) else [str(value)]))


def shells() -> dict[str, str]:
    """The command of every rule."""
    text = (WORKFLOWS / "snakemake" / "workflow" / "rules" / "study.smk").read_text()
    found = {}
    for rule in re.split(r"^rule ", text, flags=re.M)[1:]:
        if "    shell:\n" in rule:
            lines = re.match(r'(?:\s+"[^\n]*"\n)+', rule.split("    shell:\n")[1])
            assert lines is not None
            found[rule.split(":")[0]] = "".join(
                ast.literal_eval(line) for line in lines[0].split("\n") if line
            )
    return found


@pytest.mark.parametrize("results", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("fails", [False, True], ids=["works", "fails"])
@pytest.mark.parametrize("rule", ["check", "shard", "run"])
def test_a_rule_hands_names_over_as_they_are(rule: str, fails: bool, results: str, tmp_path: Path) -> None:
    """Rendered as Snakemake does, and run by bash with an ``ifnsig`` that writes down what it is given."""
    assert set(shells()) == {"check", "shard", "run"}
    (tmp_path / "bin").mkdir()
    stub = tmp_path / "bin" / "ifnsig"
    stub.write_text(
        f"#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done > argv\necho said\nexit {int(fails)}\n"
    )
    stub.chmod(0o755)
    names = {name: f"{results}.{name}" for name in ("study", "output", "log", "share")}
    shards = [f"{results}.1", f"{results}.2"]
    given = {
        "input": SimpleNamespace(study=names["study"], shards=shards),
        "params": SimpleNamespace(share=names["share"]),
        "log": names["log"],
        "output": SimpleNamespace(folder=names["output"]) if rule == "run" else names["output"],
    }
    command = ShellWords().vformat(shells()[rule], (), given)
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail; {command}"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": "/nowhere"},
    )  # fmt: skip
    assert done.returncode == int(fails), done.stderr
    assert done.stderr == ("said\n" if fails else "")
    words = (tmp_path / "argv").read_text().split("\0")[:-1]
    assert (
        words
        == {
            "check": ["check", "--root", ".", "--", names["study"]],
            "shard": [
                "shard",
                "--root",
                ".",
                f"--output={names['output']}",
                "--",
                names["study"],
                names["share"],
            ],
            "run": ["run", "--root", ".", f"--output={names['output']}", "--", names["study"], *shards],
        }[rule]
    )
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_value_comes_into_a_script_of_nextflow_as_a_path_or_as_one_word(module: Path) -> None:
    """The engine quotes paths; ``ext.args`` is shell by the convention of nf-core; all else is quoted here."""
    text = (module / "main.nf").read_text()
    inputs = text[text.index("    input:") : text.index("    output:")]
    safe = {
        *re.findall(r"path\(?\s*(\w+)", inputs),
        "args",
        "sheet",
        "frozen",
        "multiqc",
        "task.cpus",
        "task.process",
    }
    scripts = re.findall(r'^    """\n(.*?)^    """', text, flags=re.M | re.S)
    assert len(scripts) == 2
    for script in scripts:
        for braced, bare in re.findall(r"(?<!\\)\$(?:\{(.*?\)|[^}]*)\}|([\w.]+))", script):
            value = braced or bare
            assert value in safe or value.startswith(("quoted(", "known[")), value
    for name in ("sheet", "frozen", "multiqc"):
        for line in re.findall(rf"def {name} = .*", text):
            assert {*re.findall(r"(?<!\\)\$\{?([\w.]+)", line)} <= safe


def test_the_tools_of_cwl_use_no_shell() -> None:
    tools = [yaml.safe_load(path.read_text()) for path in sorted((WORKFLOWS / "cwl").glob("*.cwl"))]
    assert len(tools) == 2
    for about in tools:
        assert "ShellCommandRequirement" not in {*about.get("requirements", {}), *about.get("hints", {})}
        assert all("shellQuote" not in str(entry) for entry in about["inputs"].values())
