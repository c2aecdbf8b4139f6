"""MMRM of two arms: gls's numbers, ordinary least squares where nothing is missing, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import regression
from ifnsig.stats.changes.arm_visits import arm_visits

GOLDEN = Path(__file__).parents[1] / "parity" / "stats" / "golden" / "arms"
SETS = json.loads((GOLDEN / "mmrm.json").read_text())["sets"]


def rows(name: str) -> tuple[list[np.ndarray], np.ndarray]:
    with (GOLDEN / "mmrm.csv").open() as stream:
        kept = [row for row in csv.DictReader(stream) if row["set"] == name]
    columns = [
        np.array([float(row[key]) for row in kept]) for key in ("base", "followup", "id", "visit", "arm")
    ]
    covariates = [[float(row["age"]), row["site"] == "b", row["site"] == "c"] for row in kept]
    return columns, np.array(covariates, dtype=float)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", ["plain", "adjusted"])
def test_the_model_is_that_of_gls(name: str, model: str) -> None:
    """A sixth of the visits missing; with age and site. gls stops at 1e-7 of its parameters."""
    columns, covariates = rows(name)
    got, want = (
        arm_visits(*columns, covariates=covariates if model == "adjusted" else None),
        SETS[name][model],
    )
    k = len(got.visits)
    assert [one.estimate for one in got.differences] == pytest.approx(want["est"], abs=1e-6)
    # the SE as if the covariance were known, which gls prints; ours is never smaller
    assert got.fit.se[2 * k : 3 * k] == pytest.approx(want["se"], rel=2e-6)
    assert all(one.se > se for one, se in zip(got.differences, want["se"], strict=True))
    assert got.fit.log_likelihood == pytest.approx(want["reml_loglik"], abs=1e-8)


def whole(n: int = 24, k: int = 3, seed: int = 5) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    arm, base = np.arange(n) % 3 == 0, rng.normal(3, 1, n)
    y = (
        base[:, None] * 0.5
        + rng.normal(0, 0.6, (n, 1))
        + rng.normal(0, 0.4, (n, k))
        - arm[:, None] * np.arange(k) / 2
    )
    who = np.repeat(np.arange(n), k)
    return [base[who], y.ravel(), who, np.tile(np.arange(1.0, k + 1), n), arm[who].astype(float)]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_without_gaps_it_is_least_squares_at_each_visit_with_n_less_3_degrees_of_freedom(k: int) -> None:
    """All visits have the same terms, so the free covariance cancels: estimate, SE and df are those of each visit alone."""
    base, y, who, visit, arm = whole(k=k)
    got = arm_visits(base, y, who, visit, arm)
    for one, time in zip(got.differences, got.visits, strict=True):
        here = visit == time
        alone = regression.linear(y[here], np.column_stack([base[here], arm[here]]), se_type="ordinary")
        assert one.estimate == pytest.approx(alone.coef[2], rel=1e-7)
        # the SE is the square root of a variance that the search finds to about 1e-7
        assert (one.se, one.df) == pytest.approx((alone.se[2], 21), rel=1e-5)


def test_the_order_of_rows_and_the_names_of_the_arms_do_not_matter() -> None:
    (base, y, who, visit, arm), _ = rows("n36")
    first = arm_visits(base, y, who, visit, arm)
    order = np.random.default_rng(1).permutation(len(y))
    other = arm_visits(base[order] + 2, y[order], who[order], 4 * visit[order], 1 - arm[order])
    for one, two in zip(first.differences, other.differences, strict=True):
        assert two.estimate == pytest.approx(-one.estimate, rel=1e-6)
        assert (two.se, two.df) == pytest.approx((one.se, one.df), rel=1e-5)


def test_what_cannot_be_fitted_is_refused_with_its_reason() -> None:
    (base, y, who, visit, arm), _ = rows("n36")
    few = who < 17
    with pytest.raises(DesignError, match="COV_UNSTRUCTURED_REFUSED: 16 patients are too few for the 6"):
        arm_visits(base[few], y[few], who[few], visit[few], arm[few])
    with pytest.raises(DesignError, match="NOT_ESTIMABLE: a covariate of arm_visits cannot be told"):
        arm_visits(base, y, who, visit, arm, covariates=arm[:, None])
    with pytest.raises(DesignError, match="NOT_ESTIMABLE"):
        arm_visits(base, base - arm * visit, who, visit, arm)
    with pytest.raises(DesignError, match="DUPLICATE_PAIR"):
        arm_visits(*(np.append(column, column[0]) for column in (base, y, who, visit, arm)))
    with pytest.raises(ParameterError, match="must hold 0 and 1. Got 2.0"):
        arm_visits(base, y, who, visit, arm + 1)
