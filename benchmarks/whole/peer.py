"""The whole job as a script of pandas, gseapy, SciPy and statsmodels: what one writes without ifnsig.

    python benchmarks/whole/peer.py FOLDER OUT METHOD...

FOLDER holds counts.tsv, samples.tsv and sets.gmt; OUT gets scores.tsv, changes.tsv and associations.tsv.
"""

import sys
from pathlib import Path

import gseapy
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

folder, out, methods = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
primary = "rice2013_6"

counts = pd.read_csv(folder / "counts.tsv", sep="\t", index_col=0)
samples = pd.read_csv(folder / "samples.tsv", sep="\t", index_col=0).loc[counts.columns].rename_axis("sample")
lines = [line.split("\t") for line in (folder / "sets.gmt").read_text().splitlines()]
sets = {line[0]: [gene for gene in line[2:] if gene in counts.index] for line in lines}

# edgeR's cpm(log=TRUE, prior.count=2)
sizes = counts.sum()
prior = 2 * sizes / sizes.mean()
expression = np.log2((counts + prior) / (sizes + 2 * prior) * 1e6)


def zscore():
    healthy = expression.loc[:, samples["group"] == "healthy"]
    mean, sd = healthy.mean(axis=1), healthy.std(axis=1)
    wanted = {name: [gene for gene in genes if sd[gene] > 0] for name, genes in sets.items()}
    return pd.DataFrame(
        {
            name: expression.loc[genes].sub(mean[genes], axis=0).div(sd[genes], axis=0).mean()
            for name, genes in wanted.items()
        }
    )


def singscore():
    ranks = pd.DataFrame(
        stats.rankdata(expression.to_numpy(), method="min", axis=0), expression.index, expression.columns
    )
    scores = {}
    for name, genes in sets.items():
        low, high = (len(genes) + 1) / 2, (2 * len(ranks) - len(genes) + 1) / 2
        scores[name] = (ranks.loc[genes].mean() - low) / (high - low) - 0.5
    return pd.DataFrame(scores)


def wide(found):
    return found.res2d.pivot(index="Name", columns="Term", values="ES").astype(float)


def ssgsea():
    return wide(
        gseapy.ssgsea(
            expression, gene_sets=sets, sample_norm_method="rank", min_size=1, max_size=5000, threads=1,
            no_plot=True, outdir=None,
        )
    )  # fmt: skip


def gsva():
    return wide(gseapy.gsva(expression, gene_sets=sets, min_size=1, max_size=5000, threads=1, outdir=None))


def auc(positive, negative):
    """AUC and DeLong's standard error."""
    m, n = len(positive), len(negative)
    both = stats.rankdata(np.concatenate([positive, negative]))
    above = (both[:m] - stats.rankdata(positive)) / n
    below = 1 - (both[m:] - stats.rankdata(negative)) / m
    return above.mean(), np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n)


def with_q(table, family, p):
    """BH within a family; the primary signature is no part of it."""
    table["q"] = np.nan
    for _, rows in table[~table["primary"]].groupby(family):
        table.loc[rows.index, "q"] = multipletests(rows[p], method="fdr_bh")[1]
    return table


scores = {method: globals()[method]().loc[samples.index, list(sets)] for method in methods}
long = pd.concat({method: table.rename_axis("sample") for method, table in scores.items()}, names=["method"])
long = long.melt(ignore_index=False, var_name="signature", value_name="score").reset_index()
long.to_csv(out / "scores.tsv", sep="\t", index=False)

patients = samples[samples["group"] == "patient"]
before = patients[patients["visit"] == "week0"].reset_index().set_index("patient")
after = patients[patients["visit"] == "week4"].reset_index().set_index("patient").loc[before.index]

rows = []
for method, table in scores.items():
    for name in sets:
        change = table.loc[after["sample"], name].to_numpy() - table.loc[before["sample"], name].to_numpy()
        t = stats.ttest_1samp(change, 0)
        ci = t.confidence_interval()
        rows.append(
            {
                "signature": name, "method": method, "estimate": change.mean(), "ci_low": ci.low, "ci_high": ci.high,
                "p": t.pvalue, "p_rank": stats.wilcoxon(change).pvalue,
                "primary": name == primary and method == methods[0],
            }
        )  # fmt: skip
with_q(pd.DataFrame(rows), "method", "p").to_csv(out / "changes.tsv", sep="\t", index=False)

table, better = scores[methods[0]], (before["better"] == "yes").to_numpy()
healthy = samples.index[samples["group"] == "healthy"]
rows = []
for name in sets:
    first = table.loc[before["sample"], name].to_numpy()
    last = table.loc[after["sample"], name].to_numpy()
    compared = {
        ("group", "sample"): (first, table.loc[healthy, name].to_numpy()),
        ("better", "baseline"): (first[better], first[~better]),
        ("better", "followup"): (last[better], last[~better]),
        ("better", "change"): ((last - first)[better], (last - first)[~better]),
    }
    for (outcome, score), (positive, negative) in compared.items():
        area, se = auc(positive, negative)
        row = {
            "outcome": outcome, "score": score, "signature": name, "estimate": area, "se": se,
            "p": stats.mannwhitneyu(positive, negative).pvalue,
            "primary": name == primary and score in ("sample", "change"),
        }  # fmt: skip
        row["judged_by"] = row["p"]
        if score == "change":
            fit = sm.Logit(better, sm.add_constant(np.column_stack([last - first, first]))).fit(disp=0)
            row |= {"given_estimate": fit.params[1], "given_p": fit.pvalues[1], "judged_by": fit.pvalues[1]}
        rows.append(row)
with_q(pd.DataFrame(rows), "outcome", "judged_by").to_csv(out / "associations.tsv", sep="\t", index=False)
