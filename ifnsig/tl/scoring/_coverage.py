"""Which genes of each signature can be scored, and whether they are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core import Reference
from ...doors import say
from ...errors import CoverageError, CoverageWarning, ParameterError, listing, warn
from ...methods import Method
from ...pp import find_coverage, namespace_hint
from ._signatures import ChosenSignature

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, slots=True)
class Rules:
    """Shares of a signature's genes below which it is scored with a warning, or refused."""

    warn_below: float
    refuse_below: float

    def status(self, share: float) -> str:
        """``"scored"``, ``"low coverage"`` or ``"refused"``."""
        if share < self.refuse_below or share == 0:
            return "refused"
        return "low coverage" if share < self.warn_below else "scored"

    def refusal(self, refused: Sequence[Mapping[str, Any]], adata: AnnData) -> str:
        """Why signatures are refused, and the next step."""
        parts = [
            f"{row['signature']} has {row['n_used']} of {row['n_genes']} genes ({_lost(row)})"
            for row in refused
        ]
        genes = adata.var_names.tolist()
        hint = namespace_hint(genes) if all(row["n_found"] == 0 for row in refused) else ""
        return (
            f"{'; '.join(parts)}. Fewer than {self.refuse_below:.0%} of the genes can be used, so the score would not be"
            f" the published one. {_in_raw(refused, adata)}{hint}".rstrip()
        )


def _lost(row: Mapping[str, Any]) -> str:
    """Why genes cannot be used: they are not there, or are there and do not vary among the reference samples."""
    parts = []
    if row["missing"]:
        parts.append(f"not measured: {listing(row['missing'])}")
    if row["constant"]:
        parts.append(f"measured, but constant in the reference: {listing(row['constant'])}")
    return "; ".join(parts)


def _in_raw(refused: Sequence[Mapping[str, Any]], adata: AnnData) -> str:
    """That genes which ``X`` lacks are in the raw slot."""
    if adata.raw is None:
        return ""
    there = set(map(str, adata.raw.var_names))
    found = [gene for row in refused for gene in row["missing"] if gene in there]
    if not found:
        return ""
    return f"The raw slot holds {len(there)} genes, {listing(found)} among them" + say(
        python=': declare its unit with keys.declare_unit(adata, unit, "raw") and score layer="raw". ',
        command=". ",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Which genes of the signatures the matrix has, whatever the method; one row a signature."""

    rows: list[dict[str, Any]]
    measured: int

    @classmethod
    def among(cls, adata: AnnData, chosen: Mapping[str, ChosenSignature]) -> Found:
        """Look the genes up among the matrix's."""
        genes = [*map(str, adata.var_names.tolist())]
        via = adata.var["via"].astype(str).tolist() if "via" in adata.var else None
        rows = find_coverage(genes, {name: item.genes for name, item in chosen.items()}, via)
        return cls(rows, len(genes))

    def usable(
        self, chosen: Mapping[str, ChosenSignature], method: Method, reference: Reference | None, rules: Rules
    ) -> list[dict[str, Any]]:
        """One row a signature: genes asked for, found, used, missing, without variation in the reference, status."""
        unusable = _unusable({gene for item in chosen.values() for gene in item.genes}, method, reference)
        rows = []
        for found in self.rows:
            item = chosen[found["signature"]]
            _check_method(item, method, found=found["n_found"], measured=self.measured)
            missing = set(found["missing"])
            constant = [gene for gene in item.genes if gene in unusable and gene not in missing]
            used = found["n_found"] - len(constant)
            share = used / found["n_genes"]
            about = {
                "label": item.label, "method": method.name, "constant": constant, "n_used": used, "coverage": share,
                "status": rules.status(share), "provisional": item.provisional,
            }  # fmt: skip
            rows.append({**found, **about})
        return rows


def _unusable(asked: set[str], method: Method, reference: Reference | None) -> set[str]:
    """Genes asked for that the method cannot take from this reference."""
    if reference is None:
        return set()
    genes = sorted(asked)
    return {gene for gene, kept in zip(genes, method.can_use(reference, genes), strict=True) if not kept}


def report(adata: AnnData, coverage: Sequence[Mapping[str, Any]], rules: Rules, low_coverage: str) -> None:
    """Refuse signatures with too few genes or leave them out, and warn of those with few.

    Raises
    ------
    CoverageError
        Signatures are refused, and ``low_coverage`` is ``"raise"`` or none is left.
    """
    refused = [row for row in coverage if row["status"] == "refused"]
    if refused and (low_coverage == "raise" or len(refused) == len(coverage)):
        raise CoverageError(rules.refusal(refused, adata))
    for row in refused:
        warn(f"Left out: {rules.refusal([row], adata)}", CoverageWarning, stacklevel=4)
    for row in coverage:
        if row["status"] == "low coverage":
            warn(
                f"{row['signature']} is scored with {row['n_used']} of its {row['n_genes']} genes; {_lost(row)}.",
                CoverageWarning,
                stacklevel=4,
            )


def _check_method(item: ChosenSignature, method: Method, *, found: int, measured: int) -> None:
    if not method.directional and any(weight < 0 for weight in item.genes.values()):
        raise ParameterError(f"The method {method.name!r} cannot score {item.name!r}: it has falling genes.")
    if method.background and found == measured:
        raise ParameterError(
            f"The method {method.name!r} ranks genes against the rest of the sample, and the matrix holds only the"
            f" {measured} genes of {item.name!r}. Score it with mean or zscore, or give the whole matrix."
        )
