"""Did the genes of a signature change together? Sign flips of patients; prerank for its NES and leading edge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ...checks import number_between
from ...doors import subject
from ...errors import ParameterError, listing
from ...pp._controls import Samples
from ...stats._vectors import ROUNDING
from ...stats.flags import FEW, FEWEST_TESTED
from ...stats.genes.gene_sets import GeneSet, gene_sets
from ..changes._contrast import Row, list_flags
from ..scoring._signatures import find_signatures, renamed
from ..wording._numbers import counted, facts, interval, number
from ..wording._table import tidy
from ..wording._verdict import decided_by, disagreement, ending, judge
from ._gene_pairs import GenePairs, read_gene_pairs
from ._tested_genes import check_gene_table

if TYPE_CHECKING:
    from anndata import AnnData


def gene_set_changes(
    adata: AnnData,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    layer: str | None = None,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None = None,
    replicates: Literal["raise", "mean"] = "raise",
    level: float = 0.95,
    strict: bool = False,
    rng: int = 0,
) -> pd.DataFrame:
    """Exact sign-flip test of the mean standardised change of the genes of each signature.

    Each gene's change is divided by its root mean square over patients, and a patient flips with all genes, so their
    correlation stays. Tests that shuffle genes instead find any co-expressed set.

    Parameters
    ----------
    adata, layer, patient, visit, baseline, followup, controls, replicates
        As in ``tl.gene_changes``.
    signatures
        As in ``tl.score``; the sign of weights is not used.
    level, strict
        As in ``tl.test_change``.
    rng
        Seed: past 16 patients sign flips are drawn, not enumerated.

    Returns
    -------
    pandas.DataFrame
        One row a signature and visit with the columns of ``tl.test_change``'s contrasts: ``estimate`` is the mean
        standardised change (-1 to 1) with a t interval, ``p`` of sign flips, ``p_fwer`` max-T over the signatures; then
        ``n_genes, n_used, n_fell, n_rose``, and the ``reason`` where a signature cannot be tested (no gene measured, fewer
        than two pairs, no change at all). Below six patients no p is given.

    Raises
    ------
    UnitError, DesignError, ParameterError
        As ``tl.gene_changes``.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.gene_set_changes")
    pairs = read_gene_pairs(
        adata, layer=layer, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls,
        replicates=replicates,
    )  # fmt: skip
    place = {gene: at for at, gene in enumerate(pairs.genes)}
    chosen = renamed(find_signatures(signatures), pairs.genes)
    members = {name: [place[gene] for gene in item.genes if gene in place] for name, item in chosen.items()}
    rows: list[Row] = []
    for when in pairs.followups:
        here = pairs.visits == when
        n, changes = int(here.sum()), _changes(pairs, here)
        why = {name: _refusal(changes[:, columns]) for name, columns in members.items()}
        testable = [name for name in members if not why[name]]
        found = gene_sets(changes, [members[name] for name in testable], rng, level) if testable else None
        made = (
            dict(zip(testable, zip(found.sets, found.max_t.step_down, strict=True), strict=True))
            if found
            else {}
        )
        gone = [g for g in pairs.left_out if g["visit"] in ("", when)]
        for name, item in chosen.items():
            common = {
                "signature": name, "method": "gene_set", "visit": when, "contrast": f"{when} - {pairs.baseline}",
                "ci_level": level, "n_samples": int(pairs.n_samples[here].sum()), "n_excluded": len(gone),
                "excluded": json.dumps([{k: g[k] for k in ("patient", "reason")} for g in gone]), "n_patients": n,
                "n_genes": len(item.genes), "reason": why[name],
            }  # fmt: skip
            one, p_fwer = made.get(name, (None, np.nan))
            rows.append(common | _row(name, one, float(p_fwer), n, bool(gone)))
    judge(rows, "contrasts")
    for row in rows:
        row["sentence"] = _sentence(row)
        row["notes"] = " ".join(disagreement(row))
    return tidy(rows, strict=strict, function="tl.gene_set_changes")


def _changes(pairs: GenePairs, here: np.ndarray) -> np.ndarray:
    """Changes at one visit, patients x genes; what rounding alone changed is 0."""
    before, after = pairs.before[here], pairs.after[here]
    changes: np.ndarray = after - before
    changes[np.abs(changes) <= ROUNDING * np.maximum(np.abs(before), np.abs(after))] = 0.0
    return changes


def _refusal(changes: np.ndarray) -> str:
    """Why the genes of a set cannot be tested together; empty where they can."""
    if not changes.shape[1]:
        return "none of its genes is measured"
    if len(changes) < 2:
        return f"{len(changes)} pairs, and two are needed"
    return "" if changes.any() else "none of its genes changes in any patient"


def _row(name: str, one: GeneSet | None, p_fwer: float, n: int, missing: bool) -> Row:
    tested = one is not None and n >= FEWEST_TESTED
    flags = [
        *(["NOT_ESTIMABLE"] if one is None else []),
        *(["N_PAIRS_LT_6"] if n < FEWEST_TESTED else []),
        *(["N_LT_10"] if n < FEW else []),
        *(["MISSING_VISITS"] if missing else []),
        *list_flags(name, ""),
    ]
    row: Row = {
        "estimate": np.nan, "estimate_type": "mean standardised change", "ci_low": np.nan, "ci_high": np.nan, "p": np.nan,
        "p_type": "none", "q": np.nan, "q_method": "", "role": "secondary" if tested else "descriptive", "n_used": 0,
        "n_fell": 0, "n_rose": 0,
        "flags": ";".join(flags),
    }  # fmt: skip
    if one is None:
        return row
    return row | {
        "estimate": one.t.mean, "se": one.t.se, "df": one.t.df, "statistic": one.t.t, "ci_low": one.t.ci_low,
        "ci_high": one.t.ci_high, "ci_method": "paired t", "p": one.flip.p if tested else np.nan,
        "p_type": one.flip.p_type if tested else "none", "min_attainable_p": one.flip.min_attainable_p,
        "p_fwer": p_fwer if tested else np.nan, "n_used": one.n_genes - one.n_constant, "n_fell": one.n_fell,
        "n_rose": one.n_rose,
    }  # fmt: skip


def _sentence(row: Row) -> str:
    if row["reason"]:
        return f"{row['signature']}, {row['contrast']}: its genes cannot be tested together, {row['reason']}."
    beside = facts(interval(row), decided_by(row), counted(int(row["n_patients"]), "patient"))
    return (
        f"{row['signature']}, {row['contrast']}: {row['n_fell']} of {row['n_used']} genes fell on average, {row['n_rose']}"
        f" rose; mean standardised change {number(row['estimate'])} ({beside}); {ending(row, 'change')}."
    )


def prerank(
    genes: pd.DataFrame,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    visit: str | None = None,
    n_permutations: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Enrichment score, NES and leading edge of each signature in genes ranked by t (gseapy prerank).

    Its p shuffles genes and takes no account of their correlation: with no change at all, sets of co-expressed genes get
    small ones. It is named ``p_gene_perm``, is at least 1 / (n_permutations + 1), and every row is flagged
    ``GENE_PERM_NOT_CALIBRATED``; test with :func:`gene_set_changes`.

    Parameters
    ----------
    genes
        What ``tl.gene_changes`` returned.
    signatures
        As in ``tl.score``.
    visit
        Which visit; may be left out when there is one.
    n_permutations, seed
        Shuffles of the genes, and their seed.

    Returns
    -------
    pandas.DataFrame
        ``signature, visit, es, nes, p_gene_perm, n_permutations, n_used, leading_edge`` (joined by ``;``), ``flags``;
        no numbers where no gene of a signature is ranked, or it holds all that are.

    Raises
    ------
    ParameterError
        Not such a table, or a visit that it does not hold.
    """
    import gseapy

    check_gene_table(genes, ["t"], "tl.prerank")
    number_between(n_permutations, 10, 1_000_000, name="n_permutations", function="tl.prerank")
    number_between(seed, 0, 2**32 - 1, name="seed", function="tl.prerank")
    visits = [str(name) for name in pd.unique(genes["visit"])]
    when = visits[0] if visit is None and len(visits) == 1 else visit
    if when not in visits:
        raise ParameterError(
            f"{subject('tl.prerank', 'visit')} must be one of {listing(visits)}. Got {visit!r}."
        )
    rows = genes[(genes["visit"] == when) & genes["t"].notna()]
    ranked = rows.sort_values(["t", "gene"], ascending=[False, True]).set_index("gene")["t"]
    chosen = renamed(find_signatures(signatures), ranked.index)
    sets = {name: [gene for gene in item.genes if gene in ranked.index] for name, item in chosen.items()}
    there = {name: members for name, members in sets.items() if 0 < len(members) < len(ranked)}
    found: dict[str, Row] = {}
    if there:
        result = gseapy.prerank(
            rnk=ranked, gene_sets=there, outdir=None, min_size=1, max_size=len(ranked), permutation_num=n_permutations,
            threads=1, seed=int(seed), no_plot=True,
        )  # fmt: skip
        found = {row["Term"]: row for row in result.res2d.to_dict("records")}
    rows_of = [
        {
            "signature": name, "visit": when, **_enriched(found.get(name), n_permutations), "n_permutations": n_permutations,
            "n_used": len(members),
            "flags": ";".join([*([] if name in found else ["NOT_ESTIMABLE"]), "GENE_PERM_NOT_CALIBRATED"]),
        }
        for name, members in sets.items()
    ]  # fmt: skip
    columns = [
        "signature",
        "visit",
        "es",
        "nes",
        "p_gene_perm",
        "n_permutations",
        "n_used",
        "leading_edge",
        "flags",
    ]
    return pd.DataFrame(rows_of, columns=columns)


def _enriched(row: Row | None, n_permutations: int) -> Row:
    """Scores and p of one signature; none where no gene of it is ranked, or all genes are."""
    if row is None:
        return {"es": np.nan, "nes": np.nan, "p_gene_perm": np.nan, "leading_edge": ""}
    p = max(float(row["NOM p-val"]), 1 / (n_permutations + 1))
    return {
        "es": float(row["ES"]),
        "nes": float(row["NES"]),
        "p_gene_perm": p,
        "leading_edge": row["Lead_genes"],
    }
