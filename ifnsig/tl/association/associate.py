"""Do scores go with clinical response? One row a signature, score and visit, and one more for each adjustment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ... import keys
from ...checks import number_between, one_of
from ...labels import label
from ..wording._association_sentence import association_notes, association_sentence
from ..wording._verdict import judge
from ._beside import read_random
from ._outcome_rows import views_of
from ._outcomes import Kind, read_outcome
from ._patients import Samples, method_facts
from ._rows import AssociationCall, association_rows

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.associate"


def associate(
    data: AnnData,
    *,
    response: str,
    positive: Any = None,
    negative: Any = None,
    outcome_type: Kind | None = None,
    classes: Sequence[Any] = (),
    time: str | None = None,
    times: Mapping[Any, float] | None = None,
    score: str | Sequence[str] | None = None,
    method: str | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    samples: Samples | None = None,
    covariates: Sequence[str] = (),
    matched_set: str | None = None,
    matched_on: Literal["exposure", "outcome"] | None = None,
    strata: str | None = None,
    random: Any = None,
    exploratory_cut: bool = False,
    relevant: float | None = None,
    primary: str | None = None,
    primary_visit: Any = None,
    level: float = 0.95,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Association of scores with a response, the patient being the unit.

    Parameters
    ----------
    data
        What ``tl.change`` returned (then every ``score`` of every visit), or scored samples (then one row a patient).
    response
        A measure that ``tl.respond`` wrote, or a column of the sheet; for a time to event the column of the event.
    positive, negative
        Values of the column that count as the outcome and as its absence; one is enough. Without them the column is a
        number (an event: 1 and 0).
    outcome_type
        ``"binary"``, ``"ordinal"``, ``"numeric"``, ``"repeated"`` (a number at every visit, correlated within patients) or
        ``"time_to_event"``; by default what the other arguments say.
    classes
        Values of an ordered column, from the lowest to the highest.
    time
        Column of the follow-up time, counted from the score at baseline.
    times
        Visit -> time since baseline, on the scale of ``time``. A score on treatment is then followed from its visit
        (landmark); without it the association is refused.
    score
        Of a change: ``"baseline"``, ``"followup"``, ``"change"``, or several (by default all; of a time to event those
        that ``times`` allows). Of scored samples: none, or ``"updated"``: the last score so far (start-stop intervals).
    method
        Of scored samples: which scores.
    patient, visit, baseline
        Of scored samples: columns, and the visit whose sample stands for the patient. Samples are never counted as
        patients: a column that tells persons apart and repeats has to be named.
    samples
        ``"first"`` (by default where ``visit`` is given), ``"mean"`` of each patient's samples (by default elsewhere), or
        ``"all"``: then only the estimate is given, for samples of one patient are not independent.
    covariates
        Columns to adjust for, such as steroid dose or cell fractions. The unadjusted row stays; there is one adjusted row
        with all of them where there are ten patients (of the smaller class, or events) for each, else one row for each.
    matched_set, matched_on
        Column of the matched set, and what the sets were matched on. ``"exposure"`` (treated with untreated, then
        followed): Cox with a cluster sandwich. ``"outcome"`` (cases with controls): conditional logistic regression.
    strata
        Column of groups with a baseline hazard of their own, such as matched sets.
    random
        What ``tl.random_scores`` returned for a signature, or a list of these: the negative control of the same rows.
    exploratory_cut
        Add Youden's cut of these data, with its bootstrap correction; the row is flagged as exploratory.
    relevant
        Size of association worth showing: AUC (default .70), correlation (.30; tau-b .20), or odds or hazard ratio a SD of
        score (1.5).
    primary, primary_visit
        The one declared association (its change at that visit; of a time to event the baseline), not corrected; the others
        are, together. Adjusted rows are sensitivity analyses and are not corrected.
    level, rng
        Level of the intervals; seed of the permutations that are drawn.

    Returns
    -------
    pandas.DataFrame
        Binary: AUC with logit-DeLong interval and label-permutation p, adjusted or matched: log odds ratio. Ordinal:
        Kendall's tau-b with Jonckheere's p; adjusted: cumulative log odds ratio. Numeric: Spearman's rho; beside it, for
        later scores, least-squares and Huber slopes at the same baseline score. Repeated:
        correlation within patients. Time to event: log hazard ratio a unit of score. With q, counts, who was left out and
        why, flags, what the design could have shown (``detectable``, ``n_needed`` for ``relevant``), the four numbers of
        the negative control (``p_label, pct_random, frac_random_p05, p_partial_random``); of a change ``given_estimate``
        with interval and ``given_p``, the estimate at equal baseline score, by which a change is judged (and its q made);
        ``verdict`` (``"shown"``, ``"not shown"``, ``"described"``, ``"not estimable"``), a sentence, and notes beside it.

    Raises
    ------
    ParameterError, ResponseInputError, DesignError
        Unknown names or values; no patient has both a score and the response; samples that would count as patients; a
        score on treatment tied to time before it (``IMMORTAL_TIME``); matched sets without ``matched_on``.
    """
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    if samples is not None:
        one_of(samples, ("first", "mean", "all"), name="samples", function=FUNCTION)
    if relevant is not None:
        number_between(relevant, 1e-3, 1e3, name="relevant", function=FUNCTION)
    outcome = read_outcome(data, response, positive, negative, kind=outcome_type, classes=classes, time=time)
    about = keys.read_field(data, keys.FIELD_CHANGE)
    facts = (
        method_facts(data, method) if about is None else {name: about[name] for name in ("method", "scope")}
    )
    call = AssociationCall(
        data, outcome, facts, level, rng, list(covariates), matched_set, matched_on, strata,
        read_random(random, facts["method"]), exploratory_cut, relevant,
    )  # fmt: skip
    call.check()
    scores = None if score is None else [score] if isinstance(score, str) else list(score)
    views = views_of(call, about, scores, times, patient, visit, baseline, samples)
    rows = [row for view in views for row in association_rows(call, view)]
    there = list(dict.fromkeys(row["signature"] for row in rows))
    if primary is not None and primary not in there:
        one_of(primary, there, name="primary", function=FUNCTION)
    wanted, main_scores = (
        label(primary_visit),
        ("sample", "baseline" if outcome.time is not None else "change"),
    )
    for row in rows:
        main = row["score"] in main_scores and (wanted is None or row["visit"] in ("", wanted))
        role = "primary" if row["signature"] == primary and main else "secondary"
        row["role"] = "sensitivity" if row["adjusted"] else role
    judge(rows, "associations")
    for row in rows:
        row["sentence"] = association_sentence(row)
        row["notes"] = " ".join(association_notes(row))
    return pd.DataFrame(rows)
