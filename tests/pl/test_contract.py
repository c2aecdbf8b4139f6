"""What holds for every plot, on the usual table and on a hostile one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from ifnsig import pl
from ifnsig.errors import ParameterError

HOSTILE = [
    "<script>alert(1)</script>",
    "$x_1$",
    "_hidden",
    "=cmd()",
    "N" * 300,
    "line\nbreak",
    "\u202egnp.exe",
    "$",
]
VISITS = ["week0", "week4", "week24"]
SMALLEST_TYPE = 8.0  # points; below that a printed page is hard to read


def scores(names: list[str]) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [(f"{p}/{v}", p, v, "patient") for p in names for v in VISITS]
    rows += [(f"healthy {n}", "", "", "healthy") for n in range(6)]
    table = pd.DataFrame(rows, columns=["sample", "patient", "visit", "group"])
    return table.assign(method="zscore", signature="one", score=rng.normal(size=len(table)))


def genes(names: list[str]) -> pd.DataFrame:
    samples = scores([f"P{n}" for n in range(5)]).drop(columns=["method", "signature", "score"])
    tables = [samples.assign(gene=name, z=np.arange(len(samples)) - 4.0) for name in names]
    return pd.concat(tables, ignore_index=True)


def change_tests(names: list[str]) -> pd.DataFrame:
    rows = [(name, visit) for name in names for visit in VISITS[1:]]
    table = pd.DataFrame(rows, columns=["signature", "visit"])
    return table.assign(
        method="zscore", estimate=-1.0, ci_low=-1.8, ci_high=-0.2, ci_level=0.95, n_patients=20,
        role=["primary"] + ["secondary"] * (len(rows) - 1),
    )  # fmt: skip


def outcomes(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"outcome": np.repeat(names, 6), "score": np.tile(np.arange(6.0), len(names))})


def responses(names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame({"patient": names, "visit": "week24", "measure": "tis"})
    parts = table.assign(part_physician_global=20.0, part_mmt=np.arange(len(names), dtype=float))
    return parts.assign(value=20.0 + parts["part_mmt"].where(parts.index > 0))


def covered(names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame({"signature": names, "n_genes": 10, "n_found": np.arange(len(names)) % 11})
    return table.assign(
        coverage=table["n_found"] / 10,
        status=np.where(
            table["n_found"] < 5, "refused", np.where(table["n_found"] < 8, "low coverage", "scored")
        ),
    )


def course(names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame([(name, when) for name in names for when in (0, 6, 18)], columns=["measure", "time"])
    return table.assign(value=np.arange(len(table)) * 7.5)


def curves(names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(
        [(name, when) for name in names for when in (0.0, 3, 6, 9)], columns=["group", "time"]
    )
    return table.assign(
        signature="one", outcome="dead", tick=True, at_risk=12 - table["time"], survival=1 - table["time"] / 20,
        ci_low=0.2, ci_high=0.9,
    )  # fmt: skip


def spans(**columns: list) -> pd.DataFrame:
    return pd.DataFrame({"start": [0, 6], "end": [6, np.nan], **columns})


@dataclass(frozen=True)
class Case:
    """A plot, the table it takes (made from names that it must draw), and its options."""

    draw: Callable[..., Axes]
    table: Callable[[list[str]], pd.DataFrame]
    options: dict = field(default_factory=dict)
    drawn: bool = True  # whether the names appear as text


CASES = {
    "paired": Case(pl.paired, scores, {"controls": "healthy"}, drawn=False),
    "heatmap": Case(pl.heatmap, genes, {"controls": "healthy", "visits": VISITS}),
    "change_forest": Case(pl.change_forest, change_tests),
    "association": Case(pl.association, outcomes),
    "tis_bars": Case(pl.tis_bars, responses),
    "timeline": Case(
        pl.timeline,
        course,
        {
            "treatments": spans(treatment=["$drug", "<b>drug</b>"]),
            "limits": {"a": 5},
            "labels": spans(rule=["r", "s"], label=["$up$", "down"], favourable=["yes", "no"]),
        },
    ),
    "survival": Case(pl.survival, curves),
    "coverage": Case(pl.coverage, covered),
}
PLAIN = ["a", "b", "c", "d"]
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def texts(ax: Axes) -> list[Text]:
    """Every text that is drawn, also in legends and colour bars."""
    return [item for item in ax.get_figure().findobj(Text) if item.get_visible() and item.get_text()]


def test_every_plot_has_a_contract_case() -> None:
    assert set(CASES) == set(pl.__all__) - {"svg"}


@every
def test_given_axes_are_drawn_into_and_come_back(case: Case) -> None:
    ax = Figure().add_subplot()
    assert case.draw(case.table(PLAIN), ax=ax, **case.options) is ax
    assert ax.has_data()


@every
def test_without_axes_a_figure_is_made_that_pyplot_does_not_know(case: Case) -> None:
    ax = case.draw(case.table(PLAIN), **case.options)
    assert isinstance(ax, Axes)
    known = sys.modules["matplotlib.pyplot"].get_fignums() if "matplotlib.pyplot" in sys.modules else []
    assert known == []


@every
def test_the_table_and_the_settings_are_left_as_they_were(case: Case) -> None:
    table = case.table(PLAIN)
    before, settings = table.copy(deep=True), dict(mpl.rcParams)
    case.draw(table, **case.options)
    pd.testing.assert_frame_equal(table, before)
    assert dict(mpl.rcParams) == settings


@every
def test_a_table_without_rows_is_a_clear_error(case: Case) -> None:
    with pytest.raises(ParameterError, match="has no rows"):
        case.draw(case.table(PLAIN).iloc[:0], **case.options)


@every
def test_a_missing_column_is_named(case: Case) -> None:
    table = case.table(PLAIN)
    gone = {scores: "score", genes: "z"}.get(case.table, table.columns[0])
    with pytest.raises(ParameterError, match=f"lacks the columns .*{gone}"):
        case.draw(table.drop(columns=gone), **case.options)


@every
def test_what_is_no_table_is_a_clear_error(case: Case) -> None:
    with pytest.raises(ParameterError, match="must be a pandas DataFrame. Got list instead"):
        case.draw([1, 2], **case.options)


@every
def test_hostile_names_are_drawn_as_they_are(case: Case) -> None:
    ax = case.draw(case.table(HOSTILE), **case.options)
    drawn = " | ".join(item.get_text() for item in texts(ax))
    if case.drawn:
        for name in ("script>", "$x_1$", "_hidden", "=cmd()", "line\ufffdbreak", "N\N{HORIZONTAL ELLIPSIS}N"):
            assert name in drawn
    assert "\u202e" not in drawn
    ElementTree.fromstring(pl.svg(ax, "figure", title="hostile"))
    assert not any(item.get_parse_math() for item in texts(ax) if "$" in item.get_text())


@every
def test_nothing_is_smaller_than_eight_points(case: Case) -> None:
    assert (
        min(item.get_fontsize() for item in texts(case.draw(case.table(PLAIN), **case.options)))
        >= SMALLEST_TYPE
    )


@every
def test_axis_labels_do_not_touch_at_the_size_of_a_real_study(case: Case) -> None:
    ax = case.draw(
        case.table([f"patient-{n:03d}" for n in range(24)] if case.table is not outcomes else PLAIN),
        **case.options,
    )
    figure = ax.get_figure()
    figure.draw_without_rendering()
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [item.get_window_extent() for item in labels if item.get_text()]
        for first, second in pairwise(boxes):
            # labels of neighbouring rows may share a pixel line; more is an overlap
            assert (
                min(first.x1, second.x1) - max(first.x0, second.x0) < 1
                or min(first.y1, second.y1) - max(first.y0, second.y0) < 1
            )


@every
def test_the_same_plot_gives_the_same_svg(case: Case) -> None:
    first, second = (pl.svg(case.draw(case.table(PLAIN), **case.options), "f", title="t") for _ in range(2))
    assert first == second
    assert "<script" not in first
    assert "<style" not in first
