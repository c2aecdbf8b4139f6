"""The tables of the whole job beside other scripts, for the screen and for docs/concepts/speed.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

GOAL = 5
VERBS = "ifnsig verbs"
STUDIES = ("ifnsig run", "ifnsig run, keys off")


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
        f" Python {machine['python']}{base} ({versions}), load {found['load']:.1f} when it began; one thread of linear algebra, "
        f"{'one run' if repeats == 1 else f'the least of {repeats} interleaved runs'}.\n"
    )


def least(found: dict[str, Any], name: str, measure: str = "cpu_s") -> float:
    """The smallest of the repeats: what other programs on the machine add is never negative."""
    return float(min(one[measure] for one in found["runs"][name]))


def ours(found: dict[str, Any], peer: str) -> dict[str, str]:
    """What a peer is measured by: the studies, and the verbs that follow its rules."""
    return {**{name: name for name in STUDIES if name in found["runs"]}, VERBS: found["equal"][peer]}


def costs(found: dict[str, Any]) -> str:
    """CPU, wall, memory and lines of everybody, and how many times each of ours every script costs."""
    columns = [*(name for name in STUDIES if name in found["runs"]), VERBS]
    lines = []
    for name in found["runs"]:
        times = [""] * len(columns)
        if name in found["equal"]:
            times = [_times(found, name, mine) for mine in ours(found, name).values()]
        lines.append(
            [
                name, f"{least(found, name):.1f}", f"{least(found, name, 'wall_s'):.1f}",
                f"{least(found, name, 'peak_mb'):,.0f}", f"{found['lines'][name]}", *times,
            ]
        )  # fmt: skip
    head = ["", "CPU s", "wall s", "peak memory, MB", "lines", *(f"times {name}" for name in columns)]
    return _table(head, lines)


def _times(found: dict[str, Any], peer: str, mine: str) -> str:
    """The ratio of CPU seconds; those of the single repeats where there are several."""
    pairs = zip(found["runs"][peer], found["runs"][mine], strict=True)
    single = [theirs["cpu_s"] / own["cpu_s"] for theirs, own in pairs]
    every = f" ({', '.join(f'{one:.1f}' for one in single)})" if len(single) > 1 else ""
    return f"{least(found, peer) / least(found, mine):.1f} x{every}"


def lacking(found: dict[str, Any]) -> list[str]:
    """Who did not take part, and what somebody went without."""
    return [
        *(f"The {name} did not run: {why}.\n" for name, why in found["absent"].items()),
        *(
            f"The {name} goes without {what}; what is ours beside it scores it all the same.\n"
            for name, what in found["left_out"].items()
        ),
    ]


def verdict(found: dict[str, Any]) -> str:
    """Whether each of ours is as much cheaper than each peer as the goal says."""
    ratios: dict[str, list[float]] = {}
    for peer in found["equal"]:
        for name, mine in ours(found, peer).items():
            ratios.setdefault(name, []).append(least(found, peer) / least(found, mine))
    said = [
        f"`{name}` {'met' if min(some) >= GOAL else 'missed'} ({min(some):.1f} x at the least)"
        for name, some in ratios.items()
    ]
    return f"Goal, {GOAL} x less CPU than each script: {'; '.join(said)}.\n" if said else ""


def agreement(found: dict[str, Any]) -> str:
    """Largest differences, a column a peer: of scores by method, of all else over the methods."""
    peers = list(found["agreement"])
    if not peers:
        return ""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for peer in peers:
        for one in found["agreement"][peer]:
            name = f"{one['what']}, {one['method']}" if one["what"] == "score" else one["what"]
            rows.setdefault(name, {}).setdefault(peer, []).append(one)
    lines = [
        [what, *(_apart(cells.get(peer, [])) for peer in peers), next(iter(cells.values()))[0]["purpose"]]
        for what, cells in rows.items()
    ]
    return _table(["largest difference", *(f"from the {peer}" for peer in peers), "meant to differ"], lines)


def _apart(some: list[dict[str, Any]]) -> str:
    """The largest difference as a share of the largest value, of p and q in decades ; rows that one side lacks are counted."""
    known = [one for one in some if one["difference"] is not None]
    if not known:
        return "not there"
    if all(one["floored"] for one in known):
        return "all below 1e-6"
    logarithms = known[0]["logarithms"]
    worst = max(one["difference"] / (1 if logarithms else one["size"] or 1) for one in known)
    lacking = sum(one["lacking"] for one in known)
    absent = f"; {lacking} on one side only" if lacking else ""
    return ("0" if worst == 0 else f"{worst:.1g}") + (" decades" if logarithms else "") + absent
