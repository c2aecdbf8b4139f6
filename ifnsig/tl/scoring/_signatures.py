"""Turn what a caller names as signatures into genes and weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import ParameterError, listing
from ...pp import gene_table
from ...signatures import SIGNATURES, Recipe, Signature, gene_weights


@dataclass(frozen=True, slots=True)
class ChosenSignature:
    """One signature as it will be scored: name for tables, genes with weights, whether the list is provisional, and its
    own recipe where a source says it."""

    name: str
    label: str
    genes: Mapping[str, float]
    provisional: bool
    published_as: Mapping[str, str]
    recipe: Recipe | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of genes and weights: the same list has the same hash in every version."""
        return hashlib.sha256(json.dumps(sorted(self.genes.items())).encode()).hexdigest()


def renamed(chosen: Mapping[str, ChosenSignature], genes: Iterable[str]) -> dict[str, ChosenSignature]:
    """The user's own genes under the names that the matrix has: an older symbol that is absent becomes the current one."""
    present, table = set(genes), gene_table()
    out = {}
    for name, item in chosen.items():
        new = {gene: gene if gene in present else table.current(gene) or gene for gene in item.genes}
        if len(set(new.values())) < len(new):
            twice = [gene for gene, now in new.items() if gene != now and now in item.genes]
            raise ParameterError(
                f"Signature {name!r} names one gene twice, by its current and an older symbol: {listing(twice)}."
            )
        published = {**item.published_as, **{now: gene for gene, now in new.items() if now != gene}}
        weights = {new[gene]: weight for gene, weight in item.genes.items()}
        out[name] = replace(item, genes=weights, published_as=published)
    return out


def find_signatures(signatures: str | Sequence[str] | Mapping[str, Any]) -> dict[str, ChosenSignature]:
    """Signatures by name, from ids of the catalogue or from the user's own ``{name: genes}``.

    The user's genes are a list (all rising), a mapping or pandas Series gene -> weight (``gene_weights`` reads them), or a
    ``Signature`` (as ``read_gmt`` gives them).

    Raises
    ------
    UnknownNameError
        An id the catalogue does not hold.
    ParameterError
        No signature, a pointer (listed without genes), or what ``gene_weights`` refuses.
    """
    if isinstance(signatures, str):
        signatures = [signatures]
    if isinstance(signatures, Mapping):
        chosen = {str(name): _own(str(name), genes) for name, genes in signatures.items()}
    else:
        doubled = sorted({name for name in signatures if list(signatures).count(name) > 1})
        if doubled:
            raise ParameterError(f"Signatures named twice: {listing(doubled)}.")
        chosen = {name: _published(SIGNATURES[name]) for name in signatures}
    if not chosen:
        raise ParameterError(
            "No signature was named. Give ids (see ifnsig.signatures.SIGNATURES) or {name: genes}."
        )
    return chosen


def _published(record: Signature) -> ChosenSignature:
    recipe = record.recipe if record.executable else None
    return ChosenSignature(
        record.id, record.label, record.with_genes().genes, record.provisional, record.published_as, recipe
    )


def _own(name: str, genes: Any) -> ChosenSignature:
    if isinstance(genes, Signature):
        return replace(_published(genes), name=name)
    return ChosenSignature(name, name, gene_weights(genes, where=f"Signature {name!r}"), False, {})
