"""One contract for every method of the catalogue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.errors import ReferenceRequiredError
from ifnsig.methods import METHODS

GENES = [f"G{i}" for i in range(40)]
UP = {"set": dict.fromkeys(GENES[3:11], 1.0), "one": {"G20": 1.0}}
BOTH = {"set": {**dict.fromkeys(GENES[3:11], 1.0), **dict.fromkeys(GENES[15:20], -1.0)}}


def cohort(seed: int, n: int = 9, dtype: type = np.float64) -> np.ndarray:
    """log expression with zeros and ties, as sequencing leaves it."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.gamma(1.5, 2.0, (n, len(GENES))), 1)
    values[rng.random(values.shape) < 0.3] = 0
    return values.astype(dtype)


def reference(values: np.ndarray) -> Reference:
    return Reference.fit(
        values,
        tuple(GENES),
        tuple(f"S{i}" for i in range(len(values))),
        unit="log2_cpm",
        label="group = healthy",
    )


def score(
    name: str, values: object, sets: dict, frozen: Reference, *, genes: list[str] = GENES, rows: int = 512
) -> np.ndarray:
    members = Members.find(sets, genes)
    aligned = frozen.select(np.array(genes)[members.columns])
    return np.vstack(
        [METHODS[name](block, members, aligned) for block in row_blocks(values, members.columns, rows=rows)]
    )


pytestmark = pytest.mark.parametrize("name", list(METHODS))


def test_scores_have_one_row_a_sample_and_one_column_a_signature(name: str) -> None:
    values = cohort(1)
    out = score(name, values, UP, reference(values))
    assert out.shape == (9, 2)
    assert out.dtype == np.float64


@pytest.mark.parametrize("sets", [UP, BOTH], ids=["rising", "rising and falling"])
def test_scores_lie_within_the_limits(name: str, sets: dict) -> None:
    low, high = METHODS[name].limits
    values = cohort(2, 50)
    out = score(name, values, sets, reference(values))
    assert ((out >= low) & (out <= high)).all()


def test_the_order_of_the_genes_does_not_matter(name: str) -> None:
    values = cohort(3)
    order = np.random.default_rng(0).permutation(len(GENES))
    there = score(name, values, BOTH, reference(values))
    shuffled = score(name, values[:, order], BOTH, reference(values), genes=[GENES[i] for i in order])
    # ranks are integers and identical; sums run in another order
    np.testing.assert_allclose(shuffled, there, rtol=1e-12, atol=1e-12)


def test_one_patient_scores_the_same_alone(name: str) -> None:
    values = cohort(4)
    frozen = reference(values)
    together = score(name, values, BOTH, frozen)
    alone = np.vstack([score(name, values[[i]], BOTH, frozen) for i in range(len(values))])
    np.testing.assert_allclose(
        alone, together, rtol=1e-13, atol=1e-13
    )  # BLAS may sum one row in another order


@pytest.mark.parametrize("rows", [1, 2, 4, 512])
@pytest.mark.parametrize(
    "container", [np.asarray, np.asfortranarray, sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array]
)
def test_the_container_and_the_block_size_do_not_matter(name: str, container: object, rows: int) -> None:
    values = cohort(5)
    frozen = reference(values)
    there = score(name, values, BOTH, frozen)
    np.testing.assert_allclose(
        score(name, container(values), BOTH, frozen, rows=rows), there, rtol=1e-12, atol=1e-12
    )


def test_other_signatures_beside_it_do_not_change_a_score(name: str) -> None:
    values = cohort(10)
    frozen = reference(values)
    beside = {"set": BOTH["set"], **{f"more{i}": {f"G{i}": 1.0, f"G{i + 9}": 1.0} for i in range(30)}}
    np.testing.assert_array_equal(
        score(name, values, beside, frozen)[:, 0], score(name, values, BOTH, frozen)[:, 0]
    )


def test_float32_scores_as_its_exact_float64_copy(name: str) -> None:
    single = cohort(6, dtype=np.float32)
    frozen = reference(single)
    np.testing.assert_array_equal(
        score(name, single, BOTH, frozen), score(name, single.astype(np.float64), BOTH, frozen)
    )


def test_the_input_is_not_touched(name: str) -> None:
    values = cohort(7)
    before = values.copy()
    score(name, values, BOTH, reference(values))
    np.testing.assert_array_equal(values, before)


def test_turning_every_sign_turns_the_score(name: str) -> None:
    values = cohort(8)
    frozen = reference(values)
    turned = {"set": {gene: -weight for gene, weight in BOTH["set"].items()}}
    np.testing.assert_allclose(
        score(name, values, turned, frozen), -score(name, values, BOTH, frozen), rtol=1e-12, atol=1e-12
    )


@given(seed=st.integers(0, 10_000), row=st.integers(0, 8), lift=st.floats(0.0, 5.0))
@settings(max_examples=40, deadline=None)
def test_raising_every_member_does_not_lower_a_monotone_score(
    name: str, seed: int, row: int, lift: float
) -> None:
    if not METHODS[name].monotone:
        return
    values = cohort(seed)
    frozen = reference(cohort(0, 20))
    higher = values.copy()
    higher[row, 3:11] += lift
    assert (score(name, higher, UP, frozen)[row, 0] >= score(name, values, UP, frozen)[row, 0] - 1e-12).all()


def test_a_method_that_needs_a_reference_refuses_to_do_without(name: str) -> None:
    members = Members.find(UP, GENES)
    block = next(row_blocks(cohort(9), members.columns))
    if METHODS[name].needs_reference:
        with pytest.raises(ReferenceRequiredError, match="needs a reference"):
            METHODS[name](block, members)
    else:
        assert np.isfinite(METHODS[name](block, members)).all()


def test_a_record_says_where_the_method_is_from(name: str) -> None:
    record = METHODS[name]
    assert record.summary
    assert set(record.scopes) <= {"sample", "cohort", "reference"}
    assert record.doi.startswith("10.") or name == "mean"
