"""Control genes of score_genes: as sums over groups of genes, from which every signature's control mean follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..core import Block, Members
from ..core.ratios import ratio
from ..core.set_sums import set_sums
from ..core.stored import weighted_sums
from ..errors import ParameterError, listing
from ._sides import Side


class Controls(NamedTuple):
    """Control mean of each signature: ``sum(part x group sum) - sum(own part x own gene)``.

    ``groups`` holds matrix columns; ``used`` and ``parts`` say which groups a signature takes and how much of their sums;
    ``own`` and ``own_parts`` take the signature's own genes out again (positions among the signature genes).
    """

    groups: tuple[NDArray[np.intp], ...]
    used: tuple[NDArray[np.intp], ...]
    parts: tuple[NDArray[np.float64], ...]
    own: tuple[NDArray[np.intp], ...]
    own_parts: tuple[NDArray[np.float64], ...]

    def means(self, block: Block) -> NDArray[np.float64]:
        """Mean of the controls of each signature in dense rows, shape (rows, signatures)."""
        sums = np.empty((block.n_rows, len(self.groups)))
        for group, genes in enumerate(self.groups):
            sums[:, group] = np.ascontiguousarray(block.rows[:, genes], dtype=np.float64).sum(axis=1)
        return self._of_groups(sums) - set_sums(block.values, self.own, self.own_parts)

    def weights(self, side: Side, members: Members) -> sparse.csr_matrix:
        """What sparse rows are multiplied with, see :meth:`differences`: one column a group, one a signature."""
        of_groups = [np.ones(len(genes)) for genes in self.groups]
        genes = [members.columns[positions] for positions in (*side.positions, *self.own)]
        parts = [part / total for part, total in zip(side.weights, side.total, strict=True)]
        direct = _columns([*genes], [*parts, *self.own_parts], len(members.genes))
        signatures = len(members)
        return sparse.hstack(
            [
                _columns(self.groups, of_groups, len(members.genes)),
                direct[:, :signatures] + direct[:, signatures:],
            ],
            format="csr",
        )

    def differences(self, rows: sparse.csr_matrix, weights: sparse.csr_matrix) -> NDArray[np.float64]:
        """Mean of the side's genes minus that of the controls, shape (rows, signatures); zeros are not visited."""
        sums = weighted_sums(rows, weights)
        return sums[:, len(self.groups) :] - self._of_groups(sums[:, : len(self.groups)])

    def _of_groups(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return set_sums(sums, self.used, self.parts)


def _columns(
    genes: Sequence[NDArray[np.intp]], weights: Sequence[NDArray[np.float64]], n_genes: int
) -> sparse.csr_matrix:
    """One column a set of genes; CSR of shape (genes, sets)."""
    ends = np.cumsum([0, *(len(part) for part in genes)])
    columns = np.concatenate([*genes, np.empty(0, dtype=np.intp)])
    values = np.concatenate([*weights, np.empty(0)])
    return sparse.csc_matrix((values, columns, ends), shape=(n_genes, len(genes))).tocsr()


def expected_controls(
    side: Side, members: Members, mean: NDArray[np.float64], n_bins: int, size: int
) -> Controls:
    """Controls from the bins of the reference means; ``mean`` of shape (genes of the matrix,)."""
    bins = expression_bins(mean, n_bins)
    needed = np.unique(bins[members.columns])
    groups = tuple(np.flatnonzero(bins == number) for number in needed)
    group_of = np.searchsorted(needed, bins[members.columns])  # of each signature gene
    used, parts, own, own_parts = [], [], [], []
    for signature, positions in enumerate(side.positions):
        taken = np.unique(group_of[positions])
        mine = members.positions[signature]
        left = np.array(
            [len(groups[g]) - np.count_nonzero(group_of[mine] == g) for g in taken], dtype=np.int64
        )
        weight = np.minimum(left, size)
        if len(taken) and not weight.any():
            raise ParameterError(
                f"score_genes finds no control genes for {side.names[signature]}: its genes fill their bins. Use fewer"
                " bins (n_bins), or score a matrix with more genes."
            )
        share = ratio(weight / max(weight.sum(), 1), left, where=left > 0, otherwise=0.0)
        inside = mine[np.isin(group_of[mine], taken)]
        used.append(taken)
        parts.append(share)
        own.append(inside)
        own_parts.append(share[np.searchsorted(taken, group_of[inside])])
    return Controls(groups, tuple(used), tuple(parts), tuple(own), tuple(own_parts))


def expression_bins(mean: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    """Bin of every gene: its smallest rank among the means ``// b``, ``b = round(genes / (n_bins - 1))``.

    Means that differ in the last digits only are equal, whatever order they were added up in.
    """
    width = int(np.round(len(mean) / (n_bins - 1)))
    rounded = np.round(mean, 10)
    rank = np.searchsorted(np.sort(rounded), rounded) + 1
    return rank // width if width else np.zeros(len(mean), dtype=np.int64)


def chosen_controls(members: Members, given: Mapping[str, Sequence[str]]) -> Controls:
    """Controls that the caller names, signature by signature."""
    where = {gene: column for column, gene in enumerate(members.genes)}
    if without := [name for name in members.names if not given.get(name)]:
        raise ParameterError(f"control_genes names none for {listing(without)}. Give each signature a list.")
    if any((weights < 0).any() for weights in members.weights):
        raise ParameterError(
            "score_genes with control_genes takes signatures without falling genes: one list of controls would serve both"
            " sides and cancel."
        )
    wanted = {name: list(dict.fromkeys(given[name])) for name in members.names}
    if lacking := sorted({gene for genes in wanted.values() for gene in genes if gene not in where}):
        raise ParameterError(f"Control genes that the matrix lacks: {listing(lacking)}.")
    groups = tuple(np.array([where[gene] for gene in genes], dtype=np.intp) for genes in wanted.values())
    own = [np.intersect1d(members.columns[p], g) for p, g in zip(members.positions, groups, strict=True)]
    if doubled := [members.genes[column] for columns in own for column in columns]:
        raise ParameterError(f"Genes that are control and signature gene in one: {listing(doubled)}.")
    numbers = range(len(groups))
    nothing = tuple(np.empty(0, dtype=np.intp) for _ in numbers)
    return Controls(
        groups,
        tuple(np.array([number], dtype=np.intp) for number in numbers),
        tuple(np.array([1 / len(genes)]) for genes in groups),
        nothing,
        tuple(part.astype(np.float64) for part in nothing),
    )
