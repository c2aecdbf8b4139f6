"""Distance of the scores from what the reference implementations gave: it must stay where it is."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "parity" / "scoring"))

import default_vs_parity
import scoring_cases as golden

golden.look_in(os.environ.get("IFNSIG_GOLDEN"))
CASES = {case.id: case for case in golden.CASES if golden.at_hand(case.golden)}


class Golden:
    """Every golden file that is at hand."""

    params = (list(CASES),)
    param_names = ("golden file",)
    unit = "of the largest score"

    def track_largest_difference(self, case: str) -> float:
        warnings.simplefilter("ignore")
        ours, theirs = golden.compared(CASES[case])
        size = max(1.0, float(np.nanmax(np.abs(theirs.to_numpy()))))
        return float(np.nanmax(np.abs(ours.to_numpy() - theirs.to_numpy()))) / size


class Defaults:
    """Largest distance of every default from its parity modes, over the golden inputs."""

    unit = "of the largest score"

    def track_largest_distance(self) -> float:
        found = default_vs_parity.distances()
        return float((found["largest_difference"] / found["largest_score"]).max())
