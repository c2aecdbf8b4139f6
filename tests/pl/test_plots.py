"""What single plots must show, on cases small enough to check by hand."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from ifnsig import pl
from ifnsig.errors import ParameterError
from ifnsig.pl._style import FALL, RISE, SIGNED


def score_table(rows: list[tuple[str, str, float]], group: str = "patient") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["patient", "visit", "score"])
    return table.assign(sample=[f"{p}{v}" for p, v, _ in rows], signature="s", method="m", group=group)


def segments(ax) -> list[tuple[list[float], str, bool]]:
    """Heights, colour and whether dashed of every line between two visits."""
    lines = [
        line for line in ax.get_lines() if len(line.get_xdata()) == 2 and line.get_color() in (FALL, RISE)
    ]
    return [(list(line.get_ydata()), line.get_color(), line.is_dashed()) for line in lines]


def test_a_fall_is_solid_and_a_rise_is_dashed() -> None:
    ax = pl.paired(score_table([("A", "v0", 3.0), ("A", "v1", 1.0), ("B", "v0", 1.0), ("B", "v1", 2.0)]))
    assert segments(ax) == [([3.0, 1.0], FALL, False), ([1.0, 2.0], RISE, True)]


def test_a_missing_visit_leaves_a_gap() -> None:
    rows = [("A", "v0", 3.0), ("B", "v0", 2.0), ("B", "v1", 1.0), ("A", "v2", 1.0)]
    ax = pl.paired(score_table(rows), visits=["v0", "v1", "v2"])
    assert [heights for heights, _, _ in segments(ax)] == [
        [2.0, 1.0]
    ]  # A has no v1: none of its points are joined


def test_the_band_is_the_healthy_mean_and_two_sample_sds() -> None:
    # scores 1, 2, 3: mean 2, SD 1 by hand, so the band is 0 to 4
    healthy = score_table([("", "", 1.0), ("", "", 2.0), ("", "", 3.0)], "healthy")
    patients = score_table([("A", "v0", 9.0), ("A", "v1", 1.0)])
    ax = pl.paired(pd.concat([patients, healthy]), controls="healthy")
    spans = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert [(span.get_y(), span.get_height()) for span in spans] == [(0.0, 4.0)]


def test_two_healthy_samples_are_points_without_a_band() -> None:
    healthy = score_table([("", "", 1.0), ("", "", 2.0)], "healthy")
    ax = pl.paired(pd.concat([score_table([("A", "v0", 9.0)]), healthy]), controls="healthy")
    assert not [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_visits_that_are_numbers_are_found_by_their_label() -> None:
    table = score_table([("A", "v0", 3.0), ("A", "v1", 1.0)]).assign(visit=[0.0, 4.0])
    assert len(segments(pl.paired(table, visits=["0", "4"]))) == 1


def test_two_samples_of_one_visit_are_an_error_and_one_is_not() -> None:
    rows = [("A", "v0", 3.0), ("A", "v1", 1.0)]
    with pytest.raises(ParameterError, match="more than one sample of: A at v0"):
        pl.paired(score_table([*rows, ("A", "v0", 2.0)]))
    pl.paired(score_table(rows))


def test_unknown_controls_are_named() -> None:
    with pytest.raises(ParameterError, match="names no group of the table: helthy"):
        pl.paired(score_table([("A", "v0", 3.0)]), controls="helthy")


def test_several_signatures_need_a_choice() -> None:
    table = pd.concat(
        [score_table([("A", "v0", 1.0)]), score_table([("A", "v0", 2.0)]).assign(signature="t")]
    )
    with pytest.raises(ParameterError, match="several values of 'signature': s, t"):
        pl.paired(table)
    with pytest.raises(ParameterError, match="Got 'u' instead"):
        pl.paired(table, signature="u")
    pl.paired(table, signature="t")


def test_columns_of_the_heatmap_are_ordered_by_baseline_score_at_every_visit() -> None:
    rows = [("A", "v0", 1.0), ("B", "v0", 5.0), ("A", "v1", 4.0), ("B", "v1", 2.0)]
    table = score_table(rows).rename(columns={"score": "z"}).assign(gene="g")
    ax = pl.heatmap(table)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Bv0", "Av0", "Bv1", "Av1"]
    assert ax.get_images()[0].get_array().tolist() == [[5.0, 1.0, 2.0, 4.0]]


def test_a_gene_given_twice_is_an_error() -> None:
    table = pd.DataFrame({"sample": ["a", "a"], "gene": ["g", "g"], "z": [1.0, 2.0]})
    with pytest.raises(ParameterError, match="more than once"):
        pl.heatmap(table)
    pl.heatmap(table.iloc[:1])


def test_the_signed_palette_is_darker_the_higher_also_in_grey() -> None:
    # ITU-R BT.601 luma, what a grey printer makes of a colour
    grey = SIGNED(np.linspace(0, 1, 101))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(grey) < 0.004).all()  # colours have 256 steps of 0.0039 each
    assert grey[0] - grey[-1] > 0.7


def test_stacked_parts_reach_the_total_and_a_patient_without_one_has_no_bar() -> None:
    table = pd.DataFrame({
        "patient": ["A", "B"], "visit": "v1", "measure": "tis", "value": [np.nan, 30.0],
        "part_mmt": [20.0, 20.0], "part_haq": [np.nan, 10.0],
    })  # fmt: skip
    ax = pl.tis_bars(table)
    tops = {round(bar.get_x() + bar.get_width() / 2): bar.get_y() + bar.get_height() for bar in ax.patches}
    assert tops == {0: 30.0, 1: 0.0}  # B first: highest total
    assert [label.get_text() for label in ax.get_xticklabels()] == ["B", "A"]
    assert "no total" in [text.get_text() for text in ax.texts]


def test_bars_without_contributions_are_an_error() -> None:
    table = pd.DataFrame({"patient": ["A"], "visit": "v1", "measure": "tis", "value": [30.0]})
    with pytest.raises(ParameterError, match="no contributions"):
        pl.tis_bars(table)
    pl.tis_bars(table.assign(part_mmt=30.0))


def test_a_class_of_four_has_a_median_line_and_a_class_of_five_a_box() -> None:
    table = pd.DataFrame(
        {"outcome": ["no"] * 4 + ["yes"] * 5, "score": [1.0, 2.0, 4.0, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0]}
    )
    ax = pl.association(table, classes=["no", "yes"])
    medians = [c for c in ax.collections if not isinstance(c, PolyCollection)]
    assert medians[0].get_segments()[0][0][1] == 3.0  # between 2 and 4
    assert len([patch for patch in ax.patches if not isinstance(patch, Rectangle)]) == 1
    assert [label.get_text() for label in ax.get_xticklabels()] == ["no\nn = 4", "yes\nn = 5"]


def test_patients_without_an_outcome_are_counted() -> None:
    table = pd.DataFrame({"outcome": [1.0, np.nan, 3.0], "score": [1.0, 2.0, np.nan]})
    assert pl.association(table).get_xlabel().endswith("n = 1, 2 without score or outcome")
    with pytest.raises(ParameterError, match="both a score and an outcome"):
        pl.association(table.iloc[1:])


def test_a_row_that_cannot_be_estimated_says_so() -> None:
    table = pd.DataFrame({
        "signature": ["s", "t"], "method": "m", "visit": "v1", "estimate": [-1.0, np.nan], "ci_low": [-2.0, np.nan],
        "ci_high": [0.5, np.nan], "n_patients": [7, 0],
    })  # fmt: skip
    drawn = [text.get_text() for text in pl.change_forest(table).texts]
    assert "\N{MINUS SIGN}1.00 (\N{MINUS SIGN}2.00 to 0.50)" in drawn
    assert "not estimable" in drawn
    assert "7" in drawn


def test_ids_of_two_figures_in_one_page_do_not_meet() -> None:
    table = pd.DataFrame({"outcome": [1.0, 2.0], "score": [1.0, 2.0]})
    found = [
        set(re.findall(r'\bid="([^"]+)"', pl.svg(pl.association(table), name, title="")))
        for name in ("a", "b")
    ]
    assert found[0]
    assert not found[0] & found[1]
    text = pl.svg(pl.association(table), "a", title="")
    assert set(re.findall(r'href="#([^"]+)"', text)) <= found[0]
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= found[0]


def test_line_colours_are_told_apart_in_grey_by_style_only() -> None:
    # the two are near each other in grey, which is why a rise is dashed
    grey = [np.dot(to_rgb(to_hex(colour)), [0.299, 0.587, 0.114]) for colour in (FALL, RISE)]
    assert max(grey) < 0.5  # dark enough on white
