"""The course of one patient: lanes, gaps, limits, bars, and labels that can be told apart in grey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import rgb_to_hsv, to_rgb
from matplotlib.patches import Rectangle

from ifnsig import pl
from ifnsig.errors import ParameterError

COURSE = pd.DataFrame({
    "time": [0, 6, 12, 0, 6, 12], "measure": ["CK"] * 3 + ["FVC"] * 3, "value": [1326, 745, 93, 97.9, np.nan, 69.9],
})  # fmt: skip
DRUGS = pd.DataFrame({"treatment": ["A", "B", "A"], "start": [0, 6, 9], "end": [3, np.nan, 12]})
LABELS = pd.DataFrame({
    "rule": ["one", "other"], "start": [0, 0], "end": [12, 12], "label": ["stable", "progressing"],
    "favourable": ["yes", "no"],
})  # fmt: skip


def words(ax) -> list[str]:
    return [item.get_text() for item in ax.texts]


def bars(ax) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_every_value_is_written_and_a_missing_one_is_a_dash_and_a_gap() -> None:
    ax = pl.timeline(COURSE)
    assert words(ax) == ["1326", "745", "93", "97.9", "\N{EN DASH}", "69.9"]
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) == 3]
    assert [np.isnan(line.get_ydata()).tolist() for line in lines] == [[False] * 3, [False, True, False]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["CK", "FVC"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "6", "12"]


def test_a_higher_value_stands_higher_in_its_own_lane_and_never_leaves_it() -> None:
    ax = pl.timeline(COURSE, limits={"CK": 5000})
    for lane, line in enumerate(line for line in ax.get_lines() if len(line.get_xdata()) == 3):
        heights = line.get_ydata()
        assert np.nanmin(heights) > lane
        assert np.nanmax(heights) < lane + 1
        assert heights[0] < heights[2]  # y runs down, and both fell
    assert "5000" in words(ax)


def test_treatments_run_from_start_to_end_and_one_without_an_end_goes_on() -> None:
    ax = pl.timeline(COURSE, treatments=DRUGS)
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y()) for bar in bars(ax))
    assert [span[:2] for span in spans] == [(0, 3), (6, 12), (9, 12)]
    assert spans[0][2] == spans[2][2] != spans[1][2]  # one row a treatment


def test_labels_can_be_told_apart_without_colour() -> None:
    ax = pl.timeline(COURSE, labels=LABELS)
    good, bad = bars(ax)
    assert (good.get_hatch(), bad.get_hatch()) == ("", "////")
    assert rgb_to_hsv(to_rgb(good.get_facecolor()))[2] - rgb_to_hsv(to_rgb(bad.get_facecolor()))[2] > 0.2
    assert words(ax)[-2:] == ["+ stable", "\N{MINUS SIGN} progressing"]
    # without the column nothing takes a side
    plain = pl.timeline(COURSE, labels=LABELS.drop(columns="favourable"))
    assert words(plain)[-2:] == ["stable", "progressing"]


def test_measures_are_drawn_in_the_order_asked_for() -> None:
    ax = pl.timeline(COURSE, measures=["FVC", "CK"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["FVC", "CK"]


def test_one_of_several_patients_must_be_named() -> None:
    two = pd.concat([COURSE.assign(patient="A"), COURSE.assign(patient="B", value=1.0)])
    with pytest.raises(ParameterError, match="several values of 'patient'"):
        pl.timeline(two)
    assert "1326" in words(pl.timeline(two, patient="A"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": COURSE.assign(time=["start", *COURSE["time"][1:]])}, "'time' of pl.timeline must hold numbers. Got start"),
        ({"table": COURSE.assign(value=["high", *COURSE["value"][1:]])}, "'value' of pl.timeline must hold numbers. Got high"),
        ({"table": COURSE.assign(time=np.nan)}, "'time' of pl.timeline holds no number"),
        ({"table": COURSE.assign(time=0)}, "holds two values of CK at 0, CK at 0, FVC at 0"),
        ({"measures": ["KL-6"]}, "'measures' parameter of pl.timeline names KL-6. Measures there: CK, FVC"),
        ({"treatments": DRUGS.drop(columns="end")}, "lacks the columns end"),
        ({"labels": [1]}, "must be a pandas DataFrame. Got list"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        pl.timeline(**{"table": COURSE, **options})
