"""Cox models and curves against R's survival where they are hardest: golden/survival holds script, inputs and numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from ifnsig.stats import survival
from ifnsig.stats.time_to_event._cox import MONOTONE

HERE = Path(__file__).parent / "golden" / "survival"
NEWTON = 1e-6  # coxph stops when the likelihood moves by less than 1e-11 of itself
EXPECTED = json.loads((HERE / "expected.json").read_text())
FITS = [(name, kind) for name, kinds in EXPECTED["cox"].items() for kind in kinds]
CURVES = {one["case"]: one for one in EXPECTED["curves"]}


def rows(name: str) -> dict[str, np.ndarray]:
    with (HERE / "inputs.csv").open() as stream:
        found = [row for row in csv.DictReader(stream) if row["case"] == name]
    return {key: np.array([float(row[key]) for row in found]) for key in found[0] if key != "case"}


def fitted(name: str, kind: str) -> survival.HazardFit:
    data, (ties, columns, *more) = rows(name), kind.split("_")
    how: Literal["efron", "breslow"] = "efron" if ties == "efron" else "breslow"
    return survival.cox(
        data["stop"], data["event"], np.column_stack([data[column] for column in columns]), ties=how,
        start=data["start"] if data["start"].any() else None, strata=data["stratum"] if "strata" in more else None,
        clusters=data["id"] if "id" in more else None,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), FITS)
def test_cox_is_that_of_coxph(name: str, kind: str) -> None:
    got, want = fitted(name, kind), EXPECTED["cox"][name][kind]
    if "endless" in want:  # R: "beta may be infinite"
        assert (got.converged, got.monotone, got.reason) == (False, True, MONOTONE)
        return
    assert (got.converged, got.monotone, got.reason) == (True, False, "")
    np.testing.assert_allclose(got.coef, want["coef"], rtol=NEWTON)
    np.testing.assert_allclose(got.naive_se, want["se"], rtol=NEWTON)
    np.testing.assert_allclose([got.null_log_likelihood, got.log_likelihood], want["loglik"], rtol=NEWTON)
    np.testing.assert_allclose(got.se, want.get("robust_se", want["se"]), rtol=NEWTON)


def test_a_patient_stands_once_in_a_risk_set_though_his_visit_is_the_time_of_an_event() -> None:
    data = rows("visits12")
    same = set(data["start"]) & set(data["stop"][data["event"] == 1])
    assert same  # else this case shows nothing
    later = data["start"] + np.where(np.isin(data["start"], list(same)), 0.5, 0.0)
    got = survival.cox(data["stop"], data["event"], data["x"], start=data["start"])
    opened = survival.cox(data["stop"], data["event"], data["x"], start=later)
    np.testing.assert_allclose(got.coef, opened.coef, rtol=1e-9)  # no event lies in between


def test_a_first_event_however_extreme_its_score_leaves_the_others_as_they_are() -> None:
    # with a score so high that nobody else could have been first, its factor of the likelihood is 1
    data = rows("extreme")
    x = np.where(data["x"] == 60, 1e6, data["x"])
    kept = data["x"] < 60
    got = survival.cox(data["stop"], data["event"], x)
    others = survival.cox(data["stop"][kept], data["event"][kept], x[kept])
    np.testing.assert_allclose([got.coef, got.se], [others.coef, others.se], rtol=1e-8)
