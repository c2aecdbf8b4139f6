"""The record of a scoring method."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import in_words, options, options_of
from ..core import Block, Members, Reference
from ..doors import say
from ..errors import ReferenceRequiredError

Scope = Literal["sample", "cohort", "reference"]
Score = Callable[..., NDArray[np.float64]]
Learn = Callable[..., Any]
Usable = Callable[[Reference], NDArray[np.bool_]]


def fit_with_values() -> str:
    """How a reference comes to hold its samples' own values."""
    return say(
        python="Fit it with pp.fit_reference(..., keep_values=True).",
        command="Fit it for this method: `ifnsig fit-reference --method METHOD`.",
    )


def varies(reference: Reference) -> NDArray[np.bool_]:
    """Genes that are in the reference and vary there."""
    return np.asarray(reference.sd > 0)


def known(reference: Reference) -> NDArray[np.bool_]:
    """Genes that are in the reference, constant ones too."""
    return ~np.isnan(reference.mean)


@dataclass(frozen=True, slots=True)
class Option:
    """One of a method's own options: default, what is allowed, and what it means, in words."""

    name: str
    default: Any
    allowed: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.name} = {self.default!r} ({self.allowed}): {self.meaning}"


@dataclass(frozen=True, slots=True, repr=False)
class Method:
    """How to score.

    Attributes
    ----------
    name, summary
        Short name (the file's name) and one sentence.
    score
        ``score(block, members, learned, **parameters)`` -> float64 array, rows of the block x signatures; NaN for a
        signature without a gene that can be scored. ``learned`` is the reference, or what ``learn`` made of it.
    units
        Units of expression it accepts.
    scopes
        What a score can depend on: ``"sample"`` (a patient alone), ``"reference"`` (frozen reference samples) or
        ``"cohort"`` (changes when others join). A call uses one; provenance records which.
    limits
        Smallest and largest score that can occur with the default options.
    directional
        Whether sets with falling genes (negative weights) can be scored.
    monotone
        Whether raising every rising gene can never lower the score.
    background
        Whether genes outside the set are needed (rank methods). Such a method is given its reference for all genes of
        the matrix, the others for the signatures' genes.
    ranks
        Whether its default takes the ranks of the signature genes.
    doi
        Source of the method; empty where it is plain arithmetic.
    learns_from_values
        Whether it needs the reference samples' own values, not only their mean and SD.
    learn
        ``learn(members, reference, **parameters)`` -> what ``score`` takes in place of the reference; done once for all
        blocks. None: the reference itself.
    centred
        Whether 0 is the middle of its scores: neither above nor below what it compares with.
    own_recipes
        Whether each signature is scored in its own way, which may compare with samples of its own choice: such a method
        shares no pass over the matrix, scores nothing that has no recipe (random sets), and may need values of a reference.
    large_blocks
        Whether the rows of a block share work, so that it is done sooner with many at once.
    usable
        Which genes of a reference the method can use; the others are left out and named in the coverage.
    """

    name: str
    summary: str
    score: Score
    units: frozenset[str]
    scopes: tuple[Scope, ...]
    limits: tuple[float, float]
    directional: bool
    monotone: bool
    background: bool
    doi: str
    ranks: bool = False
    learns_from_values: bool = False
    learn: Learn | None = None
    centred: bool = False
    own_recipes: bool = False
    large_blocks: bool = False
    usable: Usable = varies

    @property
    def needs_reference(self) -> bool:
        """Whether a call must name its reference (frozen samples, or the cohort itself)."""
        return "sample" not in self.scopes

    @property
    def keeps_values(self) -> bool:
        """Whether a reference that is fitted for it keeps its samples' own values."""
        return self.learns_from_values or self.own_recipes

    @property
    def parameters(self) -> dict[str, Any]:
        """The method's own options and their defaults: the keyword-only arguments of ``score``."""
        signature = inspect.signature(self.score)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}

    @property
    def options(self) -> tuple[Option, ...]:
        """The method's own options with their meaning, which stands in the docstring of ``score``."""
        said = re.findall(r"^(\w[\w, ]*)\n((?: {4}.*\n?)+)", inspect.getdoc(self.score) or "", re.MULTILINE)
        meaning = {
            name: " ".join(text.replace("``", "").split())
            for names, text in said
            for name in names.split(", ")
        }
        kinds = options_of(self.score)
        return tuple(
            Option(name, default, in_words(kinds[name]), meaning.get(name, ""))
            for name, default in self.parameters.items()
        )

    def __repr__(self) -> str:
        facts = (f"{self.name}: {self.summary}", f"scopes: {', '.join(self.scopes)}", *map(str, self.options))
        return "\n    ".join(facts)

    def can_use(self, reference: Reference, genes: Sequence[str]) -> NDArray[np.bool_]:
        """Which of ``genes`` the method can use with this reference."""
        by_values = self.usable not in (varies, known)  # they look at mean and SD: no value is copied
        return self.usable(reference.select(genes, values=by_values))

    def check_reference(self, reference: Reference | None) -> None:
        """Refuse a reference from which the method cannot work.

        Raises
        ------
        ReferenceRequiredError
            There is none, or it lacks the samples' own values.
        """
        if reference is None and self.needs_reference:
            raise ReferenceRequiredError(f"The {self.name} method needs a reference.")
        if reference is not None and self.learns_from_values and reference.values is None:
            raise ReferenceRequiredError(
                f"The {self.name} method learns from the reference samples' own values, and this reference holds only"
                f" mean and SD. {fit_with_values()}"
            )

    def check_options(self, given: Mapping[str, Any]) -> None:
        """Refuse options that the method does not have, and values that the annotations of ``score`` do not allow."""
        options(
            given, options_of(self.score), whose=f"The method {self.name!r}", function=f"method {self.name}"
        )

    def prepare(self, members: Members, reference: Reference | None, **parameters: Any) -> Any:
        """What ``score`` takes in place of the reference, worked out once for all blocks.

        Raises
        ------
        ParameterError
            Options that the method does not have, and values of another kind.
        """
        self.check_options(parameters)
        self.check_reference(reference)
        if reference is not None:
            used = members.genes if self.background else [members.genes[column] for column in members.columns]
            reference = reference.select(used)
        return reference if self.learn is None else self.learn(members, reference, **parameters)

    def __call__(
        self, block: Block, members: Members, reference: Reference | None = None, **parameters: Any
    ) -> NDArray[np.float64]:
        """Score one block; shape (rows, signatures)."""
        return self.score(block, members, self.prepare(members, reference, **parameters), **parameters)
