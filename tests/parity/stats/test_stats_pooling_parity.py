"""Random-effects meta-analysis against metafor (pool/pool.R, versions in pool/pool.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ifnsig.stats.changes.pooling import pool

GOLDEN = json.loads((Path(__file__).parent / "pool" / "pool.json").read_text())
CASES = [(name, method) for name in GOLDEN if name != "meta" for method in ("REML", "DL")]
RTOL = 1e-8  # metafor was told to stop its scoring at 1e-12


@pytest.mark.parametrize(("name", "method"), CASES)
def test_means_and_spread_of_studies_are_those_of_metafor(name: str, method: Any) -> None:
    studies, want = GOLDEN[name], GOLDEN[name][method]
    got = pool(studies["y"], studies["se"], method=method, ad_hoc=False)
    ours = (
        got.estimate, got.se, got.ci_low, got.ci_high, got.p, got.tau2, got.i2, got.q, got.q_p, got.prediction_low,
        got.prediction_high,
    )  # fmt: skip
    theirs = (
        want["estimate"], want["se"], *want["ci"], want["p"], want["tau2"], want["i2"], want["q"], want["q_p"],
        *want["prediction"],
    )  # fmt: skip
    assert ours == pytest.approx(theirs, rel=RTOL, abs=1e-12)
    np.testing.assert_allclose(got.weights, want["weights"], rtol=RTOL)
    # metafor's uniroot stops at 1e-4 of the variance
    assert (got.tau2_low, got.tau2_high) == pytest.approx(want["tau2_ci"], abs=1e-4)


@pytest.mark.parametrize(("name", "method"), CASES)
def test_hartung_knapps_error_never_falls_below_the_plain_one(name: str, method: Any) -> None:
    studies, want = GOLDEN[name], GOLDEN[name][method]
    got = pool(studies["y"], studies["se"], method=method)
    assert got.se == pytest.approx(max(want["se"], want["se_z"]), rel=RTOL)
    assert got.ad_hoc == (want["se"] < want["se_z"])
