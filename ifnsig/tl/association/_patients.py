"""The rows an association looks at: which samples stand for which patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ... import get, keys
from ...checks import column_in, one_of
from ...core.ratios import ratio
from ...doors import argument, column_named, give
from ...errors import DesignError, ParameterError, listing
from ...labels import PERSONS, label, labels, people, rows_where
from ..changes._healthy import each_person
from ..changes._visits import declared

if TYPE_CHECKING:
    from anndata import AnnData

SCORES = ("baseline", "followup", "change")
Row = dict[str, Any]
Samples = Literal["first", "mean", "all"]


@dataclass(frozen=True, slots=True)
class View:
    """One set of rows and the score they are looked at with: rows x signatures, and who each row is.

    ``members``: the rows of the data that each row here was made of (one each, unless samples were averaged).
    ``before``: the same persons' scores at the baseline, where the score is not that. ``samples``: names of the samples
    whose scores are added (1) or taken away (-1) to make each row's score.
    """

    score: str
    visit: str
    values: pd.DataFrame
    members: list[np.ndarray]
    patients: np.ndarray
    samples: tuple[tuple[float, list[list[str]]], ...]
    before: pd.DataFrame | None = None
    repeated: bool = False
    gone: tuple[str, ...] = ()
    gone_reason: str = ""

    def n_samples(self, known: np.ndarray) -> int:
        """Samples that these rows were made of."""
        return sum(len(rows[row]) for _, rows in self.samples for row in np.flatnonzero(known))


def change_views(change: AnnData, about: Row, scores: list[str]) -> Iterator[View]:
    """Every asked score of every follow-up visit."""
    for name in scores:
        one_of(name, SCORES, name="score", function="tl.associate")
    matrices = {"change": change.X, **{name: change.layers[name] for name in ("baseline", "followup")}}
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    parts = {
        name: [str(cell).split(";") for cell in change.obs[column]]
        for name, column in (("baseline", keys.OBS_BASELINE_SAMPLE), ("followup", keys.OBS_FOLLOWUP_SAMPLE))
    }
    for visit in about["followups"]:
        rows = np.flatnonzero(rows_where(change.obs, keys.OBS_VISIT, visit))
        names = {name: [cells[row] for row in rows] for name, cells in parts.items()}
        made: dict[str, tuple[tuple[float, list[list[str]]], ...]] = {
            "baseline": ((1.0, names["baseline"]),), "followup": ((1.0, names["followup"]),),
            "change": ((1.0, names["followup"]), (-1.0, names["baseline"])),
        }  # fmt: skip
        before = pd.DataFrame(np.asarray(matrices["baseline"])[rows], columns=change.var_names)
        for name in scores:
            values = pd.DataFrame(np.asarray(matrices[name])[rows], columns=change.var_names)
            yield View(
                name, visit, values, [np.array([row]) for row in rows], patients[rows], made[name],
                None if name == "baseline" else before,
            )  # fmt: skip


def method_facts(adata: AnnData, method: str | None) -> Row:
    """Method and scope of the scores to associate."""
    scored = get.methods(adata)
    if method is None and len(scored) != 1:
        raise ParameterError(
            f"Say which scores to associate with {argument('tl.associate', 'method')}; scored: {listing(scored) or 'none'}."
        )
    name = method or scored[0]
    get.scores(adata, name)
    return {"method": name, "scope": get.provenance(adata, name).get("scope", "external")}


def persons(adata: AnnData, patient: str | None, function: str = "tl.associate") -> np.ndarray:
    """Who each sample is from; a sample without a name is a person of its own.

    Raises
    ------
    DesignError
        No column was named, and one that tells persons apart repeats: samples would be counted as patients.
    """
    if patient is not None:
        column_in(patient, adata.obs.columns, name="patient", function=function)
        return each_person(adata, patient)
    for column in adata.obs.columns:
        who = (
            people(adata.obs[column]).dropna() if str(column).lower() in PERSONS else pd.Series(dtype=object)
        )
        if who.duplicated().any():
            raise DesignError(
                f"{len(who)} samples come from {who.nunique()} persons by {column_named(column)}, so samples are not"
                f" patients.{give(function, 'patient', str(column), before=' ')}: each person then counts once."
            )
    return np.asarray(adata.obs_names.to_numpy())


def sample_view(
    adata: AnnData,
    method: str,
    patient: str | None,
    visit: str | None,
    baseline: Any,
    samples: Samples | None,
) -> View:
    """One row a patient (his first or baseline sample, or the mean of all), or all samples."""
    values = get.scores(adata, method).reset_index(drop=True)
    who = persons(adata, patient)
    if samples is None:  # without visits no sample is the first one
        samples = "mean" if visit is None and baseline is None else "first"
    gone: tuple[str, ...] = ()
    if samples == "mean":
        names = pd.unique(who)
        members = [np.flatnonzero(who == name) for name in names]
        who = names
    elif samples == "first":
        rows, gone = one_each(adata, who, visit, label(baseline))
        members, who = [np.array([row]) for row in rows], who[rows]
    else:
        members = [np.array([row]) for row in range(adata.n_obs)]
    table = values.to_numpy(dtype=np.float64)
    means = pd.DataFrame([_mean(table[rows]) for rows in members], columns=values.columns)
    named = [[str(name) for name in adata.obs_names[rows]] for rows in members]
    return View(
        "sample", "", means, members, who, ((1.0, named),), None, bool(pd.Index(who).duplicated().any()), gone,
        f"no {label(baseline)} sample",
    )  # fmt: skip


def _mean(rows: np.ndarray) -> np.ndarray:
    """Mean of each column over the rows that have a value."""
    known = ~np.isnan(rows)
    counts = known.sum(axis=0)
    sums = np.where(known, rows, 0.0).sum(axis=0)
    return ratio(sums, counts, where=counts > 0)


def one_each(
    adata: AnnData, who: np.ndarray, visit: str | None, baseline: str | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Each person's sample at the baseline visit, or his first; and who has visits but no baseline.

    The first is the one of the lowest visit if visits are numbers, else of the sheet's order. A person without any
    visit (a healthy control) keeps his sample.
    """
    order, gone = np.arange(adata.n_obs), np.array([], dtype=object)
    if visit is not None:
        column_in(visit, adata.obs.columns, name="visit", function="tl.associate")
        names = labels(adata.obs[visit])
        numbers = pd.to_numeric(names, errors="coerce").to_numpy(dtype=np.float64)
        if baseline is not None:
            declared(baseline, names, name="baseline", column=visit)
            at, somewhere = (names == baseline).to_numpy(), names.notna().to_numpy()
            gone = np.setdiff1d(who[somewhere].astype(str), who[at].astype(str))
            order = order[at | ~np.isin(who.astype(str), who[somewhere].astype(str))]
        elif not np.isnan(numbers[names.notna().to_numpy()]).any():
            order = np.argsort(np.where(np.isnan(numbers), -np.inf, numbers), kind="stable")
    first = order[~pd.Index(who[order]).duplicated()]
    return np.sort(first), tuple(str(name) for name in gone)


def of_each(values: np.ndarray, view: View, name: str, *, mean: bool) -> np.ndarray:
    """A column's value of each row of the view: the mean of its known values, or the one that they all are.

    Raises
    ------
    DesignError
        Values that cannot be averaged differ within a person.
    """
    cells = [values[rows][~np.isnan(values[rows])] for rows in view.members]
    if not mean and (
        mixed := [who for who, known in zip(view.patients, cells, strict=True) if len(np.unique(known)) > 1]
    ):
        raise DesignError(
            f"{len(mixed)} persons have different values of {name!r} in their samples: {listing(mixed)}. Choose one sample"
            f" each with {argument('tl.associate', 'visit')} (and {argument('tl.associate', 'baseline')}), or"
            f" {argument('tl.associate', 'outcome_type', 'repeated')} for a number that changes."
        )
    return np.array([known.mean() if len(known) else np.nan for known in cells])
