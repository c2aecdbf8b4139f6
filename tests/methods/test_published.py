"""Every kind of published recipe: worked by hand, and z-sums and geometric means a second, slow way."""

from __future__ import annotations

import csv
import math
import statistics
from pathlib import Path

import numpy as np
import pytest

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.errors import ParameterError, ReferenceRequiredError, TableError, UnitError
from ifnsig.methods import METHODS
from ifnsig.methods._recipes import (
    KINDS,
    ComparedSamples,
    active_modules,
    geometric_mean,
    mean_of_z,
    median_fold_change,
    percent_response,
    sum_delta_ct,
    sum_log2_fold_change,
    sum_of_z,
    sum_relative,
)
from ifnsig.methods.published import Ready, compared_samples, on_scale

SCORING = Path(__file__).parents[1] / "parity" / "scoring"
NONE = np.empty((1, 0))


def people(values: list[list[float]]) -> ComparedSamples:
    table = np.array(values, dtype=float)
    return ComparedSamples(table.mean(axis=0), table.std(axis=0, ddof=1), table)


def ones(k: int) -> np.ndarray:
    return np.ones(k)


def test_median_fold_change_by_hand() -> None:
    """Healthy medians 2, 10, 4; a sample of 6, 20, 4 has fold changes 3, 2, 1: their median is 2.

    The other reading: the median of 6, 20, 4 is 6; healthy people have medians 2, 4, 5, whose median is 4: 1.5.
    """
    healthy = people([[1, 10, 2], [2, 9, 4], [5, 11, 5]])
    sample = np.array([[6.0, 20.0, 4.0]])
    assert median_fold_change(sample, healthy, ones(3)) == pytest.approx([2.0])
    assert median_fold_change(sample, healthy, ones(3), reading="whole_score") == pytest.approx([1.5])
    with pytest.raises(
        ParameterError, match="'reading' parameter .* must be one of 'per_gene', 'whole_score'"
    ):
        median_fold_change(sample, healthy, ones(3), reading="per_genes")


def test_a_gene_that_healthy_people_lack_has_no_fold_change() -> None:
    """Fold changes 3 and 1 are left of three: 2."""
    healthy = people([[1, 0, 2], [2, 0, 4], [5, 1, 5]])
    assert median_fold_change(np.array([[6.0, 20.0, 4.0]]), healthy, ones(3)) == pytest.approx([2.0])
    assert np.isnan(median_fold_change(np.array([[6.0]]), people([[0], [0]]), ones(1)))


def test_geometric_mean_by_hand() -> None:
    """Copies 2 and 8 (geometric mean 4) over reference genes 1 and 4 (geometric mean 2): 2."""
    values, steady = np.log2([[2.0, 8.0]]), np.log2([[1.0, 4.0]])
    assert geometric_mean(values, None, ones(2), housekeeping=steady) == pytest.approx([2.0])
    assert geometric_mean(values, None, ones(2), housekeeping=NONE) == pytest.approx([4.0])


def test_geometric_mean_is_the_root_of_the_product() -> None:
    rng = np.random.default_rng(4)
    values, steady = rng.gamma(2, 3, (5, 6)), rng.gamma(5, 3, (5, 2))
    expected = [
        math.prod(row) ** (1 / 6) / math.prod(reference) ** (1 / 2)
        for row, reference in zip(values.tolist(), steady.tolist(), strict=True)
    ]
    got = geometric_mean(np.log2(values), None, ones(6), housekeeping=np.log2(steady))
    np.testing.assert_allclose(got, expected, rtol=1e-12)  # a few logarithms and powers


def test_sum_relative_by_hand() -> None:
    """Quantities 2 and 8 over a reference gene of 4: 0.5 + 2."""
    values, steady = np.log2([[2.0, 8.0]]), np.log2([[4.0]])
    assert sum_relative(values, None, ones(2), housekeeping=steady) == pytest.approx([2.5])
    assert sum_relative(values, None, ones(2), housekeeping=NONE) == pytest.approx([10.0])


def test_sum_and_mean_of_z_by_hand() -> None:
    """Controls 1, 2, 3 (mean 2, SD 1) and 0, 10, 20 (mean 10, SD 10): 4 and 30 have z 2 and 2."""
    healthy = people([[1, 0], [2, 10], [3, 20]])
    sample = np.array([[4.0, 30.0]])
    assert sum_of_z(sample, healthy, ones(2)) == pytest.approx([4.0])
    assert mean_of_z(sample, healthy, ones(2)) == pytest.approx([2.0])
    assert sum_of_z(sample, healthy, np.array([1.0, -1.0])) == pytest.approx([0.0])


def test_the_robust_sum_of_z_by_hand() -> None:
    """Controls 1, 2, 9: median 2, absolute deviations 1, 0, 7, MAD 1: (2 + 1.4826 - 2) / 1.4826 = 1."""
    healthy = people([[1], [2], [9]])
    assert sum_of_z(np.array([[3.4826]]), healthy, ones(1), spread="mad") == pytest.approx([1.0])
    with pytest.raises(ParameterError, match="must be one of 'sd', 'mad'"):
        sum_of_z(np.array([[3.4826]]), healthy, ones(1), spread="iqr")


def test_a_value_that_is_not_finite_is_dropped_from_the_sum() -> None:
    healthy = people([[1, 0], [2, 10], [3, 20]])
    samples = np.array([[4.0, -np.inf], [-np.inf, -np.inf]])
    np.testing.assert_allclose(sum_of_z(samples, healthy, ones(2), zeros="left_out"), [2.0, np.nan])
    np.testing.assert_allclose(mean_of_z(samples, healthy, ones(2), zeros="left_out"), [2.0, np.nan])


def test_log2_fold_changes_are_summed_by_hand() -> None:
    """Healthy means 1 and 4; a sample of 3 and 3 is +2 and -1: 1. The sum of its delta Ct is -(3 + 3)."""
    healthy = people([[0, 3], [2, 5]])
    sample = np.array([[3.0, 3.0]])
    assert sum_log2_fold_change(sample, healthy, ones(2)) == pytest.approx([1.0])
    assert sum_delta_ct(sample, None, ones(2)) == pytest.approx([-6.0])


def test_percent_response_by_hand() -> None:
    """Healthy mean 100, 100, 4, 100: 160 is up (1.6 times, 60 above), 150 is not (exactly 1.5), 12 is not (8 above),
    60 is down (100 / 1.5 = 66.7, 40 below): 100 x (1 - 1) / 4 = 0. Without the fourth gene: 33.3."""
    healthy = people([[90, 100, 3, 100], [110, 100, 5, 100]])
    sample = np.array([[160.0, 150.0, 12.0, 60.0]])
    assert percent_response(sample, healthy, ones(4)) == pytest.approx([0.0])
    part = ComparedSamples(healthy.mean[:3], healthy.sd[:3])
    assert percent_response(sample[:, :3], part, ones(3)) == pytest.approx([100 / 3])


def test_active_modules_are_counted_by_hand() -> None:
    """Modules of one gene up of two (50 %), two of two (100 %) and none: above 60 one is active, above 15 two are."""
    healthy = people([[100] * 6, [100] * 6])
    sample = np.array([[200.0, 100.0, 200.0, 200.0, 100.0, 100.0]])
    modules = [np.array([0, 1]), np.array([2, 3]), np.array([4, 5])]
    counted = [
        active_modules(sample, healthy, ones(6), modules=modules, active_above=cut)[0] for cut in (60, 50, 15)
    ]
    assert counted == [1.0, 1.0, 2.0]


def test_the_scales_of_one_value() -> None:
    """Delta Ct 3 is 2^-3 of the reference; log2 of 8 is 3."""
    three, eight = np.array([[3.0]]), np.array([[8.0]])
    assert on_scale(three, "delta_ct", "log") == -3
    assert on_scale(three, "delta_ct", "linear") == 0.125
    assert on_scale(three, "log2_cpm", "linear") == 8
    assert on_scale(eight, "cpm", "log") == 3
    assert on_scale(eight, "cpm", "linear") is eight
    assert np.isneginf(on_scale(np.array([[0.0]]), "cpm", "log"))


def frozen(values: np.ndarray, unit: str, *, keep: bool = True) -> Reference:
    genes, samples = (
        tuple(f"{letter}{i}" for i in range(n)) for letter, n in zip("GS", values.shape[::-1], strict=True)
    )
    return Reference.fit(values, genes, samples, unit=unit, label="group = healthy", keep_values=keep)


def test_healthy_samples_on_the_scale_of_the_recipe() -> None:
    values = np.array([[1.0, 4.0], [4.0, 4.0], [16.0, 4.0]])
    healthy = compared_samples(frozen(values, "tpm"), "tpm", "log")
    np.testing.assert_allclose(healthy.mean, [2.0, 2.0])
    np.testing.assert_allclose(healthy.sd, [2.0, 0.0])
    assert healthy.sd[1] == 0.0  # exactly


def test_zeros_of_healthy_samples_have_no_logarithm_and_are_left_out() -> None:
    healthy = compared_samples(frozen(np.array([[0.0], [2.0], [8.0]]), "fpkm"), "fpkm", "log")
    assert healthy.mean == pytest.approx([2.0])
    assert healthy.sd == pytest.approx([math.sqrt(2)])


def test_a_reference_of_mean_and_sd_serves_recipes_of_its_own_scale_only() -> None:
    few = frozen(np.array([[1.0], [3.0]]), "log2_cpm", keep=False)
    assert compared_samples(few, "log2_cpm", "log").values is None
    with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
        compared_samples(few, "log2_cpm", "linear")
    with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
        sum_of_z(np.array([[2.0]]), compared_samples(few, "log2_cpm", "log"), ones(1), spread="mad")


def carried_out(ready: Ready, values: np.ndarray) -> np.ndarray:
    genes = [f"G{i}" for i in range(values.shape[1])]
    members = Members.find({"set": dict.fromkeys(genes, 1.0)}, genes)
    return METHODS["published"].score(next(row_blocks(values, members.columns)), members, [ready])[:, 0]


def test_zeros_are_refused_where_the_recipe_takes_logarithms() -> None:
    healthy = ComparedSamples(np.zeros(2), np.ones(2))
    values = np.array([[1.0, 0.0], [1.0, 2.0]])
    with pytest.raises(TableError, match=r"1 samples have genes of set at 0"):
        carried_out(Ready("sum_of_z", {}, healthy, None, "cpm"), values)
    left_out = carried_out(Ready("sum_of_z", {"zeros": "left_out"}, healthy, None, "cpm"), values)
    assert left_out == pytest.approx([0.0, 1.0])


def test_a_recipe_of_delta_ct_refuses_other_values() -> None:
    values = np.array([[1.0, 2.0]])
    with pytest.raises(UnitError, match="takes delta_ct values; these are log2_cpm"):
        carried_out(Ready("sum_delta_ct", {}, None, None, "log2_cpm"), values)
    assert carried_out(Ready("sum_delta_ct", {}, None, None, "delta_ct"), values) == pytest.approx([3.0])


def table(path: Path) -> dict[str, dict[str, float]]:
    with path.open() as stream:
        names, *rows = csv.reader(stream)
        return {
            row[0].strip(): {n: float(x) for n, x in zip(names[1:], row[1:], strict=True)} for row in rows
        }


def small() -> tuple[np.ndarray, list[str], list[str]]:
    matrix = table(SCORING / "inputs" / "small.csv")
    samples = list(next(iter(matrix.values())))
    lines = (line.split("\t") for line in (SCORING / "inputs" / "small.gmt").read_text().splitlines())
    genes = next(rest[1:] for name, *rest in lines if name == "SIG_UP")
    genes = [gene for gene in genes if gene in matrix]
    return np.array([[matrix[gene][sample] for gene in genes] for sample in samples]), samples, genes


@pytest.mark.parametrize(
    ("file", "key", "column"),
    [("mean_and_sum_control_z_small.csv", "sample", "sum_z"), ("aris_sum_z_small.csv", "Sample_ID", "Sum")],
)
def test_the_sum_of_z_equals_base_r_and_a_published_script(file: str, key: str, column: str) -> None:
    values, samples, genes = small()
    with (SCORING / "ifn" / file).open() as stream:
        golden = {row[key]: float(row[column]) for row in csv.DictReader(stream)}
    healthy = people(values[:6].tolist())
    ours = dict(zip(samples, sum_of_z(values, healthy, ones(len(genes))), strict=True))
    for sample, expected in golden.items():
        assert ours[sample] == pytest.approx(expected, rel=1e-10), sample  # float64 sums of a few terms


def test_the_sum_of_z_equals_the_standard_library() -> None:
    values, _, genes = small()
    healthy = people(values[:6].tolist())
    for row, got in zip(values.tolist(), sum_of_z(values, healthy, ones(len(genes))), strict=True):
        expected = math.fsum(
            (x - statistics.mean(values[:6, g])) / statistics.stdev(values[:6, g]) for g, x in enumerate(row)
        )
        assert got == pytest.approx(expected, rel=1e-12)


def test_ratios_are_those_whose_scores_cannot_be_negative() -> None:
    assert {name for name, kind in KINDS.items() if kind.ratio} == {
        "median_fold_change",
        "geometric_mean",
        "sum_relative",
    }
