"""The cohorts of survival.R, seeded and rounded: `python inputs.py` writes inputs.csv again."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np

FIELDS = ("case", "id", "start", "stop", "event", "x", "z", "stratum")
LOGNORMAL = (0, 2, 14, 69, 51, 1, 85, 230, 4, 33, 13)
"""Seeds: the last nine are cohorts in which Newton's method without halved steps runs away."""
Row = tuple[float, float, float, int, float, float, int]


def lognormal(seed: int) -> list[Row]:
    """Scores on a linear scale (log-SD 1 to 2), hazard by their logarithm or none."""
    rng = np.random.default_rng(seed)
    n, sd, slope = int(rng.choice([24, 40, 60, 100, 200])), rng.choice([1, 1.5, 2]), rng.choice([0, 0.3, 0.6])
    x = np.round(np.exp(rng.normal(0, sd, n)), 4)
    t, c = rng.exponential(10 / np.exp(slope * np.log(x))), rng.exponential(15, n)
    stop = np.round(np.minimum(t, c) + 0.01, 2)
    return [(i, 0, stop[i], int(t[i] <= c[i]), x[i], 0, 0) for i in range(n)]


def visits(seed: int, n: int) -> list[Row]:
    """A score updated at months 1, 2, 3, 6; events and censoring fall on visits, some on months between."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for who in range(n):
        end, event, edges = (
            int(rng.choice([1, 2, 3, 4, 5, 6, 9])),
            int(rng.random() < 0.7),
            [0, 1, 2, 3, 6, 99],
        )
        level, z = rng.normal(), int(rng.random() < 0.5)
        for begin, until in itertools.pairwise(edges):
            if begin < end:
                last = end <= until
                score = round(level + rng.normal(0, 0.8) + 0.8 * event * last, 3)
                rows.append((who, begin, min(until, end), int(event and last), score, z, who % 3))
    return rows


def late(seed: int) -> list[Row]:
    """Late entry in whole months, with entries on the months of events."""
    rng = np.random.default_rng(seed)
    x, z = np.round(rng.normal(size=60), 3), rng.integers(0, 2, 60)
    begin = rng.integers(0, 6, 60)
    length = np.ceil(rng.exponential(6 / np.exp(0.6 * x))).astype(int)
    event = (rng.random(60) < 0.75).astype(int)
    return [(i, begin[i], begin[i] + length[i], event[i], x[i], z[i], i % 4) for i in range(60)]


def extreme() -> list[Row]:
    """One score sixty SD away, in the first patient to have the event."""
    rng = np.random.default_rng(12)
    x, stop = np.round(rng.normal(size=30), 3), rng.permutation(30) + 1
    x[np.argmin(stop)] = 60
    return [(i, 0, stop[i], int(stop[i] == 1 or i % 3 > 0), x[i], i % 2, 0) for i in range(30)]


def tied_dead() -> list[Row]:
    """Every event above those who go on, yet the tied dead differ among themselves: there is a maximum."""
    x, stop, event = (
        (2.1, 3.4, 2.8, 1.0, 0.4, 1.3, 0.2, 0.9),
        (1, 1, 1, 2, 2, 2, 3, 3),
        (1, 1, 1, 0, 0, 1, 0, 0),
    )
    return [(i, 0, stop[i], event[i], x[i], i % 2, 0) for i in range(8)]


def main() -> None:
    cases = {f"lognormal{seed}": lognormal(seed) for seed in LOGNORMAL}
    cases |= {"visits12": visits(3, 12), "visits40": visits(4, 40), "late": late(5), "extreme": extreme()}
    cases |= {"tied_dead": tied_dead()}
    with Path(__file__).with_name("inputs.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows((name, *row) for name, rows in cases.items() for row in rows)


if __name__ == "__main__":
    main()
