"""ifnsig bench: a tiny run, what it writes, and when it says that something got slower."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from ifnsig.bench import WORKS, run_work, tables
from ifnsig.bench.contenders import CONTENDERS
from ifnsig.bench.history import slower
from ifnsig.bench.run import agreement
from ifnsig.bench.works import sized
from ifnsig.cli import main
from ifnsig.methods import METHODS


def call(*arguments: object) -> int:
    try:
        main(["bench", *(str(argument) for argument in arguments)])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run at the smallest size: processes, timing, agreement, both files."""
    folder = tmp_path_factory.mktemp("bench")
    assert call("tiny", "--repeats", 2, "-o", folder / "new.json", "--markdown", folder / "new.md") == 0
    return folder


@pytest.fixture
def results(tiny: Path) -> dict[str, Any]:
    return dict(json.loads((tiny / "new.json").read_text()))


def test_a_tiny_run_measures_everybody(results: dict[str, Any]) -> None:
    (row,) = results["rows"]
    assert set(row["costs"]) == {"ifnsig ssgsea", "gseapy ssgsea", "one read"}
    for cost in row["costs"].values():
        assert cost["runs"] == 2
        assert cost["wall_s"] > 0
        assert cost["cpu_s"] > 0
        assert cost["rss_rise_mb"] >= 0
    ours, theirs = row["costs"]["ifnsig ssgsea"], row["costs"]["gseapy ssgsea"]
    assert row["ratios"]["gseapy ssgsea"]["cpu"] == pytest.approx(theirs["cpu_s"] / ours["cpu_s"])
    assert row["floor_multiple"] == pytest.approx(ours["cpu_s"] / row["costs"]["one read"]["cpu_s"])
    assert row["errors"] == {}
    assert {"cpu", "cores", "python"} <= set(results["machine"])
    assert {"gseapy", "numpy", "ifnsig"} <= set(results["versions"])


def test_by_the_peers_rules_our_scores_are_the_peers(results: dict[str, Any]) -> None:
    found = results["rows"][0]["agreement"]["gseapy ssgsea"]
    assert found["like_over_range"] < 1e-12  # sums of a few hundred float64 terms
    assert (
        1e-6 < found["over_range"] < 0.2
    )  # our default shares ties out, GSEApy goes by the order of the genes
    assert found["median_spearman"] > 0.99


def test_the_tables_are_printed_and_written(
    tiny: Path, results: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    text = (tiny / "new.md").read_text()
    assert text == tables.page(results)
    assert "| ssGSEA on little, 60 x 500 | gseapy ssgsea |" in text
    assert "Agreement" in text


@pytest.mark.parametrize(("factor", "code"), [(1.21, 3), (1.19, 0)])
def test_exit_3_when_a_ratio_fell_by_more_than_allowed(
    factor: float, code: int, tiny: Path, results: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    old = copy.deepcopy(results)
    old["rows"][0]["ratios"]["gseapy ssgsea"]["cpu"] *= factor
    (tiny / "old.json").write_text(json.dumps(old))
    monkeypatch.setattr("ifnsig.bench.suite.run_suite", lambda *given, **options: results)
    assert call("tiny", "--compare", tiny / "old.json", "--fail-over", 1.2) == code
    shown = capsys.readouterr().err
    assert f"1 works compared, {1 if code else 0} slower" in shown
    assert ("slower: tiny" in shown) == bool(code)


def test_without_a_common_peer_the_floor_is_compared(results: dict[str, Any]) -> None:
    new, old = copy.deepcopy(results), copy.deepcopy(results)
    new["rows"][0]["ratios"] = {}
    old["rows"][0]["floor_multiple"] = new["rows"][0]["floor_multiple"] / 1.3
    assert len(slower(new, old, 1.2)) == 1
    assert slower(new, old, 1.4) == []
    assert slower(results, old, 1.2) == []  # with a common peer the floor is left alone


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tinny"], "no benchmark work named 'tinny'. Did you mean 'tiny'?"),
        (["tiny", "--samples", "100"], "give one of them"),
        (["--samples", "100,x"], "whole numbers from 2 up"),
        (["--samples", "1"], "whole numbers from 2 up"),
        (["--shape", "bulky"], "Did you mean 'bulk'?"),
        (["--methods", "ssgse"], "Did you mean 'ssgsea'?"),
        (["--peers", "gsea"], "no peer named 'gsea'"),
        (["tiny", "--fail-over", "0.9"], "at least 1"),
        (["tiny", "--compare", "nowhere.json"], "no results file"),
        (["tiny", "-o", "nowhere/new.json"], "no folder 'nowhere'"),
    ],
)
def test_a_wrong_call_is_refused_before_anything_is_timed(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_holds_no_results_is_refused(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("{", '{"rows": [{}]}', "[]"):
        (tiny / "broken.json").write_text(text)
        assert call("tiny", "--compare", tiny / "broken.json") == 1
        assert "does not hold results" in capsys.readouterr().err


def test_every_method_of_the_catalogue_can_be_timed() -> None:
    timed = {one.method for one in CONTENDERS.values() if one.ours}
    assert timed == set(METHODS) - {"published"}
    for work in WORKS.values():
        assert {work.ours, *work.peers, *work.beside} <= set(CONTENDERS)


def test_a_peer_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifnsig.bench.contenders.find_spec", lambda name: None if name == "gseapy" else name)
    row = run_work(WORKS["tiny"], repeats=1)
    assert row["absent"] == {"gseapy ssgsea": "gseapy"}
    assert row["ratios"] == {}
    text = tables.page({"rows": [row]})
    assert "gseapy not installed |  |  |  | not run |" in text
    assert len(tables.shortfalls({"rows": [row]})) == 1


def test_agreement_is_the_largest_difference_and_spearmans_correlation() -> None:
    rng = np.random.default_rng(1)
    mine = np.round(rng.normal(size=(40, 3)), 1)  # ties
    theirs = np.round(mine + rng.normal(size=mine.shape), 1)
    found = agreement(mine, theirs, theirs + 0.5)
    assert found["max_difference"] == pytest.approx(np.abs(mine - theirs).max())
    expected = np.median([spearmanr(a, b)[0] for a, b in zip(mine.T, theirs.T, strict=True)])
    assert found["median_spearman"] == pytest.approx(expected)
    assert found["like_over_range"] == pytest.approx(0.5 / np.ptp(theirs))


def test_a_cohort_on_the_disk_is_streamed_and_its_file_removed() -> None:
    from ifnsig.bench.data import folder

    row = run_work(sized("singscore", "simulated_cells", 700, 1500, set(), disk=True), repeats=3)
    assert row["errors"] == {}
    assert row["costs"]["ifnsig singscore"]["runs"] == 1
    assert not list(folder().glob("simulated_cells-700x1500*.h5ad"))


@pytest.mark.parametrize(
    ("found", "asked", "most", "verdict"),
    [
        (2.0, (1.5, 2.9), False, "ok"),
        (3.0, (1.5, 2.9), False, "goal"),
        (1.4, (1.5, 2.9), False, "falls short"),
        (1.2, (1.3, 1.1), True, "ok"),
        (1.4, (1.3, 1.1), True, "falls short"),
        (5.0, (0, 0), False, ""),
    ],
)
def test_verdicts(found: float, asked: tuple[float, float], most: bool, verdict: str) -> None:
    from ifnsig.bench import _cells

    assert _cells.verdict(found, asked, most=most) == verdict


def test_parts_measured_again_replace_the_old_ones(results: dict[str, Any]) -> None:
    from ifnsig.bench.suite import joined

    other = copy.deepcopy(results)
    other["rows"][0]["name"] = "another"
    both = joined(results, other)
    assert [row["name"] for row in both["rows"]] == ["tiny", "another"]
    again = copy.deepcopy(results)
    again["rows"][0]["floor_multiple"] = -1.0
    assert [row["floor_multiple"] for row in joined(both, again)["rows"] if row["name"] == "tiny"] == [-1.0]
    assert both["seconds"] == pytest.approx(2 * results["seconds"])
