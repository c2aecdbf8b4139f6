"""Build ``ifnsig/pp/data/genes.tsv``: symbol, Ensembl ids, Entrez id and other names of each gene.

Usage::

    python scripts/build_gene_table.py gene_ids.tsv org.Hs.eg.sqlite

``gene_ids.tsv`` holds one row a gene (columns symbol, ensembl, ensembl_all, entrez, hgnc_previous_symbols,
aliases, hgnchelper_outdated, published_as). ``org.Hs.eg.sqlite`` is the database inside Bioconductor's
org.Hs.eg.db (Debian: ``apt-get download r-bioc-org.hs.eg.db``, ``dpkg -x``). It knows every human gene, so
that a name that is the current symbol of another gene is never remapped, and a name that several genes share
is set apart.
"""

from __future__ import annotations

import argparse
import csv
import re
import sqlite3
from collections import defaultdict
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "ifnsig" / "pp" / "data" / "genes.tsv"
PREVIOUS = ("hgnc_previous_symbols",)
ALIASES = ("published_as", "aliases", "hgnchelper_outdated")
DATE_LIKE = re.compile(r"^(\d{1,2}[-/]\d{1,2}|\d{1,2}-[A-Z]{3}|[A-Z]{3}-\d{1,2})$", re.IGNORECASE)
COLUMNS = ("symbol", "ensembl", "entrez", "previous", "aliases", "shared")

Genes = dict[str, set[str]]


def read_human(path: Path) -> tuple[Genes, Genes, dict[str, str]]:
    """All human genes: symbol -> Entrez ids, any name -> Entrez ids (in upper case), and the versions."""
    current: Genes = defaultdict(set)
    named: Genes = defaultdict(set)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        for symbol, entrez in database.execute(
            "SELECT i.symbol, g.gene_id FROM gene_info i JOIN genes g USING (_id)"
        ):
            current[symbol.upper()].add(entrez)
        for name, entrez in database.execute(
            "SELECT a.alias_symbol, g.gene_id FROM alias a JOIN genes g USING (_id)"
        ):
            named[name.upper()].add(entrez)
        versions = dict(database.execute("SELECT name, value FROM metadata"))
    return current, named, versions


def names_of(row: dict[str, str], columns: tuple[str, ...]) -> list[str]:
    """The names in some columns of a row, each once, without the symbol itself and spreadsheet dates."""
    names = [name for column in columns for name in row[column].split("|")]
    wanted = (name for name in dict.fromkeys(names) if name and name != row["symbol"])
    return [name for name in wanted if not DATE_LIKE.match(name)]


def build(rows: list[dict[str, str]], current: Genes, named: Genes) -> tuple[list[dict[str, str]], int, int]:
    """The rows, and how many names were dropped (another gene's symbol) and set apart (shared)."""
    current = defaultdict(set, {name: set(ids) for name, ids in current.items()})
    claimed: Genes = defaultdict(set, {name: set(ids) for name, ids in named.items()})
    ensembl: Genes = defaultdict(set)
    for row in rows:
        current[row["symbol"].upper()].add(row["entrez"])
        for name in names_of(row, PREVIOUS + ALIASES):
            claimed[name.upper()].add(row["entrez"])
        for identifier in filter(None, row["ensembl_all"].split("|")):
            ensembl[identifier].add(row["entrez"])
    table, n_current, n_shared = [], 0, 0
    for row in rows:
        parts: dict[str, list[str]] = {"previous": [], "aliases": [], "shared": []}
        for part, columns in (("previous", PREVIOUS), ("aliases", ALIASES)):
            for name in names_of(row, columns):
                if name in parts["previous"] or name in parts["shared"]:
                    continue
                if current[name.upper()] - {row["entrez"]}:
                    n_current += 1
                elif claimed[name.upper()] - {row["entrez"]}:
                    n_shared += 1
                    parts["shared"].append(name)
                else:
                    parts[part].append(name)
        identifiers = [row["ensembl"], *row["ensembl_all"].split("|")]
        own = [i for i in dict.fromkeys(identifiers) if i and len(ensembl[i]) < 2]
        table.append(
            {
                "symbol": row["symbol"],
                "ensembl": "|".join(own),
                "entrez": row["entrez"],
                **{part: "|".join(names) for part, names in parts.items()},
            }
        )
    return table, n_current, n_shared


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gene_ids", type=Path)
    parser.add_argument("human", type=Path, help="org.Hs.eg.sqlite")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    with arguments.gene_ids.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    current, named, versions = read_human(arguments.human)
    table, n_current, n_shared = build(rows, current, named)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", encoding="utf-8", newline="") as stream:
        stream.write(
            f"# {len(table)} human genes. Symbols, Entrez and Ensembl ids, aliases: org.Hs.eg.db (Entrez Gene"
            f" {versions['EGSOURCEDATE']}, Ensembl {versions['ENSOURCEDATE']}); previous: HGNC; outdated"
            f" symbols: HGNChelper 0.8.15. Left out: {n_current} names that are the current symbol of another"
            f" gene. Never remapped: {n_shared} names that several genes share (column shared).\n"
        )
        writer = csv.DictWriter(stream, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(table, key=lambda row: row["symbol"]))


if __name__ == "__main__":
    main()
