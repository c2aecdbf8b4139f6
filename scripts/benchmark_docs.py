"""Write every table and plot of the docs that comes from benchmarks/results: speed, memory, accuracy, the README's lines.

python scripts/benchmark_docs.py            # the newest results
python scripts/benchmark_docs.py --check    # exit 1 if a page is not what the results say
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import accuracy_tables

from benchmarks.whole import side_tables
from ifnsig.bench import tables
from ifnsig.bench.suite import SCHEME

HOME = Path(__file__).parents[1]
RESULTS, IMAGES = HOME / "benchmarks" / "results", HOME / "docs" / "images"
ACCURACY = RESULTS / "accuracy.json"
SIDE_BY_SIDE = "peers-*.json"
CONCEPTS = HOME / "docs" / "concepts"
PAGES = (
    CONCEPTS / "speed.md", CONCEPTS / "which-method.md", HOME / "README.md", HOME / "docs" / "guides" / "large-cohorts.md",
)  # fmt: skip
BLOCK = "<!-- benchmark {name}: written by make benchmark-docs -->"
END = "<!-- end -->"
PLOTS = {
    title: f"![{words}](../images/{name}.png)\n\n"
    for title, words, name in (
        ("Beside other programs", "How many times our CPU seconds each peer costs", "speed"),
        ("Rise of memory", "Memory that a call adds", "memory"),
        ("From disk", "Memory peak of streamed cells", "streaming"),
        ("Growth", "Seconds along every axis", "scaling"),
    )
}
SHORT_TABLE = ("ssgsea", "aucell", "ucell", "singscore", "gsva-1000")


def newest() -> tuple[str, dict[str, Any]]:
    """Name (a date) and content of the newest results in the present layout.

    Raises
    ------
    SystemExit
        There are none.
    """
    for file in sorted(RESULTS.glob("*.json"), reverse=True):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict) and found.get("scheme") == SCHEME:
            return file.stem, found
    raise SystemExit("benchmarks/results holds no results: run benchmarks/compare.py")


def how(name: str, results: dict[str, Any], folder: str) -> str:
    """Machine, versions and rules of the run."""
    machine, versions = results["machine"], results["versions"]
    load = results.get("load_before")
    shared = "" if load is None else f", load {load:.1f} when it began"
    versioned = ", ".join(f"{package} {number}" for package, number in versions.items())
    return (
        f"Run of {name} on {machine['cpu']}, {machine['cores']} cores{shared}, {machine['system']}, Python"
        f" {machine['python']}: {versioned}. {results['threads']} threads, medians of {results['repeats']} interleaved"
        f" repeats; it took {results['seconds'] / 60:.0f} minutes"
        f" ([numbers]({folder}/{name}.json), [log]({folder}/{name}.log)).\n"
    )


def short(results: dict[str, Any]) -> str:
    """The rows of the README: our CPU seconds and how often each peer costs them."""
    lines = []
    for row in (row for row in results["rows"] if row["name"] in SHORT_TABLE):
        same = [one for one in results["rows"] if (one["title"], one["n"]) == (row["title"], row["n"])]
        ratios = [f"{peer} {ratio['cpu']:.0f} x" for one in same for peer, ratio in one["ratios"].items()]
        ours = row["costs"].get(row["ours"])
        if ours is not None and ratios:
            lines.append(
                [row["title"], f"{row['n']:,} x {row['genes']:,}", f"{ours['cpu_s']:.2f}", ", ".join(ratios)]
            )
    return tables.cells.table(["20 signatures", "samples x genes", "CPU s", "others cost"], lines)


def million(results: dict[str, Any]) -> str:
    """A sentence on the largest cohort that was streamed."""
    rows = [
        row
        for row in results["rows"]
        if row["group"] == "stream" and row["shape"] == "cells" and row["costs"]
    ]
    if not rows:
        return ""
    row = max(rows, key=lambda row: row["n"])
    cost = row["costs"][row["ours"]]
    return (
        f"{row['n']:,} cells x {row['genes']:,} genes ({row['file_gb']:.1f} GB on disk, cold), four scores of twenty"
        f" signatures: {cost['wall_s']:.0f} s on {results['threads']} threads, memory peak {cost['rss_peak_mb']:,.0f} MB, of"
        f" which {tables.result_mb(row):,.0f} MB are scores.\n"
    )


def short_of(results: dict[str, Any]) -> str:
    """What falls short, as a list."""
    return "".join(f"- {line}\n" for line in tables.shortfalls(results)) or "Nothing.\n"


def filled(text: str, blocks: dict[str, str]) -> str:
    """``text`` with the blocks that it has a place for."""
    for name, content in blocks.items():
        mark = re.escape(BLOCK.format(name=name))
        body = f"{BLOCK.format(name=name)}\n{content}\n{END}"
        text = re.sub(f"{mark}\n.*?{END}", lambda _, body=body: body, text, flags=re.DOTALL)
    return text


def pages() -> dict[Path, str]:
    """Every page with its blocks filled."""
    name, results = newest()
    made = {
        "how": how(name, results, "../../benchmarks/results"),
        "short": short(results),
        "million": million(results),
        "shortfalls": short_of(results),
        **{title.lower(): PLOTS.get(title, "") + text for title, text in tables.all_tables(results).items()},
    }
    if ACCURACY.is_file():
        made |= accuracy_tables.blocks(json.loads(ACCURACY.read_text(encoding="utf-8")))
    if beside := sorted(RESULTS.glob(SIDE_BY_SIDE)):
        made["the whole job beside scripts"] = side_tables.page(
            json.loads(beside[-1].read_text(encoding="utf-8"))
        )
    return {page: filled(page.read_text(encoding="utf-8"), made) for page in PAGES}


def main() -> int:
    """Write, or check."""
    stale = [page for page, text in pages().items() if page.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for page in stale:
            sys.stderr.write(
                f"{page.relative_to(HOME)} is not what the results say: run make benchmark-docs\n"
            )
        return int(bool(stale))
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
    from benchmark_plots import draw

    draw(newest()[1], IMAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
