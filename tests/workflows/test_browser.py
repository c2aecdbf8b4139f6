"""Hostile names in a report, opened in a real browser: nothing runs, nothing is loaded, everything is shown as text."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.signatures import SIGNATURES
from ifnsig.study import run

from .conftest import tool

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium"),
]
EVIL = (
    "<script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "</style><b>loud</b>",
    "\" onmouseover=\"document.title='taken'",
)


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []  # what the page would do
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [f"{name}={value}" for name, value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def opened(path: Path) -> str:
    """The page as the browser holds it after its scripts ran."""
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=4000",
        "--dump-dom",
    ]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose samples, patients, visits, groups, genes and signatures have names that try to act."""
    home = tmp_path_factory.mktemp("evil")
    rng = np.random.default_rng(3)
    patients = [f"{EVIL[n % 4]}{n}" for n in range(6)] + [f"H{n}" for n in range(4)]
    rows = [
        (f"{EVIL[n % 4]}s{n}{visit}", patient, f"{EVIL[0]}{visit}", EVIL[1] if n < 6 else "healthy")
        for n, patient in enumerate(patients)
        for visit in ("0", "4")
        if n < 6 or visit == "0"
    ]
    sheet = pd.DataFrame(rows, columns=["sample", "patient", "visit", "group"])
    sheet.to_csv(home / "samples.tsv", sep="\t", index=False)
    genes = [*SIGNATURES["rice2013_6"].genes, *EVIL, *(f"GENE{n}" for n in range(40))]
    values = pd.DataFrame(
        rng.normal(6, 2, (len(genes), len(sheet))),
        index=pd.Index(genes, name="gene"),
        columns=sheet["sample"],
    )
    values.to_csv(home / "values.tsv", sep="\t")
    study = {
        "title": EVIL[0],
        "input": {"expression": str(home / "values.tsv"), "unit": "log2_cpm", "samples": str(home / "samples.tsv")},
        "design": {"patient": "patient", "visit": "visit", "baseline": f"{EVIL[0]}0", "followup": [f"{EVIL[0]}4"],
                   "group": "group", "controls": "healthy"},
        "scores": {"signatures": ["rice2013_6"], "own": {EVIL[1]: [*list(SIGNATURES["rice2013_6"].genes)[:3], EVIL[0]]},
                   "methods": ["zscore"]},
    }  # fmt: skip
    from ifnsig.study.schema.model import Study

    return run(Study.model_validate(study), output=home / "results")


@pytest.mark.filterwarnings("ignore")
def test_names_in_the_report_cannot_act(results: Path) -> None:
    page = Elements(opened(results / "report.html"))
    assert "<title>taken" not in page.words
    assert "script" not in page.tags
    assert not page.handlers
    assert "img" not in page.tags
    assert "<script>document.title='taken'</script>" in page.words  # it is there, as text


@pytest.mark.filterwarnings("ignore")
def test_names_in_multiqc_cannot_act(results: Path, tmp_path: Path) -> None:
    program = tool("multiqc", "multiqc")
    subprocess.run([program, "--outdir", tmp_path, results / "multiqc"], check=True, capture_output=True)
    text = opened(tmp_path / "multiqc_report.html")
    title = text[text.index("<title") :].split("</title>")[0]
    assert "taken" not in title.split(">")[-1]
    assert not [handler for handler in Elements(text).handlers if "taken" in handler]
