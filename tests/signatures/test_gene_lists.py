"""Gene lists as people write them: one answer, whichever door a list came through."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import get, keys, pp, tl
from ifnsig.cli._sets import signature_sets
from ifnsig.errors import CoverageWarning, IfnsigError, ParameterError
from ifnsig.signatures import SIGNATURES, gene_weights
from ifnsig.signatures._files import read_signature
from ifnsig.sklearn import SignatureScorer

GENES = ["IFI27", "IFI44L", "IFIT1", "ISG15", "RSAD2", "SIGLEC1", *(f"HOUSE{n}" for n in range(1, 9))]
LIST = ["IFI27", "ISG15", "RSAD2"]
MEAN = (6.0 + 2.0 + 1.0) / 3  # of the genes of LIST in the sample below, by hand
VALUES = np.array([[6.0, 5.0, 3.0, 2.0, 1.0, 4.0, *range(8)], [0.0] * 14])


def sample() -> AnnData:
    adata = AnnData(VALUES.copy(), obs=pd.DataFrame(index=["a", "b"]), var=pd.DataFrame(index=GENES))
    keys.declare_unit(adata, "log2_cpm")
    return adata


def scored(sets: Any) -> float:
    adata = sample()
    tl.score(adata, sets, method="mean")
    return float(get.scores(adata, "mean").iloc[0, 0])


def by_dict(genes: list[Any], folder: Path) -> float:
    return scored({"mine": genes})


def by_weights(genes: list[Any], folder: Path) -> float:
    return scored({"mine": dict.fromkeys(genes, 1.0)})


def by_names_in_a_series(genes: list[Any], folder: Path) -> float:
    return scored({"mine": pd.Series(genes, dtype=object)})


def by_weights_in_a_series(genes: list[Any], folder: Path) -> float:
    return scored({"mine": pd.Series([1.0] * len(genes), index=pd.Index(genes, dtype=object))})


def by_array(genes: list[Any], folder: Path) -> float:
    return scored({"mine": np.array(genes, dtype=object)})


def _file(folder: Path, name: str, text: str) -> float:
    (folder / name).write_text(text, encoding="utf-8")
    return scored(signature_sets(str(folder / name)))


def _text(genes: list[Any]) -> list[Any]:
    """Blanks as a file can hold them."""
    return [gene if isinstance(gene, str) else "" for gene in genes]


def by_gmt(genes: list[Any], folder: Path) -> float:
    return _file(folder, "mine.gmt", "\t".join(["mine", "d", *_text(genes)]) + "\n")


def by_json(genes: list[Any], folder: Path) -> float:
    return _file(
        folder, "mine.json", json.dumps({"mine": [gene if isinstance(gene, str) else None for gene in genes]})
    )


def by_yaml(genes: list[Any], folder: Path) -> float:
    lines = [json.dumps(gene, ensure_ascii=False) if isinstance(gene, str) else "null" for gene in genes]
    return _file(folder, "mine.yaml", "mine:\n" + "".join(f"  - {line}\n" for line in lines))


def by_toml(genes: list[Any], folder: Path) -> float:
    return _file(
        folder, "mine.toml", f'id = "mine"\ngenes = {json.dumps(_text(genes), ensure_ascii=False)}\n'
    )


def by_record(genes: list[Any], folder: Path) -> float:
    return scored({"mine": read_signature({"id": "mine", "genes": genes})})


def by_scorer(genes: list[Any], folder: Path) -> float:
    scorer = SignatureScorer({"mine": genes}, method="mean", genes=GENES)
    return float(scorer.fit(VALUES).transform(VALUES)[0, 0])


DOORS: list[Callable[[list[Any], Path], float]] = [
    by_dict, by_weights, by_names_in_a_series, by_weights_in_a_series, by_array, by_gmt, by_json, by_yaml, by_toml,
    by_record, by_scorer,
]  # fmt: skip
BLANKS = {
    "NaN": float("nan"),
    "None": None,
    "NA": pd.NA,
    "empty": "",
    "space": " ",
    "no-break space": "\u00a0",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_a_blank_in_a_list_is_left_out_and_said(
    door: Callable[..., float], blank: Any, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    assert door([*LIST[:2], blank, LIST[2]], tmp_path) == MEAN
    said = [str(item.message) for item in recwarn if item.category is CoverageWarning]
    assert any("1 blank entry, left out" in sentence for sentence in said), said


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("written", [" IFI27", "IFI27 ", "IFI27\u00a0"])
def test_spaces_around_a_name_are_left_out(
    door: Callable[..., float], written: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ifnsig"):
        assert door([written, *LIST[1:]], tmp_path) == MEAN
    if door is not by_gmt:  # its fields are stripped as they are cut
        assert repr(written) in caplog.text


@pytest.mark.parametrize("door", DOORS)
def test_a_name_listed_twice_counts_once_and_is_said(
    door: Callable[..., float], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    assert door([*LIST, "IFI27 "], tmp_path) == MEAN
    assert any("lists genes twice; each counts once: 'IFI27'" in str(item.message) for item in recwarn)


@pytest.mark.parametrize("door", DOORS)
def test_a_clean_list_is_taken_without_a_word(
    door: Callable[..., float], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    assert door(LIST, tmp_path) == MEAN
    assert not [item for item in recwarn if issubclass(item.category, CoverageWarning)]


@pytest.mark.parametrize("door", DOORS)
def test_a_list_of_blanks_has_no_genes(door: Callable[..., float], tmp_path: Path) -> None:
    with pytest.raises(IfnsigError, match="no genes|at least one gene"):
        door([" ", ""], tmp_path)


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_ranks_do_not_count_a_blank_as_a_gene(blank: Any) -> None:
    adata = sample()
    with pytest.warns(CoverageWarning, match="blank"):
        tl.score(adata, {"mine": [*LIST, blank], "clean": LIST}, method="ucell", max_rank=14)
    table = get.scores(adata, "ucell")
    assert table["mine"].tolist() == table["clean"].tolist()


def test_coverage_counts_the_same_genes() -> None:
    with pytest.warns(CoverageWarning, match="Signature 'mine' has 2 blank entries"):
        row = pp.coverage(sample(), {"mine": [" IFI27", None, "ISG15", float("nan")]}).iloc[0]
    assert (row["n_genes"], row["n_found"], row["missing"]) == (2, 2, "")


def test_coverage_takes_what_tl_score_takes() -> None:
    weights = pd.Series([1.0, -1.0], index=["IFI27", "NOGENE"])
    rows = pp.coverage(sample(), {"series": weights, "record": SIGNATURES["rice2013_6"]})
    assert rows["n_genes"].tolist() == [2, 6]
    assert rows["missing"].tolist() == ["NOGENE", ""]


def test_a_series_of_weights_is_gene_to_weight() -> None:
    weights = pd.Series([1.0, -2.0], index=["IFI27", "ISG15"])
    assert gene_weights(weights, where="S") == {"IFI27": 1.0, "ISG15": -2.0}
    adata = sample()
    tl.score(adata, {"mine": weights}, method="weighted", combine="sum")
    assert get.scores(adata, "weighted").iloc[0, 0] == 6.0 - 2 * 2.0


@pytest.mark.parametrize("weight", [float("inf"), float("nan"), "1", "up", None, 0, True, pd.NA])
def test_a_weight_that_is_no_number_is_refused_by_its_gene(weight: Any, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"Signature 'mine' has genes without a weight.*'ISG15'"):
        tl.score(sample(), {"mine": {"IFI27": 1, "ISG15": weight}}, method="mean")
    with pytest.raises(ParameterError, match=r"'mine' has genes without a weight.*'ISG15'"):
        pp.coverage(sample(), {"mine": {"IFI27": 1, "ISG15": weight}})
    if weight is None or isinstance(weight, (str, float)):
        (tmp_path / "mine.json").write_text(json.dumps({"mine": {"IFI27": 1, "ISG15": weight}}))
        with pytest.raises(IfnsigError, match=r"genes without a weight.*'ISG15'"):
            signature_sets(str(tmp_path / "mine.json"))


@pytest.mark.parametrize("strange", [False, 3, 1.5, ["IFI27"]])
def test_names_that_are_no_text_are_refused(strange: Any) -> None:
    with pytest.raises(ParameterError, match="genes that are no names"):
        gene_weights(["IFI27", strange], where="S")


def test_one_name_with_two_weights_is_refused() -> None:
    with pytest.raises(ParameterError, match="genes with two weights: 'IFI27'"):
        gene_weights({"IFI27": 1, " IFI27": -1}, where="S")
    with pytest.warns(CoverageWarning, match="each counts once: 'IFI27'"):
        assert gene_weights({"IFI27": 1, " IFI27": 1}, where="S") == {"IFI27": 1.0}


@pytest.mark.parametrize("genes", ["ISG15", b"ISG15", 5, None])
def test_text_or_a_number_is_no_list(genes: Any) -> None:
    with pytest.raises(ParameterError, match="must be a list of genes"):
        gene_weights(genes, where="S")
