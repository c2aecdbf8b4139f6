"""Who does the whole job: the command of each, its code, and what it needs."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = ("pandas", "gseapy", "scipy", "statsmodels")
R = ("data.table", "edgeR", "GSVA", "pROC")


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the job.

    ``code`` is the file that a user writes; ``equal`` names the run of ours that follows the same rules ("": it is ours).
    """

    code: str
    command: Callable[[Path, Path, Sequence[str]], list[str]]
    equal: str = ""
    python: tuple[str, ...] = ()
    r: tuple[str, ...] = ()

    def missing(self) -> str:
        """Why it cannot run here, by the name of what is not installed; empty where it can."""
        lacking = [name for name in self.python if importlib.util.find_spec(name) is None]
        if self.r and r_versions(self.r) is None:
            lacking = ["Rscript"]
        elif self.r:
            lacking += [name for name in self.r if name not in (r_versions(self.r) or {})]
        return f"not installed: {', '.join(lacking)}" if lacking else ""

    def leaves_out(self, methods: Sequence[str]) -> str:
        """Methods that it goes without, and why."""
        if self.equal and self.r and "singscore" in methods and not (r_versions(("singscore",)) or {}):
            return "singscore (its package is not installed)"
        return ""


@functools.cache
def r_versions(packages: tuple[str, ...]) -> dict[str, str] | None:
    """Versions of the R packages that are installed; None without R."""
    if shutil.which("Rscript") is None:
        return None
    code = (
        "for (p in commandArgs(TRUE)) if (nzchar(system.file(package = p)))"
        ' cat(p, as.character(packageVersion(p)), "\\n")'
    )
    done = subprocess.run(["Rscript", "-e", code, *packages], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def _study(name: str) -> Callable[[Path, Path, Sequence[str]], list[str]]:
    def command(folder: Path, out: Path, methods: Sequence[str]) -> list[str]:
        del methods  # the study names them
        return [sys.executable, "-m", "ifnsig", "run", str(folder / name), "--output", str(out / "results")]

    return command


def _script(*words: str, ties: str = "") -> Callable[[Path, Path, Sequence[str]], list[str]]:
    def command(folder: Path, out: Path, methods: Sequence[str]) -> list[str]:
        rule = [ties] if ties else []
        return [*words[:-1], str(HERE / words[-1]), str(folder), str(out), *rule, *methods]

    return command


CONTENDERS = {
    "ifnsig run": Contender("whole.toml", _study("whole.toml")),
    "ifnsig run, keys off": Contender("off.toml", _study("off.toml")),
    "ifnsig verbs, ties as gseapy": Contender(
        "ours.py", _script(sys.executable, "ours.py", ties="gseapy"), python=("gseapy",)
    ),
    "ifnsig verbs, ties as GSVA": Contender("ours.py", _script(sys.executable, "ours.py", ties="gsva"), r=R),
    "Python script": Contender(
        "peer.py", _script(sys.executable, "peer.py"), "ifnsig verbs, ties as gseapy", python=PYTHON
    ),
    "R script": Contender("peer.R", _script("Rscript", "peer.R"), "ifnsig verbs, ties as GSVA", r=R),
}
"""Ours first. The verbs run once for each peer, with its own rule for ties, so that the answers can be equal."""


def versions() -> dict[str, str]:
    """Versions of all that took part."""
    found = {name: importlib.metadata.version(name) for name in ("ifnsig", "numpy", *PYTHON) if _there(name)}
    return found | (r_versions(("base", *R, "singscore")) or {})


def _there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
