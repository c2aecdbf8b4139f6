"""Mutate a small file of everything that is read, and read it: a result or an error of ours, never another, never slow or large.

Usage: ``python scripts/fuzz_readers.py [TURNS] [--only NAME] [--seed SEED] [--turn TURN]``. Each target is read in a process
of its own, which may take some seconds of CPU and some memory a mutant. What is at fault is kept in the folder ``--kept``, and
comes again with the seed and turn in its name. With ``--atheris`` the mutants follow the branches that they reach (of one
target, while the package atheris is installed).
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path
from types import FunctionType
from typing import Any

from fuzz_corpus import Target, targets

from ifnsig.errors import IfnsigError

MOST_SECONDS, MOST_GROWTH, MOST_ROOM = 10, 256 * 1024, 4 * 1024**3
"""Of one mutant: CPU seconds, and KiB by which the process may grow; of a process: bytes beyond those that it begins with."""

SPECIAL = (
    b"", b"\0", b"\xff\xfe", b"\r", b"\t\t\t", b'"', b"nan", b"inf", b"1e999", b"9" * 400, b"-1", b"[" * 300, b"\xc2\xa0",
    "\u200b".encode(), b"=1+1", b"1,5", b"../../x", b"\\", b";;;;", b"#",
)  # fmt: skip
VALUES = (
    b"3", b"-1", b"0.5", b'"x"', b'""', b"[]", b"{}", b"null", b"true", b"1e999", b"[[1]]", b"[null]", b'{"x": 1}', b'["x"]',
)  # fmt: skip
VALUE = re.compile(rb'"[^"\n]*"|-?\b\d+(?:\.\d+)?\b|\b(?:true|false|null)\b|\[[^\[\]]*\]|\{[^{}]*\}')
"""A value of JSON or TOML: any may come in the place of any."""


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One to four changes; inside the parts of an archive more often than to its own bytes."""
    if content.startswith(b"PK") and rng.random() < 0.8:
        return _inside(content, rng)
    found = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        found = _changed(found, rng)
    return bytes(found)


def _changed(found: bytearray, rng: random.Random) -> bytearray:
    """A bit, a byte, a cut, a piece doubled or gone, a special piece, lines exchanged, a value of another kind."""
    at, way = rng.randrange(len(found) + 1), rng.randrange(9)
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
    elif way == 6:
        lines = bytes(found).split(b"\n")
        rng.shuffle(lines)
        found = bytearray(b"\n".join(lines))
    elif values := list(VALUE.finditer(found)):
        chosen = rng.choice(values)
        found[chosen.start() : chosen.end()] = rng.choice(VALUES)
    return found


def _inside(content: bytes, rng: random.Random) -> bytes:
    """An archive of which one part is mutated, so that more than its checksums is read."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = old.namelist()
        hit = rng.choice(parts)
        for name in parts:
            part = old.read(name)
            new.writestr(name, mutated(part, rng) if name == hit else part)
    return out.getvalue()


def copied(target: Target, folder: Path, rng: random.Random | None) -> Any:
    """The target's files below ``folder``, one of them mutated, as its reader takes them."""
    shutil.rmtree(folder, ignore_errors=True)
    copies = []
    for place in target.files:
        copy = folder / place.relative_to(target.files[0].parent.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if place.is_dir() else shutil.copy)(place, copy)
        copies.append(copy)
    if rng is not None:
        parts = [
            file
            for copy in copies
            for file in ([copy] if copy.is_file() else sorted(copy.rglob("*")))
            if file.is_file()
        ]
        hit = rng.choice(parts)
        hit.write_bytes(mutated(hit.read_bytes(), rng))
    return copies[0] if len(copies) == 1 else copies


class TooSlowError(BaseException):
    """A mutant takes more CPU than it may."""


def _too_slow(*_: object) -> None:
    raise TooSlowError(f"more than {MOST_SECONDS} s of CPU")


def once(target: Target, paths: Any) -> str:
    """What comes of reading: ``read``, ``refused``, or the fault."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        target.read(paths)
        came = "read"
    except IfnsigError:
        came = "refused"
    except (Exception, TooSlowError) as fault:
        where = traceback.extract_tb(fault.__traceback__)
        ours = next((at for at in reversed(where) if "ifnsig" in at.filename), where[-1])
        came = f"FAULT {type(fault).__name__} at {Path(ours.filename).name}:{ours.lineno}: {fault!s:.100}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if (grown := resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) > MOST_GROWTH:
        return f"FAULT: it grew by {grown:,} KiB"
    return came


def fuzz(
    name: str, target: Target, turns: range, seed: int, folder: Path, kept: Path | None = None
) -> Counter[str]:
    """Read a mutant for each turn; those at fault are copied to ``kept``.

    Raises
    ------
    SystemExit
        The files themselves are not read, as they are good.
    """
    signal.signal(signal.SIGPROF, _too_slow)
    if (came := once(target, copied(target, folder, None))) != "read" and "grew" not in came:
        raise SystemExit(f"{name}: the good files are not read ({came})")
    counts = Counter[str]()
    for turn in turns:
        came = once(target, copied(target, folder, random.Random(f"{name} {seed} {turn}")))
        counts[came] += 1
        if kept is not None and came.startswith("FAULT"):
            shutil.copytree(folder, kept / f"{name} seed {seed} turn {turn}", dirs_exist_ok=True)
    return counts


def _bounded(
    name: str, target: Target, given: argparse.Namespace, turns: range, folder: Path, answer: Any
) -> None:
    """One target in this process, which may not grow beyond its room or run forever."""
    warnings.simplefilter("ignore")
    with Path("/proc/self/statm").open() as sizes:
        room = int(sizes.read().split()[0]) * resource.getpagesize() + MOST_ROOM
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    seconds = 60 + MOST_SECONDS * len(turns)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    answer.send(fuzz(name, target, turns, given.seed, folder / "one", given.kept))


def in_a_process(name: str, target: Target, given: argparse.Namespace, turns: range) -> Counter[str]:
    """What came of a target; one that ends its process is a fault."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(
            target=_bounded, args=(name, target, given, turns, Path(folder), theirs)
        )
        child.start()
        theirs.close()
        try:
            return ours.recv()
        except EOFError:
            child.join()
            last = Path(folder) / "one"
            if last.exists():
                shutil.copytree(last, given.kept / f"{name} seed {given.seed} ended", dirs_exist_ok=True)
            return Counter({f"FAULT: the process ended with {child.exitcode}": 1})
        finally:
            child.join()


def along_branches(name: str, target: Target, turns: int, folder: Path) -> None:
    """The same target with mutants of atheris, which looks for branches that none has reached."""
    import atheris

    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and str(thing.__module__).startswith("ifnsig"):
            atheris.instrument_func(thing)
    files = [file for file in target.files if file.is_file()]
    if not files:
        raise SystemExit(f"{name} is a folder, which has no bytes of its own")

    def one(content: bytes) -> None:
        paths = copied(target, folder / "one", None)
        (paths[0] if isinstance(paths, list) else paths).write_bytes(content)
        signal.signal(signal.SIGPROF, _too_slow)
        if (came := once(target, paths)).startswith("FAULT"):
            raise RuntimeError(came)

    seeds = folder / "seeds"
    seeds.mkdir()
    shutil.copy(files[0], seeds)
    atheris.Setup([sys.argv[0], f"-runs={turns}", str(seeds)], one)
    atheris.Fuzz()


def _told(name: str, counts: Counter[str]) -> bool:
    """A row of what came of a target, and its faults; whether there are any."""
    faults = {what: times for what, times in counts.items() if what.startswith("FAULT")}
    sys.stdout.write(f"| {name} | {counts['read']} | {counts['refused']} | {sum(faults.values())} |\n")
    for what, times in faults.items():
        sys.stdout.write(f"    {times} x {what}\n")
    sys.stdout.flush()
    return bool(faults)


def main() -> int:
    """Mutate, read, count."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("turns", type=int, nargs="?", default=500)
    wanted.add_argument("--seed", type=int, default=0)
    wanted.add_argument("--turn", type=int, help="this one alone")
    wanted.add_argument("--only", default="", help="targets whose name holds this")
    wanted.add_argument("--kept", type=Path, default=Path(tempfile.gettempdir()) / "ifnsig-mutants")
    wanted.add_argument("--atheris", action="store_true")
    given = wanted.parse_args()
    turns = range(given.turns) if given.turn is None else range(given.turn, given.turn + 1)
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        chosen = {
            name: target for name, target in targets(Path(folder) / "corpus").items() if given.only in name
        }
        if given.atheris:
            along_branches(*next(iter(chosen.items())), given.turns, Path(folder))
        for name, target in chosen.items():
            bad |= _told(name, in_a_process(name, target, given, turns))
    if bad:
        sys.stdout.write(f"What is at fault is kept in {given.kept}; its name says the seed and the turn.\n")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
