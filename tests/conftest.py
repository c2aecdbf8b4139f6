"""What several test modules share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import settings

from ifnsig import keys

if TYPE_CHECKING:
    from anndata import AnnData

REAL, GOLDEN = "IFNSIG_REAL_DATA", "IFNSIG_GOLDEN"
FOLDERS = pytest.StashKey[dict[str, str]]()

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Take the places of data that are not in the repository out of the environment: only the fixtures below know them.

    A test that looked by itself would fail for whoever has no such folder, and for him alone. A run that was told where
    they are must find them: a skip would hide that it tested nothing.
    """
    given = {name: folder for name in (REAL, GOLDEN) if (folder := os.environ.pop(name, ""))}
    given |= getattr(config, "workerinput", {}).get("folders", {})
    for name, folder in given.items():
        if not Path(folder).is_dir():
            raise pytest.UsageError(f"{name} names {folder!r}, which is not a folder.")
    config.stash[FOLDERS] = given


@pytest.fixture(autouse=True)
def own_signals() -> Generator[None]:
    """The command line takes signals for itself; a test that calls it in this process gives them back."""
    taken = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in taken.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what its environment no longer holds."""
    node.workerinput["folders"] = node.config.stash[FOLDERS]


@pytest.fixture(scope="session")
def real_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real cohorts; without it a test is skipped by name."""
    if REAL not in pytestconfig.stash[FOLDERS]:
        pytest.skip(f"{REAL} is not set: the real cohorts are not at hand")
    return Path(pytestconfig.stash[FOLDERS][REAL])


@pytest.fixture(scope="session")
def golden_data(pytestconfig: pytest.Config) -> Path | None:
    """The folder with all golden files, or None: the copies in the repository are compared then."""
    folder = pytestconfig.stash[FOLDERS].get(GOLDEN)
    return None if folder is None else Path(folder)


@pytest.fixture(scope="session")
def example_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the example study as it is, made once for all tests that only read them."""
    from ifnsig.study import run

    study = Path(__file__).parents[1] / "example_data" / "study.toml"
    return run(study, output=tmp_path_factory.mktemp("example") / "results")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of reports are made and not rendered, which is half of a small study: for tests that look at no picture."""
    from ifnsig import pl

    def blank(ax: object, name: str, *, title: str) -> str:
        return f"<svg id={quoteattr(name)} aria-label={quoteattr(title)}></svg>"

    monkeypatch.setattr(pl, "svg", blank)


@pytest.fixture
def take_engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let numpy do all work that kernels can do too, or the kernels, whatever the size."""
    from ifnsig.core import engines

    def take(engine: str) -> None:
        limit = {"numpy": 10**18, "numba": 0}[engine]
        for name, family in engines.FAMILIES.items():
            monkeypatch.setitem(engines.FAMILIES, name, family._replace(cold=limit, warm=limit))

    return take


@pytest.fixture
def make_adata() -> Callable[..., AnnData]:
    """Samples x genes with a declared unit; ``obs`` columns by keyword."""
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    def make(values: object, *, genes: object = None, unit: str = "log2_cpm", **obs: object) -> AnnData:
        matrix = np.asarray(values, dtype=np.float64)
        n, p = matrix.shape
        names = [f"G{i}" for i in range(p)] if genes is None else list(genes)  # type: ignore[call-overload]
        sheet = pd.DataFrame(obs, index=[f"S{i}" for i in range(n)])
        adata = AnnData(X=matrix, obs=sheet, var=pd.DataFrame(index=pd.Index(names, dtype=object)))
        keys.declare_unit(adata, unit)
        return adata

    return make


NEEDS = {"real_data": REAL, "golden_data": GOLDEN}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for such data carries the mark ``data``."""
    for item in items:
        if set(NEEDS) & set(getattr(item, "fixturenames", ())):
            item.add_marker("data")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of data that are at hand which skips all the same has tested nothing: it fails."""
    report = yield
    for fixture in getattr(item, "fixturenames", ()):
        name = NEEDS.get(fixture)
        if report.skipped and name is not None and name in item.config.stash[FOLDERS]:
            report.outcome = "failed"
            report.longrepr = f"{name} is set, and {item.nodeid} was skipped: {report.longrepr}"
    return report
