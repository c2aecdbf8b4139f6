"""One bad signature, donor or level is a row that says so; every other row is what it is without it.

A table of verbs, each on the same cohort: a good signature and eleven bad ones. ``KNOWN`` are columns that rest on all rows
together (families), and are compared nowhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ifnsig import keys, tl
from ifnsig.errors import IfnsigError

pytestmark = [
    pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
N = 14
GOOD = ("good", "fine")
FAMILY = {"q", "q_method", "p_holm", "n_fwer", "p_fwer", "sentence", "verdict", "notes"}


def bad(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Name -> scores at both visits, patients x 2."""
    base, later = rng.normal(3, 1, N), rng.normal(2, 1, N)
    nothing = np.full(N, np.nan)
    one, two = nothing.copy(), nothing.copy()
    one[0], two[:2] = 2.0, [1.0, 2.0]
    pairs = {
        "missing": (nothing, nothing), "never later": (base, nothing), "never before": (nothing, later),
        "equal baselines": (np.ones(N), later), "shifted": (base, base - 1), "unchanged": (base, base),
        "constant": (np.ones(N), np.ones(N)), "one pair": (one, one - 1), "two pairs": (two, two - [1.5] * N),
        "tiny": (1e-9 * base, 1e-9 * later), "huge": (1e9 * base, 1e9 * later),
    }  # fmt: skip
    return {name: np.column_stack(both) for name, both in pairs.items()}


def scored(signatures: dict[str, np.ndarray], rng: np.random.Generator) -> AnnData:
    """Patients x two visits, scored by two methods, with a sheet of outcomes, arms and covariates."""
    age = rng.normal(50, 9, N)
    sheet = {
        "patient": [f"P{i}" for i in range(N)], "yes": [i % 2 for i in range(N)], "number": rng.normal(size=N), "age": age,
        "months": 2 * age + 1e-12 * rng.normal(size=N), "grade": rng.integers(0, 3, N), "arm": ["drug", "drug", "none"] * 4 + ["none", "drug"],
    }  # fmt: skip
    obs = pd.concat([pd.DataFrame(sheet)] * 2, ignore_index=True)
    obs["visit"] = ["w0"] * N + ["w4"] * N
    obs["activity"] = rng.normal(size=2 * N)
    obs.index = [f"S{i}" for i in range(2 * N)]
    adata = AnnData(np.zeros((2 * N, 2)), obs=obs)
    keys.declare_unit(adata, "log2_cpm")
    table = pd.DataFrame({name: both.T.ravel() for name, both in signatures.items()}, index=obs.index)
    adata.obsm["ifn_mean"], adata.obsm["ifn_median"] = table, table + 0.1 * rng.normal(size=(2 * N, 1))
    keys.write_field(adata, keys.FIELD_SCORES, {m: {"scope": "sample"} for m in ("mean", "median")})
    return adata


def changed(adata: AnnData) -> AnnData:
    return tl.change(adata, method="mean", baseline="w0", followup="w4")


TWO = {"response": "yes", "positive": 1, "negative": 0}
CONTROLLED = {"arm": "arm", "control": "none"}
VERBS: dict[str, Callable[[AnnData], pd.DataFrame]] = {
    "test_change": lambda a: tl.test_change(changed(a), primary="good"),
    "test_change, adjusted": lambda a: tl.test_change(changed(a), steroid="age", cell_fractions=["months"]),
    "test_change, arms": lambda a: tl.test_change(changed(a), arm="arm"),
    "test_change, chosen": lambda a: tl.test_change(changed(a), selected_by_baseline=1.5),
    "associate, binary": lambda a: tl.associate(changed(a), **TWO),
    "associate, binary, covariates": lambda a: tl.associate(changed(a), **TWO, covariates=["age", "months"]),
    "associate, cut": lambda a: tl.associate(changed(a), **TWO, exploratory_cut=True, score="baseline"),
    "associate, numeric": lambda a: tl.associate(changed(a), response="number"),
    "associate, numeric, covariates": lambda a: tl.associate(changed(a), response="number", covariates=["age", "months"]),
    "associate, ordinal": lambda a: tl.associate(changed(a), response="grade", classes=[0, 1, 2]),
    "associate, ordinal, covariates": lambda a: tl.associate(
        changed(a), response="grade", classes=[0, 1, 2], covariates=["age", "months"], score="baseline"),
    "associate, repeated": lambda a: tl.associate(
        a, response="activity", outcome_type="repeated", method="mean", patient="patient", visit="visit"),
    "compare_scores": lambda a: tl.compare_scores(changed(a), **TWO, score="baseline"),
    "predictive, binary": lambda a: tl.predictive(changed(a), **TWO, **CONTROLLED),
    "predictive, numeric": lambda a: tl.predictive(changed(a), response="number", **CONTROLLED),
    "agreement of methods": lambda a: tl.agreement(a[:N].copy(), method=["mean", "median"]),
    "agreement of platforms": lambda a: tl.agreement(a, method="mean", platform="visit", same=["patient"]),
    "agreement of platforms, scaled": lambda a: tl.agreement(
        a, method="mean", platform="visit", same=["patient"], standardise=True),
    "pool": lambda a: pooled(a),
}  # fmt: skip


def pooled(adata: AnnData) -> pd.DataFrame:
    """Four studies: this one, and three in which every signature is fine."""
    rng = np.random.default_rng(6)
    names = list(adata.obsm["ifn_mean"])
    others = {
        f"study {k}": tl.test_change(changed(scored({name: rng.normal(2, 1, (N, 2)) for name in names}, rng)))
        for k in range(3)
    }
    return tl.pool({**others, "this": tl.test_change(changed(adata))})


@cache
def cohort(seed: int = 0) -> tuple[AnnData, AnnData]:
    """The good signatures alone, and beside the bad ones."""
    rng = np.random.default_rng(seed)
    fine = {name: np.column_stack([rng.normal(3, 1, N), rng.normal(2, 1, N)]) for name in GOOD}
    wrong = bad(rng)
    return tuple(scored(each, np.random.default_rng(1)) for each in (fine, {**fine, **wrong}))  # type: ignore[return-value]


def of_good(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the good signatures, without what rests on all rows together."""
    names = ["first", "second"] if "signature" not in table else ["signature"]
    rows = table[table[names].isin(GOOD).all(axis=1)]
    return rows[[column for column in rows if column not in FAMILY]].reset_index(drop=True)


@pytest.mark.parametrize("verb", VERBS)
def test_the_good_rows_are_what_they_are_without_the_bad_ones(verb: str) -> None:
    alone, beside = cohort()
    want, table = of_good(VERBS[verb](alone)), VERBS[verb](beside)
    assert len(want)
    got = of_good(table)
    if verb == "pool":  # the other studies are drawn with other signatures beside
        want, got = (
            one[one["study"] == "this"].drop(columns="weight").reset_index(drop=True) for one in (want, got)
        )
    pd.testing.assert_frame_equal(
        got[want.columns], want, check_dtype=False
    )  # NaN elsewhere makes counts floats
    assert (
        "p_fwer" not in table or table["p_fwer"][table["signature"] == "good"].notna().any() or "arms" in verb
    )


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "pool"])
def test_what_cannot_be_estimated_says_so_and_why(verb: str) -> None:
    table = VERBS[verb](cohort()[1])
    numbers = ["estimate"] if "estimate" in table else ["spearman", "icc_agreement"]
    lacking = table[numbers].isna().all(axis=1)
    assert lacking.any()
    flagged = table["flags"].str.contains("NOT_ESTIMABLE")
    assert flagged[lacking].all()
    said = table["sentence"][lacking].str.contains("cannot be (?:estimated|compared), ", regex=True)
    assert said.all(), table["sentence"][lacking][~said].tolist()
    if "signature" in table and "chosen" not in verb:  # of whom nobody is chosen there is a warning
        assert set(table["signature"]) == set(cohort()[1].obsm["ifn_mean"])


@pytest.mark.parametrize("verb", [verb for verb in VERBS if "chosen" not in verb and verb != "pool"])
def test_when_nothing_can_be_estimated_there_is_still_a_table(verb: str) -> None:
    nothing = {name: np.full((N, 2), np.nan) for name in GOOD}
    table = VERBS[verb](scored(nothing, np.random.default_rng(1)))
    assert len(table)
    assert table["flags"].str.contains("NOT_ESTIMABLE").all()
    assert not {"p", "estimate"} & set(table) or table["p"].isna().all()


def test_equal_changes_have_no_p_and_a_sentence() -> None:
    row = VERBS["test_change"](cohort()[1]).set_index("signature").loc["shifted"]
    assert row["estimate"] == pytest.approx(-1)
    assert np.isnan(row["p"])
    assert "NOT_ESTIMABLE" in row["flags"]
    assert "all changed alike" in row["sentence"]


VALUES = st.sampled_from([np.nan, 0.0, 1.0, 1.0, -2.5, 1e-9, 1e9])


@pytest.mark.parametrize("verb", VERBS)
@settings(max_examples=3, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(data=st.data())
def test_whatever_the_scores_no_raw_error_leaves_a_verb(verb: str, data: Any) -> None:
    """Scores of a handful of values, missing ones among them: a table, or an error of ours."""
    drawn = {
        name: np.array(data.draw(st.lists(VALUES, min_size=2 * N, max_size=2 * N))).reshape(N, 2)
        for name in ("good", "fine")
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = VERBS[verb](scored(drawn, np.random.default_rng(2)))
        except IfnsigError:
            return
    assert len(table)


GENES = [f"G{i}" for i in range(12)]
SETS = {
    "fell": GENES[:3],
    "still": GENES[3:5],
    "absent": ["ABSENT"],
    "part": [GENES[0], "ABSENT"],
    "all": GENES,
}


def genes(n: int = 7, patients: int | None = None) -> AnnData:
    """Twelve genes; the fourth and fifth never vary."""
    rng = np.random.default_rng(4)
    values = rng.normal(6, 1, (2 * n, 12))
    values[n:, :3] -= 2
    values[:, 3:5] = 5.0
    obs = pd.DataFrame(
        {"patient": [f"P{i}" for i in range(n)] * 2, "visit": ["w0"] * n + ["w4"] * n},
        index=[f"S{i}" for i in range(2 * n)],
    )
    adata = AnnData(values, obs=obs, var=pd.DataFrame(index=GENES))
    keys.declare_unit(adata, "log2_cpm")
    return adata if patients is None else adata[[*range(patients), *range(n, n + patients)]].copy()


PAIR = {"baseline": "w0", "followup": "w4"}


def test_a_set_without_genes_or_change_does_not_take_the_others() -> None:
    table = tl.gene_set_changes(genes(), SETS, **PAIR).set_index("signature")
    alone = tl.gene_set_changes(
        genes(), {name: SETS[name] for name in ("fell", "part", "all")}, **PAIR
    ).set_index("signature")
    assert table["reason"].to_dict() == {
        "fell": "", "still": "none of its genes changes in any patient", "absent": "none of its genes is measured",
        "part": "", "all": "",
    }  # fmt: skip
    assert table.loc[["still", "absent"], "flags"].str.contains("NOT_ESTIMABLE").all()
    pd.testing.assert_frame_equal(
        table.loc[alone.index].drop(columns="reason"), alone.drop(columns="reason"), check_dtype=False
    )


def test_one_pair_of_genes_is_a_table_that_says_so() -> None:
    one = genes(patients=1)
    table = tl.gene_changes(one, **PAIR)
    assert table["p"].isna().all()
    assert table["reason"].str.contains("1 pairs at 1 visits|never varies").all()
    assert (table["flags"].str.contains("NOT_ESTIMABLE") == (table["reason"] != "never varies")).all()
    assert set(tl.gene_set_changes(one, SETS, **PAIR)["reason"]) == {
        "1 pairs, and two are needed", "none of its genes is measured",
    }  # fmt: skip
    assert set(tl.leading_edge(table, SETS)["direction"]) == {"not tested", "not measured"}
    two = tl.gene_changes(genes(patients=2), **PAIR)  # the nearest that can be tested
    assert two["p"].notna().sum() == 10


def test_too_few_genes_to_lend_variance_are_rows_with_a_reason() -> None:
    table = tl.gene_changes(genes()[:, [0, 3, 4, 5]].copy(), **PAIR)
    assert set(table["reason"]) == {
        "never varies",
        "2 genes are left, and 3 are needed to lend each other variance",
    }
    assert tl.gene_changes(genes()[:, [0, 3, 4, 5, 6]].copy(), **PAIR)["p"].notna().sum() == 3


def test_prerank_has_a_row_of_every_signature() -> None:
    table = tl.prerank(tl.gene_changes(genes(), **PAIR), SETS, n_permutations=20).set_index("signature")
    assert list(table.index) == list(SETS)
    lacking = table["nes"].isna()
    assert set(table.index[lacking]) == {"still", "absent", "all"}
    assert table["flags"][lacking].str.startswith("NOT_ESTIMABLE").all()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@settings(max_examples=8, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(data=st.data())
def test_whatever_the_expression_no_raw_error_leaves_a_gene_verb(n: int, data: Any) -> None:
    adata = genes(n)
    adata.X = np.array(
        data.draw(
            st.lists(st.sampled_from([0.0, 1.0, 1.0 + 1e-13, 5.0, np.nan]), min_size=24 * n, max_size=24 * n)
        )
    ).reshape(2 * n, 12)
    kept = data.draw(st.lists(st.integers(0, 2 * n - 1), min_size=2, unique=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for verb in (tl.gene_changes, lambda a, **k: tl.gene_set_changes(a, SETS, **k)):
            try:
                table = verb(adata[sorted(kept)].copy(), **PAIR)
            except IfnsigError:
                continue
            assert len(table)


def test_studies_of_another_kind_take_no_other_signature_from_the_pool() -> None:
    rng = np.random.default_rng(9)
    tables = {
        f"s{k}": tl.test_change(changed(scored({name: rng.normal(2, 1, (N, 2)) for name in GOOD}, rng)))
        for k in range(4)
    }
    want = tl.pool(tables)
    tables["s0"] = tables["s0"].copy()
    tables["s0"].loc[tables["s0"]["signature"] == "fine", "estimate_type"] = "logOR"
    got = tl.pool(tables)
    pd.testing.assert_frame_equal(
        got[got["signature"] == "good"].reset_index(drop=True),
        want[want["signature"] == "good"].reset_index(drop=True),
    )
    row = got[(got["signature"] == "fine") & (got["kind"] == "not pooled")].iloc[0]
    assert row["reason"] == "the studies hold different estimates: logOR, mean_diff"
    assert got[(got["signature"] == "fine") & (got["study"] == "s1")]["estimate"].iloc[0] == pytest.approx(
        tables["s1"].set_index("signature").loc["fine", "estimate"]
    )
