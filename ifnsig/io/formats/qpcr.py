"""qPCR: exports with one row a well, from QuantStudio, StepOne, ABI 7500, Bio-Rad CFX, LightCycler, or a plain table."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import anndata
import numpy as np

from ... import keys
from ...doors import argument
from ...errors import ParameterError, TableError, listing
from ..text._text import head_text
from ._format import Format
from ._matrix import build
from ._parts import Paths, named_paths
from ._wells import CT, NOT_DETECTED, OMITTED, Wells, has_wells, is_control, read_wells

log = logging.getLogger("ifnsig")

HIGHEST_CT = 100.0


def read(
    path: Paths,
    *,
    undetermined: float | None = None,
    targets: Mapping[str, str] | None = None,
    limit: int | None = None,
) -> anndata.AnnData:
    """Read cycles (Ct, Cq, Cp): samples x targets, the mean over replicate wells.

    Standards, blanks and controls of the run, omitted wells and empty wells are left out.

    Parameters
    ----------
    path
        One file, or a list of plates.
    undetermined
        Cycle that stands for wells in which nothing was detected (40, say), or None: such a well is left out where
        another well of the sample detected the target, else the value is missing (NaN).
    targets
        Target of each dye or target name of the file: needed where the plate names no target, or to rename.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        There is no table of wells, or wells lack a sample or target, or cycles are no numbers; all faults at once.
    ParameterError
        ``undetermined`` is not a cycle above 0.
    """
    if undetermined is not None and not 0 < undetermined <= HIGHEST_CT:
        raise ParameterError(
            f"undetermined must be a cycle above 0 and up to {HIGHEST_CT:g}; got {undetermined!r}."
        )
    if isinstance(path, Mapping):
        raise ParameterError(
            "qPCR files take their sample ids from the plate: give the path, or a list, not a mapping"
            " (on the command line and in a study: no column of files)."
        )
    files = list(named_paths(path, str).values())
    cycles: dict[tuple[str, str], list[float]] = {}
    plates: Counter[tuple[str, str]] = Counter()
    for file in files:
        plate: dict[tuple[str, str], list[float]] = {}
        _collect(read_wells(file, limit), targets or {}, file.name, plate)
        for pair, found in plate.items():
            cycles.setdefault(pair, []).extend(found)
        plates.update(plate.keys())
    if several := [f"{gene} in {sample}" for (sample, gene), times in plates.items() if times > 1]:
        log.warning(
            "%d targets of samples are on several plates, and their means are over all of them (plates are not calibrated to"
            " each other): %s.",
            len(several),
            listing(several),
        )
    samples = list(dict.fromkeys(sample for sample, _ in cycles))
    genes = list(dict.fromkeys(gene for _, gene in cycles))
    values = _means(cycles, samples, genes, undetermined)
    adata = build(values, samples=samples, genes=genes, name=files[0].name, gaps=True)
    keys.declare_unit(adata, "ct")
    log.info(
        "qPCR: %d samples x %d targets; %d values not detected.", *adata.shape, int(np.isnan(values).sum())
    )
    return adata


def _collect(
    wells: Wells, targets: Mapping[str, str], name: str, cycles: dict[tuple[str, str], list[float]]
) -> None:
    faults: list[str] = []
    left_out: Counter[str] = Counter()
    for line, well in wells.rows:
        if reason := _not_a_sample(well):
            left_out[reason] += 1
            continue
        dye, target = well.get("dye", ""), well.get("target", "")
        gene = targets.get(target) or targets.get(dye) or target
        cell = well["ct"].strip('"')
        if not well["sample"] or not gene:
            faults.append(f"line {line} has no {'sample' if not well['sample'] else 'target'}")
        elif cell.lower() in NOT_DETECTED:
            cycles.setdefault((well["sample"], gene), []).append(float("nan"))
        elif not CT.match(cell) or float(cell.replace(",", ".")) > HIGHEST_CT:
            faults.append(f"line {line}: {cell!r} is no cycle")
        else:
            cycles.setdefault((well["sample"], gene), []).append(float(cell.replace(",", ".")))
    if left_out:
        log.info(
            "%s: wells left out: %s.",
            name,
            ", ".join(f"{times} {reason}" for reason, times in left_out.items()),
        )
    if faults:
        raise TableError(
            f"{name}: {len(faults)} wells cannot be used: {listing(faults)}.{_advice(wells, faults)}"
        )
    if not cycles:
        raise TableError(f"{name} has no well with a sample: all are standards, controls, omitted or empty.")


def _advice(wells: Wells, faults: Sequence[str]) -> str:
    dyes = sorted({well["dye"] for _, well in wells.rows if well.get("dye")})
    if not any("target" in fault for fault in faults) or not dyes:
        return ""
    return f" Name the target of each dye: {argument('reader qPCR', 'targets', dict.fromkeys(dyes, '...'))}."


def _not_a_sample(well: Mapping[str, str]) -> str:
    """Why a well is left out, or ``""``."""
    if well.get("omit", "").lower() in OMITTED:
        return "omitted"
    if is_control(well.get("task", "")):
        return "standards and controls"
    if not well["sample"] and well["ct"].lower() in NOT_DETECTED:
        return "empty"
    return ""


def _means(
    cycles: Mapping[tuple[str, str], Sequence[float]],
    samples: Sequence[str],
    genes: Sequence[str],
    undetermined: float | None,
) -> np.ndarray:
    values = np.full((len(samples), len(genes)), np.nan)
    row, column = ({name: place for place, name in enumerate(names)} for names in (samples, genes))
    mixed = []
    for (sample, gene), found in cycles.items():
        seen = [cycle for cycle in found if not np.isnan(cycle)]
        if undetermined is not None:
            seen += [undetermined] * (len(found) - len(seen))
        elif 0 < len(seen) < len(found):
            mixed.append(f"{gene} in {sample}")
        if seen:
            values[row[sample], column[gene]] = fmean(seen)
    if mixed:
        log.warning(
            "%d means are over the wells that detected the target only: %s. To count the others: %s (a cycle).",
            len(mixed),
            listing(mixed),
            argument("reader qPCR", "undetermined"),
        )
    return values


def recognises(path: Path, head: bytes) -> bool:
    """A line or a row of a worksheet names columns of samples, of targets or dyes, and of cycles."""
    return not path.is_dir() and has_wells(path, head_text(head))


FORMAT = Format(
    name="qpcr",
    title="qPCR export with one row a well (QuantStudio, StepOne, ABI 7500, Bio-Rad CFX, LightCycler, plain)",
    read=read,
    recognises=recognises,
    unit="ct",
    takes_many=True,
)
