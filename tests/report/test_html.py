"""The page: complete, self-contained, safe against any name, the same each time."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.errors import ParameterError
from ifnsig.report import Results, render_html, write_html

SECTIONS = ("found", "scored", "visits", "change", "response", "skipped", "limits", "methods", "provenance")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$x_1$",
    "=cmd()",
    "' onmouseover='alert(1)",
    "</svg></style><iframe src=//evil.example>",
    "{{ 7 * 7 }}",
    "L" * 3000,
    "\u202egnp.exe\x00\x07",
)
PAGE_TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "nav", "p", "h1", "h2", "h3",
    "a", "ul", "ol", "li", "dl", "dt", "dd", "div", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td",
    "small", "strong", "code", "pre", "details", "summary",
}  # fmt: skip
DRAWING_TAGS = {"svg", "g", "defs", "path", "use", "clippath", "text", "tspan", "image", "pattern", "rect"}


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        """All text on one line."""
        return re.sub(r"\s+", " ", " ".join(self.text))


def hostile(results: Results) -> Results:
    """The study with hostile names for a sample, patient, visit, gene, signature, method, group, outcome and class."""
    tables = {}
    for field in dataclasses.fields(results):
        table = getattr(results, field.name)
        if not isinstance(table, pd.DataFrame):
            continue
        table = table.copy()
        for place, column in enumerate(
            ["sample", "patient", "visit", "gene", "signature", "group", "outcome", "label", "reason", "measure", "flags",
             "sentence", "missing", "method"]
        ):  # fmt: skip
            if column in table and not (column in ("measure", "label") and "measure" in table):
                names = [value for value in dict.fromkeys(table[column]) if value]
                # week24 and rice2013_6 too: the names that every section leads with
                new = {
                    name: HOSTILE[(place + k) % len(HOSTILE)] + str(k) for k, name in enumerate(names[-9:])
                }
                table[column] = [new.get(value, value) for value in table[column]]
        if "excluded" in table:
            table["excluded"] = json.dumps([{"patient": name, "reason": name} for name in HOSTILE])
        tables[field.name] = table
    provenance = {"source": {name: name for name in HOSTILE}, "versions": {HOSTILE[0]: HOSTILE[1]}}
    lists = {"skipped": list(HOSTILE), "limits": list(HOSTILE), "title": HOSTILE[0]}
    return dataclasses.replace(results, **tables, **lists, provenance=provenance)


@pytest.fixture(scope="module")
def html(results: Results) -> str:
    return render_html(results)


@pytest.fixture(scope="module")
def hostile_html(results: Results) -> str:
    return render_html(hostile(results))


def test_every_section_is_there_once(html: str) -> None:
    assert [html.count(f'id="{name}"') for name in SECTIONS] == [1] * len(SECTIONS)


def test_every_figure_of_a_complete_study_is_drawn(html: str) -> None:
    assert (
        html.count("<svg") == html.count("</svg>") == 8
    )  # five of scores and response; TIS as a number and by class, inactive disease


@pytest.mark.parametrize("which", ["html", "hostile_html"])
def test_the_page_asks_for_nothing_from_elsewhere(which: str, request: pytest.FixtureRequest) -> None:
    page = Page(request.getfixturevalue(which))
    for tag, name, value in page.attributes:
        assert name not in (
            "src",
            "srcset",
            "action",
            "formaction",
            "data",
            "poster",
            "ping",
            "background",
            "xlink:href",
        )
        assert not name.startswith("on")
        if name == "href":
            assert value.startswith(
                ("#", "https://doi.org/") if tag == "a" else ("#", "data:image/png;base64,")
            )
        if name == "style":
            assert "url(" not in value.replace("url(#", "") and "@import" not in value  # noqa: PT018


@pytest.mark.parametrize("which", ["html", "hostile_html"])
def test_only_known_elements_are_in_the_page(which: str, request: pytest.FixtureRequest) -> None:
    assert set(Page(request.getfixturevalue(which)).tags) <= PAGE_TAGS | DRAWING_TAGS


def test_the_policy_allows_no_script_and_no_request(html: str) -> None:
    policy = dict(re.findall(r'http-equiv="(Content-Security-Policy)" content="([^"]+)"', html))[
        "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", HOSTILE[:-2])
def test_a_hostile_name_is_shown_as_text(name: str, hostile_html: str) -> None:
    assert name in Page(hostile_html).words
    if "<" in name:
        assert name not in hostile_html


def test_a_very_long_name_does_not_reach_the_figures_whole(hostile_html: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", hostile_html, flags=re.DOTALL)
    assert drawings
    shown = [text for svg in drawings for text in re.findall(r"<text[^>]*>([^<]*)", svg)]
    assert max(map(len, shown)) < 200


def test_unseen_characters_are_marked(hostile_html: str) -> None:
    assert "\u202e" not in hostile_html
    assert "\x00" not in hostile_html
    assert "\ufffdgnp.exe" in hostile_html


def test_no_template_inside_a_name_is_run(hostile_html: str) -> None:
    assert "{{ 7 * 7 }}" in hostile_html


def test_ids_are_unique_and_every_reference_has_its_target(html: str) -> None:
    page = Page(html)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {
        value[1:] for _, name, value in page.attributes if name == "href" and value.startswith("#")
    } <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(ids)


def test_a_second_call_gives_the_same_bytes(results: Results, tmp_path: Path) -> None:
    first, second = write_html(results, tmp_path / "a.html"), write_html(results, tmp_path / "b.html")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(item.name for item in tmp_path.iterdir()) == [
        "a.html",
        "b.html",
    ]  # nothing half-written is left


def test_times_do_not_change_the_page(results: Results, html: str) -> None:
    timed = dataclasses.replace(
        results, provenance={**results.provenance, "run": {"seconds": {"score": 1.23}}}
    )
    assert render_html(timed) == html


def test_the_answer_comes_first_and_names_those_left_out(html: str) -> None:
    words = Page(html.split("</nav>")[1]).words
    assert words.index("What was found") < words.index("the score fell") < words.index("What was scored")
    assert "no week24 sample (2): P11, P19" in words
    assert "kim2018_28 is marked provisional." in words


def test_flags_of_the_answer_stand_beside_it_in_words(html: str) -> None:
    found = Page(html.split('id="found"')[1].split("</section>")[0]).words
    assert "Patients without one of the two visits are left out." in found
    assert "MISSING_VISITS" not in found


def test_a_missing_value_is_a_dash_with_its_reason(html: str) -> None:
    row = next(row for row in html.split("<tr") if "MISSING_INPUT: enzyme</small>" in row)
    assert ">\N{EN DASH}</td>" in row


def test_almost_nothing_still_gives_a_page_that_says_why() -> None:
    reasons = [
        "No expression was given.",
        "No baseline and follow-up visits are declared: there is no change.",
    ]
    html = render_html(Results(skipped=reasons))
    words = Page(html).words
    assert [html.count(f'id="{name}"') for name in SECTIONS] == [1] * len(SECTIONS)
    for sentence in (*reasons, "No sample was scored.", "Nothing was tested."):
        assert sentence in words
    assert "<svg" not in html


@pytest.mark.parametrize(
    "name", ["scores", "coverage", "genes", "change", "change_tests", "responses", "associations"]
)
def test_any_one_table_may_be_missing_or_without_rows(name: str, results: Results, undrawn: None) -> None:
    for nothing in (None, getattr(results, name).iloc[:0]):
        page = render_html(dataclasses.replace(results, **{name: nothing}))
        assert [page.count(f'id="{section}"') for section in SECTIONS] == [1] * len(SECTIONS)


@pytest.mark.parametrize("name", ["scores", "coverage", "change_tests", "responses", "associations"])
def test_any_one_table_alone_gives_a_page(name: str, results: Results) -> None:
    assert "What was found" in render_html(Results(**{name: getattr(results, name)}))


def test_scores_without_visits_or_patients_give_a_page(results: Results) -> None:
    bare = results.scores.drop(columns=["patient", "visit", "group"])
    assert "What was found" in render_html(Results(scores=bare, coverage=results.coverage))


def test_a_response_that_all_share_is_not_drawn_beside_the_score(results: Results, html: str) -> None:
    same = results.responses.copy()
    same.loc[same["measure"] == "inactive_disease", ["value", "label"]] = [0.0, "active"]
    assert render_html(dataclasses.replace(results, responses=same)).count("<svg") == html.count("<svg") - 1


def test_a_test_of_all_missing_numbers_gives_dashes(results: Results) -> None:
    tests = results.change_tests.assign(estimate=np.nan, ci_low=np.nan, ci_high=np.nan, p=np.nan, q=np.nan)
    page = render_html(dataclasses.replace(results, change_tests=tests)).split('id="change"')[1]
    row = next(row for row in page.split("<tr") if 'class="strong"' in row)
    assert row.count(">\N{EN DASH}</td>") >= 3
    assert "nan" not in row


def test_what_is_no_results_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="Got dict instead"):
        write_html({}, tmp_path / "report.html")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_positive_samples_are_counted_by_cut_off_and_a_withheld_call_says_why(results: Results) -> None:
    page = render_html(results)
    assert "Positive samples, by which cut-off" in page
    assert "1 of 2" in page
    assert "no call: the data are from RNA-seq" in page


def test_a_sample_unlike_the_others_is_named_with_the_reason(results: Results) -> None:
    page = render_html(results)
    assert "Quality of the samples" in page
    assert "small library" in page
