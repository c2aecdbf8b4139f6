"""How much of an effect goes with the batches: R's lm and qr on four designs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ifnsig import errors
from ifnsig.stats import design

GOLDEN = json.loads((Path(__file__).parents[1] / "parity" / "stats" / "08_design_extra.json").read_text())[
    "batch"
]
# as in r/08_design_extra.R: six donors before, the same six after
DONOR = [f"D{i}" for i in range(1, 7)] * 2
TIME = [0] * 6 + [1] * 6
BATCHES = {
    "confounded": ["b1"] * 6 + ["b2"] * 6,
    "balanced": ["b1", "b2"] * 6,
    "partial": ["b1"] * 5 + ["b2"] * 6 + ["b1"],
    "nested_in_donor": (["b1"] * 3 + ["b2"] * 3) * 2,
}


@pytest.mark.parametrize("name", list(BATCHES))
def test_r2_and_vif_of_time_given_batch_and_donor_equal_r(name):
    found = design.confounding(TIME, BATCHES[name], DONOR)
    golden = GOLDEN[name]
    # R stops at the same projections in double precision; its zero is 1e-31, ours is cut at 0
    assert found.r2 == pytest.approx(golden["r2_time_given_batch_donor"], abs=1e-12)
    assert found.vif == pytest.approx(float(golden["vif_time"]), rel=1e-12)
    assert found.complete is (name == "confounded")
    assert found.partial is (name == "partial")


def test_without_factors_nothing_is_explained():
    assert design.confounding([0, 1, 0, 1]) == design.Confounding(0.0, 1.0)


def test_by_hand_half_of_the_arm_goes_with_the_batch():
    # 2 x 2 table 3, 1 / 1, 3: phi = (9 - 1) / 16 = 1/2, so R2 = 1/4 and VIF = 4/3
    found = design.confounding([0, 0, 0, 1, 0, 1, 1, 1], ["a"] * 4 + ["b"] * 4)
    assert found.r2 == pytest.approx(0.25, abs=1e-15)
    assert found.vif == pytest.approx(4 / 3, abs=1e-15)
    assert found.partial


def test_dummies_have_one_column_a_label():
    np.testing.assert_array_equal(design.dummies(["a", "b", "a"]), [[1, 0], [0, 1], [1, 0]])


def test_an_effect_that_does_not_vary_is_refused():
    with pytest.raises(errors.ParameterError, match="the same for all samples"):
        design.confounding([1, 1, 1], ["a", "b", "a"])
    design.confounding([1, 1, 0], ["a", "b", "a"])


def test_labels_of_another_length_are_refused():
    with pytest.raises(errors.ParameterError, match=r"3 samples and factors of \[2\] labels"):
        design.confounding([1, 1, 0], ["a", "b"])
