"""The units an expression value can have, as one table; what may be turned into what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import UnitError, suggestion


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of expression.

    ``scale`` is ``"linear"``, ``"log"`` (base 2), ``"ln"`` (natural logarithm; no method takes it as it is) or
    ``"cycles"`` (Ct: more cycles, less RNA); ``depth`` says that values still carry the sample's sequencing depth or
    input amount.
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
        Unit("log2_cp10k", "log2 of counts per ten thousand plus 1 (single cells)", "log", False, False),
        Unit(
            "log2_relative", "log2 of RNA relative to reference genes (minus delta Ct)", "log", False, False
        ),
        Unit("vst", "variance-stabilised counts", "log", False, False),
        Unit("log1p_cp10k", "natural log1p of counts per ten thousand (scanpy)", "ln", False, True),
        Unit("ct", "qPCR threshold cycle", "cycles", True, True),
        Unit("delta_ct", "qPCR cycles relative to reference genes", "cycles", False, False),
    )
}

LOG_UNITS = frozenset(name for name, unit in UNITS.items() if unit.scale == "log")
LINEAR_UNITS = frozenset(name for name, unit in UNITS.items() if unit.scale == "linear")
COUNT_UNITS = frozenset(name for name, unit in UNITS.items() if unit.scale == "linear" and unit.depth)
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


@dataclass(frozen=True, slots=True)
class Conversion:
    """A change of unit that needs nothing but the sample's own values: no other sample, no choice, no annotation."""

    source: str
    target: str
    title: str


CONVERSIONS: dict[tuple[str, str], Conversion] = {
    (step.source, step.target): step
    for step in (
        Conversion("counts", "cpm", "counts divided by their sum, times a million"),
        Conversion("fpkm", "tpm", "fpkm divided by their sum, times a million"),
        *(Conversion(linear, log, f"log2({linear} + 1)") for linear, log in LOG2_OF.items()),
        Conversion("log1p_cp10k", "log2_cp10k", "natural logarithms divided by ln 2"),
        Conversion("delta_ct", "log2_relative", "minus delta Ct"),
    )
}
"""(unit, unit to be made) -> how. What is not here is refused, with the reason."""

_NEEDS_LENGTHS = "gene lengths are needed, which the values do not hold; read the pipeline's own {target}"
_FROM_ALL = "size factors come from all samples; use pp.normalize(adata, method="
_NAMED = (
    'the reference genes must be named; use pp.normalize(adata, method="delta_ct", reference_genes=[...])'
)
_STEP = {
    ("counts", "log2_cpm"): 'the prior count is a choice; use pp.normalize(adata, method="log_cpm")',
    ("counts", "normalized_counts"): _FROM_ALL + '"median_of_ratios", log=False)',
    ("counts", "log2_counts"): _FROM_ALL + '"median_of_ratios")',
    ("counts", "vst"): 'its trend comes from all samples; use pp.normalize(adata, method="vst")',
    ("counts", "log2_cp10k"): 'use pp.normalize(adata, method="cells")',
    (
        "counts",
        "log1p_cp10k",
    ): 'no method takes natural logarithms; pp.normalize(adata, method="cells") makes log2_cp10k',
    ("ct", "delta_ct"): _NAMED,
    ("ct", "log2_relative"): _NAMED,
    ("delta_ct", "ct"): "the reference genes were subtracted and their Ct is not known",
    ("log2_relative", "delta_ct"): "it may be relative to calibrators too; keep the layer of delta Ct",
}
_ASSAYS = (
    frozenset({"counts", "normalized_counts", "cpm", "tpm", "fpkm", "log2_counts", "log2_cpm", "log2_tpm", "log2_fpkm",
               "vst", "log2_cp10k", "log1p_cp10k"}),
    frozenset({"array", "log2_array"}),
    frozenset({"nanostring_counts", "log2_nanostring"}),
    frozenset({"ct", "delta_ct", "log2_relative"}),
)  # fmt: skip


def conversion(source: str, target: str) -> Conversion:
    """How values in ``source`` become ``target``.

    Raises
    ------
    UnitError
        They cannot, with the reason; or no unit has that name.
    """
    unit(source), unit(target)
    if (source, target) in CONVERSIONS:
        return CONVERSIONS[source, target]
    raise UnitError(f"Values in {source} cannot be converted to {target}: {_reason(source, target)}.")


def _reason(source: str, target: str) -> str:
    """Why there is no conversion, or by which step of normalisation there is one."""
    if source == target:
        return "they are in it already"
    if (source, target) in _STEP:
        return _STEP[source, target]
    if not any({source, target} <= assay for assay in _ASSAYS):
        return "they come from different assays, which do not measure on one scale"
    if UNITS[source].scale in ("log", "ln"):
        return "what was added before the logarithm is not known; read the values that it was taken of"
    if target == "counts" or UNITS[target].depth:
        return "the depth or input was divided out and is not known"
    if UNITS[target].scale == "log" and UNITS[source].scale == "linear":
        way = next((linear for linear, log in LOG2_OF.items() if log == target), None)
        if way and (source, way) in CONVERSIONS:
            return f"convert to {way} first"
    if {"tpm", "fpkm", "log2_tpm", "log2_fpkm"} & {source, target}:
        return _NEEDS_LENGTHS.format(target=target)
    return f"{target} is made of the counts, which these values no longer hold"


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
