"""The whole job beside scripts: the same answers on a small cohort, who is left out, and what the table says."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.whole import side_by_side, taking_part  # noqa: E402
from benchmarks.whole.agreement import differences  # noqa: E402
from benchmarks.whole.side_by_side import lines_of_code, measure, prepare  # noqa: E402
from benchmarks.whole.side_tables import page  # noqa: E402
from benchmarks.whole.taking_part import CONTENDERS, Contender  # noqa: E402

METHODS = ("zscore", "singscore", "ssgsea", "gsva")
PEERS = [name for name, one in CONTENDERS.items() if one.equal]
SAME = 1e-9
"""Share of the largest value, or decades of p: what the order of a sum can change is less."""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen patients, eight of them better, and eight healthy: so few that everybody counts ranks exactly."""
    folder = tmp_path_factory.mktemp("cohort")
    prepare(folder, 16, METHODS, controls=8, genes=2000)
    return folder


def answers(name: str, cohort: Path, out: Path) -> Path:
    out.mkdir()
    measure(CONTENDERS[name].command(cohort, out, METHODS), out / "log")
    return out


@pytest.mark.parametrize("peer", PEERS)
def test_a_script_gives_our_answers(peer: str, cohort: Path, tmp_path: Path) -> None:
    one = CONTENDERS[peer]
    if why := one.missing():
        pytest.skip(f"{peer}: {why}")  # R or its packages: benchmarks need them, the tests never do
    ours, theirs = (answers(name, cohort, tmp_path / f"of {name}") for name in (one.equal, peer))
    left_out = one.leaves_out(METHODS).split(" ")[0]
    found = [row for row in differences(ours, theirs) if row["method"] != left_out]
    assert {row["method"] for row in found} == set(METHODS) - {left_out}
    for row in found:
        assert row["rows"] >= 4
        assert not row["lacking"]
        if "Firth" not in row["purpose"] and "Wald" not in row["purpose"] and row["what"] != "q (BH)":
            assert row["difference"] <= SAME * (1 if row["logarithms"] else row["size"]), row

    table = pd.read_csv(theirs / "changes.tsv", sep="\t")
    table.loc[0, "estimate"] += 0.001  # one wrong answer is seen, and one that is not there
    table.drop(index=table.index[-1]).to_csv(theirs / "changes.tsv", sep="\t", index=False)
    changed = [row for row in differences(ours, theirs) if row["what"] == "mean change"]
    assert max(row["difference"] for row in changed if row["difference"] is not None) == pytest.approx(0.001)
    assert sum(row["lacking"] for row in changed if row["method"] != left_out) == 1


def test_the_studies_ask_the_same_and_one_of_them_less(cohort: Path) -> None:
    whole, off = (tomllib.loads((cohort / name).read_text()) for name in ("whole.toml", "off.toml"))
    assert whole["scores"]["methods"] == off["scores"]["methods"] == list(METHODS)
    assert (whole["design"].pop("batch"), whole["design"].pop("sex")) == ("batch", "sex")
    assert off["scores"].pop("random_sets") == 0
    assert whole == off
    genes = {
        line.split("\t")[0]: line.split("\t")[2:] for line in (cohort / "sets.gmt").read_text().splitlines()
    }
    assert list(genes) == whole["scores"]["signatures"]
    assert len(genes["rice2013_6"]) == 6


def test_a_study_that_changed_is_not_compared_by_accident() -> None:
    assert side_by_side._replaced("a = 1", {"a = 1": "a = 2"}) == "a = 2"
    with pytest.raises(ValueError, match="'b = 1' 0 times"):
        side_by_side._replaced("a = 1", {"b = 1": "b = 2"})


def test_a_script_that_fails_says_why(tmp_path: Path) -> None:
    used = measure([sys.executable, "-c", "print('well')"], tmp_path / "log")
    assert used["peak_mb"] > 1
    assert used["cpu_s"] > 0
    with pytest.raises(RuntimeError, match="ended with 3:\nill"):
        measure([sys.executable, "-c", "print('ill', flush=True); raise SystemExit(3)"], tmp_path / "log")


def test_lines_of_code_are_those_that_a_user_must_write(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text(
        '"""Words,\nmore words."""\n\n# a remark\nx = 1  # counted\n\n\ndef f():\n    """Words."""\n    return x\n'
    )
    assert lines_of_code(script) == 3
    study = tmp_path / "study.toml"
    study.write_text('# a remark\n\n[input]\ntitle = "it"\n')
    assert lines_of_code(study) == 2


def test_who_is_not_installed_is_named_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(folder: Path, out: Path, methods: Any) -> list[str]:
        return [sys.executable, "-c", "pass"]

    there = Contender("ours.py", nothing, python=("pandas",))
    absent = Contender("peer.py", nothing, "ifnsig verbs", python=("pandas", "no_such_package"))
    monkeypatch.setattr(side_by_side, "CONTENDERS", {"ifnsig verbs": there, "Python script": absent})
    kept: list[dict[str, Any]] = []
    side_by_side.run(
        tmp_path, METHODS, 2, tmp_path / "work", lambda found: kept.append(json.loads(json.dumps(found)))
    )
    assert [len(found["runs"]["ifnsig verbs"]) for found in kept] == [1, 2], "kept after each repeat"
    found = kept[-1]
    assert list(found["runs"]) == ["ifnsig verbs"]
    assert found["absent"] == {"Python script": "not installed: no_such_package"}
    assert found["agreement"] == {}


def test_without_r_it_is_r_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_part, "r_versions", lambda packages: None)
    assert CONTENDERS["R script"].missing() == "not installed: Rscript"
    monkeypatch.setattr(taking_part, "r_versions", lambda packages: {"GSVA": "1.46.0", "edgeR": "3.40.2"})
    assert CONTENDERS["R script"].missing() == "not installed: data.table, pROC"
    assert CONTENDERS["R script"].leaves_out(["ssgsea"]) == ""
    monkeypatch.setattr(taking_part, "r_versions", lambda packages: {})
    assert CONTENDERS["R script"].leaves_out(METHODS) == "singscore (its package is not installed)"
    assert CONTENDERS["R script"].equal == "ifnsig verbs, ties as GSVA"
    assert CONTENDERS["ifnsig verbs, ties as GSVA"].leaves_out(METHODS) == ""


@pytest.fixture
def results() -> dict[str, Any]:
    def cost(*cpu: float) -> list[dict[str, float]]:
        return [{"cpu_s": one, "wall_s": 2 * one, "peak_mb": 100 * one} for one in cpu]

    runs = {"ifnsig run": cost(10.0, 12.0), "verbs of it": cost(2.0, 3.0), "Python script": cost(12.0, 15.0)}
    one = {"method": "zscore", "rows": 5, "lacking": 0, "purpose": "", "logarithms": False, "floored": False}
    return {
        "patients": 300, "samples": 700, "genes": 20_000, "methods": ["zscore"], "runs": runs, "load": 1.0,
        "machine": {"cpu": "a", "cores": 2, "system": "Linux", "python": "3.11"}, "versions": {"base": "4.2.2", "scipy": "1"},
        "absent": {"R script": "not installed: GSVA"}, "left_out": {}, "equal": {"Python script": "verbs of it"}, "lines": {"ifnsig run": 20, "verbs of it": 30, "Python script": 100},
        "agreement": {
            "Python script": [
                {**one, "what": "score", "difference": 4e-13, "size": 4.0},
                {**one, "what": "p of it", "difference": 0.25, "size": 30.0, "logarithms": True, "purpose": "Wald there", "lacking": 2},
                {**one, "what": "AUC", "difference": None, "size": None},
                {**one, "what": "p of ranks", "difference": 0.0, "size": 6.0, "logarithms": True, "floored": True},
            ],
        },
    }  # fmt: skip


def test_the_table_says_what_was_measured(results: dict[str, Any]) -> None:
    said = page(results)
    assert "| ifnsig run | 10.0 | 20.0 | 1,000 | 20 |  |  |" in said
    assert "| Python script | 12.0 | 24.0 | 1,200 | 100 | 1.2 x (1.2, 1.2) | 6.0 x (6.0, 5.0) |" in said
    assert "`ifnsig run` missed (1.2 x at the least); `ifnsig verbs` met (6.0 x at the least)" in said
    assert "The R script did not run: not installed: GSVA." in said
    assert "| score, zscore | 1e-13 |  |" in said
    assert "| p of it | 0.2 decades; 2 on one side only | Wald there |" in said
    assert "| AUC | not there |  |" in said
    assert "| p of ranks | all below 1e-6 |  |" in said
    assert "R 4.2.2 (scipy 1)" in said
    assert "base" not in said
    assert "the least of 2 interleaved runs" in said
    assert "goes without" not in said
    results["left_out"] = {"Python script": "gsva (its package is not installed)"}
    assert "The Python script goes without gsva (its package is not installed);" in page(results)


def test_small_p_of_different_tests_are_not_decades_apart_and_those_of_the_same_test_are(
    tmp_path: Path,
) -> None:
    for name, factor in (("one", 1.0), ("other", 1e-3)):
        (tmp_path / name).mkdir()
        keys = {"signature": ["a", "b"], "method": "zscore"}
        p = {"p": [factor * 1e-20, 0.5], "p_rank": [factor * 1e-20, 0.5], "q": [0.1, 0.1]}
        estimates = dict.fromkeys(("estimate", "ci_low", "ci_high"), 1.0)
        pd.DataFrame({**keys, **p, **estimates}).to_csv(
            tmp_path / name / "changes.tsv", sep="\t", index=False
        )
        scores = {"sample": ["s"], "signature": "a", "method": "zscore", "score": 1.0}
        pd.DataFrame(scores).to_csv(tmp_path / name / "scores.tsv", sep="\t", index=False)
        rows = {"outcome": ["o"], "score": "change", "signature": "a"}
        numbers = dict.fromkeys(("estimate", "se", "p", "given_estimate", "given_p", "q"), 0.5)
        pd.DataFrame({**rows, **numbers}).to_csv(tmp_path / name / "associations.tsv", sep="\t", index=False)
    rows_of_both = differences(tmp_path / "one", tmp_path / "other")
    assert not any(row["floored"] for row in rows_of_both), "one of the two p is 0.5"
    found = {row["what"]: row["difference"] for row in rows_of_both}
    assert found["p of signed ranks"] == 0
    assert found["p of the paired t"] == pytest.approx(3)
