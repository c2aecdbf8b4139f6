"""What it costs to begin: importing, the help page, the first scores of a small matrix, each in a fresh process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from statistics import median
from typing import Any

from .contenders import CONTENDERS
from .data import make_signatures, matrix_file

logger = logging.getLogger("ifnsig")

SAMPLES, GENES = 50, 20_000
REPEATED = (
    "python",
    "import numpy",
    "import anndata",
    "import ifnsig",
    "ifnsig --help",
    "first scores of 50 samples",
)
"""Peers' imports are told, not judged: one round is enough for them."""

FIRST = """
import sys
import anndata, numpy as np
import ifnsig as ifn
adata = anndata.AnnData(np.load({file!r}))
adata.var_names = [f"GENE{{i}}" for i in range(adata.n_vars)]
ifn.keys.declare_unit(adata, "log2_cpm")
ifn.tl.score(adata, {sets!r}, method="ssgsea")
sys.exit("numba" in sys.modules)
"""
"""The user's own lines; numba, which costs a second to load, must not be among what they load."""


def commands() -> dict[str, list[str]]:
    """What is started, by name."""
    file = matrix_file("bulk", SAMPLES, GENES)
    packages = sorted(
        {one.package for one in CONTENDERS.values() if one.r is None and not one.ours} - {"numpy"}
    )
    return {
        "python": ["-c", ""],
        "import numpy": ["-c", "import numpy"],
        "import anndata": ["-c", "import anndata"],
        "import ifnsig": ["-c", "import ifnsig"],
        "ifnsig --help": ["-m", "ifnsig", "--help"],
        "first scores of 50 samples": ["-c", FIRST.format(file=str(file), sets=make_signatures(GENES))],
        **{f"import {name}": ["-c", f"import {name}"] for name in packages if find_spec(name) is not None},
    }


def start(*, repeats: int = 3) -> dict[str, dict[str, float]]:
    """Median CPU and wall seconds of every command.

    Raises
    ------
    RuntimeError
        A command failed; the first scores fail too when numba was loaded for them.
    """
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands()}
    for repeat in range(repeats):
        logger.info("bench: start-up, round %d", repeat + 1)
        for name, command in commands().items():
            if not repeat or name in REPEATED:
                runs[name].append(_spent(name, command))
    return {
        name: {"cpu_s": median(cpu for cpu, _ in done), "wall_s": median(wall for _, wall in done)}
        for name, done in runs.items()
    }


def asked(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The limits on starting, with what was found."""
    numpy, anndata = found["import numpy"], found["import anndata"]
    first = found["first scores of 50 samples"]["cpu_s"]
    return [
        {
            "what": "import ifnsig, times numpy's import",
            "found": found["import ifnsig"]["cpu_s"] / numpy["cpu_s"],
            "must": 2.0,
        },
        {"what": "ifnsig --help, CPU s", "found": found["ifnsig --help"]["cpu_s"], "must": 1.0},
        {
            "what": "first scores of 50 samples beyond anndata's import, CPU s",
            "found": first - anndata["cpu_s"],
            "must": 1.0,
        },
    ]


def _spent(name: str, command: list[str]) -> tuple[float, float]:
    started = time.perf_counter()
    before = os.times()
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, os.times()
    if done.returncode:
        raise RuntimeError(f"{name!r} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, wall


__all__ = ["asked", "commands", "start"]
