"""A matrix in row blocks, so that memory follows the block and not the cohort."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..doors import say
from ..errors import ParameterError
from .engines import Engine, settled
from .ranking.ranks import RankCounts, rank_counts, some_rows, work_of

T = TypeVar("T")

BLOCK_ROWS = 512
"""Rows a block: 512 x 20,000 float32 is 40 MB, a few times the last-level cache, small beside any machine's memory."""

LARGE = 4
"""So many times more in large blocks, for methods whose rows share work; such blocks are scored one at a time."""

BLOCK_VALUES = 1_000_000
"""Values of signature genes a block: 8 MB for each of the few float64 arrays that rank methods make of them."""

READ_VALUES = 4_000_000
"""Values of a block of a dense matrix on disk: 16 MB of float32, where reading in larger pieces is no faster."""

LARGEST_CHUNK = 16 * BLOCK_ROWS
"""Rows of a chunk beyond which blocks do not follow it: a block must stay small."""


class once(Generic[T]):  # noqa: N801 -- reads like property
    """An attribute that is worked out when it is first asked for.

    As ``functools.cached_property``, whose lock is one for all objects of a class before Python 3.12: blocks would wait for
    each other.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work, self.__doc__ = work, work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        found = instance.__dict__[self.name] = self.work(instance)
        return found


class Block:
    """Some rows of a matrix and what methods ask of them, each worked out once and shared by all methods.

    Parameters
    ----------
    values
        Rows x genes, dense or CSR.
    columns
        The genes that any signature uses, shape (u,).
    start
        Position of the first row in the whole matrix.
    threads
        Threads that share the rows when ranks are counted.
    engine
        How ranks are counted, see :func:`~ifnsig.core.ranking.ranks.rank_counts`. No choice changes a number.
    """

    def __init__(
        self,
        values: Any,
        columns: NDArray[np.intp],
        *,
        start: int = 0,
        threads: int = 1,
        engine: Engine = "auto",
    ) -> None:
        self.rows = values
        self.columns = columns
        self.start = start
        self.threads = threads
        self.engine: Engine = engine
        self.n_rows: int = values.shape[0]
        self.n_genes: int = values.shape[1]

    @property
    def stop(self) -> int:
        """Position after the last row in the whole matrix."""
        return self.start + self.n_rows

    @once
    def values(self) -> NDArray[np.float64]:
        """Values of the signature genes, float64, shape (rows, u)."""
        picked = self.rows[:, self.columns]
        dense = picked.toarray() if sparse.issparse(picked) else picked
        return np.ascontiguousarray(dense, dtype=np.float64)

    @once
    def ranks(self) -> RankCounts:
        """Rank counts of the signature genes among all genes of their row, shape (rows, u)."""
        return rank_counts(self.rows, self.columns, threads=self.threads, engine=self.engine)

    def count(self) -> None:
        """Count the ranks now; :attr:`missing` then need not read the values again."""
        if self.columns.size:
            self.missing = self.ranks.equal[:, 0] == 0  # a gene with a place in its row equals itself

    @once
    def before(self) -> NDArray[np.int64]:
        """Equal genes with a smaller column number, shape (rows, u): for parity modes that break ties by position.

        Counting them takes about twice as long as ``ranks``, which comes with them for nothing: a method that needs
        both asks for ``before`` first.
        """
        counts = rank_counts(self.rows, self.columns, before=True, threads=self.threads, engine=self.engine)
        self.__dict__.setdefault("ranks", counts)
        return np.asarray(counts.before)

    @once
    def missing(self) -> NDArray[np.bool_]:
        """For each row, whether any gene has no value."""
        stored = self.rows.data if sparse.issparse(self.rows) else self.rows
        nowhere = np.zeros(self.n_rows, dtype=bool)
        if not np.issubdtype(stored.dtype, np.floating) or not stored.size:
            return nowhere
        # the smallest value of a row with NaN is NaN: one read, nothing written but one number a row
        if not sparse.issparse(self.rows):
            return np.asarray(np.isnan(stored.min(axis=1)))
        if np.isnan(stored.min()):
            places = np.flatnonzero(np.isnan(stored))
            nowhere[np.searchsorted(self.rows.indptr, places, side="right") - 1] = True
        return nowhere

    @once
    def infinite(self) -> NDArray[np.bool_]:
        """For each row, whether any gene has an infinite value."""
        stored = self.rows.data if sparse.issparse(self.rows) else self.rows
        nowhere = np.zeros(self.n_rows, dtype=bool)
        if not np.issubdtype(stored.dtype, np.floating) or not stored.size:
            return nowhere
        flat = stored.reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(flat @ flat):  # one read by BLAS; squares that overflow are looked at below
                return nowhere
        if not sparse.issparse(self.rows):
            return np.asarray(np.isinf(stored).any(axis=1))
        places = np.flatnonzero(np.isinf(stored))
        nowhere[np.searchsorted(self.rows.indptr, places, side="right") - 1] = True
        return nowhere


def row_blocks(
    matrix: Any,
    columns: NDArray[np.intp],
    *,
    rows: int = BLOCK_ROWS,
    large: bool = False,
    threads: int = 1,
    engine: Engine = "auto",
) -> Iterator[Block]:
    """Cut ``matrix`` (samples x genes) into blocks of about ``rows`` rows, fewer when very many genes are asked for.

    With ``large`` they have four times as many.

    ``matrix`` is a dense array, a scipy sparse matrix, or one on disk that gives rows by ``matrix[start:stop]``
    (h5py, zarr, a backed CSR): then only blocks are in memory, and they end where the file's chunks end.

    Raises
    ------
    ParameterError
        A matrix on disk that is stored by genes (CSC), whose rows cannot be read without reading all of it.
    """
    if sparse.issparse(matrix):
        matrix = matrix.tocsr()
    elif getattr(matrix, "format", "csr") == "csc":
        raise ParameterError(
            "The matrix on disk is stored by genes (CSC): its rows cannot be read one block at a time. Write it as CSR"
            + say(python=", or load it into memory (adata.to_memory()).", command=".")
        )
    engine = settled("ranks", work_of(matrix), engine)
    rows = min(rows, max(BLOCK_VALUES // max(len(columns), 1), 1))
    dense_on_disk = not (isinstance(matrix, np.ndarray) or hasattr(matrix, "format"))
    if dense_on_disk:  # its blocks are copies, and several at once
        rows = min(rows, max(READ_VALUES // max(matrix.shape[1], 1), 1))
    rows = _whole_chunks(matrix, LARGE * rows if large else rows)
    for start in range(0, matrix.shape[0], rows):
        part = some_rows(matrix, start, min(start + rows, matrix.shape[0]))
        yield Block(part, columns, start=start, threads=threads, engine=engine)


def _whole_chunks(matrix: Any, rows: int) -> int:
    """``rows`` rounded up to whole chunks of a dense file: a chunk cut in two is read and unpacked twice."""
    chunks = getattr(matrix, "chunks", None)
    first = chunks[0] if isinstance(chunks, tuple) and chunks and isinstance(chunks[0], int) else 1
    return -(-rows // first) * first if first <= LARGEST_CHUNK else rows
