"""What is timed: the rows of the table, each a matrix, a contender of ours, its peers and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .contenders import CONTENDERS, RANDOM_SETS, RANKED, TOGETHER, peers_of
from .data import SHAPES, SIZES

Asked = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Work:
    """Our call beside its peers on one matrix.

    Attributes
    ----------
    name, title
        What the command line and the tables call it.
    shape, n, genes, sizes
        The matrix (``bench.data.SHAPES``) and the sizes of the gene sets.
    ours
        Contender of ours.
    peers
        Peer -> times that it must cost (the least asked, the goal), in CPU seconds; (0, 0) asks nothing.
    beside
        Contenders of ours to compare with: how often the dearest of them may be paid for ``ours``.
    within
        Absolute limits -> (must be, goal): ``"wall_s"``, ``"cpu_s"``, ``"rss_peak_mb"`` (above the scores in float32).
    disk
        Streamed from a file; each run starts with a cold page cache.
    group
        Part of the suite.
    """

    name: str
    title: str
    shape: str
    n: int
    genes: int
    ours: str
    peers: Mapping[str, Asked] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    beside_asked: Asked = (0, 0)
    within: Mapping[str, Asked] = field(default_factory=dict)
    sizes: tuple[int, ...] = SIZES
    disk: bool = False
    group: str = "table"


def _table() -> list[Work]:
    bulk, cells = ("bulk", 2_000, 20_000), ("cells", 20_000, 20_000)
    return [
        Work(
            "ssgsea", "ssGSEA", *bulk, "ifnsig ssgsea",
            {"gseapy ssgsea": (45, 100), "R GSVA ssgsea": (45, 100)},
        ),
        Work("aucell", "AUCell", *bulk, "ifnsig aucell", {"decoupler aucell": (15, 28), "rustscenic aucell": (1.5, 2.9)}),
        Work("ucell", "UCell", *bulk, "ifnsig ucell", {"pyucell": (7, 14)}),
        Work("singscore", "singscore", *bulk, "ifnsig singscore", {"R singscore": (12, 20)}),
        Work(
            "four", "four rank scores together", *bulk, TOGETHER,
            beside=tuple(f"ifnsig {name}" for name in RANKED), beside_asked=(1.3, 1.1),
        ),
        Work("zscore", "z-score mean", *bulk, "ifnsig zscore", {"decoupler zscore": (3, 10)}),
        Work("cells-aucell", "AUCell, cells", *cells, "ifnsig aucell", {"rustscenic aucell": (1.2, 1.4)}),
        Work("cells-ucell", "UCell, cells", *cells, "ifnsig ucell", {"pyucell": (7, 9)}),
        Work("cells-score_genes", "score_genes, cells", *cells, "ifnsig score_genes", {"scanpy score_genes": (8, 12)}),
        Work(
            "gsva-500", "GSVA", "bulk", 500, 20_000, "ifnsig gsva",
            {"gseapy gsva": (20, 30), "R GSVA gsva": (20, 30)},
        ),
        Work("gsva-1000", "GSVA", "bulk", 1_000, 20_000, "ifnsig gsva", {"gseapy gsva": (50, 75)}),
        Work(
            "random-sets", "10,000 random sets of 50 genes", "bulk", 500, 20_000, RANDOM_SETS,
            within={"cpu_s": (3, 1)}, sizes=(50,),
        ),
    ]  # fmt: skip


def _slow() -> list[Work]:
    """Peers that take minutes, so that the rest can be run without them."""
    return [
        Work(
            "cells-aucell-slow", "AUCell, cells", "cells", 20_000, 20_000, "ifnsig aucell", {"decoupler aucell": (40, 52)},
            group="slow",
        ),
        Work("gsva-1000-slow", "GSVA", "bulk", 1_000, 20_000, "ifnsig gsva", {"R GSVA gsva": (50, 75)}, group="slow"),
        Work("ssgsea-slow", "ssGSEA", "bulk", 2_000, 20_000, "ifnsig ssgsea", {"pygsva ssgsea": (0, 0)}, group="slow"),
    ]  # fmt: skip


def _worst() -> list[Work]:
    """Inputs that are hard for some algorithms, and the easy one to compare them with."""
    shapes = ("bulk", "tpm_outlier", "integers", "mostly_zero", "rounded", "gene_major")
    return [
        Work(f"worst-{shape}", f"four rank scores, {shape.replace('_', ' ')}", shape, 1_000, 20_000, TOGETHER, group="worst")
        for shape in shapes
    ]  # fmt: skip


def _streamed() -> list[Work]:
    cells = [
        Work(
            f"stream-{label}", f"{n:,} cells streamed", "cells", n, 20_000, TOGETHER, disk=True, group="stream",
            within={"wall_s": (120, 45), "rss_peak_mb": (1024, 614)} if n == 1_000_000 else {},
        )
        for n, label in ((20_000, "20k"), (100_000, "100k"), (1_000_000, "1m"))
    ]  # fmt: skip
    dense = Work(
        "stream-bulk", "50,000 dense samples streamed", "bulk", 50_000, 20_000, TOGETHER, disk=True, group="stream",
        within={"wall_s": (30, 9), "rss_peak_mb": (512, 280)},
    )  # fmt: skip
    return [*cells, dense]


WORKS: dict[str, Work] = {
    work.name: work
    for work in (
        *_table(), *_slow(), *_worst(), *_streamed(),
        Work(
            "tiny", "ssGSEA on little", "bulk", 60, 500, "ifnsig ssgsea", {"gseapy ssgsea": (0, 0)}, sizes=(5, 20),
            group="tiny",
        ),
    )
}  # fmt: skip


def sized(
    method: str, shape: str, n: int, genes: int, packages: set[str] | None, *, disk: bool = False
) -> Work:
    """A work of any size: one of our methods, beside the peers that do the same."""
    rivals = [] if disk else peers_of(method, packages)
    if SHAPES[shape].sparse:  # R reads the dense matrix
        rivals = [name for name in rivals if CONTENDERS[name].r is None]
    return Work(
        f"{method} {shape} {n}x{genes}" + (" streamed" if disk else ""), f"{method}, {shape}", shape, n, genes,
        f"ifnsig {method}", dict.fromkeys(rivals, (0.0, 0.0)), disk=disk, group="sized",
    )  # fmt: skip
