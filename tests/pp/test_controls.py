"""``controls=`` has one reading: by label, by id, by mask; too few are told, and ids that only look alike."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, keys, pp, tl
from ifnsig.pp._controls import read_controls

from ..label_forms import FORMS, LOGICAL, as_logical

GROUPS = ["0", "1", "0", None, "1", "0", "0"]
ROWS = [0, 2, 5, 6]


def samples(make_adata, cells, n=7):
    adata = make_adata(np.random.default_rng(2).normal(6, 1, (n, 12)))
    adata.obs["g"] = pd.Series(cells).set_axis(adata.obs_names)
    return adata


def read(adata, controls):
    rows, name = read_controls(adata, controls, "pp.fit_reference")
    return rows.tolist(), name


@pytest.mark.parametrize("form", FORMS)
def test_controls_by_a_label_in_every_form(make_adata, form):
    store, given = FORMS[form]
    adata = samples(make_adata, store(GROUPS))
    assert read(adata, ("g", given("0"))) == (ROWS, "g = 0")
    with pytest.raises(errors.ReferenceRequiredError, match=r"No sample has g = .*Values there: 0, 1\."):
        read(adata, ("g", given("2")))


@pytest.mark.parametrize("form", LOGICAL)
def test_controls_by_a_logical_label(make_adata, form):
    store, given = LOGICAL[form]
    cells = [cell or "1" for cell in GROUPS]
    adata = samples(make_adata, store(cells))
    assert read(adata, ("g", given("0"))) == (ROWS, "g = False")
    with pytest.raises(
        errors.ReferenceRequiredError, match=r"No sample has g = 0\..*Values there: False, True"
    ):
        read(adata, ("g", 0))
    assert as_logical(cells)[0] == "False"


def test_no_value_is_no_control(make_adata):
    adata = samples(make_adata, GROUPS)
    for nothing in (None, np.nan, pd.NA, "NA", ""):
        with pytest.raises(errors.ReferenceRequiredError, match="No sample has g"):
            read(adata, ("g", nothing))


def test_controls_by_id_and_by_mask(make_adata):
    adata = samples(make_adata, GROUPS)
    ids = list(adata.obs_names[ROWS])
    by_label = adata.obs["g"] == "0"
    for controls in (
        ids, pd.Index(ids), np.array(ids), by_label.to_numpy(), by_label, by_label.iloc[::-1], list(by_label),
        pd.Series([True, False, True, pd.NA, False, True, True], dtype="boolean"),
        np.array([True, False, True, None, False, True, True], dtype=object),
    ):  # fmt: skip
        assert read(adata, controls) == (ROWS, "named samples")
    with pytest.raises(errors.ReferenceRequiredError, match=r"shape \(3,\); there are 7 samples"):
        read(adata, [True, False, True])
    with pytest.raises(errors.ReferenceRequiredError, match="False for every sample"):
        read(adata, [False] * 7)


@pytest.mark.parametrize(
    ("there", "given"), [("Zu\u0308 1", "Z\u00fc 1"), ("H 1", "H1"), ("H1", "H1 "), ("H1", "H\u00a01")]
)
def test_ids_that_only_look_alike_are_told(make_adata, there, given):
    adata = samples(make_adata, GROUPS)
    adata.obs_names = [there, *adata.obs_names[1:]]
    with pytest.raises(errors.SampleSheetError) as told:
        read(adata, [given, "S1", "S2"])
    assert f"1 of 3 reference samples are not there: {given!r} (did you mean {there!r}?)." in str(told.value)
    assert read(adata, [there, "S1"]) == ([0, 1], "named samples")


def verbs_with_controls():
    found = {
        f"{part.__name__[7:]}.{name}": getattr(part, name)
        for part in (tl, pp)
        for name in part.__all__
        if inspect.isfunction(getattr(part, name))
        and "controls" in inspect.signature(getattr(part, name)).parameters
    }
    return {name: found[name] for name in found if name != "tl.declared_controls"}


CALLS = {
    "tl.change": lambda a, c: tl.change(a, method="mean", baseline="0", followup="4", controls=c),
    "tl.score": lambda a, c: tl.score(a, {"s": ["G0", "G1"]}, method="zscore", controls=c),
    "tl.random_scores": lambda a, c: tl.random_scores(
        a, {"s": ["G0", "G1"]}, method="zscore", rng=1, n_sets=2, n_bins=2, controls=c
    ),
    "tl.call_positive": lambda a, c: tl.call_positive(a, method="mean", controls=c),
    "tl.score_groups": lambda a, c: tl.score_groups(a, method="mean", controls=c),
    "tl.gene_agreement": lambda a, c: tl.gene_agreement(a, {"s": ["G0", "G1", "G2"]}, controls=c),
    "tl.gene_changes": lambda a, c: tl.gene_changes(a, baseline="0", followup="4", controls=c),
    "tl.gene_set_changes": lambda a, c: tl.gene_set_changes(
        a, {"s": ["G0", "G1"]}, baseline="0", followup="4", controls=c
    ),
    "tl.specificity": lambda a, c: tl.specificity(
        a, sets={"s": ["G0", "G1"], "t": ["G2", "G3"]}, baseline="0", followup="4", controls=c
    ),
    "pp.fit_reference": lambda a, c: pp.fit_reference(a, controls=c),
    "pp.reduced_set_correlation": lambda a, c: pp.reduced_set_correlation(
        a, ["G0", "G1", "G2"], ["G0", "G1"], cohort="c", method="zscore", controls=c
    ),
}
SAME_CODE = {"tl.count_changes": "needs an extra; reads controls by read_pairs, as gene_changes does"}


def test_every_verb_that_takes_controls_is_called_here():
    assert set(verbs_with_controls()) == {*CALLS, *SAME_CODE}


@pytest.mark.parametrize("verb", CALLS)
def test_two_controls_are_flagged_by_every_verb_and_three_are_not(make_adata, verb):
    n = 15
    adata = samples(make_adata, ["1"] * 12 + ["0"] * 3, n)
    adata.obs["patient"] = [*(f"P{i}" for i in range(6))] * 2 + [None] * 3
    adata.obs["visit"] = ["0"] * 6 + ["4"] * 6 + [None] * 3
    adata.obsm["ifn_mean"] = pd.DataFrame({"s": adata.X[:, 0]}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    CALLS[verb](adata.copy(), ("g", 0))  # a warning would be an error
    two = adata[:-1].copy()
    with pytest.warns(
        errors.DesignWarning, match=r"2 samples are too few to be a reference.*g = 0 \(S12, S13\)"
    ):
        CALLS[verb](two, ("g", 0))


def test_the_name_of_no_group_sets_nobody_aside_in_silence(make_adata):
    adata = samples(make_adata, ["1"] * 4 + ["0"] * 3)
    adata.obs["patient"], adata.obs["visit"] = (
        ["A", "B", "A", "B", "C", "D", "E"],
        ["0", "0", "4", "4", "0", "0", "0"],
    )
    adata.obsm["ifn_mean"] = pd.DataFrame({"s": adata.X[:, 0]}, index=adata.obs_names)
    with pytest.raises(
        errors.ReferenceRequiredError, match="No sample has g = 'healthy'. Values there: 1, 0"
    ):
        CALLS["tl.change"](adata, ("g", "healthy"))
