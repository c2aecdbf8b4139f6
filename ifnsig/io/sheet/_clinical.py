"""Clinical tables: one row a patient, or a patient and visit, joined to the samples by these and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

from ...errors import DesignWarning, SampleSheetError, listing, warn
from ...labels import labels, people
from ._alike import between
from ._rules import SheetRules
from ._samples import examine_samples

log = logging.getLogger("ifnsig")

Keys = list[tuple[str, ...]]


def read_clinical(
    path: str | Path,
    *,
    patient: str = "patient",
    visit: str | None = None,
    worksheet: str | None = None,
    rules: SheetRules | None = None,
) -> pd.DataFrame:
    """Read clinical values: read and typed like a sample sheet (:func:`read_samples`).

    Parameters
    ----------
    path
        The file.
    patient, visit
        Columns that say whose row it is, and when; where there is no column ``visit``, each patient has one row.
    worksheet
        Which worksheet of a workbook; needed where several have content.
    rules
        What the columns are; its ``patient`` and ``visit`` then count.

    Returns
    -------
    DataFrame
        The rows; ``patient`` is text.

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        Every fault at once, with line and column: no such column, two rows of one patient (and visit), bad cells.
    """
    report = examine_samples(
        path, rules or SheetRules(sample=None, patient=patient, visit=visit), worksheet=worksheet
    )
    if report.faults or report.table is None:
        raise SampleSheetError.of(Path(path).name, report.faults)
    for sentence in report.warnings:
        log.warning(sentence)
    for sentence in report.notes:
        log.info(sentence)
    return report.table


def join_clinical(
    samples: pd.DataFrame, clinical: pd.DataFrame, *, patient: str = "patient", visit: str | None = None
) -> pd.DataFrame:
    """The sheet with the clinical columns of each sample's patient (and visit); rows keep their order.

    Samples without clinical row get missing values, with a warning. Rows of patients or visits without a sample are left
    out, and logged.

    Parameters
    ----------
    samples
        Sample sheet, indexed by sample id.
    clinical
        What :func:`read_clinical` returned.
    patient, visit
        Columns that both have. Without ``visit``, each patient's values stand for all his samples.

    Raises
    ------
    SampleSheetError
        A column is not there, rows are doubled, no patient is in both, or a column is in both and disagrees.
    """
    by = [patient] if visit is None else [patient, visit]
    for name, table in (("sample sheet", samples), ("clinical table", clinical)):
        if lacking := [column for column in by if column not in table.columns]:
            raise SampleSheetError(f"The {name} has no column {listing(map(repr, lacking))} to join by.")
    wanted, there = _keys(samples, by), _keys(clinical, by)
    place = {key: row for row, key in enumerate(there) if key[0]}  # rows of nobody are of no sample
    doubled = list(dict.fromkeys(key for row, key in enumerate(there) if place.get(key, row) != row))
    if doubled:
        raise SampleSheetError(f"The clinical table has several rows for {listing(map(_words, doubled))}.")
    if not set(wanted) & set(place):
        raise SampleSheetError(
            f"No row of the clinical table fits a sample by {' and '.join(by)}: the sheet has"
            f" {listing(map(_words, wanted))}, the clinical table {listing(map(_words, there))}."
            f" {_alike(wanted, there)}".rstrip()
        )
    _report(wanted, there, by)
    rows = [place.get(key, -1) for key in wanted]
    joined = clinical.drop(columns=by).reindex([clinical.index[row] if row >= 0 else None for row in rows])
    joined.index = samples.index
    both = [column for column in joined.columns if column in samples.columns]
    _agree(samples, joined, both)
    return pd.concat([samples, joined.drop(columns=both)], axis=1)


def _keys(table: pd.DataFrame, by: list[str]) -> Keys:
    """Whose row it is (and when), as labels; empty where there is none."""
    read = [people(table[by[0]]), *(labels(table[column]) for column in by[1:])]
    return list(zip(*(column.fillna("") for column in read), strict=True))


def _words(key: tuple[str, ...]) -> str:
    return " at ".join(part or "(empty)" for part in key)


def _report(wanted: Keys, there: Keys, by: list[str]) -> None:
    known, sampled = set(there), set(wanted)
    patients = {key[0] for key in there}
    lacking = [key for key in dict.fromkeys(wanted) if key not in known and key[0] in patients]
    strangers = [key for key in dict.fromkeys(key[:1] for key in wanted) if key[0] and key[0] not in patients]
    parts = []
    if strangers:
        parts.append(
            f"{len(strangers)} patients of the sample sheet are not in it: {listing(map(_words, strangers))}."
        )
    if lacking:
        parts.append(
            f"{len(lacking)} patient visits of the sample sheet are not in it: {listing(map(_words, lacking))}."
        )
    parts += filter(None, [_alike(wanted, there)])
    if parts:
        warn(
            f"The clinical table: {' '.join(parts)} Their clinical values are missing.",
            DesignWarning,
            stacklevel=4,
        )
    if unused := [key for key in there if key not in sampled]:
        log.info(
            "%d rows of the clinical table have no sample and are not used: %s.",
            len(unused),
            listing(map(_words, unused)),
        )


def _alike(wanted: Keys, there: Keys) -> str:
    """Patients of one table that are nearly patients of the other."""
    ours, theirs = ({key[0] for key in keys if key[0]} for keys in (wanted, there))
    return between(sorted(ours - theirs), sorted(theirs - ours), "the sample sheet", "the clinical table")


def _agree(samples: pd.DataFrame, joined: pd.DataFrame, both: list[str]) -> None:
    """Columns of both tables must say the same wherever both say something."""
    faults = []
    for column in both:
        ours, theirs = samples[column], joined[column]
        known = ours.notna() & theirs.notna()
        differ = known & (labels(ours) != labels(theirs))
        if differ.any():
            cells = [f"{name} ({ours[name]!s} and {theirs[name]!s})" for name in samples.index[differ]]
            faults.append(f"column {column!r} differs for {int(differ.sum())} samples: {listing(cells)}")
    if faults:
        raise SampleSheetError(f"Sample sheet and clinical table disagree: {'; '.join(faults)}.")
