"""What a study asks of its sample sheet or clinical table: which column is what, and what its cells may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["sample", "id", "label", "number", "sex", "visit", "day"]

SEX_WORDS = {
    "f": "female", "female": "female", "w": "female", "woman": "female",
    "m": "male", "male": "male", "man": "male",
}  # fmt: skip
"""Words of a declared sex, in small letters."""

UNKNOWN_SEX = ("u", "unknown", "na", "n/a", "undifferentiated")
"""Words of a sex that is not known (CDISC among them), in small letters."""

ALIASES = {
    "sample": ("sample", "sample_id", "sample_name", "source_name"),
    "patient": (
        "patient", "patient_id", "subject", "subject_id", "participant", "participant_id", "donor", "donor_id", "individual",
        "usubjid",
    ),
    "visit": ("visit", "timepoint", "time_point", "time"),
}  # fmt: skip
"""Our word -> columns that other sheets have for it (nf-core, PEP, CDISC); case and ``_`` do not count."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet.

    ``required`` columns must be filled on every row (of a patient, where controls are declared); ``low`` and ``high``
    bound numbers.
    """

    name: str
    kind: Kind
    title: str
    required: bool = False
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True, slots=True)
class SheetRules:
    """What the columns of a sheet are, as a study declares them.

    Columns that are not named here are free; of those that are, all but the ids may be missing: the matrix may have them.

    Attributes
    ----------
    sample
        Column of sample ids; None for a clinical table, whose rows are patients (at visits).
    patient, visit
        Whose sample it is, and when.
    baseline, followup
        Declared visits: every one must be on some row.
    day
        Study days as numbers, or dates, which are counted from each patient's baseline.
    group, controls
        Column of groups, and its value that marks controls: they need no patient and no visit.
    sex, arm
        Say one thing about a patient, on all his rows.
    batch
        Batch of a sample.
    events
        Columns that hold the visit from which an event holds, or nothing.
    covariates
        Columns that are numbers, or words: not both.
    numbers
        Columns of numbers, with the lowest and highest value that can be.
    replicates
        ``"raise"``: one sample of a patient at a visit; ``"mean"``: several are allowed.
    """

    sample: str | None = "sample"
    patient: str | None = None
    visit: str | None = None
    baseline: str | None = None
    followup: tuple[str, ...] = ()
    day: str | None = None
    group: str | None = None
    controls: str | None = None
    sex: str | None = None
    arm: str | None = None
    batch: str | None = None
    events: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    replicates: Literal["raise", "mean"] = "raise"

    @property
    def columns(self) -> list[Column]:
        """The named columns, each once; the first use of a column decides what it is."""
        timed = self.visit is not None and self.baseline is not None
        listed = [
            Column(self.sample or "", "sample", "Sample id, as in the expression matrix", required=True),
            Column(self.patient or "", "id", "Patient", required=timed or self.sample is None),
            Column(self.visit or "", "visit", "Visit", required=timed or self.sample is None),
            Column(self.day or "", "day", "Study day (a number) or date"),
            Column(self.group or "", "label", "Group", required=True),
            Column(self.sex or "", "sex", "Sex"),
            Column(self.arm or "", "label", "Treatment arm"),
            Column(self.batch or "", "label", "Batch"),
            *(
                Column(name, "visit", "Visit from which the event holds; empty: never")
                for name in self.events
            ),
            *(
                Column(name, "number", "Number", low=low, high=high)
                for name, (low, high) in self.numbers.items()
            ),
            *(Column(name, "label", "Covariate") for name in self.covariates),
        ]
        return list({column.name: column for column in reversed(listed) if column.name}.values())[::-1]

    @property
    def visits(self) -> list[str]:
        """The declared visits, the baseline first."""
        return [] if self.baseline is None else [self.baseline, *self.followup]


def rename_aliases(names: list[str], rules: SheetRules) -> tuple[dict[str, str], list[str]]:
    """Columns to rename (theirs -> ours), and faults where two columns could be meant."""
    renamed: dict[str, str] = {}
    faults: list[str] = []
    for ours, known in ALIASES.items():
        wanted = {"sample": rules.sample, "patient": rules.patient, "visit": rules.visit}[ours]
        if wanted != ours or ours in names:
            continue
        plain = {alias.replace("_", "") for alias in known}
        found = [name for name in names if _plain(name) in plain]
        if len(found) == 1:
            renamed[found[0]] = ours
        elif found:
            faults.append(
                f"No column {ours!r}, and several that can be meant: {', '.join(map(repr, found))}. Say which."
            )
    return renamed, faults


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace(" ", "").replace("-", "").replace(".", "")
