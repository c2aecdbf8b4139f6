"""One method under calibration, and the run of one cell: a method, a setting, a size."""

from __future__ import annotations

import math
import re
import time
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from ifnsig.errors import IfnsigError

SEED = 20_261
SIZES = (3, 6, 12, 24, 48)
QUICK, SLOW = 2000, 300
"""Cohorts a cell: the standard error of a rate of .05 or .95 is .005 and .013."""
FLAGGED = 100
"""Cohorts of a cell whose flags are looked at."""
RATES = ("type I error", "coverage", "power")
Row: TypeAlias = dict[str, Any]


def no_flags() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One cohort. ``hit``: rejected, or the interval holds the truth, or a number; NaN where no result is given."""

    hit: float
    flags: Callable[[], tuple[str, ...]] = no_flags


Draw: TypeAlias = Callable[[np.random.Generator, int, str], Trial]


@dataclass(frozen=True, slots=True)
class Entry:
    """One method.

    Attributes
    ----------
    group, method
        Heading and row of the page.
    measure
        ``"type I error"`` (share of null cohorts that are rejected, or where any of a family is), ``"coverage"``,
        ``"power"``, or ``"bias"`` (mean of a number whose target is ``nominal``).
    nominal
        What it should be; a function of the size where that is no constant.
    trial
        (rng, size, setting) -> Trial.
    settings
        Names that ``trial`` understands, in the order of the page.
    sizes, replicates
        Patients in a cohort, and cohorts.
    remark
        What to know where the rate is off: what the package does about it.
    """

    group: str
    method: str
    measure: str
    nominal: float | Callable[[int], float]
    trial: Draw
    settings: tuple[str, ...]
    sizes: tuple[int, ...] = SIZES
    replicates: int = QUICK
    remark: str = ""
    most: dict[str, int] = field(default_factory=dict)
    """Setting -> most patients that it has."""

    def target(self, n: int) -> float:
        return float(self.nominal(n) if callable(self.nominal) else self.nominal)

    def cells(self) -> list[tuple[Entry, str, int]]:
        return [(self, name, n) for name in self.settings for n in self.sizes if n <= self.most.get(name, n)]


def _refusal(message: str) -> tuple[str, ...]:
    """A refusal by its code, where its message begins with one."""
    code = message.split(":")[0]
    return (code,) if re.fullmatch(r"[A-Z][A-Z0-9_]+", code) else ("refused",)


def run_cell(entry: Entry, setting: str, n: int, replicates: int | None = None) -> Row:
    """The rate of one cell. Its seed comes from its names, so it does not depend on what else is run."""
    key = f"{entry.group}|{entry.method}|{entry.measure}|{setting}|{n}"
    rng = np.random.default_rng([SEED, zlib.crc32(key.encode())])
    number = entry.replicates if replicates is None else replicates
    hits, raised, started = np.empty(number), [], time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of small cohorts are what the flags say
        for i in range(number):
            try:
                trial = entry.trial(rng, n, setting)
            except IfnsigError as fault:
                trial = Trial(math.nan, partial(_refusal, str(fault)))
            hits[i] = trial.hit
            if i < FLAGGED:
                raised.append(trial.flags())
    given = hits[~np.isnan(hits)]
    codes = sorted({code for codes in raised for code in codes})
    return {
        "group": entry.group, "method": entry.method, "measure": entry.measure, "setting": setting, "n": n,
        "nominal": entry.target(n), "replicates": number, "given": len(given) / number,
        "rate": float(given.mean()) if len(given) else math.nan, "error": _error(given, entry, n),
        "flagged": {code: sum(code in codes for codes in raised) / len(raised) for code in codes},
        "cpu_s": time.process_time() - started,
    }  # fmt: skip


def _error(given: np.ndarray, entry: Entry, n: int) -> float:
    """Monte Carlo standard error: of a yes or no from the larger of its nominal and its own binomial variance."""
    if len(given) < 2:
        return math.nan
    own = float(given.std(ddof=1))
    binary = entry.measure in RATES and bool(np.isin(given, (0.0, 1.0)).all())
    target = entry.target(n)
    return (
        max(own, math.sqrt(target * (1 - target))) / math.sqrt(len(given))
        if binary
        else own / math.sqrt(len(given))
    )
