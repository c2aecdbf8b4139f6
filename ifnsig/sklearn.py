"""Signature scores as a scikit-learn transformer: the reference is fitted inside the training fold."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils.validation import check_is_fitted, validate_data

from . import keys, pp, tl
from .checks import generator, number_between
from .core import Reference
from .errors import CoverageWarning, DesignError, DesignWarning, ParameterError, listing, warn
from .labels import labels, people
from .methods import METHODS

__all__ = ["CrossValidated", "SignatureScorer", "cross_validated_auc"]

FEWEST_IN_CLASS = 20
"""Patients of the smaller class below which a cross-validated AUC is warned of: its spread swallows what it says."""


class SignatureScorer(TransformerMixin, BaseEstimator):
    """Scores of signatures as features, without a leak: what a method learns from other samples is learnt in ``fit``.

    In a pipeline under cross-validation each training fold makes its own reference (gene means and SDs, densities, ranges),
    so that no held-out patient has had a part in his own score. Scoring the whole cohort first and splitting afterwards
    leaks. A ``reference`` of healthy people who are not among the patients may be given instead: it is the same in all
    folds.

    Parameters
    ----------
    signatures
        As for ``tl.score``: an id, ids, or ``{name: genes}``.
    method
        Name in ``ifnsig.methods.METHODS`` (not ``published``).
    unit
        Unit of X, e.g. ``"log2_cpm"``.
    reference
        A frozen ``Reference``; None fits one on the rows that ``fit`` sees, for methods that need one.
    genes
        Names of the columns of X where it is no DataFrame; ``x0``, ``x1`` ... by default.
    parameters
        The method's own options.

    Attributes
    ----------
    reference_
        The reference that ``transform`` uses; None for methods that score a sample alone.
    signatures_
        Names of the features that come out.
    """

    def __init__(
        self,
        signatures: Any = None,
        *,
        method: str = "zscore",
        unit: str = "log2_cpm",
        reference: Reference | None = None,
        genes: Sequence[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        self.signatures = signatures
        self.method = method
        self.unit = unit
        self.reference = reference
        self.genes = genes
        self.parameters = parameters

    def fit(self, X: Any, y: Any = None) -> SignatureScorer:
        """Fit the reference on these rows (samples x genes) alone; ``y`` is not looked at.

        Raises
        ------
        ParameterError
            No signatures, the method ``published``, or other names than columns.
        CoverageError, UnitError, ReferenceRequiredError
            As ``tl.score``.
        """
        if self.signatures is None:
            raise ParameterError("SignatureScorer needs signatures: an id, a list of ids, or {name: genes}.")
        record = METHODS[self.method]
        if record.own_recipes:
            raise ParameterError(
                f"SignatureScorer takes one method for all signatures, so not {record.name!r}."
            )
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2 if record.needs_reference else 1)
        adata = self._adata(X)
        self.reference_ = None
        if record.needs_reference:
            self.reference_ = self.reference
            if self.reference is None:
                self.reference_ = pp.fit_reference(
                    adata, controls="cohort", keep_values=record.learns_from_values
                )
        self.signatures_ = [str(name) for name in self._score(adata[:1].copy()).columns]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Scores, shape (samples, signatures).

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "signatures_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CoverageWarning)  # said once, by fit
            return np.asarray(self._score(self._adata(X)), dtype=np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the signatures."""
        check_is_fitted(self, "signatures_")
        return np.asarray(self.signatures_, dtype=object)

    def _adata(self, X: np.ndarray) -> Any:
        from anndata import AnnData

        named = getattr(self, "feature_names_in_", None)
        names = self.genes if named is None else named
        names = [f"x{i}" for i in range(X.shape[1])] if names is None else [str(name) for name in names]
        if len(names) != X.shape[1]:
            raise ParameterError(f"SignatureScorer has {len(names)} genes for {X.shape[1]} columns of X.")
        index = pd.Index([f"row{i}" for i in range(len(X))])
        adata = AnnData(X=X, obs=pd.DataFrame(index=index), var=pd.DataFrame(index=pd.Index(names)))
        keys.declare_unit(adata, self.unit)
        return adata

    def _score(self, adata: Any) -> pd.DataFrame:
        options: dict[str, Any] = dict(self.parameters or {})
        if self.reference_ is not None:
            options["reference"] = self.reference_
        tl.score(adata, self.signatures, method=self.method, **options)
        return adata.obsm[keys.scores_key(self.method)]


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidated:
    """A cross-validated AUC beside what the same procedure gives when the labels are shuffled.

    ``auc`` is the mean over the test folds of all repeats, ``baseline`` that of every shuffle; ``p`` = (b + 1) / (m + 1).
    ``sentence`` says it.
    """

    auc: float
    folds: np.ndarray
    baseline: np.ndarray
    p: float
    n_positive: int
    n_negative: int
    sentence: str


def cross_validated_auc(
    model: Any,
    X: Any,
    y: Any,
    *,
    patients: Any = None,
    n_folds: int = 5,
    n_repeats: int = 10,
    n_permutations: int = 100,
    rng: int = 0,
) -> CrossValidated:
    """AUC of a model in patients it has not seen, and of the same model with shuffled labels.

    The whole ``model`` (a pipeline that begins with :class:`SignatureScorer`, with its own inner search if it has
    parameters to choose) is fitted anew in every training fold. All samples of a patient are in one fold, and labels are
    shuffled between patients.

    Parameters
    ----------
    model
        A classifier with ``decision_function`` or ``predict_proba``.
    X, y
        Samples x genes, and 1 / 0 of each, or True / False.
    patients
        Who each sample is from; by default each is a patient.
    n_folds, n_repeats, n_permutations
        Folds, times that they are drawn for the AUC, and shuffles (each with folds drawn once).
    rng
        Seed.

    Raises
    ------
    DesignError
        A patient with both labels, or fewer patients in a class than folds.
    ParameterError
        Labels that are not 0 and 1 (or False and True), or numbers outside their range.
    """
    for name, value, low in (
        ("n_folds", n_folds, 2),
        ("n_repeats", n_repeats, 1),
        ("n_permutations", n_permutations, 1),
    ):
        number_between(value, low, 1_000_000, name=name, function="cross_validated_auc")
    outcome = _outcome(y)
    who = np.arange(len(outcome)) if patients is None else _persons(patients)
    of_patient = _one_label_each(outcome, who)
    positive, negative = int(of_patient.sum()), int((1 - of_patient).sum())
    if min(positive, negative) < n_folds:
        raise DesignError(
            f"{positive} against {negative} patients cannot fill {n_folds} folds with both classes. Use fewer folds."
        )
    if min(positive, negative) < FEWEST_IN_CLASS:
        warn(
            f"{positive} against {negative} patients: a cross-validated AUC of so few varies widely; read it beside its"
            " baseline, and take no model from it.",
            DesignWarning,
        )
    random = generator(rng, function="cross_validated_auc")
    folds = np.concatenate(
        [_folds(model, X, of_patient[who], who, n_folds, random) for _ in range(n_repeats)]
    )
    shuffled = (random.permutation(of_patient) for _ in range(n_permutations))
    baseline = np.array([_folds(model, X, order[who], who, n_folds, random).mean() for order in shuffled])
    auc = float(folds.mean())
    p = (int((baseline >= auc - 1e-12).sum()) + 1) / (n_permutations + 1)
    low, high = np.quantile(baseline, [0.025, 0.975])
    sentence = (
        f"Cross-validated AUC {auc:.2f} ({positive} against {negative} patients, {n_folds} folds x {n_repeats}); with"
        f" shuffled labels the same procedure gives {baseline.mean():.2f} on average and {low:.2f} to {high:.2f} in 95 %"
        f" of {n_permutations} shuffles (p = {p:.2g})."
    )
    return CrossValidated(auc, folds, baseline, p, positive, negative, sentence)


def _outcome(y: Any) -> np.ndarray:
    """1 and 0 of every sample, however they are written."""
    column = labels(pd.Series(y))
    positive = next((yes for no, yes in (("0", "1"), ("False", "True")) if set(column) == {no, yes}), None)
    if positive is None:
        raise ParameterError(
            "cross_validated_auc needs labels 0 and 1, or False and True, and both of them. Got"
            f" {listing(column.fillna('a missing one').unique())}."
        )
    return np.asarray(column == positive, dtype=np.int64)


def _persons(patients: Any) -> np.ndarray:
    """A number for every person; a sample of nobody is a person of its own."""
    names = people(pd.Series(list(patients), dtype=object))
    own = [f"\0{row}" if name is None else name for row, name in enumerate(names)]
    return np.unique(np.array(own, dtype=str), return_inverse=True)[1]


def _one_label_each(outcome: np.ndarray, who: np.ndarray) -> np.ndarray:
    counts = np.bincount(who)
    share = np.bincount(who, weights=outcome.astype(np.float64)) / counts
    if both := int(((share > 0) & (share < 1)).sum()):
        raise DesignError(f"{both} patients have samples with both labels; a patient has one.")
    return share.astype(np.int64)


def _folds(
    model: Any, X: Any, outcome: np.ndarray, who: np.ndarray, n_folds: int, random: np.random.Generator
) -> np.ndarray:
    """AUC in each test fold, by patient: a patient's samples are averaged."""
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=int(random.integers(2**31)))
    found = []
    for train, test in splitter.split(np.zeros(len(outcome)), outcome, who):
        fitted = clone(model).fit(_rows(X, train), outcome[train])
        part = _rows(X, test)
        values = (
            fitted.decision_function(part)
            if hasattr(fitted, "decision_function")
            else fitted.predict_proba(part)[:, 1]
        )
        each = pd.DataFrame({"who": who[test], "value": values, "label": outcome[test]}).groupby("who").mean()
        if each["label"].nunique() == 2:
            found.append(float(roc_auc_score(each["label"], each["value"])))
    return np.array(found)


def _rows(X: Any, rows: np.ndarray) -> Any:
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]
