"""Do the genes of a signature go together in these samples, and what does leaving one out change?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from ... import gate, get
from ...checks import number_between
from ...doors import log_step
from ...errors import UnitError
from ...pp._controls import Samples
from ...stats.flags import FEW
from ...stats.reliability.agreement import alpha
from ...units import LOG_UNITS
from ..changes._contrast import Row
from ..changes._visits import chosen_samples
from ..scoring._signatures import find_signatures, renamed

if TYPE_CHECKING:
    from anndata import AnnData

FEWEST = 3
COLUMNS = (
    "signature", "scope", "gene", "alpha", "ci_low", "ci_high", "ci_level", "alpha_standardised", "item_rest",
    "alpha_without", "score_r_without", "n_samples", "n_genes", "n_used", "reason", "flags",
)  # fmt: skip


def gene_agreement(
    adata: AnnData,
    signatures: str | Sequence[str] | Mapping[str, Any],
    *,
    layer: str | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    controls: Samples | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Cronbach's alpha of each signature, and each gene left out once.

    Parameters
    ----------
    adata, layer
        Samples x genes on a log scale.
    signatures
        As in ``tl.score``; genes that fall (weight below 0) are turned round.
    patient, visit, baseline
        Columns of ``obs``, and the visit whose samples are taken. With several samples of a patient the interval of alpha is
        not given.
    controls
        ``(column, value)`` of samples to leave out: healthy people among patients make any genes go together.
    level
        Level of the interval.

    Returns
    -------
    pandas.DataFrame
        A row a signature (``scope`` ``"signature"``): ``alpha`` with Feldt's interval, ``alpha_standardised``; and one a
        gene (``"gene"``): ``item_rest``, its correlation with the sum of the others; ``alpha_without`` it;
        ``score_r_without``, the correlation of the mean of all genes with the mean without it. ``GENE_NEG_ITEM_REST`` marks
        genes that go against the others. Where there is no alpha ``reason`` says why.

    Raises
    ------
    UnitError, DesignError, ParameterError
        The values are not on a log scale; a column or visit is not there.
    """
    level = number_between(level, 0.5, 0.999, name="level", function="tl.gene_agreement")
    unit = get.unit(adata, layer)
    if unit not in LOG_UNITS:
        raise UnitError(
            f"Agreement of genes is that of log expression; these values are declared as {unit!r}."
            f" Next step: {log_step('log_cpm')}."
        )
    rows, repeated = chosen_samples(
        adata, patient=patient, visit=visit, baseline=baseline, controls=controls, function="tl.gene_agreement"
    )  # fmt: skip
    matrix = get.rows_of(gate.matrix(adata, layer), rows)
    found: list[Row] = []
    for name, item in renamed(find_signatures(signatures), adata.var_names).items():
        genes = [gene for gene in item.genes if gene in adata.var_names]
        columns = matrix[:, adata.var_names.get_indexer(genes)]
        values = np.asarray(columns.toarray() if sparse.issparse(columns) else columns, dtype=np.float64)
        whole = np.atleast_1d(~np.isnan(values).any(axis=0))
        kept = [gene for gene, here in zip(genes, whole, strict=True) if here]
        signs = np.array([np.sign(item.genes[gene]) for gene in kept])
        common = {"signature": name, "ci_level": level, "n_samples": len(rows), "n_genes": len(item.genes)}
        found += _rows(values[:, whole] * signs, kept, common, level, repeated)
    return pd.DataFrame(found, columns=list(COLUMNS))


def _rows(values: np.ndarray, genes: list[str], common: Row, level: float, repeated: bool) -> list[Row]:
    common = common | {"n_used": len(genes), "reason": ""}
    flags = (["N_LT_10"] if len(values) < FEW else []) + (["SAMPLES_NOT_PATIENTS"] if repeated else [])
    if min(values.shape) < FEWEST or np.ptp(values.sum(axis=1)) == 0:
        reason = f"alpha needs {FEWEST} genes and {FEWEST} samples that vary; there are {len(genes)} and {len(values)}"
        return [
            common
            | {
                "scope": "signature",
                "gene": "",
                "reason": reason,
                "flags": ";".join([*flags, "NOT_ESTIMABLE"]),
            }
        ]
    one = alpha(values, level)
    whole = common | {
        "scope": "signature", "gene": "", "alpha": one.alpha, "alpha_standardised": one.standardised,
        "ci_low": np.nan if repeated else one.ci_low, "ci_high": np.nan if repeated else one.ci_high,
        "flags": ";".join([*flags, *one.flags]),
    }  # fmt: skip
    each = [
        common | {
            "scope": "gene", "gene": gene, "item_rest": one.item_rest[at], "alpha_without": one.dropped[at],
            "score_r_without": one.score_r[at], "flags": "GENE_NEG_ITEM_REST" if one.item_rest[at] < 0 else "",
        }
        for at, gene in enumerate(genes)
    ]  # fmt: skip
    return [whole, *each]
