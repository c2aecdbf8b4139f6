"""Which genes changed, from counts, by DESeq2's model with the donor in the design (pydeseq2, an extra)."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from ... import gate, get
from ...checks import number_between
from ...doors import called, say
from ...errors import ParameterError, UnitError, listing
from ...pp._controls import Samples
from ...stats.flags import FEW
from ...stats.genes.expression_filter import MIN_COUNT
from ...stats.multiplicity import benjamini_hochberg
from ..changes._pairs import read_pairs
from ._tested_genes import CONSTANT, FEW_READS, Reasons, dense_rows, few_reads, never_varies, say_untested
from .gene_changes import COLUMNS

if TYPE_CHECKING:
    from anndata import AnnData

FEWEST_PAIRS = 3


def count_changes(
    adata: AnnData,
    *,
    layer: str | None = None,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None = None,
    min_count: float = MIN_COUNT,
    level: float = 0.95,
) -> pd.DataFrame:
    """Change of every gene by a negative binomial model of the counts, patients and visits in the design.

    The default is ``tl.gene_changes`` on log expression; this is for those who want DESeq2's model. Every follow-up is
    compared with the baseline by itself, in the patients who have both. Samples of one patient and visit are added up.

    Parameters
    ----------
    adata, layer
        Samples x genes, unit ``"counts"``.
    patient, visit, baseline, followup, controls
        As in ``tl.change``.
    min_count, level
        As in ``tl.gene_changes``; each follow-up and its baseline by themselves.

    Returns
    -------
    pandas.DataFrame
        The columns of ``tl.gene_changes``, so that ``tl.leading_edge`` and ``tl.prerank`` take it: ``change`` is the log2
        fold, ``t`` Wald's z, ``df`` infinite, ``patients_as`` ``"fixed"``. A follow-up of fewer than three pairs has no
        numbers: its rows are ``NOT_ESTIMABLE``.

    Raises
    ------
    ParameterError
        pydeseq2 is not installed.
    UnitError, DesignError
        The values are not counts; as ``tl.change``.
    """
    level = number_between(level, 0.5, 0.999, name="level", function="tl.count_changes")
    number_between(min_count, 0, 1e300, name="min_count", function="tl.count_changes")
    if importlib.util.find_spec("pydeseq2") is None:
        raise ParameterError(
            f'{called("tl.count_changes")} needs pydeseq2, which is not installed: pip install "ifnsig[deseq]". '
            + say(
                python="tl.gene_changes on log expression needs nothing more.",
                command='model = "moderated_t" in [genes] needs nothing more.',
            )
        )
    if (unit := get.unit(adata, layer)) != "counts":
        raise UnitError(f"{called('tl.count_changes')} models counts; these values are declared as {unit!r}.")
    pairs = read_pairs(
        adata, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls
    )  # fmt: skip
    matrix, genes = gate.matrix(adata, layer), [*map(str, adata.var_names.tolist())]
    tables = []
    for when in pairs.later:
        here = [at for at, name in enumerate(pairs.visit) if name == when]
        start, end = ([rows[at] for at in here] for rows in (pairs.baseline, pairs.followup))
        counts = np.array([dense_rows(matrix, rows).sum(axis=0) for rows in (*start, *end)]).reshape(
            -1, len(genes)
        )
        table, refusal = _changes(counts, [pairs.patient[at] for at in here], genes, min_count)
        half = stats.norm.ppf((1 + level) / 2) * table.pop("se")
        gone = sum(row["visit"] in ("", when) for row in pairs.left_out)
        flags = [
            *(["NOT_ESTIMABLE"] if refusal else []),
            *(["N_LT_10"] if len(here) < FEW else []),
            *(["MISSING_VISITS"] if gone else []),
        ]
        tables.append(table.assign(
            visit=when, contrast=f"{when} - {pairs.first}", ci_low=table["change"] - half, ci_high=table["change"] + half,
            ci_level=level, df=np.inf, q=benjamini_hochberg(table["p"]), n_patients=len(here), n_excluded=gone,
            patients_as="fixed", correlation=np.nan, flags=";".join(flags),
        )[list(COLUMNS)])  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _changes(
    counts: np.ndarray, patients: list[str], genes: list[str], min_count: float
) -> tuple[pd.DataFrame, str]:
    """Numbers of the genes that are tested, and why no gene is (empty where some are)."""
    table = pd.DataFrame({"gene": genes, "mean_expression": np.nan, "reason": ""})
    table = table.assign(**dict.fromkeys(("change", "se", "t", "p"), np.nan))
    n = len(patients)
    if n < FEWEST_PAIRS:
        refusal = f"{n} pairs; the model needs {FEWEST_PAIRS}"
        return table.assign(reason=refusal), refusal
    _refuse_fractions(counts, genes)
    why: Reasons = np.where(never_varies(counts), CONSTANT, "").astype(object)
    why[few_reads(counts, ["before"] * n + ["after"] * n, min_count)] = FEW_READS
    say_untested(why, min_count, "tl.count_changes")
    kept = np.flatnonzero(why == "")
    if not len(kept):
        return table.assign(reason=why), "no gene is left"
    found = _fit(np.rint(counts[:, kept]), patients)
    table["reason"] = why
    for column, values in found.items():
        table.loc[kept, column] = values
    return table, ""


def _refuse_fractions(counts: np.ndarray, genes: list[str]) -> None:
    """Stop at what is no count."""
    bad = (np.abs(np.rint(counts) - counts) > 0.01).any(axis=0) | (counts < 0).any(axis=0)
    if bad.any():
        raise UnitError(
            f"{called('tl.count_changes')} needs whole counts of at least 0; these genes have others:"
            f" {listing([genes[at] for at in np.flatnonzero(bad)])}."
        )


def _fit(counts: np.ndarray, patients: list[str]) -> dict[str, np.ndarray]:
    """Wald test of the second half of the rows against the first, ~ patient + visit."""
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    n = len(patients)
    names = [f"s{row}" for row in range(2 * n)]
    # names that a formula cannot stumble over
    numbers = {name: f"p{at}" for at, name in enumerate(dict.fromkeys(patients))}
    about = pd.DataFrame(
        {"donor": [numbers[name] for name in patients] * 2, "time": ["a"] * n + ["b"] * n}, index=names
    )
    columns = [f"g{column}" for column in range(counts.shape[1])]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of its optimiser and its anndata; genes without a fit come back as NaN
        data = DeseqDataSet(
            counts=pd.DataFrame(counts.astype(np.int64), names, columns),
            metadata=about,
            design="~donor + time",
            quiet=True,
        )
        data.deseq2()
        result = DeseqStats(data, contrast=["time", "b", "a"], quiet=True, independent_filter=False)
        result.summary()
    table = result.results_df.reindex(columns)
    picked = {"change": "log2FoldChange", "se": "lfcSE", "t": "stat", "p": "pvalue"}
    found = {name: table[column].to_numpy(dtype=np.float64) for name, column in picked.items()}
    return found | {"mean_expression": np.log2(table["baseMean"].to_numpy(dtype=np.float64) + 1)}
