"""References of shards joined are the reference of all samples: to the last bit where shards are whole chunks."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from ifnsig.core import Members, Reference, moments, row_blocks
from ifnsig.errors import ReferenceRequiredError, UnitError
from ifnsig.methods import METHODS

GENES = tuple(f"G{i}" for i in range(60))


@pytest.fixture
def chunks_of_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "CHUNK", 8)


def cohort(n: int, seed: int = 0) -> np.ndarray:
    """Log expression with zeros, a constant gene, and one that is constant in every eight samples."""
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((n, len(GENES))) < 0.4, 0, rng.gamma(2, 2, (n, len(GENES))))
    values[:, 5] = 0.1
    values[:, 6] = np.arange(n) // 8
    return values


def fit(values: Any, first: int = 0, *, genes: tuple[str, ...] = GENES, **changes: Any) -> Reference:
    samples = tuple(f"S{first + i}" for i in range(values.shape[0]))
    facts: dict[str, Any] = {"unit": "log2_cpm", "label": "group = healthy", "keep_values": True, **changes}
    return Reference.fit(values, genes, samples, **facts)


def shards(values: np.ndarray, ends: list[int], **changes: Any) -> list[Reference]:
    edges = [0, *ends, len(values)]
    return [fit(values[a:b], a, **changes) for a, b in pairwise(edges)]


def same(one: Reference, other: Reference) -> None:
    assert (one.genes, one.samples, one.unit, one.label) == (
        other.genes,
        other.samples,
        other.unit,
        other.label,
    )
    assert one.digest == other.digest
    for name in ("mean", "sd", "values"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.usefixtures("chunks_of_8")
@pytest.mark.parametrize("ends", [[8], [16, 24], [8, 16, 24, 32], []])
def test_shards_of_whole_chunks_give_the_single_fit_to_the_last_bit(ends: list[int], tmp_path: Path) -> None:
    values = cohort(37)
    parts = []
    for number, part in enumerate(shards(values, ends)):
        part.save(tmp_path / f"{number}.npz")
        parts.append(Reference.load(tmp_path / f"{number}.npz"))
    whole = fit(values)
    same(Reference.merge(parts), whole)
    assert len(set(np.diff(whole.values, axis=0)[:, 6])) > 1
    assert whole.sd[5] == 0.0
    assert whole.sd[6] > 0


@pytest.mark.usefixtures("chunks_of_8")
def test_joined_references_can_be_joined_again() -> None:
    values = cohort(45)
    a, b, c, d = shards(values, [16, 24, 40])
    same(Reference.merge([Reference.merge([a, b]), Reference.merge([c, d])]), fit(values))


@pytest.mark.usefixtures("chunks_of_8")
@given(ends=st.sets(st.integers(2, 58), max_size=5), seed=st.integers(0, 1000), offset=st.floats(0, 1e3))
@settings(max_examples=40)
def test_any_shards_give_the_single_fit_but_for_rounding(ends: set[int], seed: int, offset: float) -> None:
    cuts = [end for end in sorted(ends) if all(abs(end - other) > 1 for other in ends - {end})]
    values = cohort(60, seed) + offset
    merged, whole = Reference.merge(shards(values, cuts)), fit(values)
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-12)
    # distances from the mean carry the rounding of values up to 1,000: 1e-13 of SDs near 2
    np.testing.assert_allclose(merged.sd, whole.sd, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(merged.values, whole.values)


def test_more_samples_than_a_chunk_have_the_mean_and_sd_of_exact_sums() -> None:
    values = 100 + np.random.default_rng(2).normal(size=(2500, 3)).astype(np.float32)
    frozen = fit(values, genes=GENES[:3])
    assert frozen.moments is not None
    assert frozen.moments.counts.tolist() == [1024, 1024, 452]
    for gene in range(3):
        exact = [float(value) for value in values[:, gene]]
        mean = math.fsum(exact) / 2500
        sd = math.sqrt(math.fsum((value - mean) ** 2 for value in exact) / 2499)
        # rows are added one after another: at most 1,024 roundings of 1e-16
        assert frozen.mean[gene] == pytest.approx(mean, rel=1e-13)
        assert frozen.sd[gene] == pytest.approx(sd, rel=1e-12)


@pytest.mark.usefixtures("chunks_of_8")
@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_scores_alike_with_the_joined_reference(name: str) -> None:
    values = cohort(40, 3)
    members = Members.find({"set": dict.fromkeys(GENES[8:20], 1.0)}, GENES)
    block = next(row_blocks(cohort(5, 4), members.columns))
    scores = [
        METHODS[name](block, members, frozen)
        for frozen in (fit(values), Reference.merge(shards(values, [16])))
    ]
    assert np.isfinite(scores[0]).all()
    np.testing.assert_array_equal(*scores)


@pytest.mark.usefixtures("chunks_of_8")
def test_the_container_and_the_order_of_the_genes_of_a_shard_do_not_matter() -> None:
    values, order = cohort(32), np.random.default_rng(1).permutation(len(GENES))
    first = fit(sparse.csc_matrix(values[:16]))
    second = fit(sparse.csr_matrix(values[16:, order]), 16, genes=tuple(GENES[i] for i in order))
    same(Reference.merge([first, second]), fit(values))


def test_values_are_kept_when_every_part_has_them() -> None:
    values = cohort(12)
    with_values, without = fit(values[:6]), fit(values[6:], 6, keep_values=False)
    assert Reference.merge([with_values, without]).values is None
    assert Reference.merge([with_values, fit(values[6:], 6)]).values is not None


def test_references_that_do_not_belong_together_are_refused() -> None:
    values = cohort(12)
    first = fit(values[:6])
    for other, fault, message in [
        (fit(values[6:], 6, unit="log2_tpm"), UnitError, "Reference 2 .*'log2_tpm'.*by one fitted normalisation"),
        (fit(values[6:], 6, mean_library_size=1e6), UnitError, "mean library size 1000000.0"),
        (fit(values[6:, :59], 6, genes=GENES[:59]), ReferenceRequiredError, "do not have the same genes: G59"),
        (fit(values[6:], 6, label="cohort"), ReferenceRequiredError, "not of 'group = healthy' like the first"),
        (fit(values[6:], 5), ReferenceRequiredError, "in more than one reference: S5"),
        (replace(fit(values[6:], 6), moments=None), ReferenceRequiredError, "References 2 hold mean and SD alone"),
    ]:  # fmt: skip
        with pytest.raises(fault, match=message):
            Reference.merge([first, other])
    with pytest.raises(ReferenceRequiredError, match="got no reference"):
        Reference.merge([])
    named = Reference.merge([first, fit(values[6:], 6, label="cohort")], label="two centres")
    assert (named.label, named.n) == ("two centres", 12)


def test_a_file_of_an_older_version_without_sums_is_still_read(tmp_path: Path) -> None:
    fit(cohort(6)).save(tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as stored:
        old = {name: stored[name] for name in stored.files if not name.startswith("moments")}
    np.savez(tmp_path / "old.npz", **old)
    back = Reference.load(tmp_path / "old.npz")
    assert back.moments is None
    assert back.digest == fit(cohort(6)).digest
