"""Draw the example cohort: counts.tsv.gz, samples.tsv and calibration.tsv, the same bytes each time.

python example_data/make.py --out example_data
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from ifnsig.simulate import cohort, write_example

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from calibration import COLUMNS, calibration_rows  # noqa: E402  (beside this file, not in the package)

SEED = 204


def make(folder: Path, seed: int = SEED) -> None:
    """Write the three files into ``folder``."""
    background = (HERE / "background_genes.txt").read_text(encoding="utf-8").split()
    adata = cohort(rng=np.random.default_rng(seed), background=background)
    write_example(adata, folder)
    rows = [COLUMNS, *calibration_rows(adata)]
    text = "".join("\t".join(row) + "\n" for row in rows)
    (folder / "calibration.tsv").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: this one)")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    make(arguments.out, arguments.seed)
