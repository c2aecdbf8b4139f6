"""The wheel that users install: everything in it, and it runs from any folder."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(out.glob("ifnsig-*.whl"))


def texts(folder: Path) -> dict[str, str]:
    """The files of a workflow by their paths, without its tests on the repository's example data."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".test" not in path.parts
    }


def test_the_wheel_holds_the_data_and_the_type_marker_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "ifnsig/signatures/data/rice2013_6.toml" in names
    assert "ifnsig/py.typed" in names
    assert any(name.startswith("ifnsig/gate/data/") for name in names)
    assert any(name.startswith("ifnsig/report/templates/") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"ifnsig"}
    assert wheel.stat().st_size < 6e6


def test_the_wheel_runs_in_a_clean_environment_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies come from this environment by a path file, so that only the wheel itself is installed."""
    home = tmp_path / "env"
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    site = next((home / "lib").glob("python3*/site-packages"))
    mine = [p for p in sys.path if p.endswith("site-packages")]
    # the editable install of this environment must not stand in for the wheel: no .pth of it is read
    (site / "borrowed.pth").write_text("\n".join(mine) + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    where = subprocess.run(
        [python, "-c", "import ifnsig; print(ifnsig.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=elsewhere,
    )
    assert where.stdout.startswith(str(home))
    for engine in ("snakemake", "nextflow", "cwl"):
        command = [home / "bin" / "ifnsig", "workflow", "export", engine]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=elsewhere)
        assert done.stdout == f"ifnsig-{engine}\n"
        assert texts(elsewhere / f"ifnsig-{engine}") == texts(ROOT / "workflows" / engine)
    study = ROOT / "example_data" / "study.toml"
    done = subprocess.run(
        [home / "bin" / "ifnsig", "run", study, "--output", elsewhere / "results"],
        check=True, capture_output=True, text=True, cwd=elsewhere,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "results/report.html"
    assert (elsewhere / "results" / "report.html").stat().st_size > 100_000
