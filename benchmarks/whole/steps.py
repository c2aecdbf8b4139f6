"""CPU seconds and memory of every step of `ifnsig run`, at several sizes, and how each grows with the samples.

    python -m benchmarks.whole.steps [--patients 300 600 1200 3000] [--folder DIR]

Each size runs in a process of its own. A step's exponent is the slope of log CPU seconds against log samples; its seconds
are those of all threads. Peak memory is the process's own (`ru_maxrss`). The studies are made where they are not there
yet (300 patients: 45 MB of text, 3,000: 0.4 GB, and 8 GB of memory to draw them).
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

SIZES = (300, 600, 1200, 3000)
SHORT = 0.1
"""CPU seconds at the largest size below which a step's exponent says nothing."""

INSIDE = (
    ("plan", "read_expression", "reading"), ("plan", "map_names", "mapping"), ("scoring", "_layer", "normalising"),
    ("plan", "rehearse", "rehearsing"), ("plan", "look_at_design", "looking at the design"),
    ("responses", "random_sets", "random sets"),
)  # fmt: skip
"""Module of ``ifnsig.study``, function there, and the step that its seconds are."""


class Clock:
    """CPU seconds by step. A step inside another is taken out of it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.stack, self.last = ["importing"], 0.0

    def mark(self) -> None:
        """Put the time since the last mark down to the innermost step."""
        now = time.process_time()
        name = self.stack[-1]
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now

    def begin(self, name: str) -> None:
        """The study's own steps, one after the other."""
        self.mark()
        self.stack = [name]

    def inside(self, owner: Any, function: str, name: str) -> None:
        """From now on calls of a function are a step of their own."""
        work: Callable[..., Any] = getattr(owner, function)

        def timed(*given: Any, **named: Any) -> Any:
            self.mark()
            self.stack.append(name)
            try:
                return work(*given, **named)
            finally:
                self.mark()
                self.stack.pop()

        setattr(owner, function, timed)


def child(path: Path) -> None:
    """Run one study here and print its seconds and its peak as JSON."""
    clock = Clock()
    for module, function, name in INSIDE:
        clock.inside(import_module(f"ifnsig.study.{module}"), function, name)
    from ifnsig.study import run

    with tempfile.TemporaryDirectory() as folder:
        run(path, output=Path(folder) / "results", watch=clock.begin)
    clock.mark()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": clock.seconds, "peak_mb": peak}))


def measure(path: Path) -> dict[str, Any]:
    """The seconds and the peak of one study, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.whole.steps", "--child", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def exponent(samples: list[int], seconds: list[float]) -> float:
    """Least-squares slope of log seconds on log samples."""
    x = [math.log(number) for number in samples]
    y = [math.log(max(value, 1e-3)) for value in seconds]
    middle, level = sum(x) / len(x), sum(y) / len(y)
    spread = sum((one - middle) ** 2 for one in x)
    return sum((one - middle) * (value - level) for one, value in zip(x, y, strict=True)) / spread


def table(found: dict[int, dict[str, Any]]) -> str:
    """Markdown: a step a row, a size a column, the exponent at the end."""
    from .cohort import CONTROLS

    samples = [2 * patients + CONTROLS for patients in found]
    names = list(dict.fromkeys(name for one in found.values() for name in one["seconds"]))
    lines = [
        "| CPU s | " + " | ".join(f"{number:,} samples" for number in samples) + " | exponent |",
        "|---|" + "---|" * (len(samples) + 1),
    ]
    rows = {name: [one["seconds"].get(name, 0.0) for one in found.values()] for name in names}
    rows["together"] = [sum(one["seconds"].values()) for one in found.values()]
    for name, values in rows.items():
        grows = f"{exponent(samples, values):.2f}" if len(values) > 1 and max(values) > SHORT else ""
        lines.append(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + f" | {grows} |")
    peaks = " | ".join(f"{one['peak_mb']:,.0f}" for one in found.values())
    return "\n".join([*lines, f"| peak memory, MB | {peaks} | |"])


def main() -> None:
    """Make what is lacking, run every size, print the table and the numbers."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--child", type=Path)
    asked.add_argument("--patients", type=int, nargs="+", default=SIZES)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ifnsig_whole")
    given = asked.parse_args()
    if given.child is not None:
        child(given.child)
        return
    from .cohort import make

    found = {number: measure(make(given.folder / str(number), number)) for number in given.patients}
    print(table(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
