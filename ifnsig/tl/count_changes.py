"""Which genes changed, from counts, by DESeq2's model with the donor in the design (pydeseq2, an extra)."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

from .. import gate, get
from ..checks import number_between
from ..doors import called, say
from ..errors import DesignError, ParameterError, UnitError, listing
from ..pp._controls import Samples
from ..stats.flags import FEW
from ..stats.multiplicity import benjamini_hochberg
from ._pairs import find_pairs, patients_only, report_left_out, with_declared_visits
from ._visits import declared

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
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        The columns of ``tl.gene_changes``, so that ``tl.leading_edge`` and ``tl.prerank`` take it: ``change`` is the log2
        fold, ``t`` Wald's z, ``df`` infinite, ``patients_as`` ``"fixed"``. Genes without a count have no numbers.

    Raises
    ------
    ParameterError
        pydeseq2 is not installed.
    UnitError, DesignError
        The values are not counts; fewer than three pairs; as ``tl.change``.
    """
    level = number_between(level, 0.5, 0.999, name="level", function="tl.count_changes")
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
    sheet = patients_only(adata, controls, patient, visit)
    first = declared(baseline, sheet["visit"], name="baseline", column=visit)[0]
    later = declared(followup, sheet["visit"], name="follow-up", column=visit)
    sheet, aside = with_declared_visits(sheet, [first, *later])
    pairs = find_pairs(sheet, first, later, {})
    report_left_out(pairs, aside, "omit", visit, first, later)
    matrix, genes = gate.matrix(adata, layer), [*map(str, adata.var_names.tolist())]
    tables = []
    for when in later:
        here = [at for at, name in enumerate(pairs.visit) if name == when]
        if len(here) < FEWEST_PAIRS:
            raise DesignError(
                f"{called('tl.count_changes')} needs {FEWEST_PAIRS} pairs at {when}. Got {len(here)}."
            )
        start, end = ([rows[at] for at in here] for rows in (pairs.baseline, pairs.followup))
        counts = np.vstack([_sums(matrix, start), _sums(matrix, end)])
        found = _fit(counts, [pairs.patient[at] for at in here], genes)
        half = stats.norm.ppf((1 + level) / 2) * found["se"]
        gone = sum(row["visit"] in ("", when) for row in pairs.left_out)
        tables.append(pd.DataFrame({
            "gene": genes, "visit": when, "contrast": f"{when} - {first}",
            "mean_expression": np.log2(found["mean"] + 1), "change": found["change"], "ci_low": found["change"] - half,
            "ci_high": found["change"] + half, "ci_level": level, "t": found["z"], "df": np.inf, "p": found["p"],
            "q": benjamini_hochberg(found["p"]), "n_patients": len(here), "n_excluded": gone, "patients_as": "fixed",
            "correlation": np.nan,
            "flags": ";".join([*(["N_LT_10"] if len(here) < FEW else []), *(["MISSING_VISITS"] if gone else [])]),
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def _sums(matrix: Any, rows: list[list[int]]) -> np.ndarray:
    """Counts of each patient's samples, added up."""
    parts = [get.rows_of(matrix, several) for several in rows]
    dense = [
        np.asarray(part.toarray() if sparse.issparse(part) else part, dtype=np.float64) for part in parts
    ]
    return np.array([part.sum(axis=0) for part in dense])


def _fit(counts: np.ndarray, patients: list[str], genes: list[str]) -> dict[str, np.ndarray]:
    """Wald test of the second half of the rows against the first, ~ patient + visit."""
    whole = np.rint(counts)
    if (np.abs(whole - counts) > 0.01).any() or (counts < 0).any():
        wrong = [
            gene for gene, bad in zip(genes, (np.abs(whole - counts) > 0.01).any(axis=0), strict=True) if bad
        ]
        raise UnitError(
            f"{called('tl.count_changes')} needs whole counts of at least 0; these genes have others: {listing(wrong)}."
        )
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    n = len(patients)
    names = [f"s{row}" for row in range(2 * n)]
    # names that a formula cannot stumble over
    numbers = {name: f"p{at}" for at, name in enumerate(dict.fromkeys(patients))}
    about = pd.DataFrame(
        {"donor": [numbers[name] for name in patients] * 2, "time": ["a"] * n + ["b"] * n}, index=names
    )
    columns = [f"g{column}" for column in range(len(genes))]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of its optimiser and its anndata; genes without a fit come back as NaN
        data = DeseqDataSet(
            counts=pd.DataFrame(whole.astype(np.int64), names, columns),
            metadata=about,
            design="~donor + time",
            quiet=True,
        )
        data.deseq2()
        result = DeseqStats(data, contrast=["time", "b", "a"], quiet=True, independent_filter=False)
        result.summary()
    table = result.results_df.reindex(columns)
    picked = {"mean": "baseMean", "change": "log2FoldChange", "se": "lfcSE", "z": "stat", "p": "pvalue"}
    return {name: table[column].to_numpy(dtype=np.float64) for name, column in picked.items()}
