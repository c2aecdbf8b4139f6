"""Every golden file that one of our methods must reproduce, and how its author's program was called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.methods import METHODS

HERE = Path(__file__).parent
ELSEWHERE: Path | None = None
"""The full golden files; whoever runs this says where they are: :func:`look_in`."""

EXACT = 1e-10
"""Both sides are float64 sums of at most a few thousand terms: 1e-12 would do on one machine, 1e-10 on any."""

SINGLE = 1e-7
"""pyucell keeps scores in float32: 24 bits are 6e-8."""

PRINTED = 1e-7
"""GSVA's own regression output is printed with 7 digits: half of the last is 5e-8 for scores near 1."""

SMALL = ("small", "small_odd", "small_edge")
DATA = (*SMALL, "sparse", "large")
DIRECTED = {"sparse": ("X_DIR_UP", "X_DIR_DN"), "large": ("L_DIR_UP", "L_DIR_DN")}
CONTROLS = [f"S{number:02d}" for number in range(1, 7)]

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Case:
    """One golden file: input, method with options, and how near the numbers must be and why."""

    golden: str
    data: str
    method: str
    options: dict[str, Any] = field(default_factory=dict)
    reference: str = ""
    rtol: float = EXACT
    read: Callable[[Path], pd.DataFrame] | None = None
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    @property
    def id(self) -> str:
        options = " ".join(f"{key}={value}" for key, value in self.options.items() if key != "control_genes")
        return f"{self.golden} {self.method} {options}".rstrip()


def look_in(folder: str | Path | None) -> None:
    """Look for golden files in this folder too; None: only beside this script."""
    global ELSEWHERE
    ELSEWHERE = None if not folder else Path(folder) / "scoring"


def find(name: str) -> Path:
    """The golden file, from beside this script or from the folder of :func:`look_in`.

    Raises
    ------
    FileNotFoundError
        It is in neither.
    """
    for folder in (HERE, ELSEWHERE):
        if folder is not None and (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(name)


def at_hand(name: str) -> bool:
    try:
        find(name)
    except FileNotFoundError:
        return False
    return True


def table(path: Path) -> pd.DataFrame:
    wide = pd.read_csv(path, index_col=0, skipinitialspace=True).rename(columns=str.strip)
    return wide.set_axis([str(name).strip() for name in wide.index])


def sets_by_samples(path: Path) -> pd.DataFrame:
    return table(path).T


def auc(path: Path) -> pd.DataFrame:
    """AUCell's output: beside the samples it counts genes."""
    return table(path).drop(columns=["missing", "nGenes"], errors="ignore").T


def long(path: Path) -> pd.DataFrame:
    """singscore's one-direction output: a row a set and sample."""
    rows = pd.read_csv(path, skipinitialspace=True).rename(columns=str.strip)
    for column in ("set", "sample"):
        rows[column] = rows[column].astype(str).str.strip()
    return rows.pivot(index="sample", columns="set", values="TotalScore")


def total_of(name: str) -> Callable[[Path], pd.DataFrame]:
    """A table with one score a sample, for the set called ``name``."""
    return lambda path: table(path)[["TotalScore"]].set_axis([name], axis=1)


def gene_sets(data: str) -> dict[str, list[str]]:
    name = f"{data.split('_')[0]}.gmt"
    lines = (line.split("\t") for line in find(f"inputs/{name}").read_text().splitlines() if line)
    return {name: genes for name, _, *genes in lines}


def all_weights(data: str) -> Weights:
    """The sets of an input, and its directional pair as one signature (``SIGNED``, ``both``)."""
    chosen = gene_sets(data)
    up, down = DIRECTED.get(data.split("_")[0], ("SIG_DIR_UP", "SIG_DIR_DN"))
    signed = {**dict.fromkeys(chosen[up], 1.0), **dict.fromkeys(chosen[down], -1.0)}
    rising = {name: dict.fromkeys(genes, 1.0) for name, genes in chosen.items()}
    return {**rising, "SIGNED": signed, "both": signed}


def scored(
    matrix: pd.DataFrame,
    weights: Weights,
    method: str,
    options: dict[str, Any] | None = None,
    reference: str = "",
    unit: str = "log2_cpm",
) -> pd.DataFrame:
    """Our scores of a matrix of genes x samples; ``reference`` is "cohort", "controls" or nothing."""
    members = Members.find(weights, list(matrix.index))
    frozen = None
    if reference:
        of = matrix if reference == "cohort" else matrix[CONTROLS]
        frozen = Reference.fit(
            of.to_numpy(dtype=np.float64).T, tuple(matrix.index), tuple(of.columns), unit=unit,
            label=reference, keep_values=True,
        )  # fmt: skip
    values = np.ascontiguousarray(matrix.to_numpy(dtype=np.float64).T)
    block = next(row_blocks(values, members.columns, rows=len(values)))
    return pd.DataFrame(
        METHODS[method](block, members, frozen, **(options or {})),
        index=matrix.columns,
        columns=list(weights),
    )


def compared(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Our scores and the golden ones, of the same samples and sets."""
    golden = (case.read or sets_by_samples)(find(case.golden))
    matrix = table(find(f"inputs/{case.data}.csv")) if case.data != "published" else published_input()
    if case.prepare is not None:
        matrix = case.prepare(matrix)
    weights = published_sets() if case.data == "published" else all_weights(case.data)
    options = dict(case.options)
    if isinstance(options.get("control_genes"), str):
        options["control_genes"] = json.loads(find(options["control_genes"]).read_text())
    if case.data != "published":  # where the range is over all sets, printed or not
        weights = {name: weights[name] for name in golden.columns}
    ours = scored(matrix, weights, case.method, options, case.reference)
    return ours.loc[golden.index, golden.columns], golden


def published_input() -> pd.DataFrame:
    return pd.read_csv(find("gsva_published/X.csv.gz"), index_col=0)


def published_sets() -> Weights:
    lines = (line.split("\t") for line in find("gsva_published/sets.gmt").read_text().splitlines() if line)
    return {name: dict.fromkeys(genes, 1.0) for name, _, *genes in lines}


def scanpy_bins(data: str) -> dict[str, int]:
    """scanpy's settings: its own for 2,000 genes, fewer and smaller bins for the small inputs."""
    return {"n_bins": 25, "control_size": 50} if data == "large" else {"n_bins": 5, "control_size": 5}


def shuffled_like_decoupler(matrix: pd.DataFrame) -> pd.DataFrame:
    """decoupler drops genes that are 0 everywhere and shuffles the others with seed 0."""
    kept = matrix[(matrix != 0).any(axis=1)]
    order = np.random.default_rng(0).choice(np.arange(len(kept)), len(kept), replace=False)
    return kept.iloc[order]


def without_empty_genes(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[(matrix != 0).any(axis=1)]


def minus_ranking(name: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """AUCell breaks ties at random, so its own ranking is the input: the highest gene has rank 1."""
    return lambda _: -table(find(f"aucell/{name}_ranking_seed11.csv"))


def all_cases() -> Iterator[Case]:
    for data in DATA:
        yield from _gsva(data)
        yield from _singscore(data)
        yield from _ucell(data)
        yield from _aucell(data)
        yield from _python(data)
        if data != "small_edge":
            yield from _hacksig(data)
    yield from _others()


def _gsva(data: str) -> Iterator[Case]:
    name = "sparse_as_dense" if data == "sparse" else data
    for version in ("gsva146", "gsva214"):
        start = f"{version}/{name}"
        ties = {"ties": "gsva"}
        yield Case(f"{start}_ssgsea_raw.csv", data, "ssgsea", ties)
        yield Case(f"{start}_ssgsea_norm.csv", data, "ssgsea_range", {**ties, "span": "all"}, "cohort")
        yield Case(f"{start}_zscore.csv", data, "zscore", {"combine": "stouffer"}, "cohort")
    yield Case(f"gsva146/{name}_ssgsea_raw_a075.csv", data, "ssgsea", {"ties": "gsva", "alpha": 0.75})


def _singscore(data: str) -> Iterator[Case]:
    start = f"singscore/{data}"
    for ties in ("min", "average", "max"):
        yield Case(f"{start}_up_center_{ties}.csv", data, "singscore", {"ties": ties}, read=long)
    yield Case(f"{start}_up_nocenter_min.csv", data, "singscore", {"centred": False}, read=long)
    yield Case(f"{start}_unknowndir_min.csv", data, "singscore", {"known_direction": False}, read=long)
    yield Case(f"{start}_updown_center_min.csv", data, "singscore", read=total_of("both"))


def _ucell(data: str) -> Iterator[Case]:
    rank = 400 if data == "large" else 25
    modes: dict[str, dict[str, Any]] = {
        "default": {}, "skip": {"missing": "skip"}, "wneg05": {"w_neg": 0.5}, f"maxRank{rank}": {"max_rank": rank},
        f"maxRank{rank}_min": {"max_rank": rank, "ties": "min"},
    }  # fmt: skip
    for name, options in modes.items():
        yield Case(f"ucell/{data}_{name}.csv", data, "ucell", options, read=table)


def _aucell(data: str) -> Iterator[Case]:
    genes = {"small": 60, "small_odd": 59, "small_edge": 62, "sparse": 320, "large": 2000}[data]
    for top in (-(-genes // 20), 300 if data == "large" else 20):
        threshold = {"threshold": (top - 0.2) / genes}  # rounds to the top as well as up to it
        start = f"aucell/{data}_auc"
        prepare = minus_ranking(data)
        yield Case(f"{start}_norm_maxRank{top}.csv", data, "aucell", threshold, read=auc, prepare=prepare)
        # AUCell's other denominator is that of ctxcore with this top
        old = {**threshold, "denominator": "ctxcore"}
        yield Case(f"{start}_old_maxRank{top}.csv", data, "aucell", old, read=auc, prepare=prepare)


def _python(data: str) -> Iterator[Case]:
    yield Case(f"python/gseapy_{data}_ssgsea_ES.csv", data, "ssgsea", {"ties": "gseapy"})
    nes = {"ties": "gseapy", "span": "all"}
    yield Case(f"python/gseapy_{data}_ssgsea_NES.csv", data, "ssgsea_range", nes, "cohort")
    start, kept = f"python/decoupler_{data}", without_empty_genes
    yield Case(f"{start}_ulm.csv", data, "ulm", prepare=kept)
    yield Case(f"{start}_waggr_wmean.csv", data, "mean", prepare=kept)
    yield Case(f"{start}_waggr_wmean.csv", data, "weighted", {"combine": "mean"}, prepare=kept)
    yield Case(f"{start}_waggr_wsum.csv", data, "weighted", prepare=kept)
    genes = {"small": 60, "small_odd": 59, "small_edge": 61, "sparse": 320, "large": 2000}[data]
    top = (100 if data == "large" else 20) - 0.5
    index = {"threshold": top / genes, "ties": "index"}
    yield Case(f"{start}_aucell.csv", data, "aucell", index, prepare=shuffled_like_decoupler)
    for kind in ("True", "False"):
        drawn = {"control_genes": f"python/scanpy_{data}_controls_ctrlasref{kind}.json"}
        golden = f"python/scanpy_{data}_score_genes_ctrlasref{kind}.csv"
        yield Case(golden, data, "score_genes", drawn, "cohort")


def _hacksig(data: str) -> Iterator[Case]:
    start = f"hacksig/{data}"
    yield Case(f"{start}_ssgsea_raw.csv", data, "ssgsea", {"ties": "hacksig"})
    yield Case(f"{start}_ssgsea_all.csv", data, "ssgsea_range", {"ties": "hacksig", "span": "all"}, "cohort")
    yield Case(f"{start}_zscore.csv", data, "zscore", {"combine": "stouffer"}, "cohort")
    uncentred = {"ties": "average", "centred": False}
    yield Case(f"{start}_singscore_up.csv", data, "singscore", uncentred)


def _others() -> Iterator[Case]:
    for data in ("small", "sparse", "large"):
        yield Case(f"iobr/{data}_mean.csv", data, "mean")
        yield Case(f"iobr/{data}_zscore.csv", data, "zscore", {}, "cohort")
    yield Case("iobr/small_edge_mean.csv", "small_edge", "mean")
    yield Case("gsva214/sparse_dgC_ssgsea_raw.csv", "sparse", "ssgsea", {"ties": "gsva"})
    stable = {"stable": ("GENE01", "GENE10", "GENE20", "GENE30", "GENE45")}
    yield Case("singscore/small_up_stable5.csv", "small", "singscore", stable, read=total_of("SIG_UP"))
    yield Case("singscore/small_updown_stable5.csv", "small", "singscore", stable, read=total_of("both"))
    yield Case("aucell/large_auc_S4_default.csv", "large", "aucell")
    ctxcore = {"denominator": "ctxcore", "ties": "index"}
    yield Case("python/ctxcore_large_auc005.csv", "large", "aucell", ctxcore)
    for name, options in {
        "default": {},
        "skip": {"missing": "skip"},
        "maxRank400": {"max_rank": 400},
    }.items():
        yield Case(f"python/pyucell_large_{name}.csv", "large", "ucell", options, rtol=SINGLE)
    yield Case("python/pyucell_large_capped_to_ngenes.csv", "large", "ucell", rtol=SINGLE)
    for column, combine in (("mean_z", "mean"), ("sum_z", "sum")):
        yield Case(
            "ifn/mean_and_sum_control_z_small.csv", "small", "zscore", {"combine": combine}, "controls",
            read=lambda path, column=column: table(path)[[column]].set_axis(["SIG_UP"], axis=1),
        )  # fmt: skip
    yield Case(
        "ifn/aris_sum_z_small.csv", "small", "zscore", {"combine": "sum"}, "controls",
        read=lambda path: pd.read_csv(path, index_col="Sample_ID").set_axis(["SIG_UP"], axis=1),
    )  # fmt: skip
    ties = {"ties": "gsva", "span": "all"}
    yield Case("gsva_published/expected_ssgsea.csv", "published", "ssgsea_range", ties, "cohort", PRINTED)
    lee = {"combine": "stouffer"}
    yield Case("gsva_published/expected_zscore.csv", "published", "zscore", lee, "cohort", PRINTED)


CASES = list(all_cases())

NOT_OURS = {
    "gsva146/*_gsva_*": "compared in the tests of gsva",
    "gsva214/*_gsva_*": "compared in the tests of gsva",
    "gsva214/*_gsvaRanks_*": "compared in the tests of gsva",
    "gsva146/*plage*": "compared in the tests of plage",
    "gsva214/*_plage.csv": "compared in the tests of plage",
    "iobr/*_PCA.csv": "compared in the tests of pc1",
    "gsva_published/expected_gsva.csv": "compared in the tests of gsva",
    "gsva_published/expected_plage.csv": "compared in the tests of plage",
    "gsva_published/X.csv.gz": "input",
    "gsva_published/sets.gmt": "input",
    "inputs/*": "input",
    "*/sessionInfo.txt": "versions",
    "python/versions.json": "versions",
    "python/errors.json": "versions",
    "python/scanpy_*_controls_*.json": "input",
    "aucell/*_ranking_seed11.csv": "input",
    "gsva214/small_na_*": "missing values are refused, not scored around",
    "gsva214/sparse_dgC_zscore.csv": "mean and SD over the values that are not 0: another score for the same numbers",
    "singscore/small_na_*": "missing values are refused, not scored around",
    "singscore/small_ranks_*": "ranks, not scores",
    "singscore/*_knownDirectionFALSE_min.csv": "the program folds the ranks of a directed pair, which its help denies",
    "singscore/tgfb_expr_10_se_updown.csv": "its input is data of the R package",
    "ucell/*_fromStoredRanks.csv": "the largest stored rank stands in for max_rank",
    "hacksig/*_ssgsea_rank.csv": "each gene is first ranked over the samples",
    "hacksig/*_singscore_none.csv": "other bounds than singscore's own",
    "broad/*": "weights are |z| of the ranks, the area is that of trapezoids",
    "python/decoupler_*_zscore_*.csv": "z of a sample's set mean within the sample: another score of that name",
    "python/decoupler_*_gsva_*.csv": "weights of odd numbers of genes are cut to integers",
    "python/gseapy_*_gsva_*.csv": "compared in the tests of gsva",
    "python/decoupler_*_mlm.csv": "we have no such method",
    "python/decoupler_*_viper.csv": "we have no such method",
    "python/decoupler_*_gsea_es.csv": "we have no such method",
    "python/pyucell_small*": "zeros are not ranked, and max_rank is not cut at the number of genes",
    "python/pyucell_sparse*": "zeros are not ranked, and max_rank is not cut at the number of genes",
    "iobr/small_edge_zscore.csv": "a constant gene counts as z = 0",
    "hacksig/*_singscore_down.csv": "falling genes alone, compared with every weight turned",
}
"""Golden files that no method of ours must reproduce, and why."""
