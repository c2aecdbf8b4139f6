"""A label means the same in every form of its column: in every argument of a verb that takes one."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import errors, get, keys, pp, tl

from ..label_forms import FORMS, LOGICAL, Plain, as_logical

PATIENTS, CONTROLS, WELLS = 14, 4, 32
N = 3 * PATIENTS + CONTROLS
VISITED = slice(3 * PATIENTS)
ROWS = slice(PATIENTS)  # the patients at their baseline


def _of_patients(cells: list[str | None]) -> Plain:
    """One cell a patient, on all his rows; controls have none."""
    return [*cells, *cells, *cells, *[None] * CONTROLS]


def _of_wells(cells: list[str]) -> Plain:
    """The first 32 rows once more, as wells."""
    return [*cells * (WELLS // len(cells)), *[None] * (N - WELLS)]


COLUMNS: dict[str, Plain] = {
    "patient": _of_patients([str(number) for number in range(1, PATIENTS + 1)]),
    "visit": [*["0"] * PATIENTS, *["4"] * PATIENTS, *["8"] * PATIENTS, *[None] * CONTROLS],
    "group": ["1"] * 3 * PATIENTS + ["0"] * CONTROLS,
    "arm": _of_patients(["0", "1"] * 6 + ["1", None]),
    "response": _of_patients(["0", "0", "1", "1", "0", "1", "1"] * 2),
    "grade": _of_patients(["0", "1", "2", "1", "0", "2", None] * 2),
    "stop": _of_patients(["8", None] * 7),
    "set": _of_patients([str(number // 2) for number in range(PATIENTS)]),
    "kind": ["0", "1"] * (N // 2),
    "batch": ["0", "0", "1"] * 15 + ["1"],
    "donor": _of_wells(["1", "2", "3", "4", "5", "6", "7", "8"]),
    "condition": _of_wells(["0"] * 8 + ["1"] * 8),
    "stimulus": _of_wells(["0"] * 16 + ["1"] * 16),
    "two": _of_wells(["1"] * 8 + ["2"] * 8),
    "platform": _of_wells(["0"] * 8 + ["1"] * 8),
    "probe": _of_wells(["1", "2", "3", "4", "5", "6", "7", "8"]),
}
Given = Callable[[str], Any]


def cohort(unit: str = "log2_cpm") -> AnnData:
    rng = np.random.default_rng(17)
    values = (
        rng.normal(6, 1, (N, 40))
        + np.repeat([1.0, 0.2, 0.5, 0.0], [PATIENTS, PATIENTS, PATIENTS, CONTROLS])[:, None]
    )
    if unit == "counts":
        values = rng.poisson(2.0**values).astype(float)
    obs = pd.DataFrame(
        {name: pd.Series(cells, dtype=object) for name, cells in COLUMNS.items()}
        | {
            "time": np.linspace(3, 40, N),
            "dose": [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0] * 5 + [1.0] * (N - 40),
            "event": np.tile([0.0, 1.0], N // 2),
        }
    )
    obs.index = pd.Index([f"S{row}" for row in range(N)], dtype=object)
    adata = AnnData(values, obs=obs, var=pd.DataFrame(index=[f"G{gene}" for gene in range(40)]))
    keys.declare_unit(adata, unit)
    scores = {"a": values[:, :5].mean(axis=1), "b": values[:, 5:15].mean(axis=1)}
    adata.obsm["ifn_mean"] = pd.DataFrame(scores, index=obs.index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def changed(adata: AnnData, v: Given, **options: Any) -> AnnData:
    given: dict[str, Any] = {
        "baseline": "0",
        "followup": ["4"],
        "controls": adata.obs_names[-CONTROLS:],
    } | options
    return tl.change(adata, method="mean", **given)


def of_change(change: AnnData) -> pd.DataFrame:
    facts = keys.read_field(change, keys.FIELD_CHANGE) or {}
    left = pd.DataFrame([{k: row[k] for k in ("patient", "visit", "reason")} for row in facts["left_out"]])
    rows = change.obs[[keys.OBS_PATIENT, keys.OBS_VISIT, keys.OBS_EVENT]].astype(object)
    return pd.concat([rows.assign(a=np.asarray(change.X)[:, :1].sum(axis=1)), left])


def scored(adata: AnnData, v: Given) -> pd.DataFrame:
    tl.score(adata, {"mine": ["G0", "G1", "G2"]}, method="zscore", controls=("group", v("0")))
    return get.scores(adata, "zscore")


def published(adata: AnnData, v: Given) -> pd.DataFrame:
    adata.var_names = ["IFI27", "IFI44L", "IFIT1", "ISG15", "RSAD2", "SIGLEC1", *adata.var_names[6:]]
    keys.declare_unit(adata, "log2_tpm")
    recipes = {"mine": {"kind": "sum_of_z"}}
    genes = {"mine": ["IFI27", "IFI44L", "IFIT1"]}
    tl.score(adata, genes, method="published", controls=("group", v("0")), recipes=recipes)
    return get.scores(adata, "published")


def calibrated(adata: AnnData, v: Given) -> pd.DataFrame:
    keys.declare_unit(adata, "ct")
    pp.normalize(
        adata, method="delta_delta_ct", reference_genes=["G0"], controls=("group", v("0")), layer_out="made"
    )
    return pd.DataFrame(adata.layers["made"])


def reference(adata: AnnData, v: Given) -> pd.DataFrame:
    fitted = pp.fit_reference(adata, controls=("group", v("0")))
    return pd.DataFrame({"mean": fitted.mean, "sd": fitted.sd}).assign(
        label=fitted.label, of=";".join(fitted.samples)
    )


def reduced(adata: AnnData, v: Given) -> pd.DataFrame:
    found = pp.reduced_set_correlation(
        adata, ["G0", "G1", "G2"], ["G0", "G1"], cohort="c", method="zscore", controls=("group", v("0"))
    )
    return pd.DataFrame([{"r": found.correlation, "why": found.reason}])


def random_drawn(adata: AnnData, v: Given) -> pd.DataFrame:
    made = tl.random_scores(
        adata, {"mine": ["G0", "G1"]}, method="zscore", rng=1, n_sets=5, n_bins=2, controls=("group", v("0"))
    )
    return pd.DataFrame(np.asarray(made.X))


def corrected(adata: AnnData, **options: Any) -> pd.DataFrame:
    pp.combat(adata, **options, layer_out="made")
    return pd.DataFrame(adata.layers["made"])


def summed(adata: AnnData, **options: Any) -> pd.DataFrame:
    keys.declare_unit(adata, "counts")
    made = pp.pseudobulk(AnnData(np.rint(2**adata.X), obs=adata.obs, uns=adata.uns), min_cells=1, **options)
    return pd.DataFrame(made.X, index=made.obs_names)


SAMPLES = {"method": "mean", "patient": "patient", "visit": "visit", "baseline": "0"}
WELL = {"method": "mean", "donor": "donor", "condition": "condition", "vehicle": "0", "drug": "1"}
PAIRS = {"baseline": "0", "followup": ["4"]}
ONE_VISIT = {"patient": "patient", "visit": "visit", "baseline": "0", "controls": ("group", "0")}
SETS: dict[str, dict[str, Any]] = {
    "gene_changes": {},
    "gene_set_changes": {"signatures": {"mine": ["G0", "G1", "G2"]}},
    "specificity": {"sets": {"mine": ["G0", "G1", "G2"], "yours": ["G3", "G4", "G5"]}},
}

Case = tuple[str, Callable[[AnnData, Given], Any]]
CASES: dict[str, Case] = {
    "tl.change patient": ("patient", lambda a, v: of_change(changed(a, v))),
    "tl.change visit": ("visit", lambda a, v: of_change(changed(a, v))),
    "tl.change baseline": ("visit", lambda a, v: of_change(changed(a, v, baseline=v("0")))),
    "tl.change followup": ("visit", lambda a, v: of_change(changed(a, v, followup=[v("4")]))),
    "tl.change controls": ("group", lambda a, v: of_change(changed(a, v, controls=("group", v("0"))))),
    "tl.change events": ("stop", lambda a, v: of_change(changed(a, v, followup=["4", "8"], events=[tl.Event("stop", "hypothetical")]))),
    "tl.pair_visits patient": ("patient", lambda a, v: of_change(tl.pair_visits(a.obs[VISITED], **PAIRS))),
    "tl.pair_visits visit": ("visit", lambda a, v: of_change(tl.pair_visits(a.obs[VISITED], **PAIRS))),
    "tl.pair_visits baseline": (
        "visit", lambda a, v: of_change(tl.pair_visits(a.obs[VISITED], baseline=v("0"), followup="4"))),
    "tl.pair_visits followup": (
        "visit", lambda a, v: of_change(tl.pair_visits(a.obs[VISITED], baseline="0", followup=v("4")))),
    "tl.pair_visits events": ("stop", lambda a, v: of_change(
        tl.pair_visits(
            a.obs[VISITED], baseline="0", followup=["4", "8"], events=[tl.Event("stop", "hypothetical")]))),
    "tl.test_change arm": ("arm", lambda a, v: tl.test_change(changed(a, v), arm="arm")),
    "tl.test_change primary_visit": (
        "visit", lambda a, v: tl.test_change(changed(a, v), primary="a", primary_visit=v("4"))),
    "tl.test_change selected_by_baseline": (
        "arm", lambda a, v: tl.test_change(changed(a, v), selected_by_baseline=("arm", v("1")))),
    "tl.test_visits arm": ("arm", lambda a, v: tl.test_visits(changed(a, v), arm="arm")),
    "tl.test_visits times": ("visit", lambda a, v: tl.test_visits(changed(a, v), times={v("4"): 4.0})),
    "tl.test_arms arm": ("arm", lambda a, v: tl.test_arms(changed(a, v), arm="arm", control=v("0"))),
    "tl.test_arms control": ("arm", lambda a, v: tl.test_arms(changed(a, v), arm="arm", control=v("1"))),
    "tl.test_arms covariates": ("kind", lambda a, v: tl.test_arms(
        changed(a, v), arm="arm", control="0", covariates=["kind"])),
    "tl.test_arms primary_visit": ("visit", lambda a, v: tl.test_arms(
        changed(a, v), arm="arm", control="0", primary="a", primary_visit=v("4"))),
    "tl.suppression arm": ("arm", lambda a, v: tl.suppression(changed(a, v), definition="log_ratio", arm="arm")),
    "tl.time_course times": ("visit", lambda a, v: tl.time_course(
        changed(a, v, followup=["4", "8"]), times={v("4"): 4.0, v("8"): 8.0})),
    "tl.time_course interrupted": ("visit", lambda a, v: tl.time_course(
        changed(a, v, followup=["4", "8"]), interrupted=v("8"))),
    "tl.time_course interrupted_column": (
        "stop", lambda a, v: tl.time_course(
        changed(a, v, followup=["4", "8"]), interrupted_column="stop")),
    "tl.associate response": ("response", lambda a, v: tl.associate(changed(a, v), response="response", positive="1")),
    "tl.associate positive": (
        "response", lambda a, v: tl.associate(changed(a, v), response="response", positive=v("1"))),
    "tl.associate negative": ("group", lambda a, v: tl.associate(a, response="group", negative=v("0"), **SAMPLES)),
    "tl.associate classes": (
        "grade", lambda a, v: tl.associate(changed(a, v), response="grade", classes=[v("0"), v("1"), v("2")])),
    "tl.associate patient": ("patient", lambda a, v: tl.associate(a, response="group", negative="0", **SAMPLES)),
    "tl.associate visit": ("visit", lambda a, v: tl.associate(a, response="group", negative="0", **SAMPLES)),
    "tl.associate baseline": (
        "visit", lambda a, v: tl.associate(a, response="group", negative="0", **{**SAMPLES, "baseline": v("0")})),
    "tl.associate times": ("visit", lambda a, v: tl.associate(
        a[VISITED], response="event", time="time", score="updated", times={v("0"): 0.0, v("4"): 2.0, v("8"): 3.0},
        method="mean", patient="patient", visit="visit")),
    "tl.associate primary_visit": ("visit", lambda a, v: tl.associate(
        changed(a, v), response="response", positive="1", primary="a", primary_visit=v("4"))),
    "tl.associate covariates": ("kind", lambda a, v: tl.associate(
        a[ROWS], response="response", positive="1", method="mean", patient="patient", covariates=["kind"])),
    "tl.associate matched_set": ("set", lambda a, v: tl.associate(
        a[ROWS], response="response", positive="1", method="mean", patient="patient", matched_set="set",
        matched_on="outcome")),
    "tl.associate strata": ("kind", lambda a, v: tl.associate(
        a[ROWS], response="event", time="time", method="mean", patient="patient", strata="kind")),
    **{f"tl.survival_curves {name}": (column, lambda a, v: tl.survival_curves(
        a[ROWS], response="response", positive=v("1"), negative=v("0"), time="time", method="mean", patient="patient",
        visit="visit", baseline=v("0")))
       for name, column in (
           ("response", "response"), ("positive", "response"), ("negative", "response"), ("patient", "patient"),
           ("visit", "visit"), ("baseline", "visit"))},
    "tl.compare_scores response": ("response", lambda a, v: tl.compare_scores(
        changed(a, v), response="response", positive="1", signatures=["a", "b"])),
    "tl.compare_scores positive": ("response", lambda a, v: tl.compare_scores(
        changed(a, v), response="response", positive=v("1"), signatures=["a", "b"])),
    "tl.compare_scores negative": ("response", lambda a, v: tl.compare_scores(
        changed(a, v), response="response", negative=v("0"), signatures=["a", "b"])),
    "tl.compare_scores visit_of_change": ("visit", lambda a, v: tl.compare_scores(
        changed(a, v), response="response", positive="1", signatures=["a", "b"], visit_of_change=v("4"))),
    **{f"tl.compare_scores {name}": (column, lambda a, v: tl.compare_scores(
        a, response="group", negative="0", signatures=["a", "b"], **{**SAMPLES, "baseline": v("0")}))
       for name, column in (("patient", "patient"), ("visit", "visit"), ("baseline", "visit"))},
    **{f"tl.predictive {name}": (column, lambda a, v: tl.predictive(
        a[VISITED], response="response", arm="arm", control=v("0"), positive=v("1"), signatures=["a"],
        **{**SAMPLES, "baseline": v("0")}))
       for name, column in (("arm", "arm"), ("control", "arm"), ("response", "response"), ("positive", "response"),
                            ("patient", "patient"), ("visit", "visit"), ("baseline", "visit"))},
    "tl.predictive negative": ("response", lambda a, v: tl.predictive(
        a[VISITED], response="response", arm="arm", control="0", negative=v("0"), **SAMPLES)),
    **{f"tl.read_outcome {name}": ("grade", lambda a, v: pd.DataFrame(
        {"value": tl.read_outcome(a, "grade", v("2"), v("0")).value})) for name in ("response", "positive", "negative")},
    "tl.read_outcome classes": ("grade", lambda a, v: pd.DataFrame(
        {"value": tl.read_outcome(a, "grade", classes=[v("0"), v("1"), v("2")]).value})),
    "tl.call_positive controls": ("group", lambda a, v: tl.call_positive(a, method="mean", controls=("group", v("0")))),
    "tl.score controls": ("group", scored),
    "tl.score recipes": ("group", published),
    "tl.random_scores controls": ("group", random_drawn),
    **{f"tl.score_groups {name}": (column, lambda a, v: tl.score_groups(
        a, method="mean", **{**ONE_VISIT, "baseline": v("0"), "controls": ("group", v("0"))}))
       for name, column in (("patient", "patient"), ("visit", "visit"), ("baseline", "visit"), ("controls", "group"))},
    **{f"tl.gene_agreement {name}": (column, lambda a, v: tl.gene_agreement(
        a, {"mine": ["G0", "G1", "G2"]}, **{**ONE_VISIT, "baseline": v("0"), "controls": ("group", v("0"))}))
       for name, column in (("patient", "patient"), ("visit", "visit"), ("baseline", "visit"), ("controls", "group"))},
    **{f"tl.{verb} {name}": (column, lambda a, v, verb=verb: getattr(tl, verb)(
        a, **SETS[verb],
        baseline=v("0"), followup=[v("4")], controls=("group", v("0"))))
       for verb in ("gene_changes", "gene_set_changes", "specificity")
       for name, column in (("patient", "patient"), ("visit", "visit"), ("baseline", "visit"), ("followup", "visit"),
                            ("controls", "group"))},
    "tl.retest patient": ("donor", lambda a, v: tl.retest(a[:16], method="mean", patient="donor")),
    **{f"tl.agreement {name}": (column, lambda a, v: tl.agreement(
        a[:16], method="mean", platform="platform", same=["probe"], patient="donor"))
       for name, column in (("platform", "platform"), ("same", "probe"), ("patient", "donor"))},
    **{f"tl.drug_effect {name}": (column, lambda a, v: tl.drug_effect(
        a[:WELLS], **{**WELL, "vehicle": v("0"), "drug": v("1")}, within="stimulus"))
       for name, column in (("donor", "donor"), ("condition", "condition"), ("vehicle", "condition"),
                            ("drug", "condition"), ("within", "stimulus"))},
    **{f"tl.dose_response {name}": (column, lambda a, v: tl.dose_response(a[:WELLS], method="mean", within="stimulus", donor="two"))
       for name, column in (("donor", "two"), ("within", "stimulus"))},
    "pp.fit_reference controls": ("group", reference),
    "pp.reduced_set_correlation controls": ("group", reduced),
    "pp.normalize controls": ("group", calibrated),
    **{f"pp.check_design {name}": (column, lambda a, v: pp.check_design(
        a, patient="patient", visit="visit", batch="batch", arm="arm", group="group", sex="kind", baseline=v("0")))
       for name, column in (("patient", "patient"), ("visit", "visit"), ("batch", "batch"), ("arm", "arm"),
                            ("group", "group"), ("sex", "kind"), ("baseline", "visit"))},
    "pp.combat batch": ("batch", lambda a, v: corrected(a, batch="batch", keep=[])),
    "pp.combat keep": ("group", lambda a, v: corrected(a, batch="batch", keep=["group"])),
    "pp.pseudobulk donor": ("donor", lambda a, v: summed(a[:WELLS], donor="donor", celltype="kind")),
    "pp.pseudobulk celltype": ("kind", lambda a, v: summed(a[:WELLS], donor="donor", celltype="kind")),
}  # fmt: skip
TWO_LABELS = [name for name, (column, _) in CASES.items() if {*COLUMNS[column]} <= {"0", "1", None}]

TELLING = (
    "floats", "mixed", "categories of integers", "text with NA as R writes it", "Int64", "text with spaces", "text of floats",
)  # fmt: skip
"""Forms that an own reading of text would get wrong; ``tests/test_labels.py`` has all of them."""
LABELS = {
    "patient", "visit", "baseline", "followup", "controls", "events", "arm", "control", "primary_visit", "response",
    "selected_by_baseline", "times", "interrupted", "interrupted_column", "positive", "negative", "classes", "covariates",
    "matched_set", "strata", "visit_of_change", "same", "donor", "condition", "vehicle", "drug", "within", "batch", "keep",
    "group", "sex", "celltype",
}  # fmt: skip
"""Arguments that are labels, or columns of them."""
ELSEWHERE = {
    "tl.declared_controls controls": "hands them on",
    "tl.pair_visits controls": "has none",
    "tl.prerank visit": "a visit of a table that we made",
    "tl.predictive times": "has none",
    "tl.read_outcome response": "is there",
    **{f"tl.count_changes {name}": "needs an extra; reads as gene_changes does, by patients_only and declared"
       for name in ("patient", "visit", "baseline", "followup", "controls")},
}  # fmt: skip


def test_every_argument_that_takes_a_label_is_walked() -> None:
    verbs = {f"{part.__name__[7:]}.{name}": getattr(part, name) for part in (tl, pp) for name in part.__all__}
    taken = {
        f"{verb} {name}"
        for verb, function in verbs.items()
        if inspect.isfunction(function)
        for name in set(inspect.signature(function).parameters) & LABELS
    }
    assert taken - set(CASES) - set(ELSEWHERE) == set()


def told(case: str, cells: Any, given: Given) -> Any:
    """What the verb answers: its table, or the class of our error."""
    column, run = CASES[case]
    adata = cohort()
    adata.obs[column] = pd.Series(cells).set_axis(adata.obs_names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(adata, given)
        except errors.IfnsigError as fault:
            return type(fault)


def same(found: Any, expected: Any, form: str) -> None:
    if isinstance(expected, pd.DataFrame):
        assert isinstance(found, pd.DataFrame), (form, found)
        pd.testing.assert_frame_equal(found, expected, obj=form)
    else:
        assert found is expected, form


PLAIN: dict[tuple[str, bool], Any] = {}


def plainly(case: str, *, logical: bool) -> Any:
    if (case, logical) not in PLAIN:
        cells = COLUMNS[CASES[case][0]]
        plain = pd.Series(as_logical(cells) if logical else cells, dtype=object)
        PLAIN[case, logical] = told(case, plain, (lambda value: str(value == "1")) if logical else str)
    return PLAIN[case, logical]


@pytest.mark.parametrize("case", CASES)
def test_plain_text_gives_an_answer(case: str) -> None:
    assert isinstance(plainly(case, logical=False), pd.DataFrame), plainly(case, logical=False)


@pytest.mark.parametrize("case", CASES)
def test_a_label_means_the_same_in_every_form(case: str) -> None:
    cells = COLUMNS[CASES[case][0]]
    for form in TELLING:
        store, given = FORMS[form]
        same(told(case, store(cells), given), plainly(case, logical=False), form)


@pytest.mark.parametrize("case", TWO_LABELS)
def test_a_logical_label_is_its_word_and_never_a_number(case: str) -> None:
    cells = COLUMNS[CASES[case][0]]
    for form in ("boolean", "text as R writes it"):
        store, given = LOGICAL[form]
        same(told(case, store(cells), given), plainly(case, logical=True), form)
