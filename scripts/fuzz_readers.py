"""Mutate small files of every format and read them: a result or an error of ours, never another, never slow or large.

Usage: ``python scripts/fuzz_readers.py [TURNS] [--seed SEED]``; the corpus is what ``tests/gate`` writes of each format,
so a new format joins by itself.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ifnsig import io
from ifnsig.errors import IfnsigError
from ifnsig.parsing import json_of, toml_of, yaml_of
from ifnsig.responses import read_rule
from ifnsig.signatures import read_gmt, read_json, read_signature
from ifnsig.study import read_study

MOST_SECONDS, MOST_GROWTH = 10.0, 2 * 1024**2
"""CPU seconds of one read, and KiB by which the process may grow in all."""

EXAMPLES = Path(__file__).parents[1] / "example_data"
SPECIAL = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"\r",
    b"\t\t\t",
    b'"',
    b"nan",
    b"inf",
    b"1e999",
    b"9" * 400,
    b"-1",
    b"[" * 300,
    b"\xc2\xa0",
)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One to four changes: a bit, a byte, a cut, a piece doubled or gone, a special piece, lines exchanged."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(found) + 1)
        way = rng.randrange(7)
        if way == 0 and found:
            found[at % len(found)] ^= 1 << rng.randrange(8)
        elif way == 1:
            found[at:at] = bytes([rng.randrange(256)])
        elif way == 2:
            del found[at:]
        elif way == 3:
            del found[at : at + rng.randint(1, 30)]
        elif way == 4:
            found[at:at] = found[at : at + rng.randint(1, 200)]
        elif way == 5:
            found[at:at] = rng.choice(SPECIAL)
        else:
            lines = bytes(found).split(b"\n")
            rng.shuffle(lines)
            found = bytearray(b"\n".join(lines))
    return bytes(found)


def targets(folder: Path) -> dict[str, tuple[list[Path], Callable[[Path], Any]]]:
    """Name -> files to mutate and how one is read."""
    folder.mkdir(exist_ok=True)
    small = {
        "gmt": ("a.gmt", b"set\tabout\tMX1\tISG15\n", read_gmt),
        "signature_toml": ("mine.toml", b'id = "mine"\ngenes = ["MX1", "ISG15"]\n', read_signature),
        "signature_json": ("mine.json", b'{"mine": ["MX1", "ISG15"], "yours": {"genes": ["MX1"]}}', read_json),
        "yaml": ("sets.yaml", b"mine:\n  - MX1\n  - ISG15\nyours: {MX1: 1, ISG15: -1}\n", yaml_of),
        "json": ("any.json", b'{"a": [1, 2.5, null, "x"], "b": {"c": true}}', json_of),
        "toml": ("any.toml", b'a = [1, 2.5]\n[b.c]\nd = 2020-01-01\ne = {f = "x"}\n', toml_of),
    }  # fmt: skip
    found: dict[str, tuple[list[Path], Callable[[Path], Any]]] = {}
    for name, (file, content, read) in small.items():
        (folder / file).write_bytes(content)
        found[name] = ([folder / file], read)
    found["study"] = ([EXAMPLES / "study.toml"], read_study)
    found["rule"] = (sorted(EXAMPLES.glob("*rule*.toml")) or [folder / "any.toml"], read_rule)
    tables = [
        path
        for path in sorted(EXAMPLES.iterdir())
        if path.suffix in (".tsv", ".csv", ".gz") and path.stat().st_size < 10**6
    ]
    sheets = [path for path in tables if path.stat().st_size < 10**5]
    found["sheet"] = (sheets, io.read_samples)
    found["clinical"] = (sheets, io.read_clinical)
    for name, paths in corpus(folder).items():
        kind = name if name in io.FORMATS else "table"
        found[f"io {name}"] = (paths, partial(io.read, format=kind, unit="counts"))
    return found


def corpus(folder: Path) -> dict[str, list[Path]]:
    """A small data set of every format, as the tests write it: one file, or a folder of which one file is mutated."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "gate"))
    from test_every_format import NAMED, WRITERS

    made = {}
    for name, writer in WRITERS.items():
        if name == "an AnnData in memory":
            continue
        (folder / name).mkdir()
        write = getattr(writer, "write", writer[0] if isinstance(writer, tuple) else writer)
        place = write(folder / name, NAMED)
        made[name] = place if isinstance(place, list) else [place]
    return made


def once(path: Path, read: Callable[[Path], Any], rng: random.Random, folder: Path) -> str:
    """Read one mutant; what came of it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    copy = folder / path.name
    if path.is_dir():
        shutil.copytree(path, copy)
        hit = rng.choice([file for file in sorted(copy.rglob("*")) if file.is_file()])
    else:
        shutil.copy(path, copy)
        hit = copy
    hit.write_bytes(mutated(hit.read_bytes(), rng))
    started = time.process_time()
    try:
        read(copy)
        came = "read"
    except IfnsigError:
        came = "refused"
    if (spent := time.process_time() - started) > MOST_SECONDS:
        raise SystemExit(f"{hit} took {spent:.1f} s of CPU; it is kept in {folder}")
    return came


def fuzz(
    name: str, paths: list[Path], read: Callable[[Path], Any], turns: int, seed: int, folder: Path
) -> Counter[str]:
    """Read ``turns`` mutants of the files; any error that is not ours ends it, with the file kept."""
    rng, counts = random.Random(f"{name} {seed}"), Counter[str]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in range(turns):
        try:
            counts[once(paths[turn % len(paths)], read, rng, folder)] += 1
        except Exception as fault:
            counts[f"FAULT {type(fault).__name__}: {fault!s:.150}"] += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if grown > MOST_GROWTH:
        counts[f"FAULT: grew by {grown:,} KiB"] += 1
    return counts


def main() -> int:
    """Mutate, read, count."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("turns", type=int, nargs="?", default=500)
    wanted.add_argument("--seed", type=int, default=0)
    wanted.add_argument("--only", default="", help="targets whose name holds this")
    given = wanted.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (paths, read) in targets(Path(folder) / "corpus").items():
            if given.only not in name:
                continue
            counts = fuzz(name, paths, read, given.turns, given.seed, Path(folder) / "one")
            faults += sum(times for what, times in counts.items() if what.startswith("FAULT"))
            sys.stdout.write(f"{name}: {dict(counts)}\n")
            sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
