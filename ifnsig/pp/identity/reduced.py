"""What a score loses when genes are missing: reduced against full score in a cohort that measured all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray

from ... import gate, get
from ...core import Members, row_blocks
from ...doors import subject
from ...errors import ParameterError, UnitError, listing
from ...methods import METHODS
from ...signatures import SIGNATURES
from .._controls import COHORT, Controls
from ..reference import fit_reference

Genes = str | Mapping[str, float] | Iterable[str]
FEWEST = 4
"""Below this many samples a correlation has no interval."""


@dataclass(frozen=True, slots=True)
class ReducedSet:
    """How well the genes that are there stand for the whole signature.

    Attributes
    ----------
    correlation
        Pearson's r of the reduced with the full score over the samples of the cohort; NaN when unknown.
    ci_low, ci_high
        95 % interval (Fisher's z); NaN when unknown, and where r is 1 because no gene is missing.
    n_samples
        Samples of the cohort with both scores.
    n_genes, n_present
        Genes of the signature, and those of them that are there.
    method, cohort
        What was scored, and where.
    reason
        Why the correlation is unknown; "" when it is known.
    """

    correlation: float
    ci_low: float
    ci_high: float
    n_samples: int
    n_genes: int
    n_present: int
    method: str
    cohort: str
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The result in words, for reports."""
        share = f"With {self.n_present} of {self.n_genes} genes"
        if self.reason:
            return f"{share}, the correlation with the full score is unknown: {self.reason}."
        interval = "" if math.isnan(self.ci_low) else f" (95 % CI {self.ci_low:.3f} to {self.ci_high:.3f})"
        return (
            f"{share}, the {self.method} score correlates with the full score at r = {self.correlation:.3f}"
            f"{interval} in {self.cohort}, n = {self.n_samples}."
        )


def reduced_set_correlation(
    adata_reference: anndata.AnnData | None,
    genes: Genes,
    present: Iterable[str],
    *,
    cohort: str = "",
    method: str = "zscore",
    controls: Controls = COHORT,
    layer: str | None = None,
) -> ReducedSet:
    """Correlation of a signature's score from some of its genes with the score from all of them.

    The correlation holds for people like those of the reference cohort. One with patients and healthy
    people spreads more than patients alone and gives a higher r: pass the samples that are like yours.

    Parameters
    ----------
    adata_reference
        A cohort that measured every gene of the signature, with current symbols; None when there is none.
    genes
        Id of ``ifnsig.signatures.SIGNATURES``, or genes (list, or gene -> weight).
    present
        Gene names of the other data set; those that are no gene of the signature do not matter.
    cohort
        What the reference cohort is called in the result, e.g. ``"the simulated cohort"``.
    method
        Name in ``ifnsig.methods.METHODS``.
    controls
        For methods that compare with other samples: see :func:`fit_reference`.
    layer
        Layer to score; ``X`` by default.

    Returns
    -------
    ReducedSet
        ``correlation`` with its interval, or ``reason`` why it is unknown.

    Raises
    ------
    ParameterError
        The signature has no genes, or the cohort was not named.
    UnknownNameError
        No signature or method has that name.
    UnitError
        The method cannot score the unit of the cohort.
    """
    weights = _weights(genes)
    found = set(present)
    there = {gene: weight for gene, weight in weights.items() if gene in found}
    facts: dict[str, Any] = {
        "n_genes": len(weights),
        "n_present": len(there),
        "method": method,
        "cohort": cohort,
    }
    if adata_reference is None:
        return _unknown("no reference cohort was given", **facts)
    if not cohort:
        raise ParameterError("Name the reference cohort: reduced_set_correlation(..., cohort=...).")
    if lacking := [gene for gene in weights if gene not in adata_reference.var_names]:
        return _unknown(f"{cohort} lacks {len(lacking)} genes itself ({listing(lacking)})", **facts)
    if not there:
        return _unknown("none of the genes is there", **facts)
    scores = _scores(adata_reference, {"full": weights, "reduced": there}, method, controls, layer)
    scores = scores[np.isfinite(scores).all(axis=1)]
    if len(scores) < FEWEST:
        return _unknown(f"{cohort} has only {len(scores)} samples with both scores", **facts)
    if not (np.ptp(scores, axis=0) > 0).all():
        return _unknown(f"the score does not vary in {cohort}", **facts)
    # with all genes both columns are the same numbers, whose correlation is exactly 1
    r = 1.0 if len(there) == len(weights) else float(np.asarray(np.corrcoef(scores.T))[0, 1])
    low, high = _interval(r, len(scores))
    return ReducedSet(r, low, high, n_samples=len(scores), **facts)


def _weights(genes: Genes) -> dict[str, float]:
    if isinstance(genes, str):
        genes = SIGNATURES[genes].genes
    weights = dict(genes) if isinstance(genes, Mapping) else dict.fromkeys(genes, 1.0)
    if not weights:
        raise ParameterError(f"{subject('reduced_set_correlation', 'genes')} is empty.")
    return {str(gene): float(weight) for gene, weight in weights.items()}


def _unknown(reason: str, **facts: Any) -> ReducedSet:
    return ReducedSet(math.nan, math.nan, math.nan, n_samples=0, reason=reason, **facts)


def _scores(
    adata: anndata.AnnData,
    signatures: dict[str, dict[str, float]],
    method: str,
    controls: Controls,
    layer: str | None,
) -> NDArray[np.float64]:
    """Scores as ``tl.score`` gives them; shape (samples, signatures)."""
    record = METHODS[method]
    unit = get.unit(adata, layer)
    if unit not in record.units:
        raise UnitError(
            f"The method {method!r} cannot score values in {unit!r}. It accepts {', '.join(sorted(record.units))}."
        )
    matrix = gate.matrix(adata, layer)
    members = Members.find(signatures, adata.var_names.tolist())
    reference = fit_reference(adata, controls=controls, layer=layer) if record.needs_reference else None
    if reference is not None and not record.background:
        reference = reference.select(list(adata.var_names[members.columns]))
    blocks = row_blocks(matrix, members.columns)
    return np.concatenate([record(block, members, reference) for block in blocks])


def _interval(r: float, n: int) -> tuple[float, float]:
    if abs(r) >= 1:
        return math.nan, math.nan
    half = NormalDist().inv_cdf(0.975) / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
