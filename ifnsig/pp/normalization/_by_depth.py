"""Normalisations of counts: by library size, by composition, by size factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.engines import load
from ...doors import argument
from ...errors import TableError, listing
from .._dense import is_sparse
from . import _scaling, _vst
from ._samples import Array, Facts, Learned, Samples, library_sizes


def log2(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """log2(x + 1), as sparse as its input."""
    del learned
    if is_sparse(samples.values):
        result = samples.values.astype(np.float64)
        result.data = np.log2(result.data + 1)
        return result, {}
    return np.log2(np.asarray(samples.values, dtype=np.float64) + 1), {}


def cpm(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Counts per million, as sparse as its input."""
    del learned
    sizes = library_sizes(samples)
    if is_sparse(samples.values):
        result = samples.values.astype(np.float64).tocsr(copy=True)
        result.data *= np.repeat(_scaling.PER_MILLION / sizes, np.diff(result.indptr))
        return result, {}
    return _scaling.cpm(samples.array, sizes), {}


def fit_log_cpm(samples: Samples) -> dict[str, Array]:
    """The mean library size."""
    return {"mean_library_size": np.array(library_sizes(samples).mean())}


def log_cpm(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """log2 counts per million of the library sizes as they are."""
    return _scaling.log_cpm(samples.array, library_sizes(samples), float(learned["mean_library_size"])), {}


def fit_tmm(samples: Samples) -> dict[str, Array]:
    """The sample that the others are compared with, and the centre of the factors."""
    sizes, counts = library_sizes(samples), samples.array
    chosen = _scaling.tmm_reference(counts, sizes)
    learned = {"reference": counts[chosen], "reference_size": np.array(sizes[chosen])}
    return {**learned, **_centred(_tmm_factors(counts, sizes, learned), sizes)}


def _tmm_factors(counts: Array, sizes: Array, learned: Learned) -> Array:
    reference, reference_size = learned["reference"], float(learned["reference_size"])
    return np.array([
        _scaling.tmm_factor(row, size, reference, reference_size) for row, size in zip(counts, sizes, strict=True)
    ])  # fmt: skip


def tmm(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Counts per million of library sizes times TMM factors."""
    sizes, counts = library_sizes(samples), samples.array
    return _effective(samples, counts, sizes, _tmm_factors(counts, sizes, learned), learned)


def fit_upper_quartile(samples: Samples) -> dict[str, Array]:
    """The genes with any count, and the centre of the factors."""
    sizes, counts = library_sizes(samples), samples.array
    seen = np.asarray((counts > 0).any(axis=0))
    return {"seen": seen.astype(np.float64), **_centred(_quartiles(samples, counts, sizes, seen), sizes)}


def upper_quartile(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Counts per million of library sizes times upper-quartile factors."""
    sizes, counts = library_sizes(samples), samples.array
    factors = _quartiles(samples, counts, sizes, learned["seen"] > 0)
    return _effective(samples, counts, sizes, factors, learned)


def _quartiles(samples: Samples, counts: Array, sizes: Array, seen: NDArray[np.bool_]) -> Array:
    factors = _scaling.upper_quartiles(counts[:, seen], sizes)
    if len(empty := np.flatnonzero(factors <= 0)):
        names = listing(samples.names[row] for row in empty)
        raise TableError(
            f"{len(empty)} samples have 0 counts in three quarters of the genes, so that their upper quartile is 0:"
            f" {names}. Leave them out, or use {argument('pp.normalize', 'method', 'tmm')}."
        )
    return factors


def _centred(factors: Array, sizes: Array) -> dict[str, Array]:
    """Factors are divided by their geometric mean, so that a cohort's multiply to 1."""
    centre = np.exp(np.log(factors).mean())
    return {"centre": np.array(centre), "mean_effective_size": np.array((sizes * factors / centre).mean())}


def _effective(
    samples: Samples, counts: Array, sizes: Array, factors: Array, learned: Learned
) -> tuple[Any, Facts]:
    own = factors / float(learned["centre"])
    if samples.options["log"]:
        values = _scaling.log_cpm(counts, sizes * own, float(learned["mean_effective_size"]))
    else:
        values = _scaling.cpm(counts, sizes * own)
    return values, {"norm_factor": own}


def fit_ratios(samples: Samples) -> dict[str, Array]:
    """Log geometric mean of every gene."""
    library_sizes(samples)
    return {"log_means": _scaling.log_geometric_means(samples.array)}


def _size_factors(samples: Samples, learned: Learned) -> Array:
    factors = _scaling.ratio_factors(samples.array, learned["log_means"])
    if len(without := np.flatnonzero(np.isnan(factors))):
        names = listing(samples.names[row] for row in without)
        raise TableError(
            f"{len(without)} samples have no counts in any gene that all samples of the cohort have: {names}."
        )
    return factors


def median_of_ratios(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Counts divided by size factors, or log2 of that plus 1."""
    factors = _size_factors(samples, learned)
    scaled = samples.array / factors[:, None]
    return np.log2(scaled + 1) if samples.options["log"] else scaled, {"size_factor": factors}


def fit_vst(samples: Samples) -> dict[str, Array]:
    """Log geometric means, and the dispersion trend."""
    return {**fit_ratios(samples), "trend": _vst.fit_trend(samples.array)}


def vst(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """Variance-stabilised counts."""
    factors = _size_factors(samples, learned)
    return _vst.stabilized(samples.array / factors[:, None], learned["trend"]), {"size_factor": factors}


def cells(samples: Samples, learned: Learned) -> tuple[Any, Facts]:
    """log2 of counts per ten thousand plus 1, by scanpy; as sparse as its input."""
    scanpy = load("scanpy")
    from anndata import AnnData

    del learned
    library_sizes(samples)
    kept = samples.values if samples.values.dtype.kind == "f" else samples.values.astype(np.float64)
    made = AnnData(X=kept.copy())
    scanpy.pp.normalize_total(made, target_sum=1e4)
    scanpy.pp.log1p(made, base=2)
    return made.X, {}
