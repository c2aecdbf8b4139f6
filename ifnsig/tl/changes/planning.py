"""How many patients a study needs, by closed form and by simulation of the exact tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
from scipy import stats

from ...checks import generator, number_between
from ...doors import called, say
from ...errors import ParameterError
from ...stats.flags import FEWEST_TESTED
from ...stats.planning.power import (
    PatientsNeeded,
    SimulatedPower,
    auc_patients_needed,
    paired_power,
    pairs_needed,
    simulate_auc_power,
    simulate_paired_power,
    standardised_change,
)

SURE = 0.8
"""How sure a pilot's SD is to lie below the one that is planned with."""

MOST_SIMULATED = 200
"""Pairs, or patients in a class, up to which studies are simulated."""

Row = dict[str, Any]


def plan_pairs(
    *,
    dz: float | None = None,
    suppression: float | None = None,
    excess: float | None = None,
    sd_change: float | None = None,
    n_pilot: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    n_simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Pairs needed to show a change, by the paired t (closed form) and by the exact tests (simulation).

    Never fewer than the six that ``tl.test_change`` tests; the power is then that of six pairs.

    Parameters
    ----------
    dz
        Mean change / SD of the changes; or
    suppression, excess, sd_change
        percent of the excess over healthy that is to go, with the excess (mean baseline - healthy mean) and the SD of
        the changes of a pilot.
    n_pilot
        Patients of the pilot, if the SD came from one. A pilot's SD is too small as often as too large; a row more gives
        the pairs for its upper 80 % limit, SD sqrt((n - 1) / chi2), which four in five pilots stay below (Browne 1995,
        doi 10.1002/sim.4780141709).
    power, alpha
        What is wanted, two-sided.
    n_simulations, seed
        Simulated studies for each number of pairs that is tried; 0 for the closed form alone.

    Returns
    -------
    pandas.DataFrame
        One row a test: ``test, how ("closed form" or "simulation"), effect, effect_type, n, power, mc_error`` (standard
        error of a simulated power), ``n_simulations, power_wanted, alpha``.

    Raises
    ------
    ParameterError
        Neither or both of the two ways to give the effect, or a number outside its range.
    """
    parts = (suppression, excess, sd_change)
    if dz is None and suppression is not None and excess is not None and sd_change is not None:
        size = standardised_change(suppression, excess, sd_change)
    elif dz is not None and all(part is None for part in parts):
        size = dz
    else:
        raise ParameterError(
            "Give the effect one way: dz, or all of suppression (percent), excess and sd_change from a pilot."
        )
    generator(seed, name="seed", function="tl.plan_pairs")
    needed = _tested(pairs_needed(size, power, alpha), size)
    common = {"effect": size, "effect_type": "dz", "power_wanted": power, "alpha": alpha}
    rows = [{"test": "paired_t", **_closed(needed)}]
    if n_pilot is not None:
        n = int(number_between(n_pilot, 3, 1_000_000, name="n_pilot", function="tl.plan_pairs"))
        larger = math.sqrt((n - 1) / float(stats.chi2.ppf(1 - SURE, n - 1)))
        rows.append(
            {
                "test": f"paired_t, SD of the pilot at its upper {SURE:.0%} limit".replace("%", " %"),
                **_closed(_tested(pairs_needed(size / larger, power, alpha), size / larger)),
                "effect": size / larger,
            }
        )
    for test in ("sign_flip", "signed_rank") if n_simulations else ():

        def study(n: int, test: str = test) -> SimulatedPower:
            return simulate_paired_power(n, size, test, rng=seed, alpha=alpha, n_simulations=n_simulations)

        rows += _simulated(test, study, needed.n, power)
    return _table(rows, common, ["n"])


def plan_auc(
    auc: float,
    *,
    ratio: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
    n_simulations: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Patients a class needed to tell an AUC from 0.5, by closed form and by simulation of the exact rank-sum test.

    Parameters
    ----------
    auc
        Expected area.
    ratio
        Negatives a positive.
    power, alpha, n_simulations, seed
        As in :func:`plan_pairs`.

    Returns
    -------
    pandas.DataFrame
        As :func:`plan_pairs`, with ``n_positive`` and ``n_negative`` in the place of ``n``.

    Raises
    ------
    ParameterError
        A number outside its range, or an AUC of 0.5.
    """
    generator(seed, name="seed", function="tl.plan_auc")
    needed = auc_patients_needed(auc, power, alpha, ratio=ratio)
    common = {"effect": auc, "effect_type": "AUC", "power_wanted": power, "alpha": alpha}
    rows: list[Row] = [{"test": "AUC, normal approximation", **_closed(needed)}]

    def study(n: int) -> SimulatedPower:
        negative = max(2, round(n * ratio))
        return simulate_auc_power(auc, n, negative, rng=seed, alpha=alpha, n_simulations=n_simulations)

    if n_simulations and needed.n_negative <= MOST_SIMULATED:
        rows += _simulated("rank_sum", study, needed.n, power, most=int(MOST_SIMULATED / max(ratio, 1.0)))
    for row in rows:
        row["n_positive"] = row.pop("n")
    return _table(rows, common, ["n_positive", "n_negative"])


def _tested(needed: PatientsNeeded, size: float) -> PatientsNeeded:
    """Not fewer pairs than ``tl.test_change`` tests: below them it gives no p."""
    if needed.n >= FEWEST_TESTED:
        return needed
    power = paired_power(FEWEST_TESTED, size, needed.alpha)
    return replace(needed, n=FEWEST_TESTED, n_negative=FEWEST_TESTED, power=power)


def _closed(needed: PatientsNeeded) -> Row:
    return {"how": "closed form", "n": needed.n, "n_negative": needed.n_negative, "power": needed.power}


def _simulated(
    test: str, study: Callable[[int], SimulatedPower], start: int, power: float, most: int = MOST_SIMULATED
) -> list[Row]:
    """The first number, from that of the closed form up, whose simulated power is enough."""
    for n in range(start, most + 1):
        found = study(n)
        if found.power >= power:
            return [{
                "test": test, "how": "simulation", "n": n, "n_negative": found.n_negative, "power": found.power,
                "mc_error": found.mc_error, "n_simulations": found.n_simulations,
            }]  # fmt: skip
    return []


def _table(rows: list[Row], common: Row, counts: list[str]) -> pd.DataFrame:
    order = [
        "test",
        "how",
        "effect",
        "effect_type",
        *counts,
        "power",
        "mc_error",
        "n_simulations",
        "power_wanted",
        "alpha",
    ]
    return pd.DataFrame([{**common, **row} for row in rows], columns=order)


def pilot_numbers(tests: pd.DataFrame) -> dict[str, float]:
    """``excess``, ``sd_change`` and ``n_pilot`` of a pilot for :func:`plan_pairs`, from the table of ``tl.test_change``.

    The primary row counts, else the first.

    Raises
    ------
    ParameterError
        It is not such a table, has no healthy people, or an SD of fewer than three patients.
    """
    needed = ("role", "baseline_mean", "healthy_mean", "sd_change", "n_patients")
    if absent := [name for name in needed if name not in tests] or (["rows"] if tests.empty else []):
        raise ParameterError(
            f"{called('tl.pilot_numbers')} needs the table of {say(python='tl.test_change', command='the tests of change')};"
            f" it has no {', '.join(absent)}."
        )
    rows = tests[tests["role"] == "primary"]
    row = (rows if len(rows) else tests).iloc[0]
    excess, sd = float(row["baseline_mean"] - row["healthy_mean"]), float(row["sd_change"])
    if not (excess > 0 and sd > 0) or row["n_patients"] < 3:
        raise ParameterError(
            f"The pilot's excess over healthy is {excess:.3g} and the SD of its changes {sd:.3g} in {row['n_patients']:.0f}"
            " patients; both must be above 0, in at least 3 patients."
        )
    return {"excess": excess, "sd_change": sd, "n_pilot": int(row["n_patients"])}
