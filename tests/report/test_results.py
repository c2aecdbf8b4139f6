"""Results read from a folder are the results that were written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.errors import MissingFileError, TableError
from ifnsig.report import Primary, Results, render_html
from ifnsig.report._results import TABLES


def test_written_and_read_again_nothing_changed(results: Results, tmp_path: Path) -> None:
    results.write_tables(tmp_path)
    again = Results.read(tmp_path)
    for name in TABLES:
        # numbers are written with as many digits as they have, so they come back bit for bit; whole numbers may
        # come back as floats where a column has gaps
        pd.testing.assert_frame_equal(
            again.table(name).reset_index(drop=True), results.table(name).reset_index(drop=True),
            check_dtype=False, check_exact=True,
        )  # fmt: skip
    assert again.provenance == results.provenance
    assert (again.title, again.skipped, again.limits) == (results.title, results.skipped, results.limits)


def test_a_page_from_the_folder_is_the_page_of_the_run(results: Results, tmp_path: Path) -> None:
    results.write_tables(tmp_path)
    assert render_html(Results.read(tmp_path)) == render_html(results)


def test_names_survive_as_they_are(tmp_path: Path) -> None:
    names = ["001", "1E5", "NA", "nan", "", "=cmd()", "-3", "+x", "@y", "True", "1.0"]
    scores = pd.DataFrame(
        {"sample": names, "patient": names, "signature": "s", "method": "m", "score": np.arange(11.0)}
    )
    Results(scores=scores).write_tables(tmp_path)
    read = Results.read(tmp_path).scores
    assert list(read["sample"]) == names
    assert list(read["patient"]) == names
    assert list(read["score"]) == list(range(11))


def test_numbers_with_gaps_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text("{}")
    (tmp_path / "responses.tsv").write_text(
        "patient\tvalue\tlabel\tpart_mmt\n01\t40\tmoderate\t\n02\t\t\t7.5\n"
    )
    table = Results.read(tmp_path).responses
    assert table["value"].tolist()[0] == 40
    assert table["value"].isna().tolist() == [False, True]
    assert table["label"].tolist() == ["moderate", ""]
    assert table["patient"].tolist() == ["01", "02"]


def test_the_score_of_an_association_is_a_name_and_that_of_a_sample_a_number(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text("{}")
    for name in ("associations", "scores"):
        (tmp_path / f"{name}.tsv").write_text("signature\tscore\ns\t1\n")
    read = Results.read(tmp_path)
    assert read.associations["score"].tolist() == ["1"]
    assert read.scores["score"].tolist() == [1]


def test_a_folder_without_provenance_is_no_results_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="it is not a results folder"):
        Results.read(tmp_path)
    (tmp_path / "provenance.json").write_text("{}")
    assert Results.read(tmp_path).scores is None


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not valid JSON"), ("[]", "must hold a JSON object. Got list")]
)
def test_damaged_provenance_is_a_clear_error(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(TableError, match=message):
        Results.read(tmp_path)


def test_an_empty_table_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text("{}")
    (tmp_path / "scores.tsv").write_text("")
    with pytest.raises(TableError, match=r"scores\.tsv is not a table"):
        Results.read(tmp_path)


def test_the_primary_comparison_is_as_declared(results: Results) -> None:
    assert results.primary == Primary("rice2013_6", "zscore", "week24")
    assert results.visits == ["week0", "week4", "week24"]
    assert results.controls == "healthy"


def test_without_a_declaration_the_primary_row_decides(results: Results) -> None:
    undeclared = Results(change_tests=results.change_tests)
    assert undeclared.primary == Primary("rice2013_6", "zscore", "week24")


def test_visits_that_are_numbers_are_labels() -> None:
    scores = pd.DataFrame(
        {"sample": ["a", "b"], "patient": [1, 1], "visit": [0.0, 4.0], "signature": "s", "score": 1.0}
    )
    design = {"baseline": 0, "followup": [4.0]}
    results = Results(scores=scores, provenance={"study": {"design": design}})
    assert results.visits == ["0", "4"]
    assert results.scores["visit"].tolist() == ["0", "4"]
    assert scores["visit"].tolist() == [0.0, 4.0]  # the caller's table is as it was


def test_a_rule_from_secondary_sources_is_marked() -> None:
    rows = pd.DataFrame({
        "patient": "P1", "visit": "w4", "measure": ["sri4", "lldas"], "value": 1.0, "label": ["responder", "low activity"],
        "reason": "",
    })  # fmt: skip
    page = render_html(Results(responses=rows))
    assert page.count("rule from secondary sources only") == 1  # beside SRI-4, not beside LLDAS
    assert page.count("read in secondary sources only") == 1  # in the methods text
