"""Work over long lists grows as they do: what is looked at is counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ifnsig import io
from ifnsig.signatures import read_gmt


def steps(work: Callable[[], object]) -> int:
    """Lines of Python that a call runs; a loop inside a loop shows in them, a search that C makes in a list does not."""
    ran = 0

    def traced(frame: object, event: str, _: object) -> object:
        nonlocal ran
        ran += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
    return ran


def gmt(path: Path, n: int) -> Path:
    genes = "\t".join(f"G{number}" for number in range(n))
    path.write_text(f"set\tabout\t{genes}\t{genes}\n")
    return path


def sheet(path: Path, n: int) -> Path:
    path.write_text(
        "\n".join(["sample," + ",".join(f"c{i}" for i in range(n)), "S1" + ",1" * n, "S2" + ",x" * n]) + "\n"
    )
    return path


@pytest.mark.filterwarnings("ignore:.*lists genes twice")
@pytest.mark.parametrize(
    ("read", "write", "name"),
    [(read_gmt, gmt, "a.gmt"), (io.read_samples, sheet, "samples.csv")],
    ids=["GMT", "sheet"],
)
def test_twice_the_length_takes_at_most_twice_the_steps(
    read: Callable[[Path], object], write: Callable[[Path, int], Path], name: str, tmp_path: Path
) -> None:
    read(write(tmp_path / name, 10))  # what is loaded and remembered once
    small, large = (steps(partial(read, write(tmp_path / name, n))) for n in (1000, 2000))
    assert large > 1000
    assert large <= 2 * small


def test_a_gene_that_is_there_twice_counts_once_among_many(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="lists genes twice"):
        assert len(read_gmt(gmt(tmp_path / "large.gmt", 20_000))["set"].genes) == 20_000
