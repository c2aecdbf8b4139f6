"""Draw the pictures of the README from example_data (seeded, so the same every time)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

import ifnsig as ifn

HOME = Path(__file__).parents[1]


def main() -> None:
    adata = ifn.io.read(
        HOME / "example_data" / "counts.tsv.gz", unit="counts", samples=HOME / "example_data" / "samples.tsv"
    )
    adata = ifn.pp.map_genes(adata)
    ifn.pp.normalize(adata, method="log_cpm")
    ifn.tl.score(adata, ["rice2013_6"], method="zscore", controls=("group", "healthy"), layer="log_cpm")
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    ifn.pl.paired(
        ifn.get.score_table(adata, ["patient", "visit", "group"]), signature="rice2013_6", controls="healthy",
        ax=figure.add_subplot(),
    )  # fmt: skip
    figure.savefig(HOME / "docs" / "images" / "paired.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
