"""NanoString nCounter: one RCC file a lane; a PlexSet lane holds eight samples."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import anndata
import numpy as np

from ... import keys
from ...errors import TableError, listing
from ..text._text import head_text, load_text
from ._format import Format
from ._parts import Part, Paths, assemble, name_after, named_paths
from ._rcc import Lane, Probe, concentration, parse

log = logging.getLogger("ifnsig")

RNA = ("Endogenous", "Housekeeping", "Positive", "Negative")
"""Classes of probes that count RNA or its controls; DNA, protein and ligation probes are left out."""
PLEX = re.compile(r"(Endogenous|Housekeeping)([1-8])s$")
PLEX_CONTROL = re.compile(r"(POS|NEG)_([1-8])$")
VERSIONS = ("1.6", "1.7", "2.0")
FIELDS = {
    "sample_id": ("Sample_Attributes", "ID"),
    "date": ("Sample_Attributes", "Date"),
    "gene_rlf": ("Sample_Attributes", "GeneRLF"),
    "lane": ("Lane_Attributes", "ID"),
    "cartridge": ("Lane_Attributes", "CartridgeID"),
    "scanner": ("Lane_Attributes", "ScannerID"),
}
NUMBERS = {"fov_count": "FovCount", "fov_counted": "FovCounted", "binding_density": "BindingDensity"}


def read(path: Paths, *, limit: int | None = None) -> anndata.AnnData:
    """Read RCC files: raw counts of all RNA probes, controls among them.

    A sample is called after its file, because the id inside is often the lane's number. ``var`` has ``code_class``,
    ``accession`` and ``concentration`` (fM, of positive controls); ``obs`` has what quality limits are set on
    (``fov_count``, ``fov_counted``, ``binding_density``), the date, panel, cartridge, lane and scanner.
    ``pp.normalize(adata, method="nanostring")`` checks those limits. A PlexSet file gives eight samples,
    ``<file>_1`` to ``<file>_8``, each with its own controls ``POS`` and ``NEG``.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file is no RCC file, is cut off, has bad counts, or another panel than the first.
    """
    files = named_paths(path, sample_of)
    parts = [_part(sample, file, limit) for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, "nanostring_counts")
    log.info("NanoString: %d samples x %d probes.", *adata.shape)
    return adata


def _part(sample: str, file: Path, limit: int | None) -> Part:
    lane = parse(load_text(file, limit=limit))
    version = lane.attribute("Header", "FileVersion")
    if version not in VERSIONS:
        log.warning(
            "%s is an RCC file of version %s; versions %s are known.", file.name, version, ", ".join(VERSIONS)
        )
    sets = _plex_sets(lane) or {"": [probe for probe in lane.probes if probe.code_class in RNA]}
    beyond = sorted(
        {probe.code_class for probe in lane.probes}
        - {*RNA}
        - {p.code_class for p in lane.probes if PLEX.match(p.code_class)}
    )
    if beyond:
        log.info("%s: probes that do not count RNA are left out: %s.", file.name, listing(beyond, shown=20))
    probes = next(iter(sets.values()))
    if not probes:
        raise TableError(f"{file.name} has no probe of the classes {', '.join(RNA)}.")
    genes = [probe.name for probe in probes]
    if other := [number for number, found in sets.items() if [probe.name for probe in found] != genes]:
        raise TableError(
            f"{file.name}: sets {listing(other)} of this PlexSet do not have the genes of the first set."
        )
    var: dict[str, list[Any]] = {
        "code_class": [probe.code_class for probe in probes],
        "accession": [probe.accession for probe in probes],
        "concentration": [concentration(p.name) if p.code_class == "Positive" else np.nan for p in probes],
    }
    samples = [f"{sample}_{number}" if number else sample for number in sets]
    values = np.array([[probe.count for probe in found] for found in sets.values()])
    about = {name: [cell] * len(sets) for name, cell in _about(lane).items()}
    return Part(samples, genes, values, var, about)


def _plex_sets(lane: Lane) -> dict[str, list[Probe]]:
    """The probes of each of the eight samples of a PlexSet lane, under the names that all eight share."""
    sets: dict[str, list[Probe]] = {}
    for probe in lane.probes:
        if found := PLEX.match(probe.code_class):
            sets.setdefault(found[2], []).append(Probe(found[1], probe.name, probe.accession, probe.count))
    for probe in lane.probes if sets else ():
        found = PLEX_CONTROL.match(probe.name)
        if found and found[2] in sets:
            sets[found[2]].append(Probe(probe.code_class, found[1], probe.accession, probe.count))
    return {
        number: sorted(sets[number], key=lambda probe: (probe.code_class, probe.name))
        for number in sorted(sets)
    }


def _about(lane: Lane) -> dict[str, str | float]:
    return {
        **{name: lane.attribute(section, field) for name, (section, field) in FIELDS.items()},
        **{name: _number(lane.attribute("Lane_Attributes", field)) for name, field in NUMBERS.items()},
    }


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def sample_of(path: Path) -> str:
    """The file's name without ``.RCC``."""
    return name_after(path, fixed=(), endings=(".rcc",))


def recognises(path: Path, head: bytes) -> bool:
    """The first section is the header, with the version of the file."""
    text = head_text(head)
    return text.startswith("<Header>") and "FileVersion" in text[:200]


FORMAT = Format(
    name="nanostring",
    title="NanoString nCounter RCC, one a lane (PlexSet: eight samples a lane)",
    read=read,
    recognises=recognises,
    unit="nanostring_counts",
    takes_many=True,
    endings=(".rcc",),
)
