"""In a container the user is whoever the host says: no home, and nothing that he may write beside the data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ifnsig.core import engines

ROOT = Path(__file__).parents[2]
NOBODY = 65534
ALONE = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="only root can become another user",
)
SCRIPT = """
import logging
import anndata, numpy as np, pandas as pd
from ifnsig import io, keys, pp, tl
from ifnsig.cli import main
logging.basicConfig(level="INFO")
cells = anndata.AnnData(np.ones((20, 3)), obs=pd.DataFrame({"donor": "P1"}, index=[str(n) for n in range(20)]))
keys.declare_unit(cells, "counts")
print(pp.pseudobulk(cells, donor=["donor"]).X.tolist())
main(["score", "%s", "--unit", "counts", "-s", "rice2013_6", "-m", "singscore,gsva", "--reference", "cohort",
      "--normalize", "log_cpm", "-o", "scores.tsv"])
"""


def as_nobody(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as a user who may read everything and write into ``folder`` alone."""
    os.chown(folder, NOBODY, NOBODY)
    rights = "-all,+dac_read_search"  # to read: this checkout may lie in a folder that only its owner opens
    user = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--inh-caps", rights,
            "--ambient-caps", rights, "--bounding-set", rights]  # fmt: skip
    environment = {
        "HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [*user, sys.executable, "-c", code]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@ALONE
def test_a_user_without_a_home_who_may_write_nothing_can_work(tmp_path: Path) -> None:
    assert as_nobody(f"open({str(ROOT / 'written')!r}, 'w')", tmp_path).returncode  # he may not
    done = as_nobody(SCRIPT % (ROOT / "example_data" / "counts.tsv.gz"), tmp_path)
    assert "scores.tsv" in {path.name for path in tmp_path.iterdir()}, done.stderr
    assert "[[20.0, 20.0, 20.0]]" in done.stdout
    assert "compiled code can be kept nowhere" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["scores.tsv"]  # the private folder is gone


def test_a_package_that_can_keep_nothing_gets_a_private_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba
    from numba import config

    monkeypatch.setattr(config, "CACHE_DIR", "")
    asked: list[str] = []

    def importing(name: str) -> object:
        if name == "numba":
            return numba
        asked.append(config.CACHE_DIR)
        if not config.CACHE_DIR:
            raise RuntimeError(f"cannot cache function 'x': {engines.NOWHERE} for file '{name}'")
        return SimpleNamespace(name=name)

    monkeypatch.setattr(engines, "import_module", importing)
    assert engines.load("scanpy").name == "scanpy"
    assert not asked[0]
    assert Path(asked[1]).stat().st_mode & 0o777 == 0o700


def test_other_faults_of_an_import_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def importing(name: str) -> None:
        raise RuntimeError(f"{name} is broken")

    monkeypatch.setattr(engines, "import_module", importing)
    with pytest.raises(RuntimeError, match="scanpy is broken"):
        engines.load("scanpy")
