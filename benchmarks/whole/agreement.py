"""How far the answers of two scripts lie apart: scores, tests of change, associations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KEYS = {
    "scores": ["sample", "signature", "method"],
    "changes": ["signature", "method"],
    "associations": ["outcome", "score", "signature"],
}
"""Table -> what a row of it is of."""
COMPARED = (
    ("scores", "score", "score", ""),
    ("changes", "estimate", "mean change", ""),
    ("changes", "ci_low", "its interval, lower end", ""),
    ("changes", "ci_high", "its interval, upper end", ""),
    ("changes", "p", "p of the paired t", ""),
    ("changes", "q", "q of it (BH)", ""),
    ("changes", "p_rank", "p of signed ranks", "exact or a saddlepoint here, a normal approximation there"),
    ("associations", "estimate", "AUC", ""),
    ("associations", "se", "DeLong's standard error", ""),
    ("associations", "p", "p of rank sums", "exact or a saddlepoint here, a normal approximation there"),
    (
        "associations",
        "given_estimate",
        "log odds ratio at equal baseline",
        "Firth's penalty here, none there",
    ),
    ("associations", "given_p", "p of it", "penalised likelihood ratio here, Wald there"),
    ("associations", "q", "q (BH)", "made of these p"),
)
"""Table, column, its name, and why it differs on purpose ("": it must not)."""


def differences(one: Path, other: Path) -> list[dict[str, Any]]:
    """A row for each column of the tables in two folders, for scores and changes one a method.

    ``difference`` is the largest one; that of a p or q is of its decimal logarithm. ``size`` is the largest value. Rows that
    one side lacks are counted in ``lacking``. Of a p that is meant to differ, what is below 1e-6 counts as 1e-6: beyond,
    approximations are decades apart and say the same. ``floored``: all of them are.
    """
    found = []
    tables = {name: _both(one, other, name) for name in KEYS}
    for name, column, words, purpose in COMPARED:
        both = tables[name]
        groups = both.groupby("method", sort=False) if "method" in both else [("", both)]
        for method, rows in groups:
            floor = (1e-6 if purpose else 1e-300) if column in ("p", "q", "p_rank", "given_p") else None
            found.append({"method": method, "what": words, "purpose": purpose, **_apart(rows, column, floor)})
    return found


def _both(one: Path, other: Path, name: str) -> pd.DataFrame:
    """Rows of both, beside each other; a row of one alone has no value of the other."""
    mine, yours = (pd.read_csv(folder / f"{name}.tsv", sep="\t") for folder in (one, other))
    return mine.merge(
        yours, on=KEYS[name], how="outer", suffixes=("_one", "_other"), indicator="from", validate="1:1"
    )


def _apart(rows: pd.DataFrame, column: str, floor: float | None) -> dict[str, Any]:
    """``floor``: smallest p that counts; None where the column holds no p."""
    mine, yours = (rows[f"{column}_{side}"].to_numpy(float) for side in ("one", "other"))
    lacking = int((np.isnan(mine) != np.isnan(yours)).sum())
    shared = ~np.isnan(mine) & ~np.isnan(yours)
    mine, yours = mine[shared], yours[shared]
    if not len(mine):
        nothing = {"difference": None, "size": None, "logarithms": floor is not None, "floored": False}
        return {"rows": 0, "lacking": lacking, **nothing}
    floored = floor is not None and bool(max(mine.max(), yours.max()) <= floor)
    if floor is not None:
        mine, yours = (np.log10(np.maximum(values, floor)) for values in (mine, yours))
    return {
        "rows": len(mine), "lacking": lacking, "difference": float(np.abs(mine - yours).max()),
        "size": float(np.abs(mine).max()), "logarithms": floor is not None, "floored": floored,
    }  # fmt: skip
