"""What a signature loses with the genes that are missing here, as far as a cohort that has them all can tell."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import keys, pp
from ..pp._prepare import gather, settle_options
from ..simulate import SIGNATURES as SIMULATED
from ..simulate import cohort

if TYPE_CHECKING:
    from anndata import AnnData

COHORT = "a simulated cohort (100 patients)"
SEED = 1


def add_losses(coverage: list[dict[str, Any]], adata: AnnData) -> None:
    """Add ``r_full`` (correlation of the reduced with the full score) and ``r_full_in`` (where, or why unknown).

    The cohort is the simulator's, which has the genes of its own signatures only; for others, and for methods that
    need what it cannot give, the correlation is unknown and said to be.
    """
    present = set(adata.var_names)
    for row in coverage:
        row["r_full"], row["r_full_in"] = np.nan, ""
        if not row["missing"] or row["status"] == "refused":
            continue
        if row["signature"] not in SIMULATED or row["method"] not in (
            "zscore",
            "mean",
            "singscore",
            "ssgsea",
        ):
            row["r_full_in"] = "unknown: no cohort that measured all its genes is at hand"
            continue
        found = pp.reduced_set_correlation(
            _cohort(), row["signature"], present, cohort=COHORT, method=row["method"], layer="log_cpm",
        )  # fmt: skip
        row["r_full"], row["r_full_in"] = found.correlation, found.reason or COHORT


@cache
def _cohort() -> AnnData:
    """Patients only: with healthy people the scores would spread more, and correlate better, than in a study."""
    drawn = cohort(rng=np.random.default_rng(SEED), n_patients=100, n_controls=2)
    patients = drawn[(drawn.obs["group"] == "patient").to_numpy()].copy()
    # its values alone: that a layer was written is said of the study's own data only
    keys.declare_unit(patients, "counts")
    record = pp.NORMALIZATIONS["log_cpm"]
    samples = gather(patients, record, None, settle_options(record, {}), None)
    patients.layers["log_cpm"] = record.apply(samples, record.fit(samples))[0]
    keys.declare_unit(patients, "log2_cpm", "log_cpm")
    return patients
