"""The whole benchmark of one machine: everything that ``ifnsig bench`` can time, written to benchmarks/results.

    python benchmarks/compare.py                 # all parts: about a quarter of an hour on two quiet cores
    python benchmarks/compare.py table floor     # some of them
    make benchmark-docs                          # then the tables and plots of the docs

Peers that are not installed are told and left out: ``pip install 'ifnsig[peers]'``; in R, GSVA and singscore (singscore
may also be the package's own file with ``rankExpr`` and ``singleSingscore``, named by IFNSIG_SINGSCORE_R). Writes
``<date>.json`` (all numbers) and ``<date>.log`` (what was done when, the million cells among it).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from ifnsig.bench import tables
from ifnsig.bench.suite import PARTS, run_suite

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=list(PARTS), help="parts of the suite, or single works")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to write to")
    given = parser.parse_args()
    given.results.mkdir(parents=True, exist_ok=True)
    log = given.results / "running.log"
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S",
        handlers=[logging.FileHandler(log, mode="w"), logging.StreamHandler(sys.stderr)],
    )  # fmt: skip
    results = run_suite(given.parts, repeats=given.repeats, threads=given.threads)
    logging.getLogger("ifnsig").info("bench: done in %.0f s", results["seconds"])
    file = given.results / f"{results['date']}.json"
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    log.replace(file.with_suffix(".log"))
    print(tables.page(results))
    print("\nFalls short, failed or not run:\n" + "\n".join(tables.shortfalls(results) or ["nothing"]))


if __name__ == "__main__":
    main()
