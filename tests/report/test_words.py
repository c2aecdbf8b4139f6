"""Numbers and sentences as a reader sees them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ifnsig.page import words as fmt
from ifnsig.report import Results, findings, methods_text

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1.0567, f"{MINUS}1.06"), (123.4, "123"), (12.34, "12.3"), (0.0347, "0.035"), (0.2, "0.20"), (0, "0.00"),
        (0.00004, f"4e{MINUS}05"), (-1e-12, f"{MINUS}1e{MINUS}12"), (np.nan, DASH), (None, DASH), ("", DASH), (-np.inf, f"{MINUS}\N{INFINITY}"),
    ],
)  # fmt: skip
def test_a_number_has_two_to_three_digits(value: object, shown: str) -> None:
    assert fmt.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.003, "0.003"), (0.00099, "<0.001"), (0, "<0.001"), (0.0946, "0.095"), (0.7, "0.70"), (np.nan, DASH)],
)  # fmt: skip
def test_a_p_is_never_zero(value: float, shown: str) -> None:
    assert fmt.p_value(value) == shown


def test_both_ends_of_an_interval_have_the_same_decimals() -> None:
    assert fmt.interval(-0.71, 0.07) == f"{MINUS}0.71 to 0.07"
    assert fmt.interval(np.nan, np.nan) == DASH


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ('[{"patient": "P1", "reason": "no v"}]', [("P1", "", "no v")]),
        ('["P1"]', [("P1", "", "")]),
        ("[]", []),
        ("", []),
        ("P1", [("P1", "", "")]),
    ],
)
def test_those_left_out_are_read_from_their_cell(cell: str, found: list) -> None:
    assert fmt.exclusions(cell) == found


def test_a_person_is_named_once_a_reason() -> None:
    items = [("P1", "", "a"), ("P2", "", "b"), ("P1", "", "a"), ("P1", "", "")]
    assert fmt.by_reason(items) == [("a", ["P1"]), ("b", ["P2"]), ("no reason given", ["P1"])]


def test_the_answer_uses_the_sentences_of_the_primary_rows(results: Results) -> None:
    sentences = [one.sentence for one in findings(results)]
    assert sentences[0].startswith(
        "15 signatures were scored in 87 samples from 24 patients and 20 control samples"
    )
    assert sum("mean change" in text for text in sentences) == 1
    assert sum("Spearman" in text for text in sentences) == 1


def test_what_stands_beside_a_sentence_is_kept_apart_from_it(results: Results) -> None:
    noted = results.change_tests.assign(notes="Adjusted for the dose.")
    found = findings(dataclasses.replace(results, change_tests=noted))
    assert [one.notes for one in found if "mean change" in one.sentence] == ["Adjusted for the dose."]
    assert found[0].notes == ""


def test_nothing_tested_is_said_with_the_reason() -> None:
    assert [one.sentence for one in findings(Results(skipped=["Because."]))] == [
        "No sample was scored.",
        "Nothing was tested.",
        "Because.",
    ]


def test_a_descriptive_row_answers_when_patients_are_too_few(results: Results) -> None:
    few = results.change_tests.assign(role="descriptive")
    assert any(
        "mean change" in one.sentence for one in findings(dataclasses.replace(results, change_tests=few))
    )


def test_methods_name_signatures_methods_and_responses_with_their_sources(results: Results) -> None:
    paragraphs, citations = methods_text(results)
    text = " ".join(paragraphs)
    for words in (
        "rice2013_6 (6 genes)",
        "provisional list",
        "group = healthy, n = 20",
        "log2_cpm",
        "ifnsig 0.1.0",
    ):
        assert words in text
    assert [entry.number for entry in citations] == list(range(1, len(citations) + 1))
    assert all(f"[{entry.number}]" in text for entry in citations)
    dois = {entry.doi for entry in citations}
    assert {"10.1007/s10875-016-0359-1", "10.1136/annrheumdis-2017-211400"} <= dois
    assert all(entry.url.startswith("https://doi.org/10.") for entry in citations if entry.doi)


def test_signatures_of_the_study_itself_are_named_without_a_source(results: Results) -> None:
    own = dataclasses.replace(results, coverage=results.coverage.head(1).assign(signature="mine"))
    paragraphs, _ = methods_text(own)
    assert "mine (the study's own list)" in paragraphs[0]


def test_what_is_no_doi_is_no_link() -> None:
    from ifnsig.report import Citation

    assert Citation(1, "a", "javascript:alert(1)").url == ""
    assert Citation(1, "a", '10.1000/x" onclick="y').url == ""
    assert Citation(1, "a", "10.1000/x").url == "https://doi.org/10.1000/x"


def test_a_rounded_zero_has_no_sign() -> None:
    assert fmt.number(-0.001, 1.0) == "0.00"
