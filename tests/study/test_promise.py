"""What ``run`` would refuse, ``check`` refuses in the same words; what ``check`` accepts runs: studies changed at random."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from mutations import BASES, FILE_CHANGES, Case, Verdict, judge, mutate, write_files

pytestmark = pytest.mark.filterwarnings("ignore")
CASES = 40
"""``make fuzz`` tries thousands."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        write_files(Path(folder))
        yield Path(folder)


@pytest.mark.parametrize("base", BASES)
def test_what_nothing_is_wrong_with_is_accepted_by_both(home: Path, base: str) -> None:
    assert judge(Case(base, BASES[base], {}, ()), home) == Verdict("accepted", "")


@pytest.mark.parametrize("seed", range(1, CASES + 1))
def test_check_refuses_what_run_refuses_in_the_same_words(home: Path, seed: int) -> None:
    case = mutate(seed, home)
    verdict = judge(case, home, whole=False)
    assert verdict.fault == "", case.said


def test_every_kind_of_change_comes_up(home: Path) -> None:
    said = [word for seed in range(1, 2000) for word in mutate(seed, home).said]
    for title, _ in FILE_CHANGES:
        assert any(word.endswith(f": {title}") for word in said), title
    assert any(word.endswith(" deleted") for word in said)
    assert any(word.endswith(" is no key") for word in said)


def with_fields(base: str, **tables: dict) -> Case:
    fields = dict(BASES[base])
    for name, table in tables.items():
        fields[name] = {**fields.get(name, {}), **table}
    return Case(base, fields, {}, ())


REFUSED = {
    "no reference file": with_fields("stored", scores={"reference": "absent.npz"}),
    "no normalisation file": with_fields("stored", input={"normalization": "absent.npz"}),
    "an option that no method has": with_fields("one_visit", scores={"options": {"singscore": {"zz": 1}}}),
    "an option of a wrong type": with_fields("visits", scores={"options": {"ssgsea": {"alpha": "x"}}}),
    "an option of a normalisation": with_fields(
        "visits", input={"normalize": "tmm", "normalize_options": {"zz": 1}}
    ),
    "an output that is a file": with_fields("one_visit", output={"folder": "log.tsv"}),
    "an output below a file": with_fields("one_visit", output={"folder": "log.tsv/results"}),
    "no such arm": with_fields("visits", arms={"control": "zz"}),
    "a covariate of the arms": with_fields("visits", arms={"control": "placebo", "covariates": ["zz"]}),
    "no such column of drugs": with_fields("dish", drug_effect={"condition": "zz"}),
    "a cut of what is not scored": with_fields("elsewhere", suppression={"cut": {"zz": 1.0}}),
    "one platform": with_fields("one_visit", agreement={"platform": "group", "same": ["patient"]}),
}


ACCEPTED = {
    "chosen against healthy people": with_fields("visits", change={"selected_by_baseline": "healthy"}),
    "chosen by a cut above all stand-ins": with_fields("visits", change={"selected_by_baseline": 2.0}),
    "scores made elsewhere chosen by a cut below": with_fields("elsewhere", change={"selected_by_baseline": -0.3}),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_only_the_scores_tell_is_not_refused_before(home: Path, name: str, undrawn: None) -> None:
    assert judge(ACCEPTED[name], home) == Verdict("accepted", "")


@pytest.mark.parametrize("name", REFUSED)
def test_what_only_the_run_knew_is_known_before(home: Path, name: str) -> None:
    assert judge(REFUSED[name], home) == Verdict("refused", "")
