"""ifnsig run: the whole path, as a user calls it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig.cli import main
from ifnsig.report import Results
from ifnsig.study import read_study, run

EXAMPLE = Path(__file__).parents[2] / "example_data"
SIGNATURES = ("rice2013_6", "kim2018_28", "medimmune_4")
FILES = {
    "scores.tsv", "coverage.tsv", "calls.tsv", "genes.tsv", "change.tsv", "change_tests.tsv", "responses.tsv", "associations.tsv",
    "labels.tsv",
    "qc.tsv", "scored.h5ad", "reference.npz", "normalization.npz", "report.html", "provenance.json", "multiqc", "ro-crate-metadata.json",
}  # fmt: skip


def same_scores(found: pd.DataFrame, whole: Path) -> None:
    """The scores of a smaller study are those of the example, to the last bit."""
    kept = Results.read(whole).scores
    kept = kept[kept["signature"].isin(SIGNATURES) & kept["sample"].isin(found["sample"])]
    assert set(found["signature"]) == set(SIGNATURES)
    pd.testing.assert_frame_equal(found, kept.reset_index(drop=True), check_exact=True)


@pytest.fixture
def study(tmp_path: Path, undrawn: None) -> Callable[..., Path]:
    """A copy of the example study with three signatures; lines of its study file and cells of its files can be changed."""
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    text = (EXAMPLE / "study.toml").read_text()
    start, end = text.index("signatures = ["), text.index("methods =")
    listed = ", ".join(f'"{name}"' for name in SIGNATURES)
    (tmp_path / "study.toml").write_text(
        f"{text[:start]}signatures = [{listed}]\nrandom_sets = 10\n{text[end:]}"
    )

    def changed(**replacements: str) -> Path:
        path = tmp_path / "study.toml"
        text = path.read_text()
        for old, new in replacements.values() if isinstance(replacements, list) else replacements.items():
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return changed


def edit(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def call(*arguments: object) -> int:
    """Exit code of the command line."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_example_study_writes_every_file(example_results: Path) -> None:
    assert {path.name for path in example_results.iterdir()} == FILES


def test_tables_are_consistent_with_each_other(example_results: Path) -> None:
    found = Results.read(example_results)
    assert found.scores is not None
    assert found.change is not None
    wide = found.scores.pivot_table(index="sample", columns=["method", "signature"], values="score")
    for row in found.change.head(50).itertuples():
        assert row.change == pytest.approx(
            wide.loc[row.followup_sample, (row.method, row.signature)]
            - wide.loc[row.baseline_sample, (row.method, row.signature)],
            abs=1e-12,
        )


def test_the_primary_contrast_is_one_row_and_the_truth_is_found(example_results: Path) -> None:
    tests = Results.read(example_results).change_tests
    primary = tests[tests["role"] == "primary"]
    assert primary[["signature", "method", "visit"]].to_numpy().tolist() == [
        ["rice2013_6", "zscore", "week4"]
    ]
    assert primary["ci_high"].iloc[0] < 0  # the simulated drug suppresses


def test_the_comparator_without_a_simulated_effect_does_not_fall(example_results: Path) -> None:
    tests = Results.read(example_results).change_tests
    tnf = tests[
        (tests["signature"] == "cmp_tnfa_nfkb") & (tests["method"] == "zscore") & (tests["visit"] == "week4")
    ].iloc[0]
    assert tnf["ci_low"] < 0 < tnf["ci_high"]


def test_the_scored_file_opens_and_agrees_with_the_table(example_results: Path) -> None:
    adata = anndata.read_h5ad(example_results / "scored.h5ad")
    table = pd.read_csv(example_results / "scores.tsv", sep="\t", float_precision="round_trip")
    table = table[(table["method"] == "singscore") & (table["signature"] == "hallmark_ifna")].set_index(
        "sample"
    )["score"]
    np.testing.assert_array_equal(
        adata.obsm["ifn_singscore"]["hallmark_ifna"].to_numpy(), table.loc[adata.obs_names]
    )


def test_provenance_names_inputs_versions_and_parameters(example_results: Path) -> None:
    facts = json.loads((example_results / "provenance.json").read_text())
    assert len(facts["source"]["sha256"]) == 64
    assert facts["versions"]["ifnsig"] == ifn.__version__
    assert facts["scores"]["zscore"]["reference"]["n"] == 20
    assert facts["study"]["scores"]["primary"] == "rice2013_6"


def test_the_same_study_gives_the_same_bytes(tmp_path: Path, example_results: Path) -> None:
    again = run(EXAMPLE / "study.toml", output=tmp_path / "again")
    compared = FILES - {"scored.h5ad", "multiqc", "provenance.json", "ro-crate-metadata.json"}
    sections = {f"multiqc/{path.name}" for path in (again / "multiqc").iterdir()}
    assert len(sections) >= 6
    for name in sorted(compared | sections):
        assert (again / name).read_bytes() == (example_results / name).read_bytes(), name
    facts = [json.loads((folder / "provenance.json").read_text()) for folder in (again, example_results)]
    differs = [name for name in facts[0] if facts[0][name] != facts[1][name]]
    assert differs == ["run"]  # the one place for what differs from run to run


def test_a_second_run_replaces_the_folder_in_one_step(study: Callable[..., Path], tmp_path: Path) -> None:
    path = edit(study(), '"../results"', '"results"')
    first = run(path).stat().st_ino
    second = run(path).stat().st_ino
    assert first != second
    assert not (tmp_path / "results").is_symlink()
    assert not [path for path in tmp_path.iterdir() if "ifnsig" in path.name]


def test_a_failed_run_leaves_the_old_results_whole(study: Callable[..., Path], tmp_path: Path) -> None:
    path = edit(study(), '"../results"', '"results"')
    before = run(path).resolve()
    edit(path, 'primary = "rice2013_6"', 'primary = "rice2013_7"')
    assert call("run", path) == 2
    assert (tmp_path / "results").resolve() == before
    assert {file.name for file in before.iterdir()} == FILES


def test_a_folder_that_is_not_ours_is_not_replaced(
    study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert call("run", study(), "--output", tmp_path / "mine") == 2
    assert "was not made by ifnsig" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_the_terminal_gets_ten_lines_and_the_path(
    study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("run", study(), "--output", tmp_path / "out") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 11
    assert lines[-1] == str(tmp_path / "out" / "report.html")


class TestWhatDoesNotApplyIsSkipped:
    """Each with a sentence in the log and the report, never with a crash."""

    def test_no_follow_up(self, study: Callable[..., Path]) -> None:
        text = study().read_text()
        for line in (
            'baseline = "week0"\n',
            'followup = ["week4", "week24"]\n',
            'primary_followup = "week4"\n',
        ):
            text = text.replace(line, "")
        path = study()
        path.write_text(text)
        found = Results.read(run(path, output=path.parent / "out"))
        assert found.change is None
        assert found.responses is None
        assert any("No baseline and follow-up visits" in line for line in found.skipped)
        assert any("tis compares two visits" in line for line in found.skipped)
        report = (path.parent / "out" / "report.html").read_text()
        assert "No baseline and follow-up visits" in report

    def test_no_responses(self, study: Callable[..., Path]) -> None:
        path = study()
        text = path.read_text()
        path.write_text(text[: text.index("[[responses]]")])
        found = Results.read(run(path, output=path.parent / "out"))
        assert any("No responses are declared" in line for line in found.skipped)
        assert found.responses is None

    def test_no_controls(self, study: Callable[..., Path]) -> None:
        path = edit(study(), 'controls = "healthy"\n', "")
        edit(path, 'methods = ["zscore", "singscore"]', 'methods = ["singscore"]')
        found = Results.read(run(path, output=path.parent / "out"))
        assert found.genes is None
        assert any("No controls are declared" in line for line in found.skipped)

    def test_a_signature_without_its_genes(self, study: Callable[..., Path]) -> None:
        path = edit(
            study(),
            'primary = "rice2013_6"',
            'primary = "rice2013_6"\nown = { absent = ["X1", "X2", "IFI44"] }',
        )
        found = Results.read(run(path, output=path.parent / "out"))
        assert "absent" not in set(found.scores["signature"])
        assert found.coverage.set_index("signature").loc["absent", "status"].tolist() == [
            "refused",
            "refused",
        ]
        assert any("absent has 1 of 3 genes" in line for line in found.skipped)


BAD_STUDY = [
    ('unit = "counts"', 'unit = "count"', 2, ("no unit named 'count'", "Did you mean 'counts'")),
    (
        'unit = "counts"',
        'unit = "log2_cpm"\nnormalise = "none"',
        2,
        ("input.normalise: unknown key", "Did you mean 'normalize'"),
    ),
    ("[design]", "[desing]", 2, ("desing: unknown key", "Did you mean 'design'")),
    ('baseline = "week0"', "", 2, ("followup needs baseline",)),
    ('baseline = "week0"', 'baseline = "week1"', 1, ("'week1' is on no sample", "Did you mean 'week")),
    ('patient = "patient"', 'patient = "subject"', 2, ("patient = 'subject'", "Columns there: patient")),
    ('controls = "healthy"', 'controls = "helthy"', 1, ("helthy", "healthy")),
    ('controls = "healthy"\n', "", 1, ("no controls are declared",)),
    ('"rice2013_6", "kim', '"rice2013", "kim', 2, ("Did you mean 'rice2013_6'",)),
    ('methods = ["zscore", "singscore"]', 'methods = ["zscores"]', 2, ("Did you mean 'zscore'",)),
    ('measure = "tis"', 'measure = "tiss"', 2, ("Did you mean 'tis'",)),
    ("mmt_max = 150", "mmt_maximum = 150", 2, ("no option mmt_maximum",)),
    ("mmt_max = 150", "mmt_max = 80", 1, ("outside the range", "mmt")),
    ('expression = "counts.tsv.gz"', 'expression = "absent.tsv"', 2, ("absent.tsv",)),
    ('samples = "samples.tsv"', 'samples = "absent.tsv"', 2, ("absent.tsv",)),
    ('format = "table"', 'format = "tabel"', 2, ("Did you mean 'table'",)),
    ('normalize = "log"', "", 0, ()),
]


@pytest.mark.parametrize(
    ("old", "new", "code", "messages"),
    BAD_STUDY[:-1],
    ids=[row[1][:40] or row[0][:40] for row in BAD_STUDY[:-1]],
)
def test_a_wrong_study_ends_with_one_clear_message(
    study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    old: str, new: str, code: int, messages: tuple[str, ...],
) -> None:  # fmt: skip
    path = edit(study(), old, new)
    assert call("run", path, "--output", tmp_path / "out") == code
    said = capsys.readouterr().err
    for message in messages:
        assert message in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_all_faults_of_a_study_file_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('titel = "x"\n[input]\nexpression = "a"\nunti = "counts"\n[design]\nfollowup = "week4"\n')
    with pytest.raises(ifn.errors.StudyFileError) as caught:
        read_study(path)
    said = str(caught.value)
    assert "titel: unknown key. Did you mean 'title'" in said
    assert "input.unti: unknown key. Did you mean 'unit'" in said
    assert "design.followup" in said


def test_the_same_path_in_python_gives_the_same_scores(example_results: Path) -> None:
    adata = ifn.io.read(EXAMPLE / "counts.tsv.gz", unit="counts", samples=EXAMPLE / "samples.tsv")
    adata = ifn.pp.map_genes(adata)
    ifn.pp.normalize(adata, method="log_cpm")
    ifn.tl.score(adata, ["rice2013_6"], method="zscore", controls=("group", "healthy"), layer="log_cpm")
    table = Results.read(example_results).scores
    table = table[(table["method"] == "zscore") & (table["signature"] == "rice2013_6")].set_index("sample")[
        "score"
    ]
    np.testing.assert_array_equal(adata.obsm["ifn_zscore"]["rice2013_6"], table.loc[adata.obs_names])


def test_a_stored_reference_scores_one_new_patient_as_in_the_cohort(
    tmp_path: Path, study: Callable[..., Path], example_results: Path
) -> None:
    shutil.copy(example_results / "reference.npz", tmp_path / "healthy.npz")
    path = edit(study(), 'primary = "rice2013_6"', 'primary = "rice2013_6"\nreference = "healthy.npz"')
    lines = (tmp_path / "samples.tsv").read_text().splitlines(keepends=True)
    (tmp_path / "samples.tsv").write_text(
        "".join([lines[0], *(line for line in lines if line.startswith("P01_"))])
    )
    edit(path, 'unit = "counts"', 'unit = "counts"\nextra = "drop"')
    edit(path, 'controls = "healthy"\n', "")
    alone = Results.read(run(path, output=tmp_path / "out")).scores
    assert len(alone) == 3 * len(SIGNATURES) * 2
    same_scores(alone, example_results)


def test_published_recipes_beside_a_general_method(study: Callable[..., Path]) -> None:
    path = edit(study(), 'methods = ["zscore", "singscore"]', 'methods = ["zscore", "published"]')
    found = Results.read(run(path, output=path.parent / "out"))
    assert set(found.scores["signature"][found.scores["method"] == "published"]) >= {
        "rice2013_6",
        "kim2018_28",
    }
    assert any("published has no recipe to carry out for medimmune_4" in line for line in found.skipped)
    rice = found.calls[(found.calls["signature"] == "rice2013_6") & (found.calls["method"] == "published")]
    withheld = rice[rice["cut_rule"].str.startswith("published")]
    assert set(withheld["call"]) == {""}  # RNA-seq is not the assay of the published cut-off
    assert withheld["reason"].str.contains("assay").all()
    assert {"positive", "negative"} <= set(rice["call"])  # by the healthy samples at hand


def test_options_of_a_method_reach_it(study: Callable[..., Path]) -> None:
    path = edit(
        study(),
        'methods = ["zscore", "singscore"]',
        'methods = ["ssgsea"]\noptions = { ssgsea = { alpha = 0.75 } }',
    )
    facts = Results.read(run(path, output=path.parent / "out")).provenance["scores"]["ssgsea"]
    assert facts["parameters"]["alpha"] == 0.75


def test_the_study_file_knows_every_normalisation() -> None:
    from ifnsig.study.schema.model import STEPS

    assert set(STEPS) == set(ifn.pp.NORMALIZATIONS)


def test_a_stored_normalisation_serves_one_new_patient(study: Callable[..., Path], tmp_path: Path) -> None:
    edit(study(), 'unit = "counts"', 'unit = "counts"\nnormalize = "tmm"')
    whole = run(tmp_path / "study.toml", output=tmp_path / "whole")
    together = Results.read(whole).scores
    for name in ("reference.npz", "normalization.npz"):
        shutil.copy(whole / name, tmp_path / name)
    lines = (tmp_path / "samples.tsv").read_text().splitlines(keepends=True)
    (tmp_path / "samples.tsv").write_text(
        "".join([lines[0], *(line for line in lines if line.startswith("P01_"))])
    )
    path = edit(
        tmp_path / "study.toml", 'normalize = "tmm"', 'normalization = "normalization.npz"\nextra = "drop"'
    )
    edit(path, 'controls = "healthy"\n', "")
    edit(path, 'primary = "rice2013_6"', 'primary = "rice2013_6"\nreference = "reference.npz"')
    alone = Results.read(run(path, output=tmp_path / "alone")).scores
    together = together[together["sample"].isin(alone["sample"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together, check_exact=True)


def test_a_batch_that_is_the_visit_stops_the_study(
    study: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study()
    lines = [line.split("\t") for line in (tmp_path / "samples.tsv").read_text().splitlines()]
    visit, batch = lines[0].index("visit"), lines[0].index("batch")
    for line in lines[1:]:
        line[batch] = f"run {line[visit]}"
    (tmp_path / "samples.tsv").write_text("\n".join("\t".join(line) for line in lines) + "\n")
    assert call("run", path, "--output", tmp_path / "out") == 1
    assert "BATCH_CONFOUNDED" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert call("check", path) == 1


def test_an_nfcore_output_folder_needs_only_a_sheet(
    study: Callable[..., Path], tmp_path: Path, example_results: Path
) -> None:
    folder = tmp_path / "nfcore" / "star_salmon"
    folder.mkdir(parents=True)
    counts = pd.read_csv(tmp_path / "counts.tsv.gz", sep="\t", dtype=str)
    counts = counts.rename(columns={counts.columns[0]: "gene_id"})
    counts.insert(1, "gene_name", counts["gene_id"])
    counts.to_csv(folder / "salmon.merged.gene_counts.tsv", sep="\t", index=False)
    path = edit(
        study(), 'expression = "counts.tsv.gz"\nformat = "table"\nunit = "counts"', 'expression = "nfcore"'
    )
    again = Results.read(run(path, output=tmp_path / "out"))
    assert again.provenance["source"]["format"] == "nfcore"
    same_scores(again.scores, example_results)


def test_a_list_of_files_one_a_sample(
    study: Callable[..., Path], tmp_path: Path, example_results: Path
) -> None:
    counts = pd.read_csv(tmp_path / "counts.tsv.gz", sep="\t", index_col=0, dtype=str)
    names = []
    for sample in counts.columns:
        tail = "".join(
            f"{name}\t0\n" for name in ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned")
        )
        (tmp_path / f"{sample}.txt").write_text(
            counts[sample].to_csv(sep="\t", header=False) + tail + "__alignment_not_unique\t0\n"
        )
        names.append(f"{sample}.txt")
    listed = "[" + ", ".join(f'"{name}"' for name in names) + "]"
    path = edit(
        study(), 'expression = "counts.tsv.gz"\nformat = "table"\nunit = "counts"', f"expression = {listed}"
    )
    again = Results.read(run(path, output=tmp_path / "out"))
    assert again.provenance["source"]["format"] == "htseq"
    same_scores(again.scores, example_results)
