"""Gene by gene and gene sets: the real correlation of genes, no change."""

from __future__ import annotations

import numpy as np
import pandas as pd

import ifnsig as ifn
from ifnsig.stats import gene_sets, moderated, moderated_visits, multiplicity

from . import worlds
from .entry import SLOW, Entry, Trial
from .pools import MOST
from .two_visits import ALPHA, FLIPS

Random = np.random.Generator
GROUP = "Genes and gene sets"
SETTINGS = ("simulator, ICC 0.7", "influenza challenge")
SIZES = (3, 6, 12, 24)
SHUFFLES = 199


def moderated_t(trend: bool):
    """Trial: the share of genes with p < .05."""

    def trial(rng: Random, n: int, setting: str) -> Trial:
        d, mean = worlds.gene_differences(rng, n, setting)
        p = moderated.moderated_paired_t(d, mean if trend else None).p
        return Trial(float((p < ALPHA).mean()))

    return trial


def any_gene(rng: Random, n: int, setting: str) -> Trial:
    """Benjamini-Hochberg where nothing changes: any gene found is a false discovery."""
    d, mean = worlds.gene_differences(rng, n, setting)
    q = multiplicity.adjust(moderated.moderated_paired_t(d, mean).p)
    return Trial(float((q < ALPHA).any()))


def with_gaps(rng: Random, n: int, setting: str) -> Trial:
    """Three visits, a fifth of them missing: one consensus correlation for all genes."""
    source = worlds.pool(setting).genes
    chosen = source[rng.choice(len(source), n, replace=False)]
    order = rng.random(chosen.shape[:2]).argsort(axis=1)
    chosen = np.take_along_axis(chosen, order[:, :, None], axis=1)
    seen = rng.random((n, 3)) >= 0.2
    seen[:, 0], seen[0, 1], seen[:2, 2] = True, False, True
    who, when = np.nonzero(seen)
    got = moderated_visits.moderated_visits(chosen[who, when], who, when.astype(float))
    return Trial(float(np.mean([(change.p < ALPHA).mean() for change in got.changes])))


def _module(rng: Random, n: int, setting: str) -> np.ndarray:
    return worlds.gene_differences(rng, n, setting)[0][:, worlds.pool(setting).members]


def gene_set(rng: Random, n: int, setting: str) -> Trial:
    got = gene_sets.gene_set(_module(rng, n, setting), rng, n_flips=FLIPS)
    return Trial(float(got.flip.p <= ALPHA))


def gene_set_interval(rng: Random, n: int, setting: str) -> Trial:
    t = gene_sets.gene_set(_module(rng, n, setting), rng, n_flips=1).t
    return Trial(float(t.ci_low <= 0 <= t.ci_high))


def prerank(rng: Random, n: int, setting: str) -> Trial:
    """GSEA prerank on the moderated t, genes shuffled."""
    d, mean = worlds.gene_differences(rng, n, setting)
    t = moderated.moderated_paired_t(d, mean).t
    names = [f"G{i}" for i in range(len(t))]
    table = pd.DataFrame({"gene": names, "visit": "v", "t": t})
    members = {"module": [names[i] for i in worlds.pool(setting).members]}
    row = ifn.tl.prerank(table, members, n_permutations=SHUFFLES, seed=int(rng.integers(2**31))).iloc[0]
    return Trial(float(row["p_gene_perm"] <= ALPHA), lambda: tuple(row["flags"].split(";")))


CORRELATED = "On average over cohorts it holds. Genes go together, so in one cohort many or none of them may be below .05."

ENTRIES = (
    Entry(GROUP, "moderated t, share of genes with p < .05", "type I error", ALPHA, moderated_t(False), SETTINGS, SIZES,
          SLOW, CORRELATED, MOST),
    Entry(GROUP, "the same with a trend over expression", "type I error", ALPHA, moderated_t(True), SETTINGS, SIZES,
          SLOW, CORRELATED, MOST),
    Entry(GROUP, "moderated t with missing visits, consensus correlation", "type I error", ALPHA, with_gaps,
          ("simulator, ICC 0.7",), (6, 12, 24), SLOW // 4, CORRELATED),
    Entry(GROUP, "any gene with q < .05 (Benjamini-Hochberg)", "type I error", ALPHA, any_gene, SETTINGS, SIZES, SLOW,
          "With three patients the few degrees of freedom rest on the variances of genes with few counts, which are not those"
          " of a normal score: genes found there are a list to look at. `tl.gene_changes` says `N_LT_10`.", MOST),
    Entry(GROUP, "gene set, sign flips", "type I error", ALPHA, gene_set, SETTINGS, SIZES, 2000, "", MOST),
    Entry(GROUP, "gene set, t interval", "coverage", 0.95, gene_set_interval, SETTINGS, SIZES, 2000,
          "Genes are scaled by their own changes, so few patients make the scores less than normal.", MOST),
    Entry(GROUP, "GSEA prerank, genes shuffled", "type I error", ALPHA, prerank, SETTINGS, (6, 12), 150,
          "Shuffling genes takes a co-expressed set for a changed one: the p is called `p_gene_perm` and is flagged; test with"
          " the sign flips.", MOST),
)  # fmt: skip
