"""The whole benchmark of one machine: everything that ``ifnsig bench`` can time, written to benchmarks/results.

    python benchmarks/compare.py                 # all parts but the slow: about a quarter of an hour on two quiet cores
    python benchmarks/compare.py slow --add      # the peers that take minutes, into the same file
    python benchmarks/compare.py table --add     # a part again
    make benchmark-docs                          # then the tables and plots of the docs

Peers that are not installed are told and left out: ``pip install 'ifnsig[peers]'``; in R, GSVA and singscore (singscore
may also be the package's own file with ``rankExpr`` and ``singleSingscore``, named by IFNSIG_SINGSCORE_R). Writes
``<date>.json`` (all numbers) and ``<date>.log`` (what was done when, the million cells among it).
"""

from __future__ import annotations

import argparse
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from ifnsig.bench import tables
from ifnsig.bench.suite import PARTS, joined, run_suite

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=list(PARTS), help="parts of the suite, or single works")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--name", help="name of the files; today's date by default")
    parser.add_argument(
        "--add", action="store_true", help="measure these parts again, keep the others of the same file"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder to write to")
    given = parser.parse_args()
    given.results.mkdir(parents=True, exist_ok=True)
    file = given.results / f"{given.name or datetime.now(UTC).strftime('%Y-%m-%d')}.json"
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S",
        handlers=[logging.FileHandler(file.with_suffix(".log"), mode="a" if given.add else "w"), logging.StreamHandler()],
    )  # fmt: skip
    results = json.loads(file.read_text(encoding="utf-8")) if given.add else None
    for part in given.parts:  # written after each: what is measured is not lost when a later part is stopped
        found = run_suite([part], repeats=given.repeats, threads=given.threads)
        results = found if results is None else joined(results, found)
        file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    logging.getLogger("ifnsig").info("bench: done, %.0f s in all", results["seconds"])
    print(tables.page(results))
    print("\nFalls short, failed or not run:\n" + "\n".join(tables.shortfalls(results) or ["nothing"]))


if __name__ == "__main__":
    main()
