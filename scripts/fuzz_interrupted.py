"""Stop a small run at random moments, again and again: the results are the old ones or the new ones, whole.

Usage: ``python scripts/fuzz_interrupted.py [STOPS] [--seed SEED]``; ``make fuzz`` runs 200.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

SMALL = """
[input]
expression = "counts.tsv.gz"
unit = "counts"
samples = "samples.tsv"
[scores]
signatures = ["rice2013_6"]
methods = ["singscore"]
[output]
folder = "results"
"""
EXAMPLE = Path(__file__).parents[1] / "example_data"
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNALS = (*ASKING, signal.SIGKILL)
IN_PLACE = "Results are in"
SWALLOWED = 2.0
"""Seconds after a signal by which a run that ends well had ended already, but for the interpreter, which takes 0.7 on a
loaded machine; a run that swallows it goes on for longer."""

INPUTS = {"counts.tsv.gz", "samples.tsv", "study.toml"}


@dataclass(frozen=True)
class Run:
    """How a run ended, what it said, and how many seconds after the signal it was alive."""

    code: int
    said: str
    went_on: float


@dataclass
class Stops:
    """What became of the runs that were stopped."""

    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, number: signal.Signals, run: Run, old: dict[str, bytes], new: dict[str, bytes]) -> None:
        """Judge one run by its exit code, its words and the folder before and after it."""
        code, said = run.code, run.said
        if not is_whole(new):
            self.faults.append(f"{number.name}: half written")
        if code == 0:
            if run.went_on > SWALLOWED:
                self.faults.append(f"{number.name}: swallowed, it went on for {run.went_on:.1f} s: {said}")
            self.ends["had ended"] += 1
            return
        if IN_PLACE not in said and new != old:
            self.faults.append(f"{number.name}: the folder changed, and nobody said so: {said}")
        asked = "stopped by signal" in said
        self.ends[
            f"{number.name}, {'new' if IN_PLACE in said else 'old'} results{'' if asked else ', no word'}"
        ] += 1
        if asked and code != 128 + number:
            self.faults.append(f"{number.name}: exit code {code}")
        if asked and IN_PLACE in said and "the results are complete in results" not in said:
            self.faults.append(f"{number.name}: the results are in place, and it said: {said}")
        if "Exception ignored" in said or (asked and "Traceback" in said):
            self.faults.append(f"{number.name}: {said}")


def prepared(home: Path) -> Path:
    """A small study in a folder of its own."""
    for name in ("counts.tsv.gz", "samples.tsv"):
        (home / name).write_bytes((EXAMPLE / name).read_bytes())
    (home / "study.toml").write_text(SMALL)
    return home


def start(home: Path) -> subprocess.Popen[bytes]:
    """The run, as a process."""
    command = [sys.executable, "-m", "ifnsig", "run", "study.toml"]
    return subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def content(home: Path) -> dict[str, bytes]:
    """Every file of the results."""
    folder = home / "results"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def is_whole(files: dict[str, bytes]) -> bool:
    """Every file that the crate, written last of all, names is there with the content it had then."""
    graph = json.loads(files["ro-crate-metadata.json"])["@graph"]
    named = {
        item["@id"]: item["sha256"] for item in graph if item["@type"] == "File" and "contentSize" in item
    }
    return named == {
        name: hashlib.sha256(text).hexdigest()
        for name, text in files.items()
        if name != "ro-crate-metadata.json"
    }


def stop_at_random(home: Path, stops: int, seed: int, signals: tuple[signal.Signals, ...] = SIGNALS) -> Stops:
    """Stop so many runs: most at any moment, each third near the swap, told by the clock of the first run."""
    with start(home) as first:
        began = time.monotonic()
        said = first.communicate()[1].decode()
    if first.returncode:
        raise RuntimeError(said)
    lasted, moments, found = time.monotonic() - began, random.Random(seed), Stops()
    for turn in range(stops):
        old, number = content(home), signals[turn % len(signals)]
        with start(home) as running:
            low = 0.8 if turn % 3 == 2 else 0.0
            time.sleep(moments.uniform(low, 1.1 if low else 1) * lasted)
            running.send_signal(number)
            sent = time.monotonic()
            said = running.communicate()[1].decode(errors="replace")
            went_on = time.monotonic() - sent
        found.add(number, Run(running.returncode, said, went_on), old, content(home))
    with start(home) as last:
        last.communicate()
    left = {path.name for path in home.iterdir()} - INPUTS - {"results"}
    if last.returncode or left:
        found.faults.append(f"the next run ended with {last.returncode} and left {sorted(left)}")
    return found


def main() -> None:
    """Print what was found; exit 1 if one run was half written or swallowed its signal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("stops", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for number in ASKING:  # under nohup, and behind a shell's &, runs would inherit that they are ignored
        signal.signal(number, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as place:
        found = stop_at_random(prepared(Path(place)), given.stops, given.seed)
    lines = [f"{count:5}  {what}" for what, count in sorted(found.ends.items())]
    sys.stdout.write(
        "\n".join([*lines, *found.faults, f"{given.stops} stops, {len(found.faults)} faults"]) + "\n"
    )
    sys.exit(bool(found.faults))


if __name__ == "__main__":
    main()
