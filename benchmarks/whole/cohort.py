"""A study of any size: patients at two visits and 100 healthy people, 20,000 genes of counts, one yes-or-no response."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ifnsig import simulate

SEED = 1
GENES = 20_000
CONTROLS = 100
STUDY = """title = "The whole job"

[input]
expression = "counts.tsv"
format = "table"
unit = "counts"
samples = "samples.tsv"

[design]
sample = "sample"
patient = "patient"
visit = "visit"
baseline = "week0"
followup = ["week4"]
group = "group"
controls = "healthy"
batch = "batch"
sex = "sex"

[scores]
signatures = ["rice2013_6", "kim2018_28", "galbraith_ds_16", "hallmark_ifna", "hallmark_ifng"]
methods = ["zscore", "singscore", "ssgsea"]
primary = "rice2013_6"

[[responses]]
column = "better"
positive = "yes"
negative = "no"

[output]
folder = "results"
"""


def make(folder: Path, patients: int, *, controls: int = CONTROLS, genes: int = GENES) -> Path:
    """Write ``counts.tsv`` (genes in rows), ``samples.tsv`` and ``study.toml``, unless they are there; the study file.

    Patients are better by chance and by how far their interferon activity fell; nobody missed a visit, so that the number
    of samples is what it says.
    """
    path = folder / "study.toml"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    settings = simulate.CohortSettings(missing_visits=0.0)
    adata = simulate.cohort(
        rng=rng,
        n_patients=patients,
        n_controls=controls,
        visits=("week0", "week4"),
        n_genes=genes,
        settings=settings,
    )
    people = (
        pd.Series(adata.obs["true_suppression"].to_numpy(), index=adata.obs["patient"]).groupby(level=0).max()
    )
    better = people + rng.normal(0, 0.4, len(people)) > people.median()
    sheet = adata.obs[["patient", "visit", "group", "batch", "sex"]].copy()
    sheet["better"] = sheet["patient"].map(better.map({True: "yes", False: "no"}))
    sheet.loc[sheet["group"] == "healthy", "better"] = ""
    sheet.to_csv(folder / "samples.tsv", sep="\t", index_label="sample")
    with (folder / "counts.tsv").open("w") as out:
        out.write("\t".join(["gene", *adata.obs_names]) + "\n")
        for first in range(0, genes, 500):
            block = np.asarray(adata.X)[:, first : first + 500].T.astype(np.int64).tolist()
            names = adata.var_names[first : first + 500]
            out.writelines(
                "\t".join([name, *map(str, row)]) + "\n" for name, row in zip(names, block, strict=True)
            )
    path.write_text(STUDY)
    return path
