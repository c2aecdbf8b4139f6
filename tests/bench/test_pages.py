"""The pages and plots that are written from benchmarks/results."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COST = {"cpu_s": 0.5, "wall_s": 0.3, "runs": 3, "rss_rise_mb": 20.0, "rss_peak_mb": 300.0, "load": 1.0}


def script(name: str) -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


def row(name: str, **changed: Any) -> dict[str, Any]:
    base = {
        "name": name, "title": name, "shape": "bulk", "n": 1000, "genes": 20_000, "sizes": [5, 10], "group": "table",
        "ours": "ifnsig ssgsea", "peers": {}, "beside": [], "beside_asked": [0, 0], "within": {}, "costs": {"ifnsig ssgsea": COST},
        "absent": {}, "errors": {}, "ratios": {}, "floor_multiple": 20.0, "beside_ratio": None, "agreement": {}, "file_gb": None,
    }  # fmt: skip
    return {**base, **changed}


@pytest.fixture
def results() -> dict[str, Any]:
    peer = {**COST, "cpu_s": 10.0, "runs": 1, "rss_rise_mb": 2000.0}
    return {
        "rows": [
            row(
                "ssgsea", peers={"gseapy ssgsea": [45, 100], "R GSVA ssgsea": [45, 100]}, costs={"ifnsig ssgsea": COST, "gseapy ssgsea": peer},
                ratios={"gseapy ssgsea": {"cpu": 20.0, "wall": 33.0}}, absent={"R GSVA ssgsea": "GSVA"},
            ),
            *(row(f"stream-{n}", n=n, group="stream", shape="cells", file_gb=n / 1e5, within={"wall_s": [120, 45]}) for n in (1000, 9000)),
        ],
        "scaling": [
            {"axis": "samples", "contender": "ifnsig gsva", "values": [1, 2, 4], "seconds": [0.1, 0.2, 0.5], "clock": "cpu_s",
             "exponent": 1.16, "asked": [0.9, 1.1]},
            {"axis": "threads", "contender": "ifnsig gsva", "values": [1, 2], "seconds": [0.2, 0.1], "clock": "wall_s",
             "exponent": -1.0, "asked": None},
        ],
    }  # fmt: skip


def test_the_pages_are_what_the_results_say() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "benchmark_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_block_is_filled_and_what_stands_around_it_is_left(results: dict[str, Any]) -> None:
    docs = script("benchmark_docs")
    mark = docs.BLOCK.format(name="short")
    page = f"before\n{mark}\nold\n{docs.END}\nafter <!-- end -->\n"
    text = docs.filled(page, {"short": docs.short(results), "other": "not here"})
    assert text.startswith(f"before\n{mark}\n| 20 signatures |")
    assert text.endswith(f"{docs.END}\nafter <!-- end -->\n")
    assert "gseapy ssgsea 20 x" in text
    assert docs.filled(text, {"short": docs.short(results)}) == text


def test_what_falls_short_is_listed_and_nothing_else(results: dict[str, Any]) -> None:
    every = script("benchmark_docs").short_of(results).splitlines()
    lines = [line for line in every if not line.startswith("- Not run:")]
    assert len(lines) == 3
    assert "falls short" in lines[0]  # 20 x where 45 x was asked
    assert "GSVA not installed" in lines[1]
    assert "outside" in lines[2]  # an exponent of 1.16


def test_every_plot_is_drawn_for_which_there_are_numbers(results: dict[str, Any], tmp_path: Path) -> None:
    plots = script("benchmark_plots")
    plots.draw(results, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {
        "speed.png",
        "memory.png",
        "scaling.png",
        "streaming.png",
    }
    plots.draw({"rows": []}, tmp_path / "none")


def test_the_sentence_on_the_largest_streamed_cohort_is_about_the_largest(results: dict[str, Any]) -> None:
    results["threads"] = 2
    assert script("benchmark_docs").million(results).startswith("9,000 cells x 20,000 genes")


def test_a_work_that_is_asked_for_and_was_not_run_is_told(results: dict[str, Any]) -> None:
    lines = script("benchmark_docs").short_of(results).splitlines()
    assert "- Not run: UCell, 2,000 x 20,000, pyucell" in lines
    assert not any("Not run: ssGSEA, 2,000 x 20,000, gseapy" in line for line in lines)


def test_the_newest_comparison_with_scripts_stands_at_the_head_of_the_page_on_speed() -> None:
    docs = script("benchmark_docs")
    newest = sorted(docs.RESULTS.glob(docs.SIDE_BY_SIDE))[-1]
    found = json.loads(newest.read_text(encoding="utf-8"))
    text = (ROOT / "docs" / "concepts" / "speed.md").read_text(encoding="utf-8")
    head = text.split("## The whole job by steps")[0]
    assert docs.side_tables.page(found) in head
    assert f"{docs.side_tables.least(found, 'ifnsig run'):.1f}" in head
