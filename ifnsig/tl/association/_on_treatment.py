"""Scores on treatment and time to event: what may be tied to what, so that nobody is given a time he could not die in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import get
from ...checks import column_in
from ...doors import argument, column_named, give, say, subject
from ...errors import DesignError, ParameterError, listing
from ...labels import label, labels
from ._patients import View, persons

if TYPE_CHECKING:
    from anndata import AnnData

CODE = "IMMORTAL_TIME"


def landmark_of(view: View, times: Mapping[str, float] | None) -> float:
    """The time from which a view's patients are followed: 0 for a score at baseline, else that of its visit.

    Raises
    ------
    DesignError
        A later score without the time of its visit.
    """
    if view.score in ("baseline", "sample"):
        return 0.0
    if times is None:
        raise DesignError(
            f"{CODE}: the {view.score} score is known at {view.visit} only, and who had the event before is not in it."
            + give(
                "tl.associate",
                "times",
                before=" ",
                after=": patients are then followed from that visit (landmark), and those who had the event or were lost"
                " before are counted.",
            )
            + say(
                python=' Or ask score="baseline".',
                command=" Associate the scored samples with it, at the baseline.",
            )
        )
    return float(times[view.visit])


def refuse_survivors(about: Mapping[str, Any], score: str) -> None:
    """A change holds only patients who lived to a follow-up sample: their baseline score cannot be tied to survival.

    Raises
    ------
    DesignError
        Somebody is left out for want of a follow-up.
    """
    lost = [
        row["patient"]
        for row in about["left_out"]
        if not str(row["reason"]).endswith(f"no {about['baseline']} sample")
    ]
    if score == "baseline" and (lost or about.get("set_aside")):
        gone = list(dict.fromkeys([*lost, *about.get("set_aside", [])]))
        raise DesignError(
            f"{CODE}: {len(gone)} patients have no follow-up sample and are not in the change ({listing(gone)}); those who"
            " are have lived to give one. Associate the scored samples instead, with"
            f" {argument('tl.associate', 'patient')}, {argument('tl.associate', 'visit')} and"
            f" {argument('tl.associate', 'baseline', about['baseline'])}."
        )


def intervals(
    adata: AnnData,
    method: str,
    patient: str | None,
    visit: str | None,
    times: Mapping[Any, float],
    ends: np.ndarray,
) -> tuple[View, np.ndarray, np.ndarray, np.ndarray]:
    """Every sample as the interval from its visit to the next: the view, start, stop, and whether it is the last.

    ``ends`` is the follow-up time of each sample's patient. A sample at or after it tells nothing and is left out.

    Raises
    ------
    ParameterError, DesignError
        No visits, a visit without a time, or two samples of a patient and visit.
    """
    if visit is None:
        raise ParameterError(
            f"{argument('tl.associate', 'score', 'updated')} needs {argument('tl.associate', 'visit')}: the column that"
            " tells when each sample was taken."
        )
    column_in(visit, adata.obs.columns, name="visit", function="tl.associate")
    when = {str(label(name)): float(value) for name, value in times.items()}
    text = labels(adata.obs[visit])
    if unknown := [name for name in dict.fromkeys(text.dropna()) if name not in when]:
        raise ParameterError(
            f"{subject('tl.associate', 'times')} lacks the visits {listing(unknown)} of {column_named(visit)}."
        )
    who = persons(adata, patient)
    start = np.array([when[name] if name is not None else np.nan for name in text])
    order = np.lexsort((start, who.astype(str)))
    order = order[~np.isnan(start[order]) & (start[order] < ends[order])]
    same = who[order][1:] == who[order][:-1]
    if (twice := np.flatnonzero(same & (start[order][1:] == start[order][:-1]))).size:
        raise DesignError(f"Patients with two samples of one visit: {listing(who[order][twice])}.")
    last = np.append(~same, True)
    stop = np.where(last, ends[order], np.append(start[order][1:], np.nan))
    values = get.scores(adata, method).iloc[order].reset_index(drop=True)
    named = [[str(name)] for name in adata.obs_names[order]]
    view = View(
        "updated", "", values, [np.array([row]) for row in order], who[order], ((1.0, named),), None, False
    )
    return view, start[order], stop, last
