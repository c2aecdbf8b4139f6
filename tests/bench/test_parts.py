"""Parts of the benchmark on our own methods: the floor, growth, start."""

from __future__ import annotations

import pytest

from ifnsig.bench import parts, start
from ifnsig.methods import METHODS


def test_every_method_has_its_multiple_of_one_read() -> None:
    rows = parts.floor(repeats=1, n=40, genes=300)
    assert {row["method"] for row in rows} == set(METHODS) - {"published"}
    assert not [row for row in rows if "error" in row]
    for row in rows:
        assert row["multiple"] == pytest.approx(row["cpu_s"] / row["read_cpu_s"])


def test_the_exponent_is_the_slope_of_the_logarithms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_seconds", lambda axis, *given: [0.3 * value**0.9 for value in axis.values])
    rows = parts.scaling()
    assert {row["axis"] for row in rows} == {"samples", "genes", "signatures", "set size", "threads"}
    assert [row["exponent"] for row in rows] == pytest.approx([0.9] * len(rows))


def test_growth_is_timed_at_every_value_without_the_first_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "GENES", 400)
    monkeypatch.setattr(parts, "SIZES", (5, 10))
    axis = parts.Axis("genes", "ifnsig mean", (200, 400), 30, "wall_s", lambda genes: {"genes": genes})
    (row,) = parts.scaling(repeats=2, axes=[axis])
    assert len(row["seconds"]) == 2
    assert min(row["seconds"]) > 0


def test_the_limits_on_starting() -> None:
    cost = {"cpu_s": 0.2, "wall_s": 0.3}
    found = {
        "import numpy": cost, "import anndata": {"cpu_s": 3.0, "wall_s": 3.0}, "import ifnsig": {"cpu_s": 0.1, "wall_s": 0.1},
        "ifnsig --help": {"cpu_s": 0.4, "wall_s": 0.5}, "first scores of 50 samples": {"cpu_s": 4.5, "wall_s": 5.0},
    }  # fmt: skip
    assert [one["found"] for one in start.asked(found)] == pytest.approx([0.5, 0.4, 1.5])


def test_a_command_that_fails_says_so() -> None:
    with pytest.raises(RuntimeError, match="'broken' failed: ZeroDivisionError"):
        start._spent("broken", ["-c", "1 / 0"])
