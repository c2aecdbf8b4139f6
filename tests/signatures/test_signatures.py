"""One contract for every record of the catalogue, and what is known of the lists from elsewhere."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from ifnsig.errors import ParameterError
from ifnsig.methods._recipes import KINDS
from ifnsig.pp import gene_table
from ifnsig.signatures import DATA, SIGNATURES, Signature, read_signature
from ifnsig.signatures._signature import RECIPES

FILES = {path.stem: read_signature(path) for path in sorted(DATA.glob("*.toml"))}

# counts as the papers print them (sources in the records)
PUBLISHED = {
    "rice2013_6": 6, "trieste_6_geomean": 6, "kim2018_28": 28, "medimmune_4": 4, "janssen_10": 10, "feng2006_5": 5,
    "guo2009_6": 6, "brkic2013_5": 5, "kennedy2015_ism": 3, "huang2024_5": 5, "galbraith_ds_16": 16, "fischer2022": 2,
    "bennett2003": 31, "chiche2014_M1_2": 27, "chiche2014_M3_4": 53, "chiche2014_M5_12": 59, "bloodgen3_M8_3": 17,
    "bloodgen3_M10_1": 21, "bloodgen3_M13_17": 31, "bloodgen3_M15_127": 14, "bloodgen3_M15_64": 21, "bloodgen3_M15_86": 15,
    "bloodgen3_A28": 111, "hallmark_ifna": 97, "hallmark_ifng": 200, "reactome_ifnab": 70, "aybey_ifn1_20": 20,
    "aybey_ifn2_6": 6, "ayers2017_ifng6": 6, "shaw2017_mammalian_core": 98, "cmp_il6_stat3": 87, "cmp_tnfa_nfkb": 200,
    "cmp_inflammatory": 200, "cmp_il2_stat5": 199, "cmp_li_M156_1": 36, "cmp_bg3_M12_15": 17,
}  # fmt: skip

UNSOURCED = re.compile(r"from memory|unconfirmed|\[U\]|\bids? \d{6,}|[0-9a-f]{16}\.txt|\bfs:", re.IGNORECASE)


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_a_record_is_complete(name: str) -> None:
    record = SIGNATURES[name]
    assert all(
        [record.title, record.citation, record.licence, record.ifn_type, record.tissue, record.platform]
    )
    assert record.disease
    assert record.notes
    assert set(record.confidence) == {"genes", "recipe", "cutoff"}
    assert set(record.published_as) <= set(record.genes)
    assert (record.confidence["recipe"] == "none") == (record.recipe is None)
    assert (record.confidence["cutoff"] == "none") == (not record.cutoffs)
    assert bool(record.types) == (record.role == "signature") or record.role == "pointer"


@pytest.mark.parametrize("name", [name for name, record in SIGNATURES.items() if record.role != "pointer"])
def test_the_number_of_genes_is_the_published_one_or_the_difference_is_explained(name: str) -> None:
    record = SIGNATURES[name]
    assert record.source
    assert record.confidence["genes"] != "none"
    if name in PUBLISHED:
        assert record.n_published == PUBLISHED[name]
    if record.n_published != len(record.genes):
        assert record.count_note
    if record.n_published is not None and name != "chiche2014_modular":
        assert record.n_published == len(record.genes) + len(record.left_out)


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_every_gene_is_a_current_symbol(name: str) -> None:
    table = gene_table()
    assert [gene for gene in SIGNATURES[name].genes if table.current(gene) != gene] == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.toml")), ids=lambda path: path.stem)
def test_no_shipped_list_names_a_gene_twice_or_with_spaces(path: Path) -> None:
    genes = tomllib.loads(path.read_text(encoding="utf-8")).get("genes", [])
    assert len(set(genes)) == len(genes)
    assert [gene for gene in genes if gene.strip() != gene] == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.toml")), ids=lambda path: path.stem)
def test_a_file_speaks_of_published_sources_only(path) -> None:  # type: ignore[no-untyped-def]
    assert UNSOURCED.findall(path.read_text(encoding="utf-8")) == []


def test_no_two_records_have_the_same_genes_unless_they_say_so() -> None:
    same: dict[frozenset[str], list[Signature]] = defaultdict(list)
    for record in SIGNATURES.values():
        if record.genes:
            same[frozenset(record.genes)].append(record)
    for records in same.values():
        names = {record.id for record in records}
        undeclared = [record.id for record in records if record.same_genes_as not in names]
        assert len(undeclared) == 1, names


def test_a_declared_twin_has_the_same_genes() -> None:
    twins = [record for record in SIGNATURES.values() if record.same_genes_as]
    assert "trieste_6_geomean" in [record.id for record in twins]
    for record in twins:
        assert set(record.genes) == set(SIGNATURES[record.same_genes_as].genes)


def test_what_only_memory_said_has_no_recipe() -> None:
    """Recipes and cut-offs that no readable text gives (see the records): the general methods only."""
    for name in (
        "brkic2013_5",
        "medimmune_4",
        "guo2009_6",
        "kennedy2015_ism",
        "bloodgen3_A28",
        "hallmark_ifna",
        "ayers2017_ifng6",
    ):
        assert not SIGNATURES[name].executable


def test_recipes_are_those_that_the_methods_know() -> None:
    assert set(RECIPES) == set(KINDS)
    used = {record.recipe.kind for record in SIGNATURES.values() if record.recipe}
    assert used <= set(KINDS)
    assert {"median_fold_change", "geometric_mean", "sum_of_z", "percent_response", "active_modules"} <= used


def test_a_pointer_says_why_it_has_no_genes_and_where_they_are() -> None:
    pointers = [record for record in SIGNATURES.values() if record.role == "pointer"]
    assert len(pointers) == 41
    for record in pointers:
        assert not record.genes
        assert record.where
        assert set(record.confidence.values()) == {"none"}
        with pytest.raises(ParameterError, match=r"listed without genes.*Where to look.*as your own"):
            record.with_genes()
    assert SIGNATURES["rice2013_6"].with_genes() is SIGNATURES["rice2013_6"]


def test_only_the_nih_list_is_provisional_and_it_says_so() -> None:
    assert [name for name, record in SIGNATURES.items() if record.provisional] == ["kim2018_28"]
    record = SIGNATURES["kim2018_28"]
    assert "provisional" in record.label
    assert "Provisional" in record.warning
    assert record.notes.startswith("PROVISIONAL LIST: ")


def test_patented_and_misattributed_lists_carry_a_warning() -> None:
    assert "US patent" in SIGNATURES["janssen_10"].warning
    assert "Misattributed" in SIGNATURES["code_ifng_10_misattributed"].warning
    assert "opposite meaning" in SIGNATURES["decevins2023"].warning
    assert "not a response" in SIGNATURES["reactome_ifnab"].warning


def test_two_scores_of_the_same_six_genes_have_cut_offs_of_their_own() -> None:
    rice, trieste = SIGNATURES["rice2013_6"], SIGNATURES["trieste_6_geomean"]
    assert set(rice.genes) == set(trieste.genes)
    assert (rice.cutoffs[0].value, trieste.cutoffs[0].value) == (2.466, 0.7)
    assert rice.recipe is not None
    assert trieste.recipe is not None
    assert rice.recipe.kind != trieste.recipe.kind


def test_the_two_genes_of_fischer_rarely_share_a_list() -> None:
    both = {name for name, record in SIGNATURES.items() if {"IFI44", "IFI27"} <= set(record.genes)}
    assert both == {
        "kim2018_28", "medimmune_4", "galbraith_ds_16", "fischer2022", "hallmark_ifna", "hallmark_ifng", "bloodgen3_A28",
        "msigdb_browne_interferon_responsive_genes", "msigdb_hecker_ifnb1_targets", "msigdb_zhang_interferon_response",
    }  # fmt: skip


def test_no_list_claims_to_be_specific_for_type_iii() -> None:
    assert [name for name, record in SIGNATURES.items() if "III" in record.types] == []


@pytest.mark.parametrize(
    ("name", "alpha", "gamma"),
    [("hallmark_ifng", 73, 200), ("cmp_il6_stat3", 8, 22), ("cmp_tnfa_nfkb", 9, 27)],
)
def test_lists_share_genes_with_the_interferon_hallmarks(name: str, alpha: int, gamma: int) -> None:
    """Counted in the published symbol files of MSigDB 7.1."""
    genes = set(SIGNATURES[name].genes)
    assert len(genes & set(SIGNATURES["hallmark_ifna"].genes)) == alpha
    assert len(genes & set(SIGNATURES["hallmark_ifng"].genes)) == gamma


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("cmp_il6_stat3", 64), ("cmp_tnfa_nfkb", 171), ("cmp_inflammatory", 158), ("cmp_il2_stat5", 178),
        ("cmp_stat3_dauer", 43), ("cmp_li_M37_1", 50), ("cmp_bg3_M13_22", 60), ("cmp_li_S3", 24),
    ],
)  # fmt: skip
def test_a_comparator_has_a_twin_without_interferon(name: str, left: int) -> None:
    """Counts worked out from the lists before they came here."""
    twin = SIGNATURES[f"{name}_no_ifn"]
    assert len(twin.genes) == left
    assert twin.derived_from == name
    assert set(twin.genes) <= set(SIGNATURES[name].genes)
    interferon = set(SIGNATURES["hallmark_ifna"].genes) | set(SIGNATURES["hallmark_ifng"].genes)
    assert not set(twin.genes) & interferon


def test_every_comparator_has_such_a_twin() -> None:
    comparators = [name for name, record in FILES.items() if record.role == "comparator"]
    assert len(comparators) == 16
    assert all(f"{name}_no_ifn" in SIGNATURES for name in comparators)


def test_the_modular_score_is_made_of_the_three_modules() -> None:
    record = SIGNATURES["chiche2014_modular"]
    assert record.recipe is not None
    parts = [set(SIGNATURES[name].genes) for name in record.recipe.parameters["modules"]]
    assert set(record.genes) == set().union(*parts)
    assert [len(part) for part in parts] == [27, 52, 58]
    # 139 entries: two without a gene, two genes in two modules
    assert len(record.genes) == 27 + 52 + 58 - 2
