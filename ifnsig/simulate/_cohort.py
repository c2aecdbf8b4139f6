"""A simulated cohort: counts, sample sheet, and the truth behind them; and the two files a study begins with."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..doors import subject
from ..errors import ParameterError
from ..io.files._replace import replacing
from ..keys import declare_unit
from ._clinical import clinical_measures
from ._genes import GeneTable, gene_table
from ._people import Visits, draw_people
from ._settings import TRUTH_PREFIX, CohortSettings


def cohort(
    *,
    rng: np.random.Generator,
    n_patients: int = 24,
    n_controls: int = 20,
    visits: Sequence[str] = ("week0", "week4", "week24"),
    n_genes: int = 2000,
    background: Iterable[str] | None = None,
    settings: CohortSettings | None = None,
) -> ad.AnnData:
    """Draw patients before and during JAK inhibition, and healthy people seen once.

    Counts are negative binomial around means that follow each sample's activities (``CohortSettings``); every
    gene of the signature catalogue is there under its own symbol.

    Parameters
    ----------
    rng
        The only source of chance: the same seed and arguments give the same cohort.
    visits
        Labels in order; the first is before treatment.
    n_genes
        Number of genes, at least the number of signature genes.
    background
        Symbols for the genes that belong to no signature, in order of use; where they run out, or without
        them, the genes are named GENE0001 and so on.

    Returns
    -------
    AnnData
        Samples x genes, X = counts (declared). ``obs`` holds the sample sheet and, in columns that begin with
        ``true_``, what is known only here: the type I interferon activity, the fraction of it that the drug
        takes away at that visit, and whether the patient was drawn as interferon-high.

    Raises
    ------
    ParameterError
        A number of people is negative, visits are doubled or none, or there are too few genes.
    """
    _check(n_patients, n_controls, visits)
    settings = settings or CohortSettings()
    genes = gene_table(n_genes, background, rng)
    people = draw_people(n_patients, n_controls, tuple(visits), settings, rng)
    clinical = clinical_measures(people, settings, rng)
    counts = _counts(genes, people, settings, rng)
    truth = [name for name in people.sheet.columns if name.startswith("true_")]
    obs = pd.concat([people.sheet.drop(columns=truth), clinical, people.sheet[truth]], axis=1)
    obs.index = pd.Index(_sample_names(people), dtype=object)
    adata = ad.AnnData(counts, obs=obs, var=pd.DataFrame(index=pd.Index(genes.names, dtype=object)))
    declare_unit(adata, "counts")
    return adata


def _check(n_patients: int, n_controls: int, visits: Sequence[str]) -> None:
    for name, number in (("n_patients", n_patients), ("n_controls", n_controls)):
        if number < 0:
            raise ParameterError(f"{subject('cohort', name)} must not be negative. Got {number!r} instead.")
    if n_patients + n_controls == 0:
        raise ParameterError("A cohort must have at least one person; n_patients and n_controls are both 0.")
    if isinstance(visits, str) or not visits or len(set(visits)) < len(visits):
        raise ParameterError(
            f"{subject('cohort', 'visits')} must list different labels. Got {visits!r} instead."
        )


def _sample_names(people: Visits) -> list[str]:
    rows = zip(people.sheet["patient"], people.sheet["visit"], people.is_patient, strict=True)
    return [f"{patient}_{visit}" if is_patient else patient for patient, visit, is_patient in rows]


def _counts(
    genes: GeneTable, people: Visits, settings: CohortSettings, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Negative-binomial counts, samples x genes."""
    n_samples, n_genes = len(people.person), len(genes.names)
    n_people = int(people.person.max()) + 1
    answer = 1.0 + rng.normal(0.0, settings.gene_answer_sd, (n_people, n_genes))
    own = rng.normal(0.0, 1.0, (n_people, n_genes)) * genes.person_sd
    interferon = people.activity[:, :1] * genes.loadings[:, 0] * answer[people.person]
    others = people.activity[:, 1:] @ genes.loadings[:, 1:].T
    log2 = genes.log2_mean + interferon + others + own[people.person]
    shift = rng.normal(0.0, settings.batch_sd, n_genes)
    log2 = log2 + np.outer(people.sheet["batch"].to_numpy() == "B2", shift)
    relative = np.exp2(log2)
    library = settings.library_size * np.exp(rng.normal(0.0, 0.25, n_samples))
    mean = relative / relative.sum(axis=1, keepdims=True) * library[:, None]
    # the gamma part carries the spread over Poisson: variance = mean + dispersion x mean^2
    rate = rng.gamma(1.0 / genes.dispersion, mean * genes.dispersion)
    return rng.poisson(rate).astype(np.float64)


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
