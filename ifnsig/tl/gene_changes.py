"""Which genes changed, and which genes of a signature fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from ..checks import number_between
from ..doors import called
from ..errors import ParameterError
from ..pp._controls import Samples
from ..stats.flags import FEW
from ..stats.moderated import moderated_paired_t
from ..stats.moderated_visits import moderated_visits
from ..stats.multiplicity import benjamini_hochberg
from ._contrast import Row
from ._gene_pairs import GenePairs, read_gene_pairs
from ._signatures import choose, renamed

if TYPE_CHECKING:
    from anndata import AnnData


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
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a gene and visit: ``gene, visit, contrast, mean_expression, change`` (log2 fold if the unit is log2),
        ``ci_low, ci_high, ci_level, t, df, p, q`` (Benjamini-Hochberg over the genes of a visit), ``n_patients,
        n_excluded, patients_as`` (``"pairs"``, ``"fixed"``, ``"correlation"``), ``correlation, flags``.

    Raises
    ------
    UnitError, DesignError, ParameterError
        The values are not on a log scale; no pair, an unknown visit or column; too few patients or genes.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.gene_changes")
    pairs = read_gene_pairs(
        adata, layer=layer, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls,
        replicates=replicates,
    )  # fmt: skip
    first = ~pd.Index(pairs.patients).duplicated()
    expression = np.vstack([pairs.before[first], pairs.after])
    abundance = expression.mean(axis=0)
    if len(pairs.followups) == 1:
        found = moderated_paired_t(pairs.after - pairs.before, abundance if trend else None)
        facts: Row = {"patients_as": "pairs", "correlation": np.nan}
        changes = [(pairs.followups[0], found.change, found.se, found.t, found.p, found.df)]
    else:
        facts, changes = _by_model(pairs, expression, first, trend)
    tables = []
    for name, change, se, t, p, df in changes:
        n = int((pairs.visits == name).sum())
        half = stats.t.ppf((1 + level) / 2, df) * np.where(np.isnan(t), np.nan, se)
        gone = sum(row["visit"] in ("", name) for row in pairs.left_out)
        tables.append(pd.DataFrame({
            "gene": pairs.genes, "visit": name, "contrast": f"{name} - {pairs.baseline}", "mean_expression": abundance,
            "change": change, "ci_low": change - half, "ci_high": change + half, "ci_level": level, "t": t, "df": df,
            "p": p, "q": benjamini_hochberg(p), "n_patients": n, "n_excluded": gone, **facts,
            "flags": ";".join([*(["N_LT_10"] if n < FEW else []), *(["MISSING_VISITS"] if gone else [])]),
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _by_model(
    pairs: GenePairs, expression: np.ndarray, first: np.ndarray, trend: bool
) -> tuple[Row, list[tuple[str, Any, Any, Any, Any, float]]]:
    """All visits in one model: how patients entered, and the change at each visit."""
    order = {name: float(place) for place, name in enumerate(pairs.followups, start=1)}
    times = [*np.zeros(int(first.sum())), *(order[name] for name in pairs.visits)]
    fit = moderated_visits(expression, [*pairs.patients[first], *pairs.patients], times, trend=trend)
    names = {place: name for name, place in order.items()}
    changes = [
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
        ``"no clear change"``; ``"not measured"`` for a gene that the matrix lacks.

    Raises
    ------
    ParameterError
        ``genes`` is not such a table.
    """
    columns = ["change", "ci_low", "ci_high", "t", "p", "q"]
    if absent := [name for name in ("gene", "visit", *columns) if name not in genes]:
        raise ParameterError(
            f"{called('tl.leading_edge')} needs the table of {called('tl.gene_changes')}; it has no {', '.join(absent)}."
        )
    chosen = renamed(choose(signatures), genes["gene"])
    tables = []
    for name, item in chosen.items():
        for when, rows in genes.groupby("visit", sort=False):
            table = rows.set_index("gene")[columns].reindex(list(item.genes))
            table = table.sort_values("t", kind="stable").reset_index(names="gene")
            direction = np.select(
                [table["change"].isna(), table["ci_high"] < 0, table["ci_low"] > 0],
                ["not measured", "fell", "rose"], "no clear change",
            )  # fmt: skip
            table.insert(0, "signature", name)
            table.insert(1, "visit", when)
            table.insert(3, "direction", direction)
            tables.append(table)
    return pd.concat(tables, ignore_index=True)
