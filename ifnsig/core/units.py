"""The units an expression value can have, as one table; what may be turned into what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UnitError, suggestion


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of expression.

    ``scale`` is ``"linear"``, ``"log"`` or ``"cycles"`` (Ct: more cycles, less RNA); ``depth`` says that values
    still carry the sample's sequencing depth or input amount.
    """

    name: str
    title: str
    scale: str
    depth: bool
    non_negative: bool


UNITS: dict[str, Unit] = {
    unit.name: unit
    for unit in (
        Unit("counts", "read counts (fractional estimates included)", "linear", True, True),
        Unit("normalized_counts", "counts divided by size factors (DESeq2 style)", "linear", False, True),
        Unit("cpm", "counts per million", "linear", False, True),
        Unit("tpm", "transcripts per million", "linear", False, True),
        Unit("fpkm", "fragments per kilobase and million", "linear", False, True),
        Unit("array", "array intensity, linear", "linear", False, True),
        Unit("nanostring_counts", "nCounter counts", "linear", True, True),
        Unit("log2_counts", "log2 of normalised counts", "log", False, False),
        Unit("log2_cpm", "log2 counts per million", "log", False, False),
        Unit("log2_tpm", "log2 transcripts per million", "log", False, False),
        Unit("log2_fpkm", "log2 fragments per kilobase and million", "log", False, False),
        Unit("log2_array", "array intensity, log2", "log", False, False),
        Unit("log2_nanostring", "normalised nCounter counts, log2", "log", False, False),
        Unit("vst", "variance-stabilised counts", "log", False, False),
        Unit("ct", "qPCR threshold cycle", "cycles", True, True),
        Unit("delta_ct", "qPCR cycles relative to reference genes", "cycles", False, False),
    )
}

LOG_UNITS = frozenset(name for name, unit in UNITS.items() if unit.scale == "log")
LINEAR_UNITS = frozenset(name for name, unit in UNITS.items() if unit.scale == "linear")
RANKABLE_UNITS = LOG_UNITS | LINEAR_UNITS

LOG2_OF = {
    "normalized_counts": "log2_counts",
    "cpm": "log2_cpm",
    "tpm": "log2_tpm",
    "fpkm": "log2_fpkm",
    "array": "log2_array",
    "nanostring_counts": "log2_nanostring",
}
"""Linear unit -> its log2 unit. Counts are not here: their depth must go first (``log_cpm``)."""


def unit(name: str) -> Unit:
    """The unit called ``name``.

    Raises
    ------
    UnitError
        No unit has that name.
    """
    if name in UNITS:
        return UNITS[name]
    near = suggestion(name, UNITS)
    hint = f" Did you mean {near!r}?" if near else f" Units: {', '.join(UNITS)}."
    raise UnitError(f"There is no unit named {name!r}.{hint}")
