"""What importing costs: nothing heavy before it is used."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "scanpy",
    "sklearn",
    "gseapy",
    "anndata",
    "matplotlib",
    "numba",
    "scipy.stats",
    "pandas",
    "statsmodels",
)


def loaded(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(eval(done.stdout.strip().splitlines()[-1]))


HELP = "from ifnsig.cli import app\ntry:\n    app(args=['--help'])\nexcept SystemExit as end:\n    assert not end.code"


@pytest.mark.parametrize("code", ["import ifnsig", HELP], ids=["import ifnsig", "ifnsig --help"])
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert loaded(code) == set()


FIRST = """
import anndata, numpy as np, ifnsig as ifn
adata = anndata.AnnData(X=np.random.default_rng(0).random((50, 20_000), dtype=np.float32))
adata.var_names = [f"G{i}" for i in range(20_000)]
adata.obs["group"] = ["healthy"] * 20 + ["patient"] * 30
ifn.keys.declare_unit(adata, "log2_tpm")
methods = [name for name in ifn.methods.METHODS if name != "published"]
ifn.tl.score(adata, {"mine": [f"G{i}" for i in range(30)]}, method=methods, controls=("group", "healthy"))
"""


def test_scoring_a_small_matrix_waits_for_no_compiler_and_no_peer() -> None:
    """50 samples x 20,000 genes, every method: numpy is done before numba would be loaded."""
    assert not loaded(FIRST) & {"numba", "scanpy", "gseapy", "matplotlib", "statsmodels", "scipy.stats"}


def test_the_score_command_loads_no_report_and_no_statistics(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text("gene\ta\tb\nIFI44L\t1\t2\nIFIT1\t3\t1\nISG15\t2\t2\nRSAD2\t1\t1\n")
    code = (
        f"from ifnsig.cli import app\ntry:\n    app(args=['score', {str(tmp_path / 'm.tsv')!r}, '--unit', 'log2_cpm', '-s',"
        f" 'rice2013_6', '-m', 'mean', '-o', {str(tmp_path / 's.tsv')!r}])\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert loaded(code) <= {"anndata", "pandas"}
    assert (tmp_path / "s.tsv").exists()


def test_the_name_of_a_verb_is_the_verb_whatever_was_imported_before() -> None:
    """Importing a module binds its name to its package: no room may have the name of a verb."""
    code = (
        "import ifnsig.tl.changes.change, ifnsig.tl.changes.specificity, ifnsig.tl.reliability.agreement, ifnsig.tl as tl;"
        "names = [name for name in tl.__all__ if type(getattr(tl, name)).__name__ == 'module'];"
        "import sys; sys.exit(bool(names))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        getattr(importlib.import_module("ifnsig.tl"), "nothing")  # noqa: B009


def test_the_check_sees_what_is_loaded() -> None:
    assert "pandas" in loaded("import ifnsig\nifnsig.get")


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "score",
        "change",
        "respond",
        "associate",
        "report",
        "power",
        "check",
        "bench",
        "signatures",
        "methods",
        "responses",
        "formats",
    ],
)
def test_every_verb_has_its_help(command: str) -> None:
    done = subprocess.run([sys.executable, "-m", "ifnsig", command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    assert "Usage" in done.stdout
