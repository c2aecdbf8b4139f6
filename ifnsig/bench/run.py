"""Interleaved repeats of every contender, medians, ratios, agreement; JSON and a Markdown table."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .contenders import CONTENDERS


@dataclass(frozen=True, slots=True)
class Work:
    """One row of the table: our call against peers on one matrix. ``least`` and ``goal`` are ratios of CPU seconds."""

    name: str
    shape: str
    n: int
    genes: int
    ours: str
    peers: dict[str, tuple[float, float]]
    warm: int = 20


WORKS: dict[str, Work] = {
    work.name: work
    for work in (
        Work("ssgsea", "bulk", 2000, 20000, "ifnsig ssgsea", {"gseapy ssgsea": (45, 100), "read once": (0, 0)}),
        Work(
            "aucell", "bulk", 2000, 20000, "ifnsig aucell",
            {"decoupler aucell": (15, 28), "rustscenic aucell": (1.5, 2.9)},
        ),
        Work("ucell", "bulk", 2000, 20000, "ifnsig ucell", {"pyucell": (7, 14)}),
        Work("zscore", "bulk", 2000, 20000, "ifnsig zscore", {"decoupler zscore": (3, 10), "read once": (0, 0)}),
        Work(
            "four rank scores", "bulk", 2000, 20000, "ifnsig four rank scores",
            dict.fromkeys(("ifnsig ssgsea", "ifnsig singscore", "ifnsig ucell", "ifnsig aucell"), (1 / 1.3, 1 / 1.1)),
        ),
        Work(
            "cells aucell", "cells", 20000, 20000, "ifnsig aucell",
            {"decoupler aucell": (40, 52), "rustscenic aucell": (1.2, 1.4)},
        ),
        Work("cells ucell", "cells", 20000, 20000, "ifnsig ucell", {"pyucell": (7, 9)}),
        Work("cells score_genes", "cells", 20000, 20000, "ifnsig score_genes", {"scanpy score_genes": (8, 12)}),
        Work("gsva 500", "bulk", 500, 20000, "ifnsig gsva", {"gseapy gsva": (20, 30)}),
        Work("gsva 1000", "bulk", 1000, 20000, "ifnsig gsva", {"gseapy gsva": (50, 75)}),
        *(
            Work(f"ssgsea {shape}", shape, 500, 20000, "ifnsig ssgsea", {"read once": (0, 0)})
            for shape in ("tpm_outlier", "integers", "mostly_zero", "rounded", "gene_major")
        ),
        Work("tiny", "bulk", 50, 500, "ifnsig ssgsea", {"gseapy ssgsea": (1, 1), "read once": (0, 0)}, warm=5),
    )
}  # fmt: skip


def run(works: Iterable[str], *, repeats: int = 3) -> dict[str, Any]:
    """Time every work; contenders whose package is not installed are listed as absent."""
    rows, absent = [], set()
    for name in works:
        work = WORKS[name]
        there = [c for c in (work.ours, *work.peers) if find_spec(CONTENDERS[c].package) is not None]
        absent |= {CONTENDERS[c].package for c in work.peers} - {CONTENDERS[c].package for c in there}
        rows.append(_work(work, there, repeats))
    return {
        "rows": rows,
        "absent": sorted(absent),
        "repeats": repeats,
        "machine": _machine(),
        "versions": _versions(),
    }


def _work(work: Work, contenders: list[str], repeats: int) -> dict[str, Any]:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{i}.npy" for i, name in enumerate(contenders)}
        for repeat in range(repeats):
            for name in contenders:
                job = {
                    "contender": name,
                    "shape": work.shape,
                    "n": work.n,
                    "genes": work.genes,
                    "warm": work.warm,
                }
                runs[name].append(_child({**job, "save": str(files[name]) if not repeat else None}))
        scores = {name: np.load(file) for name, file in files.items() if file.is_file()}
    medians = {
        name: {
            key: median(one[key] for one in many)
            for key in ("wall_s", "cpu_s", "first_call_s", "rss_rise_mb", "load")
        }
        for name, many in runs.items()
        if not any("error" in one for one in many)
    }
    errors = {name: one["error"] for name, many in runs.items() for one in many if "error" in one}
    return {
        **asdict(work), "medians": medians, "errors": errors,
        "ratios": {p: _ratio(medians, work.ours, p) for p in work.peers if p in medians and work.ours in medians},
        "agreement": {p: _agreement(scores, work.ours, p) for p in work.peers if p in scores and work.ours in scores},
    }  # fmt: skip


def _child(job: dict[str, Any]) -> dict[str, Any]:
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "ifnsig.bench.child", json.dumps(job)],
        capture_output=True,
        text=True,
        env=environment,
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _ratio(medians: dict[str, dict[str, float]], ours: str, peer: str) -> dict[str, float]:
    return {kind: medians[peer][f"{kind}_s"] / medians[ours][f"{kind}_s"] for kind in ("cpu", "wall")}


def _agreement(scores: dict[str, np.ndarray], ours: str, peer: str) -> dict[str, float]:
    """Largest difference, and the median over sets of the rank correlation over samples."""
    mine, theirs = scores[ours], scores[peer]
    ranks = [np.argsort(np.argsort(values, axis=0), axis=0) for values in (mine, theirs)]
    together = [np.corrcoef(a, b)[0, 1] for a, b in zip(ranks[0].T, ranks[1].T, strict=True)]
    return {
        "max_difference": float(np.abs(mine - theirs).max()),
        "median_spearman": float(np.median(together)),
    }


def _machine() -> dict[str, Any]:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    model = next(
        (line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in sorted({one.package for one in CONTENDERS.values()} | {"numba", "scipy", "anndata"}):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| work | ours, CPU s | peer | CPU s | ratio CPU (wall) | must be | goal | memory rise, MB (peer) |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in results["rows"]:
        ours = row["medians"].get(row["ours"])
        for peer, (least, goal) in row["peers"].items():
            theirs = row["medians"].get(peer)
            if ours is None or theirs is None:
                lines.append(f"| {row['name']} | | {peer} | not run | | {least:g} | {goal:g} | |")
                continue
            ratio = row["ratios"][peer]
            lines.append(
                f"| {row['name']} | {ours['cpu_s']:.2f} | {peer} | {theirs['cpu_s']:.2f} | {ratio['cpu']:.2f}"
                f" ({ratio['wall']:.2f}) | {_asked(least)} | {_asked(goal)} |"
                f" {ours['rss_rise_mb']:.0f} ({theirs['rss_rise_mb']:.0f}) |"
            )
    return "\n".join(lines) + "\n"


def _asked(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio else ""


def slower(new: dict[str, Any], old: dict[str, Any], limit: float) -> list[str]:
    """Works whose CPU ratio to each peer fell by more than ``limit`` times since ``old``: what got slower, in words."""
    before = {
        (row["name"], peer): ratio["cpu"] for row in old["rows"] for peer, ratio in row["ratios"].items()
    }
    out = []
    for row in new["rows"]:
        for peer, ratio in row["ratios"].items():
            was = before.get((row["name"], peer))
            if was is not None and was > limit * ratio["cpu"]:
                out.append(f"{row['name']} against {peer}: ratio {was:.2f} before, {ratio['cpu']:.2f} now")
    return out
