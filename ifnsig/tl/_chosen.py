"""Patients chosen by their baseline, and how far they are expected to fall although nothing happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import stats

from .. import keys
from ..checks import column_in, number_between
from ..doors import argument, subject
from ..errors import DesignError, DesignWarning, ParameterError, listing, warn
from ..labels import label, labels, present
from ..stats.regression_to_mean import ExpectedFall, before_selection, expected_falls
from ._healthy import Healthy, or_healthy

if TYPE_CHECKING:
    from anndata import AnnData

Rule: TypeAlias = float | str | tuple[str, Any]
FEWEST = 3
"""Patients below whom an SD of all of them is not worth a forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Rows of the change that were chosen, in words by what, and the falls expected without any effect."""

    rows: np.ndarray
    rule: str
    falls: tuple[ExpectedFall, ...]


def everyone(change: AnnData) -> Choice:
    """No choice."""
    return Choice(np.ones(change.n_obs, dtype=bool), "", ())


def choose(change: AnnData, column: int, rule: Rule, icc: float | None, healthy: Healthy | None) -> Choice:
    """The patients above a baseline cut, or with a label that was given by the baseline.

    ``rule`` is a cut, ``"healthy"`` (mean + 2 SD of healthy), or ``(column, value)``: then the cut of the forecast is
    the one that chooses the same share of a normal distribution.

    Raises
    ------
    DesignError, ParameterError
        Everybody has the label, there are no healthy scores, or the rule is of another kind.
    """
    signature = str(change.var_names[column])
    before = np.asarray(change.layers[keys.LAYER_BASELINE])[:, column]
    first = ~change.obs[keys.OBS_PATIENT].duplicated().to_numpy()
    everybody = before[first & ~np.isnan(before)]
    if not len(everybody):
        raise DesignError(f"No patient has a baseline score of {signature}.")
    mean, sd = float(everybody.mean()), float(everybody.std(ddof=1)) if len(everybody) > 1 else 0.0
    if isinstance(rule, tuple):
        rows, text, cut = _labelled(change, rule, first, mean, sd)
    else:
        cut = _cut(rule, signature, healthy)
        rows, text = before > cut, f"a baseline above {cut:.3g}"
    if not rows.any():
        return Choice(rows, f"{text} in {signature} (highest baseline: {np.nanmax(before):.3g})", ())
    if not isinstance(rule, tuple) and (everybody > cut).all():
        # those who were not chosen are not here: what all looked like is told from the top alone
        mean, sd = before_selection(mean, sd, cut) or (mean, 0.0)
    enough = len(everybody) >= FEWEST and sd > 0
    return Choice(rows, text, expected_falls(sd, cut, mean=mean, icc=icc) if enough else ())


def check_chosen(choices: list[Choice]) -> None:
    """Say of which signatures nobody was chosen; stop when that is all of them.

    Raises
    ------
    DesignError
        Nobody was chosen by any signature.
    """
    empty = [choice.rule for choice in choices if not choice.rows.any()]
    if len(empty) == len(choices):
        raise DesignError(f"No patient has {listing(empty)}: nobody is left to test.")
    if empty:
        warn(f"No patient has {listing(empty)}: there is no row of it.", DesignWarning, stacklevel=5)


def _cut(rule: float | str, signature: str, healthy: Healthy | None) -> float:
    if rule == "healthy":
        if healthy is None:
            raise DesignError(
                f"{argument('tl.test_change', 'selected_by_baseline', 'healthy')} needs scores of at"
                f" least two healthy people for {signature}: {or_healthy()}"
            )
        return healthy.cut
    if isinstance(rule, str):
        raise ParameterError(
            f"{subject('tl.test_change', 'selected_by_baseline')} must be a cut, 'healthy' or (column, value)."
            f" Got {rule!r} instead."
        )
    return number_between(rule, -1e300, 1e300, name="selected_by_baseline", function="tl.test_change")


def _labelled(
    change: AnnData, rule: tuple[str, Any], first: np.ndarray, mean: float, sd: float
) -> tuple[np.ndarray, str, float]:
    column, value = rule
    column_in(column, change.obs.columns, name="selected_by_baseline", function="tl.test_change")
    names = labels(change.obs[column])
    rows = (names == label(value)).to_numpy()
    share = float(rows[first].mean())
    if share == 1:
        raise DesignError(
            f"Every patient has {column} = {label(value)}: how far the chosen ones fall by themselves can only be told"
            " beside those who were not chosen. Make the change of all patients."
        )
    if share == 0:
        raise DesignError(
            f"No patient has {column} = {value!r}. Values there: {listing(present(change.obs[column]))}."
        )
    return rows, f"{column} = {label(value)}", mean + sd * float(stats.norm.isf(share))
