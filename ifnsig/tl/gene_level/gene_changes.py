"""Which genes changed, and which genes of a signature fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from ... import gate
from ...checks import number_between
from ...pp._controls import Samples
from ...stats.flags import FEW
from ...stats.genes.expression_filter import MIN_COUNT
from ...stats.genes.moderated import FEWEST_GENES, moderated_paired_t
from ...stats.genes.moderated_visits import FEWEST_FOR_CONSENSUS, moderated_visits
from ...stats.multiplicity import benjamini_hochberg
from ..changes._contrast import Row
from ..scoring._signatures import find_signatures, renamed
from ._gene_pairs import GenePairs, read_gene_pairs
from ._tested_genes import (
    CONSTANT,
    FEW_READS,
    GAPS,
    Reasons,
    check_gene_table,
    counts_behind,
    dense_rows,
    few_reads,
    never_varies,
    say_untested,
)

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = (
    "gene", "visit", "contrast", "mean_expression", "change", "ci_low", "ci_high", "ci_level", "t", "df", "p", "q",
    "n_patients", "n_excluded", "patients_as", "correlation", "reason", "flags",
)  # fmt: skip
_Change = tuple[str, Any, Any, Any, Any, Any]
"""Visit, change, standard error, t, p, degrees of freedom."""


def gene_changes(
    adata: AnnData,
    *,
    layer: str | None = None,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None = None,
    replicates: Literal["raise", "mean"] = "raise",
    trend: bool = True,
    min_count: float = MIN_COUNT,
    level: float = 0.95,
) -> pd.DataFrame:
    """Change of every gene from the baseline, by the moderated paired t (empirical Bayes).

    One follow-up: paired differences. Several: one model for all visits; patients are fixed effects when all have all
    visits, else the visits of a patient share one correlation, the same for all genes (see
    ``stats.moderated_visits``).

    Parameters
    ----------
    adata, layer
        Samples x genes on a log scale.
    patient, visit, baseline, followup, controls, replicates
        As in ``tl.change``.
    trend
        Whether the variance that genes lend each other follows their mean expression.
    min_count
        Where the layer was made of counts: genes with fewer reads than this, at the median library size, in as many
        samples as the smallest visit has are not tested (``stats.expression_filter``, the rule of edgeR's
        ``filterByExpr``); 0 tests them all. Genes that never vary are not tested, whatever the values are.
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a gene and visit: ``gene, visit, contrast, mean_expression, change`` (log2 fold if the unit is log2),
        ``ci_low, ci_high, ci_level, t, df, p, q`` (Benjamini-Hochberg over the tested genes of a visit), ``n_patients,
        n_excluded, patients_as`` (``"pairs"``, ``"fixed"``, ``"correlation"``), ``correlation``, ``reason`` why a gene is
        not tested (it has no numbers then), ``flags``.

    Raises
    ------
    UnitError, DesignError, ParameterError
        The values are not on a log scale; no pair, an unknown visit or column.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.gene_changes")
    number_between(min_count, 0, 1e300, name="min_count", function="tl.gene_changes")
    pairs = read_gene_pairs(
        adata, layer=layer, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls,
        replicates=replicates,
    )  # fmt: skip
    first = ~pd.Index(pairs.patients).duplicated()
    expression = np.vstack([pairs.before[first], pairs.after])
    why = _untested(adata, layer, pairs, expression, min_count)
    say_untested(why, min_count, "tl.gene_changes")
    left = np.asarray(why == "", dtype=bool)
    tested = left[pairs.whole]
    table = pd.DataFrame({
        "gene": [str(gene) for gene in adata.var_names],
        "mean_expression": _placed(expression.mean(axis=0), pairs.whole), "reason": list(why),
    })  # fmt: skip
    if refusal := _refusal(pairs, tested):
        table["reason"] = np.where(left, refusal, why)
        facts: Row = {"patients_as": "pairs" if len(pairs.followups) == 1 else "fixed", "correlation": np.nan}
        nothing = np.full(int(tested.sum()), np.nan)
        changes: list[_Change] = [
            (name, nothing, nothing, nothing, nothing, np.nan) for name in pairs.followups
        ]
    else:
        facts, changes = _fit(pairs, expression, first, tested, trend)
    tables = []
    for name, change, se, t, p, df in changes:
        half = stats.t.ppf((1 + level) / 2, df) * np.where(np.isnan(t), np.nan, se)
        rows = table.assign(
            visit=name, contrast=f"{name} - {pairs.baseline}", **_about(pairs, name, level), **facts
        )
        numbers: Row = {
            "change": change,
            "ci_low": change - half,
            "ci_high": change + half,
            "t": t,
            "df": df,
            "p": p,
        }
        for column, values in numbers.items():
            rows[column] = _placed(values, left)
        rows["q"] = benjamini_hochberg(rows["p"])
        if refusal:
            rows["flags"] = [
                ";".join(filter(None, ("NOT_ESTIMABLE" if not one else "", flags)))
                for one, flags in zip(why, rows["flags"], strict=True)
            ]
        tables.append(rows[list(COLUMNS)])
    return pd.concat(tables, ignore_index=True)


def _placed(values: Any, where: np.ndarray) -> np.ndarray:
    """One value a gene: those given in their places, NaN elsewhere."""
    column = np.full(len(where), np.nan)
    column[np.asarray(where, dtype=bool)] = values
    return column


def _untested(
    adata: AnnData, layer: str | None, pairs: GenePairs, expression: np.ndarray, min_count: float
) -> Reasons:
    """Why each gene of the matrix is not tested."""
    why: Reasons = np.where(pairs.whole, "", GAPS).astype(object)
    why[np.flatnonzero(pairs.whole)[never_varies(expression)]] = CONSTANT
    counted, behind = counts_behind(adata, layer)
    if counted and min_count:
        counts = dense_rows(gate.matrix(adata, behind), pairs.samples)
        why[few_reads(counts, pairs.sample_visits, min_count) & pairs.whole] = FEW_READS
    return why


def _refusal(pairs: GenePairs, tested: np.ndarray) -> str:
    """Why no gene can be tested; empty where some can."""
    n = len(set(pairs.patients.tolist()))
    if n < FEWEST_FOR_CONSENSUS and len(pairs.patients) <= len(pairs.followups):
        return f"{len(pairs.patients)} pairs at {len(pairs.followups)} visits: how far changes differ is not known"
    if tested.sum() < FEWEST_GENES:
        return f"{tested.sum()} genes are left, and {FEWEST_GENES} are needed to lend each other variance"
    return ""


def _about(pairs: GenePairs, name: str, level: float) -> Row:
    n = int((pairs.visits == name).sum())
    gone = sum(row["visit"] in ("", name) for row in pairs.left_out)
    flags = [*(["N_LT_10"] if n < FEW else []), *(["MISSING_VISITS"] if gone else [])]
    return {"ci_level": level, "n_patients": n, "n_excluded": gone, "flags": ";".join(flags)}


def _fit(
    pairs: GenePairs, expression: np.ndarray, first: np.ndarray, tested: np.ndarray, trend: bool
) -> tuple[Row, list[_Change]]:
    """How patients entered, and the change of the tested genes at each visit."""
    expression = expression[:, tested]
    if len(pairs.followups) == 1:
        abundance = expression.mean(axis=0) if trend else None
        found = moderated_paired_t((pairs.after - pairs.before)[:, tested], abundance)
        facts: Row = {"patients_as": "pairs", "correlation": np.nan}
        return facts, [(pairs.followups[0], found.estimate, found.se, found.t, found.p, found.df)]
    order = {name: float(place) for place, name in enumerate(pairs.followups, start=1)}
    times = [*np.zeros(int(first.sum())), *(order[name] for name in pairs.visits)]
    fit = moderated_visits(expression, [*pairs.patients[first], *pairs.patients], times, trend=trend)
    names = {place: name for name, place in order.items()}
    changes: list[_Change] = [
        (names[when], one.estimate, one.se, one.t, one.p, one.df)
        for when, one in zip(fit.visits, fit.changes, strict=True)
    ]
    return {"patients_as": fit.patients_as, "correlation": fit.correlation}, changes


def leading_edge(genes: pd.DataFrame, signatures: str | Sequence[str] | Mapping[str, Any]) -> pd.DataFrame:
    """Which genes of a signature fell, which rose, and which did not clearly change.

    Parameters
    ----------
    genes
        What ``tl.gene_changes`` returned.
    signatures
        As in ``tl.score``.

    Returns
    -------
    pandas.DataFrame
        ``signature, visit, gene, direction, change, ci_low, ci_high, t, p, q``, the furthest fall first. ``direction`` is
        ``"fell"`` or ``"rose"`` where the interval of the gene (not corrected for their number) excludes 0, else
        ``"no clear change"``; ``"not tested"`` for a gene without numbers in ``genes``, ``"not measured"`` for one that it
        lacks.

    Raises
    ------
    ParameterError
        ``genes`` is not such a table.
    """
    columns = ["change", "ci_low", "ci_high", "t", "p", "q"]
    check_gene_table(genes, columns, "tl.leading_edge")
    chosen = renamed(find_signatures(signatures), genes["gene"])
    tables = []
    for name, item in chosen.items():
        for when, rows in genes.groupby("visit", sort=False):
            known = rows.set_index("gene")[columns]
            table = known.reindex(list(item.genes))
            table = table.sort_values("t", kind="stable").reset_index(names="gene")
            direction = np.select(
                [~table["gene"].isin(known.index), table["change"].isna(), table["ci_high"] < 0, table["ci_low"] > 0],
                ["not measured", "not tested", "fell", "rose"], "no clear change",
            )  # fmt: skip
            table.insert(0, "signature", name)
            table.insert(1, "visit", when)
            table.insert(3, "direction", direction)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)
