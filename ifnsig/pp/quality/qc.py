"""One row a sample: how good a library is, before anything is scored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ... import gate, get, keys
from ...core.ratios import ratio
from ...errors import GeneNameError, ParameterError
from ...signatures import SIGNATURES
from ...units import UNITS
from .._dense import dense
from ._libraries import Libraries, detected_genes, log_values, look

HAEMOGLOBINS = ("HBA1", "HBA2", "HBB", "HBD", "HBE1", "HBG1", "HBG2", "HBM", "HBQ1", "HBZ")
HOUSEKEEPING = "stable_singscore_blood20"
DETECTED = "_detected"


def qc(
    adata: anndata.AnnData,
    *,
    layer: str | None = None,
    housekeeping: str | Sequence[str] = HOUSEKEEPING,
    signatures: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """Library size, detected genes, housekeeping genes, haemoglobin and coverage of signatures of every sample.

    Parameters
    ----------
    adata
        Samples x genes; gene symbols for all that names genes.
    layer
        Layer to look at (the counts, where there are); ``X`` by default.
    housekeeping
        Steady genes: the name of a signature with the role ``housekeeping``, or a list of genes.
    signatures
        Name -> genes, whose coverage is looked at sample by sample.

    Returns
    -------
    pandas.DataFrame
        One row a sample: ``sample``; ``library_size`` (NaN for values without depth); ``detected_genes`` (above 0; NaN
        for logarithms); ``haemoglobin_fraction`` (share of the sum in haemoglobin genes: high in whole blood without
        globin depletion; NaN for logarithms); ``n_housekeeping``, ``housekeeping_shift`` and ``housekeeping_sd`` (mean
        and SD over steady genes of log2 distance from each gene's median: far from 0, or above 1, the sample differs in
        more than interferon); ``<signature>_detected`` (share of its genes that the sample detects, genes that the
        matrix lacks among them; NaN for logarithms); ``median_correlation`` with the other samples; ``unusual`` (what
        is far from the others, in words), both among samples of one cell type and tissue, where ``obs`` has columns that
        are called so; then what normalisations found of each sample, as ``<layer>_<fact>``.

    Raises
    ------
    UnitError
        The unit is not declared.
    TableError
        Missing values, or samples without counts.
    GeneNameError
        None of the housekeeping genes in the list given is there.
    ParameterError
        The signature is not one of housekeeping genes.
    """
    return quality(adata, look(adata, layer, log_values(adata, layer)), layer, housekeeping, signatures)


def quality(
    adata: anndata.AnnData,
    seen: Libraries,
    layer: str | None = None,
    housekeeping: str | Sequence[str] = HOUSEKEEPING,
    signatures: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """The table of :func:`qc`, of libraries that were looked at before."""
    unit, matrix = get.unit(adata, layer), gate.matrix(adata, layer)
    steady = _steady(adata, housekeeping)
    values = log_values(adata, layer, columns=steady)
    shift, spread = _distances(-dense(matrix[:, steady]) if values is None else values)
    table = pd.DataFrame({
        "sample": [str(name) for name in adata.obs_names], "library_size": seen.sizes, "detected_genes": seen.detected,
        "haemoglobin_fraction": _share(adata, matrix, unit), "n_housekeeping": len(steady),
        "housekeeping_shift": shift, "housekeeping_sd": spread,
        **{f"{name}{DETECTED}": _covered(adata, matrix, unit, genes) for name, genes in (signatures or {}).items()},
        "median_correlation": seen.correlation,
        "unusual": ["; ".join(seen.far.get(row, [])) for row in range(adata.n_obs)],
    })  # fmt: skip
    return _with_facts(adata, table)


def _covered(adata: anndata.AnnData, matrix: Any, unit: str, genes: Collection[str]) -> NDArray[np.float64]:
    """Share of the genes that each sample detects."""
    places = adata.var_names.get_indexer(pd.Index(list(genes), dtype=object))
    return detected_genes(matrix[:, places[places >= 0]], unit) / max(1, len(genes))


def _steady(adata: anndata.AnnData, housekeeping: str | Sequence[str]) -> NDArray[np.intp]:
    if isinstance(housekeeping, str):
        record = SIGNATURES[housekeeping]
        if record.role != "housekeeping":
            raise ParameterError(
                f"The signature {housekeeping!r} has the role {record.role!r}; one of housekeeping genes is needed,"
                " or a list of genes."
            )
        genes: Sequence[str] = list(record.genes)
    else:
        genes = list(housekeeping)
    places = adata.var_names.get_indexer(pd.Index(genes, dtype=object))
    if not isinstance(housekeeping, str) and not (places >= 0).any():
        raise GeneNameError(f"None of the {len(genes)} housekeeping genes given is in the matrix.")
    return np.asarray(places[places >= 0])


def _distances(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and SD over genes of the distance from each gene's median over samples."""
    n, count = values.shape
    unknown = np.full(n, np.nan)
    away = values - np.median(values, axis=0)
    return (away.mean(axis=1) if count else unknown), (away.std(axis=1, ddof=1) if count > 1 else unknown)


def _share(adata: anndata.AnnData, matrix: Any, unit: str) -> NDArray[np.float64]:
    """Haemoglobin genes' part of the sum."""
    places = adata.var_names.get_indexer(pd.Index(HAEMOGLOBINS, dtype=object))
    places = places[places >= 0]
    if UNITS[unit].scale != "linear" or not len(places):
        return np.full(adata.n_obs, np.nan)
    total = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    part = np.asarray(matrix[:, places].sum(axis=1), dtype=np.float64).ravel()
    return ratio(part, total, where=total > 0)


def _with_facts(adata: anndata.AnnData, table: pd.DataFrame) -> pd.DataFrame:
    """What each normalisation wrote down of the samples: factors, flags of a lane."""
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    for layer, note in source.get("normalized", {}).items():
        for fact, known in note.get("per_sample", {}).items():
            table[f"{layer}_{fact}"] = [known.get(sample) for sample in table["sample"]]
    return table
