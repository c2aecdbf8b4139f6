"""Options of everything that a catalogue holds: a wrong kind of value has one message, whoever's option it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest

from ifnsig import checks, io, keys, pp, tl
from ifnsig.cli import main
from ifnsig.errors import ParameterError
from ifnsig.io import FORMATS
from ifnsig.io._read import GIVEN_BY_READ, LIMITED
from ifnsig.io._read import _options as reader_options
from ifnsig.methods import METHODS
from ifnsig.pp import NORMALIZATIONS
from ifnsig.pp.normalization._prepare import OPTION_KINDS, settle_options
from ifnsig.responses import RESPONSES

Check = Callable[[dict[str, Any]], Any]

WRONG: tuple[Any, ...] = (
    "abc", "", True, -1, 10**40, 2.5, float("nan"), float("inf"), [], ["a", 1], {"CK": "many"}, {1: 2}, object(),
)  # fmt: skip
"""Every kind of value that a person may write; each option takes some of them."""


def pairs() -> anndata.AnnData:
    obs = {"patient": ["a", "a", "b", "b"], "visit": ["w0", "w4"] * 2}
    adata = anndata.AnnData(np.zeros((4, 1)), obs=obs)
    adata.obs_names = ["1", "2", "3", "4"]
    return tl.pair_visits(adata.obs, patient="patient", visit="visit", baseline="w0", followup=["w4"])


def everyones() -> Iterator[tuple[str, Check, dict[str, Any], dict[str, Any]]]:
    """Whose, how options are checked there, kinds, defaults."""
    for record in FORMATS.values():
        kinds = {name: LIMITED.get(name, kind) for name, kind in checks.options_of(record.read).items()}
        own = {name: kind for name, kind in kinds.items() if name not in GIVEN_BY_READ}
        yield (
            f"reader {record.name}",
            lambda given, r=record: reader_options(
                r, given, {"missing": "raise", "sample_ids": None, "extra": "raise"}
            ),
            own,
            {},
        )
    for method in METHODS.values():
        yield (
            f"method {method.name}", method.check_options,
            checks.options_of(method.score), method.parameters,
        )  # fmt: skip
    for step in NORMALIZATIONS.values():
        yield (
            f"normalization {step.name}", lambda given, s=step: settle_options(s, given),
            {name: OPTION_KINDS[name] for name in step.options}, dict(step.options),
        )  # fmt: skip
    for measure in RESPONSES.values():
        yield (
            f"measure {measure.name}", lambda given, m=measure: tl.respond(pairs(), m.name, **given),
            checks.options_of(measure.value), measure.parameters,
        )  # fmt: skip


CASES = [(whose, check, name, kind) for whose, check, kinds, _ in everyones() for name, kind in kinds.items()]


@pytest.mark.parametrize(
    ("whose", "check", "name", "kind"), CASES, ids=[f"{case[0]} {case[2]}" for case in CASES]
)
def test_a_value_of_another_kind_is_refused_by_the_options_name(
    whose: str, check: Check, name: str, kind: Any
) -> None:
    refused = 0
    for value in WRONG:
        if whose.startswith("reader") and value is None:
            continue
        try:
            check({name: value})
        except ParameterError as error:
            refused += name in str(error)
        except Exception as error:
            if not type(error).__module__.startswith("ifnsig"):
                pytest.fail(f"{whose}: {name}={value!r} gave {error!r}")
    assert refused >= 6, f"{whose} takes nearly everything as {name}"


@pytest.mark.parametrize(
    ("whose", "check", "kinds", "defaults"), list(everyones()), ids=lambda case: str(case)[:30]
)
def test_the_default_of_every_option_passes(
    whose: str, check: Check, kinds: dict[str, Any], defaults: dict[str, Any]
) -> None:
    assert defaults.keys() <= kinds.keys()
    if not whose.startswith("measure"):
        check(defaults)
    for name, value in defaults.items():
        assert checks._fits(value, kinds[name]), (whose, name, value)


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        (True, int, False), (1, int, True), (1.0, int, False), (np.int64(3), int, True), (2**63, int, False),
        (True, float, False), (1, float, True), (np.float32(1.5), float, True), (float("nan"), float, False),
        (1, bool, False), (np.True_, bool, True), ("a", str, True), (Path("a"), str, False),
        ("ISG15", list[str], False), (["ISG15"], list[str], True), ({"ISG15": 1}, list[str], False),
        (np.array(["ISG15"]), list[str], True), (200, dict[str, float], False), ({"CK": 200}, dict[str, float], True),
        ({"CK": True}, dict[str, float], False), (("a", 1), tuple[str, Any], True), (("a",), tuple[str, Any], False),
        (None, int | None, True), (None, int, False),
    ],
)  # fmt: skip
def test_what_fits_a_type(value: Any, kind: Any, fits: bool) -> None:
    assert checks._fits(value, kind) is fits


@pytest.mark.parametrize(
    ("measure", "given", "message"),
    [
        ("tis", {"uln": 200}, "'uln'.*must be a mapping of text to a number, or None. Got 200"),
        ("tis", {"missing": "lower"}, "must be one of 'na', 'lower_bound'. Got 'lower' instead. Did you mean 'lower_bound'"),
        ("tis", {"vas": 10}, "'tis' has no option vas. Did you mean 'vas_max'"),
    ],
)  # fmt: skip
def test_a_measure_says_what_its_option_takes(measure: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        tl.respond(pairs(), measure, **given)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    genes = [f"ISG{row}" for row in range(15, 27)]
    lines = ["gene\tA\tB", *(f"{gene}\t{row + 10}\t{row + 20}" for row, gene in enumerate(genes))]
    file = tmp_path / "counts.tsv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--read-option", "limit=abc"], "--read-option limit must be a whole number from 1"),
        (["--read-option", "limit=-5"], "--read-option limit must be a whole number from 1"),
        (["--read-option", "unit=tpm"], "'unit' is an argument of its own and no option. Give --unit"),
        (["--option", "adata=1", "-m", "ssgsea"], "'adata' is an argument of its own"),
        (
            ["--option", "alpha=true", "-m", "ssgsea"],
            "--option alpha must be a number from 0 to inf. Got True",
        ),
        (["--normalize-option", "method=tmm", "--normalize", "tmm"], "'method' is an argument of its own"),
        (
            ["--normalize-option", "log=yes", "--normalize", "tmm"],
            "--normalize-option log must be true or false",
        ),
    ],
)
def test_the_command_line_names_the_option_and_ends_with_2(
    table: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["score", str(table), "--unit", "counts", "-s", "rice2013_6", *words]
    with pytest.raises(SystemExit) as end:
        main(given if "-m" in words else [*given, "-m", "mean"])
    assert end.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_nearest_good_options_are_taken(table: Path) -> None:
    adata = io.read(table, unit="counts", limit=10_000)
    pp.normalize(adata, method="tmm", log=True)
    assert keys.unit_of(adata, "tmm") == "log2_cpm"


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, "abc", True])
def test_a_seed_is_a_whole_number_from_0(seed: Any) -> None:
    with pytest.raises(
        ParameterError, match=r"'seed' parameter of tl\.plan_auc must be a whole number from 0"
    ):
        tl.plan_auc(0.8, seed=seed)
    with pytest.raises(ParameterError, match=r"'rng' parameter of f must be a whole number from 0"):
        checks.generator(seed, function="f")


def test_a_seed_and_a_generator_give_the_same_numbers() -> None:
    mine = checks.generator(7, function="f").random(3)
    assert (mine == checks.generator(np.random.default_rng(7), function="f").random(3)).all()
