"""What the methods paragraph says of the further questions and of events, one sentence a table that has rows."""

from __future__ import annotations

from ._results import Results

FEW_READS = "too few reads"

TOLD: dict[str, str] = {
    "subgroup_tests": (
        "Patients with a high baseline were also tested by themselves, beside the mean fall that regression to the mean"
        " makes of them, SD (1 - ICC) phi(c) / (1 - Phi(c))."
    ),
    "suppression": (
        "Percent suppression is the ratio of the mean fall to the mean excess over healthy, with Fieller's interval;"
        " patients whose baseline is not above healthy mean + 2 SD have no percentage of their own."
    ),
    "visit_tests": (
        "All visits were modelled together (REML, free covariance of the visits, t with adjusted degrees of freedom, Holm"
        " over the visits); with too few patients each visit was compared in pairs."
    ),
    "arm_tests": (
        "Arms were compared at the same baseline: by ANCOVA (HC2 errors, Bell and McCaffrey's degrees of freedom), or all"
        " visits in one model (MMRM: free covariance, REML, Kenward and Roger's degrees of freedom) where the table says so."
    ),
    "time_course": "Nadir and rebound are described for every patient and not tested.",
    "gene_sets": (
        "Genes of a signature were tested together by sign flips of patients of their mean standardised change, corrected"
        " over signatures by max-T."
    ),
    "gene_changes": (
        "Genes were tested one by one with patients paired; q is Benjamini and Hochberg's over the tested genes of a visit."
    ),
    "enrichment": "Enrichment ranks genes by t; its p shuffles genes and is not used as a test.",
    "score_groups": "One and two normal components in the baseline scores were compared by BIC, as a description.",
    "survival_curves": (
        "Kaplan-Meier curves have log(-log) intervals; a split of the score is compared by the log-rank test and stands"
        " beside the Cox model, not in its place."
    ),
    "agreement": "Agreement is given by Spearman's rho, ICC(C,1), ICC(A,1), Lin's concordance and Bland-Altman's limits.",
    "gene_agreement": "Agreement of genes is given by Cronbach's alpha with Feldt's interval, and by leaving out each gene.",
    "drug_effect": "Drug and vehicle were paired by donor; wells of a donor and condition were averaged.",
    "dose_response": (
        "IC50s are of four-parameter log-logistic curves, one a donor, summarised as geometric mean with a t interval of the"
        " logarithms."
    ),
}
"""Table -> how it was made."""

ESTIMANDS: dict[str, str] = {
    "treatment_policy": "treatment policy: scores and responses as they were measured, whatever happened",
    "hypothetical": "hypothetical: visits from the event on are left out, as if it had not happened",
    "while_on_treatment": "while on treatment: the last visit before the event stands for later ones",
    "non_responder": "composite: scores as they were measured, the patient counts as not responding",
}
"""Rule of an event -> the estimand in words."""


def further(results: Results) -> str:
    """How the further questions were answered; empty where none was asked."""
    told = [sentence for table, sentence in TOLD.items() if results.has(table)]
    tests = results.table("change_tests")
    if "adjusted_for" in tests and tests["adjusted_for"].fillna("").ne("").any():
        told.insert(
            0, "The adjusted change is the intercept of a regression on the changes of the covariates."
        )
    told += _genes_not_tested(results)
    return f"Further: {' '.join(told)}" if told else ""


def _genes_not_tested(results: Results) -> list[str]:
    """How many genes were left out of the tests of genes, and by what rule."""
    table = results.table("gene_changes")
    if "reason" not in table:
        return []
    one = table[table["visit"] == table["visit"].iloc[0]] if len(table) else table
    counted = one["reason"].fillna("").loc[lambda why: why != ""].value_counts(sort=False)
    if counted.empty:
        return []
    named = ", ".join(f"{number} {reason}" for reason, number in counted.items())
    rule = ""
    if FEW_READS in counted:
        least = (results.provenance.get("study") or {}).get("genes", {}).get("min_count")
        rule = (
            f" (too few: below {least:g} at the median library size, in as many samples as the smallest visit has, the"
            " rule of edgeR's filterByExpr)"
            if least
            else " (by the rule of edgeR's filterByExpr)"
        )
    return [f"Of {len(one)} genes these were not tested: {named}{rule}."]


def estimands(results: Results) -> str:
    """What was asked about visits after rescue, discontinuation or death; empty where no event was declared."""
    events = results.design.get("events") or []
    parts = [f"{event['column']}, {ESTIMANDS.get(event['rule'], event['rule'])}" for event in events]
    return f"Estimand after an event: {'; '.join(parts)}." if parts else ""
