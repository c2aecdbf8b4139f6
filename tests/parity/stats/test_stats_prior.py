"""The variance that genes lend each other, against limma: golden/prior holds script, inputs and numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig.stats.genes.moderated import moderated_paired_t

HERE = Path(__file__).parent / "golden" / "prior"
CASES: list[dict[str, Any]] = json.loads((HERE / "expected.json").read_text())["cases"]
INPUTS = pd.read_csv(HERE / "inputs.csv").to_numpy()
MEAN, D, ALIKE = INPUTS[:, 0], INPUTS[:, 1:6].T, INPUTS[:, 6:].T


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['genes']}-{case['trend']}")
def test_genes_lend_each_other_the_variance_that_limma_lends(case: dict[str, Any]) -> None:
    n = case["genes"]
    d, mean = D[:, :n], MEAN[:n]
    if "factor" in case:
        d = ALIKE[:, :n] * np.resize([1, case["factor"]], n)
    if n == 2:  # three are asked for: one that never varies lends nothing
        d, mean = np.column_stack([d, np.ones(len(d))]), np.append(mean, 5.0)
    got = moderated_paired_t(d, mean if case["trend"] else None)
    assert got.prior_df == pytest.approx(float(case["prior_df"]), rel=1e-8)
    np.testing.assert_allclose(got.prior_variance[:n], np.resize(case["prior"], n), rtol=1e-8)
    np.testing.assert_allclose(got.t[:n], case["t"], rtol=1e-8)
    np.testing.assert_allclose(got.p[:n], case["p"], rtol=1e-7)


def test_where_no_gene_varies_the_degrees_of_freedom_are_those_of_one_gene() -> None:
    got = moderated_paired_t(np.tile([1.0, 2.0, 3.0], (4, 1)))
    assert (got.df, got.residual_df) == (3, 3)
    assert np.isnan(got.t).all()
