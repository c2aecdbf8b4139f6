"""What an association's design could have shown: columns of its row."""

from __future__ import annotations

import math

from ...stats.flags import FEW_IN_CLASS
from ...stats.planning.association_power import reach
from ._estimate import NAN, Row

KIND = {
    "AUC": "AUC", "spearman": "rho", "partial_spearman": "rho", "rmcorr": "rho", "tau_b": "tau_b", "logHR": "logHR",
    "logOR": "logOR", "cumulative_logOR": "",
}  # fmt: skip
"""How the size of each estimate is planned; an empty one is not."""
EMPTY: Row = {"detectable": NAN, "relevant": NAN, "n_needed": NAN, "power_wanted": NAN}
POWER = 0.8


def reach_numbers(row: Row, relevant: float | None) -> Row:
    """Smallest association that this design shows with power .8, and the patients that the relevant one needs.

    Ratios are a SD of the score. Classes are planned of equal size; nothing is said where one has fewer than five patients.
    """
    kind = KIND.get(row["estimate_type"], "")
    if not kind or not row["n"]:
        return dict(EMPTY)
    negative = 0 if math.isnan(row["n_negative"]) else int(row["n_negative"])
    if kind in ("AUC", "logOR") and min(row["n_positive"], negative) < FEW_IN_CLASS:
        return dict(EMPTY)  # nothing is planned from a class that happened to be so small
    n = row["n_positive"] if kind in ("AUC", "logOR") else row["n_events"] if kind == "logHR" else row["n"]
    if kind == "rho" and not math.isnan(row["df"]):
        n = row["df"] + 2  # covariates, or the patients' own means, have taken their share
    size = math.log(relevant) if relevant is not None and kind.startswith("log") else relevant
    found = reach(kind, int(n), negative, relevant=size, power=POWER)
    return {
        "detectable": found.detectable, "relevant": found.relevant, "n_needed": found.n_needed,
        "power_wanted": POWER,
    }  # fmt: skip
