"""The order of visits by the numbers in their names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifnsig import io
from ifnsig.io.sheet._days import read_day
from ifnsig.io.sheet._visits import out_of_order, visit_numbers
from ifnsig.labels import label


@pytest.mark.parametrize(
    ("labels", "baseline", "later"),
    [
        (["week24", "week0", "week4"], "week0", ["week4", "week24"]),
        (["week 10", "week 2", "baseline"], "baseline", ["week 2", "week 10"]),
        (["V3", "V1", "V2"], "V1", ["V2", "V3"]),
        (["28", "0", "168", "-14"], "0", ["28", "168"]),  # screening, before the baseline, is no follow-up
        (["day -7", "day 0", "day 28"], "day 0", ["day 28"]),
        (["month3", "week4", "day0"], "day0", ["week4", "month3"]),
        (["4 weeks", "0 weeks", "12 weeks"], "0 weeks", ["4 weeks", "12 weeks"]),
        (["w4", "d1", "d15"], "d1", ["d15", "w4"]),
        (["0.5h", "0h", "24h"], "0h", ["0.5h", "24h"]),
        (["pre", "post"], "pre", None),
        (["week0", "week4", "end of study"], "week0", None),
        (["visit1 day3", "visit1 day1"], "visit1 day1", None),
        (["week4", "Week 4", "week0"], "week0", None),  # two labels of one time
        (["C1D1", "C1D8", "C2D1"], "C1D1", None),
        (["week0"], "week0", []),
        ([], "week0", []),
    ],
)
def test_visits_after_the_baseline_come_in_their_order_in_time(labels, baseline, later):
    assert io.order_visits(labels, baseline) == later


def test_a_declared_order_against_the_numbers_is_seen():
    assert out_of_order(["week0", "week24", "week4"]) == ["week0", "week4", "week24"]
    assert out_of_order(["week0", "week4", "week24"]) is None
    assert out_of_order(["pre", "post"]) is None


def test_one_visit_has_one_label_however_it_was_typed():
    assert [label(cell) for cell in (4, 4.0, "4", "4.0", " 4 ")] == ["4"] * 5
    assert [label(cell) for cell in ("04", "4.5", "1E5", None, "")] == ["04", "4.5", "1E5", None, None]


@given(st.lists(st.text(max_size=8), max_size=6))
def test_no_names_of_visits_crash(labels):
    numbers = visit_numbers(labels)
    assert numbers is None or set(numbers) == set(labels)
    for baseline in labels[:1]:
        found = io.order_visits(labels, baseline)
        assert found is None or set(found) <= set(labels)


@given(st.text(max_size=12))
def test_no_cell_crashes_the_reader_of_days(cell):
    read_day(cell)
