"""Write a simulated cohort as the two files a study begins with."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from ..io.files._replace import replacing
from ._settings import TRUTH_PREFIX


def write_example(adata: ad.AnnData, folder: str | Path) -> None:
    """Write ``counts.tsv.gz`` (genes in rows) and ``samples.tsv`` (the sheet, without the truth columns).

    The files have the same bytes each time: the compressed one holds no time and no file name.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    counts = np.asarray(adata.X).T.astype(np.int64)
    rows = ["\t".join(["gene", *adata.obs_names])]
    rows += [
        "\t".join([gene, *map(str, values)])
        for gene, values in zip(adata.var_names, counts.tolist(), strict=True)
    ]
    text = "\n".join(rows) + "\n"
    with (
        replacing(folder / "counts.tsv.gz") as path,
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
    ):
        packed.write(text.encode("utf-8"))
    with replacing(folder / "samples.tsv") as path:
        path.write_text(_sheet(adata.obs), encoding="utf-8", newline="\n")


def _sheet(obs: pd.DataFrame) -> str:
    shown = obs[[name for name in obs.columns if not str(name).startswith(TRUTH_PREFIX)]]
    rows = ["\t".join(["sample", *map(str, shown.columns)])]
    for sample, values in zip(shown.index, shown.itertuples(index=False), strict=True):
        rows.append("\t".join([str(sample), *map(_cell, values)]))
    return "\n".join(rows) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.10g}"
    return str(value)
