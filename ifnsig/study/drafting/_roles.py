"""Which column of a sheet is what: known by its name and by what it holds, each nearest miss a question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from ...errors import listing
from ...io.sheet._rules import ALIASES, SEX_WORDS, UNKNOWN_SEX
from ...io.sheet._visits import plain_label
from ...labels import labels, people, present
from ._entries import Entry, question, remark
from ._order import MOST_LABELS, order_of

NAMES: dict[str, tuple[str, ...]] = {
    "patient": ALIASES["patient"],
    "visit": ALIASES["visit"],
    "group": (
        "group", "condition", "disease", "diagnosis", "disease_status", "disease_state", "status", "case_control",
        "cohort",
    ),
    "arm": ("arm", "treatment_arm", "treatment_group", "actarm", "trt"),
    "batch": ("batch", "batch_id", "plate", "cartridge", "run", "sequencing_batch"),
    "sex": ("sex", "gender"),
    "steroid": (
        "steroid", "steroid_mg", "steroid_dose", "prednisolone", "prednisolone_mg", "prednisone", "prednisone_mg",
        "glucocorticoid", "glucocorticoid_mg",
    ),
}  # fmt: skip
"""Key of the design -> names of columns that have it; case and punctuation do not count."""

HEALTHY = re.compile(r"healthy\w*|hc|hd")
"""Labels, in small letters without punctuation, that are healthy controls in any column."""

CONTROL = re.compile(r"healthy\w*|hc|hd|normal|normals|normalcontrols?|controls?|ctrl")
"""The same in a column of groups."""


@dataclass(frozen=True, slots=True)
class Roles:
    """Lines of ``[design]``, the columns that they name, and what other tables depend on."""

    entries: list[Entry] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    has_controls: bool = False
    has_visits: bool = False


def roles_of(table: pd.DataFrame) -> Roles:
    """What the columns of a sheet (or of ``obs``) are, without its sample ids."""
    roles, grouped = Roles(), Roles()
    controls = _group(table, grouped)
    roles.used.update(grouped.used)
    of_patients = table[~controls]
    patient = _patient(of_patients, roles)
    visits = _visit(of_patients, patient, roles)
    roles.entries.extend(grouped.entries)
    _others(of_patients, patient, roles)
    return Roles(roles.entries, roles.used, has_controls=bool(controls.any()), has_visits=visits)


def named(table: pd.DataFrame, key: str) -> list[str]:
    """Columns of a name that stands for ``key``; the key itself, where it is there, alone."""
    known = [plain_label(name) for name in NAMES[key]]
    found = [str(name) for name in table.columns if plain_label(str(name)) in known]
    return [key] if key in found else sorted(found, key=lambda name: known.index(plain_label(name)))


def is_number(column: pd.Series) -> bool:
    """Whether a column is read as numbers, and has any."""
    return bool(
        pd.api.types.is_numeric_dtype(column)
        and not pd.api.types.is_bool_dtype(column)
        and column.notna().any()
    )


def _take(roles: Roles, key: str, column: str, note: str = "") -> None:
    roles.used.add(column)
    roles.entries.append(Entry(key, column, note))


def _words(table: pd.DataFrame) -> list[str]:
    """Columns that may tell groups apart: few labels, more than one."""
    return [
        str(name) for name in table.columns
        if not is_number(table[name]) and 1 < len(present(table[name])) <= MOST_LABELS
    ]  # fmt: skip


def _group(table: pd.DataFrame, roles: Roles) -> pd.Series:
    """Write the group and its controls; rows that are surely controls."""
    nobody = pd.Series(False, index=table.index)
    words = [name for name in _words(table) if name not in named(table, "arm")]
    by_name = [name for name in named(table, "group") if name in words or _is_coded(table, name)]
    healthy = {
        name: _healthy(table[name], CONTROL if name in by_name else HEALTHY) for name in [*by_name, *words]
    }
    column = next((name for name, found in healthy.items() if found), None) or next(iter(by_name), None)
    if column is None:
        roles.entries.append(remark("No column tells healthy controls apart: then no group and no controls."))
        return nobody
    _take(roles, "group", column)
    found, there = healthy[column], present(table[column])
    if len(found) != 1:
        roles.entries.append(
            question(
                "controls",
                f"which of {listing(there, shown=MOST_LABELS)} are the healthy controls? Remove the line if none are",
                there,
            )
        )
        return nobody
    roles.entries.append(Entry("controls", found[0], f"of {listing(there, shown=MOST_LABELS)}"))
    return labels(table[column]) == found[0]


def _is_coded(table: pd.DataFrame, name: str) -> bool:
    """Groups that are called by numbers; a status of numbers is that of an event."""
    return (
        is_number(table[name])
        and 1 < len(present(table[name])) <= MOST_LABELS
        and plain_label(name) != "status"
    )


def _healthy(column: pd.Series, words: re.Pattern[str]) -> list[str]:
    return [word for word in present(column) if words.fullmatch(plain_label(word))]


def _patient(table: pd.DataFrame, roles: Roles) -> str | None:
    found = named(table, "patient")
    if len(found) == 1:
        _take(roles, "patient", found[0])
        return found[0]
    if found:
        text = f"several columns can say whose sample it is: {listing(found)}. Which?"
        roles.entries.append(question("patient", text, found))
    elif named(table, "visit"):
        others = [str(name) for name in table.columns if name not in roles.used]
        text = f"which column says whose sample it is? There are {listing(others, shown=MOST_LABELS)}"
        roles.entries.append(question("patient", text, others))
    else:
        roles.entries.append(
            remark("No column says whose sample it is: no patient, and no change of anybody.")
        )
    return None


def _visit(table: pd.DataFrame, patient: str | None, roles: Roles) -> bool:
    """Write the visits and their order; whether there are several."""
    repeated = patient is not None and bool(people(table[patient]).value_counts().gt(1).any())
    found = [name for name in named(table, "visit") if len(present(table[name])) <= MOST_LABELS]
    if len(found) != 1:
        if repeated or found:
            others = found or [str(name) for name in table.columns if name not in roles.used]
            text = (
                f"which column says when a sample was taken? There are {listing(others, shown=MOST_LABELS)}"
            )
            roles.entries.extend(
                [
                    question("visit", text, others),
                    question("baseline", "which visit is before treatment?"),
                ]
            )
        return repeated
    there = present(table[found[0]])
    if patient is not None and not repeated:
        roles.entries.append(remark("Each patient has one sample: nothing is compared with a baseline."))
        return False
    _take(roles, "visit", found[0])
    if len(there) < 2:
        roles.entries.append(
            remark(f"There is one visit ({listing(there)}): nothing is compared with a baseline.")
        )
        return False
    roles.entries.extend(order_of(there))
    return True


def _others(table: pd.DataFrame, patient: str | None, roles: Roles) -> None:
    """Arm, batch, sex and steroid, each where its column holds what it should."""
    for key in ("arm", "batch", "sex", "steroid"):
        for column in named(table, key)[:1]:
            if column in roles.used:
                continue
            if fault := _unfit(table, key, column, patient):
                roles.entries.append(remark(f"Column {column!r} is not taken as {key}: {fault}."))
            else:
                _take(roles, key, column)


def _unfit(table: pd.DataFrame, key: str, column: str, patient: str | None) -> str:
    """Why a column cannot be what its name says, or ``""``."""
    there = present(table[column])
    if key == "steroid":
        return "" if is_number(table[column]) else "it is no number"
    if len(there) < 2:
        return "it has one value"
    if key == "sex":
        strange = [word for word in there if word.lower() not in {*SEX_WORDS, *UNKNOWN_SEX}]
        return f"{listing(strange)} is no sex that is known" if strange else ""
    if key == "arm" and patient is not None:
        each = labels(table[column]).groupby(people(table[patient])).nunique()
        return f"it changes within {listing(each.index[each > 1])}" if (each > 1).any() else ""
    return ""


def covariates_of(table: pd.DataFrame, roles: Roles, read: set[str]) -> list[Entry]:
    """Numbers that no other key reads: those that change within a patient, and a remark about the others."""
    numbers = [
        str(name) for name in table.columns if name not in roles.used | read and is_number(table[name])
    ]
    patient = next((entry.value for entry in roles.entries if entry.key == "patient"), None)
    varying = []
    if patient in table:
        who = people(table[patient])
        varying = [name for name in numbers if (table[name].groupby(who).nunique() > 1).any()]
    entries = []
    if varying:
        note = "numbers that change: how they changed is said beside the change"
        entries.append(Entry("covariates", varying, note))
    if constant := [name for name in numbers if name not in varying]:
        entries.append(
            remark(f"Other columns of numbers, not used here: {listing(constant, shown=MOST_LABELS)}.")
        )
    return entries
