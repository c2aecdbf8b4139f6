"""A study in shards is the study in one job: every key of the study file, byte for byte; and shards that do not fit."""

from __future__ import annotations

import json
import shutil
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.errors import IfnsigError, TableError, UsageError
from ifnsig.study import Study, run, scoring, shard
from ifnsig.study.schema.model import read_study, tables_of
from ifnsig.study.schema.paths import paths_of

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from sharded_studies import REFUSED, SCORES, STUDIES, write_files, write_study

pytestmark = [
    pytest.mark.usefixtures("undrawn"),  # a page is drawn from the tables that are compared
    pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
NOT_COMPARED = {"scored.h5ad", "provenance.json", "ro-crate-metadata.json"}
"""HDF5 notes times; the two others hold the facts of the run, and are compared without them."""


@cache
def home() -> Path:
    """The files of all studies, and what an earlier study has stored."""
    folder = Path(mkdtemp())
    write_files(folder)
    earlier = {
        **STUDIES["stored"],
        "input": {**STUDIES["stored"]["input"]},
        "scores": {**STUDIES["stored"]["scores"]},
    }
    del earlier["input"]["normalization"], earlier["scores"]["reference"]
    run(write_study(folder, "earlier", earlier), output=folder / "stored")
    return folder


@cache
def whole(name: str) -> Path:
    return run(write_study(home(), name, STUDIES[name]), output=home() / f"{name}_whole")


@cache
def cut(name: str, of: int = 3) -> list[Path]:
    study = write_study(home(), name, STUDIES[name])
    return [
        shard(study, number, of, output=home() / f"{name}_{number}_{of}.npz") for number in range(1, of + 1)
    ]


def gathered(name: str, **options: Any) -> Path:
    return run(home() / f"{name}.json", shards=cut(name), output=home() / f"{name}_gathered", **options)


def places_in(
    value: object, place: tuple[str, ...], known: dict[tuple[str, ...], Any]
) -> set[tuple[str, ...]]:
    """The keys that a study gives, as far as the model knows tables there."""
    if isinstance(value, list):
        return {found for item in value for found in places_in(item, place, known)}
    if not isinstance(value, dict) or place not in known:
        return set()
    return {
        found
        for key, inner in value.items()
        for found in ({(*place, key)} | places_in(inner, (*place, key), known))
    }


def test_every_key_of_the_study_file_has_a_case() -> None:
    known = tables_of(Study)
    keys = {(*place, key) for place, table in known.items() for key in table.model_fields}
    given = {found for fields in [*STUDIES.values(), REFUSED] for found in places_in(fields, (), known)}
    assert sorted(keys - given) == []


@pytest.mark.parametrize("name", STUDIES)
def test_three_shards_give_the_files_of_one_job_byte_for_byte(name: str) -> None:
    one, three = whole(name), gathered(name)
    files = {path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file()}
    assert {path.relative_to(three).as_posix() for path in three.rglob("*") if path.is_file()} == files
    assert [
        x for x in sorted(files - NOT_COMPARED) if (one / x).read_bytes() != (three / x).read_bytes()
    ] == []
    facts = [json.loads((folder / "provenance.json").read_text()) for folder in (one, three)]
    assert [key for key in facts[0] if facts[0][key] != facts[1][key]] == ["run"]
    assert "scores.tsv" in files


def test_a_run_with_shards_scores_no_sample_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shards = cut("mouse")

    def scored_again(*_: object) -> None:
        raise AssertionError("scored again")

    monkeypatch.setattr(scoring, "_every_sample", scored_again)
    run(home() / "mouse.json", shards=shards, output=home() / "not_again")
    with pytest.raises(AssertionError, match="scored again"):
        run(home() / "mouse.json", output=home() / "again")


def test_the_order_of_the_shards_does_not_matter() -> None:
    folder = run(home() / "mouse.json", shards=cut("mouse")[::-1], output=home() / "turned")
    assert (folder / "scores.tsv").read_bytes() == (whole("mouse") / "scores.tsv").read_bytes()


def test_shards_of_other_sizes_give_the_same_scores() -> None:
    shards = cut("dish", 5)
    folder = run(home() / "dish.json", shards=shards, output=home() / "single")
    assert (folder / "scores.tsv").read_bytes() == (whole("dish") / "scores.tsv").read_bytes()
    with pytest.raises(UsageError, match="48 samples cannot be cut into 49 shards: take 48 or fewer"):
        shard(home() / "dish.json", 1, 49, output=home() / "none.npz")
    assert not (home() / "none.npz").exists()


def test_a_shard_names_no_person() -> None:
    for path in cut("mouse"):
        with np.load(path) as stored:
            assert "P1" not in " ".join(map(str, [*stored, stored["header"]]))


def test_pseudonyms_stand_over_the_scores_of_their_samples(tmp_path: Path) -> None:
    from ifnsig.study import Pseudonyms

    names = Pseudonyms(sha256(b"a key").digest())
    study, shards = home() / "mouse.json", cut("mouse")
    one = run(study, output=tmp_path / "one", pseudonyms=names)
    many = run(study, output=tmp_path / "many", pseudonyms=names, shards=shards)
    first, second = (pd.read_csv(folder / "scores.tsv", sep="\t") for folder in (one, many))
    # shards learn from the cohort in the file's order, a run from its own, which tells nothing of the file
    np.testing.assert_allclose(first.pop("score"), second.pop("score"), rtol=1e-12, atol=1e-12)
    assert first.equals(second)
    assert "P1_w0" not in (many / "scores.tsv").read_text()


def test_scores_made_elsewhere_are_not_cut() -> None:
    study = write_study(home(), "refused", REFUSED)
    with pytest.raises(UsageError, match=r"input\.scores: scores made elsewhere are not scored again"):
        shard(study, 1, 2, output=home() / "refused.npz")
    run(study, output=home() / "refused_whole")  # it is a study all the same


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ((0, 1), "The study was cut into 3 shards; shard 3 is not given"),
        ((0,), "cut into 3 shards; shard 2, 3 is not given"),
        ((0, 1, 1), r"Shard 2 of 3 is given more than once: mouse_2_3.npz, mouse_2_3.npz"),
    ],
)
def test_shards_must_be_whole_and_not_doubled(chosen: tuple[int, ...], words: str, tmp_path: Path) -> None:
    parts = [cut("mouse")[place] for place in chosen]
    with pytest.raises(UsageError, match=words):
        run(home() / "mouse.json", shards=parts, output=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_shards_of_two_cuts_are_refused(tmp_path: Path) -> None:
    parts = [cut("mouse")[0], cut("mouse", 2)[1]]
    with pytest.raises(UsageError, match=r"several cuts: mouse_1_3.npz is 1 of 3, mouse_2_2.npz is 2 of 2"):
        run(home() / "mouse.json", shards=parts, output=tmp_path / "results")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A study of its own, with its shards, to be changed."""
    for name in ("counts.tsv", "samples.tsv"):
        shutil.copy(home() / name, tmp_path / name)
    fields = STUDIES["quantified"] | {
        "input": {"expression": "counts.tsv", "unit": "counts", "samples": "samples.tsv"}
    }
    study = write_study(tmp_path, "study", fields)
    for number in (1, 2):
        shard(study, number, 2, output=tmp_path / f"{number}.npz")
    return tmp_path


def take(folder: Path, **options: Any) -> Path:
    return run(
        folder / "study.json",
        shards=[folder / "1.npz", folder / "2.npz"],
        output=folder / "results",
        **options,
    )


def test_shards_of_another_study_are_refused_by_what_differs(own: Path) -> None:
    fields = json.loads((own / "study.json").read_text())
    fields["scores"]["random_sets"] = 21
    write_study(own, "study", fields)
    with pytest.raises(
        UsageError, match=r"1.npz was not scored from what this run reads.*: the study's scores\. Score"
    ):
        take(own)


def test_shards_of_other_inputs_are_refused_by_the_file(own: Path) -> None:
    text = (own / "samples.tsv").read_text()
    (own / "samples.tsv").write_text(text.replace("\tF\t", "\tM\t", 1))
    with pytest.raises(UsageError, match=r"the input samples\.tsv\. Score it again"):
        take(own)


def test_shards_of_another_version_are_refused(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifnsig.study.shards.score_versions", lambda: {"ifnsig": "9"})
    with pytest.raises(UsageError, match="the version of ifnsig"):
        take(own)


def test_a_stricter_run_takes_the_same_shards(own: Path) -> None:
    assert (take(own, strict=True) / "scores.tsv").is_file()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and then nothing", b"sample\tscore\n"])
def test_what_is_no_shard_is_refused(content: bytes, own: Path) -> None:
    (own / "2.npz").write_bytes(content)
    with pytest.raises(
        TableError, match=r"2.npz' is not a shard that ifnsig saved: .*`ifnsig shard` writes them"
    ):
        take(own)


def test_a_file_of_numbers_alone_is_no_shard(own: Path) -> None:
    np.savez(own / "2.npz", header=np.array('{"number": 2}'))
    with pytest.raises(TableError, match="is not a shard that ifnsig saved"):
        take(own)


def test_a_shard_that_is_not_there_is_said(own: Path) -> None:
    (own / "2.npz").unlink()
    with pytest.raises(IfnsigError, match=r"There is no shard file '.*2.npz'"):
        take(own)


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def test_the_command_line_cuts_and_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = home() / "lanes.json"
    expected = whole("lanes")
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        assert call("shard", study, f"{number}/2", "-o", f"{number} of 2.npz") == 0
    assert call("run", study, "1 of 2.npz", "2 of 2.npz", "-o", "results") == 0
    for name in ("scores.tsv", "change_tests.tsv", "qc.tsv"):
        assert (tmp_path / "results" / name).read_bytes() == (expected / name).read_bytes(), name


def test_the_command_line_finds_the_inputs_under_a_root(tmp_path: Path) -> None:
    whole("mouse")
    study = shutil.copy(home() / "mouse.json", tmp_path / "study.json")
    assert call("shard", study, "1/1", "--root", home(), "-o", tmp_path / "only.npz") == 0
    assert call("run", study, tmp_path / "only.npz", "--root", home(), "-o", tmp_path / "results") == 0
    assert (tmp_path / "results" / "scores.tsv").read_bytes() == (whole("mouse") / "scores.tsv").read_bytes()


@pytest.mark.parametrize(
    ("share", "words"),
    [("2", "NUMBER/SHARES"), ("a/3", "NUMBER/SHARES"), ("1/2/3", "NUMBER/SHARES"), ("0/3", "no shard 0 of 3"), ("4/3", "no shard 4 of 3")],
)  # fmt: skip
def test_a_share_is_one_of_several(
    share: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(home(), "mouse", STUDIES["mouse"])
    assert call("shard", study, share, "-o", tmp_path / "x.npz") == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "x.npz").exists()


def test_every_file_that_a_study_names_is_hashed() -> None:
    hashed: set[str] = set()
    for name in ("responses", "quantified", "probes", "stored", "questions"):
        facts = json.loads((whole(name) / "provenance.json").read_text())
        names = set(facts["inputs"])
        assert names == {
            path for path in paths_of(read_study(home() / f"{name}.json")) if (home() / path).is_file()
        }
        hashed |= names
    assert hashed == {
        "counts.tsv", "samples.tsv", "first.tsv", "second.tsv", "samples.xlsx", "clinical.xlsx", "rule.toml", "tx2gene.tsv",
        "probes_expression.tsv", "probes.tsv", "samples_again.tsv", "stored/normalization.npz", "stored/reference.npz",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "named"),
    [
        ({"reference": "cohort"}, []),
        ({"reference": {"column": "counts.tsv", "value": "counts.tsv"}}, []),
        ({"reference": "cohort.npz"}, ["cohort.npz"]),
        ({"options": {"zscore": {"tx2gene": "x.tsv"}}}, []),
    ],
)
def test_words_and_columns_are_no_paths(scores: dict[str, Any], named: list[str]) -> None:
    fields = {
        "input": {"expression": "a", "options": {"genome": "b"}},
        "scores": {**SCORES, **scores},
        "output": {"folder": "c"},
    }
    assert paths_of(Study.model_validate(fields)) == ["a", *named]
