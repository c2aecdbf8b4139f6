"""People to draw cohorts from: a large simulated population without any drug effect, and the real cohorts.

Every pool holds the scores of people at visits between which nothing happened. Visits are put in random order for each
person, so that the truth is known: no change, whatever the shape of the scores.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.simulate import CohortSettings, cohort

SIGNATURES = (
    "rice2013_6", "hallmark_ifna", "fischer2022", "kim2018_28", "hallmark_ifng", "feng2006_5", "medimmune_4",
    "cmp_tnfa_nfkb",
)  # fmt: skip
HEALTHY = ("group", "healthy")
ICCS = (0.5, 0.7, 0.9)
PEOPLE, CONTROLS, GENES, VISITS = 1200, 600, 900, ("v0", "v1", "v2")
BETWEEN = 3.46
"""Variance of the type I activity between the simulated patients: 63 % around 4 (SD .9), the others around .5 (SD .5)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """``scores`` people x visits x signatures; ``healthy`` people x signatures; ``genes`` people x visits x genes.

    ``members`` are the columns of ``genes`` that belong to the first signature; ``labels`` is one outcome a person.
    """

    scores: np.ndarray
    healthy: np.ndarray
    genes: np.ndarray
    members: np.ndarray
    labels: np.ndarray

    @property
    def icc(self) -> float:
        """Correlation of two visits of the first score."""
        first = self.scores[:, :, 0]
        return float(np.corrcoef(first[:, 0], first[:, 1])[0, 1])


@lru_cache
def simulated(icc: float) -> Pool:
    """Simulated patients at three visits without treatment, and healthy people, scored as a user would."""
    settings = CohortSettings(
        visit_sd=float(np.sqrt(BETWEEN * (1 - icc) / icc)), suppression=(1e-9, 1.0), il6_fall=0.0, high_dose_fall=0.0,
        missing_visits=0.0,
    )  # fmt: skip
    adata = cohort(
        rng=np.random.default_rng(int(100 * icc)), n_patients=PEOPLE, n_controls=CONTROLS, visits=VISITS, n_genes=GENES,
        settings=settings,
    )  # fmt: skip
    ifn.pp.normalize(adata, method="log_cpm")
    scores = _scored(adata, list(SIGNATURES), controls=HEALTHY, layer="log_cpm")
    patients = (adata.obs["group"] == "patient").to_numpy()
    shape = (PEOPLE, len(VISITS), -1)
    members = np.flatnonzero(adata.var_names.isin(ifn.signatures.SIGNATURES["hallmark_ifna"].genes))
    return Pool(
        scores=scores[patients].reshape(shape), healthy=scores[~patients],
        genes=adata.layers["log_cpm"][patients].reshape(shape), members=members, labels=np.zeros(PEOPLE),
    )  # fmt: skip


def real_root() -> Path | None:
    """The folder of the real cohorts, if it is at hand."""
    named = os.environ.get("IFNSIG_REAL_DATA")
    return Path(named) if named and Path(named).is_dir() else None


@lru_cache
def real(name: str) -> Pool:
    """A real cohort by name."""
    root = real_root()
    if root is None:
        raise FileNotFoundError("IFNSIG_REAL_DATA names no folder: the real cohorts are not at hand.")
    return REAL[name](root)


def _influenza(root: Path) -> Pool:
    """Seventeen people after exposure to influenza, at 0, 45 and 77 h: strong real changes, to be sign-flipped."""
    adata = _table(root / "gse30550-flu-challenge")
    scores = _scored(adata, list(SIGNATURES[:-1]), controls=("hours", "0"))
    people = sorted(set(adata.obs["subject"]))
    hours = adata.obs["hours"].astype(str)
    at = [
        [np.flatnonzero((adata.obs["subject"] == p) & (hours == h)) for h in ("0", "45", "77")]
        for p in people
    ]
    whole = np.array([[rows[0] for rows in three] for three in at if all(len(rows) for rows in three)])
    outcome = adata.obs["outcome"].to_numpy()[whole[:, 0]] == "sx"
    members = np.flatnonzero(adata.var_names.isin(ifn.signatures.SIGNATURES["hallmark_ifna"].genes))
    return Pool(scores[whole], np.empty((0, 1)), np.asarray(adata.X)[whole], members, outcome.astype(float))


def _lupus(root: Path) -> Pool:
    """Patients with SLE at their first three visits, untreated by the study; ``labels`` is SLEDAI at the first."""
    adata = _table(root / "gse49454-sle-blood")
    scores = _scored(adata, list(SIGNATURES), controls=("disease", "healthy"))
    sheet = adata.obs.assign(row=np.arange(adata.n_obs))[adata.obs["disease"] == "SLE"]
    visits = sheet.sort_values("visit").groupby("subject")["row"].apply(list)
    whole = np.array([rows[:3] for rows in visits if len(rows) >= 3])
    healthy = scores[(adata.obs["disease"] == "healthy").to_numpy()]
    sledai = pd.to_numeric(adata.obs["sledai"], errors="coerce").to_numpy()[whole[:, 0]]
    return Pool(scores[whole], healthy, np.empty((0, 0, 0)), np.empty(0), sledai)


def _kinoid(root: Path) -> Pool:
    """Module scores of 26 patients with SLE in a trial, at baseline, day 112 and day 168; ``labels`` is the arm."""
    table = pd.read_csv(root / "sle-anti-ifn-trials-module-scores" / "E-GEOD-39088_modules_long.csv")
    table = table[table["day"].isin(["baseline", "day 112", "day 168"])]
    wide = table.pivot_table(index="patient", columns=["day", "module"], values="summary").dropna()
    arms = table.drop_duplicates("patient").set_index("patient")["group"].loc[wide.index]
    scores = wide.to_numpy().reshape(len(wide), 3, -1)
    return Pool(
        scores, np.empty((0, 1)), np.empty((0, 0, 0)), np.empty(0), (arms == "IFN-K").to_numpy(dtype=float)
    )


REAL: dict[str, Callable[[Path], Pool]] = {
    "influenza challenge": _influenza, "lupus, untreated visits": _lupus, "kinoid trial": _kinoid,
}  # fmt: skip
MOST = {"influenza challenge": 17, "lupus, untreated visits": 29, "kinoid trial": 26}
"""Patients that each real cohort has with all of its visits."""


def _table(folder: Path) -> AnnData:
    adata = ifn.io.read(
        folder / "expression_log2.csv.gz", format="table", unit="log2_array", samples=folder / "metadata.csv"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ifn.pp.map_genes(adata)


def _scored(adata: AnnData, signatures: list[str], **how: object) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ifn.tl.score(adata, signatures, method="zscore", **how)
    scores = adata.obsm["ifn_zscore"]
    return scores.loc[:, scores.notna().all()].to_numpy()


def scored(values: np.ndarray) -> AnnData:
    """People x visits x signatures as scored samples."""
    n, visits, k = values.shape
    index = [f"P{i}_v{v}" for i in range(n) for v in range(visits)]
    obs = pd.DataFrame(
        {"patient": np.repeat(np.arange(n), visits), "visit": np.tile(np.arange(visits), n)}, index=index
    )
    adata = AnnData(X=np.zeros((len(index), 1)), obs=obs.astype(str))
    adata.obsm["ifn_zscore"] = pd.DataFrame(values.reshape(-1, k), index=index, columns=list(SIGNATURES[:k]))
    keys.write_field(adata, keys.FIELD_SCORES, {"zscore": {"scope": "reference"}})
    return adata
