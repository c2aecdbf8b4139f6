"""What stands beside an association: what its design could have shown, the change at equal baseline, random gene sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import keys
from ...doors import say, subject
from ...errors import ParameterError, listing
from ...stats.flags import FEW_IN_CLASS
from ...stats.genes.negative_control import GLOBAL_SHARE, negative_control
from ...stats.planning.association_power import reach
from ...stats.time_to_event.survival import null_residuals
from . import _binary as binary
from . import _numeric as numbers
from . import _time as timed
from ._estimate import NAN, CompleteData, Row
from ._patients import View

if TYPE_CHECKING:
    from anndata import AnnData

PLANNED_AS = {
    "AUC": "AUC", "spearman": "rho", "partial_spearman": "rho", "rmcorr": "rho", "tau_b": "tau_b", "logHR": "logHR",
    "logOR": "logOR", "cumulative_logOR": "",
}  # fmt: skip
"""How the size of each estimate is planned; an empty one is not."""
NO_REACH: Row = {"detectable": NAN, "relevant": NAN, "n_needed": NAN, "power_wanted": NAN}
POWER = 0.8


def detectable_numbers(row: Row, relevant: float | None) -> Row:
    """Smallest association that this design shows with power .8, and the patients that the relevant one needs.

    Ratios are a SD of the score. Classes are planned of equal size; nothing is said where one has fewer than five patients.
    """
    kind = PLANNED_AS.get(row["estimate_type"], "")
    if not kind or not row["n"]:
        return dict(NO_REACH)
    negative = 0 if math.isnan(row["n_negative"]) else int(row["n_negative"])
    if kind in ("AUC", "logOR") and min(row["n_positive"], negative) < FEW_IN_CLASS:
        return dict(NO_REACH)  # nothing is planned from a class that happened to be so small
    n = row["n_positive"] if kind in ("AUC", "logOR") else row["n_events"] if kind == "logHR" else row["n"]
    if kind == "rho" and not math.isnan(row["df"]):
        n = row["df"] + 2  # covariates, or the patients' own means, have taken their share
    size = math.log(relevant) if relevant is not None and kind.startswith("log") else relevant
    found = reach(kind, int(n), negative, relevant=size, power=POWER)
    return {
        "detectable": found.detectable, "relevant": found.relevant, "n_needed": found.n_needed,
        "power_wanted": POWER,
    }  # fmt: skip


NO_BASELINE: Row = {
    "given_estimate": NAN, "given_type": "", "given_low": NAN, "given_high": NAN, "given_p": NAN, "given_method": "",
}  # fmt: skip
MODELS: dict[str, tuple[Callable[[CompleteData], Row], ...]] = {
    "binary": (binary.odds,),
    "ordinal": (numbers.cumulative_odds, numbers.partial_correlation),
    "numeric": (numbers.partial_correlation,),
    "time_to_event": (timed.hazard,),
}
"""The models of each type of outcome; a later one where those before it give no p (proportional odds in few patients)."""


def given_baseline(complete: CompleteData, kind: str) -> Row:
    """Estimate, interval and p of the change with the baseline score among the covariates; NaN where there is none.

    A change depends on where it starts, so that a response that depends on it goes with the change whatever the drug does:
    of cohorts of 48 whose response depends on the baseline alone 14 to 30 % show one, and about 5 % at equal baseline.
    """
    if complete.before is None or complete.sets is not None or kind not in MODELS:
        return dict(NO_BASELINE)
    beside = replace(complete, covariates=np.column_stack([complete.covariates, complete.before]))
    for model in MODELS[kind]:
        found = model(beside)
        if not np.isnan(found["p"]):
            return {
                "given_estimate": found["estimate"], "given_type": found["estimate_type"], "given_low": found["ci_low"],
                "given_high": found["ci_high"], "given_p": found["p"], "given_method": found["ci_method"],
            }  # fmt: skip
    return dict(NO_BASELINE)


NO_CONTROL: Row = {
    "p_label": NAN, "pct_random": NAN, "frac_random_p05": NAN, "p_partial_random": NAN, "n_random_sets": 0,
}  # fmt: skip
PERMUTATIONS = 999


def read_random(random: Any, method: str) -> dict[str, AnnData]:
    """Signature -> what ``tl.random_scores`` returned for it, of the scores that are associated.

    Raises
    ------
    ParameterError
        Something else, or random sets scored by another method.
    """
    given: Sequence[Any] = [] if random is None else random if isinstance(random, (list, tuple)) else [random]
    found: dict[str, AnnData] = {}
    for one in given:
        about = keys.read_field(one, keys.FIELD_RANDOM) if hasattr(one, "uns") else None
        if about is None:
            raise ParameterError(
                f"{subject('tl.associate', 'random')} must be "
                + say(python="what tl.random_scores returned", command="random scores")
                + f", or a list of these. Got {type(one).__name__}."
            )
        if about["method"] != method:
            raise ParameterError(
                f"The random sets of {about['signature']} were scored by {about['method']!r}, the scores by {method!r}."
            )
        found[str(about["signature"])] = one
    return found


def random_matrix(random: AnnData, view: View) -> np.ndarray:
    """Scores of the random sets in the rows of a view, shape (rows, sets): means and changes as the view's own.

    Raises
    ------
    ParameterError
        Samples that the random sets were not scored in.
    """
    places = {str(name): place for place, name in enumerate(random.obs_names)}
    wanted = {name for _, rows in view.samples for names in rows for name in names}
    if lacking := sorted(wanted - set(places)):
        raise ParameterError(
            f"The random sets were not scored in {len(lacking)} samples: {listing(lacking)}. Score the random sets in the"
            " same samples."
        )
    table = np.asarray(random.X, dtype=np.float64)
    total = np.zeros((len(view.values), table.shape[1]))
    for sign, rows in view.samples:
        if all(len(names) == 1 for names in rows):
            total += sign * table[[places[name] for (name,) in rows]]
            continue
        for place, names in enumerate(rows):
            total[place] += sign * table[[places[name] for name in names]].mean(axis=0)
    return total


def control_numbers(complete: CompleteData, table: np.ndarray, outcome_type: str) -> Row:
    """The four numbers, and the flag of a shift of the whole transcriptome."""
    ranks = outcome_type != "time_to_event"
    target = (
        null_residuals(np.asarray(complete.time), complete.y) if complete.time is not None else complete.y
    )
    if len(complete.x) < 4 or np.ptp(target) == 0 or np.ptp(complete.x) == 0:
        return {**NO_CONTROL, "flags": []}
    found = negative_control(
        complete.x, table, target, ranks=ranks, n_permutations=PERMUTATIONS, rng=complete.rng
    )
    return {
        "p_label": found.p_label, "pct_random": found.pct_random, "frac_random_p05": found.frac_random_p05,
        "p_partial_random": found.p_partial, "n_random_sets": found.n_sets,
        "flags": ["GLOBAL_SHIFT"] if found.frac_random_p05 > GLOBAL_SHARE else [],
    }  # fmt: skip
