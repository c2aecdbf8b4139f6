"""The tables of the whole job beside other scripts, for the screen and for docs/concepts/speed.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

GOAL = 5
OURS = ("ifnsig run", "ifnsig run, keys off", "ifnsig verbs")
PEERS = ("Python script", "R script")


def page(found: dict[str, Any]) -> str:
    """How it was measured, what it cost, whether the goal was met, and how far the answers lie apart."""
    parts = [how(found), costs(found), *lacking(found), verdict(found), agreement(found)]
    return "\n".join(part for part in parts if part)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    body = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *body]) + "\n"


def how(found: dict[str, Any]) -> str:
    """The job, the machine and the versions."""
    machine = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items() if name != "base")
    base = f", R {found['versions']['base']}" if "base" in found["versions"] else ""
    repeats = max(map(len, found["runs"].values()))
    return (
        f"{found['samples']:,} samples ({found['patients']:,} patients twice, and healthy people) x {found['genes']:,} genes of"
        f" counts; methods {', '.join(found['methods'])}. On {machine['cpu']}, {machine['cores']} cores, {machine['system']},"
        f" Python {machine['python']}{base} ({versions}), load {found['load']:.1f}; one thread of linear algebra, the least of"
        f" {repeats} interleaved {'run' if repeats == 1 else 'runs'}.\n"
    )


def least(found: dict[str, Any], name: str, measure: str = "cpu_s") -> float:
    """The smallest of the repeats: what other programs on the machine add is never negative."""
    return float(min(one[measure] for one in found["runs"][name]))


def costs(found: dict[str, Any]) -> str:
    """CPU, wall, memory and lines of everybody, and how many times each of ours every script costs."""
    ours = [name for name in OURS if name in found["runs"]]
    lines = []
    for name in found["runs"]:
        times = [_times(found, name, mine) for mine in ours] if name in PEERS else [""] * len(ours)
        lines.append(
            [
                name, f"{least(found, name):.1f}", f"{least(found, name, 'wall_s'):.1f}",
                f"{least(found, name, 'peak_mb'):,.0f}", f"{found['lines'][name]}", *times,
            ]
        )  # fmt: skip
    head = ["", "CPU s", "wall s", "peak memory, MB", "lines", *(f"times {name}" for name in ours)]
    return _table(head, lines)


def _times(found: dict[str, Any], peer: str, ours: str) -> str:
    """The ratio of CPU seconds; those of the single repeats where there are several."""
    single = [a["cpu_s"] / b["cpu_s"] for a, b in zip(found["runs"][peer], found["runs"][ours], strict=True)]
    every = f" ({', '.join(f'{one:.1f}' for one in single)})" if len(single) > 1 else ""
    return f"{least(found, peer) / least(found, ours):.1f} x{every}"


def lacking(found: dict[str, Any]) -> list[str]:
    """Who did not take part, and what somebody went without."""
    return [
        *(f"{name} did not run: {why}.\n" for name, why in found["absent"].items()),
        *(f"{name} goes without {what}.\n" for name, what in found["left_out"].items()),
    ]


def verdict(found: dict[str, Any]) -> str:
    """Whether each of ours is as much cheaper than each peer as the goal says."""
    said = []
    for mine in (name for name in OURS if name in found["runs"]):
        ratios = [least(found, peer) / least(found, mine) for peer in PEERS if peer in found["runs"]]
        if ratios:
            met = "met" if min(ratios) >= GOAL else "missed"
            said.append(f"`{mine}` {met} ({min(ratios):.1f} x at the least)")
    return f"Goal, {GOAL} x less CPU than each script: {'; '.join(said)}.\n" if said else ""


def agreement(found: dict[str, Any]) -> str:
    """Largest differences, a column a peer."""
    peers = list(found["agreement"])
    if not peers:
        return ""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    purposes = {}
    for peer in peers:
        for one in found["agreement"][peer]:
            key = (one["what"], one["method"])
            rows.setdefault(key, {})[peer] = _apart(one)
            purposes[key] = one["purpose"]
    lines = [
        [what, method, *(cells.get(peer, "") for peer in peers), purposes[what, method]]
        for (what, method), cells in rows.items()
    ]
    return _table(["largest difference", "method", *peers, "differs on purpose"], lines)


def _apart(one: dict[str, Any]) -> str:
    """The largest difference, in decades for p and q."""
    if one["difference"] is None:
        return "not there"
    unit = " decades" if one["logarithms"] else f" of {one['size']:.3g}"
    absent = f"; {one['lacking']} not on both sides" if one["lacking"] else ""
    return f"{one['difference']:.1g}{unit}{absent}"
