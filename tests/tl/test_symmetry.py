"""The verbs of change, whatever the data.

They turn with the visits, follow the unit, and mind neither a shift of all scores nor the order of the rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st

import ifnsig as ifn
from ifnsig import keys

VISITS = ("w0", "w4", "w24")
GENES = {"setA": ["G0", "G1", "G2", "G3"], "setB": ["G4", "G5", "G6"]}
SEEDS = st.integers(0, 2**32 - 1)


def cohort(seed: int, n: int = 9) -> np.ndarray:
    """Patients x visits x 8 values, in hundredths."""
    rng = np.random.default_rng(seed)
    return np.round(8 + 2 * rng.normal(size=(n, 1, 1)) + rng.normal(size=(n, 3, 8)), 2)


def samples(x: np.ndarray, order: np.ndarray | None = None) -> AnnData:
    """One row a sample, in the order given; scores of two signatures and expression of eight genes."""
    n, visits, k = x.shape
    index = [f"P{i}_{VISITS[v]}" for i in range(n) for v in range(visits)]
    obs = pd.DataFrame({
        "patient": np.repeat([f"P{i}" for i in range(n)], visits), "visit": [*VISITS] * n,
        "arm": np.repeat(["drug" if i % 2 else "placebo" for i in range(n)], visits),
    }, index=index)  # fmt: skip
    adata = AnnData(x.reshape(-1, k).copy(), obs=obs, var=pd.DataFrame(index=[f"G{i}" for i in range(k)]))
    adata.obsm["ifn_mean"] = pd.DataFrame(adata.X[:, :2], index=index, columns=["a", "b"])
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    keys.declare_unit(adata, "log2_cpm")
    return adata if order is None else adata[order].copy()


def change(adata: AnnData, baseline: str, followup: str) -> AnnData:
    return ifn.tl.change(
        adata, method="mean", baseline=baseline, followup=[v for v in ("w4", followup) if v != baseline]
    )


@dataclass(frozen=True)
class Verb:
    """The last visit's rows, in order of signature or gene; columns that turn with the visits, stay, or are intervals."""

    call: Callable[[AnnData, str, str], pd.DataFrame]
    odd: tuple[str, ...]
    even: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]
    scaled: tuple[str, ...]


def test_change(adata: AnnData, baseline: str, followup: str) -> pd.DataFrame:
    two = ifn.tl.change(
        adata, method="mean", baseline=baseline, followup=followup
    )  # a visit between would not turn
    return ifn.tl.test_change(two, primary="a").sort_values("signature")


def test_visits(adata: AnnData, baseline: str, followup: str) -> pd.DataFrame:
    table = ifn.tl.test_visits(change(adata, baseline, followup))
    return table[(table["visit"] == followup) | (table["kind"] == "trend")].sort_values(["kind", "signature"])


def gene_changes(adata: AnnData, baseline: str, followup: str) -> pd.DataFrame:
    table = ifn.tl.gene_changes(adata, baseline=baseline, followup=followup)
    return table.sort_values("gene")


def gene_changes_of_all_visits(adata: AnnData, baseline: str, followup: str) -> pd.DataFrame:
    table = ifn.tl.gene_changes(adata, baseline=baseline, followup=["w4", followup])
    return table[table["visit"] == followup].sort_values("gene")


def gene_set_changes(adata: AnnData, baseline: str, followup: str) -> pd.DataFrame:
    return ifn.tl.gene_set_changes(adata, GENES, baseline=baseline, followup=followup).sort_values(
        "signature"
    )


for verb in (test_change, test_visits):
    verb.__test__ = False  # type: ignore[attr-defined]

CI = ("ci_low", "ci_high")
VERBS = {
    "test_change": Verb(
        test_change, ("estimate", "statistic", "hl", "dz", "hedges_g"),
        ("p", "p_exact", "p_rank", "p_fwer", "sd_change", "n_patients", "hl_level"),
        (CI, ("hl_low", "hl_high"), ("dz_low", "dz_high"), ("hedges_g_low", "hedges_g_high")),
        ("estimate", "hl", "sd_change", *CI, "hl_low", "hl_high"),
    ),
    "test_visits": Verb(test_visits, ("estimate", "statistic"), ("se", "df", "p", "n_patients"), (CI,), ("estimate", "se", *CI)),
    "gene_changes": Verb(gene_changes, ("change", "t"), ("p", "q", "df"), (CI,), ("change", *CI)),
    "gene_changes_of_all_visits": Verb(
        gene_changes_of_all_visits, ("change", "t"), ("p", "q", "df"), (CI,), ("change", *CI)
    ),
    "gene_set_changes": Verb(gene_set_changes, ("estimate",), ("p", "p_fwer", "q"), (CI,), ()),
}  # fmt: skip
every = pytest.mark.parametrize("name", VERBS)


def run(name: str, adata: AnnData, baseline: str = "w0", followup: str = "w24") -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings(
            "ignore", "The 'future.infer_string' option"
        )  # anndata 0.13 asks pandas 3.1 for it
        return VERBS[name].call(adata, baseline, followup).reset_index(drop=True)


def alike(name: str, one: pd.DataFrame, other: pd.DataFrame, sign: int = 1, unit: float = 1.0) -> None:
    """``other`` is ``one`` turned and in another unit, to rounding (ends of dz: root-finding stops at 1e-12)."""
    verb = VERBS[name]

    def column(table: pd.DataFrame, label: str, by: float = 1.0) -> Any:
        return table[label].to_numpy(dtype=float) * (by if label in verb.scaled else 1.0)

    close = {"rtol": 1e-7, "atol": 1e-9}
    for label in verb.odd:
        np.testing.assert_allclose(
            column(other, label, 1 / unit), sign * column(one, label), err_msg=label, **close
        )
    for label in verb.even:
        np.testing.assert_allclose(column(other, label, 1 / unit), column(one, label), err_msg=label, **close)
    for low, high in verb.ends:
        ours = [column(other, label, 1 / unit) for label in (low, high)]
        theirs = [column(one, label) for label in (low, high)]
        theirs = theirs if sign > 0 else [-theirs[1], -theirs[0]]
        np.testing.assert_allclose(ours, theirs, err_msg=low, **close)


@every
@settings(max_examples=5)
@given(seed=SEEDS)
def test_exchanging_baseline_and_followup_turns_the_table(name: str, seed: int) -> None:
    adata = samples(cohort(seed))
    adata.obs["back"] = adata.obs["visit"].map({"w0": "w24", "w4": "w4", "w24": "w0"})
    turned = adata.copy()
    turned.obs["visit"] = turned.obs["back"]
    alike(name, run(name, adata), run(name, turned), sign=-1)


@every
@settings(max_examples=5)
@given(seed=SEEDS, unit=st.sampled_from([0.01, 30.0]), shift=st.sampled_from([0.0, 4.0]))
def test_the_unit_goes_into_the_change_and_a_shift_of_all_scores_nowhere(
    name: str, seed: int, unit: float, shift: float
) -> None:
    x = cohort(seed)
    alike(name, run(name, samples(x)), run(name, samples(unit * x + shift)), unit=unit)


@every
@settings(max_examples=5)
@given(seed=SEEDS)
def test_the_order_of_the_rows_does_not_matter(name: str, seed: int) -> None:
    x = cohort(seed)
    order = np.random.default_rng(seed).permutation(x.shape[0] * 3)
    alike(name, run(name, samples(x)), run(name, samples(x, order)))


@settings(max_examples=8)
@given(seed=SEEDS)
def test_arms_turn_with_their_names(seed: int) -> None:
    adata = samples(cohort(seed))
    made = ifn.tl.change(adata, method="mean", baseline="w0", followup="w24")
    one = ifn.tl.test_arms(made, arm="arm", control="placebo")
    other = ifn.tl.test_arms(made, arm="arm", control="drug")
    for label, theirs, sign in (
        ("estimate", "estimate", -1), ("ci_low", "ci_high", -1), ("p", "p", 1), ("se", "se", 1),
        ("interaction", "interaction", -1), ("interaction_p", "interaction_p", 1), ("change_difference", "change_difference", -1),
    ):  # fmt: skip
        np.testing.assert_allclose(one[label], sign * other[theirs], rtol=1e-9, atol=1e-12, err_msg=label)


@settings(max_examples=8)
@given(seed=SEEDS, unit=st.sampled_from([0.01, 30.0]), shift=st.sampled_from([-4.0, 0.0]))
def test_group_suppression_has_neither_unit_nor_origin(seed: int, unit: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    healthy = {name: rng.normal(0, 1, 12) for name in ("a", "b")}
    x = cohort(seed)
    made = ifn.tl.change(samples(x), method="mean", baseline="w0", followup="w24")
    moved = ifn.tl.change(samples(unit * x + shift), method="mean", baseline="w0", followup="w24")
    one = ifn.tl.suppression(made, definition="log_ratio", healthy=healthy)
    other = ifn.tl.suppression(
        moved,
        definition="log_ratio",
        healthy={name: unit * values + shift for name, values in healthy.items()},
    )
    assert list(one["reason"]) == list(other["reason"])
    for label in ("percent", "ci_low", "ci_high"):
        np.testing.assert_allclose(
            one[label].astype(float), other[label].astype(float), rtol=1e-7, err_msg=label
        )
