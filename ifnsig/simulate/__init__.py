"""Cohorts with known truth, drawn from a seed: example data, calibration, power, benchmarks."""

from ._cohort import cohort, write_example
from ._genes import SIGNATURES
from ._settings import TRUTH_PREFIX, CohortSettings

__all__ = ["SIGNATURES", "TRUTH_PREFIX", "CohortSettings", "cohort", "write_example"]
