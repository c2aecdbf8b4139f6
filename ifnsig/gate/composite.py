"""Ids of several parts, taken apart: ``ENSG00000165949.10|IFI27``, ``GRCh38_IFI27``, ``IFI27 (ENSG00000165949)``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .gene_table import GeneTable
from .names import ENSEMBL

ID = r"ENS(?:[A-Z]{3})?G\d{11}(?:\.\d+)?(?:_PAR_Y)?"
Prefer = Literal["id", "symbol"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form of composite id.

    Attributes
    ----------
    title
        The form in words.
    form
        Matches the whole name; the groups ``id`` and ``symbol`` are its parts.
    prefer
        The part that names the gene; the other one is asked where nothing is known of it.
    """

    title: str
    form: re.Pattern[str]
    prefer: Prefer = "id"


PATTERNS = tuple(
    Pattern(title, re.compile(form), prefer)  # type: ignore[arg-type]
    for title, form, prefer in (
        ("a spreadsheet's formula", r'="?(?P<id>[^"]+)"?', "id"),
        ("quotation marks", r"""(?P<mark>["'])(?P<id>.+)(?P=mark)""", "id"),
        ("a GENCODE transcript", rf"ENST\d+[^|]*\|(?P<id>{ID})[^|]*\|(?:[^|]*\|){{3}}(?P<symbol>[^|]+)\|.*", "id"),
        ("a target of BD Rhapsody", r"(?P<id>[^|\s]+)\|[^|]*\|(?:Reference_end|PolyA_\w+)", "id"),
        ("a genome and a name", r"(?:GRC[hm]\d+|hg\d+|mm\d+)_+(?P<id>\S+)", "id"),
        ("the word gene and a name", r"gene[:-](?P<id>\S+)", "id"),
        ("an Ensembl id lifted to another genome", rf"(?P<id>{ID})_\d+", "id"),
        ("an Ensembl id as a probe set", rf"(?P<id>{ID})_at", "id"),
        ("an Ensembl id and a symbol", rf"(?P<id>{ID})(?:_\d+)?(?:[|_:;,/]| \(?)(?P<symbol>[^|()\s]+)\)?", "id"),
        ("a symbol and an Ensembl id", rf"(?P<symbol>[^|()\s]+?)(?:[|_:;,/]| ?\()(?P<id>{ID})(?:_\d+)?\)?", "id"),
        ("a symbol and an Entrez id", r"(?P<symbol>[^|()\s]+)(?:\|| ?\()(?P<id>[1-9]\d{0,8})\)?", "symbol"),
        ("an id and a symbol", r"(?P<id>[^|\s]+)\|(?P<symbol>[^|\s]+)", "symbol"),
        ("a whole number with a point", r"(?P<id>[1-9]\d{0,8})\.0", "id"),
    )
)  # fmt: skip
"""In the order in which they are tried; a name that is known as it stands is never taken apart."""

MARKS = re.compile(r"""[|("'=]|_|gene[:-]|[:;,/]ENSG|\.0$""")
"""Without one of these no pattern can match."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Names after composite ids were taken apart.

    Attributes
    ----------
    names
        One name a gene.
    beside
        The other part, or ``""``.
    found
        Titles of the forms that were found, with one example each.
    """

    names: list[str]
    beside: list[str]
    found: dict[str, str]


def take_apart(names: Sequence[str], table: GeneTable) -> Apart:
    """Take composite ids apart; blanks around names go, everything else stays as it is."""
    out: list[str] = []
    beside: list[str] = []
    found: dict[str, str] = {}
    for written in names:
        name, other = written.strip(), ""
        while MARKS.search(name) and not ENSEMBL.match(name) and table.current(name) is None:
            match = next(((p, m) for p in PATTERNS if (m := p.form.fullmatch(name))), None)
            if match is None:
                break
            found.setdefault(match[0].title, written)
            name, other = _parts(*match, table)
        out.append(name)
        beside.append(other)
    return Apart(out, beside, found)


def _parts(pattern: Pattern, match: re.Match[str], table: GeneTable) -> tuple[str, str]:
    """The part that names the gene, and the other one."""
    parts = match.groupdict()
    identifier, symbol = parts["id"], parts.get("symbol") or ""
    if not symbol:
        return identifier, ""
    if pattern.prefer == "symbol" and table.current(symbol) is not None:
        return symbol, identifier
    return identifier, symbol
