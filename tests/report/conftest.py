"""A made-up study of the usual size: 24 patients with missing visits, 20 healthy samples, three visits."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from ifnsig.report import Results
from ifnsig.responses.tis import LEVELS
from ifnsig.simulate._genes import SIGNATURES

VISITS = ("week0", "week4", "week24")
PRIMARY = "rice2013_6"
MISSING = {("P07", "week4"), ("P11", "week24"), ("P19", "week24"), ("P03", "week4"), ("P22", "week0")}
PATIENTS = [f"P{number:02d}" for number in range(1, 25)]


def study_samples() -> pd.DataFrame:
    rows = [(f"H{n:02d}", "", "", "healthy") for n in range(1, 21)]
    rows += [
        (f"{p}_{v}", p, v, "patient") for v in VISITS for p in PATIENTS if (p, v) not in MISSING
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["sample", "patient", "visit", "group"])


def study_scores(rng: np.random.Generator) -> pd.DataFrame:
    sheet = study_samples()
    level = dict(
        zip(
            PATIENTS,
            np.where(rng.random(24) < 0.7, rng.normal(4.5, 1.2, 24), rng.normal(0.6, 0.6, 24)),
            strict=True,
        )
    )
    kept = dict(zip(PATIENTS, rng.uniform(-0.1, 0.8, 24), strict=True))
    share = {"week0": lambda p: 1.0, "week4": lambda p: (1 + 2 * kept[p]) / 3, "week24": lambda p: kept[p]}
    true = np.array([
        0.0 if group == "healthy" else level[p] * share[v](p)
        for p, v, group in zip(sheet["patient"], sheet["visit"], sheet["group"], strict=True)
    ])  # fmt: skip
    tables = []
    for signature in SIGNATURES:
        strength = 0.05 if signature.startswith("cmp_") else rng.uniform(0.5, 1.1)
        score = strength * true + rng.normal(0, 0.55, len(sheet))
        tables.append(sheet.assign(method="zscore", signature=signature, score=score))
    return pd.concat(tables, ignore_index=True)


def noise(rng: np.random.Generator, rows: pd.DataFrame) -> np.ndarray:
    return rng.normal(0, 0.7, len(rows))


def study_genes(scores: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    one = scores.loc[scores["signature"] == PRIMARY]
    people = one[["sample", "patient", "visit", "group"]]
    tables = [
        people.assign(gene=gene, z=rng.uniform(0.7, 1.4) * one["score"] + noise(rng, one))
        for gene in SIGNATURES[PRIMARY].genes
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def study_coverage() -> pd.DataFrame:
    rows = []
    for position, record in enumerate(SIGNATURES.values()):
        genes = list(record.genes)
        gone = {
            3: genes[:1],
            5: genes[: int(0.3 * len(genes)) + 1],
            8: genes[: int(0.55 * len(genes)) + 1],
        }.get(position, [])
        share = 1 - len(gone) / len(genes)
        rows.append({
            "signature": record.id, "label": record.label, "method": "zscore", "n_genes": len(genes),
            "n_found": len(genes) - len(gone), "n_used": len(genes) - len(gone), "coverage": share,
            "missing": ";".join(gone), "constant": "", "via_alias": "G1P2->ISG15" if position == 2 else "",
            "status": "scored" if share >= 0.8 else "low coverage" if share >= 0.5 else "refused",
            "provisional": record.provisional,
        })  # fmt: skip
    return pd.DataFrame(rows)


def study_change(scores: pd.DataFrame) -> pd.DataFrame:
    patients = scores.loc[scores["patient"] != ""]
    start = patients.loc[patients["visit"] == "week0"]
    later = patients.loc[patients["visit"] != "week0"]
    both = later.merge(start, on=["patient", "signature", "method"], suffixes=("", "_0"))
    return pd.DataFrame({
        "patient": both["patient"], "visit": both["visit"], "signature": both["signature"], "method": both["method"],
        "baseline": both["score_0"], "followup": both["score"], "change": both["score"] - both["score_0"],
        "baseline_sample": both["sample_0"], "followup_sample": both["sample"],
    })  # fmt: skip


def study_change_tests(change: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (signature, method, visit), part in change.groupby(["signature", "method", "visit"], sort=False):
        n, mean, sd = len(part), part["change"].mean(), part["change"].std()
        half = 2.08 * sd / np.sqrt(n)
        gone = [
            {"patient": p, "visit": v, "reason": f"no {v} sample"}
            for p, v in sorted(MISSING)
            if v in ("week0", visit)
        ]
        primary = signature == PRIMARY and visit == "week24"
        rows.append({
            "signature": signature, "method": method, "visit": visit, "contrast": f"{visit} - week0",
            "role": "primary" if primary else "secondary", "estimate": mean, "estimate_type": "mean_diff",
            "ci_low": mean - half, "ci_high": mean + half, "ci_level": 0.95, "ci_method": "t", "statistic": mean / sd,
            "df": n - 1, "p": 2e-5 if abs(mean) > half else 0.31, "p_type": "t", "p_exact": 3e-5, "p_rank": 5e-5,
            "min_attainable_p": 2 / 2**n, "q": np.nan if primary else 0.0004, "q_method": "" if primary else "BH",
            "n_patients": n, "n_excluded": len(gone), "excluded": json.dumps(gone), "sd_change": sd, "dz": mean / sd,
            "hedges_g": mean / sd * 0.96, "flags": "MISSING_VISITS" if primary else "",
            "sentence": (
                f"{signature} ({method}), {visit} - week0: the score fell, mean change {mean:.2f} (95 % CI {mean - half:.2f}"
                f" to {mean + half:.2f}; p < 0.001; {n} patients)."
            ),
        })  # fmt: skip
    return pd.DataFrame(rows)


def study_responses(change: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    one = change.loc[change["signature"] == PRIMARY].reset_index(drop=True)
    rows = []
    for place, row in one.iterrows():
        drive = np.clip(-row["change"] / 5, 0, 1) * 0.5 + rng.random() * 0.5
        parts = {
            f"part_{name}": scores[int(np.clip(drive + rng.normal(0, 0.2), 0, 0.999) * 5)]
            for name, (_, scores) in LEVELS.items()
        }
        total = sum(parts.values())
        label = "none" if total < 20 else "minimal" if total < 40 else "moderate" if total < 60 else "major"
        reason = ""
        if place in (9, 23):
            parts["part_enzyme"], total, label, reason = np.nan, np.nan, "", "MISSING_INPUT: enzyme"
        rows.append(
            {
                "patient": row["patient"],
                "visit": row["visit"],
                "measure": "tis",
                "value": total,
                "label": label,
                "reason": reason,
                **parts,
            }
        )
        rows.append({
            "patient": row["patient"], "visit": row["visit"], "measure": "inactive_disease", "value": float(total > 60),
            "label": "inactive" if total > 60 else "active", "reason": "", "part_ck": 1.0,
        })  # fmt: skip
    return pd.DataFrame(rows)


def study_labels() -> pd.DataFrame:
    """One patient whose labels are at odds, one who lacks an input."""
    rows = [
        ("P01", "week4", "major", "progressing", "tis", "ild", "yes", "", ""),
        ("P10", "week24", "", "not progressing", "ild", "", "", "tis: enzyme", ""),
    ]
    beside = ["favourable", "unfavourable", "discordant", "missing", "notes"]
    return pd.DataFrame(rows, columns=["patient", "visit", "tis", "ild", *beside])


def study_associations() -> pd.DataFrame:
    base = {
        "outcome": "tis", "outcome_type": "numeric", "score": "change", "visit": "week24", "signature": PRIMARY,
        "method": "zscore", "estimate": -0.38, "estimate_type": "spearman", "ci_low": -0.71, "ci_high": 0.07,
        "ci_level": 0.95, "ci_method": "bootstrap", "p": 0.094, "p_type": "permutation", "q": np.nan, "q_method": "",
        "n": 20, "n_positive": np.nan, "n_negative": np.nan, "n_excluded": 2,
        "excluded": json.dumps([{"patient": "P10", "visit": "week24", "reason": "MISSING_INPUT: enzyme"}]),
        "role": "primary",
        "flags": "N_LT_10",
        "sentence": (
            "rice2013_6 (zscore), change at week24 and tis: Spearman rho -0.38 (95 % CI -0.71 to 0.07; p = 0.094; n = 20):"
            " no association was shown. The interval excludes only Spearman rho below -0.71 and above 0.07."
        ),
    }  # fmt: skip
    second = base | {
        "outcome": "inactive_disease", "outcome_type": "binary", "estimate": 0.66, "estimate_type": "AUC", "ci_low": 0.41,
        "ci_high": 0.85, "p": 0.22, "role": "secondary", "n_positive": 7.0, "n_negative": 13.0, "q": 0.3, "q_method": "BH",
        "flags": "", "sentence": "",
    }  # fmt: skip
    return pd.DataFrame([base, second])


SKIPPED = [
    "Batch was not adjusted for: the sample sheet declares no batch column.",
    "hallmark_ifna: 43 of 97 genes are there. Left out: fewer than 50 % of the genes.",
]
LIMITS = [
    "The gene list of kim2018_28 is provisional: 28 genes chosen out of a confirmed list of 37.",
    "All patients took the drug: a fall can also come from regression to the mean, other treatment or time.",
    "A fall of the score is a molecular effect. It is not a clinical response.",
]


def study_provenance() -> dict:
    return {
        "study": {
            "responses": [{"measure": "tis"}, {"measure": "inactive_disease"}],
            "design": {
                "sample": "sample", "patient": "patient", "visit": "visit", "baseline": "week0",
                "followup": ["week4", "week24"], "primary_followup": "week24", "group": "group", "controls": "healthy",
            }
        },
        "primary": {"signature": PRIMARY, "method": "zscore"},
        "scores": {
            "zscore": {
                "method": "zscore", "scope": "reference", "unit": "log2_cpm", "parameters": {},
                "reference": {"label": "group = healthy", "n": 20},
            }
        },
        "versions": {"ifnsig": "0.1.0", "numpy": "2.4.6", "pandas": "2.3.3", "python": "3.11.7"},
        "seed": 20240501,
        "source": {"file": "counts.tsv", "sha256": "0" * 64},
    }  # fmt: skip


def study_results() -> Results:
    rng = np.random.default_rng(7)
    scores = study_scores(rng)
    change = study_change(scores)
    return Results(
        title="Tofacitinib in dermatomyositis (made-up example)",
        scores=scores,
        coverage=study_coverage(),
        calls=study_calls(),
        qc=study_qc(),
        genes=study_genes(scores, rng),
        change=change,
        change_tests=study_change_tests(change),
        responses=study_responses(change, rng),
        associations=study_associations(),
        asked={"labels": study_labels()},
        provenance=study_provenance(),
        skipped=SKIPPED,
        limits=LIMITS,
    )


def study_calls() -> pd.DataFrame:
    """One signature by the healthy cut-off, and by a published one that may not be used."""
    rows = [
        {
            "sample": f"P{i:02d}_week0", "signature": "rice2013_6", "method": "zscore", "score": score, "cut": cut,
            "cut_low": low, "cut_high": high, "cut_rule": rule, "call": call, "reason": reason, "flags": "",
        }
        for i, score in ((1, 4.5), (2, 0.25))
        for cut, low, high, rule, call, reason in (
            (1.66, 1.41, 2.1, "mean + 2 SD of 20 samples", "positive" if score > 1.66 else "negative", ""),
            (2.466, np.nan, np.nan, "published, TaqMan qPCR", "", "the data are from RNA-seq"),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def study_qc() -> pd.DataFrame:
    """Three samples, one of them unlike the others."""
    return pd.DataFrame({
        "sample": ["P01_week0", "P02_week0", "P03_week0"],
        "library_size": [1.1e6, 0.9e6, 0.1e6],
        "detected_genes": [1800.0, 1790.0, 900.0],
        "median_correlation": [0.98, 0.97, 0.71],
        "unusual": ["", "", "small library"],
    })  # fmt: skip


@pytest.fixture(scope="session")
def results() -> Results:
    return study_results()
