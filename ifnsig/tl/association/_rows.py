"""The rows of one association: unadjusted, adjusted, with what belongs beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...checks import generator, one_of
from ...doors import argument
from ...errors import DesignError, ParameterError
from ...labels import labels
from ...stats.flags import FLAGS
from ..changes._contrast import list_flags
from . import _binary as binary
from . import _numeric as numbers
from . import _time as timed
from ._beside import (
    NO_BASELINE,
    NO_CONTROL,
    control_numbers,
    detectable_numbers,
    given_baseline,
    random_matrix,
)
from ._covariates import plan, read_covariates
from ._estimate import CompleteData, Row, estimated
from ._outcomes import AssociationOutcome, find_column
from ._patients import View

if TYPE_CHECKING:
    from anndata import AnnData

ESTIMATORS: dict[str, tuple[Callable[[CompleteData], Row], Callable[[CompleteData], Row]]] = {
    "binary": (binary.area, binary.odds),
    "ordinal": (numbers.ordered, numbers.cumulative_odds),
    "numeric": (numbers.rank_correlation, numbers.partial_correlation),
    "repeated": (numbers.within_patients, numbers.within_patients),
    "time_to_event": (timed.hazard, timed.hazard),
    "matched": (binary.matched, binary.matched),
}
"""How each type of outcome is estimated: without covariates, and with them."""
TYPES = {
    "binary": ("AUC", "logOR"), "ordinal": ("tau_b", "cumulative_logOR"), "numeric": ("spearman", "partial_spearman"),
    "repeated": ("rmcorr", "rmcorr"), "time_to_event": ("logHR", "logHR"), "matched": ("logOR", "logOR"),
}  # fmt: skip
"""Their estimates by name, for a row of nobody."""
MATCHED = ("exposure", "outcome")


@dataclass(frozen=True, slots=True)
class Followed:
    """A view with the outcome of its rows; ``time`` and ``start`` where it is a time to event."""

    view: View
    value: np.ndarray
    reason: list[str]
    time: np.ndarray | None
    start: np.ndarray | None


@dataclass(frozen=True, slots=True)
class AssociationCall:
    """What a call asked for."""

    data: AnnData
    outcome: AssociationOutcome
    facts: Row
    level: float
    rng: np.random.Generator | int
    covariates: list[str]
    matched_set: str | None
    matched_on: str | None
    strata: str | None
    random: dict[str, AnnData]
    exploratory_cut: bool
    relevant: float | None

    def check(self) -> None:
        """Refuse designs that do not go together.

        Raises
        ------
        ParameterError, DesignError
            Matched sets without what they were matched on, or an outcome that they do not go with.
        """
        kind = self.outcome.kind
        if (self.matched_set is None) != (self.matched_on is None):
            raise ParameterError(
                f"Matched sets need both {argument('tl.associate', 'matched_set')} and"
                f" {argument('tl.associate', 'matched_on', 'exposure')} (treated with untreated, then followed) or"
                ' "outcome" (cases with controls): they are analysed in different ways.'
            )
        if self.matched_on is not None:
            one_of(self.matched_on, MATCHED, name="matched_on", function="tl.associate")
            if (kind, self.matched_on) == ("time_to_event", "outcome"):
                raise DesignError(
                    "Sets matched on the outcome hold cases and controls chosen by it, so time to event is no longer in"
                    " the data. Name the case as response without a time: conditional logistic regression."
                )
            if kind not in ("binary", "time_to_event"):
                raise DesignError(
                    f"Matched sets go with two classes or a time to event, not with a {kind} outcome."
                )
        if self.strata is not None and kind != "time_to_event":
            raise ParameterError(
                f"{argument('tl.associate', 'strata')} belongs to a time to event ({argument('tl.associate', 'time')}); use"
                f" {argument('tl.associate', 'covariates')} elsewhere."
            )
        if self.covariates and kind == "repeated":
            raise ParameterError(
                "A correlation within patients takes no covariates: what is constant in a patient is out."
            )
        if self.exploratory_cut and (kind != "binary" or self.matched_set is not None):
            raise ParameterError("exploratory_cut= needs two classes that are not matched.")


def association_rows(call: AssociationCall, followed: Followed) -> Iterator[Row]:
    """Every signature of a view: the unadjusted row, then the adjusted ones."""
    view = followed.view
    made, changed = read_covariates(call.data, call.covariates, view)
    for signature in map(str, view.values.columns):
        plain = _Rows(call, followed, signature, {}, [])
        yield plain.row()
        complete, _ = plain.complete()
        for names in plan(made, _telling(call, complete)):
            yield _Rows(call, followed, signature, {name: made[name] for name in names}, changed).row()


def _telling(call: AssociationCall, complete: CompleteData) -> int:
    """What a model learns from: patients, those of the smaller class, or events."""
    kind = call.outcome.kind
    if kind == "time_to_event":
        return int(complete.y.sum())
    return int(min((complete.y == 1).sum(), (complete.y == 0).sum())) if kind == "binary" else len(complete.y)


@dataclass(frozen=True, slots=True)
class _Rows:
    """One signature of a view with some covariates."""

    call: AssociationCall
    followed: Followed
    signature: str
    covariates: dict[str, np.ndarray]
    changed: list[str]

    def complete(self) -> tuple[CompleteData, np.ndarray]:
        """Complete data, and which rows of the view they are."""
        call, followed, view = self.call, self.followed, self.followed.view
        score = view.values[self.signature].to_numpy(dtype=np.float64)
        columns = list(self.covariates.values())
        given = np.column_stack(columns) if columns else np.empty((len(score), 0))
        labelled = [_labels(call.data, name, view) for name in (call.matched_set, call.strata)]
        known = ~(np.isnan(score) | np.isnan(followed.value) | np.isnan(given).any(axis=1))
        for cells in labelled:
            known &= True if cells is None else pd.notna(cells)
        if followed.time is not None:
            known &= ~np.isnan(followed.time)
        sets, strata = (None if cells is None else cells[known] for cells in labelled)
        given = given[known]
        clusters = sets if call.matched_on == "exposure" and followed.time is not None else None
        if followed.start is not None and clusters is None:
            clusters = view.patients[known]
        before = (
            None if view.before is None else view.before[self.signature].to_numpy(dtype=np.float64)[known]
        )
        if before is not None and np.isnan(before).any():
            before = None
        return CompleteData(
            score[known], followed.value[known], view.patients[known], call.level,
            generator(call.rng, function="tl.associate"),
            given[:, np.ptp(given, axis=0) > 0] if len(given) else given, before,
            None if followed.time is None else followed.time[known],
            None if followed.start is None else followed.start[known], clusters, strata, sets,
        ), known  # fmt: skip

    def row(self) -> Row:
        """Estimate, counts, who was left out, flags."""
        call, view, outcome = self.call, self.followed.view, self.call.outcome
        complete, known = self.complete()
        found = self._estimate(complete)
        flags = [*found.pop("flags"), *(["COVARIATE_CHANGED"] if self._changed() else [])]
        row: Row = {
            "outcome": outcome.name, "outcome_type": outcome.kind, "contrast": outcome.contrast, "score": view.score,
            "visit": view.visit, "signature": self.signature, "method": call.facts["method"], **found,
            "q": np.nan, "q_method": "",
            "n": len(complete.x) if view.repeated else len(np.unique(complete.patients.astype(str))),
            "n_samples": view.n_samples(known),
            "role": "", "covariates": ";".join(self.covariates), "adjusted": bool(self.covariates),
            "matched_on": call.matched_on or "", "strata": call.strata or "",
        }  # fmt: skip
        if any(len(rows) > 1 for rows in view.members):
            flags.append("SAMPLES_AVERAGED")
        if view.repeated:
            row |= {"ci_low": np.nan, "ci_high": np.nan, "p": np.nan, "p_type": "none"}
            flags.append("SAMPLES_NOT_PATIENTS")
        row |= (
            given_baseline(complete, outcome.kind)
            if view.score == "change" and not np.isnan(row["p"])
            else NO_BASELINE
        )
        if not np.isnan(row["given_p"]) and (row["p"] <= 1 - call.level) != (
            row["given_p"] <= 1 - call.level
        ):
            flags.append("CHANGE_VS_BASELINE")
        row |= detectable_numbers(row, call.relevant)
        control = self._control(complete, known)
        flags += control.pop("flags", [])
        flags = [code for code in FLAGS if code in flags]
        return {
            **row, **control, **self._gone(known),
            "flags": ";".join([*flags, *list_flags(self.signature, call.facts["scope"])]),
        }  # fmt: skip

    def _changed(self) -> bool:
        return any(name in self.changed for name in self.covariates)

    def _estimate(self, complete: CompleteData) -> Row:
        call = self.call
        kind = "matched" if call.matched_on and call.outcome.kind == "binary" else call.outcome.kind
        place = 1 if self.covariates else 0
        if not len(complete.x):
            return estimated(TYPES[kind][place], complete, [])
        found = ESTIMATORS[kind][place](complete)
        if call.exploratory_cut and not self.covariates:
            found |= binary.exploratory_cut(complete)
            found["flags"].append("EXPLORATORY_CUT")
        return found

    def _control(self, complete: CompleteData, known: np.ndarray) -> Row:
        """The negative control stands beside the unadjusted row of independent patients."""
        random = self.call.random.get(self.signature)
        plain = (
            not self.covariates
            and complete.sets is None
            and complete.start is None
            and complete.strata is None
        )
        if (
            random is None
            or not plain
            or not known.any()
            or self.followed.view.repeated
            or self.call.outcome.kind == "repeated"
        ):
            return dict(NO_CONTROL)
        return control_numbers(
            complete, random_matrix(random, self.followed.view)[known], self.call.outcome.kind
        )

    def _gone(self, known: np.ndarray) -> Row:
        view = self.followed.view
        score = view.values[self.signature].to_numpy(dtype=np.float64)
        gone = [
            {"patient": str(view.patients[i]), "reason": self._reason(int(i), bool(np.isnan(score[i])))}
            for i in np.flatnonzero(~known)
        ]
        gone += [{"patient": name, "reason": view.gone_reason} for name in view.gone]
        return {"n_excluded": len(gone), "excluded": json.dumps(gone)}

    def _reason(self, place: int, no_score: bool) -> str:
        if no_score:
            return "no score"
        time = self.followed.time
        if np.isnan(self.followed.value[place]) or (time is not None and np.isnan(time[place])):
            return self.followed.reason[place]
        lacking = [name for name, columns in self.covariates.items() if np.isnan(columns[place]).any()]
        return f"no value of {', '.join(lacking)}" if lacking else "no matched set or stratum"


def _labels(data: AnnData, name: str | None, view: View) -> np.ndarray | None:
    if name is None:
        return None
    cells = labels(find_column(data, name)).to_numpy()
    return np.array([cells[rows[0]] for rows in view.members], dtype=object)
