"""Which genes of a signature the matrix has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import anndata
import pandas as pd

from ...errors import ParameterError, listing
from ...gate import refuse_doubled
from ...signatures import SIGNATURES, Signature, gene_weights

REFUSE_BELOW = 0.5
WARN_BELOW = 0.8

Genes = Mapping[str, float] | Iterable[str]


def find_coverage(
    genes: Sequence[str], signatures: Mapping[str, Mapping[str, float]], via: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """One row a signature: how many of its genes are among ``genes``.

    Parameters
    ----------
    genes
        Names in the matrix.
    signatures
        Name -> gene -> weight.
    via
        For each gene of the matrix, the alias by which it got its name, or "".

    Returns
    -------
    list of dict
        ``signature``, ``n_genes``, ``n_found``, ``coverage`` (found / all), ``missing`` (list of genes) and
        ``via_alias`` (list of ``"PUBLISHED->SYMBOL"``).
    """
    present = set(genes)
    alias_of = {} if via is None else {gene: name for gene, name in zip(genes, via, strict=True) if name}
    rows = []
    for name, members in signatures.items():
        found = [gene for gene in members if gene in present]
        rows.append(
            {
                "signature": name,
                "n_genes": len(members),
                "n_found": len(found),
                "coverage": len(found) / len(members) if members else 0.0,
                "missing": [gene for gene in members if gene not in present],
                "via_alias": [f"{alias_of[gene]}->{gene}" for gene in found if gene in alias_of],
            }
        )
    return rows


def coverage(adata: anndata.AnnData, signatures: str | Sequence[str] | Mapping[str, Genes]) -> pd.DataFrame:
    """How much of each signature the matrix has, before any score.

    Parameters
    ----------
    adata
        Samples x genes with current symbols (see :func:`map_genes`).
    signatures
        Ids of ``ifnsig.signatures.SIGNATURES``, or ``{name: genes}`` (list, or gene -> weight).

    Returns
    -------
    DataFrame
        One row a signature: ``signature``, ``label``, ``n_genes``, ``n_found``, ``coverage``, ``missing``,
        ``via_alias`` and ``duplicated`` (genes that several rows of the input became; all three
        joined by ``;``), ``status`` (``"scored"``, ``"low coverage"`` below 80 %, ``"refused"`` below 50 %),
        ``provisional``.

    Raises
    ------
    UnknownNameError
        No signature has that id.
    ParameterError
        A signature without genes, or gene names that occur twice.
    """
    refuse_doubled(adata)
    labels, provisional, genes = _chosen(signatures)
    if empty := [name for name, members in genes.items() if not members]:
        raise ParameterError(f"Signatures without genes: {listing(empty)}.")
    via = [str(name) for name in adata.var["via"]] if "via" in adata.var else None
    rows = find_coverage([str(name) for name in adata.var_names], genes, via)
    doubled = _doubled(adata)
    return pd.DataFrame(
        {
            "signature": row["signature"],
            "label": labels[row["signature"]],
            "n_genes": row["n_genes"],
            "n_found": row["n_found"],
            "coverage": row["coverage"],
            "missing": ";".join(row["missing"]),
            "via_alias": ";".join(row["via_alias"]),
            "duplicated": ";".join(gene for gene in genes[row["signature"]] if gene in doubled),
            "status": _status(row["coverage"]),
            "provisional": row["signature"] in provisional,
        }
        for row in rows
    )


def _doubled(adata: anndata.AnnData) -> set[str]:
    """Genes that more than one row of the input stands for."""
    return {str(name) for name in (adata.var_names[adata.var["n_rows"] > 1] if "n_rows" in adata.var else [])}


def _chosen(
    signatures: str | Sequence[str] | Mapping[str, Genes],
) -> tuple[dict[str, str], set[str], dict[str, dict[str, float]]]:
    if isinstance(signatures, Mapping):
        genes = {
            str(name): dict(members.genes)
            if isinstance(members, Signature)
            else gene_weights(members, where=f"Signature {str(name)!r}")
            for name, members in signatures.items()
        }
        return {name: name for name in genes}, set(), genes
    records = [SIGNATURES[name] for name in ([signatures] if isinstance(signatures, str) else signatures)]
    return (
        {record.id: record.label for record in records},
        {record.id for record in records if record.provisional},
        {record.id: dict(record.genes) for record in records},
    )


def _status(share: float) -> str:
    if share < REFUSE_BELOW:
        return "refused"
    return "low coverage" if share < WARN_BELOW else "scored"
