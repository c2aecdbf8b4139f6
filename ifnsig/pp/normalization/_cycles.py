"""qPCR cycles relative to reference genes, and to calibrator samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import TableError, listing

Array = NDArray[np.float64]


def delta_ct(
    cycles: Array, reference: NDArray[np.intp], samples: tuple[str, ...], genes: tuple[str, ...]
) -> Array:
    """Ct minus the mean Ct of the reference genes (the geometric mean of their quantities).

    A gene that was not detected (NaN) stays so.

    Raises
    ------
    TableError
        A sample in which a reference gene was not detected: its other genes have nothing to be relative to.
    """
    steady = cycles[:, reference]
    if (gaps := ~np.isfinite(steady)).any():
        cells = [f"{genes[reference[g]]} in {samples[s]}" for s, g in np.argwhere(gaps).tolist()]
        raise TableError(
            f"{len(cells)} Ct values of reference genes are missing: {listing(cells)}. Leave these samples out, or"
            " name other reference genes."
        )
    return cycles - steady.mean(axis=1)[:, None]


def calibrator(deltas: Array, rows: NDArray[np.intp]) -> Array:
    """Mean delta Ct of every gene over the calibrators that have it; NaN where none has."""
    picked = deltas[rows]
    known = np.isfinite(picked)
    total = np.where(known, picked, 0.0).sum(axis=0)
    return np.divide(total, known.sum(axis=0), out=np.full(len(total), np.nan), where=known.any(axis=0))
