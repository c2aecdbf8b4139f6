"""The genes of a simulated cohort: how much of each there is, how noisy it is, and what it answers to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..doors import subject
from ..errors import ParameterError
from ..signatures import SIGNATURES as CATALOGUE
from ._settings import LATENT

# A fixed choice of the catalogue: a signature that joins it must not change the cohorts that a seed gives.
SIGNATURES = {
    name: CATALOGUE[name]
    for name in (
        "aybey_ifn1_20", "aybey_ifn2_6", "brkic2013_5", "cmp_il6_stat3", "cmp_tnfa_nfkb", "feng2006_5", "fischer2022",
        "galbraith_ds_16", "hallmark_ifna", "hallmark_ifng", "kennedy2015_ism", "kim2018_28", "medimmune_4", "rice2013_6",
        "shaw2017_mammalian_core",
    )
}  # fmt: skip

# Strength of answer to type I interferon (1: doubles for each unit of activity) of the genes that answer
# most. The order is that of the mean log2 differences of patients with lupus and healthy people in whole
# blood (GSE49454); genes near the floor of that array (SIGLEC1, IFI6, USP18, LAMP3) were set by hand.
STRONG = {
    "IFI27": 1.6, "IFI44L": 1.2, "RSAD2": 1.0, "IFIT1": 1.0, "ISG15": 0.9, "SIGLEC1": 0.9, "IFIT3": 0.9,
    "USP18": 0.9, "IFI44": 0.8, "OAS3": 0.8, "HERC5": 0.8, "IFI6": 0.8, "OASL": 0.7, "EPSTI1": 0.7,
    "OAS1": 0.7, "MX1": 0.7, "CMPK2": 0.7, "LY6E": 0.6, "IFIT2": 0.6, "DDX60": 0.5, "OAS2": 0.5,
    "SPATS2L": 0.5, "RTP4": 0.5, "HERC6": 0.5, "LAMP3": 0.5, "CXCL10": 0.4, "GBP1": 0.4, "IFIT5": 0.4,
    "SOCS1": 0.2,
}  # fmt: skip

HOUSEKEEPING = ("HPRT1", "TBP", "ALAS1", "TUBB", "ACTB", "GAPDH")
"""Reference genes of the clinical assays: steady, and moved by nothing but the mix of cells."""

# Loadings of all other genes are drawn: (share that answers, shape, scale of a gamma distribution)
DRAWN = {
    "type_i": (0.9, 1.4, 0.22),
    "type_ii": (0.7, 1.5, 0.18),
    "il6": (0.7, 2.0, 0.15),
    "tnf": (0.7, 2.0, 0.15),
}
MOST_DRAWN = 0.8


@dataclass(frozen=True, slots=True)
class GeneTable:
    """One row a gene. ``log2_mean`` is relative (it is scaled to the library); ``loadings`` is genes x
    ``LATENT``."""

    names: tuple[str, ...]
    log2_mean: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    person_sd: NDArray[np.float64]
    loadings: NDArray[np.float64]


def gene_table(n_genes: int, background: Iterable[str] | None, rng: np.random.Generator) -> GeneTable:
    """All genes of the signature catalogue, then background genes up to ``n_genes``.

    Raises
    ------
    ParameterError
        ``n_genes`` is smaller than the number of signature genes.
    """
    names = _names(n_genes, background)
    loadings = np.zeros((n_genes, len(LATENT)))
    for column, members in enumerate(_members().values()):
        loadings[:, column] = _loadings(names, members, LATENT[column], rng)
    steady = np.isin(names, HOUSEKEEPING)
    loadings[:, LATENT.index("cell_mix")] = np.where(steady, 0.1, rng.normal(0.0, 0.2, n_genes))
    log2_mean = rng.normal(7.0, 2.0, n_genes)
    answers = np.isin(names, list(_members()["type_i"]))
    log2_mean[answers] = rng.normal(5.5, 1.1, answers.sum())
    # genes that rise twenty-fold are rare in blood without interferon, so that they do not crowd out all
    # others
    strong = np.isin(names, list(STRONG))
    log2_mean[strong] = rng.normal(4.3, 0.7, strong.sum())
    log2_mean[steady] = rng.normal(9.0, 1.0, steady.sum())
    dispersion = 0.03 * np.exp(rng.normal(0.0, 0.5, n_genes)) * np.where(steady, 0.3, 1.0)
    person_sd = 0.22 * np.exp(rng.normal(0.0, 0.35, n_genes)) * np.where(steady, 0.3, 1.0)
    return GeneTable(tuple(names), log2_mean, dispersion, person_sd, loadings)


def _names(n_genes: int, background: Iterable[str] | None) -> list[str]:
    known = sorted(set().union(*(record.genes for record in SIGNATURES.values())))
    if n_genes < len(known):
        raise ParameterError(
            f"{subject('cohort', 'n_genes')} must be at least {len(known)}, the number of genes of the "
            f"known signatures. Got {n_genes} instead."
        )
    taken = set(known)
    others = [name for name in dict.fromkeys(background or ()) if name not in taken]
    others = others[: n_genes - len(known)]
    made_up = (f"GENE{number:04d}" for number in range(1, n_genes - len(known) - len(others) + 1))
    return [*known, *others, *made_up]


def _members() -> dict[str, dict[str, float]]:
    """Latent activity -> gene -> sign, by the type that the signatures state."""
    groups: dict[str, dict[str, float]] = {name: {} for name in LATENT[:4]}
    for record in SIGNATURES.values():
        if record.role == "comparator":
            kind = "il6" if "il6" in record.id else "tnf" if "tnf" in record.id else None
        else:
            kind = "type_ii" if record.ifn_type.startswith("II") else "type_i"
        if kind is not None:
            groups[kind].update({gene: float(np.sign(weight)) for gene, weight in record.genes.items()})
    interferon = groups["type_i"].keys() | groups["type_ii"].keys()
    for kind in ("il6", "tnf"):
        groups[kind] = {gene: sign for gene, sign in groups[kind].items() if gene not in interferon}
    return groups


def _loadings(
    names: list[str], members: dict[str, float], kind: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    share, shape, scale = DRAWN[kind]
    drawn = np.minimum(rng.gamma(shape, scale, len(names)), MOST_DRAWN) * (rng.random(len(names)) < share)
    table = STRONG if kind == "type_i" else {}
    signs = np.array([members.get(name, 0.0) for name in names])
    return np.asarray([table.get(name, value) for name, value in zip(names, drawn, strict=True)] * signs)
