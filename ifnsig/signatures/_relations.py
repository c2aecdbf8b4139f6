"""How signatures relate: shared genes, comparators without the interferon hallmarks, references to cite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ._signature import Signature

HALLMARKS = ("hallmark_ifna", "hallmark_ifng")
WITHOUT = "_no_ifn"
"""End of the id of a comparator without the genes of the interferon hallmarks."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Genes that two signatures share, and their share of all genes of the two (Jaccard index)."""

    id: str
    shared: tuple[str, ...]
    jaccard: float


def overlaps(record: Signature, others: Iterable[Signature]) -> list[Overlap]:
    """Signatures that share a gene with ``record``, nearest first."""
    found = []
    for other in others:
        shared = tuple(gene for gene in record.genes if gene in other.genes)
        if shared and other.id != record.id:
            union = len(record.genes) + len(other.genes) - len(shared)
            found.append(Overlap(other.id, shared, len(shared) / union))
    return sorted(found, key=lambda overlap: (-overlap.jaccard, overlap.id))


def without_interferon(records: Mapping[str, Signature]) -> Iterator[Signature]:
    """Each comparator once more, without the genes of the two interferon hallmarks."""
    interferon = set().union(*(records[name].genes for name in HALLMARKS))
    for record in records.values():
        if record.role != "comparator":
            continue
        shared = [gene for gene in record.genes if gene in interferon]
        kept = {gene: weight for gene, weight in record.genes.items() if gene not in interferon}
        yield replace(
            record,
            id=record.id + WITHOUT,
            title=f"{record.title}, without genes of the interferon hallmarks",
            genes=kept,
            published_as={gene: name for gene, name in record.published_as.items() if gene in kept},
            left_out={},
            n_published=None,
            count_note=f"{len(record.genes)} genes of {record.id}, less {len(shared)} of the interferon hallmarks.",
            derived_from=record.id,
            same_genes_as="" if shared else record.id,
        )


def interferon_genes(records: Iterable[Signature]) -> frozenset[str]:
    """Every gene of a signature that stands for an interferon: what is known to answer to it."""
    return frozenset(gene for record in records if record.ifn_type != "none" for gene in record.genes)


def bibtex(record: Signature) -> str:
    """The source of a signature as a BibTeX entry, named by its id."""
    fields = {
        "title": record.title,
        "note": record.citation,
        "year": next(iter(re.findall(r"\b(?:19|20)\d\d\b", record.citation)), ""),
        "doi": record.doi,
        "pmid": record.pmid,
        "howpublished": "; ".join(record.source),
    }
    lines = [
        f"  {name} = {{{_escaped(text) if name != 'doi' else text}}}" for name, text in fields.items() if text
    ]
    return f"@misc{{{record.id},\n" + ",\n".join(lines) + "\n}\n"


def _escaped(text: str) -> str:
    plain = text.replace("\\", "").replace("{", "(").replace("}", ")")
    return re.sub(r"([&%$#_])", r"\\\1", plain)
