"""Each question of a study file gets its table, its section in the report, and its fault when it cannot be asked."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ifnsig.cli import app
from ifnsig.errors import DesignError, FatalFlagError, StudyFileError
from ifnsig.questions import TABLES as QUESTION_TABLES
from ifnsig.report import Results, methods_text, render_html
from ifnsig.report._results import ASKED_TABLES
from ifnsig.report.html import SECTIONS
from ifnsig.report.methods_text import ESTIMANDS
from ifnsig.study import Study, check, read_study, run
from ifnsig.study.schema.model import EventRule

ALL = """
title = "All questions"
seed = 3
[input]
scores = "scores.csv"
samples = "samples.csv"
[design]
patient = "patient"
visit = "visit"
baseline = "w0"
followup = ["w4", "w12"]
times = { w4 = 4, w12 = 12 }
group = "group"
controls = "healthy"
arm = "arm"
steroid = "mg"
cell_fractions = ["neutrophils"]
[change]
selected_by_baseline = "healthy"
test_retest_icc = 0.8
[suppression]
definitions = ["log_ratio"]
[time_course]
interrupted = "w12"
[visits]
df_method = "kenward-roger"
[arms]
control = "placebo"
[score_groups]
[agreement]
platform = "platform"
genes = false
"""


def cohort(folder: Path) -> pd.DataFrame:
    """24 patients of two arms at three visits, scored on two platforms; 12 healthy people."""
    rng = np.random.default_rng(6)
    rows = []
    for i in range(24):
        start, dose = rng.normal(3, 1), rng.choice([5.0, 10.0])
        for visit, fall in (("w0", 0.0), ("w4", 1.2), ("w12", 0.8)):
            fell = fall * (i < 12) + rng.normal(0, 0.4)
            mg = dose - (2.5 if visit != "w0" and i % 3 == 0 else 0)
            base = {
                "patient": f"P{i}",
                "visit": visit,
                "group": "SLE",
                "arm": "drug" if i < 12 else "placebo",
                "mg": mg,
            }
            rows.append(
                base | {"score": start - fell, "neutrophils": 0.6 + rng.normal(0, 0.05), "platform": "rnaseq"}
            )
    rows += [
        {
            "patient": f"H{i}",
            "visit": "",
            "group": "healthy",
            "arm": "",
            "score": rng.normal(0, 0.5),
            "platform": "rnaseq",
        }
        for i in range(12)
    ]
    table = pd.DataFrame(rows)
    table.insert(0, "sample", [f"S{i}" for i in range(len(table))])
    write(folder, table)
    return table


def write(folder: Path, table: pd.DataFrame) -> None:
    table.drop(columns="score").to_csv(folder / "samples.csv", index=False)
    scores = table[["sample"]].assign(main=table["score"], other=-table["score"])
    scores.to_csv(folder / "scores.csv", index=False)


def study(folder: Path, text: str = ALL) -> Path:
    (folder / "study.toml").write_text(text)
    return folder / "study.toml"


def without(text: str, *tables: str) -> str:
    lines, keep = [], True
    for line in text.splitlines():
        keep = line.strip("[]") not in tables if line.startswith("[") else keep
        lines += [line] if keep else []
    return "\n".join(lines)


NO_PLATFORMS = without(ALL, "agreement")


def test_every_table_of_a_question_has_a_section_and_every_section_a_table() -> None:
    assert {section.name for section in SECTIONS} == {*ASKED_TABLES, "change_tests"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("questions")
    cohort(home)
    return run(study(home, NO_PLATFORMS))


def test_the_answers_are_those_of_the_verbs(folder: Path) -> None:
    """Written out of the sheet by hand: the mean change, Fieller's ratio, the ANCOVA by least squares."""
    results = Results.read(folder)
    sheet = pd.read_csv(folder.parent / "samples.csv").merge(
        pd.read_csv(folder.parent / "scores.csv"), on="sample"
    )
    wide = sheet[sheet["group"] == "SLE"].pivot(index="patient", columns="visit", values="main")
    healthy = sheet.loc[sheet["group"] == "healthy", "main"]
    arms = (
        sheet[sheet["group"] == "SLE"]
        .drop_duplicates("patient")
        .set_index("patient")["arm"]
        .reindex(wide.index)
    )
    drug = wide[arms == "drug"]
    tests = results.change_tests
    assert tests is not None
    row = tests[(tests["signature"] == "main") & (tests["visit"] == "w4") & (tests["arm"] == "drug")].iloc[0]
    assert row["estimate"] == pytest.approx((drug["w4"] - drug["w0"]).mean(), rel=1e-9)
    assert row["adjusted_for"] == "mg;neutrophils"
    group = results.table("suppression").query(
        "scope == 'cohort' and signature == 'main' and visit == 'w4' and arm == 'drug'"
    )
    ratio = 100 * (drug["w0"] - drug["w4"]).mean() / (drug["w0"].mean() - healthy.mean())
    assert group["percent"].iloc[0] == pytest.approx(ratio, rel=1e-9)
    arm = results.table("arm_tests").query("signature == 'main' and visit == 'w4'").iloc[0]
    design = np.column_stack([np.ones(24), wide["w0"], arms == "drug"]).astype(float)
    assert arm["estimate"] == pytest.approx(np.linalg.lstsq(design, wide["w4"], rcond=None)[0][2], rel=1e-9)
    assert arm["role"] == "primary"
    course = results.table("time_course").query("signature == 'main'").set_index("patient")
    assert course.loc["P0", "rebound"] == pytest.approx(
        wide.loc["P0", "w12"] - wide.loc["P0", "w4"], rel=1e-9
    )
    assert set(course["time_to_nadir"].dropna()) == {4.0}
    chosen = results.table("subgroup_tests").query("signature == 'main'")
    assert chosen["icc_assumed"].eq("0.8").all()
    assert chosen["flags"].str.contains("RTM_SUBGROUP").all()
    assert set(results.table("visit_tests")["kind"]) == {"visit", "trend"}
    assert results.table("score_groups")["n_patients"].tolist() == [24, 24]


def test_the_primary_test_stays_that_of_all_patients(folder: Path) -> None:
    results = Results.read(folder)
    assert results.change_tests is not None
    assert not results.change_tests["flags"].str.contains("RTM_SUBGROUP").any()


def test_every_asked_table_is_shown_in_the_report(folder: Path) -> None:
    results = Results.read(folder)
    html = render_html(results)
    for section in SECTIONS:
        assert (f"<h3>{section.title}</h3>" in html) == (results.has(section.name)), section.name
    assert "expected without effect" in html
    assert "turned negative" in html


def test_the_methods_text_says_how_each_question_was_answered(folder: Path) -> None:
    results = Results.read(folder)
    paragraphs, _ = methods_text(results)
    text = " ".join(paragraphs)
    assert [table.name for table in QUESTION_TABLES.values() if not table.how] == ["leading_edge"]
    for table in QUESTION_TABLES.values():
        if isinstance(table.how, str) and table.how:
            assert (table.how in text) == results.has(table.name), table.name
    assert "intercept of a regression" in text


def test_the_methods_text_names_the_estimand_of_every_event() -> None:
    rules = get_args(EventRule.model_fields["rule"].annotation)
    assert set(ESTIMANDS) == set(rules)
    for rule in rules:
        design = {"events": [{"column": "rescue", "rule": rule}]}
        paragraphs, _ = methods_text(Results(provenance={"study": {"design": design}}))
        assert f"Estimand after an event: rescue, {ESTIMANDS[rule]}." in paragraphs


def test_multiqc_gets_the_suppression_of_every_patient(folder: Path) -> None:
    content = json.loads(next((folder / "multiqc").glob("ifnsig_*_5_suppression_mqc.json")).read_text())
    table = Results.read(folder).table("suppression")
    patients = table.query(
        "scope == 'patient' and signature == 'main' and visit == 'w4' and percent == percent"
    )
    assert {who: cell["suppression"] for who, cell in content["data"].items()} == pytest.approx(
        dict(zip(patients["patient"], patients["percent"], strict=True))
    )


def test_an_empty_study_asks_nothing(tmp_path: Path, undrawn: None) -> None:
    cohort(tmp_path)
    asked = ("suppression", "time_course", "visits", "arms", "score_groups", "agreement", "change")
    results = Results.read(run(study(tmp_path, without(ALL, *asked))))
    assert results.asked == {}
    # what is declared in the design is adjusted for all the same
    assert "Adjusted for steroids" in render_html(results)


def test_platforms_are_compared(tmp_path: Path, undrawn: None) -> None:
    table = cohort(tmp_path)
    second = table.assign(
        sample=["T" + name for name in table["sample"]],
        platform="qpcr",
        score=table["score"] + 1,
        visit=table["visit"],
    )
    write(
        tmp_path,
        pd.concat([table, second], ignore_index=True).assign(person=lambda t: t["patient"] + t["visit"]),
    )
    text = without(ALL, "design", "change", "suppression", "time_course", "visits", "arms", "score_groups")
    text += '\n[design]\npatient = "person"\n'
    text = text.replace('platform = "platform"', 'platform = "platform"\nsame = ["person"]')
    agreement = Results.read(run(study(tmp_path, text))).table("agreement")
    row = agreement[agreement["signature"] == "main"].iloc[0]
    assert (row["bias"], row["icc_consistency"]) == pytest.approx((1.0, 1.0))
    assert row["icc_agreement"] < 1


class TestFaults:
    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("[suppression]", "[supression]", "supression: unknown key. Did you mean 'suppression'?"),
            ('definitions = ["log_ratio"]', 'definitions = ["log_ration"]', "no definition of suppression named 'log_ration'"),
            ('df_method = "kenward-roger"', 'df_methods = "kr"', "visits.df_methods: unknown key. Did you mean 'df_method'?"),
            ('df_method = "kenward-roger"', 'df_method = "kenward"', "Did you mean 'kenward-roger'"),
            ('interrupted = "w12"', 'interrupted = "w4"', "time_course.interrupted 'w4' is not a later follow-up"),
            ("w12 = 12 }", "w13 = 12 }", "times names w13, which followup does not"),
            (", w12 = 12 }", " }", "times has no time of w12"),
            ('arm = "arm"\n', "", "arms needs design.arm"),
            ("test_retest_icc = 0.8", "test_retest_icc = 1.8", "less than or equal to 1"),
            ("[score_groups]", "[genes]", "genes needs input.expression"),
            ("[score_groups]", "[score_groups]\nfew = 1", "score_groups.few: unknown key"),
            ("seed = 3", 'seed = 3\nacknowledge = [{ flag = "RTM_SUBGROUPS", reason = "x" }]', "Did you mean 'RTM_SUBGROUP'"),
            ('selected_by_baseline = "healthy"', 'selected_by_baseline = "high"', "change.selected_by_baseline"),
        ],
    )  # fmt: skip
    def test_each_is_said_with_its_place(self, tmp_path: Path, old: str, new: str, message: str) -> None:
        assert old in ALL
        with pytest.raises(StudyFileError) as fault:
            read_study(study(tmp_path, ALL.replace(old, new)))
        assert message in str(fault.value)

    def test_visits_must_be_declared_for_what_compares_them(self) -> None:
        fields = tomllib.loads(without(ALL, "design"))
        with pytest.raises(ValueError, match="change, suppression, visits, arms, time_course compare visits"):
            Study.model_validate(fields)

    @pytest.mark.parametrize(
        ("old", "new", "where", "message"),
        [
            ('control = "placebo"', 'control = "plaecbo"', "arms", "'plaecbo'; column 'arm' holds drug, placebo"),
            ('control = "placebo"', 'control = "placebo"\ncovariates = ["sitte"]', "arms", "'sitte'"),
            ('steroid = "mg"', 'steroid = "dose"', "design", "names column 'dose'"),
            ('selected_by_baseline = "healthy"', 'selected_by_baseline = { column = "level", value = "high" }',
             "change.selected_by_baseline", "column 'level'"),
            ('platform = "platform"', 'platform = "plattform"', "agreement", "Did you mean 'platform'"),
        ],
    )  # fmt: skip
    def test_check_finds_columns_and_values_that_are_not_there(
        self, tmp_path: Path, old: str, new: str, where: str, message: str
    ) -> None:
        cohort(tmp_path)
        whole = ALL if where == "agreement" else NO_PLATFORMS
        assert old in whole
        errors = [f for f in check(study(tmp_path, whole.replace(old, new))) if f.severity == "error"]
        assert [(f.where, message in f.sentence) for f in errors] == [(where, True)]

    def test_check_has_no_errors_for_the_whole(self, tmp_path: Path) -> None:
        cohort(tmp_path)
        assert [f for f in check(study(tmp_path, NO_PLATFORMS)) if f.severity == "error"] == []
        errors = [f for f in check(study(tmp_path)) if f.severity == "error"]
        assert [(f.where, "at least two platforms" in f.sentence) for f in errors] == [("agreement", True)]


STRICT = NO_PLATFORMS.replace("seed = 3", "seed = 3\nstrict = true")
SEEN = '\n[[acknowledge]]\nflag = "NOT_ESTIMABLE"\nreason = "placebo starts at healthy."\n'


@pytest.mark.usefixtures("undrawn")
class TestStrict:
    @staticmethod
    def flat(folder: Path) -> None:
        """The placebo patients of the second signature start where healthy people are: no suppression can be told."""
        table = cohort(folder)
        table.loc[table["arm"] == "placebo", "score"] -= 3
        write(folder, table)

    def test_a_strict_study_stops_at_a_fatal_flag_and_writes_nothing(self, tmp_path: Path) -> None:
        self.flat(tmp_path)
        with pytest.raises(
            FatalFlagError, match=r"suppression.tsv: NOT_ESTIMABLE is on main w4 placebo, (.|\n)*acknowledge"
        ) as stop:
            run(study(tmp_path, STRICT))
        assert not (tmp_path / "results").exists()
        assert "Nothing was written" in str(stop.value)
        assert run(study(tmp_path, NO_PLATFORMS)).is_dir()  # the same study, not strict

    def test_an_acknowledged_flag_stays_and_is_printed(self, tmp_path: Path) -> None:
        self.flat(tmp_path)
        results = Results.read(run(study(tmp_path, STRICT + SEEN)))
        table = results.table("suppression")
        rows = table[table["flags"].str.contains("NOT_ESTIMABLE")]
        assert len(rows) > 0
        assert rows["acknowledged"].eq("NOT_ESTIMABLE: placebo starts at healthy.").all()
        html = render_html(results)
        assert "NOT_ESTIMABLE was acknowledged in the study file: placebo starts at healthy." in html

    def test_a_clean_study_may_be_strict(self, tmp_path: Path) -> None:
        cohort(tmp_path)
        assert run(study(tmp_path, without(STRICT, "suppression"))).is_dir()

    def test_an_acknowledgement_that_meets_no_flag_is_said(self, tmp_path: Path) -> None:
        cohort(tmp_path)
        text = without(NO_PLATFORMS, "suppression") + SEEN.replace("NOT_ESTIMABLE", "IC50_OUT_OF_RANGE")
        skipped = Results.read(run(study(tmp_path, text))).skipped
        assert any(
            "IC50_OUT_OF_RANGE is acknowledged in the study file, and no result carries it" in line
            for line in skipped
        )

    def test_the_command_line_has_the_switch(self, tmp_path: Path) -> None:
        self.flat(tmp_path)
        path = str(study(tmp_path, NO_PLATFORMS))
        assert CliRunner().invoke(app, ["run", path]).exit_code == 0
        assert isinstance(CliRunner().invoke(app, ["run", path, "--strict"]).exception, FatalFlagError)


CONFOUNDED = """
[input]
expression = "counts.csv"
unit = "counts"
samples = "samples.csv"
[design]
patient = "patient"
visit = "visit"
baseline = "w0"
followup = ["w4"]
batch = "batch"
[scores]
own = { mine = ["MX1", "ISG15", "IFI44", "IFIT1"] }
methods = ["mean"]
"""
BATCH_SEEN = '\n[[acknowledge]]\nflag = "BATCH_CONFOUNDED"\nreason = "no other samples exist"\n'


class TestConfounded:
    @staticmethod
    def counts(folder: Path) -> None:
        rng = np.random.default_rng(2)
        names = [f"S{i}" for i in range(16)]
        genes = ["MX1", "ISG15", "IFI44", "IFIT1", "GAPDH", "ACTB", "OAS1", "CD8A"]
        pd.DataFrame(rng.poisson(100, (8, 16)), genes, names).to_csv(
            folder / "counts.csv", index_label="gene"
        )
        visit = ["w0"] * 8 + ["w4"] * 8
        pd.DataFrame({
            "sample": names, "patient": [f"P{i}" for i in range(8)] * 2, "visit": visit,
            "batch": ["A" if v == "w0" else "B" for v in visit],
        }).to_csv(folder / "samples.csv", index=False)  # fmt: skip

    def test_visits_that_go_with_batches_stop_the_study(self, tmp_path: Path) -> None:
        self.counts(tmp_path)
        with pytest.raises(DesignError, match="BATCH_CONFOUNDED"):
            run(study(tmp_path, CONFOUNDED))
        assert any(
            f.severity == "error" and "BATCH_CONFOUNDED" in f.sentence
            for f in check(study(tmp_path, CONFOUNDED))
        )

    def test_acknowledged_they_are_described_without_any_p(self, tmp_path: Path) -> None:
        self.counts(tmp_path)
        path = study(tmp_path, CONFOUNDED + BATCH_SEEN)
        assert not [f for f in check(path) if f.severity == "error"]
        table = Results.read(run(path, strict=True)).change_tests
        assert table is not None
        assert table[["p", "p_exact", "p_rank", "p_fwer", "q"]].isna().all(axis=None)
        assert table["role"].eq("descriptive").all()
        assert table["flags"].str.startswith("BATCH_CONFOUNDED").all()
        assert table["sentence"].str.contains("cannot be told from a batch").all()
        assert table["acknowledged"].eq("BATCH_CONFOUNDED: no other samples exist").all()


WELLS = """
title = "Cells in a dish"
[input]
scores = "scores.csv"
samples = "samples.csv"
[drug_effect]
vehicle = "DMSO"
drug = ["tofa"]
within = "stimulus"
[dose_response]
within = "stimulus"
"""


class TestCellsInADish:
    @staticmethod
    def plate(folder: Path, donors: int = 3) -> pd.DataFrame:
        rng = np.random.default_rng(3)
        rows = [
            {"donor": f"D{i}", "stimulus": "IFN", "dose": dose, "condition": "DMSO" if dose == 0 else "tofa",
             "main": 10 + 90 / (1 + (dose / (20 + 10 * i)) ** 1.2) + rng.normal(0, 0.5)}
            for i in range(donors) for dose in (0, 1, 4, 16, 64, 256, 1024) for _ in range(2)
        ]  # fmt: skip
        table = pd.DataFrame(rows)
        table.insert(0, "sample", [f"W{i}" for i in range(len(table))])
        table.drop(columns="main").to_csv(folder / "samples.csv", index=False)
        table[["sample", "main"]].to_csv(folder / "scores.csv", index=False)
        return table

    def test_donors_are_the_unit(self, tmp_path: Path) -> None:
        table = self.plate(tmp_path)
        path = study(tmp_path, WELLS)
        assert [f for f in check(path) if f.severity == "error"] == []
        results = Results.read(run(path))
        drug = results.table("drug_effect").iloc[0]
        means = table.groupby(["donor", "condition"])["main"].mean().unstack()
        assert drug["estimate"] == pytest.approx((means["tofa"] - means["DMSO"]).mean(), rel=1e-9)
        assert (drug["n_patients"], drug["n_samples"], drug["arm"], drug["role"]) == (
            3,
            42,
            "IFN",
            "descriptive",
        )
        over = results.table("dose_response").query("scope == 'donors'").iloc[0]
        # the curves are of 20, 30 and 40, with noise of half a percent
        assert over["estimate"] == pytest.approx((20 * 30 * 40) ** (1 / 3), rel=0.05)
        html = render_html(results)
        assert "In vitro: dose-response" in html
        assert "In vitro: drug against vehicle" in html

    def test_wells_of_one_donor_stop_the_study(self, tmp_path: Path) -> None:
        self.plate(tmp_path, donors=1)
        with pytest.raises(DesignError, match="WELLS_AS_REPLICATES"):
            run(study(tmp_path, WELLS))

    def test_check_finds_a_condition_that_is_not_there(self, tmp_path: Path) -> None:
        self.plate(tmp_path)
        errors = [
            f for f in check(study(tmp_path, WELLS.replace('"tofa"', '"tofo"'))) if f.severity == "error"
        ]
        assert [(f.where, "Did you mean 'tofa'" in f.sentence) for f in errors] == [("drug_effect", True)]
