"""GSVA: where the genes of a set stand in a sample after each gene is compared with its own distribution."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..core.densities.kcdf import Cdf, GaussianCdf
from ..core.densities.kcdf_plain import EmpiricalCdf, PoissonCdf, TableCdf
from ..core.densities.standing import stand
from ..core.walk import Ties, walk_extremes
from ..doors import argument
from ..errors import ParameterError, UnitError
from ..units import COUNT_UNITS, LOG_UNITS
from ._method import Method
from ._sides import Side, up_minus_down

Kernel = Literal["gaussian", "poisson", "ecdf"]


class Densities(NamedTuple):
    """Each gene's distribution over the reference samples.

    ``varying`` says which genes of the matrix have one, shape (genes,); ``cdf`` is for those alone.
    """

    varying: NDArray[np.bool_]
    cdf: Cdf


def learn(
    members: Members,
    reference: Reference,
    *,
    kernel: Kernel = "gaussian",
    ties: Ties = "average",
    kernel_table: Literal["r"] | None = None,
    tau: Annotated[float, Between(0, np.inf)] = 1.0,
    max_diff: bool = True,
    abs_ranking: bool = False,
) -> Densities:
    """Estimate the distribution of every gene that varies over the reference samples; options as in ``score``.

    Raises
    ------
    ParameterError
        Options that do not go together.
    UnitError
        The kernel is not made for such values.
    """
    del members
    _check(kernel, kernel_table, max_diff, abs_ranking)
    counts = reference.unit in COUNT_UNITS
    if kernel != "ecdf" and counts != (kernel == "poisson"):
        wanted = "read counts" if kernel == "poisson" else "log expression"
        other = "gaussian" if kernel == "poisson" else "poisson"
        raise UnitError(
            f"The kernel {kernel!r} of gsva is made for {wanted}; the values are {reference.unit!r}. Use"
            f" {argument('method gsva', 'kernel', other)}, or {argument('method gsva', 'kernel', 'ecdf')} for any unit."
        )
    varying = reference.sd > 0
    values, columns = np.asarray(reference.values), np.flatnonzero(varying)
    cdf: Cdf
    if kernel == "gaussian" and kernel_table is None:
        moments = reference.moments
        ends = None if moments is None else (moments.low[varying], moments.high[varying])
        cdf = GaussianCdf(values, reference.sd[varying], columns=columns, ends=ends)
    else:
        plain: dict[str, Any] = {"gaussian": TableCdf, "poisson": PoissonCdf, "ecdf": EmpiricalCdf}
        cdf = plain[kernel](values, columns=columns)
    return Densities(varying, cdf)


def score(
    block: Block,
    members: Members,
    learned: Densities,
    *,
    kernel: Kernel = "gaussian",
    ties: Ties = "average",
    kernel_table: Literal["r"] | None = None,
    tau: Annotated[float, Between(0, np.inf)] = 1.0,
    max_diff: bool = True,
    abs_ranking: bool = False,
) -> NDArray[np.float64]:
    """Gene set variation score; shape (rows, signatures).

    Each gene's value becomes its place in the gene's own distribution over the reference samples, the genes of a
    sample are ranked by it, and the score is taken from a weighted walk down these ranks
    (:func:`~ifnsig.core.walk.walk_extremes`). Genes without variation in the reference (smallest = largest value)
    have no distribution: they are left out of the ranking, and of the sets. Falling genes are scored as a set of
    their own and subtracted.

    A set of one gene, the i-th from the top among p genes, scores ``1 - 2 (i - 1) / (p - 1)``. A set left with no
    gene, a set of all genes and a row without a value score NaN.

    Parameters
    ----------
    block, members
        Values of all genes, and signatures. Weights of genes multiply those of the ranks.
    learned
        What :func:`learn` made of the reference.
    kernel
        ``"gaussian"`` (bandwidth SD / 4, for log expression), ``"poisson"`` (counts; each reference count + 0.5 is a
        rate) or ``"ecdf"`` (share of the reference samples at or below the value).
    ties
        What genes of equal density do. ``"average"``: they share their average rank and are one step of the walk, so
        the order of the genes does not matter. Sums of n kernels closer than n x 4e-15 are equal, but for samples
        that stand alone: there the far tails decide, as in exact arithmetic.
        ``"gsva"``: the earlier gene ranks higher, as in R's GSVA;
        ``"gseapy"``: the later one. With these two a gene of weight 0 that is alone in its set scores NaN (as in
        GSVA 2); with ``"average"`` its weight does not matter.
    kernel_table
        ``"r"``: the Gaussian CDF by the truncated table of R's GSVA, for parity. It is off by up to 4e-4 and takes
        the square of the samples. By default the CDF is exact but for rounding, and nearly linear in the samples.
    tau
        Power of the rank weight.
    max_diff
        Sum of the walk's highest and lowest point; otherwise the one farther from 0 (the lowest, if both are as far).
    abs_ranking
        With ``max_diff``, the highest minus the lowest point: sets whose genes lie at both ends score high.
    """
    del kernel, kernel_table  # already in the densities
    varying = learned.varying[members.columns]
    asked = (np.cumsum(learned.varying) - 1)[members.columns[varying]]
    place = np.where(varying, np.cumsum(varying) - 1, -1)  # of a signature gene among those asked for
    below, equal, missing = stand(
        learned.cdf, block.rows, asked, ties=ties, threads=block.threads, engine=block.engine
    )
    genes = len(learned.cdf.columns)

    def one_side(side: Side) -> NDArray[np.float64]:
        out = np.full((block.n_rows, len(members)), np.nan)
        for column, (positions, weights) in enumerate(zip(side.positions, side.weights, strict=True)):
            slots = place[positions]
            kept = slots >= 0
            highest, lowest = walk_extremes(
                below[:, slots[kept]],
                equal[:, slots[kept]],
                genes,
                tau=tau,
                weights=weights[kept],
                weightless=ties == "average",
            )
            out[:, column] = _combine(highest, lowest, max_diff, abs_ranking)
        return out

    out = up_minus_down(members, block.n_rows, one_side)
    out[missing] = np.nan
    return out


def _combine(
    highest: NDArray[np.float64], lowest: NDArray[np.float64], max_diff: bool, abs_ranking: bool
) -> NDArray[np.float64]:
    if max_diff:
        return highest - lowest if abs_ranking else highest + lowest
    return np.where(highest > -lowest, highest, lowest)


def _check(kernel: str, kernel_table: str | None, max_diff: bool, abs_ranking: bool) -> None:
    """Refuse options that do not go together."""
    if kernel_table is not None and kernel != "gaussian":
        raise ParameterError(
            f"{argument('method gsva', 'kernel_table', kernel_table)} is a table of the Gaussian kernel; got"
            f" {argument('method gsva', 'kernel', kernel)}."
        )
    if abs_ranking and not max_diff:
        raise ParameterError(
            f"{argument('method gsva', 'abs_ranking', True)} changes the sum of the walk's extremes: it needs"
            f" {argument('method gsva', 'max_diff', True)}."
        )


METHOD: Method = Method(
    name="gsva",
    summary="gene set variation: weighted walk down the genes ranked by their place in their own distribution",
    score=score,
    units=LOG_UNITS | COUNT_UNITS,
    scopes=("reference", "cohort"),
    limits=(-2.0, 2.0),
    centred=True,
    directional=True,
    monotone=False,
    background=True,
    doi="10.1186/1471-2105-14-7",
    learns_from_values=True,
    large_blocks=True,  # the series of a gene serve all rows of a block
    learn=learn,
)
