"""Scores and coverage of one method for MultiQC, as nf-core/nanostring's gene score step hands them over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TableError
from .multiqc import around_zero, inert, safe_id, wide_scores, write_text


def write_score_multiqc(
    scores: pd.DataFrame, coverage: pd.DataFrame, folder: str | Path, *, name: str = ""
) -> list[Path]:
    """The two tables that nf-core/nanostring's gene score step hands to MultiQC, with the same columns.

    ``signature_scores_mqc.txt``: samples x signatures of the one method that was scored;
    ``signature_scores_qc_mqc.txt``: genes found and missing.

    Parameters
    ----------
    scores, coverage
        Tidy tables, as ``get.score_table`` and ``get.coverage`` give them.
    folder
        Where to write; made if it is not there.
    name
        What was scored, such as a cohort: it leads the file names (``cohort.signature_scores_mqc.txt``) and stands in ids
        and titles. Without it, the names are those of nf-core/nanostring.

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
    drawn = around_zero(methods[0], wide)
    head: dict[str, tuple[str, str, str, dict[str, Any]]] = {
        "signature_scores": ("Signature Scores", f"Signature scores, method {methods[0]}", "heatmap", drawn),
        "signature_scores_qc": (
            "Signature Score QC",
            "Genes of the signatures found in the matrix",
            "table",
            {},
        ),
    }
    written = []
    for file, table in (("signature_scores", wide.reset_index()), ("signature_scores_qc", genes)):
        lines = _header(file, name, methods[0], *head[file])
        lines += [
            "\t".join(_cell(value) for value in row)
            for row in [list(table.columns), *table.to_numpy(dtype=object)]
        ]
        path = folder / f"{name}{'.' if name else ''}{file}_mqc.txt"
        write_text(path, "\n".join(lines) + "\n")
        written.append(path)
    return written


def _header(
    file: str, name: str, method: str, title: str, description: str, plot: str, drawn: dict[str, Any]
) -> list[str]:
    """What MultiQC is told, as comment lines of YAML; JSON is YAML too."""
    own = "-".join(word for word in ("ifnsig", safe_id(name), method, file.replace("_", "-")) if word)
    shown = f"{title}: {name}, {method}" if name else title
    facts: dict[str, Any] = {
        "id": own,
        "section_name": inert(shown),
        "description": description,
        "plot_type": plot,
    }
    if plot == "heatmap":
        facts["pconfig"] = {"id": f"{own}-plot", "title": inert(f"Interferon signatures: {shown}"), **drawn}
    return [f"# {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return inert(" ".join(str(value).split()))
