"""Provenance: what a run notes, the crate it describes, and doing it again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ifnsig.cli import main
from ifnsig.errors import MissingFileError, StudyFileError, TableError
from ifnsig.study import read_study, rerun, run
from ifnsig.study.record.ro_crate import altered_files
from ifnsig.study.schema.model import Study

EXAMPLE = Path(__file__).parents[2] / "example_data"


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Inputs, a study in JSON with one signature, and its results, in one folder that can move."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, folder / name)
    fields = read_study(EXAMPLE / "study.toml").model_dump(mode="json")
    fields["scores"] |= {"signatures": ["rice2013_6"], "methods": ["singscore"], "random_sets": 10}
    fields["responses"] = []
    (folder / "study.json").write_text(json.dumps(fields))
    assert call("run", folder / "study.json", "-o", folder / "results") == 0
    return folder


def provenance(home: Path) -> dict:
    return json.loads((home / "results" / "provenance.json").read_text())


def test_a_study_in_json_is_the_study_in_toml() -> None:
    model = read_study(EXAMPLE / "study.toml")
    assert Study.model_validate(model.model_dump(mode="json")) == model


def test_a_json_study_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(StudyFileError, match="not valid JSON"):
        read_study(tmp_path / "study.json")


def test_the_run_is_noted(home: Path) -> None:
    facts = provenance(home)
    assert facts["run"]["root"] == "."  # seen from where the results are: the folder can move
    assert {"reading", "score", "change", "report"} <= set(facts["run"]["seconds"])
    assert facts["run"]["started"] <= facts["run"]["ended"]
    for name in ("counts.tsv.gz", "samples.tsv"):
        assert facts["inputs"][name] == hashlib.sha256((EXAMPLE / name).read_bytes()).hexdigest()


def test_the_crate_names_every_file_with_its_hash(home: Path) -> None:
    folder = home / "results"
    graph = {
        item["@id"]: item for item in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    }
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    parts = {part["@id"] for part in graph["./"]["hasPart"]}
    assert parts == files - {"ro-crate-metadata.json"}
    for name in parts:
        assert graph[name]["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert {item["@id"] for item in graph["#run"]["object"]} == {"#input/counts.tsv.gz", "#input/samples.tsv"}


def test_the_same_inputs_give_the_same_bytes(home: Path) -> None:
    found = rerun(home / "results" / "provenance.json")
    assert found.differ == ()
    assert found.reasons == ()
    assert found.altered == ()
    assert {"scores.tsv", "change_tests.tsv", "report.html"} <= set(found.same)


def test_every_file_of_the_crate_is_named_when_one_byte_of_it_changes(home: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    folder = moved / "results"
    graph = json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    files = [item["@id"] for item in graph if item["@type"] == "File"]
    assert {"#input/samples.tsv", "scored.h5ad", "provenance.json", "report.html", "qc.tsv"} <= set(files)
    assert altered_files(folder, moved) == []
    for name in files:
        word = name.replace("#input/", "input ")
        path = moved / word.removeprefix("input ") if name.startswith("#") else folder / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert altered_files(folder, moved) == [word]
        path.unlink()
        assert altered_files(folder, moved) == [f"{word} (gone)"]
        path.write_bytes(content)


def test_what_was_altered_is_said_though_the_tables_are_the_same(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    file = next((moved / "results" / "multiqc").iterdir())
    file.write_bytes(file.read_bytes() + b"\n")
    assert call("rerun", moved / "results" / "provenance.json") == 1
    said = capsys.readouterr().out
    assert f"altered\tmultiqc/{file.name}" in said
    assert "differs" not in said


def test_results_without_their_crate_cannot_be_verified(home: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved)
    (moved / "results" / "ro-crate-metadata.json").write_text('{"@graph": 3}')
    with pytest.raises(TableError, match="is not the crate of a run"):
        rerun(moved / "results" / "provenance.json")
    (moved / "results" / "ro-crate-metadata.json").unlink()
    with pytest.raises(MissingFileError, match=r"no ro-crate-metadata\.json"):
        rerun(moved / "results" / "provenance.json")


def test_a_report_is_made_of_what_the_run_wrote(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved, page = tmp_path / "moved", tmp_path / "page.html"
    shutil.copytree(home, moved)
    table, qc = moved / "results" / "scores.tsv", moved / "results" / "qc.tsv"
    (moved / "results" / "scored.h5ad").unlink()  # no report reads it
    assert call("report", moved / "results", "-o", page) == 0
    page.unlink()
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    qc.unlink()
    capsys.readouterr()
    assert call("report", moved / "results", "-o", page) == 1
    assert "Not as the run wrote them: qc.tsv (gone), scores.tsv." in capsys.readouterr().err
    assert not page.exists()


def test_a_changed_input_is_named_as_the_reason(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved, symlinks=True)
    sheet = (moved / "samples.tsv").read_text()
    (moved / "samples.tsv").write_text(sheet.replace("\tB1\t", "\tB2\t", 1))
    assert call("rerun", moved / "results" / "provenance.json") == 1
    said = capsys.readouterr().out
    assert "differs\treport.html" in said
    assert "why\tinput samples.tsv has other content" in said


def test_another_version_is_named_as_the_reason(home: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home, moved, symlinks=True)
    file = moved / "results" / "provenance.json"
    facts = json.loads(file.read_text())
    facts["versions"]["numpy"] = "1.0"
    file.write_text(json.dumps(facts))
    reasons = rerun(file, output=moved / "again").reasons
    assert [reason.split(" was ")[0] for reason in reasons] == ["version of numpy"]
    assert (moved / "again" / "scores.tsv").is_file()


def test_what_is_no_provenance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no provenance file"):
        rerun(tmp_path / "provenance.json")
    (tmp_path / "provenance.json").write_text("{}")
    with pytest.raises(StudyFileError, match="holds no study"):
        rerun(tmp_path / "provenance.json")
    (tmp_path / "provenance.json").write_text('{"study": {"inputs": {}}}')
    with pytest.raises(StudyFileError, match="does not fit this version"):
        rerun(tmp_path / "provenance.json")


def test_steps_are_told_as_they_begin(home: Path, tmp_path: Path) -> None:
    told: list[str] = []
    run(home / "study.json", output=tmp_path / "results", watch=told.append)
    assert told[0] == "reading"
    assert told[-1] == "writing"
    assert "score" in told
