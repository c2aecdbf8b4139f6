"""ifnsig power: pairs for a fall, patients a class for an AUC."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig.cli import main
from ifnsig.errors import ParameterError
from ifnsig.report import Results


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = 0
    try:
        main(["power", *(str(argument) for argument in arguments)])
    except SystemExit as end:
        code = int(end.code or 0)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), sep="\t").set_index("test")


# R's power.t.test(type = "paired", power = .8): 34, 15, 10, 8, 6 and 5 pairs; below six nothing is tested
@pytest.mark.parametrize(("dz", "n"), [(0.5, 34), (0.8, 15), (1, 10), (1.25, 8), (1.5, 6), (2, 6)])
def test_the_closed_form_is_that_of_the_paired_t(
    capsys: pytest.CaptureFixture[str], dz: float, n: int
) -> None:
    code, out, _ = call(capsys, "pairs", "--dz", dz, "--simulations", 0)
    found = table(out)
    assert code == 0
    assert list(found.index) == ["paired_t"]
    assert found.loc["paired_t", "n"] == n


def test_exact_tests_are_simulated_with_their_error(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = call(capsys, "pairs", "--dz", 1.5, "--simulations", 1000, "--seed", 1)
    found = table(out)
    assert list(found["how"]) == ["closed form", "simulation", "simulation"]
    # an independent simulation gives the sign-flip test .68 with 6 pairs and .95 with 8 (standard error .01)
    assert found.loc["sign_flip", "n"] == 7
    row = found.loc["sign_flip"]
    assert row["power"] >= 0.8
    assert row["mc_error"] == pytest.approx((row["power"] * (1 - row["power"]) / 1000) ** 0.5, rel=0.01)
    assert err == ""


def test_a_suppression_is_a_dz_of_the_pilot(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of an excess of 3.2 with an SD of 2 is dz 0.8."""
    _, out, _ = call(
        capsys, "pairs", "--suppression", 50, "--excess", 3.2, "--sd-change", 2, "--simulations", 0
    )
    found = table(out).loc["paired_t"]
    assert (found["effect"], found["n"]) == (0.8, 15)


def test_the_exact_rank_sum_needs_14_a_class_for_an_auc_of_08(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "auc", 0.8, "--simulations", 4000)
    found = table(out)
    assert found.iloc[0]["n_positive"] == 13  # the normal approximation is too hopeful
    # an independent simulation gives about 14 a class
    assert found.loc["rank_sum", "n_positive"] in (14, 15)
    assert found.loc["rank_sum", "n_negative"] == found.loc["rank_sum", "n_positive"]


def test_too_many_patients_to_simulate_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "auc", 0.55, "--simulations", 100)
    assert code == 0
    assert len(table(out)) == 1
    assert "the closed form stands alone" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pairs",), "Give the effect one way"),
        (("pairs", "--dz", 1, "--suppression", 50), "Give the effect one way"),
        (("pairs", "--dz", 0), "No study"),
        (("auc", 0.5), "No number of patients"),
        (("auc", 1.5), "must be a number from"),
    ],
)
def test_what_cannot_be_planned_has_one_clear_message(
    capsys: pytest.CaptureFixture[str], arguments: tuple, message: str
) -> None:
    code, out, err = call(capsys, *arguments, "--simulations", 0)
    assert code == 2
    assert message in err
    assert out == ""


def test_the_python_call_is_the_same_plan(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "pairs", "--dz", 1, "--simulations", 200, "--seed", 5)
    plan = ifn.tl.plan_pairs(dz=1.0, n_simulations=200, seed=5)
    assert table(out)["power"].tolist() == pytest.approx(plan["power"].tolist())
    with pytest.raises(ParameterError, match="one way"):
        ifn.tl.plan_pairs()


def test_an_auc_is_planned_by_its_formula_alone_without_simulations_or_beyond_what_is_simulated() -> None:
    for auc, simulations, tests in ((0.9, 0, 1), (0.55, 200, 1), (0.95, 200, 2)):
        plan = ifn.tl.plan_auc(auc, n_simulations=simulations, seed=5)
        assert plan["test"].tolist() == ["AUC, normal approximation", "rank_sum"][:tests]


def test_a_pilot_brings_its_numbers_and_the_doubt_about_its_sd(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Excess 4 and SD 2 of 10 patients; chi2 with 9 df is below 5.380 in one of five pilots (R: qchisq(.2, 9))."""
    row = {"role": "primary", "baseline_mean": 5.0, "healthy_mean": 1.0, "sd_change": 2.0, "n_patients": 10}
    tests = pd.DataFrame([row | {"role": "secondary", "sd_change": 9.0}, row])
    tests = tests.assign(signature="s", method="m", visit="w4", flags="")
    Results(change_tests=tests).write_tables(tmp_path)
    code, out, _ = call(capsys, "pairs", "--suppression", 50, "--pilot", tmp_path, "--simulations", 0)
    found = table(out)
    assert code == 0
    assert found.loc["paired_t", "effect"] == pytest.approx(1.0)  # half of 4, over 2
    sure = found.loc["paired_t, SD of the pilot at its upper 80 % limit"]
    assert sure["effect"] == pytest.approx(1 / np.sqrt(9 / 5.380053), rel=1e-6)
    assert sure["n"] > found.loc["paired_t", "n"]
    code, _, error = call(capsys, "pairs", "--suppression", 50, "--pilot", tmp_path, "--excess", 3)
    assert code == 2
    assert "--pilot brings excess" in error


def test_a_pilot_without_healthy_people_or_excess_is_refused() -> None:
    row = {"role": "primary", "baseline_mean": 1.0, "healthy_mean": 1.0, "sd_change": 2.0, "n_patients": 10}
    with pytest.raises(ParameterError, match="excess over healthy is 0 and the SD"):
        ifn.tl.pilot_numbers(pd.DataFrame([row]))
    with pytest.raises(ParameterError, match="it has no healthy_mean"):
        ifn.tl.pilot_numbers(pd.DataFrame([row]).drop(columns="healthy_mean"))
