"""What a simulated cohort is drawn from: every number that shapes it, in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ..checks import number_between
from ..doors import subject
from ..errors import ParameterError

TRUTH_PREFIX = "true_"
"""Columns of ``obs`` that hold what no one knows of a real patient begin with this."""

LATENT = ("type_i", "type_ii", "il6", "tnf", "cell_mix")
"""What moves a sample's genes: activities, in log2 units of the genes that answer with loading 1."""


@dataclass(frozen=True, slots=True)
class CohortSettings:
    """The shape of a simulated cohort. Activities are log2 fold changes over healthy, of a gene with loading
    1.

    Attributes
    ----------
    high_share
        Share of patients with a high interferon signature at baseline.
    high_activity, low_activity, control_activity
        Mean and SD of the type I interferon activity at baseline of the three kinds of people.
    visit_sd
        SD of an activity from visit to visit without treatment.
    suppression
        The two parameters of the beta distribution from which each patient's suppression (the fraction of the
        activity, on the log2 scale, that the drug takes away) is drawn.
    rebound_share
        Share of patients whose suppression is partly lost at the last visit.
    trough_loss
        Fraction of the suppression that is gone 24 hours after the last dose.
    il6_fall, tnf_fall
        Fraction of the IL-6/STAT3 and the TNF/NF-kB activity that the drug takes away.
    high_dose_fall
        How much prednisolone of 40 mg a day or more lowers the type I interferon activity.
    clinical_link
        Correlation of the clinical improvement with the suppression, over patients.
    improvement
        Mean and SD, over patients, of the fraction of disease activity that goes away under treatment.
    missing_visits, missing_values
        Share of follow-up visits that did not take place; share of clinical values that were not recorded.
    gene_answer_sd
        SD, over patients, of a gene's loading relative to its own: people differ in which genes answer most.
    batch_sd
        SD, over genes, of the log2 shift between the two batches.
    library_size
        Median count of a sample, over all its genes.
    """

    high_share: float = 0.63
    high_activity: tuple[float, float] = (4.0, 0.9)
    low_activity: tuple[float, float] = (0.5, 0.5)
    control_activity: tuple[float, float] = (0.0, 0.5)
    visit_sd: float = 0.3
    suppression: tuple[float, float] = (1.1, 0.9)
    rebound_share: float = 0.15
    trough_loss: float = 0.15
    il6_fall: float = 0.35
    tnf_fall: float = 0.0
    high_dose_fall: float = 0.5
    clinical_link: float = 0.45
    improvement: tuple[float, float] = (0.33, 0.25)
    missing_visits: float = 0.1
    missing_values: float = 0.01
    gene_answer_sd: float = 0.2
    batch_sd: float = 0.12
    library_size: float = 1.0e6

    def __post_init__(self) -> None:
        shares = ("high_share", "rebound_share", "trough_loss", "il6_fall", "tnf_fall", "missing_visits")
        for name in (*shares, "missing_values", "clinical_link"):
            number_between(getattr(self, name), 0, 1, name=name, function="CohortSettings")
        for spec in fields(self):
            values = getattr(self, spec.name)
            pair = values if isinstance(values, tuple) else (0.0, values)
            if pair[1] < 0 or (spec.name == "suppression" and min(pair) <= 0):
                raise ParameterError(
                    f"{subject('CohortSettings', spec.name)} must not be negative"
                    f" (SD, count or parameter of a beta distribution). Got {values!r} instead."
                )
