"""Seconds and memory to read a table of 20,000 genes x 1,000 samples, against pandas in the same run.

    python benchmarks/reading.py [--genes 20000] [--samples 1000] [--runs 3]

Each reading is a process of its own: CPU seconds and the rise of the largest resident size over what the imports took,
the smallest of the runs. pandas is measured twice: as it comes (``read_csv``), whose quick parser is not exact for numbers
of more than 15 digits, and with ``float_precision="round_trip"``, which gives the nearest double as ifnsig does. ifnsig's
time has the import of numba in it; the first run ever also compiles (about 3 s) and is not the smallest.
Needs Linux (/proc). The ratios are what to compare; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

SEED = 1
READ = """
import re, sys, time
import numpy as np, pandas as pd, anndata
import ifnsig.io
anndata.AnnData(np.zeros((2, 2)))
path, how = sys.argv[1:]
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before, start = peak(), time.process_time()
if how == "ifnsig":
    ifnsig.io.read(path, unit="counts")
elif how == "pandas":
    pd.read_csv(path, sep="\\t", index_col=0)
else:
    pd.read_csv(path, sep="\\t", index_col=0, float_precision="round_trip")
print(time.process_time() - start, peak() - before)
"""

Row = Callable[[np.random.Generator, int], list[str]]
KINDS: dict[str, Row] = {
    "counts": lambda rng, n: list(map(str, rng.negative_binomial(1, 0.002, n).tolist())),
    "4 decimals": lambda rng, n: [f"{value:.4f}" for value in rng.gamma(2, 3, n).tolist()],
    "17 digits": lambda rng, n: list(map(repr, rng.gamma(2, 3, n).tolist())),
}


def write(path: Path, row: Row, genes: int, samples: int) -> None:
    """A table of genes in rows."""
    rng = np.random.default_rng(SEED)
    with path.open("w") as stream:
        stream.write("gene\t" + "\t".join(f"S{i}" for i in range(samples)) + "\n")
        for gene in range(genes):
            stream.write(f"G{gene}\t" + "\t".join(row(rng, samples)) + "\n")


def measure(path: Path, how: str, runs: int) -> tuple[float, float]:
    """CPU seconds and MB."""
    found = []
    for _ in range(runs):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", READ, str(path), how],
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(tuple(map(float, done.stdout.split())))
    return min(seconds for seconds, _ in found), min(memory for _, memory in found)


def report(kind: str, path: Path, runs: int) -> None:
    """One line for each way of reading."""
    ours = measure(path, "ifnsig", runs)
    print(f"{kind:<22} {'ifnsig':<20} {ours[0]:6.2f} s {ours[1]:7.0f} MB")
    for how in ("pandas", "pandas round_trip"):
        theirs = measure(path, how, runs)
        print(
            f"{'':<22} {how:<20} {theirs[0]:6.2f} s {theirs[1]:7.0f} MB"
            f"   ifnsig: {ours[0] / theirs[0]:.2f} x time, {ours[1] / theirs[1]:.2f} x memory"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables, read them, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in (("genes", 20_000), ("samples", 1_000), ("runs", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for kind, row in KINDS.items():
            path = Path(folder) / "m.tsv"
            write(path, row, options.genes, options.samples)
            report(kind, path, options.runs)
            if kind == "4 decimals":
                packed = path.with_suffix(".tsv.gz")
                packed.write_bytes(gzip.compress(path.read_bytes(), 1))
                report(f"{kind}, gzip", packed, options.runs)


if __name__ == "__main__":
    main()
