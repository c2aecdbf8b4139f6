"""Patients chosen by their baseline, and how far they are expected to fall although nothing happened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from scipy import stats

from ... import keys
from ...checks import column_in, number_between
from ...doors import argument, give, subject
from ...errors import DesignError, DesignWarning, ParameterError, listing, warn
from ...labels import label, labels, present
from ...stats.changes.regression_to_mean import ExpectedFall, expected_excess, expected_falls
from ._healthy import Healthy, or_healthy

if TYPE_CHECKING:
    from anndata import AnnData

Rule: TypeAlias = float | str | tuple[str, Any]
OneOrEach: TypeAlias = float | Mapping[str, float]
"""A number for every signature, or one a signature."""
FEWEST = 3
"""Patients below whom an SD of all of them is not worth a forecast."""


@dataclass(frozen=True, slots=True, eq=False)
class BaselineChoice:
    """Rows of the change that were chosen, in words by what, and the falls expected without any effect."""

    rows: np.ndarray
    rule: str
    falls: tuple[ExpectedFall, ...]


def everyone(change: AnnData) -> BaselineChoice:
    """No choice."""
    return BaselineChoice(np.ones(change.n_obs, dtype=bool), "", ())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the fall is told by: test-retest correlation, and mean and SD of all who were screened (None: not known)."""

    icc: float | None
    mean: OneOrEach | None
    sd: OneOrEach | None

    def screened(self, signature: str) -> tuple[float, float] | None:
        """Mean and SD of everybody who was screened; None where they are not given.

        Raises
        ------
        ParameterError
            One is given without the other, or is no number.
        """
        found = {
            name: given.get(signature) if isinstance(given, Mapping) else given
            for name, given in (("screening_mean", self.mean), ("screening_sd", self.sd))
        }
        if all(value is None for value in found.values()):
            return None
        if absent := [name for name, value in found.items() if value is None]:
            raise ParameterError(
                f"{subject('tl.test_change', absent[0])} is needed for {signature} too: the fall rests on mean and SD of"
                " all who were screened."
            )
        mean, sd = (
            number_between(value, low, 1e300, name=name, function="tl.test_change")
            for (name, value), low in zip(found.items(), (-1e300, 1e-300), strict=True)
        )
        return mean, sd


def choose_by_baseline(
    change: AnnData, column: int, rule: Rule, forecast: Forecast, healthy: Healthy | None
) -> BaselineChoice:
    """The patients above a baseline cut, or with a label that was given by the baseline.

    ``rule`` is a cut, ``"healthy"`` (mean + 2 SD of healthy), or ``(column, value)``: then the cut of the forecast is
    the one that chooses the same share of a normal distribution. Where everybody is above the cut, only what is known
    of all who were screened can tell the fall: the top alone says next to nothing of the rest.

    Raises
    ------
    DesignError, ParameterError
        Everybody has the label, there are no healthy scores, or the rule is of another kind.
    """
    signature = str(change.var_names[column])
    before = np.asarray(change.layers[keys.LAYER_BASELINE])[:, column]
    first = ~change.obs[keys.OBS_PATIENT].duplicated().to_numpy()
    everybody = before[first & ~np.isnan(before)]
    screened = forecast.screened(signature)
    if isinstance(rule, tuple):
        rows, text = _labelled(change, rule, first, screened is not None)
        share = float(rows[first].mean())
        cut = np.nan
    elif rule == "healthy" and healthy is None:
        return BaselineChoice(
            np.zeros(len(before), dtype=bool),
            f"a baseline above healthy in {signature} (no healthy scores)",
            (),
        )
    else:
        cut = _cut(rule, healthy)
        rows, text, share = before > cut, f"a baseline above {cut:.3g}", np.nan
    if not rows.any():
        highest = f"{np.nanmax(before):.3g}" if len(everybody) else "none, no patient has a baseline score"
        return BaselineChoice(rows, f"{text} in {signature} (highest baseline: {highest})", ())
    excess = None
    if screened is not None and np.isnan(cut):
        excess = float(np.nanmean(before[rows & first])) - screened[0]
    elif screened is not None:
        excess = expected_excess(screened[1], cut, mean=screened[0])
    elif len(everybody) >= FEWEST and (everybody.std() > 0) and not (everybody > cut).all():
        mean, sd = float(everybody.mean()), float(everybody.std(ddof=1))
        cut = mean + sd * float(stats.norm.isf(share)) if np.isnan(cut) else cut
        excess = expected_excess(sd, cut, mean=mean)
    return BaselineChoice(rows, text, () if excess is None else expected_falls(excess, forecast.icc))


def check_chosen(choices: list[BaselineChoice]) -> None:
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


def check_healthy(rule: Rule | None, people: Collection[str]) -> None:
    """Stop where patients are to be chosen against healthy people and no signature has their scores.

    Raises
    ------
    DesignError
        There are none.
    """
    if rule == "healthy" and not people:
        raise DesignError(
            f"{argument('tl.test_change', 'selected_by_baseline', 'healthy')} needs scores of at"
            f" least two healthy people: {or_healthy()}"
        )


def _cut(rule: float | str, healthy: Healthy | None) -> float:
    if rule == "healthy" and healthy is not None:
        return healthy.cut
    if isinstance(rule, str):
        raise ParameterError(
            f"{subject('tl.test_change', 'selected_by_baseline')} must be a cut, 'healthy' or (column, value)."
            f" Got {rule!r} instead."
        )
    return number_between(rule, -1e300, 1e300, name="selected_by_baseline", function="tl.test_change")


def _labelled(
    change: AnnData, rule: tuple[str, Any], first: np.ndarray, screened: bool
) -> tuple[np.ndarray, str]:
    column, value = rule
    column_in(column, change.obs.columns, name="selected_by_baseline", function="tl.test_change")
    names = labels(change.obs[column])
    rows = (names == label(value)).to_numpy()
    if rows[first].all() and not screened:
        raise DesignError(
            f"Every patient has {column} = {label(value)}: how far the chosen ones fall by themselves can only be told"
            " beside those who were not chosen. Make the change of all patients"
            + give(
                "tl.test_change",
                "screening_mean",
                before=", or ",
                after=" and the SD of all who were screened",
            )
            + "."
        )
    if not rows.any():
        raise DesignError(
            f"No patient has {column} = {value!r}. Values there: {listing(present(change.obs[column]))}."
        )
    return rows, f"{column} = {label(value)}"
