"""SignatureScorer: scikit-learn's own checks, no leak from held-out patients, and an honest baseline."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import CoverageError, DesignError, DesignWarning, ParameterError
from ifnsig.sklearn import cross_validated_auc

from .label_forms import FORMS, LOGICAL, Plain


@parametrize_with_checks(
    [
        ifn.SignatureScorer({"one": ["x0"]}),
        ifn.SignatureScorer({"one": ["x0"]}, method="mean"),
    ]
)
def test_scikit_learns_own_checks(estimator: object, check: object) -> None:
    check(estimator)  # type: ignore[operator]


RNG = np.random.default_rng(5)
GENES = [f"G{i}" for i in range(60)]
X = pd.DataFrame(RNG.normal(8, 1, (40, 60)), columns=GENES)
SETS = {"first": GENES[:6], "second": GENES[10:20]}


@pytest.mark.parametrize("method", ["zscore", "ssgsea", "singscore", "gsva", "plage"])
def test_the_scores_are_those_of_tl_score_with_a_reference_of_the_training_rows(method: str) -> None:
    train, test = X.iloc[:25], X.iloc[25:]
    got = ifn.SignatureScorer(SETS, method=method).fit(train).transform(test)
    adata = ifn.sklearn.SignatureScorer(SETS, method=method).fit(train)._adata(X.to_numpy())
    adata.var_names = GENES
    options = {}
    if ifn.methods.METHODS[method].needs_reference:
        adata.obs["part"] = ["train"] * 25 + ["test"] * 15
        options = {"controls": ("part", "train")}
    ifn.tl.score(adata, SETS, method=method, **options)
    np.testing.assert_allclose(got, adata.obsm[f"ifn_{method}"].to_numpy()[25:], rtol=1e-10, atol=1e-12)


def test_a_held_out_patient_has_no_part_in_the_scores_of_others() -> None:
    scorer = ifn.SignatureScorer(SETS).fit(X.iloc[:25])
    alone = scorer.transform(X.iloc[[30]])
    together = scorer.transform(X.iloc[25:])
    np.testing.assert_array_equal(alone[0], together[5])
    strange = X.iloc[25:].copy()
    strange.iloc[0] = 1000.0
    np.testing.assert_array_equal(scorer.transform(strange)[5], alone[0])
    assert list(scorer.get_feature_names_out()) == ["first", "second"]


def test_a_frozen_reference_is_the_same_in_all_folds() -> None:
    healthy = ifn.SignatureScorer(SETS).fit(X.iloc[:20]).reference_
    one, other = (
        ifn.SignatureScorer(SETS, reference=healthy).fit(X.iloc[rows]).transform(X.iloc[[39]])
        for rows in (slice(20, 30), slice(25, 38))
    )
    np.testing.assert_array_equal(one, other)


def test_arrays_take_their_names_from_genes() -> None:
    named = ifn.SignatureScorer(SETS, genes=GENES).fit(X.to_numpy()).transform(X.to_numpy())
    np.testing.assert_array_equal(named, ifn.SignatureScorer(SETS).fit(X).transform(X))
    with pytest.raises(ParameterError, match="59 genes for 60 columns"):
        ifn.SignatureScorer(SETS, genes=GENES[1:]).fit(X.to_numpy())
    with pytest.raises(CoverageError):
        ifn.SignatureScorer(SETS).fit(X.to_numpy())


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        (ifn.SignatureScorer(), "needs signatures"),
        (ifn.SignatureScorer(SETS, method="published"), "not 'published'"),
    ],
)
def test_wrong_scorers(scorer: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        scorer.fit(X)  # type: ignore[attr-defined]


def model() -> object:
    return make_pipeline(ifn.SignatureScorer(SETS), StandardScaler(), LogisticRegression())


def test_it_works_in_a_nested_search() -> None:
    y = (X["G1"] > 8).astype(int).to_numpy()
    search = GridSearchCV(
        model(), {"logisticregression__C": [0.1, 1.0], "signaturescorer__method": ["zscore", "mean"]}, cv=3
    )
    assert cross_val_predict(search, X, y, cv=4, method="predict_proba").shape == (40, 2)


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_labels_that_mean_nothing_are_not_predicted() -> None:
    y = RNG.integers(0, 2, 40)
    found = cross_validated_auc(model(), X, y, n_repeats=2, n_permutations=15, rng=1)
    assert 0.2 < found.auc < 0.8
    assert abs(found.baseline.mean() - 0.5) < 4 * found.baseline.std() / np.sqrt(15) + 0.02
    assert found.p > 1 / 16
    assert "with shuffled labels the same procedure gives" in found.sentence


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_labels_that_follow_a_signature_are_predicted() -> None:
    y = (X[GENES[:6]].mean(axis=1) > 8).astype(int).to_numpy()
    found = cross_validated_auc(model(), X, y, n_repeats=1, n_permutations=9, rng=1)
    assert found.auc > 0.9
    assert found.p == 1 / 10


def test_samples_of_one_patient_stay_together() -> None:
    """Fifty patients, each twice with nearly the same values: split by sample, a model would know them again."""
    people = RNG.normal(8, 1, (50, 60))
    twice = pd.DataFrame(np.vstack([people, people + 0.01 * RNG.normal(size=(50, 60))]), columns=GENES)
    y, who = np.tile(RNG.permutation([0, 1] * 25), 2), np.tile(np.arange(50), 2)
    from sklearn.neighbors import KNeighborsClassifier

    every = {f"s{i}": [name] for i, name in enumerate(GENES)}
    recall = make_pipeline(ifn.SignatureScorer(every), KNeighborsClassifier(1))
    split = cross_validated_auc(recall, twice, y, n_repeats=1, n_permutations=1)
    kept = cross_validated_auc(recall, twice, y, patients=who, n_repeats=1, n_permutations=1)
    assert split.auc > 0.7
    assert kept.auc < 0.7
    assert (kept.n_positive, kept.n_negative) == (25, 25)


OUTCOMES: Plain = ["0", "1", "1", "0"] * 10
PATIENTS: Plain = [str(row // 4 * 2 + (row % 4 in (1, 2))) for row in range(40)]
ALL_FORMS = {**FORMS, **LOGICAL}


def folds(y: object, patients: object = None) -> list[float]:
    some = X.iloc[:, :3]
    return list(
        cross_validated_auc(
            GaussianNB(), some, y, patients=patients, n_folds=2, n_repeats=1, n_permutations=1
        ).folds
    )


@pytest.fixture(scope="module")
def plain_folds() -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DesignWarning)
        return folds([int(cell or 0) for cell in OUTCOMES], PATIENTS)


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
@pytest.mark.parametrize("form", ALL_FORMS)
def test_outcomes_and_patients_mean_the_same_in_every_form(form: str, plain_folds: list[float]) -> None:
    store = ALL_FORMS[form][0]
    assert folds(store(OUTCOMES), store(PATIENTS) if form in FORMS else PATIENTS) == plain_folds


def test_few_patients_are_warned_of() -> None:
    y = np.array([0] * 19 + [1] * 21)
    with pytest.warns(DesignWarning, match="21 against 19 patients: a cross-validated AUC of so few"):
        cross_validated_auc(model(), X, y, n_repeats=1, n_permutations=1)
    cross_validated_auc(model(), X, np.array([0, 1] * 20), n_repeats=1, n_permutations=1)


@pytest.mark.parametrize(
    ("y", "options", "error", "message"),
    [
        ([0, 2] * 20, {}, ParameterError, "labels 0 and 1"),
        ([0] * 40, {}, ParameterError, "labels 0 and 1"),
        ([0, True] * 20, {}, ParameterError, "labels 0 and 1, or False and True, .* Got 0, True"),
        ([0, "yes"] * 20, {}, ParameterError, "Got 0, yes"),
        ([0, 1] * 19 + [1, None], {}, ParameterError, "Got 0, 1, a missing one"),
        ([0] * 36 + [1] * 4, {}, DesignError, "4 against 36 patients cannot fill 5 folds"),
        (
            [0, 1] * 20,
            {"patients": [0] * 2 + [*range(1, 39)]},
            DesignError,
            "1 patients have samples with both labels",
        ),
        ([0, 1] * 20, {"n_folds": 1}, ParameterError, "'n_folds'"),
    ],
)
def test_wrong_designs(y: list, options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cross_validated_auc(model(), X, y, **options)


def test_the_unit_is_that_of_the_call() -> None:
    scorer = ifn.SignatureScorer(SETS, unit="log2_array").fit(X)
    assert scorer.reference_.unit == "log2_array"
    assert keys.scores_key(scorer.method) == "ifn_zscore"
