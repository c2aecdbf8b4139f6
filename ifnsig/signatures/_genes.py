"""Gene lists as people write them -> gene -> weight: the only place that reads one, whatever file or call it came in."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import CoverageWarning, ParameterError, listing, warn

log = logging.getLogger("ifnsig")


@dataclass(slots=True)
class GeneList:
    """What a gene list says: gene -> weight, what is wrong with it, and what was left out or made plain."""

    weights: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    stripped: list[str] = field(default_factory=list)

    def tell(self, where: str) -> None:
        """Warn of what was left out, and log what was made plain; ``where`` begins the sentence."""
        if self.left_out:
            warn(f"{where} {', and '.join(self.left_out)}.", CoverageWarning, stacklevel=6)
        if self.stripped:
            log.info("%s: spaces around names are left out: %s.", where, listing(map(repr, self.stripped)))


def gene_weights(genes: Any, *, where: str) -> dict[str, float]:
    """The genes of a signature with their weights.

    Parameters
    ----------
    genes
        Names (all rising), or gene -> weight: a list, a mapping, a pandas Series of names or of weights by gene.
        Spaces around a name are left out; blanks (None, NaN, NA, no letter) too, with a warning; a name that is listed
        twice counts once, with a warning.
    where
        Whose genes they are, as the first words of a message (``Signature 'mine'``).

    Raises
    ------
    ParameterError
        Text in place of a list, names that are no text, weights that are no finite numbers other than 0, one name with
        two weights, or nothing left.
    """
    found = read_genes(genes)
    if found.faults:
        raise ParameterError(f"{where} {'; '.join(found.faults)}.")
    if not found.weights:
        blank = f": {found.left_out[0]}" if found.left_out else ""
        raise ParameterError(f"{where} has no genes{blank}.")
    found.tell(where)
    return found.weights


def read_genes(genes: Any) -> GeneList:
    """A gene list with its faults, each as what follows the signature's name."""
    found = GeneList()
    if isinstance(genes, (str, bytes)) or not isinstance(genes, Iterable):
        found.faults.append(f"must be a list of genes, or genes with weights, not {genes!r}")
        return found
    pairs = _pairs(genes)
    blank = sum(_blank(name) for name, _ in pairs)
    kept = [(name, weight) for name, weight in pairs if not _blank(name)]
    if blank:
        found.left_out.append(f"has {blank} blank {'entry' if blank == 1 else 'entries'}, left out")
    if strange := [name for name, _ in kept if not isinstance(name, str)]:
        found.faults.append(
            f"has genes that are no names: {listing(map(repr, strange))} (quote what a file format takes for something"
            ' else, such as "NO")'
        )
        return found
    if unfit := [(name, weight) for name, weight in kept if not _is_weight(weight)]:
        shown = listing(f"{name!r} {weight!r}" for name, weight in unfit)
        found.faults.append(
            f"has genes without a weight that is a number other than 0: {shown}. Give 1 (rises) or -1 (falls)"
        )
    plain = [(str(name).strip(), weight) for name, weight in kept]
    found.stripped = [str(name) for name, _ in kept if str(name).strip() != str(name)]
    weights: dict[str, list[Any]] = defaultdict(list)
    for name, weight in plain:
        weights[name].append(weight)
    twice = sorted(name for name, given in weights.items() if len(given) > 1)
    if differing := [name for name in twice if len(set(weights[name])) > 1]:
        found.faults.append(f"lists genes with two weights: {listing(map(repr, differing))}")
    elif twice:
        found.left_out.append(f"lists genes twice; each counts once: {listing(map(repr, twice))}")
    if not found.faults:
        found.weights = {name: float(weight) for name, weight in plain}
    return found


def _pairs(genes: Any) -> list[tuple[Any, Any]]:
    """Names with weights; a pandas Series holds weights by gene if it holds numbers, and names if it holds text."""
    if isinstance(genes, Mapping):
        return list(genes.items())
    if hasattr(genes, "items") and hasattr(genes, "index"):
        pairs = list(genes.items())
        if not all(isinstance(value, str) or _blank(value) for _, value in pairs):
            return pairs
        return [(value, 1.0) for _, value in pairs]
    return [(name, 1.0) for name in genes]


def _blank(name: Any) -> bool:
    """None, NaN, pandas' NA and NaT, and text without a letter: nothing that names a gene."""
    if name is None or (isinstance(name, str) and not name.strip()):
        return True
    if isinstance(name, (float, np.floating)):
        return math.isnan(name)
    return type(name).__name__ in ("NAType", "NaTType")


def _is_weight(weight: Any) -> bool:
    numeric = isinstance(weight, (int, float, np.integer, np.floating)) and not isinstance(weight, bool)
    return numeric and math.isfinite(weight) and weight != 0
