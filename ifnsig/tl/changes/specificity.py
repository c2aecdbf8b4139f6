"""Did interferon fall, or inflammation, or neutrophils? Types I and II beside comparators, on genes that do not overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import gate, get, keys
from ...checks import number_between
from ...core import Reference
from ...errors import DesignError, ParameterError, listing, suggestion
from ...pp._controls import Samples
from ...stats.changes.paired import paired_t
from ..scoring._signatures import find_signatures
from ..scoring.score import score
from .change import change as find_change

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]

SETS = {
    "type I interferon": "aybey_ifn1_20",
    "type II interferon": "aybey_ifn2_6",
    "IL-6/STAT3": "cmp_il6_stat3_no_ifn",
    "IL-2/STAT5": "cmp_il2_stat5_no_ifn",
    "TNF/NF-kB": "cmp_tnfa_nfkb_no_ifn",
    "inflammation": "cmp_inflammatory_no_ifn",
    "neutrophils": "cmp_li_M37_1_no_ifn",
    "plasma cells": "cmp_bg3_M12_15_no_ifn",
}
"""What is compared by default: name in the table -> id of the catalogue. The first is what the others stand beside."""


def specificity_sets(sets: Mapping[str, Any] | None = None) -> dict[str, dict[str, float]]:
    """The sets without the genes that are in more than one of them: name -> gene -> weight.

    Raises
    ------
    ParameterError
        A set has no gene of its own.
    """
    named = {}
    for name, genes in (SETS if sets is None else sets).items():
        item = next(iter(find_signatures(genes if isinstance(genes, str) else {name: genes}).values()))
        named[name] = dict(item.genes)
    times = Counter(gene for genes in named.values() for gene in genes)
    kept = {
        name: {gene: weight for gene, weight in genes.items() if times[gene] == 1}
        for name, genes in named.items()
    }
    if empty := [name for name, genes in kept.items() if not genes]:
        raise ParameterError(
            f"These sets share every gene with the others: {listing(empty)}. Leave one of them out."
        )
    return kept


def specificity(
    adata: AnnData,
    *,
    sets: Mapping[str, Any] | None = None,
    controls: Samples | None = None,
    reference: Reference | None = None,
    layer: str | None = None,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any = None,
    followup: Any | Sequence[Any] = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """The change of interferon scores and of comparators side by side, and how much further the first one fell.

    Each set is scored by its mean z against the controls, on genes that no other set has, so all changes are in the same
    unit (SDs of healthy people, mean over genes). The excess is the paired difference of a set's change from that of the
    first set (type I interferon): it says whether interferon fell *more*, which two separate p-values do not.

    Parameters
    ----------
    adata
        A cohort with expression; or what ``tl.change`` returned for scores of :func:`specificity_sets`, which is then
        taken as it is.
    sets
        Name -> id of the catalogue or genes; by default ``SETS``. The first is compared with the others.
    controls, reference, layer
        As in ``tl.score``.
    patient, visit, baseline, followup
        As in ``tl.change``.
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a visit and set: ``visit, set, n_genes, n_used, n_patients, change, ci_low, ci_high, excess, excess_low,
        excess_high, status, sentence``. ``excess`` < 0: the first set fell further than this one. A set with too few
        genes has a row with its status and no numbers.

    Raises
    ------
    DesignError, ParameterError, CoverageError, ReferenceRequiredError
        As ``tl.score`` and ``tl.change``; the first set is missing; no baseline or follow-up is named.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.specificity")
    if keys.read_field(adata, keys.FIELD_CHANGE) is not None:
        changed, coverage = adata, pd.DataFrame({"signature": list(adata.var_names), "status": "scored"})
        names = list(adata.var_names) if sets is None else _known(list(sets), adata)
    else:
        if baseline is None or followup is None:
            raise DesignError("tl.specificity needs the visits to compare: baseline=..., followup=...")
        chosen = specificity_sets(sets)
        names = list(chosen)
        scored = _scored(adata, chosen, controls, reference, layer)
        coverage = get.coverage(scored, "zscore")
        changed = find_change(
            scored,
            method="zscore",
            patient=patient,
            visit=visit,
            baseline=baseline,
            followup=followup,
            controls=controls,
        )
    return _table(changed, names, coverage, level)


def _known(names: list[str], changed: AnnData) -> list[str]:
    if strays := [name for name in names if name not in changed.var_names]:
        near = suggestion(strays[0], changed.var_names)
        hint = f" Did you mean {near!r}?" if near else f" Signatures: {listing(changed.var_names)}."
        raise ParameterError(f"The change holds no {listing(strays)}.{hint}")
    return names


def _scored(
    adata: AnnData,
    sets: Mapping[str, Any],
    controls: Samples | None,
    reference: Reference | None,
    layer: str | None,
) -> AnnData:
    """A copy of the samples with the scores of ``sets``; what is in ``adata`` stays as it is."""
    from anndata import AnnData as New

    matrix = gate.matrix(adata, layer)
    copy = New(X=matrix, obs=adata.obs.copy(), var=adata.var.copy())
    keys.declare_unit(copy, get.unit(adata, layer))
    score(copy, dict(sets), method="zscore", controls=controls, reference=reference, low_coverage="skip")
    return copy


def _table(changed: AnnData, names: list[str], coverage: pd.DataFrame, level: float) -> pd.DataFrame:
    about = coverage.set_index("signature")
    first = names[0]
    if first not in changed.var_names:
        raise ParameterError(
            f"{first!r} could not be scored, and the other sets are compared with it. Give sets= with another first."
        )
    values = pd.DataFrame(np.asarray(changed.X), columns=list(changed.var_names))
    visits = changed.obs[keys.OBS_VISIT].astype(str).to_numpy()
    rows = []
    for visit in (keys.read_field(changed, keys.FIELD_CHANGE) or {})["followups"]:
        here = values[visits == visit]
        for name in names:
            row: Row = {"visit": visit, "set": name}
            for column, field in (("n_genes", "n_genes"), ("n_used", "n_used"), ("status", "status")):
                row[column] = about.loc[name].get(field, np.nan) if name in about.index else np.nan
            if name in here:
                row |= _numbers(here[name].to_numpy(), here[first].to_numpy(), name == first, level)
            row["sentence"] = _sentence(row, first)
            rows.append(row)
    order = ["visit", "set", "n_genes", "n_used", "n_patients", "change", "ci_low", "ci_high", "excess", "excess_low",
             "excess_high", "status", "sentence"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=order)


def _numbers(change: np.ndarray, first: np.ndarray, is_first: bool, level: float) -> Row:
    known = ~(np.isnan(change) | np.isnan(first))
    row: Row = {"n_patients": int(known.sum())}
    if known.sum() < 2:
        return row | {"change": float(change[known].mean()) if known.any() else np.nan}
    own = paired_t(change[known], level)
    row |= {"change": own.mean, "ci_low": own.ci_low, "ci_high": own.ci_high}
    if not is_first:
        gap = paired_t(first[known] - change[known], level)
        row |= {"excess": gap.mean, "excess_low": gap.ci_low, "excess_high": gap.ci_high}
    return row


def _sentence(row: Row, first: str) -> str:
    if "change" not in row:
        return f"{row['set']} was not scored ({row['status']})."
    low, high = row.get("ci_low", np.nan), row.get("ci_high", np.nan)
    moved = "fell" if high < 0 else "rose" if low > 0 else "shows no clear change"
    text = f"{row['set']} {moved} ({row['change']:+.2f} SD, interval {low:+.2f} to {high:+.2f})"
    if "excess" not in row:
        return text + "."
    lower, higher = row["excess_high"] < 0, row["excess_low"] > 0
    beside = (
        f"{first} went {'further down' if lower else 'less far down'}"
        if lower or higher
        else f"its change cannot be told from that of {first}"
    )
    return f"{text}; {beside} (difference {row['excess']:+.2f}, {row['excess_low']:+.2f} to {row['excess_high']:+.2f})."
