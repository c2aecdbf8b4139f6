"""Studies with one thing wrong: what stops a run is what check refuses, what a run leaves out check tells, the rest stands."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig import pp
from ifnsig.errors import IfnsigError
from ifnsig.report import Results
from ifnsig.report._findings import findings
from ifnsig.study import check, run
from ifnsig.study.record import results as losses

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from sharded_studies import DESIGN, STUDIES, write_files, write_study

pytestmark = [
    pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
Fields = dict[str, Any]
Change = Callable[[Fields, pd.DataFrame, pd.DataFrame], None]


@pytest.fixture(scope="module")
def home() -> Path:
    folder = Path(mkdtemp())
    write_files(folder)
    return folder


def study() -> Fields:
    return {
        "input": {"expression": "expression.tsv", "unit": "log2_array", "samples": "sheet.tsv"},
        "design": {**DESIGN, "arm": "arm"},
        "scores": {"own": {"good": ["IFI27", "IFI44", "IFI44L"], "bad": ["ISG15", "RSAD2"]}, "primary": "good", "random_sets": 0, "methods": ["mean"]},
        "responses": [{"column": "relapse", "positive": 1, "negative": 0}],
        "genes": {}, "arms": {"control": "placebo"}, "visits": {}, "score_groups": {}, "suppression": {"definitions": ["log_ratio"]},
    }  # fmt: skip


def no_genes(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    fields["scores"]["own"]["bad"] = ["ABSENT1", "ABSENT2"]


def no_genes_of_the_primary(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    fields["scores"]["own"]["good"] = ["ABSENT1", "ABSENT2"]


def constant(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    values.loc[["ISG15", "RSAD2"]] = 5.0


def constant_primary(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    values.loc[["IFI27", "IFI44", "IFI44L"]] = 5.0


def all_constant(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    values.loc[:] = 5.0


def one_in_an_arm(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    sheet.loc[sheet["group"] == "ill", "arm"] = "drug"
    sheet.loc[sheet["patient"] == "P0", "arm"] = "placebo"


def one_class(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    sheet.loc[sheet["group"] == "ill", "relapse"] = 1


def one_pair(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    kept = (sheet["visit"] == "w0") | (sheet["patient"] == "P0")
    values.drop(columns=sheet["sample"][~kept], inplace=True)
    sheet.drop(index=sheet.index[~kept], inplace=True)
    fields["design"]["followup"] = ["w4"]


def one_pair_at_a_visit(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    gone = (sheet["visit"] == "w12") & (sheet["patient"] != "P1")
    values.drop(columns=sheet["sample"][gone], inplace=True)
    sheet.drop(index=sheet.index[gone], inplace=True)


def one_patient(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    gone = (sheet["group"] == "ill") & (sheet["patient"] != "P0")
    values.drop(columns=sheet["sample"][gone], inplace=True)
    sheet.drop(index=sheet.index[gone], inplace=True)


def one_arm(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    sheet.loc[sheet["group"] == "ill", "arm"] = "placebo"


def nothing(fields: Fields, sheet: pd.DataFrame, values: pd.DataFrame) -> None:
    """The nearest study with nothing wrong."""


CASES: dict[str, Change] = {
    made.__name__: made
    for made in (
        nothing, no_genes, no_genes_of_the_primary, constant, constant_primary, all_constant, one_in_an_arm, one_class,
        one_pair, one_pair_at_a_visit, one_patient, one_arm,
    )
}  # fmt: skip


def written(home: Path, name: str) -> Path:
    folder = Path(mkdtemp())
    fields, sheet = study(), pd.read_csv(home / "samples.tsv", sep="\t")
    values = np.log2(pd.read_csv(home / "counts.tsv", sep="\t", index_col=0) + 1).round(4)
    CASES[name](fields, sheet, values)
    sheet.to_csv(folder / "sheet.tsv", sep="\t", index=False)
    values.to_csv(folder / "expression.tsv", sep="\t")
    return write_study(folder, name, fields)


REFUSED = {"no_genes_of_the_primary", "one_class", "one_pair", "one_patient"}
"""The last two have one class of the response left."""


@pytest.mark.parametrize("name", CASES)
def test_check_refuses_what_run_refuses(home: Path, name: str) -> None:
    path = written(home, name)
    checked = check(path)
    refused = [finding.sentence for finding in checked if finding.severity == "error"]
    if refused:
        with pytest.raises(IfnsigError):
            run(path)
        assert not (path.parent / "results").exists()
        assert name in REFUSED
        return
    folder = run(path)  # what run refuses now is an error of the test
    results, page = Results.read(folder), (folder / "report.html").read_text()
    assert page.count('id="found"') == 1
    if name in ("no_genes", "constant"):  # the other signature's results stand
        row = results.change_tests.query("signature == 'good'").iloc[0]
        assert np.isfinite(row["estimate"])
    told = " ".join(finding.sentence for finding in checked if finding.severity == "warning")
    if name in TOLD:  # what is left out is told before, and said after
        assert TOLD[name] in told
        assert TOLD[name] in " ".join(results.skipped)
    if name == "constant":  # which only the scores show: the report says the row, and why
        assert "bad (mean), w4 - w0, arm drug: mean change 0" in page
        assert "all changed alike" in " ".join(results.skipped)
    if name == "nothing":
        assert "not compared" not in told
        assert not [sentence for sentence in results.skipped if "good" in sentence]


TOLD = {
    "no_genes": "bad has 0 of 2 genes", "one_in_an_arm": "The arms are not compared", "one_arm": "The arms are not compared",
}  # fmt: skip


def test_a_dish_is_headlined_by_what_it_answers(home: Path, undrawn: None) -> None:
    results = Results.read(
        run(write_study(home, "dish", STUDIES["dish"]), output=Path(mkdtemp()) / "results")
    )
    headline = " ".join(one.sentence for one in findings(results))
    assert "Nothing was tested" not in headline
    assert "tofa - DMSO: mean change" in headline
    assert "IC50" in headline
    assert "donor D0" not in headline  # the donors stand in the tables
    # without its tables, nothing was tested
    bare = Results(scores=results.scores, coverage=results.coverage, provenance=results.provenance)
    assert "Nothing was tested" in " ".join(one.sentence for one in findings(bare))


def test_no_log_line_speaks_of_a_cohort_that_is_not_the_users(
    home: Path, caplog: pytest.LogCaptureFixture, undrawn: None
) -> None:
    losses._cohort.cache_clear()
    fields = study() | {"scores": {"signatures": ["rice2013_6"], "random_sets": 0, "methods": ["mean"]}}
    folder = Path(mkdtemp())
    values = np.log2(pd.read_csv(home / "counts.tsv", sep="\t", index_col=0) + 1).drop(index=["IFI27"])
    values.to_csv(folder / "expression.tsv", sep="\t")
    (folder / "sheet.tsv").write_text((home / "samples.tsv").read_text())
    with caplog.at_level(logging.INFO, logger="ifnsig"):
        results = Results.read(run(write_study(folder, "array", fields)))
    assert results.coverage["r_full"].notna().any()  # the cohort was asked
    assert not [
        line for line in caplog.messages if "log_cpm" in line or "counts" in line.replace("counts as", "")
    ]


def test_the_simulated_cohort_has_the_values_that_normalize_gives() -> None:
    losses._cohort.cache_clear()
    cohort = losses._cohort()
    made = cohort.layers.pop("log_cpm")
    pp.normalize(cohort, method="log_cpm")
    np.testing.assert_array_equal(made, cohort.layers["log_cpm"])
