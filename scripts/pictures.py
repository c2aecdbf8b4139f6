"""Draw the pictures of the README and of the guides (seeded, so the same every time)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from matplotlib.figure import Figure

import ifnsig as ifn

HOME = Path(__file__).parents[1]


def timeline() -> None:
    """The picture that the guide draws in its last block."""
    page = (HOME / "docs" / "guides" / "case-antisynthetase.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    os.chdir(HOME)
    names: dict[str, object] = {}
    exec("\n".join(blocks).replace("course.png", "docs/images/timeline.png"), names)


def paired() -> None:
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
    paired()
    timeline()
