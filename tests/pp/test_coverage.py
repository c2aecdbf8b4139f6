"""Coverage is reported before any score."""

from __future__ import annotations

import pytest

from ifnsig import errors, pp

SIX = ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]


def test_found_and_missing_genes_are_counted(make_adata):
    adata = make_adata([[0.0] * 4] * 2, genes=["ISG15", "IFIT1", "RIGI", "X"])
    adata.var["via"] = ["", "G10P1", "DDX58", ""]
    table = pp.coverage(
        adata, {"six": SIX, "pair": {"ISG15": 1.0, "RIGI": -1.0}, "none": ["A", "B"]}
    ).set_index("signature")
    assert table["n_genes"].to_dict() == {"six": 6, "pair": 2, "none": 2}
    assert table["n_found"].to_dict() == {"six": 2, "pair": 2, "none": 0}
    assert table["coverage"].to_dict() == {"six": 2 / 6, "pair": 1.0, "none": 0.0}
    assert table.loc["six", "missing"] == "IFI27;IFI44;IFI44L;RSAD2"
    assert table.loc["six", "via_alias"] == "G10P1->IFIT1"
    assert table.loc["pair", "via_alias"] == "DDX58->RIGI"
    assert table["status"].to_dict() == {"six": "refused", "pair": "scored", "none": "refused"}


@pytest.mark.parametrize(
    ("found", "status"),
    [(10, "scored"), (8, "scored"), (7, "low coverage"), (5, "low coverage"), (4, "refused")],
)
def test_the_limits_are_half_and_four_fifths(make_adata, found, status):
    genes = [f"A{i}" for i in range(found)]
    adata = make_adata([[0.0] * found] * 2, genes=genes)
    table = pp.coverage(adata, {"ten": [f"A{i}" for i in range(10)]})
    assert table["status"].tolist() == [status]


def test_find_coverage_is_pure_and_keeps_the_order_of_signatures():
    rows = pp.find_coverage(["ISG15"], {"b": {"ISG15": 1.0}, "a": {"MX1": 1.0}})
    assert [row["signature"] for row in rows] == ["b", "a"]
    assert rows[1]["missing"] == ["MX1"]
    assert rows[0]["via_alias"] == []


def test_published_signatures_are_named_by_id(make_adata):
    # the six of Rice 2013 have SIGLEC1 where SIX has IFI44
    table = pp.coverage(make_adata([[0.0] * 6] * 2, genes=SIX), ["rice2013_6"])
    assert table.loc[0, "n_found"] == 5
    assert table.loc[0, "missing"] == "SIGLEC1"
    with pytest.raises(errors.UnknownNameError, match=r"Did you mean 'rice2013_6'"):
        pp.coverage(make_adata([[0.0] * 6] * 2, genes=SIX), "rice2013_7")


def test_genes_that_several_rows_stand_for_are_named(make_adata):
    adata = make_adata([[0.0, 1.0, 2.0, 3.0]] * 2, genes=["ISG15", "ENSG00000187608", "IFIT1", "X"])
    once = pp.coverage(pp.map_genes(adata), {"six": SIX, "one": ["IFIT1"]})
    assert once["duplicated"].tolist() == ["ISG15", ""]
    twice = pp.coverage(pp.map_genes(pp.map_genes(adata)), {"six": SIX})
    assert twice["duplicated"].tolist() == ["ISG15"]
    assert pp.coverage(adata, {"six": SIX})["duplicated"].tolist() == [""]
    adata.var_names = ["ISG15", "ISG15", "IFIT1", "X"]
    with pytest.raises(errors.ParameterError, match="not unique: ISG15. Call pp.map_genes"):
        pp.coverage(adata, {"six": SIX})


def test_a_signature_without_genes_is_refused(make_adata):
    with pytest.raises(errors.ParameterError, match="Signature 'x' has no genes"):
        pp.coverage(make_adata([[0.0]] * 2), {"x": []})


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ENSG00000187608.11", "ENSG00000126709"], "Ensembl gene ids. Call pp.map_genes"),
        (["ENST00000379389.4", "ENST00000000233"], "Ensembl transcripts"),
        (["9636", "2537"], "Entrez gene ids. Call pp.map_genes"),
        (["Ifit1", "Isg15"], "mouse or rat symbols"),
        (
            ["ENSMUSG00000035692"],
            'another organism. For mouse genes call pp.map_genes(adata, organism="mouse")',
        ),
        (["ILMN_1343291", "ILMN_1343295"], "array probes"),
        (["1007_s_at", "200000_at", "11715100_x_at"], "array probes"),
        (["GAPDH", "ACTB"], "look like gene symbols, but none is a gene of the signature"),
        ([], "no genes"),
    ],
)
def test_the_hint_says_which_names_were_recognised(names, words):
    assert words in pp.namespace_hint(names)
