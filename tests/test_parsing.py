"""Every TOML, JSON and YAML text goes through one guard; what bombs, nests or counts without end is refused in one way."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ifnsig
from ifnsig.cli import main
from ifnsig.cli._parse import options
from ifnsig.errors import IfnsigError, StudyFileError, UsageError
from ifnsig.parsing import DEEPEST, json_of, toml_of, yaml_of
from ifnsig.responses import read_rule
from ifnsig.signatures import read_json, read_signature
from ifnsig.study import read_study

DEEP = "[" * 100_000
PARSERS = {"json": json_of, "toml": lambda text: toml_of(f"a = {text}"), "yaml": yaml_of}
PACKAGE = Path(ifnsig.__file__).parent
PARSING = {
    ("json", "loads"), ("json", "load"), ("json", "JSONDecoder"), ("tomllib", "loads"), ("tomllib", "load"),
    ("yaml", "safe_load"), ("yaml", "load"), ("yaml", "full_load"), ("yaml", "unsafe_load"), ("pickle", "load"),
    ("pickle", "loads"),
}  # fmt: skip


def parsed_in(path: Path) -> set[tuple[str, str]]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {(node.value.id, node.attr)} & PARSING
        if isinstance(node, ast.ImportFrom):
            found |= {(str(node.module), name.name) for name in node.names} & PARSING
    return found


def test_nothing_in_the_package_parses_past_the_guard() -> None:
    parsing = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if parsed_in(path)}
    assert parsing == {"parsing.py"}


def test_the_walk_sees_a_parser_under_either_form_of_import(tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text("from json import loads\n")
    assert parsed_in(module) == {("json", "loads")}
    module.write_text("import yaml\ndef f(text):\n    return yaml.load(text, yaml.Loader)\n")
    assert parsed_in(module) == {("yaml", "load")}
    module.write_text("import json\njson.dumps({})\n")
    assert parsed_in(module) == set()


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
def test_deep_nesting_is_refused_and_shallow_is_not(parse: Callable[[str], Any]) -> None:
    with pytest.raises(UsageError, match=f"more than {DEEPEST} deep"):
        parse(DEEP)
    with pytest.raises(UsageError, match=f"more than {DEEPEST} deep"):
        parse("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2))
    parse("[" * (DEEPEST - 2) + "]" * (DEEPEST - 2))


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@pytest.mark.parametrize("digits", ["1" + "0" * 20, "9" * 5000, "1" + "0" * 400])
def test_whole_numbers_beyond_64_bits_are_refused(parse: Callable[[str], Any], digits: str) -> None:
    with pytest.raises(UsageError, match=r"is not valid (JSON|TOML|YAML): "):
        parse(digits)
    parse("18446744073709551615")


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e999", '{"a": 1, "a": 2}', ""])
def test_json_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not valid JSON"):
        json_of(text)


def test_a_key_that_is_there_twice_is_named() -> None:
    with pytest.raises(UsageError, match="there twice in one mapping: 'CXCL10'"):
        json_of('{"CXCL10": 1, "MX1": 1, "CXCL10": -1}')
    with pytest.raises(UsageError, match="there twice in one mapping: 'CXCL10'"):
        yaml_of("CXCL10: 1\nMX1: 1\nCXCL10: -1\n")
    assert yaml_of("CXCL10: 1\nMX1: 1\n") == json_of('{"CXCL10": 1, "MX1": 1}')


def test_billions_of_laughs_in_yaml_are_refused_at_the_first() -> None:
    lines = ["a0: &a0 [ha, ha]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(UsageError, match=r"\*a0 in line 2 repeats"):
        yaml_of("\n".join(lines))
    assert yaml_of("a0: &a0 [ha, ha]") == {"a0": ["ha", "ha"]}


@pytest.mark.parametrize("key", ["a.{}=1", "[a.{}]", "x = {{a.{}=1}}"])
def test_a_dotted_key_of_any_length_is_refused_before_toml_takes_quadratic_time(key: str) -> None:
    with pytest.raises(UsageError, match="a key has more than 100 parts"):
        toml_of(key.format(".".join("a" * 300_000)))
    assert toml_of("a.b.c = 'a.b.c'") == {"a": {"b": {"c": "a.b.c"}}}


@pytest.mark.parametrize(
    "text",
    ["a: 2020-99-99", "a: !!timestamp x", "a: !!int ''", "a: !!bool zz", "? [a]\n: 1", "<<: 3", "a: =",
     "a: !!python/object/apply:os.getcwd []"],
)  # fmt: skip
def test_what_trips_the_yaml_parser_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(UsageError, match="is not valid YAML"):
        yaml_of(text)


@pytest.mark.parametrize(
    ("mark", "way"), [(b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\xff", "not UTF-8")]
)
def test_text_of_another_encoding_says_so(mark: bytes, way: str) -> None:
    for parse in (json_of, toml_of, yaml_of):
        with pytest.raises(UsageError, match=way):
            parse(mark + b"{\0}\0")
    assert json_of(b"\xef\xbb\xbf{}") == {}


def test_a_text_larger_than_is_parsed_names_both_sizes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ifnsig.parsing.MOST_BYTES", {"JSON": 100, "TOML": 100, "YAML": 100})
    large = tmp_path / "large.json"
    large.write_text('"' + "x" * 99 + '"')
    with pytest.raises(
        UsageError, match=r"large.json is not valid JSON: it has 101 bytes, and up to 100 are read"
    ):
        json_of(large)
    large.write_text('"' + "x" * 98 + '"')
    assert len(json_of(large)) == 98


DOORS: dict[str, Callable[[Path], Any]] = {
    "study.toml": read_study, "study.json": read_study, "mine.toml": read_signature, "mine.json": read_json,
    "rule.toml": read_rule,
}  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    "text", [DEEP, "9" * 5000, "\0", '"\ud800"'], ids=["deep", "digits", "nothing", "surrogate"]
)
def test_every_file_of_settings_is_guarded(name: str, text: str, tmp_path: Path) -> None:
    place = tmp_path / name
    place.write_text(text if name.endswith("json") else f"name = {text}", errors="surrogatepass")
    with pytest.raises(IfnsigError, match=name):
        DOORS[name](place)


def test_a_provenance_file_that_nests_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "provenance.json").write_text(DEEP)
    with pytest.raises(SystemExit, match="2"):
        main(["rerun", str(tmp_path / "provenance.json"), "-o", str(tmp_path / "out")])
    assert "provenance.json is not valid JSON" in capsys.readouterr().err


def test_a_yaml_file_of_gene_sets_that_nests_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "counts.tsv").write_text("gene\tS1\nMX1\t1\n")
    (tmp_path / "sets.yaml").write_text(DEEP)
    given = [
        str(tmp_path / "counts.tsv"),
        "--unit",
        "counts",
        "-s",
        str(tmp_path / "sets.yaml"),
        "-m",
        "singscore",
    ]
    with pytest.raises(SystemExit, match="2"):
        main(["score", *given])
    assert "sets.yaml is not valid YAML" in capsys.readouterr().err


def test_words_of_an_option_that_are_no_json_stay_text() -> None:
    found = options(["limit=12", "a=[1]", f"deep={DEEP}", "big=" + "9" * 5000, "none=NaN"])
    assert found["limit"] == 12
    assert found["a"] == [1]
    assert {name for name, value in found.items() if isinstance(value, str)} == {"deep", "big", "none"}


def test_a_study_with_the_wrong_class_is_not_raised(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("a = [")
    with pytest.raises(StudyFileError):
        read_study(tmp_path / "study.toml")
    assert not np.isfinite(toml_of("a = inf")["a"])
