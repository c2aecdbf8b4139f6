"""Did the score change? One paired contrast a signature and follow-up visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import generator, number_between
from ...doors import no_change
from ...errors import DesignError, ParameterError, listing
from ...labels import label
from ...stats.flags import FEWEST_TESTED
from ..wording._sentences import change_notes, change_sentence
from ..wording._table import tidy
from ..wording._verdict import judge
from ._adjusted import Covariates, read_covariates
from ._chosen_by_baseline import (
    Forecast,
    OneOrEach,
    Rule,
    check_chosen,
    check_healthy,
    choose_by_baseline,
    everyone,
)
from ._contrast import PairedContrast, Row, add_family, arms_of, check_signature, list_flags, paired_rows
from ._healthy import Given, Healthy, read_healthy

if TYPE_CHECKING:
    from anndata import AnnData

__all__ = ["list_flags", "test_change"]


def test_change(
    change: AnnData,
    *,
    primary: str | None = None,
    primary_visit: Any = None,
    arm: str | None = None,
    healthy: Given | None = None,
    selected_by_baseline: Rule | None = None,
    icc: float | None = None,
    screening_mean: OneOrEach | None = None,
    screening_sd: OneOrEach | None = None,
    steroid: str | None = None,
    cell_fractions: Sequence[str] = (),
    level: float = 0.95,
    strict: bool = False,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Paired tests of every signature at every follow-up visit.

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    primary, primary_visit
        The one declared contrast; it is not corrected. All others are, together (Benjamini-Hochberg).
    arm
        Column of ``change.obs``: each arm by itself. This does not compare arms; ``tl.test_arms`` does.
    healthy
        Signature -> scores of healthy people, in the unit of the change; by default the ``controls`` of ``tl.change``.
    selected_by_baseline
        Test only patients with a high baseline: above a number (a cut for every signature), above ``"healthy"``
        (mean + 2 SD of healthy people), or by a label that was given by the baseline, ``(column, value)``. The fall
        that regression to the mean makes of it stands in every row and its notes.
    icc
        Correlation of two visits without treatment, for that fall; without it 0.5, 0.7 and 0.9 are shown.
    screening_mean, screening_sd
        Mean and SD of the score over all who were screened, for that fall: a number, or one a signature. Without them
        they are those of the patients at hand, and where all of these are above the cut no fall is forecast.
    steroid, cell_fractions
        Columns of the sheet at both visits: a dose, shares of cells. Beside the change stands the change at an unchanged
        dose and blood count (regression on their changes). A dose that falls because the drug works is an effect of the
        drug: the adjusted change is a sensitivity analysis. Where it cannot be made, what changed is flagged.
    level
        Level of the intervals.
    strict
        Whether fatal flags (``stats.FATAL``) are errors.
    rng
        Seed or generator: past 16 patients sign flips are drawn, not enumerated.

    Returns
    -------
    pandas.DataFrame
        One row a visit, signature and arm: mean difference with t interval, paired t ``p``, exact sign-flip ``p_exact``,
        signed-rank ``p_rank``, ``q``; ``p_fwer``, step-down max-T over all signatures and visits of an arm
        (``n_fwer`` patients); ``dz`` and Hedges' g with noncentral t intervals (``_low``, ``_high``);
        Hodges-Lehmann ``hl`` with its interval and the level it has (``hl_level``); ``baseline_mean``; of healthy people
        ``healthy_mean, healthy_sd, healthy_cut, n_healthy`` and ``n_floor`` patients who start at or below the cut;
        ``chosen_by, expected_rtm, icc_assumed`` (joined by ``;``); ``adjusted`` with interval and p, ``adjusted_for``,
        ``n_adjusted``, ``adjusted_range`` of the changes seen, ``adjusted_reason`` why there is none (one is that the dose
        fell in all: no extrapolation); patients, who was left out and why, flags; ``verdict`` (``"shown"``, ``"not
        shown"``, ``"described"``, ``"not estimable"``), by ``p`` of the primary row and ``q`` of the others; a sentence, and
        notes beside it.
        Below six patients the p-values are not given: the row is descriptive. Where nobody has both scores there are no
        numbers: the row is ``NOT_ESTIMABLE``, and the others are as they would be without it.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; the primary signature, visit or arm is not in it; nobody was selected;
        a covariate is not there or is text.
    FatalFlagError
        Under ``strict``, a row carries a fatal flag.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change("tl.test_change"))
    number_between(level, 0.5, 0.999, name="level", function="tl.test_change")
    generator(rng, function="tl.test_change")  # refused before anything is made of it
    primary_visit = _checked_primary(change, about, primary, primary_visit)
    people = read_healthy(change, healthy, "tl.test_change")
    rows: list[Row] = []
    covariates = read_covariates(change, steroid, cell_fractions, "tl.test_change")
    forecast = Forecast(icc, screening_mean, screening_sd)
    for family in _families(change, about, arm, people, selected_by_baseline, forecast, covariates):
        made = paired_rows(change, family, level, rng)
        add_family(change, made, [one.rows for one in family], generator(rng, function="tl.test_change"))
        rows += made
    for row in rows:
        row["role"] = _role(row, primary, primary_visit)
    first = [row for row in rows if row["role"] == "primary"]
    for row in first if len(first) > 1 else []:
        row["flags"] = ";".join(part for part in ("MULTIPLE_PRIMARY", row["flags"]) if part)
    judge(rows, "contrasts")
    for row in rows:
        row["sentence"] = change_sentence(row)
        row["notes"] = " ".join(change_notes(row))
    return tidy(rows, strict=strict, function="tl.test_change")


test_change.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test, for collectors that go by name


def _families(
    change: AnnData,
    about: Row,
    arm: str | None,
    people: dict[str, Healthy],
    rule: Rule | None,
    forecast: Forecast,
    covariates: Covariates,
) -> Iterator[list[PairedContrast]]:
    """The contrasts of all signatures at all visits, one list an arm."""
    names = [str(name) for name in change.var_names]
    check_healthy(rule, people)
    choices = [
        everyone(change)
        if rule is None
        else choose_by_baseline(change, column, rule, forecast, people.get(name))
        for column, name in enumerate(names)
    ]
    check_chosen(choices)
    visits = change.obs[keys.OBS_VISIT].astype(str)
    for one in arms_of(change, about, arm, "tl.test_change"):
        family: list[PairedContrast] = []
        for visit in about["followups"]:
            inside = one.rows & (visits == visit).to_numpy()
            family += [
                PairedContrast(
                    {**about, "left_out": one.left_out},
                    visit,
                    one.name,
                    inside,
                    column,
                    choice,
                    people.get(name),
                    covariates,
                )
                for column, (name, choice) in enumerate(zip(names, choices, strict=True))
                if (inside & choice.rows).any()
            ]
        if family:
            yield family


def _checked_primary(change: AnnData, about: Row, primary: str | None, visit: Any) -> str | None:
    check_signature(change, primary)
    chosen = label(visit)
    if chosen is not None and chosen not in about["followups"]:
        raise ParameterError(
            f"The primary visit {chosen!r} is not a follow-up visit: {listing(about['followups'])}."
        )
    return chosen or (about["followups"][0] if primary is not None else None)


def _role(row: Row, primary: str | None, primary_visit: str | None) -> str:
    if row["n_patients"] < FEWEST_TESTED:
        return "descriptive"
    return "primary" if row["signature"] == primary and row["visit"] == primary_visit else "secondary"
