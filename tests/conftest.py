"""What several test modules share."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import keys


def pytest_configure(config: pytest.Config) -> None:
    """A run that was told where the real data are must find them: a skip would hide that it tested nothing."""
    for name in ("IFNSIG_REAL_DATA", "IFNSIG_GOLDEN"):
        folder = os.environ.get(name)
        if folder and not Path(folder).is_dir():
            raise pytest.UsageError(f"{name} names {folder!r}, which is not a folder.")


@pytest.fixture
def make_adata() -> Callable[..., AnnData]:
    """Samples x genes with a declared unit; ``obs`` columns by keyword."""

    def make(values: object, *, genes: object = None, unit: str = "log2_cpm", **obs: object) -> AnnData:
        matrix = np.asarray(values, dtype=np.float64)
        n, p = matrix.shape
        names = [f"G{i}" for i in range(p)] if genes is None else list(genes)  # type: ignore[call-overload]
        sheet = pd.DataFrame(obs, index=[f"S{i}" for i in range(n)])
        adata = AnnData(X=matrix, obs=sheet, var=pd.DataFrame(index=pd.Index(names, dtype=object)))
        keys.declare_unit(adata, unit)
        return adata

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of the real cohorts that skips although they are at hand has tested nothing: it fails."""
    report = yield
    if report.skipped and item.get_closest_marker("real") and os.environ.get("IFNSIG_REAL_DATA"):
        report.outcome = "failed"
        report.longrepr = f"IFNSIG_REAL_DATA is set, and {item.nodeid} was skipped: {report.longrepr}"
    return report
