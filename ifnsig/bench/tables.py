"""Results as Markdown tables: what was asked, what was found, and what falls short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _cells as cells
from ._own_tables import floor, scaling, starting, worst
from .contenders import RANKED
from .works import WORKS

FLOAT32 = 4
MEMORY_ASKED_MB = 64.0
ASKED_FOR = ("table", "slow", "stream")
"""Groups whose works are all asked for: one that was not run is told."""

SHORT = ("falls short", "outside", "not run", "failed")


def speed(results: dict[str, Any]) -> str:
    """Every work beside its peers."""
    lines = []
    for row in cells.rows(results, "table", "slow", "sized", "tiny"):
        ours = row["costs"].get(row["ours"])
        lines += [
            [cells.what(row), peer, *_against(row, ours, peer, asked)] for peer, asked in row["peers"].items()
        ]
        if row["beside_ratio"] is not None:
            lines.append([cells.what(row), *_beside(row)])
        if ours is None and not row["peers"]:
            lines.append([cells.what(row), "", _why(row, row["ours"]), "", "", "", "", "not run"])
        elif ours is not None:
            lines += [[cells.what(row), *_within(ours, key, asked)] for key, asked in row["within"].items()]
    head = ["work", "beside", "ours, CPU s", "beside, CPU s", "found", "must be", "goal", ""]
    return cells.table(head, lines)


def _beside(row: dict[str, Any]) -> list[str]:
    costs, found, asked = row["costs"], row["beside_ratio"], row["beside_asked"]
    dearest = max((name for name in row["beside"] if name in costs), key=lambda name: costs[name]["cpu_s"])
    return [
        f"{dearest} alone", cells.seconds(costs[row["ours"]]), cells.seconds(costs[dearest]), f"costs {found:.2f} of it",
        *(f"at most {limit:g}" for limit in asked), cells.verdict(found, asked, most=True),
    ]  # fmt: skip


def _within(ours: dict[str, Any], key: str, asked: Sequence[float]) -> list[str]:
    found = f"{ours[key]:.2f} {key.split('_')[0]} s".replace("cpu", "CPU")
    limits = [f"at most {limit:g} s" for limit in asked]
    return ["", cells.seconds(ours), "", found, *limits, cells.verdict(ours[key], asked, most=True)]


def _against(row: dict[str, Any], ours: Any, peer: str, asked: Sequence[float]) -> list[str]:
    theirs = row["costs"].get(peer)
    limits = [f"{limit:g} x" if limit else "" for limit in asked]
    if ours is None or theirs is None:
        return [
            cells.seconds(ours),
            _why(row, peer if theirs is None else row["ours"]),
            "",
            *limits,
            "not run",
        ]
    ratio = row["ratios"][peer]
    return [
        cells.seconds(ours), cells.seconds(theirs), f"{ratio['cpu']:.1f} x (wall {ratio['wall']:.1f} x)", *limits,
        cells.verdict(ratio["cpu"], asked),
    ]  # fmt: skip


def _why(row: dict[str, Any], name: str) -> str:
    if name in row["absent"]:
        return f"{row['absent'][name]} not installed"
    return f"failed: {row['errors'].get(name, '?')}"


def agreement(results: dict[str, Any]) -> str:
    """How far our defaults are from each peer's, and our scores by the peer's rules."""
    lines = [
        [
            cells.what(row), peer, cells.power(one["over_range"]), cells.fixed(one["median_spearman"], 4),
            cells.power(one["like_over_range"]),
        ]
        for row in results["rows"]
        for peer, one in row["agreement"].items()
    ]  # fmt: skip
    head = [
        "work",
        "peer",
        "largest difference / range",
        "Spearman, median of sets",
        "by the peer's rules / range",
    ]
    return cells.table(head, lines)


def memory(results: dict[str, Any]) -> str:
    """Rise of the memory over the loaded matrix."""
    lines = []
    for row in cells.rows(results, "table", "slow", "sized"):
        ours = row["costs"].get(row["ours"])
        if ours is None or ours["rss_rise_mb"] is None:
            continue
        allowed = 2 * result_mb(row) + MEMORY_ASKED_MB
        peers = ", ".join(
            f"{peer} {row['costs'][peer]['rss_rise_mb']:,.0f}"
            for peer in row["peers"]
            if row["costs"].get(peer, {}).get("rss_rise_mb") is not None
        )
        verdict = cells.verdict(ours["rss_rise_mb"], (allowed, allowed), most=True)
        lines.append([cells.what(row), f"{ours['rss_rise_mb']:,.0f}", f"{allowed:,.0f}", verdict, peers])
    return cells.table(["work", "ours, MB", "2 x result + 64 MB", "", "peers, MB"], lines)


def result_mb(row: dict[str, Any], size: int = 8) -> float:
    """Size of the scores of a row, in MB; float64 by default."""
    scores = 1 if row["name"] != "random-sets" else 10_000 / len(row["sizes"])
    methods = len(RANKED) if "four" in row["ours"] else 1
    return float(row["n"] * len(row["sizes"]) * scores * methods * size / 2**20)


def streamed(results: dict[str, Any]) -> str:
    """Cohorts read from the disk."""
    lines = []
    for row in cells.rows(results, "stream"):
        ours = row["costs"].get(row["ours"])
        if ours is None:
            lines.append([cells.what(row), _why(row, row["ours"]), *[""] * 6])
            continue
        above = ours["rss_peak_mb"] - result_mb(row, FLOAT32)
        within = row["within"]
        wall, room = within.get("wall_s", (0, 0)), within.get("rss_peak_mb", (0, 0))
        verdicts = cells.verdict(ours["wall_s"], wall, most=True), cells.verdict(above, room, most=True)
        lines.append(
            [
                cells.what(row), f"{ours['wall_s']:.1f}", f"{ours['cpu_s']:.1f}", *map(cells.limit, wall),
                f"{ours['rss_peak_mb']:,.0f}", f"{above:,.0f}", *map(cells.limit, room), cells.both(*verdicts),
            ]
        )  # fmt: skip
    head = [
        "cohort, 4 scores x 20 signatures", "wall s", "CPU s", "must be, s", "goal, s", "peak memory, MB",
        "above the float32 scores, MB", "must be, MB", "goal, MB", "",
    ]  # fmt: skip
    return cells.table(head, lines)


def shortfalls(results: dict[str, Any]) -> list[str]:
    """Rows of every table that fall short, fail or were not run, in words."""
    run = {row["name"] for row in results["rows"]}
    whole = {row["group"] for row in results["rows"]} & {"table"}
    out = [
        f"Not run: {work.title}, {work.n:,} x {work.genes:,}, {', '.join(work.peers) or 'ours'}"
        for work in WORKS.values()
        if whole and work.group in ASKED_FOR and work.name not in run
    ]
    for title, text in all_tables(results).items():
        for line in text.splitlines()[2:]:
            found = [cell.strip() for cell in line.strip("|").split("|")]
            if any(cell.startswith(SHORT) for cell in found):
                out.append(f"{title}: {', '.join(cell for cell in found if cell)}")
    return out


def all_tables(results: dict[str, Any]) -> dict[str, str]:
    """Every table that has a row, by its title."""
    made = {
        "Beside other programs": speed(results),
        "Agreement with them": agreement(results),
        "Rise of memory": memory(results),
        "From disk": streamed(results),
        "Times one read of the matrix": floor(results),
        "Hard inputs": worst(results),
        "Growth": scaling(results),
        "Start": starting(results),
    }
    return {title: text for title, text in made.items() if text}


def page(results: dict[str, Any]) -> str:
    """All tables with their titles, as Markdown."""
    return "\n".join(f"## {title}\n\n{text}" for title, text in all_tables(results).items())
