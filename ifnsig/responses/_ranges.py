"""Values outside the range of a clinical variable: found all at once, named one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ResponseInputError, listing
from ._response import Input, Response, Values

VISITS = ("baseline", "followup")


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """One value that cannot be: ``position`` counts patients from 0, ``visit`` is one of ``VISITS``."""

    input: Input
    visit: str
    position: int
    value: float


class OutOfRangeError(ResponseInputError):
    """Values of a measure's inputs lie outside their range.

    ``faults`` holds them all, so that a caller who knows the patients can name them (see ``describe``).
    """

    def __init__(self, measure: str, faults: Sequence[OutOfRange]) -> None:
        super().__init__(describe(measure, faults))
        self.measure = measure
        self.faults = tuple(faults)


def out_of_range(inputs: Iterable[Input], baseline: Values, followup: Values) -> list[OutOfRange]:
    """Every value below ``low`` or above ``high`` of its input, or not whole where it must be; NaN is no fault.

    Parameters
    ----------
    inputs
        The variables with their bounds. An input that a mapping does not hold is skipped, and so is the
        visit at which it is not read.
    baseline, followup
        Input name -> values, shape (patients,).
    """
    faults = []
    for entry in inputs:
        for visit, values in zip(VISITS, (baseline, followup), strict=True):
            if entry.name not in values or entry.visits not in ("both", visit):
                continue
            column = np.asarray(values[entry.name], dtype=np.float64)
            bad = (column < entry.low) | (column > entry.high)
            if entry.whole:
                bad |= np.isfinite(column) & (column != np.round(column))
            faults += [OutOfRange(entry, visit, int(row), float(column[row])) for row in np.flatnonzero(bad)]
    return faults


def check_ranges(measure: str, inputs: Iterable[Input], baseline: Values, followup: Values) -> None:
    """Raise if any value lies outside its range.

    Raises
    ------
    OutOfRangeError
        With every fault, for all inputs and both visits.
    """
    if faults := out_of_range(inputs, baseline, followup):
        raise OutOfRangeError(measure, faults)


def describe(
    measure: str, faults: Sequence[OutOfRange], rows: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The message for ``faults``: per input and visit the values, whose they are, and what is allowed.

    ``rows`` names the rows at each visit; without it they are counted from 1.
    """
    groups: dict[tuple[str, str], list[OutOfRange]] = {}
    for fault in faults:
        groups.setdefault((fault.input.name, fault.visit), []).append(fault)
    lines = [_group_line(group, None if rows is None else rows[group[0].visit]) for group in groups.values()]
    many = "value lies" if len(faults) == 1 else "values lie"
    return (
        f"{len(faults)} {many} outside the range of an input of the measure {measure!r}. "
        + " ".join(lines)
        + " Check the unit, and the parameters that state the scale."
    )


def _group_line(group: Sequence[OutOfRange], patients: Sequence[str] | None) -> str:
    entry, visit = group[0].input, group[0].visit
    shown = [f"{_row_name(fault.position, patients)}: {fault.value:g}" for fault in group]
    allowed = span(entry)
    if entry.whole:
        allowed = "0 or 1," if (entry.low, entry.high) == (0, 1) else f"{allowed} in whole"
    return f"{entry.name} at {visit} must be {allowed} {entry.unit}; got {listing(shown)}."


def span(entry: Input) -> str:
    """The range of an input in words."""
    return f"{entry.low:g} or more" if np.isinf(entry.high) else f"{entry.low:g} to {entry.high:g}"


def known_inputs(records: Iterable[Response]) -> dict[str, tuple[Input, str]]:
    """Name -> input and the first measure that reads it; a name has one range, since a sheet has one column of it.

    Raises
    ------
    ValueError
        Two measures give one input different ranges: a mistake of who adds a measure.
    """
    known: dict[str, tuple[Input, str]] = {}
    for record in records:
        for entry in record.inputs:
            first, measure = known.setdefault(entry.name, (entry, record.name))
            if (first.low, first.high) != (entry.low, entry.high):
                raise ValueError(
                    f"The input {entry.name!r} is {span(first)} in the measure {measure!r} and {span(entry)} in"
                    f" {record.name!r}. A sheet has one column of that name: call one of them otherwise."
                )
    return known


def _row_name(position: int, patients: Sequence[str] | None) -> str:
    return f"row {position + 1}" if patients is None else str(patients[position])


def column(values: Values, name: str, n_patients: int) -> NDArray[np.float64]:
    """The values of one input as floats, all NaN when the mapping does not hold it; shape (patients,)."""
    if name not in values:
        return np.full(n_patients, np.nan)
    return np.asarray(values[name], dtype=np.float64)


def count_patients(*mappings: Mapping[str, NDArray[np.float64]]) -> int:
    """How many patients the arrays hold.

    Raises
    ------
    ResponseInputError
        The arrays differ in length.
    """
    lengths = {name: len(values) for mapping in mappings for name, values in mapping.items()}
    sizes = {len(values) for mapping in mappings for values in mapping.values()}
    if len(sizes) > 1:
        found = listing(f"{name} {length}" for name, length in lengths.items())
        raise ResponseInputError(
            f"The inputs of a measure must have one value a patient. Got lengths: {found}."
        )
    return sizes.pop() if sizes else 0
