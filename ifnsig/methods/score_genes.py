"""Mean of the signature's genes minus mean of control genes of like expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..checks import Between
from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._controls import Controls, chosen_controls, expected_controls
from ._learned import refuse_lacking
from ._method import Method, known
from ._sides import Side, sides, up_minus_down


class Learned(NamedTuple):
    """Controls of one side, and the same as weights of sparse rows."""

    controls: Controls
    weights: sparse.csr_matrix


def learn(
    members: Members,
    reference: Reference,
    *,
    n_bins: Annotated[int, Between(2, np.inf)] = 25,
    control_size: Annotated[int, Between(1, np.inf)] = 50,
    control_genes: Mapping[str, Sequence[str]] | None = None,
) -> list[Learned]:
    """Control genes of the rising and of the falling genes of every signature."""
    if control_genes is not None:
        found = [chosen_controls(members, control_genes)] * 2
    else:
        refuse_lacking(reference, "score_genes")
        found = [
            expected_controls(side, members, reference.mean, n_bins, control_size) for side in sides(members)
        ]
    return [
        Learned(controls, controls.weights(side, members))
        for controls, side in zip(found, sides(members), strict=True)
    ]


def score(
    block: Block,
    members: Members,
    learned: list[Learned],
    *,
    n_bins: Annotated[int, Between(2, np.inf)] = 25,
    control_size: Annotated[int, Between(1, np.inf)] = 50,
    control_genes: Mapping[str, Sequence[str]] | None = None,
) -> NDArray[np.float64]:
    """Mean of the genes minus mean of their controls; shape (rows, signatures).

    Genes are put into bins by their mean in the reference samples: smallest rank ``// b``, with
    ``b = round(genes / (n_bins - 1))``. Controls of a signature are the other genes of the bins in which it has genes.
    scanpy draws up to ``control_size`` of each bin; this takes all of them and weighs the bins as the draw would, which
    is the mean over all draws: no random number, the same for any order of the genes. Falling genes: the same with
    their own controls, subtracted. Weights make the genes' mean a weighted one.

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        The control genes.
    n_bins
        Number of bins, about.
    control_size
        Most genes that a bin counts for.
    control_genes
        Signature -> its control genes, to repeat a draw of another program; the reference is then not used.

    Raises
    ------
    ParameterError
        An option outside what is allowed, no controls for a signature, or controls that the matrix lacks.
    ReferenceRequiredError
        The reference lacks genes of the matrix.
    """
    del n_bins, control_size, control_genes

    def above_controls(side: Side) -> NDArray[np.float64]:
        controls, weights = learned[0 if side.sign > 0 else 1]
        if sparse.issparse(block.rows):
            return controls.differences(block.rows, weights)
        return side.sums(block.values) / side.total - controls.means(block)

    return up_minus_down(members, block.n_rows, above_controls)


METHOD: Method = Method(
    name="score_genes",
    summary="mean of the genes minus mean of genes that are as high in the reference samples",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=True,
    background=True,
    doi="10.1126/science.aad0501",
    learn=learn,
    usable=known,
)
