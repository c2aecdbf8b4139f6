"""Interleaved repeats of every contender, medians, ratios, agreement."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

from .contenders import CONTENDERS, FLOOR
from .data import matrix_file
from .workers import Worker, WorkerError
from .works import Work

logger = logging.getLogger("ifnsig")

PATIENCE = 5.0
"""CPU seconds of a first run beyond which a contender is not run again: its one run is told as such."""


def run_work(work: Work, *, repeats: int = 3, threads: int = 2) -> dict[str, Any]:
    """Time one work.

    Parameters
    ----------
    work
        What is timed.
    repeats
        Interleaved runs of every contender that takes less than ``PATIENCE`` CPU seconds; medians are kept.
    threads
        Threads of every contender that can be told.

    Returns
    -------
    dict
        The work, ``costs`` of every contender, ``ratios`` to each peer, multiple of the ``floor``, ``agreement`` with
        each peer, and ``errors`` or ``absent`` contenders.
    """
    logger.info("bench: %s", work.name)
    names = [work.ours, *work.peers, *work.beside, *([] if work.disk else [FLOOR])]
    there = [name for name in names if CONTENDERS[name].installed()]
    started, file = time.perf_counter(), matrix_file(work.shape, work.n, work.genes, disk=work.disk)
    made, size = time.perf_counter() - started, file.stat().st_size
    if work.disk:
        logger.info("bench: %s, %.1f GB written in %.0f s", work.name, size / 1e9, made)
    try:
        with ExitStack() as stack:
            workers, errors, facts = _start(work, there, threads, stack)
            runs, scores, failed = _interleave(workers, repeats, work)
            like = _like(work, workers, scores)
    finally:
        if work.disk:
            file.unlink()
    costs = {
        name: {**_medians(runs[name]), "runs": len(runs[name]), **facts[name]} for name in runs if runs[name]
    }
    for name, cost in costs.items():
        logger.info("bench: %s, %s: %s", work.name, name, _told(cost))
    return {
        **asdict(work),
        "costs": costs,
        "file_gb": size / 1e9 if work.disk else None,
        "absent": {name: CONTENDERS[name].package for name in names if name not in there},
        "errors": {**errors, **failed},
        **_compared(work, costs, scores, like),
    }


def _told(cost: dict[str, Any]) -> str:
    words = [f"{cost['cpu_s']:.2f} CPU s", f"{cost['wall_s']:.2f} wall s", f"{cost['runs']} runs"]
    if cost["rss_peak_mb"] is not None:
        words.append(
            f"memory peak {cost['rss_peak_mb']:,.0f} MB, {cost['rss_rise_mb']:,.0f} MB of it in the call"
        )
    return ", ".join(words)


def _start(
    work: Work, names: Iterable[str], threads: int, stack: ExitStack
) -> tuple[dict[str, Worker], dict[str, str], dict[str, dict[str, float]]]:
    workers: dict[str, Worker] = {}
    errors, facts = {}, {}
    own: Worker | None = None
    for name in names:
        shared = CONTENDERS[name].ours or name == FLOOR
        try:
            if own is None or not shared:
                worker = stack.enter_context(
                    Worker(name, work.shape, work.n, work.genes, work.sizes, threads=threads, disk=work.disk)
                )
                own = worker if shared else own
            else:
                worker = own
            worker.use(name)
            first = worker.warm()
        except WorkerError as fault:
            errors[name] = str(fault)
            continue
        workers[name] = worker
        facts[name] = {**({} if shared else worker.facts), "first_call_s": first}
    return workers, errors, facts


def _interleave(
    workers: dict[str, Worker], repeats: int, work: Work
) -> tuple[dict[str, list[dict[str, float]]], dict[str, np.ndarray], dict[str, str]]:
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    scores, failed = {}, {}
    for repeat in range(1 if work.disk else repeats):
        for name, worker in workers.items():
            if name in failed or (repeat and runs[name][0]["cpu_s"] > PATIENCE):
                continue
            try:
                worker.use(name)
                runs[name].append(worker.run())
                if not repeat and name not in (FLOOR, *work.beside):
                    scores[name] = worker.scores()
            except WorkerError as fault:
                failed[name] = str(fault)
    return runs, scores, failed


def _like(
    work: Work, workers: dict[str, Worker], scores: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:  # ours by the rules of each peer
    return {
        peer: workers[work.ours].like(peer)
        for peer in work.peers
        if peer in scores and work.ours in workers and CONTENDERS[peer].like
    }


def _medians(runs: list[dict[str, float]]) -> dict[str, float | None]:
    """Medians of the times; the largest rise of memory."""
    out: dict[str, float | None] = {
        key: median(run[key] for run in runs) for key in ("wall_s", "cpu_s", "load") if key in runs[0]
    }
    for key in ("rss_rise_mb", "rss_peak_mb"):
        known = [run[key] for run in runs if run.get(key) is not None]
        out[key] = max(known) if known else None
    return out


def _compared(
    work: Work, costs: dict[str, Any], scores: dict[str, np.ndarray], like: dict[str, np.ndarray]
) -> dict[str, Any]:
    ours = costs.get(work.ours)
    if ours is None:
        return {"ratios": {}, "floor_multiple": None, "beside_ratio": None, "agreement": {}}
    alone = [costs[name]["cpu_s"] for name in work.beside if name in costs]
    return {
        "ratios": {
            peer: {kind: costs[peer][f"{kind}_s"] / ours[f"{kind}_s"] for kind in ("cpu", "wall")}
            for peer in work.peers
            if peer in costs
        },
        "floor_multiple": ours["cpu_s"] / costs[FLOOR]["cpu_s"] if FLOOR in costs else None,
        "beside_ratio": ours["cpu_s"] / max(alone) if alone else None,
        "agreement": {
            peer: agreement(scores[work.ours], scores[peer], like.get(peer)) for peer in work.peers if peer in scores
        },
    }  # fmt: skip


def agreement(
    mine: np.ndarray, theirs: np.ndarray, like: np.ndarray | None = None
) -> dict[str, float | None]:
    """How near two tables of scores are, samples x sets.

    Returns
    -------
    dict
        Largest difference, the same over the peer's range, median over sets of Spearman's rank correlation over samples,
        and the largest difference, over the range, of our scores by the peer's rules (None where there are none).
    """
    both = np.isfinite(mine) & np.isfinite(theirs)
    if not both.any():
        return {
            "max_difference": None,
            "over_range": None,
            "median_spearman": None,
            "like_over_range": None,
        }
    span = float(np.ptp(theirs[both])) or 1.0
    largest = float(np.abs(mine - theirs)[both].max())
    rows = both.all(axis=1)
    together = [_spearman(a, b) for a, b in zip(mine[rows].T, theirs[rows].T, strict=True)]
    same = None if like is None else float(np.nanmax(np.abs(like - theirs)) / span)
    return {
        "max_difference": largest,
        "over_range": largest / span,
        "median_spearman": float(np.nanmedian(together)),
        "like_over_range": same,
    }


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import rankdata

    ranks = np.array([rankdata(a), rankdata(b)])
    if (np.ptp(ranks, axis=1) == 0).any():
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])
