"""The script behind the gene table, on made-up genes."""

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_gene_table.py"
COLUMNS = (
    "symbol", "ensembl", "ensembl_all", "entrez",
    "hgnc_previous_symbols", "aliases", "hgnchelper_outdated", "published_as",
)  # fmt: skip
BLANK = dict.fromkeys(COLUMNS, "")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("build_gene_table", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_only_names_that_mean_one_gene_become_aliases(script):
    rows = [
        {
            **BLANK, "symbol": "AAA1", "entrez": "1", "ensembl": "E1", "ensembl_all": "E1|E9",
            "hgnc_previous_symbols": "OLD1|BBB1", "aliases": "OLD1|both|AAA1|lone", "published_as": "1-Mar|3/1",
        },
        {**BLANK, "symbol": "CCC1", "entrez": "3", "ensembl_all": "E3|E9", "aliases": "BOTH"},
    ]  # fmt: skip
    current = {"AAA1": {"1"}, "BBB1": {"2"}, "CCC1": {"3"}}
    table, n_current, n_shared = script.build(rows, current, {"LONE": {"1"}})
    assert table[0] == {
        "symbol": "AAA1", "ensembl": "E1", "entrez": "1", "previous": "OLD1", "aliases": "lone", "shared": "both",
    }  # fmt: skip
    assert table[1]["shared"] == "BOTH"
    assert table[1]["ensembl"] == "E3"
    assert (n_current, n_shared) == (1, 2)


def test_the_human_names_are_read_from_the_database(script, tmp_path):
    path = tmp_path / "org.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE genes (_id, gene_id); CREATE TABLE gene_info (_id, symbol);"
            "CREATE TABLE alias (_id, alias_symbol); CREATE TABLE metadata (name, value);"
            "INSERT INTO genes VALUES (1, '9636'); INSERT INTO gene_info VALUES (1, 'ISG15');"
            "INSERT INTO alias VALUES (1, 'hUCRP'); INSERT INTO metadata VALUES ('ENSOURCEDATE', '2022');"
        )
    current, named, versions = script.read_human(path)
    assert (dict(current), dict(named), versions) == (
        {"ISG15": {"9636"}},
        {"HUCRP": {"9636"}},
        {"ENSOURCEDATE": "2022"},
    )
