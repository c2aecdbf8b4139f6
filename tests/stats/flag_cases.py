"""For every flag an input that raises it, and the nearest one that does not. A new flag needs one more entry."""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError
from ifnsig.signatures import SIGNATURES
from ifnsig.stats import agreement, cutoff, dose_response, flags, mixed, paired, roc, suppression, visits
from ifnsig.study.record.results import COVERAGE_FLAGS

sys.path.insert(0, str(Path(__file__).parents[1] / "parity" / "stats"))
sys.path.insert(0, str(Path(__file__).parent))

import association_flag_cases
from golden_models import free

Codes = tuple[str, ...]
Case = tuple[str, Callable[[Any], Codes], Any, Any]
STEADY = [-1.0, -1.1, -1.2, -0.9, -0.8, -1.3, -0.7, -1.05, -0.95, -1.15]
HIGH, LOW = [3.0, 4.0, 5.0, 6.0, 7.0], [1.0, 2.0, 2.5, 0.5, 4.5]
HEALTHY = [0.0, 1.0, 2.0, 1.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0]
"""Mean 1, SD sqrt(6 / 9)."""
CUT = 1 + 2 * math.sqrt(6 / 9)
EPS = 1e-6


def change_of(
    before: list[float],
    after: list[float],
    healthy: list[float] | None = None,
    name: str = "sig",
    scope: str = "sample",
) -> AnnData:
    """Two visits of one signature, and healthy people, as a change."""
    n, people = len(before), healthy or []
    index = [*(f"P{i}_{v}" for v in ("w0", "w4") for i in range(n)), *(f"H{i}" for i in range(len(people)))]
    obs = pd.DataFrame({
        "patient": [text.split("_")[0] for text in index],
        "visit": [text.split("_")[1] if "_" in text else None for text in index],
        "group": ["SLE"] * (2 * n) + ["healthy"] * len(people),
    }, index=index)  # fmt: skip
    adata = AnnData(np.zeros((len(index), 1)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({name: [*before, *after, *people]}, index=index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": scope}})
    controls = ("group", "healthy") if people else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ifn.tl.change(adata, method="mean", baseline="w0", followup="w4", controls=controls)


def split(text: str) -> Codes:
    return tuple(code for code in text.split(";") if code)


def of_change(given: dict[str, Any]) -> Codes:
    """Flags of the row of ``tl.test_change``; ``how`` goes to it, the rest makes the change."""
    how = given.get("how", {})
    made = change_of(**{key: value for key, value in given.items() if key != "how"})
    return split(ifn.tl.test_change(made, **how)["flags"].iloc[0])


def of_suppression(n: int) -> Codes:
    table = ifn.tl.suppression(
        change_of([9.0, 8.0, 9.5][:n], [4.0, 5.0, 3.0][:n], HEALTHY), definition="log_ratio"
    )
    return split(table[table["scope"] == "cohort"]["flags"].iloc[0])


def of_samples(patients: list[str]) -> Codes:
    index = [f"S{i}" for i in range(len(patients))]
    obs = pd.DataFrame({"patient": patients, "outcome": np.arange(len(patients)) % 4}, index=index)
    adata = AnnData(np.zeros((len(patients), 1)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": np.sin(np.arange(len(patients)))}, index=index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    row = ifn.tl.associate(adata, response="outcome", patient="patient", samples="all").iloc[0]
    return split(row["flags"])


def of_prerank(_: None) -> Codes:
    table = pd.DataFrame({"gene": [f"G{i}" for i in range(60)], "visit": "w4", "t": np.linspace(3, -3, 60)})
    return split(ifn.tl.prerank(table, {"set": ["G1", "G2", "G3"]}, n_permutations=20)["flags"].iloc[0])


def of_gene_set(_: None) -> Codes:
    """The test that takes the place of the one whose p is not calibrated."""
    rng = np.random.default_rng(1)
    obs = pd.DataFrame({"patient": [*"abcdefghij"] * 2, "visit": ["w0"] * 10 + ["w4"] * 10})
    adata = AnnData(rng.normal(size=(20, 60)), obs=obs.set_index(obs["patient"] + obs["visit"]))
    adata.var_names = [f"G{i}" for i in range(60)]
    keys.declare_unit(adata, "log2_cpm")
    table = ifn.tl.gene_set_changes(adata, {"set": ["G1", "G2", "G3"]}, baseline="w0", followup="w4")
    return split(table["flags"].iloc[0])


def flips(n_flips: int) -> Codes:
    d = STEADY + STEADY  # p is 1 / (m + 1): read as "p < .001" from p + 2 errors < .001 on
    return flags.paired_flags(d, paired.sign_flip(d, rng=1, n_flips=n_flips))


def of_fieller(relative: float) -> Codes:
    """A mean baseline just under or over t times its error, above healthy."""
    before, healthy = np.array([1.0, 2.0, 4.0, 3.0]), np.array([0.0, 1.0, -1.0, 0.0])
    error = math.sqrt(before.var(ddof=1) / 4 + healthy.var(ddof=1) / 4)
    # variances 5 / 12 and 1 / 6 of the means: Welch and Satterthwaite's df is (7 / 12)^2 / ((5 / 12)^2 / 3 + (1 / 6)^2 / 3)
    t = float(stats.t.ppf(0.975, 147 / 29))
    before = before - before.mean() + t * error * (1 + relative)
    return suppression.group(before, before / 2, healthy).flags


def of_unlike(times: float) -> Codes:
    """Twenty patients in two arms with the same baselines; what these leave of one is ``times`` that of the other.

    F is times^2 on 8 and 8 degrees of freedom, whose upper 2.5 % point is 4.433 in printed tables: 2.1055^2.
    """
    start, rest = np.tile(np.linspace(-1.0, 1.0, 10), 2), np.array([1.0, -1, 2, -2, 0, 1, -3, 2, 1, -1])
    rest = rest - np.polyval(np.polyfit(start[:10], rest, 1), start[:10])
    change = change_of(list(start), [*(start[:10] + rest), *(start[10:] + times * rest - 1)])
    change.obs["arm"] = np.repeat(["placebo", "drug"], 10)
    return split(ifn.tl.test_arms(change, arm="arm", control="placebo", model="mmrm")["flags"][0])


def of_visits(n: int, gap: bool = False) -> Codes:
    rng = np.random.default_rng(5)
    y = rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, 3))
    who, when = np.divmod(np.arange(3 * n), 3)
    kept = np.arange(3 * n) != 2 if gap else np.ones(3 * n, dtype=bool)
    return visits.visit_changes(y.ravel()[kept], who[kept], when[kept].astype(float)).flags


def of_intercept(step: float) -> Codes:
    """Six patients, two visits each at step x patient -+ 1: the mean square between is 7 step^2, that within 2."""
    person, sign = np.repeat(np.arange(6), 2), np.array([1, -1, -1, 1] * 3)
    return mixed.fit_mixed(step * person + sign, np.ones((12, 1)), person).flags


def of_simple(most: int) -> Codes:
    """Seven patients, of whom one has a third visit."""
    rng = np.random.default_rng(2)
    who = np.array([*np.repeat(np.arange(7), 2), *([0] if most == 3 else [])])
    y = 2 * rng.normal(size=7)[who] + rng.normal(size=len(who))
    return mixed.fit_mixed(y, np.ones((len(who), 1)), who).flags


def of_doses(highest: float) -> Codes:
    """An IC50 of 30, tested in doublings up to ``highest``."""
    doses = np.array([0.0, *(d for d in 0.4 * 2.0 ** np.arange(10) if d <= highest)])
    with np.errstate(divide="ignore"):
        y = 10 + 90 / (1 + (doses / 30) ** 1.5)
    return dose_response.dose_curve(doses, y + 0.01 * np.cos(np.arange(len(doses)))).flags


def of_wells(donors: list[str]) -> Codes:
    """Three wells of vehicle and three of the drug."""
    index = [f"W{i}" for i in range(6)]
    obs = pd.DataFrame({"donor": donors, "condition": ["vehicle", "drug"] * 3}, index=index)
    adata = AnnData(np.zeros((6, 2)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": [1.0, 2.0, 1.2, 2.1, 1.1, 2.2]}, index=index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    try:
        table = ifn.tl.drug_effect(adata, method="mean", vehicle="vehicle", drug="drug")
    except DesignError as refusal:
        return (str(refusal).split(":")[0],)
    return tuple(table["flags"].iloc[0].split(";"))


def of_genes(pull: float) -> Codes:
    """Two genes that rise together; the third is orthogonal to their sum but for ``pull``."""
    rise, other = np.array([-1.0, 0.0, 0.0, 1.0]), np.array([1.0, -1.0, -1.0, 1.0])
    return agreement.alpha(np.column_stack([rise, 2 * rise, other + pull * rise])).flags


def of_signature(name: str) -> Codes:
    return of_change({"before": [0.0] * 10, "after": STEADY, "name": name})


def of_scope(scope: str) -> Codes:
    return of_change({"before": [0.0] * 10, "after": STEADY, "scope": scope})


def of_covariate(kind: str, after: list[float]) -> Codes:
    """Patients with 10 mg, or a share of 0.6, at baseline."""
    change = change_of([0.0] * len(after), STEADY[: len(after)])
    before = [10.0 if kind == "steroid" else 0.6] * len(after)
    for slot, values in ((keys.OBSM_CLINICAL_BASELINE, before), (keys.OBSM_CLINICAL_FOLLOWUP, after)):
        change.obsm[slot] = change.obsm[slot].assign(x=values)
    how: dict[str, Any] = {"steroid": "x"} if kind == "steroid" else {"cell_fractions": ["x"]}
    return tuple(ifn.tl.test_change(change, **how)["flags"].iloc[0].split(";"))


def of_arms(arms: list[str]) -> Codes:
    """One primary test in each arm."""
    change = change_of([0.0] * 12, [*STEADY, -1.02, -0.98])
    change.obs["arm"] = arms
    return tuple(ifn.tl.test_change(change, primary="sig", arm="arm")["flags"].iloc[0].split(";"))


def of_event(visit: str | None) -> Codes:
    """Nine patients with both visits; the tenth has no follow-up, after an event or without one."""
    index = [*(f"P{i}_w0" for i in range(10)), *(f"P{i}_w4" for i in range(9))]
    who = [text.split("_")[0] for text in index]
    obs = pd.DataFrame({
        "patient": who, "visit": [text.split("_")[1] for text in index],
        "death": [visit if name == "P9" else None for name in who],
    }, index=index)  # fmt: skip
    adata = AnnData(np.zeros((19, 1)), obs=obs)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": [*[0.0] * 10, *STEADY[:9]]}, index=index)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        change = ifn.tl.change(
            adata, method="mean", baseline="w0", followup="w4", events=[ifn.tl.Event("death", "treatment_policy")]
        )  # fmt: skip
    return tuple(ifn.tl.test_change(change)["flags"].iloc[0].split(";"))


def of_coverage(present: int) -> Codes:
    """A signature of ten genes, of which some were measured, beside one that has all."""
    genes = [*(f"G{i}" for i in range(present)), "X1", "X2"]
    adata = AnnData(np.ones((3, len(genes))), var=pd.DataFrame(index=genes))
    keys.declare_unit(adata, "log2_cpm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ifn.tl.score(
            adata, {"ten": [f"G{i}" for i in range(10)], "all": ["X1", "X2"]}, method="mean", low_coverage="skip"
        )  # fmt: skip
    status = ifn.get.coverage(adata).set_index("signature").loc["ten", "status"]
    return (COVERAGE_FLAGS.get(status, ""),)


def areas(pair: tuple[list[float], list[float]]) -> Codes:
    return flags.auc_flags(roc.auc(*pair))


def reasons(before: float) -> Codes:
    got = suppression.per_patient([before], [0.5], "log_ratio", healthy_cut=CUT, healthy_mean=1.0)
    return tuple(reason for reason in got.reasons if reason)


def cut_flags(patients: list[float]) -> Codes:
    return cutoff.healthy_cut(HEALTHY, patients).flags


START = [CUT + EPS] * 8
PROVISIONAL = next(name for name, record in SIGNATURES.items() if record.provisional)
KNOWN = next(name for name, record in SIGNATURES.items() if not record.provisional)
ENDS = cutoff.healthy_cut(HEALTHY)

CASES: tuple[Case, ...] = (
    ("N_PAIRS_LT_6", flags.paired_flags, STEADY[:5], STEADY[:6]),
    ("N_LT_10", flags.paired_flags, STEADY[:9], STEADY[:10]),
    ("N_LT_10", areas, (HIGH, LOW[:4]), (HIGH, LOW)),
    ("MIN_P_UNREACHABLE", flags.paired_flags, STEADY[:5], STEADY[:6]),
    ("MIN_P_UNREACHABLE", flags.paired_flags, [*STEADY[:5], 0.0], [*STEADY[:5], 0.1]),
    # 3 against 3: 2 of 20 assignments; 4 against 4: 2 of 70
    ("MIN_P_UNREACHABLE", areas, (HIGH[:3], LOW[:3]), (HIGH[:4], LOW[:4])),
    ("TIES", flags.paired_flags, [*STEADY[:9], -STEADY[0]], STEADY),
    ("TIES", areas, (HIGH, [*LOW[:4], 4.0]), (HIGH, LOW)),
    ("ZEROS_DROPPED", flags.paired_flags, [*STEADY[:9], 0.0], [*STEADY[:9], 0.001]),
    # skewness of three equal values and another is 2 / sqrt(3) = 1.155; of 0 0 .25 .5 it is 0.49
    ("SKEWED_DIFF", flags.paired_flags, [-1.0, -1.0, -1.0, -1.5], [-1.0, -1.0, -1.25, -1.5]),
    # skewness of three values is at most 1 / sqrt(2), where two are equal
    ("SKEWED_DIFF", flags.paired_flags, [-3.0, -1.5, -1.5], [-3.0, -1.8, -1.5]),
    # ten patients: skewness 1.188 and 1.122; one normal cohort in twenty of that size exceeds 1.159
    ("SKEWED_DIFF", flags.paired_flags, [*STEADY[:9], -0.2], [*STEADY[:9], -0.23]),
    # ten patients: the last lies 2.298 and 2.287 SD from the mean; Grubbs' limit is 2.290
    ("OUTLIER_PATIENT", flags.paired_flags, [*STEADY[:9], -0.23], [*STEADY[:9], -0.24]),
    # two patients have no outlier, however far apart
    ("OUTLIER_PATIENT", flags.paired_flags, [-1.0, -1.0, 9.0], [-1.0, 9.0]),
    ("FLOOR", of_change, {"before": [CUT - EPS, *START[1:]], "after": STEADY[:8], "healthy": HEALTHY},
     {"before": START, "after": STEADY[:8], "healthy": HEALTHY}),
    ("BASELINE_NOT_HIGH", reasons, CUT, CUT + EPS),
    ("RTM_SUBGROUP", of_change, {"before": HIGH + LOW, "after": STEADY, "how": {"selected_by_baseline": 1.5}},
     {"before": HIGH + LOW, "after": STEADY}),
    ("MULTIPLE_PRIMARY", of_arms, ["a"] * 6 + ["b"] * 6, ["a"] * 12),
    ("MISSING_VISITS", lambda gap: of_visits(9, gap), True, False),
    ("AUC_BOUNDARY", areas, (HIGH, LOW[:4]), (HIGH, LOW)),
    ("CLASS_LT_5", areas, (HIGH[:4], LOW), (HIGH, LOW)),
    ("MC_ERROR", flips, 1999, 4999),
    ("HC_LT_10", lambda n: cutoff.healthy_cut(HEALTHY[:n]).flags, 9, 10),
    # two of ten between the ends of the interval of the cut, or one: a tenth is not more than a tenth
    ("CUT_UNCERTAIN", cut_flags, [9.0] * 8 + [ENDS.cut, ENDS.ci_high - EPS], [9.0] * 8 + [ENDS.cut, ENDS.ci_high + EPS]),
    ("FIELLER_UNBOUNDED", of_fieller, -EPS, EPS),
    ("NOT_ESTIMABLE", of_suppression, 1, 2),
    ("MODEL_COV_SIMPLE", of_simple, 3, 2),
    ("ARMS_VARY_UNLIKE", of_unlike, 2.11, 2.10),
    ("COV_UNSTRUCTURED_REFUSED", of_visits, 17, 18),
    ("SINGULAR_FIT", of_intercept, 0.534, 0.535),  # sqrt(2 / 7) is .5345
    ("NOT_CONVERGED", lambda cohort: free(cohort).flags, "n6", "n12"),
    ("IC50_OUT_OF_RANGE", of_doses, 25.6, 51.2),
    ("WELLS_AS_REPLICATES", of_wells, ["a"] * 6, ["a"] * 4 + ["b"] * 2),
    ("GENE_NEG_ITEM_REST", of_genes, -EPS, EPS),
    ("SAMPLES_NOT_PATIENTS", of_samples, [*"abcdefghij", "j"], [*"abcdefghijk"]),
    ("PROVISIONAL_LIST", of_signature, PROVISIONAL, KNOWN),
    # two patients more than terms are not enough for an adjusted change; the dose of one moved, or of nobody
    ("STEROID_CHANGED", lambda mg: of_covariate("steroid", mg), [10.0, 10.0, 10.0, 5.0], [10.0] * 4),
    ("STEROID_CHANGED", lambda mg: of_covariate("steroid", mg), [10.0] * 3 + [5.0], [10.0] * 4 + [5.0]),
    # the dose fell in all six; it stayed the same in one of them
    ("ADJUSTMENT_EXTRAPOLATES", lambda mg: of_covariate("steroid", mg), [5.0, 8.0, 2.0, 9.0, 7.0, 4.0], [5.0, 8.0, 2.0, 9.0, 7.0, 10.0]),
    ("CELL_COMPOSITION_UNADJUSTED", lambda x: of_covariate("cells", x), [0.6, 0.6, 0.6, 0.5], [0.6] * 4),
    ("INFORMATIVE_MISSING", of_event, "w4", None),
    ("COVERAGE_LT_50", of_coverage, 4, 5),
    ("COVERAGE_LT_80", of_coverage, 7, 8),
    ("COHORT_SCALED", of_scope, "cohort", "reference"),
    ("GENE_PERM_NOT_CALIBRATED", lambda test: test(None), of_prerank, of_gene_set),
    *association_flag_cases.CASES,
)  # fmt: skip
