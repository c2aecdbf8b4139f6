"""What a row says, its p, its interval and its verdict never contradict each other: every verb and estimator, n = 5 to 58."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.tl.wording._association_sentence import _control
from ifnsig.tl.wording._numbers import counted, number, p_text
from ifnsig.tl.wording._sentences import change_notes, change_sentence, dose_sentence, suppression_sentence
from ifnsig.tl.wording._verdict import VERDICTS, deciding, disagreement, verdict

SAID = re.compile(r"\b([pq]) (=|<) ([\d.]+)")
EXPONENT = re.compile(r"\de[+-]?\d")
MOST_WORDS = 30


def scored(n: int, seed: int) -> AnnData:
    """n patients at three visits in two arms, with outcomes of every type that go with the scores, a little."""
    rng = np.random.default_rng([n, seed])
    start = rng.normal(3, 1, (n, 2))
    falls = np.stack([start, start - rng.normal(0.4, 0.8, (n, 2)), start - rng.normal(0.5, 0.9, (n, 2))])
    change = falls[1, :, 0] - start[:, 0]
    noise = rng.normal(size=(4, n)) * rng.choice([0.3, 1.0, 3.0], size=(4, 1))
    drug = np.arange(n) % 2
    sheet = {
        "patient": [f"P{i}" for i in range(n)], "arm": np.where(drug == 1, "drug", "placebo"),
        "better": np.where(change + noise[0] < np.median(change + noise[0]), "yes", "no"),
        "grade": np.array(["low", "mid", "high"])[pd.cut(change + noise[1], 3, labels=False)],
        "points": np.round(change + noise[2] + drug * start[:, 0], 3),
        "months": np.round(np.exp(0.4 * (start[:, 0] - 3) + noise[3] / 3) * 10, 1) + 6.0,
        "event": rng.random(n) < 0.7,
    }  # fmt: skip
    sheet["event"][0] = True
    obs = pd.concat(
        [
            pd.DataFrame(sheet, index=[f"P{i}_{visit}" for i in range(n)]).assign(visit=visit)
            for visit in ("w0", "w4", "w8")
        ]
    )
    adata = AnnData(np.zeros((3 * n, 1)), obs=obs.assign(event=obs["event"].astype(int)))
    adata.obsm["ifn_mean"] = pd.DataFrame(falls.reshape(-1, 2), index=obs.index, columns=["one", "two"])
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def tables(n: int, seed: int) -> Iterator[tuple[str, pd.DataFrame]]:
    adata = scored(n, seed)
    change = ifn.tl.change(adata, method="mean", baseline="w0", followup=["w4", "w8"])
    binary: dict[str, Any] = {"response": "better", "positive": "yes"}
    timed: dict[str, Any] = {"response": "event", "time": "months"}
    order: dict[str, Any] = {"response": "grade", "classes": ["low", "mid", "high"]}
    for name, asked in (("binary", binary), ("ordinal", order), ("numeric", {"response": "points"})):
        more = {"covariates": ["months"]} if name != "numeric" else {}
        yield name, ifn.tl.associate(change, **asked, **more, primary="one", primary_visit="w4")
    yield "time to event", ifn.tl.associate(change, **timed, times={"w4": 1, "w8": 2}, primary="one")
    yield (
        "repeated",
        ifn.tl.associate(adata, response="points", outcome_type="repeated", patient="patient", primary="one"),
    )
    yield "change", ifn.tl.test_change(change, primary="one")
    yield "change by arm", ifn.tl.test_change(change, arm="arm")
    yield "visits", ifn.tl.test_visits(change, primary="one")
    if n >= 6:
        yield "arms", ifn.tl.test_arms(change, arm="arm", control="placebo", primary="one")
        yield "compare", ifn.tl.compare_scores(change, **binary)
    if n >= 10:
        for name, asked in (("binary", binary), ("numeric", {"response": "points"}), ("time", timed)):
            yield f"predictive, {name}", ifn.tl.predictive(change, **asked, arm="arm", control="placebo")


def null(row: dict[str, Any]) -> float:
    return 0.5 if row.get("estimate_type") == "AUC" else 0.0


def contradictions(row: dict[str, Any]) -> Iterator[str]:
    """What a reader of this row would stumble over."""
    sentence, verdict = row["sentence"], row["verdict"]
    if verdict not in VERDICTS:
        yield "no verdict"
    role = row.get("role", "")
    own = [row.get(name, math.nan) for name in ("p_holm", "given_p", "p")]
    value = row["q"] if role == "secondary" else next((p for p in own if not math.isnan(p)), math.nan)
    if not math.isnan(row["estimate"]) and (verdict == "shown") != (value <= 0.05):
        yield f"verdict {verdict} of {value}"
    found = SAID.findall(sentence)
    if len(found) != (verdict in ("shown", "not shown")):
        yield f"{len(found)} p in a sentence that is {verdict}"
    for letter, sign, text in found:
        small = float(text) <= 0.05 if sign == "=" else True
        if letter != ("q" if role == "secondary" else "p") or small != (verdict == "shown"):
            yield f"says {letter} {sign} {text}"
    said_none = bool(re.search(r"\bno [a-z ]+ was shown", sentence))
    if said_none != (verdict == "not shown"):
        yield "the words are not those of the verdict"
    low, high = row["ci_low"], row["ci_high"]
    if not math.isnan(low) and verdict in ("shown", "not shown"):
        differ = (not low <= null(row) <= high) != (verdict == "shown")
        if differ != ("The interval" in row["notes"] and "verdict" in row["notes"]):
            yield "interval and verdict differ without a word, or a word without a difference"
    if EXPONENT.search(sentence) or EXPONENT.search(row["notes"]):
        yield "an exponent"
    if (
        words := len([word for word in sentence.split() if re.search(r"\w", word)])
    ) > MOST_WORDS and not row.get("covariates"):
        yield f"{words} words"


@pytest.mark.parametrize("n", [5, 6, 8, 12, 20, 31, 58])
def test_no_row_contradicts_itself(n: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = list(tables(n, seed=1))
    wrong = [
        f"{name}: {what}: {row['sentence']} | {row['notes']}"
        for name, table in made
        for row in table.to_dict("records")
        for what in contradictions(row)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-8947.3, "\N{MINUS SIGN}8,950"), (3.47e-18, "0"), (0.0688, "0.0688"), (-2.04, "\N{MINUS SIGN}2.04"), (0.5, "0.5"),
        (0.000123, "0.000123"), (999.9, "1,000"), (2e9, "over 1,000,000"), (-math.inf, "below \N{MINUS SIGN}1,000,000"),
        (100.0, "100"), (12345.6, "12,300"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0499, "p = 0.0499"), (0.0501, "p = 0.0501"), (0.049999, "p = 0.049999"), (0.05, "p = 0.05"), (0.0004, "p < 0.001"),
     (0.032, "p = 0.032"), (0.534, "p = 0.53")],
)  # fmt: skip
def test_a_p_beside_the_limit_shows_its_side(p: float, text: str) -> None:
    assert p_text(p) == text


def test_one_is_one_and_none_is_no() -> None:
    assert [counted(n, "donor") for n in (0, 1, 2, 1000)] == [
        "no donor",
        "1 donor",
        "2 donors",
        "1,000 donors",
    ]


BARE: dict[str, Any] = {
    "signature": "one", "method": "mean", "contrast": "w4 - w0", "arm": "", "estimate": -1.0, "ci_low": -2.0, "ci_high": -0.5,
    "ci_level": 0.95, "p": 0.05, "n_patients": 8, "role": "primary", "verdict": "shown",
}  # fmt: skip


@pytest.mark.parametrize(
    ("level", "p", "expected"),
    [(0.95, 0.05, "shown"), (0.95, 0.050001, "not shown"), (0.9, 0.1, "shown"), (0.9, 0.100001, "not shown")],
)
def test_a_p_at_the_level_shows_and_one_above_does_not(level: float, p: float, expected: str) -> None:
    """1 - 0.95 is 0.05000000000000004 in floating point, and 1 - 0.9 is 0.09999999999999998: neither may decide."""
    assert verdict(BARE | {"ci_level": level, "p": p}) == expected


def test_a_secondary_row_follows_its_q_and_a_primary_one_its_p() -> None:
    both = BARE | {"p": 0.01, "q": 0.2}
    assert (verdict(both), verdict(both | {"role": "secondary"})) == ("shown", "not shown")
    assert deciding(both | {"p_holm": 0.3}) == ("p_holm", 0.3)


@pytest.mark.parametrize(("estimate", "word"), [(-1e-3, "fell"), (0.0, "rose"), (1e-3, "rose")])
def test_a_score_fell_where_its_mean_change_is_below_nought(estimate: float, word: str) -> None:
    assert f"the score {word}, mean change" in change_sentence(BARE | {"estimate": estimate})


def test_an_interval_that_ends_at_the_null_does_not_exclude_it() -> None:
    touching = BARE | {"ci_high": 0.0}
    assert disagreement(touching) == [
        "The interval and the test differ here; the verdict is that of the test."
    ]
    assert disagreement(BARE | {"ci_high": -1e-9}) == []
    assert disagreement(touching | {"verdict": "not shown"}) == []


def test_the_notes_of_no_change_say_which_fall_and_which_rise_are_excluded() -> None:
    ends = {"verdict": "not shown", "p": 0.2, "ci_low": -0.25, "ci_high": 0.75}
    (note,) = change_notes(BARE | ends)
    assert note.endswith("only a mean fall of more than 0.25 and a mean rise of more than 0.75.")
    (note,) = change_notes(BARE | ends | {"ci_low": 0.0})
    assert note.endswith("only a mean fall of more than 0 and a mean rise of more than 0.75.")


@pytest.mark.parametrize(
    ("n", "refused", "said"),
    [
        (0, 1, "no IC50 over donors; no donor has one. 1 has none within the tested doses."),
        (1, 0, "no IC50 over donors; 1 donor has one."),
        (1, 2, "no IC50 over donors; 1 donor has one. 2 more have none within the tested doses."),
        (2, 1, "no IC50 over donors; 2 donors have one. 1 more has none within the tested doses."),
    ],
)
def test_donors_without_an_ic50_are_counted_in_words(n: int, refused: int, said: str) -> None:
    row = BARE | {
        "scope": "cohort",
        "estimate": math.nan,
        "n_patients": n,
        "n_refused": refused,
        "reason": "",
    }
    assert dose_sentence(row) == f"one (mean): {said}"


@pytest.mark.parametrize(
    ("n", "cut", "why"),
    [
        (1, 2.0, "too few patients"),
        (1, math.nan, "too few patients"),
        (2, 2.0, "the mean baseline is not clearly above healthy"),
        (2, math.nan, "no healthy person has a score"),
    ],
)
def test_why_there_is_no_percent_suppression_is_said(n: int, cut: float, why: str) -> None:
    row = BARE | {"n_patients": n, "healthy_cut": cut, "definition": "linear_ratio", "percent": math.nan}
    assert f"cannot be estimated, {why} ({n} patient" in suppression_sentence(row)


@pytest.mark.parametrize(
    ("share", "said"), [(0.994, "99 %"), (0.995, "over 99 %"), (0.9999, "over 99 %"), (1.0, "100 %")]
)
def test_a_share_of_random_sets_is_not_rounded_up_to_all(share: float, said: str) -> None:
    row = BARE | {"n_random_sets": 1000, "frac_random_p05": share, "pct_random": 50.0, "outcome": "better"}
    assert _control(row)[0].startswith(f"Random gene sets: {said} of 1,000 associate")
