"""One bad signature, arm, donor or covariate never takes the rest of a table with it.

A verb is a line of ``VERBS``, a way for a signature to be bad a line of ``SHAPES``: every verb meets every shape, beside a good
signature whose rows must be what they are alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, IfnsigWarning

N, VISITS, HEALTHY = 24, 3, 12
ARMS = ["drug" if i % 2 else "placebo" for i in range(N)]
Scores = np.ndarray
"""Patients x visits."""


def good() -> Scores:
    rng = np.random.default_rng(11)
    scores = rng.normal(6, 1, (N, 1)) + rng.normal(0, 0.5, (N, VISITS)) - [0, 1.0, 1.5]
    scores[np.array(ARMS) == "drug", 1:] -= 0.7
    return scores


def _with(change: Callable[[Scores], None]) -> Callable[[], Scores]:
    def made() -> Scores:
        scores = good()[::-1].copy()
        change(scores)
        return scores

    return made


def _set(rows: object, columns: object, value: object) -> Callable[[], Scores]:
    def change(scores: Scores) -> None:
        scores[rows, columns] = value

    return _with(change)


def _shift(scores: Scores) -> None:
    scores[:, 1:] = scores[:, :1] - [1.0, 2.0]


def _shift_of_an_arm(scores: Scores) -> None:
    scores[1::2, 1:] = scores[1::2, :1] - 1.0


SHAPES: dict[str, Callable[[], Scores]] = {
    "no score at all": _set(slice(None), slice(None), np.nan),
    "no score at a visit": _set(slice(None), 2, np.nan),
    "no score at baseline": _set(slice(None), 0, np.nan),
    "no score in an arm": _set(slice(1, None, 2), slice(None), np.nan),
    "one pair": _set(slice(1, None), slice(1, None), np.nan),
    "one pair at a visit": _set(slice(1, None), 2, np.nan),
    "two pairs": _set(slice(2, None), slice(1, None), np.nan),
    "equal baselines": _set(slice(None), 0, 6.0),
    "equal baselines but one": _set(slice(1, None), 0, 6.0),
    "equal at a visit": _set(slice(None), 1, 3.0),
    "equal everywhere": _set(slice(None), slice(None), 3.0),
    "zero everywhere": _set(slice(None), slice(None), 0.0),
    "exactly shifted": _with(_shift),
    "one arm exactly shifted": _with(_shift_of_an_arm),
    "far from zero": _with(lambda scores: np.add(scores, 1e7, out=scores)),
    "hardly above zero": _with(lambda scores: np.multiply(scores, 1e-9, out=scores)),
    "one patient far off": _set(0, slice(None), [1e6, -1e6, 1e6]),
}


WITHOUT_ESTIMATE = ("no score at all", "no score at baseline")
"""Shapes of which no row of a comparison has a number."""


def scored(signatures: dict[str, Scores]) -> AnnData:
    """Patients at w0, w1, w2 and healthy people; age, and a column that nearly repeats it."""
    rng = np.random.default_rng(2)
    rows = [(i, v) for i in range(N) for v in range(VISITS)]
    index = [*(f"P{i}_w{v}" for i, v in rows), *(f"H{i}" for i in range(HEALTHY))]
    age = rng.integers(30, 70, N)
    obs = pd.DataFrame({
        "patient": [*(f"P{i}" for i, _ in rows), *(f"H{i}" for i in range(HEALTHY))],
        "visit": [*(f"w{v}" for _, v in rows), *[""] * HEALTHY],
        "group": ["SLE"] * len(rows) + ["healthy"] * HEALTHY,
        "arm": [*(ARMS[i] for i, _ in rows), *[""] * HEALTHY],
        "age": [*(str(age[i]) for i, _ in rows), *[""] * HEALTHY],
        "born": [*(str(2020 - age[i] + 1e-9 * i) for i, _ in rows), *[""] * HEALTHY],
    }, index=index)  # fmt: skip
    adata = AnnData(np.zeros((len(index), 2)), obs=obs)
    healthy = rng.normal(2, 0.5, HEALTHY)
    adata.obsm["ifn_mean"] = pd.DataFrame(
        {name: [*(scores[i, v] for i, v in rows), *healthy] for name, scores in signatures.items()}, index=index
    )  # fmt: skip
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def changed(adata: AnnData) -> AnnData:
    return ifn.tl.change(
        adata, method="mean", baseline="w0", followup=["w1", "w2"], controls=("group", "healthy")
    )  # fmt: skip


def patients(adata: AnnData) -> AnnData:
    return adata[(adata.obs["group"] == "SLE").to_numpy()].copy()


VERBS: dict[str, Callable[[AnnData], pd.DataFrame]] = {
    "test_arms": lambda a: ifn.tl.test_arms(changed(a), arm="arm", control="placebo", primary="good"),
    "test_arms, mmrm": lambda a: ifn.tl.test_arms(changed(a), arm="arm", control="placebo", model="mmrm"),
    "test_arms, covariate": lambda a: ifn.tl.test_arms(changed(a), arm="arm", control="placebo", covariates=["age"]),
    "test_visits": lambda a: ifn.tl.test_visits(changed(a), primary="good"),
    "test_visits, by arm": lambda a: ifn.tl.test_visits(changed(a), arm="arm", df_method="kenward-roger"),
    "suppression": lambda a: ifn.tl.suppression(changed(a), definition="log_ratio"),
    "suppression, by arm": lambda a: ifn.tl.suppression(changed(a), definition="log_ratio", arm="arm"),
    "time_course": lambda a: ifn.tl.time_course(changed(a)),
    "drug_effect": lambda a: ifn.tl.drug_effect(
        patients(a), method="mean", donor="patient", condition="visit", vehicle="w0", drug=["w1", "w2"], within="arm"
    ),
    "retest": lambda a: ifn.tl.retest(patients(a), method="mean"),
}  # fmt: skip
FAMILY = ("q", "q_method", "sentence", "notes", "verdict", "joint_p", "p_fwer")
"""Columns that depend on the other signatures of a table."""


def called(verb: str, adata: AnnData) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IfnsigWarning)  # who is left out; every other warning is a fault
        return VERBS[verb](adata)


@pytest.fixture(scope="module")
def alone() -> dict[str, pd.DataFrame]:
    return {verb: called(verb, scored({"good": good()})) for verb in VERBS}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_bad_signature_is_rows_that_say_why_and_the_good_one_is_untouched(
    verb: str, shape: str, alone: dict[str, pd.DataFrame]
) -> None:
    table = called(verb, scored({"good": good(), "bad": SHAPES[shape]()}))
    rows = table[table["signature"] == "good"].reset_index(drop=True)
    kept = [name for name in alone[verb].columns if name not in FAMILY]
    pd.testing.assert_frame_equal(rows[kept], alone[verb][kept], check_dtype=False)
    bad = table[table["signature"] == "bad"]
    assert len(bad), "a signature without any row"
    if shape in WITHOUT_ESTIMATE and "estimate" in bad:
        assert bad["estimate"].isna().all()
    for row in bad.to_dict("records"):
        for fault in faults(row):
            raise AssertionError(f"{fault}: {row}")


def faults(row: dict[str, object]) -> list[str]:
    """What a row may not say."""
    found = []
    for name in ("estimate", "percent", "icc"):
        if name in row and not np.isfinite(row[name]) and not (row.get("reason") or row.get("flags")):
            found.append(f"no {name}, and no word why")
    if (
        "estimate" in row
        and not np.isfinite(row["estimate"])
        and "NOT_ESTIMABLE" not in str(row["flags"]).split(";")
    ):
        found.append("no estimate and no NOT_ESTIMABLE")
    if "p" in row and row["p_type"] != "none" and np.isnan(row["p"]) and np.isfinite(row["ci_low"]):
        found.append("an interval beside a p that is not there")
    found += [
        f"{name} is infinite" for name, value in row.items() if isinstance(value, float) and np.isinf(value)
    ]
    if "sentence" in row and "nan" in str(row["sentence"]).split():
        found.append("a sentence that says nan")
    return found


@pytest.mark.parametrize("model", ["ancova", "mmrm"])
def test_covariates_that_nearly_repeat_each_other_are_rows_that_say_so(model: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IfnsigWarning)
        table = ifn.tl.test_arms(
            changed(scored({"good": good()})), arm="arm", control="placebo", covariates=["age", "born"], model=model
        )  # fmt: skip
    assert table["reason"].str.contains("a covariate of .* cannot be told from").all()
    assert table["flags"].str.contains("NOT_ESTIMABLE").all()
    assert table["estimate"].isna().all()


def test_one_donor_within_a_stimulus_leaves_the_other_stimulus() -> None:
    adata = patients(scored({"good": good()}))
    adata.obs["stimulus"] = ["IFN" if name.startswith("P0_") else "LPS" for name in adata.obs_names]
    table = ifn.tl.drug_effect(
        adata, method="mean", donor="patient", condition="visit", vehicle="w0", drug="w1", within="stimulus"
    )
    rows = table.set_index("arm")
    assert {"NOT_ESTIMABLE", "WELLS_AS_REPLICATES"} & set(rows.loc["IFN", "flags"].split(";"))
    assert "come from 1 donors" in rows.loc["IFN", "reason"]
    assert rows.loc["LPS", "n_patients"] == N - 1
    assert np.isfinite(rows.loc["LPS", "p"])


def test_a_signature_without_healthy_scores_leaves_the_suppression_of_the_others() -> None:
    adata = scored({"good": good(), "bad": good()})
    adata.obsm["ifn_mean"].loc[(adata.obs["group"] == "healthy").to_numpy(), "bad"] = np.nan
    table = ifn.tl.suppression(changed(adata), definition="log_ratio")
    bad, rest = (table[table["signature"] == name] for name in ("bad", "good"))
    assert bad["percent"].isna().all()
    assert set(bad["reason"]) == {"NOT_ESTIMABLE"}
    assert (
        bad["sentence"]
        .iloc[-1]
        .endswith("cannot be estimated, no healthy person has a score (24 patients, 0 healthy).")
    )
    alone = ifn.tl.suppression(changed(scored({"good": good()})), definition="log_ratio")
    pd.testing.assert_frame_equal(rest.reset_index(drop=True), alone)
    adata.obsm["ifn_mean"]["good"] = adata.obsm["ifn_mean"]["bad"]
    with pytest.raises(DesignError, match="log_ratio of good needs scores of at least two healthy"):
        ifn.tl.suppression(changed(adata), definition="log_ratio")
