"""Scores and coverage of one method for MultiQC, as nf-core/nanostring's gene score step hands them over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TableError, UsageError
from ._multiqc_content import OF_SCORES, OWN, score_file, score_id
from .multiqc import around_zero, inert, wide_scores, write_text


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
    UsageError
        A file of somebody else has the name of one of them.
    """
    methods = list(scores["method"].unique())
    if len(methods) != 1:
        raise TableError(
            f"The MultiQC score table holds one method. Got {', '.join(methods)}; score them apart."
        )
    refuse_score_multiqc(folder, name)
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
    written = []
    for file, table in zip(OF_SCORES, (wide.reset_index(), genes), strict=True):
        lines = _header(file, name, methods[0], drawn)
        lines += [
            "\t".join(_cell(value) for value in row)
            for row in [list(table.columns), *table.to_numpy(dtype=object)]
        ]
        path = folder / score_file(file, name)
        write_text(path, "\n".join(lines) + "\n")
        written.append(path)
    return written


def refuse_score_multiqc(folder: str | Path, name: str = "") -> None:
    """Stop where a file of :func:`write_score_multiqc` would replace one that it did not write; nothing is touched.

    Raises
    ------
    UsageError
        A link, or a file of somebody else, has the name of one.
    """
    for path in (Path(folder) / score_file(file, name) for file in OF_SCORES):
        if os.path.lexists(path) and not _is_ours(path):
            raise UsageError(
                f"{str(path)!r} is there and was not made by ifnsig. Nothing was written. Move it away, or name another"
                " folder for MultiQC."
            )


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(OWN)) == OWN


def _header(file: str, name: str, method: str, drawn: dict[str, Any]) -> list[str]:
    """What MultiQC is told, as comment lines of YAML; JSON is YAML too."""
    content, own = OF_SCORES[file], score_id(file, name, method)
    shown = inert(f"{content.section}: {name}, {method}" if name else content.section)
    facts = {"id": own, **content.around({"method": method}), "section_name": shown}
    if content.title:
        facts["pconfig"] = {"id": f"{own}-plot", "title": content.title.format(shown=shown), **drawn}
    return [f"# {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return inert(" ".join(str(value).split()))
