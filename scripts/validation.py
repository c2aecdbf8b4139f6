"""Write docs/validation.md: the figures of real cohorts beside independent ones, and the calibration of the tests.

The folder that IFNSIG_REAL_DATA names holds the cohorts (tests/real/README.md says how to rebuild it); without it their
part of the page stays as it is. The calibration comes from its stored results (benchmarks/calibration).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.calibration.page import section as calibration_section
from benchmarks.calibration.page import stored
from benchmarks.calibration.table import REMARKS
from ifnsig.report import Results
from ifnsig.study import run

HOME = Path(__file__).parents[1]
STUDIES = HOME / "tests" / "real"
PAGE = HOME / "docs" / "validation.md"

HEAD = """# Validation

Written by `make validation`. First real cohorts, from runs of the study files in `tests/real/`: nothing is typed by hand
except the sentences and the independent figures, which come with the data (worked out there with plain means and ranks,
without this package). `tests/real/test_real.py` checks the same figures at every run of the tests where the data are at
hand. Then the [calibration](#calibration) of every test and interval, from its stored results.

"""
CALIBRATION = "<!-- the calibration: written from benchmarks/calibration/results -->\n\n"

Figure = tuple[str, str, str]


def main() -> int:
    root = os.environ.get("IFNSIG_REAL_DATA")
    if not root:
        sys.stderr.write("IFNSIG_REAL_DATA is not set: the part on real cohorts stays as it is.\n")
    cohorts = real_cohorts(root) if root else PAGE.read_text(encoding="utf-8").split(CALIBRATION)[0]
    PAGE.write_text(cohorts + calibration(), encoding="utf-8")
    return 0


def calibration() -> str:
    """The part of the page that needs no data."""
    return CALIBRATION + calibration_section(stored(), REMARKS)


def real_cohorts(root: str) -> str:
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        for study, (text, figures) in SECTIONS.items():
            found = Results.read(run(STUDIES / f"{study}.toml", root=root, output=Path(folder) / study))
            sections.append(section(found, text, figures(found)))
    return HEAD + "\n".join(sections) + "\n"


def section(found: Results, text: str, figures: list[Figure]) -> str:
    rows = [f"| {what} | {theirs} | {ours} |" for what, theirs, ours in figures]
    return "\n".join(
        [f"## {found.title}", "", text, "", "| figure | independent | ifnsig |", "|---|---|---|", *rows, ""]
    )


def scored(found: Results, method: str = "zscore") -> pd.DataFrame:
    table = found.table("scores")
    return table[(table["signature"] == "six_isg") & (table["method"] == method)].set_index("sample")


def rows(found: Results, table: str, **where: str) -> pd.DataFrame:
    chosen = found.table(table)
    for column, value in where.items():
        chosen = chosen[chosen[column].astype(str) == value]
    return chosen


def lupus(found: Results) -> list[Figure]:
    disease = (
        rows(found, "associations", outcome="disease", signature="six_isg")
        .sort_values("n")
        .to_dict("records")
    )
    activity = (
        rows(found, "associations", outcome="sledai", signature="six_isg").sort_values("n").to_dict("records")
    )
    table = scored(found)
    patients = table["score"][table["group"] == "SLE"]
    return [
        ("AUC, SLE against healthy, first visit (62 against 20)", "0.927", with_interval(disease[0])),
        (
            "AUC, all samples (157 against 20)",
            "0.907",
            f"{disease[1]['estimate']:.3f}, no interval: samples are not patients",
        ),
        ("SLE samples above z = 2", "85 %", f"{(patients > 2).mean():.0%}"),
        ("Spearman with SLEDAI, all samples (157)", "0.125", f"{activity[1]['estimate']:.3f}, no interval"),
        (
            f"Spearman with SLEDAI, first visit ({int(activity[0]['n'])})",
            "not given",
            with_interval(activity[0]),
        ),
    ]


def stimulated(found: Results) -> list[Figure]:
    score = scored(found)["score"]

    def against_buffer(stimulus: str) -> str:
        return ", ".join(
            f"{score[f'{s}_{stimulus}'] - score[f'{s}_Buffer']:+.2f}" for s in ("D1", "D1R", "D2", "D3")
        )

    row = rows(found, "change_tests", signature="six_isg", method="zscore", visit="IFNbeta").iloc[0]
    return [
        (
            "interferon beta minus buffer, series D1, D1R, D2, D3",
            "+1.43, +1.01, +1.11, +1.16",
            against_buffer("IFNbeta"),
        ),
        ("interleukin 10 minus buffer", "below buffer in all four", against_buffer("IL10")),
        ("interferon gamma minus buffer", "-0.1 to +0.5 (see below)", against_buffer("IFNgamma")),
        ("interferon lambda minus buffer", "about 0", against_buffer("IFNlambda")),
        ("three donors, interferon beta", "not given", f"{with_interval(row)}, described and not tested"),
    ]


def timecourse(found: Results) -> list[Figure]:
    table = scored(found)
    means = table["score"].groupby(table["group"].astype(str)).mean()
    return [
        (f"mean score at {hours} h", theirs, f"{means[hours]:+.2f}")
        for hours, theirs in (("0", "-1.3"), ("6", "+0.77"), ("24", "+0.57"))
    ]


def influenza(found: Results) -> list[Figure]:
    figures = []
    table = rows(found, "associations", outcome="outcome", signature="six_isg")
    before = table[table["score"] == "baseline"].drop_duplicates("score").iloc[0]
    figures.append(("AUC, symptomatic against not, before exposure", "0.39", with_interval(before)))
    for hour, theirs in (("53", "0.85"), ("60", "0.93"), ("69", "1.00"), ("77", "1.00")):
        row = table[(table["score"] == "followup") & (table["visit"] == hour)].iloc[0]
        figures.append((f"AUC at {hour} h", theirs, with_interval(row)))
    return figures


def kinoid(found: Results) -> list[Figure]:
    figures: list[Figure] = []
    for arm, theirs in (("IFN-K", "-0.032, Wilcoxon p 0.71"), ("Placebo", "-0.022")):
        row = rows(found, "change_tests", signature="M1.2", visit="day 168", arm=arm).iloc[0]
        ours = f"{with_interval(row)}, signed-rank p {row['p_rank']:.2f}, paired t p {row['p']:.2f}"
        figures.append(
            (f"module M1.2, day 168 minus baseline, {arm} ({int(row['n_patients'])} patients)", theirs, ours)
        )
    sentence = rows(found, "change_tests", signature="M1.2", visit="day 168", arm="IFN-K").iloc[0]["sentence"]
    figures.append(("what the report says of the kinoid arm", "no significant change", str(sentence)))
    return figures


def with_interval(row: pd.Series | dict) -> str:
    return f"{row['estimate']:.3f} (95 % CI {row['ci_low']:.3f} to {row['ci_high']:.3f})"


SECTIONS: dict[str, tuple[str, Callable[[Results], list[Figure]]]] = {
    "gse49454": (
        "Whole blood of 62 patients with SLE (157 samples) and 20 healthy people, array. Disease separates strongly; activity"
        " hardly correlates, and a correct score must not make it do so.",
        lupus,
    ),
    "gse145647": (
        "Whole blood of three donors (one of them twice) with and without cytokines, RNA-seq. The range that comes with the"
        " data for interferon gamma is not what its own data give: plain Python on the six genes gives +0.46, -0.30, -0.33,"
        " -0.11, as here.",
        stimulated,
    ),
    "gse74863": (
        "Fibroblasts after 0, 6 and 24 h of interferon beta, fractional counts under Ensembl ids. The independent figures use"
        " log2(CPM + 1); the log-CPM here scales its prior with the library, which moves z by a few hundredths.",
        timecourse,
    ),
    "gse30550": (
        "Seventeen people after exposure to influenza, arrays every few hours. The score says who is ill, not who will be.",
        influenza,
    ),
    "kinoid": (
        "A vaccine against interferon alpha in SLE; module scores made elsewhere. The arm as a whole is a null result, and is"
        " reported as one: with its interval and what that excludes.",
        kinoid,
    ),
}

if __name__ == "__main__":
    sys.exit(main())
