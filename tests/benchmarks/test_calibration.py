"""The calibration study: a small part of it run here, its stored results, and the page made of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from benchmarks.calibration.entry import Entry, Row, run_cell  # noqa: E402
from benchmarks.calibration.page import liberal, section, stored  # noqa: E402
from benchmarks.calibration.table import ENTRIES, REMARKS  # noqa: E402
from benchmarks.calibration.worlds import REAL  # noqa: E402

NOT_CALIBRATED = {
    "AUC, DeLong's plain interval (for comparison only)", "GSEA prerank, genes shuffled", "paired t of the chosen",
    *(e.method for e in ENTRIES if e.method.endswith("p of the change alone")),
}  # fmt: skip
"""Kept to show how far off they are: the package gives none of them as a test or an interval."""
SHARES = {
    entry.method
    for entry in ENTRIES
    if "moderated t" in entry.method or "trend over expression" in entry.method
}
"""Shares of correlated genes: no binomial number."""
CHANCE = 1e-6
"""A method that holds its level fails here once in a million; the seed is fixed, so it is not drawn again."""


def size(entry: Entry) -> int:
    """Twelve patients, or what is nearest to that."""
    return min(entry.sizes, key=lambda n: abs(n - 12))


def number(entry: Entry) -> int:
    return 200 if entry.replicates >= 600 else 16


@pytest.mark.parametrize(
    "entry",
    [e for e in ENTRIES if e.method not in NOT_CALIBRATED],
    ids=lambda entry: f"{entry.method} {entry.measure}",
)
def test_a_method_holds_its_level_in_a_small_study(entry: Entry) -> None:
    row = run_cell(entry, entry.settings[0], size(entry), number(entry))
    given = round(row["given"] * row["replicates"])
    if not given:
        assert row["flagged"], "no result, and no flag that says why"
        return
    if entry.measure == "bias" or entry.method in SHARES:
        # a mean over cohorts: five of its own standard errors are one in a million
        off = row["rate"] - row["nominal"]
        assert (abs(off) if entry.measure == "bias" else off) <= 5 * row["error"]
        return
    hits = round(row["rate"] * given)
    if entry.measure == "type I error":
        assert hits <= stats.binom.ppf(1 - CHANCE, given, row["nominal"])
    else:
        assert hits >= stats.binom.ppf(CHANCE, given, row["nominal"])


def entry_named(method: str, measure: str = "type I error") -> Entry:
    return next(entry for entry in ENTRIES if entry.method == method and entry.measure == measure)


@pytest.mark.parametrize(
    ("method", "setting", "n", "code", "share"),
    [
        ("paired t", "skewed", 3, "N_PAIRS_LT_6", 1.0),
        ("paired t", "skewed", 12, "SKEWED_DIFF", 0.5),
        ("paired t of the chosen", "normal, ICC 0.5", 24, "RTM_SUBGROUP", 1.0),
        (
            "mixed model, random intercept, Satterthwaite",
            "patients differ in slope",
            12,
            "MODEL_COV_SIMPLE",
            1.0,
        ),
        ("GSEA prerank, genes shuffled", "simulator, ICC 0.7", 6, "GENE_PERM_NOT_CALIBRATED", 1.0),
    ],
)
def test_where_a_test_claims_too_much_its_flag_rises(
    method: str, setting: str, n: int, code: str, share: float
) -> None:
    row = run_cell(entry_named(method), setting, n, 10)
    assert row["flagged"].get(code, 0.0) >= share


@pytest.mark.parametrize(
    ("method", "n", "code"),
    [
        ("`tl.test_change`, p of the primary contrast", 3, "N_PAIRS_LT_6"),
        ("mixed model, free covariance, Satterthwaite", 12, "COV_UNSTRUCTURED_REFUSED"),
    ],
)
def test_too_few_patients_get_no_p_and_a_flag(method: str, n: int, code: str) -> None:
    entry = entry_named(method)
    row = run_cell(entry, entry.settings[0], n, 5)
    assert row["given"] == 0
    assert row["flagged"][code] == 1.0


def test_a_cell_is_the_same_whatever_else_is_run() -> None:
    entry = entry_named("signed ranks")
    one, other = (run_cell(entry, entry.settings[0], 6, 20) for _ in range(2))
    assert (one["rate"], one["flagged"]) == (other["rate"], other["flagged"])


def test_the_stored_results_hold_every_cell_of_the_table() -> None:
    """A new entry: OMP_NUM_THREADS=1 python -m benchmarks.calibration --only NAME."""
    names = {
        (row["group"], row["method"], row["measure"], row["setting"], row["n"]) for row in stored()["rows"]
    }
    wanted = {(e.group, e.method, e.measure, setting, n) for e in ENTRIES for _, setting, n in e.cells()}
    assert names == wanted


def test_the_real_cohorts_are_among_the_stored_results() -> None:
    assert {row["setting"] for row in stored()["rows"]} >= set(REAL)


def test_what_claims_too_much_has_a_remark_that_says_so() -> None:
    assert {row["method"] for row in stored()["rows"] if liberal(row) and not REMARKS[row["method"]]} == set()


def test_the_page_shows_the_stored_results() -> None:
    """make validation writes it, without the real data too."""
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert page.endswith(section(stored(), REMARKS))


def row_of(measure: str, rate: float, nominal: float, error: float = 0.01) -> Row:
    return {"measure": measure, "rate": rate, "nominal": nominal, "error": error}


def test_only_what_claims_too_much_beyond_three_standard_errors_is_bold() -> None:
    assert liberal(row_of("type I error", 0.081, 0.05))
    assert not liberal(row_of("type I error", 0.079, 0.05))
    assert not liberal(row_of("type I error", 0.0, 0.05))
    assert liberal(row_of("coverage", 0.919, 0.95))
    assert not liberal(row_of("coverage", 1.0, 0.95))
    assert liberal(row_of("bias", -0.031, 0.0))
    assert not liberal(row_of("bias", np.nan, 0.0))
