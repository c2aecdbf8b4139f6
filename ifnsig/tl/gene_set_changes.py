"""Did the genes of a signature change together? Sign flips of patients; prerank for its NES and leading edge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ..checks import number_between
from ..doors import called, subject
from ..errors import DesignError, ParameterError, listing
from ..pp._controls import Samples
from ..stats.flags import FEW, FEWEST_TESTED
from ..stats.gene_sets import GeneSet, gene_sets
from ..stats.multiplicity import benjamini_hochberg
from ._contrast import Row, list_flags
from ._gene_pairs import read_gene_pairs
from ._numbers import interval, number, p_text
from ._signatures import choose, renamed
from ._tidy import tidy

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
        ``n_genes, n_used, n_fell, n_rose``. Below six patients no p is given.

    Raises
    ------
    UnitError, DesignError, ParameterError
        As ``tl.gene_changes``; no signature has a gene in the matrix.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.gene_set_changes")
    pairs = read_gene_pairs(
        adata, layer=layer, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls,
        replicates=replicates,
    )  # fmt: skip
    place = {gene: at for at, gene in enumerate(pairs.genes)}
    chosen = renamed(choose(signatures), pairs.genes)
    members = {name: [place[gene] for gene in item.genes if gene in place] for name, item in chosen.items()}
    names = [name for name, columns in members.items() if columns]
    if not names:
        raise DesignError(f"No gene of {listing(chosen)} is in the matrix.")
    rows: list[Row] = []
    for when in pairs.followups:
        here = pairs.visits == when
        n = int(here.sum())
        if n < 2:
            raise DesignError(f"{called('tl.gene_set_changes')} needs two patients at {when}. Got {n}.")
        found = gene_sets((pairs.after - pairs.before)[here], [members[name] for name in names], rng, level)
        for name, one, p_fwer in zip(names, found.sets, found.max_t.step_down, strict=True):
            gone = [g for g in pairs.left_out if g["visit"] in ("", when)]
            common = {
                "signature": name, "method": "gene_set", "visit": when, "contrast": f"{when} - {pairs.baseline}",
                "ci_level": level, "n_samples": int(pairs.n_samples[here].sum()), "n_excluded": len(gone),
                "excluded": json.dumps([{k: g[k] for k in ("patient", "reason")} for g in gone]),
            }  # fmt: skip
            rows.append(common | _row(name, one, float(p_fwer), n, len(chosen[name].genes), bool(gone)))
    for row, q in zip(rows, benjamini_hochberg([row["p"] for row in rows]), strict=True):
        row |= {"q": float(q), "q_method": f"BH over {len(rows)} contrasts", "sentence": _sentence(row)}
    return tidy(rows, strict=strict, function="tl.gene_set_changes")


def _row(name: str, one: GeneSet, p_fwer: float, n: int, n_genes: int, missing: bool) -> Row:
    tested = n >= FEWEST_TESTED
    flags = [
        *(["N_PAIRS_LT_6"] if not tested else []),
        *(["N_LT_10"] if n < FEW else []),
        *(["MISSING_VISITS"] if missing else []),
        *list_flags(name, ""),
    ]
    return {
        "estimate": one.t.mean, "estimate_type": "mean standardised change", "se": one.t.se, "df": one.t.df,
        "statistic": one.t.t, "ci_low": one.t.ci_low, "ci_high": one.t.ci_high, "ci_method": "paired t",
        "role": "secondary" if tested else "descriptive",
        "p": one.flip.p if tested else np.nan, "p_type": one.flip.p_type if tested else "none",
        "min_attainable_p": one.flip.min_attainable_p, "p_fwer": p_fwer if tested else np.nan, "n_patients": n,
        "n_genes": n_genes, "n_used": one.n_genes - one.n_constant, "n_fell": one.n_fell, "n_rose": one.n_rose,
        "flags": ";".join(flags),
    }  # fmt: skip


def _sentence(row: Row) -> str:
    facts = "; ".join(
        part for part in (interval(row), p_text(row["p"]), f"{row['n_patients']} patients") if part
    )
    return (
        f"{row['signature']}, {row['contrast']}: {row['n_fell']} of {row['n_used']} genes fell on average, {row['n_rose']}"
        f" rose; mean standardised change {number(row['estimate'])} ({facts})."
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
        ``signature, visit, es, nes, p_gene_perm, n_permutations, n_used, leading_edge`` (joined by ``;``), ``flags``.

    Raises
    ------
    ParameterError
        Not such a table, or a visit that it does not hold.
    """
    import gseapy

    if absent := [name for name in ("gene", "visit", "t") if name not in genes]:
        raise ParameterError(
            f"{called('tl.prerank')} needs the table of {called('tl.gene_changes')}; it has no {', '.join(absent)}."
        )
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
    chosen = renamed(choose(signatures), ranked.index)
    sets = {name: [gene for gene in item.genes if gene in ranked.index] for name, item in chosen.items()}
    if not any(sets.values()):
        raise ParameterError(f"No gene of {listing(chosen)} is in the table of genes.")
    result = gseapy.prerank(
        rnk=ranked, gene_sets={name: members for name, members in sets.items() if members}, outdir=None, min_size=1,
        max_size=len(ranked), permutation_num=n_permutations, threads=1, seed=int(seed), no_plot=True,
    )  # fmt: skip
    smallest = 1 / (n_permutations + 1)
    found = {row["Term"]: row for row in result.res2d.to_dict("records")}
    return pd.DataFrame([
        {
            "signature": name, "visit": when, "es": float(found[name]["ES"]), "nes": float(found[name]["NES"]),
            "p_gene_perm": max(float(found[name]["NOM p-val"]), smallest), "n_permutations": n_permutations,
            "n_used": len(members), "leading_edge": found[name]["Lead_genes"], "flags": "GENE_PERM_NOT_CALIBRATED",
        }
        for name, members in sets.items() if name in found
    ])  # fmt: skip
