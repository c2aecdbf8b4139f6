"""What kind of name a gene has, told by its form alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from ..doors import argument, give, say
from ..errors import GeneNameError, listing
from .totals import is_total

Kind = Literal[
    "empty", "total", "ensembl", "ensembl_y", "other_ensembl", "entrez", "date", "probe", "title", "symbol"
]

ENSEMBL = re.compile(r"ENS([A-Z]{0,5})G(\d{11})(\.\d+)?(_PAR_Y)?$")
"""Ensembl gene id: group 1 is the species (empty: human), 3 the version, 4 the copy on chromosome Y."""
ENSEMBL_TRANSCRIPT = re.compile(r"ENS[A-Z]{0,5}T\d{11}(\.\d+)?")
ENTREZ = re.compile(r"[1-9]\d{0,8}$")
PROBE = re.compile(r"(ILMN_\d+|\d+_([a-z]_)?(at|st)|AFFX.*|A_\d\d_P\d+|TC\d+\.hg\.\d+|cg\d{8})$")
TITLE = re.compile(r"[A-Z][a-z0-9]*[a-z][a-z0-9.-]*$|[a-z]{2}-[A-Z]|\d+[A-Z]\d+Rik$")
"""Mouse and rat symbols: ``Ifit1``, ``mt-Nd1``, ``1700001A01Rik``."""

MONTH = (
    "jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"  # English
    "|mrz|mär|märz|mai|okt|dez"  # German
    "|janv|févr|fév|mars|avr|avril|juin|juil|août|déc"  # French
    "|ene|abr|ago|dic"  # Spanish
    "|gen|mag|giu|lug|ott"  # Italian
    "|mrt|mei|fev|dez"  # Dutch, Portuguese
)
SPREADSHEET = re.compile(
    rf"\d{{1,2}}[-. /]{{1,2}}({MONTH})\.?([-. /]\d{{2,4}})?|({MONTH})\.?[-. /]{{1,2}}\d{{1,4}}"
    r"|\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2}/\d{1,2}"
    r"|\d([.,]\d+)?E\+\d+|#(NAME\?|REF!|VALUE!|NUM!|DIV/0!|N/A)",
    re.IGNORECASE,
)
"""What a spreadsheet makes of gene names: dates in its language, numbers with an exponent (RIKEN clones), errors."""
SERIAL = re.compile(r"4\d{4}(\.0)?$")
"""A spreadsheet's day number, 2009 to 2036."""

MOUSE_NAMESPACES = {"other_ensembl": "mouse_ensembl", "title": "mouse_symbol", "symbol": "mouse_symbol"}

SPECIES = {"MUS": "mouse", "RNO": "rat", "MMU": "macaque", "DAR": "zebrafish", "SSC": "pig"}


def kind_of(name: str) -> Kind:
    """The form of one name."""
    if not name.strip():
        return "empty"
    if is_total(name):
        return "total"
    if found := ENSEMBL.match(name):
        return "other_ensembl" if found[1] else "ensembl_y" if found[4] else "ensembl"
    if ENTREZ.match(name):
        return "entrez"
    if SPREADSHEET.fullmatch(name):
        return "date"
    if PROBE.match(name):
        return "probe"
    return "title" if TITLE.match(name) else "symbol"


def kinds_of(names: Sequence[str], *, dates: bool = True) -> list[Kind]:
    """The form of every name; day numbers among symbols are dates, among Entrez ids they are Entrez ids.

    With ``dates=False`` (names that were checked before) nothing is taken for a date.
    """
    kinds = [kind_of(name) for name in names]
    if not dates:
        return ["symbol" if kind == "date" else kind for kind in kinds]
    if kinds.count("entrez") * 2 < len(kinds):
        kinds = ["date" if SERIAL.match(name) else kind for name, kind in zip(names, kinds, strict=True)]
    return kinds


def namespace_of(kinds: Iterable[Kind], organism: str = "human") -> str:
    """The kind of most names; ids of the copy on chromosome Y count as Ensembl ids."""
    count = Counter(
        "ensembl" if kind == "ensembl_y" else kind for kind in kinds if kind not in ("empty", "date", "total")
    )
    found = count.most_common(1)[0][0] if count else "empty"
    return MOUSE_NAMESPACES.get(found, found) if organism == "mouse" else found


def refuse_other_species(names: Sequence[str], kinds: Sequence[Kind]) -> None:
    """Stop at a matrix of another organism.

    Raises
    ------
    GeneNameError
        Most names are Ensembl ids of another species, or written as mouse and rat symbols are.
    """
    for foreign in ("other_ensembl", "title"):
        found = [name for name, kind in zip(names, kinds, strict=True) if kind == foreign]
        if len(found) * 2 > len(names):
            raise GeneNameError(
                f"{len(found)} of {len(names)} gene names are {_species(found[0])} ({listing(found)}), and the"
                f" signatures are human. {_advice(found[0])} Genes are never mapped by upper-casing."
            )


def _mouse(before: str = "") -> str:
    return give("pp.map_genes", "organism", "mouse", call=True, before=before)


def _advice(name: str) -> str:
    found = ENSEMBL.match(name)
    if found and found[1] == "MUS":
        return f"{_mouse()}, which maps one-to-one orthologs."
    if found:
        return "Map the genes to their human orthologs first."
    return (
        f"{_mouse('For mouse genes ')}, which maps one-to-one orthologs; map rat genes to human ones first."
    )


def refuse_other_than_mouse(names: Sequence[str], kinds: Sequence[Kind]) -> None:
    """Stop where ``organism="mouse"`` was said and most names are not mouse genes.

    Raises
    ------
    GeneNameError
        At most half of the names are mouse Ensembl ids or written as mouse symbols are.
    """
    others = [name for name, kind in zip(names, kinds, strict=True) if not _is_mouse(name, kind)]
    if len(others) * 2 >= len(names):
        raise GeneNameError(
            f"{len(others)} of {len(names)} gene names do not look like mouse genes ({listing(others)})."
            + say(
                python=" For human genes call pp.map_genes(adata).",
                command=f" For human genes leave out {argument('pp.map_genes', 'organism', 'mouse')}.",
            )
        )


def _is_mouse(name: str, kind: Kind) -> bool:
    found = ENSEMBL.match(name) if kind == "other_ensembl" else None
    return kind == "title" or (found is not None and found[1] == "MUS")


def _species(name: str) -> str:
    found = ENSEMBL.match(name)
    if not found:
        return "symbols in mouse or rat style"
    return f"{SPECIES.get(found[1], found[1])} Ensembl ids"


def namespace_hint(names: Sequence[str]) -> str:
    """Which kind of names was recognised and what to do; for the case that no gene is found."""
    texts = [str(name) for name in names]
    if not texts:
        return "The matrix has no genes."
    if sum(bool(ENSEMBL_TRANSCRIPT.match(name)) for name in texts) * 2 > len(texts):
        return f"The gene names ({listing(texts)}) are Ensembl transcripts. Sum them to genes first."
    found = _hint(namespace_of(kinds_of(texts)))
    return f"The gene names ({listing(texts)}) {found}"


def _hint(kind: str) -> str:
    """What to do with names of a kind, when no gene of a signature is found."""
    if kind in ("ensembl", "entrez"):
        step = say(
            python="Call pp.map_genes(adata), which turns them into symbols.",
            command="None of those that the signature needs is among them.",
        )
        return f"are {kind.capitalize()} gene ids. {step}"
    if kind == "other_ensembl":
        return f"are Ensembl ids of another organism.{_mouse(' For mouse genes ')}."
    if kind == "title":
        return f"look like mouse or rat symbols.{_mouse(' For mouse genes ')}."
    if kind == "probe":
        step = give("pp.map_genes", "probe_map", call=True, before=" ")
        return f"are array probes.{step} with the table of probes and genes of this array."
    if kind == "symbol":
        renamed = say(python="; pp.map_genes(adata) follows renamed genes.", command=".")
        return (
            "look like gene symbols, but none is a gene of the signature. Check that the panel measures them and that"
            f" genes are in {say(python='columns', command='rows')}{renamed}"
        )
    return "were not recognised; gene symbols are needed."
