"""Normalisations by controls or by distribution: quantile, nCounter lanes, qPCR cycles."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...doors import argument, say
from ...errors import ParameterError, ReferenceRequiredError, TableError, listing
from . import _nanostring
from ._samples import Array, Facts, Learned, Samples, gene_positions


def fit_quantile(samples: Samples) -> dict[str, Array]:
    """The common distribution: mean over samples of the smallest value, the second smallest, and so on."""
    return {"target": np.asarray(np.sort(samples.array, axis=1).mean(axis=0))}


def quantile(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Each value becomes the common distribution's at its rank; tied values share the one at their mean rank
    (doi:10.1093/bioinformatics/19.2.185)."""
    from scipy.stats import rankdata  # half a second, which scoring does not wait for

    places = np.arange(len(learned["target"]), dtype=np.float64)
    return np.array([np.interp(rankdata(row) - 1, places, learned["target"]) for row in samples.array]), {}


def _probes(samples: Samples) -> _nanostring.Probes:
    """Which column is which control.

    Raises
    ------
    ParameterError
        Positive controls, negative ones (where a background is asked for) or housekeeping genes are not known.
    """
    classes = [str(item).strip().lower() for item in samples.classes or [""] * len(samples.genes)]
    positive, negative, steady = (
        np.array([i for i, item in enumerate(classes) if item.startswith(kind)], dtype=np.intp)
        for kind in ("positive", "negative", "housekeeping")
    )
    if samples.options["reference_genes"]:
        steady = gene_positions(samples, samples.options["reference_genes"])
    lacking = {
        "positive controls": not len(positive),
        f"negative controls (two or more, or {argument('normalization', 'background', 'none')})": (
            samples.options["background"] != "none" and len(negative) < 2
        ),
        f"housekeeping genes (or name {argument('normalization', 'reference_genes', ['GAPDH'])})": not len(
            steady
        ),
    }
    if any(lacking.values()):
        raise ParameterError(
            f"{argument('pp.normalize', 'method', 'nanostring')} needs"
            + say(python=' var["code_class"]', command=" code classes")
            + " (Positive, Negative, Housekeeping, Endogenous);"
            " these are not"
            f" there: {listing(name for name, absent in lacking.items() if absent)}. Reading RCC files"
            " fills it in."
        )
    concentration = np.array([_nanostring.concentration_of(samples.genes[item]) for item in positive])
    return _nanostring.Probes(positive, negative, steady, concentration)


def fit_nanostring(samples: Samples) -> dict[str, Array]:
    """Mean over lanes of the geometric means of positive controls and of housekeeping genes."""
    probes, counts = _probes(samples), samples.array
    target = float(_nanostring.geometric_mean(counts[:, probes.positive]).mean())
    scaled, _ = _nanostring.scaled_by_positives(counts, probes, target)
    clean = _nanostring.without_background(scaled, probes, samples.options["background"])
    steady = _nanostring.geometric_mean(clean[:, probes.housekeeping]).mean()
    return {"positive_target": np.array(target), "housekeeping_target": np.array(steady)}


def nanostring(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """log2 of normalised nCounter counts, with the quality of each lane."""
    probes, counts = _probes(samples), samples.array
    values, factors = _nanostring.normalized(counts, probes, samples.options["background"], learned)
    measures = {**_nanostring.lane_measures(counts, probes, samples.obs), **factors}
    return values, {**measures, "flags": _nanostring.lane_flags(measures)}


def delta_ct(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Ct minus the mean Ct of the reference genes (the geometric mean of their quantities).

    A gene that was not detected (NaN) stays so.

    Raises
    ------
    TableError
        A sample in which a reference gene was not detected: its other genes have nothing to be relative to.
    """
    del learned
    wanted = samples.options["reference_genes"]
    if not wanted:
        raise ParameterError(
            "The reference genes must be named: "
            + say(
                python='pp.normalize(adata, method="delta_ct", reference_genes=["GAPDH", "ACTB"]).',
                command=argument("normalization", "reference_genes", ["GAPDH", "ACTB"]) + ".",
            )
        )
    reference = gene_positions(samples, wanted)
    steady = samples.array[:, reference]
    if (gaps := ~np.isfinite(steady)).any():
        cells = [
            f"{samples.genes[reference[g]]} in {samples.names[s]}" for s, g in np.argwhere(gaps).tolist()
        ]
        raise TableError(
            f"{len(cells)} Ct values of reference genes are missing: {listing(cells)}. Leave these samples out, or"
            " name other reference genes."
        )
    return samples.array - steady.mean(axis=1)[:, None], {}


def _deltas(samples: Samples) -> Array:
    if samples.unit == "ct":
        return np.asarray(delta_ct(samples, {})[0])
    return samples.array


def fit_calibrator(samples: Samples) -> dict[str, Array]:
    """Mean delta Ct of every gene over the calibrators that have it; NaN where none has."""
    if samples.calibrators is None:
        raise ReferenceRequiredError(
            "Name the calibrators: "
            + say(
                python='pp.normalize(adata, method="delta_delta_ct", controls=("group", "healthy"), ...).',
                command=argument("normalization", "controls", ["H1", "H2"]) + " (their samples).",
            )
        )
    picked = _deltas(samples)[samples.calibrators]
    known = np.isfinite(picked)
    total = np.where(known, picked, 0.0).sum(axis=0)
    empty = np.full(len(total), np.nan)
    return {"calibrator": np.divide(total, known.sum(axis=0), out=empty, where=known.any(axis=0))}


def delta_delta_ct(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Minus delta delta Ct: log2 of the fold change against the calibrators."""
    return learned["calibrator"] - _deltas(samples), {}
