"""IMACS definition of improvement: counts of core set measures that improved and that got worse.

Improved: at least three of the six by 20 % or more, no more than two worse by 25 % or more, and muscle strength not
among them. Rule as in the registry record of NCT03002649.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..checks import number_between, one_of
from ..doors import subject
from ..errors import ParameterError
from ._core_set import HAQ_MAX, INPUTS, MEASURES, VAS, check_core_set, gains, needed
from ._logic import EDGE
from ._response import Array, Outcome, Response, Values

CLASSES = ("worse", "unchanged", "improved")
FEWEST_IMPROVED, MOST_WORSE = 3, 2


def value(
    baseline: Values,
    followup: Values,
    *,
    relative_to: str | None = None,
    improved: float = 20.0,
    worse: float = 25.0,
    mmt_max: float | None = None,
    vas_max: float = 10.0,
    uln: Mapping[str, float] | None = None,
    range_uln: Mapping[str, float] | None = None,
) -> Outcome:
    """2 improved, 1 unchanged, 0 worse; the parts are the per cent by which each measure improved.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing.
    relative_to
        What a per cent is of: ``"baseline"`` (the measure's value at baseline) or ``"range"`` (of the measure, as
        in the Total Improvement Score). The source does not say, so it has no default. From a baseline of 0 there
        is no percentage of the baseline.
    improved, worse
        Per cent from which a measure counts as improved or as worse.
    mmt_max, range_uln
        As in ``tis``; for ``relative_to="range"``.
    vas_max
        Length of the visual analogue scales: 10 (cm) or 100 (mm).
    uln
        Enzyme -> upper limit of normal; needed where several enzymes have values, to find the most abnormal.

    Raises
    ------
    ParameterError
        ``relative_to``, or what it needs, is not given; a number is not positive.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    name = RESPONSE.name
    if relative_to is None:
        raise ParameterError(
            f"{subject(f'measure {name}', 'relative_to')} must be given: 'baseline' (per cent of the value at baseline) or"
            " 'range' (per cent of the measure's range). The source leaves it open, and labels differ."
        )
    one_of(relative_to, ("baseline", "range"), name="relative_to", function=f"measure {name}")
    for parameter, number in (("improved", improved), ("worse", worse)):
        number_between(number, 1e-9, 1e9, name=parameter, function=f"measure {name}")
    scales = {"haq": HAQ_MAX, **dict.fromkeys(VAS, needed(name, "vas_max", vas_max))}
    if relative_to == "range" or mmt_max is not None:
        scales["mmt"] = needed(name, "mmt_max", mmt_max)
    n_patients = check_core_set(name, INPUTS, scales, baseline, followup)
    ranges = scales if relative_to == "range" else None
    percents, why = gains(name, baseline, followup, n_patients, ranges, uln or {}, range_uln or {})
    return _outcome(percents, why, improved, worse)


def verdict(n_improved: int, n_worse: int, mmt_worse: bool) -> str:
    """The class that the counts give."""
    if n_improved >= FEWEST_IMPROVED and n_worse <= MOST_WORSE and not mmt_worse:
        return "improved"
    return "worse" if n_worse > MOST_WORSE else "unchanged"


def _outcome(
    percents: Mapping[str, Array], why: NDArray[np.object_], improved: float, worse: float
) -> Outcome:
    table = np.column_stack([percents[name] for name in MEASURES])
    better, bad = table >= improved * (1 - EDGE), table <= -worse * (1 - EDGE)
    lacking, mmt = np.isnan(table), MEASURES.index("mmt")
    label = np.full(len(table), "", dtype=object)
    reason = np.full(len(table), "", dtype=object)
    for row, gone in enumerate(lacking):
        # the best and the worst that the missing measures could have made of it; equal ones decide
        best = verdict(int((better[row] | gone).sum()), int(bad[row].sum()), bool(bad[row, mmt]))
        least = verdict(
            int(better[row].sum()), int((bad[row] | gone).sum()), bool(bad[row, mmt] or gone[mmt])
        )
        if best == least:
            label[row] = best
            continue
        names = [name for name, absent in zip(MEASURES, gone, strict=True) if absent]
        told = [f"enzyme ({why[row]})" if name == "enzyme" and why[row] else name for name in names]
        reason[row] = f"MISSING_INPUT: {', '.join(told)}"
    value = np.array([CLASSES.index(text) if text else np.nan for text in label], dtype=np.float64)
    return Outcome(value, label, reason, dict(percents))


RESPONSE = Response(
    name="imacs_doi",
    title="IMACS definition of improvement, myositis",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 2.0),
    missing="a missing measure matters only where it could change the class; then there is none",
    doi="",
    source="registry record of NCT03002649; 'worse' as in a published pilot trial of infliximab, which took 30 %",
    rule=(
        "improved: at least 3 of 6 measures by 20 % or more, at most 2 worse by 25 % or more, strength not among"
        " them; worse: 3 or more worse; else unchanged"
    ),
    favourable=("improved",),
    unfavourable=("worse",),
    cutoffs=(1.0, 2.0),
)
