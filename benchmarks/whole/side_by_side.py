"""The whole job beside the scripts that do it without ifnsig: CPU, wall, memory, lines, and whether they agree.

    python -m benchmarks.whole.side_by_side                                    # 300 patients, two repeats
    python -m benchmarks.whole.side_by_side --save benchmarks/results/peers-DATE.json && make benchmark-docs
    python -m benchmarks.whole.side_by_side --methods zscore ssgsea gsva --repeats 1

Everybody reads the same counts of 20,000 genes as text and answers the same questions. `peer.py` and `peer.R` are the scripts
beside; ifnsig stands there three times: `ifnsig run` of the whole study, the same with what its keys can switch off, and
`ours.py`, its verbs with nothing that the scripts do not do and with the peer's own rule for tied genes, whose answers are
compared. Each runs in a process of its own on one thread of linear algebra. Who is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from .agreement import differences
from .cohort import CONTROLS, GENES, STUDY, make
from .side_tables import page
from .taking_part import CONTENDERS, Contender, versions

HERE = Path(__file__).parent
METHODS = ("zscore", "singscore", "ssgsea")
SWITCHED_OFF = {'batch = "batch"\nsex = "sex"\n': "", "[scores]\n": "[scores]\nrandom_sets = 0\n"}
"""What a study's keys switch off of that which the scripts do not do: the look at batch and sex, random gene sets."""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "NUMBA", "RAYON", "NUMEXPR")}


def prepare(folder: Path, patients: int, methods: Sequence[str], **size: int) -> None:
    """The cohort, the gene sets as a GMT file, and both studies."""
    import ifnsig as ifn

    make(folder, patients, **size)
    whole = _replaced(STUDY, {json.dumps(list(METHODS)): json.dumps(list(methods))})
    (folder / "whole.toml").write_text(whole)
    (folder / "off.toml").write_text(_replaced(whole, SWITCHED_OFF))
    names = json.loads(STUDY.split("signatures = ")[1].splitlines()[0])
    sets = {name: ifn.tl.signature_genes(name) for name in names}
    (folder / "sets.gmt").write_text(
        "".join("\t".join([name, "", *genes]) + "\n" for name, genes in sets.items())
    )


def _replaced(text: str, parts: Mapping[str, str]) -> str:
    """``text`` with each part replaced once.

    Raises
    ------
    ValueError
        A part is not there: the study has changed, and the comparison would be another one than it says.
    """
    for old, new in parts.items():
        if text.count(old) != 1:
            raise ValueError(f"The study says {old!r} {text.count(old)} times; it must be once.")
        text = text.replace(old, new)
    return text


def measure(command: Sequence[str], log: Path) -> dict[str, float]:
    """CPU seconds (with those of its children), wall seconds and peak memory of a command.

    Raises
    ------
    RuntimeError
        It failed; the message holds the end of what it said.
    """
    with log.open("wb") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, **ONE_THREAD})
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        end = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{end}")
    return {"cpu_s": used.ru_utime + used.ru_stime, "wall_s": wall, "peak_mb": used.ru_maxrss / 1024}


def lines_of_code(path: Path) -> int:
    """Lines that are not blank, no comment and no docstring."""
    text = path.read_text(encoding="utf-8")
    skipped: set[int] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
                skipped.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") and number not in skipped
        for number, line in enumerate(text.splitlines(), 1)
    )


def run(
    folder: Path, methods: Sequence[str], repeats: int, work: Path, keep: Callable[[dict[str, Any]], object]
) -> None:
    """Everybody who is there, the repeats interleaved; ``keep`` gets what is known after each of them."""
    absent = {name: why for name, one in CONTENDERS.items() if (why := one.missing())}
    there = {name: one for name, one in CONTENDERS.items() if name not in absent}
    equal = {name: one.equal for name, one in there.items() if one.equal}
    found: dict[str, Any] = {
        "methods": list(methods),
        "runs": {name: [] for name in there},
        "equal": equal,
        "absent": absent,
        "left_out": {name: lacks for name, one in there.items() if (lacks := one.leaves_out(methods))},
        "lines": {name: lines_of_code(_code(one, folder)) for name, one in there.items()},
    }
    for repeat in range(repeats):
        for name, one in there.items():
            out = work / str(repeat) / name
            out.mkdir(parents=True)
            used = measure(one.command(folder, out, methods), out / "log")
            found["runs"][name].append(used)
            print(f"{name}: {used['cpu_s']:.1f} CPU s", file=sys.stderr, flush=True)
        found["agreement"] = {
            peer: differences(work / str(repeat) / ours, work / str(repeat) / peer)
            for peer, ours in equal.items()
        }
        keep(found)


def _code(one: Contender, folder: Path) -> Path:
    return folder / one.code if one.code.endswith(".toml") else HERE / one.code


def main() -> None:
    """Measure, print the page and, where asked, write the numbers."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--patients", type=int, default=300)
    asked.add_argument("--methods", nargs="+", default=METHODS, choices=(*METHODS, "gsva"))
    asked.add_argument("--repeats", type=int, default=2)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ifnsig_whole")
    asked.add_argument("--save", type=Path, help="file of numbers (JSON) to write")
    given = asked.parse_args()
    folder = given.folder / str(given.patients)
    # not here: a process starts with the peak of the one that starts it, and a cohort takes memory to draw
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        apart.submit(prepare, folder, given.patients, given.methods).result()
    from ifnsig.bench.suite import machine

    about = {
        "patients": given.patients, "samples": 2 * given.patients + CONTROLS, "genes": GENES, "machine": machine(),
        "versions": versions(), "load": os.getloadavg()[1],
    }  # fmt: skip

    def keep(found: dict[str, Any]) -> None:
        found |= about
        print(page(found), flush=True)
        if (
            given.save is not None
        ):  # after each repeat: what is measured is not lost when a later one is stopped
            given.save.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    with tempfile.TemporaryDirectory() as work:
        run(folder, given.methods, given.repeats, Path(work), keep)


if __name__ == "__main__":
    main()
