"""The variance-stabilising transformation; its trend is fitted by pydeseq2, which is an extra."""

from __future__ import annotations

import importlib.util
import logging
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...doors import argument, say
from ...errors import ParameterError, TableError

Array = NDArray[np.float64]
FEWEST_SAMPLES = 3
log = logging.getLogger("ifnsig")


def fit_trend(counts: Array) -> Array:
    """Dispersion trend ``a0 + a1 / mean`` over all samples, as (a0, a1); a1 is 0 where only a mean was found.

    Raises
    ------
    ParameterError
        pydeseq2 is not installed.
    TableError
        Too few samples for a dispersion, or none was found.
    """
    if importlib.util.find_spec("pydeseq2") is None:
        raise ParameterError(
            f"{argument('pp.normalize', 'method', 'vst')} needs pydeseq2, which is not installed: pip install"
            f' "ifnsig[deseq]". {argument("pp.normalize", "method", "log_cpm")} needs nothing more.'
        )
    if len(counts) < FEWEST_SAMPLES:
        raise TableError(
            f"A dispersion trend needs at least {FEWEST_SAMPLES} samples; there are {len(counts)}. Fit it on a cohort"
            + say(
                python=" with pp.fit_normalization and pass fitted=.",
                command=f" with `ifnsig normalize --save`, and use it: {argument('pp.normalize', 'fitted')}.",
            )
        )
    from pydeseq2.dds import DeseqDataSet

    names = [str(row) for row in range(len(counts))]
    whole = pd.DataFrame(
        np.rint(counts).astype(np.int64), names, [f"g{column}" for column in range(counts.shape[1])]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its optimiser and its anndata: ours is the check below
        data = DeseqDataSet(
            counts=whole, metadata=pd.DataFrame({"all": "one"}, names), design="~1", quiet=True
        )
        data.vst_fit(use_design=False)
    if "vst_trend_coeffs" in data.uns:
        trend = np.asarray(data.uns["vst_trend_coeffs"], dtype=np.float64)
    else:
        log.warning("No dispersion trend was found in these counts; their mean dispersion stands for it.")
        trend = np.array([float(data.uns.get("mean_disp", np.nan)), 0.0])
    if not np.isfinite(trend).all() or trend[0] <= 0:
        raise TableError(
            "pydeseq2 found neither a dispersion trend nor a mean dispersion in these counts; use"
            f" {argument('pp.normalize', 'method', 'log_cpm')} or {argument('pp.normalize', 'method', 'median_of_ratios')}."
        )
    return trend


def stabilized(scaled: Array, trend: Array) -> Array:
    """log2-like values whose variance does not depend on the mean (doi:10.1186/gb-2010-11-10-r106).

    ``scaled`` are counts divided by size factors; ``trend`` is (a0, a1) of :func:`fit_trend`.
    """
    a0, a1 = trend
    root = np.sqrt(a0 * scaled * (1 + a1 + a0 * scaled))
    return np.asarray(np.log2((1 + a1 + 2 * a0 * scaled + 2 * root) / (4 * a0)))
