"""Which columns of a matrix each signature uses, and with which weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Members:
    """The genes of every signature as positions in a matrix.

    Attributes
    ----------
    names
        Signatures, in the order of the score columns.
    columns
        Matrix columns that any signature uses: the union, ascending, shape (u,).
    positions
        For each signature, positions of its genes in ``columns``, shape (k,) each.
    weights
        For each signature, the published weight or sign of those genes, shape (k,) each.
    absent
        For each signature, the weights of its genes that the matrix lacks.
    genes
        Names of all columns of the matrix.
    """

    names: tuple[str, ...]
    columns: NDArray[np.intp]
    positions: tuple[NDArray[np.intp], ...]
    weights: tuple[NDArray[np.float64], ...]
    absent: tuple[NDArray[np.float64], ...]
    genes: tuple[str, ...]

    @classmethod
    def find(cls, signatures: Mapping[str, Mapping[str, float]], genes: Sequence[str]) -> Members:
        """Look up the genes of each signature (name -> gene -> weight) among the matrix's ``genes``.

        Of genes that are not there only the weights are kept; callers check coverage first.
        """
        where = {gene: column for column, gene in enumerate(genes)}
        found = {
            name: {where[gene]: weight for gene, weight in weights.items() if gene in where}
            for name, weights in signatures.items()
        }
        columns = np.unique(np.fromiter((c for members in found.values() for c in members), dtype=np.intp))
        positions = tuple(np.searchsorted(columns, np.fromiter(m, dtype=np.intp)) for m in found.values())
        weights = tuple(np.fromiter(m.values(), dtype=np.float64, count=len(m)) for m in found.values())
        absent = tuple(
            np.array([weight for gene, weight in wanted.items() if gene not in where], dtype=np.float64)
            for wanted in signatures.values()
        )
        return cls(tuple(found), columns, positions, weights, absent, tuple(map(str, genes)))

    @classmethod
    def of_columns(
        cls,
        names: Sequence[str],
        columns: NDArray[np.intp],
        weights: NDArray[np.float64],
        genes: Sequence[str],
    ) -> Members:
        """Sets of equal size by the ``columns`` of their genes, shape (sets, k); ``weights`` (k,) are those of every set."""
        union, positions = np.unique(columns, return_inverse=True)
        places = positions.reshape(columns.shape).astype(np.intp, copy=False)
        nothing = np.empty(0)
        return cls(
            tuple(names), union.astype(np.intp), tuple(places), (weights,) * len(names), (nothing,) * len(names),
            tuple(map(str, genes)),
        )  # fmt: skip

    def only(self, names: Sequence[str]) -> Members:
        """Some of the signatures, on the same columns."""
        kept = [self.names.index(name) for name in names]
        return replace(
            self, names=tuple(names), positions=tuple(self.positions[i] for i in kept),
            weights=tuple(self.weights[i] for i in kept), absent=tuple(self.absent[i] for i in kept),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.names)

    def up(self, signature: int) -> NDArray[np.intp]:
        """Positions of the genes that rise with the signature."""
        return self.positions[signature][self.weights[signature] > 0]

    def down(self, signature: int) -> NDArray[np.intp]:
        """Positions of the genes that fall with the signature."""
        return self.positions[signature][self.weights[signature] < 0]
