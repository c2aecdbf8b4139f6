"""A reference: exact where it must be, the same after saving, and refused when it is no reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ifnsig.core import Reference
from ifnsig.errors import MissingFileError, ReferenceRequiredError

GENES = ("IFI44L", "RSAD2", "β-ACTIN")


def fit(values: object, **changes: object) -> Reference:
    matrix = np.asarray(values, dtype=np.float64)
    samples = tuple(f"HC{i}" for i in range(len(matrix)))
    facts = {"unit": "log2_cpm", "label": "group = healthy", **changes}
    return Reference.fit(matrix, GENES[: matrix.shape[1]], samples, **facts)  # type: ignore[arg-type]


@pytest.fixture
def healthy() -> Reference:
    return fit([[1.0, 0.1, 5.0], [2.0, 0.1, 7.0], [6.0, 0.1, 9.0]])


def test_mean_and_sd_by_hand(healthy: Reference) -> None:
    """1, 2, 6: mean 3, deviations -2, -1, 3, so variance 14 / 2; 5, 7, 9: mean 7, variance 8 / 2."""
    np.testing.assert_allclose(healthy.mean, [3.0, 0.1, 7.0], rtol=1e-15)  # a rounding or two
    np.testing.assert_allclose(healthy.sd, [7**0.5, 0.0, 2.0], rtol=1e-15)
    assert healthy.n == 3


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e-300, 123456.789, 0.0])
@pytest.mark.parametrize("n", [2, 3, 7, 1001])
def test_a_gene_that_never_varies_has_an_sd_of_exactly_zero(value: float, n: int) -> None:
    frozen = fit(np.full((n, 1), value))
    assert frozen.sd[0] == 0.0
    assert frozen.mean[0] == value


def test_float32_values_are_summed_in_float64() -> None:
    """An offset of 1e4 costs float32 sums all digits of an SD near 0.01; the textbook two-pass sum is the witness."""
    rng = np.random.default_rng(0)
    values = (1e4 + 0.01 * rng.normal(size=(500, 1))).astype(np.float32)
    exact = [float(value) for value in values[:, 0]]
    mean = sum(exact) / 500
    sd = (sum((value - mean) ** 2 for value in exact) / 499) ** 0.5
    frozen = Reference.fit(values, ("G",), tuple(map(str, range(500))), unit="log2_cpm", label="cohort")
    # the mean is good to about 1e-12 in 1e4, which moves an SD of 0.01 by less than 1e-9 of itself
    np.testing.assert_allclose(frozen.sd, [sd], rtol=1e-9)


def test_one_sample_is_no_reference_and_two_are() -> None:
    with pytest.raises(ReferenceRequiredError, match=r"at least 2 samples.*'group = healthy' has 1 \(HC0\)"):
        fit([[1.0, 2.0]])
    with pytest.raises(ReferenceRequiredError, match=r"has 0 \(none\)"):
        fit(np.empty((0, 2)))
    assert fit([[1.0, 2.0], [2.0, 2.0]]).n == 2


def test_only_the_cohort_is_the_cohort(healthy: Reference) -> None:
    assert not healthy.is_cohort
    assert replace(healthy, label="cohort").is_cohort


def test_select_follows_the_asked_genes_and_has_nan_for_those_it_lacks(healthy: Reference) -> None:
    chosen = healthy.select(np.array(["β-ACTIN", "MX1", "IFI44L"]))
    assert chosen.genes == ("β-ACTIN", "MX1", "IFI44L")
    np.testing.assert_array_equal(chosen.mean, [healthy.mean[2], np.nan, healthy.mean[0]])
    np.testing.assert_array_equal(chosen.sd, [healthy.sd[2], np.nan, healthy.sd[0]])
    assert (chosen.samples, chosen.unit, chosen.label) == (healthy.samples, healthy.unit, healthy.label)
    assert healthy.genes == GENES  # the first is as it was


def test_what_is_saved_is_loaded_to_the_last_bit(healthy: Reference, tmp_path: Path) -> None:
    healthy.save(tmp_path / "healthy.npz")
    back = Reference.load(tmp_path / "healthy.npz")
    assert back.genes == healthy.genes
    assert back.samples == healthy.samples
    assert (back.unit, back.label) == (healthy.unit, healthy.label)
    np.testing.assert_array_equal(back.mean, healthy.mean)
    np.testing.assert_array_equal(back.sd, healthy.sd)
    assert back.digest == healthy.digest


def test_the_file_is_read_without_pickle(healthy: Reference, tmp_path: Path) -> None:
    healthy.save(tmp_path / "healthy.npz")
    with np.load(tmp_path / "healthy.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "Ufi" for name in stored.files)


def test_the_digest_tells_any_change_of_content(healthy: Reference) -> None:
    again = fit([[1.0, 0.1, 5.0], [2.0, 0.1, 7.0], [6.0, 0.1, 9.0]])
    assert again.digest == healthy.digest
    others = [
        replace(healthy, unit="log2_tpm"),
        replace(healthy, label="cohort"),
        replace(healthy, samples=("HC0", "HC1", "HC9")),
        replace(healthy, genes=("IFI44L", "RSAD2", "ACTB")),
        replace(healthy, mean=np.nextafter(healthy.mean, 9.0)),
        replace(healthy, sd=np.nextafter(healthy.sd, 9.0)),
    ]
    assert len({healthy.digest, *(other.digest for other in others)}) == 7


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no reference file .*lost\.npz"):
        Reference.load(tmp_path / "lost.npz")


def test_a_file_that_is_no_reference_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("gene\tmean\n")
    np.savez(tmp_path / "other.npz", mean=np.ones(3))
    for name in ("text.npz", "other.npz"):
        with pytest.raises(ReferenceRequiredError, match=f"{name}' is not a reference that ifnsig saved"):
            Reference.load(tmp_path / name)


def test_a_reference_of_a_newer_version_is_refused(healthy: Reference, tmp_path: Path) -> None:
    healthy.save(tmp_path / "now.npz")
    with np.load(tmp_path / "now.npz") as stored:
        parts = dict(stored)
    header = json.loads(str(parts["header"]))
    parts["header"] = np.array(json.dumps({**header, "version": header["version"] + 1}))
    np.savez(tmp_path / "newer.npz", **parts)
    with pytest.raises(ReferenceRequiredError, match="of version 2; this is ifnsig .* which reads version 1"):
        Reference.load(tmp_path / "newer.npz")
    assert Reference.load(tmp_path / "now.npz").unit == "log2_cpm"


def test_a_gene_that_differs_by_rounding_only_has_no_spread() -> None:
    """log-CPM of a gene without counts: the same number up to its last digit, in libraries of different size."""
    sizes = np.array([1.1e6, 0.7e6, 3.3e6, 2.9e6])
    prior = 2 * sizes / sizes.mean()
    nothing = np.log2(prior / (sizes + 2 * prior) * 1e6)
    assert np.ptp(nothing) > 0  # the last digits do differ
    real = nothing + np.array([0, 0, 0, 1e-4])
    fitted = Reference.fit(
        np.column_stack([nothing, real]),
        ("A", "B"),
        ("1", "2", "3", "4"),
        unit="log2_cpm",
        label="group = healthy",
    )
    assert fitted.sd[0] == 0.0
    assert fitted.sd[1] == pytest.approx(5e-5, rel=1e-6)


@pytest.mark.parametrize(
    "damage", [lambda whole: b"", lambda whole: whole[: len(whole) // 2]], ids=["empty", "cut off"]
)
def test_a_damaged_file_is_refused_by_name(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "healthy.npz"
    fit([[1.0, 2.0], [2.0, 5.0]]).save(path)
    assert Reference.load(path).n == 2
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ReferenceRequiredError, match=r"healthy\.npz' is not a reference that ifnsig saved"):
        Reference.load(path)
