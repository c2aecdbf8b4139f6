"""A cohort of scores at several visits, as a change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys


@pytest.fixture
def make_change(make_adata: Callable[..., AnnData]) -> Callable[..., AnnData]:
    """Patients x visits of one signature (NaN: no sample), visits w0, w1 ...; healthy people; sheet columns."""

    def make(scores: object, healthy: object = (), scope: str = "sample", **columns: list[str]) -> AnnData:
        table, control = np.asarray(scores, dtype=float), np.asarray(healthy, dtype=float)
        rows = [
            (i, v) for i in range(table.shape[0]) for v in range(table.shape[1]) if not np.isnan(table[i, v])
        ]
        sheet = {
            "patient": [*(f"P{i}" for i, _ in rows), *(f"H{i}" for i in range(len(control)))],
            "visit": [*(f"w{v}" for _, v in rows), *[None] * len(control)],
            "group": ["SLE"] * len(rows) + ["healthy"] * len(control),
            **{
                name: [*(cells[i] for i, _ in rows), *["-"] * len(control)] for name, cells in columns.items()
            },
        }
        adata = make_adata(np.zeros((len(rows) + len(control), 2)), **sheet)
        values = [*(table[i, v] for i, v in rows), *control]
        adata.obsm["ifn_mean"] = pd.DataFrame({"sig": values}, index=adata.obs_names)
        keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": scope}})
        return ifn.tl.change(
            adata, method="mean", baseline="w0", followup=[f"w{v}" for v in range(1, table.shape[1])],
            controls=("group", "healthy") if len(control) else None,
        )  # fmt: skip

    return make
