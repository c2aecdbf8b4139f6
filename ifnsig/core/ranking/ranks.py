"""Where values stand among all genes of their sample: the counts below and equal, from which every rank score follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...checks import number_between, one_of
from ...errors import ParameterError
from ..engines import ENGINES, Engine, compiled, share_out
from ..structure import refuse_damaged
from ._numpy import Counts, dense_counts, sparse_counts

SPARSE_ROW = 4_000
"""Values that a sparse row costs the numpy path on top of those that are stored."""


class RankCounts(NamedTuple):
    """For each row and asked gene: how many genes of the row lie below it, and how many equal it (itself included).

    Integer arrays of shape (rows, genes asked for), so ranks are exact: the smallest rank of a tie block is
    ``below + 1``, the average rank ``below + (equal + 1) / 2``, the largest ``below + equal``. ``before``, where it
    was asked for, counts the equal genes with a smaller column number: it depends on the order of the genes and is
    for parity with programs that break ties by it.
    """

    below: NDArray[np.int64]
    equal: NDArray[np.int64]
    before: NDArray[np.int64] | None = None

    @property
    def minimum(self) -> NDArray[np.int64]:
        """Ascending ranks, ties take the smallest."""
        return self.below + 1

    @property
    def average(self) -> NDArray[np.float64]:
        """Ascending ranks, ties take their average."""
        return self.below + (self.equal + 1) / 2.0


def rank_counts(
    values: Any, columns: NDArray[np.intp], *, before: bool = False, threads: int = 1, engine: Engine = "auto"
) -> RankCounts:
    """Count, in each row, the genes below and equal to the genes in ``columns``.

    Parameters
    ----------
    values
        Rows x genes, without NaN: dense of any float or integer type and memory order, or scipy sparse. Genes absent
        from a sparse row are zeros; all zeros are one tie block, and -0.0 is 0.
    columns
        Genes asked for, shape (u,).
    before
        Whether to count equal genes with a smaller column number too.
    threads
        Rows are shared out among so many threads.
    engine
        ``"numpy"``, ``"numba"`` (compiled) or ``"auto"``: by the number of values, so that a small matrix does not
        wait for numba.

    Returns
    -------
    RankCounts
        Arrays of shape (rows, u), the same for every engine, container, memory order, number of threads and float
        type that holds the values. ``below`` and ``equal`` do not depend on the order of the genes. A row with NaN
        has no ranks: its counts are 0.

    Raises
    ------
    ParameterError
        A column outside the matrix, fewer than one thread, an unknown engine.
    TableError
        A sparse matrix whose parts do not fit each other.
    """
    number_between(threads, 1, np.inf, name="threads", function="rank_counts")
    one_of(engine, ENGINES, name="engine", function="rank_counts")
    genes = values.shape[1]
    asked, place = np.unique(np.asarray(columns, dtype=np.intp), return_inverse=True)
    if asked.size and (asked[0] < 0 or asked[-1] >= genes):
        raise ParameterError(f"Columns run from 0 to {genes - 1}; asked for {asked[0]} to {asked[-1]}.")
    if sparse.issparse(values):
        values = canonical(values)
    rows = values.shape[0]
    out = Counts(*(np.empty((n, len(asked)), dtype=np.int64) for n in (rows, rows, rows if before else 0)))
    count = _counter(values, engine)
    # small parts: no thread waits long
    edges = (
        [0, rows]
        if threads == 1
        else np.unique(np.linspace(0, rows, 4 * int(threads) + 1).astype(int)).tolist()
    )
    share_out(lambda a, b: count(some_rows(values, a, b), asked, out.part(a, b)), edges, int(threads))
    if not np.array_equal(place, np.arange(len(place))):
        out = Counts(*(array[:, place] for array in out))
    return RankCounts(out.below, out.equal, out.before if before else None)


def work_of(values: Any) -> int:
    """The numbers that counting in the whole matrix takes, by which the engine is chosen."""
    return int(
        values.nnz + SPARSE_ROW * values.shape[0] if sparse.issparse(values) else np.prod(values.shape)
    )


def some_rows(values: Any, first: int, stop: int) -> Any:
    """Rows ``first`` to ``stop`` of a dense array or CSR matrix; shares what it stores, where slicing CSR would copy."""
    if not sparse.issparse(values):
        return values[first:stop]
    ends = values.indptr[first : stop + 1]
    stored = slice(ends[0], ends[-1])
    part = sparse.csr_matrix((stop - first, values.shape[1]), dtype=values.dtype)
    # set one by one: the constructor copies what is a small part of a larger array
    part.data, part.indices, part.indptr = values.data[stored], values.indices[stored], ends - ends[0]
    return part


def _counter(values: Any, engine: Engine) -> Callable[[Any, NDArray[np.intp], Counts], None]:
    kernels = compiled("ranks", work_of(values), engine)
    if kernels is None:
        return sparse_counts if sparse.issparse(values) else dense_counts
    count: Callable[[Any, NDArray[np.intp], Counts], None]
    count = kernels.sparse_rows if sparse.issparse(values) else kernels.dense_rows
    return count


def canonical(values: Any) -> sparse.csr_matrix:
    """CSR with ascending indices and no doubled entries; a copy only where it is not so already."""
    refuse_damaged(values)
    rows = values.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows
