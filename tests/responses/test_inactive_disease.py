"""Inactive disease by the rule of NCT04966884: CK at most 200 U/L and physician VAS 0 and MYOACT 0."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig.responses import RESPONSES, OutOfRangeError

RULE = RESPONSES["inactive_disease"]


def outcome(ck, physician_global, myoact, **parameters):
    names = ("ck", "physician_global", "myoact")
    values = {n: np.array([v], float) for n, v in zip(names, (ck, physician_global, myoact), strict=True)}
    return RULE.value({}, values, **parameters)


@pytest.mark.parametrize(
    ("ck", "physician_global", "myoact", "label"),
    [(200, 0, 0, "inactive"), (201, 0, 0, "active"), (200, 0.1, 0, "active"), (200, 0, 1, "active")],
)
def test_all_three_conditions_must_hold(ck, physician_global, myoact, label):
    got = outcome(ck, physician_global, myoact)
    assert (got.label[0], got.value[0]) == (label, float(label == "inactive"))


def test_one_broken_condition_decides_whatever_is_missing():
    got = outcome(1500, np.nan, np.nan)
    assert (got.label[0], got.value[0], got.reason[0]) == ("active", 0.0, "")


def test_a_missing_input_beside_fulfilled_ones_leaves_it_unknown():
    got = outcome(93, 0, np.nan)
    assert np.isnan(got.value[0])
    assert (got.label[0], got.reason[0]) == ("", "MISSING_INPUT: myoact")


def test_the_parts_say_which_conditions_are_met():
    got = outcome(150, 2, np.nan)
    assert (got.parts["ck"][0], got.parts["physician_global"][0]) == (1, 0)
    assert np.isnan(got.parts["myoact"][0])


def test_a_scale_in_millimetres_is_declared():
    with pytest.raises(OutOfRangeError, match="physician_global at followup must be 0 to 10"):
        outcome(100, 45, 0)
    assert outcome(100, 45, 0, vas_max=100).label[0] == "active"
