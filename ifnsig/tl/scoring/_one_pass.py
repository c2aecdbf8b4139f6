"""One pass over the rows of a matrix for any number of methods: what they share is worked out once a block."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from ...core import Block, Members, row_blocks
from ...core.blocks import BLOCK_ROWS
from ...doors import argument, with_door
from ...errors import TableError, listing
from ...gate.values import named_cell
from ...methods import Method

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One method, ready for the blocks."""

    method: Method
    members: Members
    learned: Any
    parameters: Mapping[str, Any]

    def score(self, block: Block) -> np.ndarray:
        """Scores of the block's rows, shape (rows, signatures)."""
        return self.method.score(block, self.members, self.learned, **self.parameters)


def run(adata: AnnData, matrix: Any, jobs: list[Job], *, threads: int) -> list[np.ndarray]:
    """Scores of every job, shape (samples, signatures) each. All jobs have the same ``members.columns``.

    Threads take whole blocks, so no number depends on them.

    Raises
    ------
    TableError
        Samples without a value for genes that a method needs; they are named.
    """
    out = [np.empty((adata.n_obs, len(job.members))) for job in jobs]
    missing: list[str] = []
    cells: list[str] = []
    ranked = next((job.method for job in jobs if job.method.background), None)
    parts = _dask_parts(matrix, jobs) if is_dask(matrix) else _parts(matrix, jobs, threads)
    for start, gone, places, scores in parts:
        stop = start + len(gone)
        missing += list(adata.obs_names[start:stop][gone])
        cells += [f"{_named(value)} of {named_cell(adata, row, gene)}" for row, gene, value in places]
        for whole, part in zip(out, scores, strict=False):
            whole[start:stop] = part
    if missing:
        name, needed = (
            (ranked.name, "all genes of a sample")
            if ranked
            else (jobs[0].method.name, "the signature's genes")
        )
        advice = argument("io.read", "missing", "drop_genes")
        raise TableError(
            f"{len(missing)} of {adata.n_obs} samples have genes without a value: {listing(missing)} ({listing(cells)})."
            f" {name} needs {needed}. Read the file with {advice} to leave such genes out."
        )
    return out


Cell = tuple[int, int, float]
Part = tuple[int, np.ndarray, list[Cell], list[np.ndarray]]
"""First row; rows without a value; one such cell of each (row, gene, what is there); scores of every job."""


def _named(value: float) -> str:
    """What a cell holds in place of a number."""
    return "no value" if np.isnan(value) else "an infinite value (the logarithm of 0?)"


def is_dask(matrix: Any) -> bool:
    """Whether ``matrix`` is a Dask array, told without importing Dask."""
    return type(matrix).__module__.split(".")[0] == "dask"


def _score_block(block: Block, jobs: list[Job]) -> Part:
    ranked = any(job.method.background for job in jobs)
    if any(job.method.ranks and not job.parameters for job in jobs):
        block.count()  # they tell the rows without a value too
    gone: np.ndarray = np.logical_not(np.isfinite(block.values).all(axis=1))
    if ranked:
        gone = gone | block.missing | block.infinite
    if gone.any():
        return block.start, gone, _cells(block, gone), []
    return block.start, gone, [], [job.score(block) for job in jobs]


def _cells(block: Block, gone: np.ndarray) -> list[Cell]:
    """The first cell without a value of the first rows that have one; of a signature's gene where there is one."""
    found = []
    for row in np.flatnonzero(gone)[:5].tolist():
        wanted = np.flatnonzero(~np.isfinite(block.values[row]))
        if wanted.size:
            gene, value = int(block.columns[wanted[0]]), float(block.values[row, wanted[0]])
        else:
            whole = block.rows[[row]]
            whole = np.asarray(whole.toarray() if sparse.issparse(whole) else whole, dtype=np.float64)[0]
            gene = int(np.flatnonzero(~np.isfinite(whole))[0])
            value = float(whole[gene])
        found.append((block.start + row, gene, value))
    return found


def _parts(matrix: Any, jobs: list[Job], threads: int) -> Iterator[Part]:
    # blocks are shared out among threads; where there is but one, or large ones, its rows or genes are
    large = _large(jobs)
    inner, threads = (threads, 1) if large or matrix.shape[0] <= BLOCK_ROWS else (1, threads)
    blocks: Iterator[Block] = row_blocks(matrix, jobs[0].members.columns, large=large, threads=inner)
    if not (isinstance(matrix, np.ndarray) or sparse.issparse(matrix)):
        blocks = _ahead(blocks)
    return _in_order(lambda block: _score_block(block, jobs), blocks, threads)


def _large(jobs: list[Job]) -> bool:
    return any(job.method.large_blocks for job in jobs)


def _ahead(blocks: Iterable[Block]) -> Iterator[Block]:
    """The same blocks; one thread reads the next from disk while the last is scored."""
    with ThreadPoolExecutor(1) as reader:
        left = iter(blocks)
        ask = with_door(next)
        coming = reader.submit(ask, left, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(ask, left, None)
            yield block


def _dask_parts(matrix: Any, jobs: list[Job]) -> Iterator[Part]:
    """The same work as one task a chunk, on whatever scheduler the caller has set up; only scores come back."""
    from dask.base import compute
    from dask.delayed import delayed

    whole_rows = matrix.rechunk({1: -1})
    starts = np.concatenate([[0], np.cumsum(whole_rows.chunks[0])])[:-1]
    chunks = whole_rows.to_delayed()[:, 0]
    # what the methods learned is one node of the graph, not one a task
    shared = delayed(jobs, traverse=False)
    tasks = [
        delayed(_score_chunk)(chunk, int(start), shared) for chunk, start in zip(chunks, starts, strict=True)
    ]
    for parts in compute(*tasks):
        yield from parts


def _score_chunk(rows: Any, start: int, jobs: list[Job]) -> list[Part]:
    blocks = row_blocks(rows, jobs[0].members.columns, large=_large(jobs))
    found = [_score_block(block, jobs) for block in blocks]
    return [
        (start + first, gone, [(start + row, gene, value) for row, gene, value in cells], scores)
        for first, gone, cells, scores in found
    ]


def _in_order(work: Any, blocks: Iterator[Block], threads: int) -> Iterator[Any]:
    """``map(work, blocks)``; with several threads a few blocks are under way at once, never all of them."""
    if threads == 1:
        yield from map(work, blocks)
        return
    known = with_door(work)
    with ThreadPoolExecutor(threads) as pool:
        under_way: deque[Future[Any]] = deque()
        for block in blocks:
            under_way.append(pool.submit(known, block))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
