from .arms.predictive import predictive as predictive
from .arms.two_arms import test_arms as test_arms
from .association._outcomes import read_outcome as read_outcome
from .association.associate import associate as associate
from .association.compare_scores import compare_scores as compare_scores
from .association.label_table import label_table as label_table
from .association.respond import respond as respond
from .association.survival_curves import survival_curves as survival_curves
from .changes._events import Event as Event
from .changes.change import change as change
from .changes.in_vitro import dose_response as dose_response
from .changes.in_vitro import drug_effect as drug_effect
from .changes.pair_visits import pair_visits as pair_visits
from .changes.planning import pilot_numbers as pilot_numbers
from .changes.planning import plan_auc as plan_auc
from .changes.planning import plan_pairs as plan_pairs
from .changes.pool import pool as pool
from .changes.several_visits import test_visits as test_visits
from .changes.specificity import specificity as specificity
from .changes.specificity import specificity_sets as specificity_sets
from .changes.suppression import suppression as suppression
from .changes.test_change import test_change as test_change
from .changes.time_course import time_course as time_course
from .gene_level.count_changes import count_changes as count_changes
from .gene_level.gene_agreement import gene_agreement as gene_agreement
from .gene_level.gene_changes import gene_changes as gene_changes
from .gene_level.gene_changes import leading_edge as leading_edge
from .gene_level.gene_set_changes import gene_set_changes as gene_set_changes
from .gene_level.gene_set_changes import prerank as prerank
from .reliability.agreement import agreement as agreement
from .reliability.retest import retest as retest
from .reliability.score_groups import score_groups as score_groups
from .scoring.genes import (
    declared_controls as declared_controls,
)
from .scoring.genes import (
    gene_table as gene_table,
)
from .scoring.genes import (
    signature_genes as signature_genes,
)
from .scoring.positive import call_positive as call_positive
from .scoring.random_scores import random_scores as random_scores
from .scoring.rank_tables import rank_dispersion as rank_dispersion
from .scoring.rank_tables import rank_permutation_p as rank_permutation_p
from .scoring.score import score as score
from .wording._table import acknowledge as acknowledge
