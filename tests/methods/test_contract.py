"""One contract for every method of the catalogue, with its default options and with the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.errors import ReferenceRequiredError
from ifnsig.methods import METHODS

GENES = [f"G{i}" for i in range(120)]
UP = {"set": dict.fromkeys(GENES[3:11], 1.0), "one": {"G20": 1.0}}
BOTH = {"set": {**dict.fromkeys(GENES[3:11], 1.0), **dict.fromkeys(GENES[15:20], -1.0)}}

OTHER_OPTIONS: dict[str, list[dict[str, Any]]] = {
    "weighted": [{"combine": "mean"}],
    "zscore": [{"combine": "sum"}, {"combine": "stouffer"}],
    "robust_zscore": [{"combine": "stouffer"}],
    "singscore": [
        {"ties": "average"}, {"ties": "max"}, {"stable": ("G0", "G1", "G30")}, {"centred": False},
        {"known_direction": False},
    ],
    "ssgsea": [{"alpha": 0.0}, {"alpha": 0.75}, {"ties": "gsva"}, {"ties": "gseapy"}, {"ties": "hacksig"}],
    "ssgsea_range": [{"span": "all"}],
    "ucell": [{"max_rank": 12}, {"ties": "min"}, {"w_neg": 0.5}, {"missing": "skip"}],
    "aucell": [{"threshold": 0.3}, {"denominator": "ctxcore", "threshold": 0.2}, {"ties": "index"}],
    "gsva": [
        {"kernel": "ecdf"}, {"kernel_table": "r"}, {"tau": 0.25}, {"max_diff": False}, {"abs_ranking": True},
    ],
    "percent_responsive": [{"fold": 1.2, "difference": 0.5}],
    "score_genes": [{"n_bins": 4, "control_size": 3}],
}  # fmt: skip
"""More options of each method that the contract must hold for."""

BY_POSITION = {"gsva", "gseapy", "hacksig", "index"}
"""Rules for ties that other programs have: they depend on the order of the genes, which is why they are no default."""

TOGETHER = {"all"}
"""Options by which a score depends on the other signatures of the call."""

UNDIRECTED = [{"known_direction": False}]
OTHER_LIMITS = {"singscore centred=False": (0.0, 2.0), "singscore known_direction=False": (-1.0, 1.0)}
PLAIN_ARITHMETIC = {"mean", "median", "weighted", "robust_zscore"}
MANY_SOURCES = {"published"}


def label(name: str, options: dict[str, Any]) -> str:
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def turns(name: str, options: dict[str, Any]) -> bool:
    """Whether a score can be negative as well as positive: one that cannot does not turn with the signs."""
    low, high = METHODS[name].limits
    return low == -high and options.get("centred") is not False and options not in UNDIRECTED


CASES = [
    pytest.param(name, options, id=label(name, options))
    for name in METHODS
    for options in [{}, *OTHER_OPTIONS.get(name, [])]
]
every_case = pytest.mark.parametrize(("name", "options"), CASES)
cases_that_turn = pytest.mark.parametrize(
    ("name", "options"), [case for case in CASES if turns(*case.values)]
)
every_method = pytest.mark.parametrize("name", list(METHODS))
monotone_methods = pytest.mark.parametrize("name", [name for name in METHODS if METHODS[name].monotone])


def cohort(seed: int, n: int = 9, dtype: type = np.float64) -> np.ndarray:
    """log expression with zeros and ties, as sequencing leaves it."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.gamma(1.5, 2.0, (n, len(GENES))), 1)
    values[rng.random(values.shape) < 0.3] = 0
    return values.astype(dtype)


def reference(values: np.ndarray, genes: list[str] = GENES, *, keep_values: bool = True) -> Reference:
    return Reference.fit(
        values,
        tuple(genes),
        tuple(f"S{i}" for i in range(len(values))),
        unit="log2_cpm",
        label="group = healthy",
        keep_values=keep_values,
    )


def score(
    name: str,
    values: object,
    sets: dict,
    frozen: Reference | None,
    options: dict[str, Any] | None = None,
    *,
    genes: list[str] = GENES,
    rows: int = 512,
) -> np.ndarray:
    members, options = Members.find(sets, genes), options or {}
    learned = METHODS[name].prepare(members, frozen, **options)
    blocks = row_blocks(values, members.columns, rows=rows)
    return np.vstack([METHODS[name].score(block, members, learned, **options) for block in blocks])


def both(options: dict[str, Any]) -> dict:
    """A signature with rising and falling genes, or rising ones where a direction makes no sense."""
    return {"set": UP["set"]} if options in UNDIRECTED else BOTH


@every_case
def test_scores_have_one_row_a_sample_and_one_column_a_signature(name: str, options: dict) -> None:
    values = cohort(1)
    out = score(name, values, UP, reference(values), options)
    assert out.shape == (9, 2)
    assert out.dtype == np.float64


@every_case
@pytest.mark.parametrize("rising_only", [True, False], ids=["rising", "rising and falling"])
def test_scores_lie_within_the_limits(name: str, options: dict, rising_only: bool) -> None:
    low, high = OTHER_LIMITS.get(label(name, options), METHODS[name].limits)
    values = cohort(2, 50)
    out = score(name, values, UP if rising_only else both(options), reference(values), options)
    assert ((out >= low) & (out <= high)).all()


@pytest.mark.parametrize("name", [name for name in METHODS if np.isfinite(METHODS[name].limits).all()])
def test_the_limits_are_reached_by_who_has_all_rising_genes_on_top_and_all_falling_ones_below(
    name: str,
) -> None:
    """By algebra: no gene set can be higher in a sample than at its top, and no score beyond what it is there."""
    rising, falling = GENES[3:6], GENES[15:18]
    up = dict.fromkeys(rising, 1.0)
    sets = {"up": up, "both": {**up, **dict.fromkeys(falling, -1.0)}}
    frozen = reference(np.random.default_rng(5).normal(8, 1, (30, len(GENES))))
    values = np.tile(frozen.mean, (2, 1))
    values[:, 3:6], values[:, 15:18] = [[90.0], [-90.0]], [[-90.0], [90.0]]
    got = score(name, values, sets, frozen)
    np.testing.assert_allclose([got[1].min(), got[0].max()], METHODS[name].limits, rtol=0, atol=1e-12)


@every_case
def test_the_order_of_the_genes_does_not_matter(name: str, options: dict) -> None:
    if options.get("ties") in BY_POSITION:
        assert options["ties"] != METHODS[name].parameters["ties"]  # never a default
        return
    values = cohort(3)
    order = np.random.default_rng(0).permutation(len(GENES))
    shuffled = [GENES[i] for i in order]
    there = score(name, values, both(options), reference(values), options)
    here = score(
        name, values[:, order], both(options), reference(values[:, order], shuffled), options, genes=shuffled
    )
    # ranks are integers and identical; sums run in another order
    np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-12)


@every_case
def test_one_patient_scores_the_same_alone(name: str, options: dict) -> None:
    values = cohort(4)
    frozen = reference(values)
    together = score(name, values, both(options), frozen, options)
    alone = np.vstack([score(name, values[[i]], both(options), frozen, options) for i in range(len(values))])
    np.testing.assert_allclose(alone, together, rtol=1e-13, atol=1e-13)  # one row may be summed otherwise


@every_case
@pytest.mark.parametrize("rows", [1, 4, 512])
@pytest.mark.parametrize(
    "container", [np.asarray, np.asfortranarray, sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array]
)
def test_the_container_and_the_block_size_do_not_matter(
    name: str, options: dict, container: Any, rows: int
) -> None:
    values = cohort(5)
    frozen = reference(values)
    there = score(name, values, both(options), frozen, options)
    here = score(name, container(values), both(options), frozen, options, rows=rows)
    np.testing.assert_allclose(here, there, rtol=1e-12, atol=1e-12)


@every_case
def test_other_signatures_beside_it_do_not_change_a_score(name: str, options: dict) -> None:
    if options.get("span") in TOGETHER:
        assert METHODS[name].parameters["span"] not in TOGETHER
        return
    values = cohort(10)
    frozen = reference(values)
    sets = both(options)
    beside = {**sets, **{f"more{i}": {f"G{i}": 1.0, f"G{i + 9}": 1.0} for i in range(30)}}
    np.testing.assert_array_equal(
        score(name, values, beside, frozen, options)[:, 0], score(name, values, sets, frozen, options)[:, 0]
    )


@every_case
def test_float32_scores_as_its_exact_float64_copy(name: str, options: dict) -> None:
    single = cohort(6, dtype=np.float32)
    frozen = reference(single)
    np.testing.assert_array_equal(
        score(name, single, both(options), frozen, options),
        score(name, single.astype(np.float64), both(options), frozen, options),
    )


@every_case
def test_the_input_is_not_touched(name: str, options: dict) -> None:
    values = cohort(7)
    frozen, before = reference(values), values.copy()
    frozen.mean.flags.writeable = frozen.sd.flags.writeable = False
    for container in (values, sparse.csr_matrix(values)):
        score(name, container, both(options), frozen, options)
    np.testing.assert_array_equal(values, before)


@cases_that_turn
def test_turning_every_sign_turns_the_score(name: str, options: dict) -> None:
    values = cohort(8)
    frozen = reference(values)
    turned = {"set": {gene: -weight for gene, weight in BOTH["set"].items()}}
    np.testing.assert_allclose(
        score(name, values, turned, frozen, options), -score(name, values, BOTH, frozen, options),
        rtol=1e-12, atol=1e-12,
    )  # fmt: skip


@monotone_methods
@given(seed=st.integers(0, 10_000), row=st.integers(0, 8), lift=st.floats(0.0, 5.0), falling=st.booleans())
@settings(max_examples=40)
def test_raising_every_member_alike_does_not_lower_a_monotone_score(
    name: str, seed: int, row: int, lift: float, falling: bool
) -> None:
    values, sets = cohort(seed), BOTH if falling and METHODS[name].directional else UP
    frozen = reference(cohort(0, 20))
    higher = values.copy()
    higher[row, 3:11] += lift
    assert score(name, higher, sets, frozen)[row, 0] >= score(name, values, sets, frozen)[row, 0] - 1e-12


@every_method
def test_a_method_that_needs_a_reference_refuses_to_do_without(name: str) -> None:
    members = Members.find(UP, GENES)
    block = next(row_blocks(cohort(9), members.columns))
    if METHODS[name].needs_reference:
        with pytest.raises(ReferenceRequiredError, match="needs a reference"):
            METHODS[name](block, members)
    else:
        assert np.isfinite(METHODS[name](block, members)).all()


@every_method
def test_a_method_that_learns_from_values_refuses_a_reference_without_them(name: str) -> None:
    values = cohort(11)
    without = reference(values, keep_values=False)
    if METHODS[name].learns_from_values:
        with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
            score(name, values, UP, without)
    else:
        assert score(name, values, UP, without).shape == (9, 2)


@every_case
def test_a_stored_reference_serves_a_patient_who_comes_later(
    name: str, options: dict, tmp_path: Path
) -> None:
    values = cohort(12, 20)
    frozen = reference(values[:15])
    frozen.save(tmp_path / "reference.npz")
    stored = Reference.load(tmp_path / "reference.npz")
    np.testing.assert_allclose(
        score(name, values[[17]], both(options), stored, options)[0],
        score(name, values, both(options), frozen, options)[17],
        rtol=1e-13, atol=1e-13,
    )  # fmt: skip


@every_case
def test_a_signature_without_any_gene_of_the_matrix_has_no_score(name: str, options: dict) -> None:
    values = cohort(13)
    out = score(name, values, {**both(options), "none": {"ELSEWHERE": 1.0}}, reference(values), options)
    assert np.isnan(out[:, 1]).all()
    assert np.isfinite(out[:, 0]).all()


@every_case
def test_a_signature_of_one_gene_has_a_score(name: str, options: dict) -> None:
    values = cohort(14)
    assert np.isfinite(score(name, values, {"one": {"G20": 1.0}}, reference(values), options)).all()


@every_case
def test_genes_that_never_vary_leave_a_score(name: str, options: dict) -> None:
    """One member is the same in all samples (0), another everywhere 3: left out or ranked, never NaN."""
    values = cohort(15)
    values[:, 3], values[:, 4] = 0.0, 3.0
    assert np.isfinite(score(name, values, both(options), reference(values), options)).all()


@every_method
def test_a_record_says_where_the_method_is_from(name: str) -> None:
    record = METHODS[name]
    assert record.summary
    assert set(record.scopes) <= {"sample", "cohort", "reference"}
    assert record.doi.startswith("10.") or name in PLAIN_ARITHMETIC | MANY_SOURCES


@every_method
def test_the_file_has_the_name_of_the_method(name: str) -> None:
    assert METHODS[name].score.__module__ == f"ifnsig.methods.{name}"


def test_the_options_of_the_contract_are_options_of_the_methods() -> None:
    for name, cases in OTHER_OPTIONS.items():
        assert all(set(options) <= set(METHODS[name].parameters) for options in cases), name
