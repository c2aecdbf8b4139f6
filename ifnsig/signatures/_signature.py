"""The record of a signature: what to score, by which published recipe, and how far each part is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ParameterError

ROLES = ("signature", "comparator", "housekeeping", "pointer")
"""signature: interferon; comparator: what should or should not fall beside it; housekeeping: steady genes;
pointer: a published list that is not shipped (why, and where it is)."""

CONFIDENCES = ("confirmed", "single_source", "provisional", "none")
"""confirmed: read in two or more independent sources; single_source: in one; provisional: chosen from a longer
published list; none: nothing published was found."""

INTERFERONS = ("I", "II", "III")

RECIPES: dict[str, tuple[str, ...]] = {
    "median_fold_change": ("reading",),
    "geometric_mean": ("housekeeping",),
    "sum_relative": ("housekeeping",),
    "sum_of_z": ("over", "spread", "zeros"),
    "mean_of_z": ("over", "spread", "zeros"),
    "sum_log2_fold_change": (),
    "sum_delta_ct": (),
    "percent_response": ("fold", "difference"),
    "active_modules": ("modules", "active_above", "fold", "difference"),
}
"""Kinds of published recipes and the parameters of each. The arithmetic is in ``ifnsig.methods.published``."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the paper scores: a kind of ``RECIPES`` with its parameters, and the same in one sentence."""

    kind: str
    sentence: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A published threshold.

    Attributes
    ----------
    value
        The number, or None where only its rule is published.
    rule, label
        How it was found, and what lies on which side.
    assay, units
        The assay it was made on, and the units in which values of that assay come.
    inclusive
        Whether the value itself counts as above.
    recipe
        Kind of recipe that it belongs to, where the source names several.
    decides
        Whether a sample can be called by it; some are for drawing, or as printed cannot be right.
    """

    rule: str
    label: str
    assay: str
    value: float | None = None
    units: tuple[str, ...] = ()
    inclusive: bool = False
    recipe: str = ""
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """What to score: the genes of one published signature and where they are from.

    Attributes
    ----------
    id, title
        Name of the file, and the title shown to readers.
    genes
        Gene (current symbol) -> weight; +1 rises with the signature, -1 falls. Empty for a pointer.
    role
        One of ``ROLES``.
    ifn_type, types
        Interferon types in words, and those of ``INTERFERONS`` that it stands for.
    tissue, platform, disease
        What it was made for.
    published_as, left_out
        Current symbol -> symbol printed in the source where they differ; printed symbol -> why it is no gene here.
    n_published, count_note
        Entries of the published list, and why the number of genes differs.
    recipe, reference_population, cutoffs
        The published way of scoring, its reference samples and its thresholds, as far as a source was read.
    confidence
        For ``genes``, ``recipe`` and ``cutoff``: one of ``CONFIDENCES``.
    citation, doi, pmid, source, licence
        Where it is from: text, identifiers, the places where the list was read, and its terms.
    same_genes_as, derived_from
        Another record with the same genes; the record that this one was made from.
    where
        For a pointer: where the list is.
    warning, notes
        What must stand beside every score of it, and what a user should know.
    """

    id: str
    genes: Mapping[str, float]
    title: str = ""
    role: str = "signature"
    ifn_type: str = "not stated"
    types: tuple[str, ...] = ()
    tissue: str = "not stated"
    platform: str = "not stated"
    disease: str = "not stated"
    citation: str = ""
    licence: str = ""
    confidence: Mapping[str, str] = field(
        default_factory=lambda: dict.fromkeys(("genes", "recipe", "cutoff"), "none")
    )
    doi: str = ""
    pmid: str = ""
    source: tuple[str, ...] = ()
    published_as: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    n_published: int | None = None
    count_note: str = ""
    recipe: Recipe | None = None
    reference_population: str = ""
    cutoffs: tuple[Cutoff, ...] = ()
    same_genes_as: str = ""
    derived_from: str = ""
    where: str = ""
    warning: str = ""
    notes: str = ""

    @property
    def provisional(self) -> bool:
        """Whether the gene list itself is a provisional choice; tables and reports say so."""
        return self.confidence.get("genes") == "provisional"

    @property
    def label(self) -> str:
        """Name for tables and plots, with the mark of a provisional list."""
        return f"{self.id} (provisional list)" if self.provisional else self.id

    @property
    def executable(self) -> bool:
        """Whether its own recipe can be carried out: it is known, and a source says it."""
        return self.recipe is not None and self.confidence.get("recipe", "none") != "none"

    def with_genes(self) -> Signature:
        """This record, if it has genes to score.

        Raises
        ------
        ParameterError
            It is a pointer: the message says why its list is not shipped, where it is and how to supply it.
        """
        if self.role != "pointer":
            return self
        where = f" Where to look: {self.where}." if self.where else ""
        raise ParameterError(
            f"{self.id!r} is listed without genes: {self.notes}{where} With the list at hand, score it as your own:"
            f" {{{self.id!r}: [genes]}}."
        )
