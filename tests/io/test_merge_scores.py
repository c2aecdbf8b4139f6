"""Score tables of shards: those that belong together are one, the others are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ifnsig.errors import DesignError, IfnsigError, SampleSheetError, TableError
from ifnsig.io._merge import merge_scores


def table(samples: str, method: str = "zscore") -> pd.DataFrame:
    rows = [(sample, method, name, "0.5") for name in ("one", "two") for sample in samples]
    return pd.DataFrame(rows, columns=["sample", "method", "signature", "score"])


def merged(folder: Path, *parts: pd.DataFrame) -> pd.DataFrame:
    paths = [folder / f"{number}.tsv" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        part.to_csv(path, sep="\t", index=False)
    return merge_scores(paths)


def scored(part: pd.DataFrame, value: str) -> pd.DataFrame:
    return part.assign(score=[value, *part["score"][1:]])


Case = tuple[Callable[[], pd.DataFrame], type[IfnsigError], str]
REFUSED: dict[str, Case] = {
    "another method": (lambda: table("CD", "mean"), DesignError, "1.tsv does not hold the scores of 0.tsv: one of mean"),
    "another signature": (lambda: table("CD").replace({"two": "three"}), DesignError, "three of zscore, two of zscore differ"),
    "rows cut": (lambda: table("CD")[:-1], DesignError, "1.tsv lacks scores of D"),
    "a row twice": (lambda: pd.concat([table("CD"), table("C")[:1]]), SampleSheetError, "1.tsv has rows twice: C"),
    "text": (lambda: scored(table("CD"), "high"), TableError, "no finite numbers: C one 'high'"),
    "no value": (lambda: scored(table("CD"), ""), TableError, "no finite numbers: C one ''"),
    "an infinite value": (lambda: scored(table("CD"), "inf"), TableError, "C one 'inf'"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_shard_that_does_not_belong_is_refused_by_name(tmp_path: Path, name: str) -> None:
    make, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        merged(tmp_path, table("AB"), make())


def test_shards_that_belong_together_are_one(tmp_path: Path) -> None:
    assert list(merged(tmp_path, table("AB"), table("CD"))["sample"]) == [*"ABCD", *"ABCD"]


def test_a_method_that_leaves_scores_open_may_leave_them_open(tmp_path: Path) -> None:
    assert len(merged(tmp_path, table("AB", "ulm"), scored(table("CD", "ulm"), ""))) == 8
    with pytest.raises(TableError, match="'high'"):
        merged(tmp_path, table("AB", "ulm"), scored(table("CD", "ulm"), "high"))
