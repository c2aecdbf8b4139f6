"""Scores and coverage of one method for MultiQC, as nf-core/nanostring's gene score step hands them over."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TableError
from .multiqc import wide_scores, write_text


def write_score_multiqc(scores: pd.DataFrame, coverage: pd.DataFrame, folder: str | Path) -> list[Path]:
    """The two tables that nf-core/nanostring's gene score step hands to MultiQC, with the same names and columns.

    ``signature_scores_mqc.txt``: samples x signatures of the one method that was scored;
    ``signature_scores_qc_mqc.txt``: genes found and missing.

    Raises
    ------
    TableError
        Scores of more than one method: the files hold one.
    """
    methods = list(scores["method"].unique())
    if len(methods) != 1:
        raise TableError(
            f"The MultiQC score table holds one method. Got {', '.join(methods)}; score them apart."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wide = wide_scores(scores)
    lost = [
        ", ".join([*gone, *flat])
        for gone, flat in zip(coverage["missing"], coverage["constant"], strict=True)
    ]
    genes = pd.DataFrame({
        "geneset": coverage["signature"],
        "size.geneset": coverage["n_genes"],
        "size.missing": coverage["n_genes"] - coverage["n_used"],
        "size.left": coverage["n_used"],
        "genes.missing": lost,
        "genes.used": [", ".join(used) for used in coverage["used"]] if "used" in coverage else "",
    })  # fmt: skip
    head = {
        "signature_scores": ("Signature Scores", f"Signature scores, method {methods[0]}", "heatmap"),
        "signature_scores_qc": ("Signature Score QC", "Genes of the signatures found in the matrix", "table"),
    }
    written = []
    for name, table in (("signature_scores", wide.reset_index()), ("signature_scores_qc", genes)):
        title, description, plot = head[name]
        lines = [f"# id: ifnsig-{name.replace('_', '-')}", f"# section_name: '{title}'", f"# description: '{description}'",
                 f"# plot_type: '{plot}'"]  # fmt: skip
        lines += [
            "\t".join(_cell(value) for value in row)
            for row in [list(table.columns), *table.to_numpy(dtype=object)]
        ]
        path = folder / f"{name}_mqc.txt"
        write_text(path, "\n".join(lines) + "\n")
        written.append(path)
    return written


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return escape(" ".join(str(value).split()))
