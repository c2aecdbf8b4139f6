"""The record of a signature, and the schema of the TOML file that holds it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UsageError, listing, suggestion

ROLES = ("signature", "comparator")
CONFIDENCES = ("confirmed", "single_source", "provisional", "none")
"""confirmed: read in two or more independent sources; single_source: in one; provisional: chosen from a longer
published list; none: nothing published was found."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What to score: the genes of one published signature and where they are from.

    Attributes
    ----------
    id, title
        Name of the file, and the title shown to readers.
    genes
        Gene (current symbol) -> weight; +1 rises with the signature, -1 falls.
    role
        ``"signature"`` or ``"comparator"`` (not interferon: what should or should not fall beside it).
    ifn_type, tissue, platform, disease
        What it was made for.
    published_as
        Current symbol -> symbol printed in the source, where they differ.
    recipe, reference_population, cutoff
        The published way of scoring, its reference samples and its threshold, as far as a source was read.
    confidence
        For ``genes``, ``recipe`` and ``cutoff``: one of ``CONFIDENCES``.
    citation, doi, pmid, source, licence
        Where it is from: text, identifiers, the places where the list was read, and its terms.
    notes
        What a user should know.
    """

    id: str
    title: str
    genes: Mapping[str, float]
    role: str
    ifn_type: str
    tissue: str
    platform: str
    disease: str
    citation: str
    licence: str
    confidence: Mapping[str, str]
    doi: str = ""
    pmid: str = ""
    source: tuple[str, ...] = ()
    published_as: Mapping[str, str] = field(default_factory=dict)
    recipe: str = ""
    reference_population: str = ""
    cutoff: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""

    @property
    def provisional(self) -> bool:
        """Whether the gene list itself is a provisional choice; tables and reports say so."""
        return self.confidence.get("genes") == "provisional"

    @property
    def label(self) -> str:
        """Name for tables and plots, with the mark of a provisional list."""
        return f"{self.id} (provisional list)" if self.provisional else self.id


def read_signature(path: Path) -> Signature:
    """Read one signature file.

    Raises
    ------
    UsageError
        A key is unknown or missing, or a value is not of the allowed ones; all faults at once.
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{path.name} is not valid TOML: {fault}.") from fault
    faults = list(_faults(fields, path.stem))
    if faults:
        raise UsageError(f"{path.name}: " + " ".join(faults))
    down = set(fields.pop("falling", []))
    genes = {gene: -1.0 if gene in down else 1.0 for gene in fields.pop("genes")}
    return Signature(genes=genes, source=tuple(fields.pop("source", ())), **fields)


def _faults(fields: Mapping[str, Any], stem: str) -> list[str]:
    known = set(Signature.__dataclass_fields__) | {"falling"}
    required = {
        name for name, spec in Signature.__dataclass_fields__.items()
        if spec.default is spec.default_factory  # both MISSING: no default of either kind
    }  # fmt: skip
    faults = []
    for name in sorted(set(fields) - known):
        near = suggestion(name, known)
        faults.append(f"Unknown key {name!r}." + (f" Did you mean {near!r}?" if near else ""))
    if missing := sorted(required - set(fields)):
        faults.append(f"Missing keys: {', '.join(missing)}.")
    genes = fields.get("genes", [])
    if doubled := sorted({gene for gene in genes if genes.count(gene) > 1}):
        faults.append(f"Genes listed twice: {listing(doubled)}.")
    if strays := sorted(set(fields.get("falling", [])) - set(genes)):
        faults.append(f"Falling genes that are not in genes: {listing(strays)}.")
    if fields.get("id", stem) != stem:
        faults.append(f"The id {fields['id']!r} is not the file's name {stem!r}.")
    if fields.get("role", "signature") not in ROLES:
        faults.append(f"The role {fields['role']!r} is none of {', '.join(ROLES)}.")
    for part, value in fields.get("confidence", {}).items():
        if value not in CONFIDENCES:
            faults.append(f"The confidence of {part} {value!r} is none of {', '.join(CONFIDENCES)}.")
    return faults
