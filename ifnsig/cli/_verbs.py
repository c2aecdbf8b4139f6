"""The verbs on a study or on what was scored: run, change, associate, report, check (respond is in ``_respond``)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import UsageError
from ._app import app
from ._outputs import ANY_FILE, NPZ, RESULTS, SCORED, SECRET, TABLE
from ._parse import names, only_method, pair, read_h5ad, share_of, shown, stdin_too, write, write_scored
from ._progress import doing, progress

Scored = Annotated[str, typer.Argument(help="h5ad that `ifnsig score` wrote, or - for stdin.")]
Out = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar=TABLE,
        help="Table to write (.tsv, .csv, .json, .parquet, .xlsx); - for stdout.",
    ),
]
ScoredOut = Annotated[
    str,
    typer.Option("--output", "-o", metavar=SCORED, help="File to write: .h5ad, or a table; - for stdout."),
]
StudyFile = Annotated[str, typer.Argument(help="Study file (TOML, or JSON as workflows write it).")]
Root = Annotated[str | None, typer.Option(help="Folder that the input paths are relative to.")]
Pair = Annotated[str | None, typer.Option(help="Controls, as COLUMN=VALUE.")]


@app.command()
def run(
    study: StudyFile,
    shards: Annotated[
        list[str] | None,
        typer.Argument(help="All files that `ifnsig shard` wrote of this study: nothing is scored again."),
    ] = None,
    root: Root = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar=RESULTS, help="Results folder, instead of the study's own."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fatal flags are errors, unless the study acknowledges them.")
    ] = False,
    pseudonymise: Annotated[
        str | None,
        typer.Option(help="Replace patient and sample ids by a hash under the secret in this key file."),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(
            metavar=SECRET,
            help="With --pseudonymise: write who is who to this new file, for its owner alone.",
        ),
    ] = None,
) -> None:
    """Do what a study file says: scores, change, tests, responses, associations, report."""
    if mapping is not None and pseudonymise is None:
        raise UsageError("--mapping goes with --pseudonymise.")
    with progress() as watch:
        from ..report import Results, summary
        from ..study import Pseudonyms
        from ..study import run as run_study

        names = None if pseudonymise is None else Pseudonyms.from_key_file(pseudonymise)
        folder = run_study(
            stdin_too(study), root=root, output=output, strict=strict, pseudonyms=names, mapping=mapping, watch=watch,
            shards=shards or (),
        )  # fmt: skip
        doing("summing up")
        found = summary(Results.read(folder))
    typer.echo(found)
    typer.echo(str(shown(folder / "report.html")))


@app.command()
def shard(
    study: StudyFile,
    share: Annotated[str, typer.Argument(help="Which share of the samples, as NUMBER/SHARES, e.g. 2/3.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar=NPZ, help="File to write (.npz).")],
    root: Root = None,
) -> None:
    """Score one share of a study's samples; `ifnsig run` takes all shares together, with the same tables."""
    from ..study import shard as score_share

    number, of = share_of(share)
    score_share(stdin_too(study), number, of, output=output, root=root)


@app.command()
def rerun(
    provenance: Annotated[str, typer.Argument(help="provenance.json of a results folder.")],
    root: Annotated[
        str | None, typer.Option(help="Folder of the inputs, where they are not where they were.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar=RESULTS, help="Keep the new results in this folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of lines.")] = False,
) -> None:
    """Run a study again from its provenance: the same bytes and no file altered, or which, and why (then exit 1)."""
    import json
    from dataclasses import asdict

    with progress() as watch:
        from ..study import rerun as run_again

        found = run_again(provenance, root=root, output=output, watch=watch)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        said = {"same": found.same, "differs": found.differ, "altered": found.altered, "why": found.reasons}
        typer.echo("\n".join(f"{word}\t{name}" for word, names in said.items() for name in names))
        if found.differ and not found.reasons:
            typer.echo("why\tunknown: versions, machine and inputs are as they were")
    if found.differ or found.altered:
        raise typer.Exit(1)


@app.command()
def change(
    scored: Scored,
    baseline: Annotated[str, typer.Option(help="Baseline visit.")],
    followup: Annotated[str, typer.Option(help="Follow-up visits, comma-separated, in their order.")],
    output: ScoredOut = "-",
    method: Annotated[
        str | None, typer.Option("--method", "-m", help="Which scores, if there are several.")
    ] = None,
    patient: Annotated[str, typer.Option(help="Column of the patient.")] = "patient",
    visit: Annotated[str, typer.Option(help="Column of the visit.")] = "visit",
    controls: Pair = None,
    tests: Annotated[
        str | None, typer.Option(metavar=TABLE, help="Also write the paired tests to this table.")
    ] = None,
    primary: Annotated[str | None, typer.Option(help="Primary signature of the tests.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON records instead of TSV.")] = False,
) -> None:
    """Change of every patient from baseline: an h5ad, or a table (TSV); and the tests of it."""
    if primary is not None and tests is None:
        raise UsageError("--primary goes with --tests: it is the primary signature of the tests.")
    from .. import get, tl

    adata = read_h5ad(scored)
    changed = tl.change(
        adata, method=only_method(adata, method), patient=patient, visit=visit, baseline=baseline,
        followup=names(followup), controls=pair(controls) if controls else None,
    )  # fmt: skip
    if tests is not None:
        write(tl.test_change(changed, primary=primary), tests)
    write_scored(changed, lambda: get.change_table(changed), output, as_json=as_json)


@app.command()
def associate(
    data: Annotated[str, typer.Argument(help="h5ad that `ifnsig change`, `respond` or `score` wrote.")],
    response: Annotated[
        str, typer.Option("--response", help="A measure that was computed, or a column of the sheet.")
    ],
    output: Out = "-",
    positive: Annotated[
        str | None, typer.Option(help="Value of the column that counts as the outcome.")
    ] = None,
    negative: Annotated[str | None, typer.Option(help="Value that counts as its absence.")] = None,
    method: Annotated[
        str | None, typer.Option("--method", "-m", help="Which scores, if there are several.")
    ] = None,
    patient: Annotated[str | None, typer.Option(help="Column of the patient (for scored samples).")] = None,
    visit: Annotated[str | None, typer.Option(help="Column of the visit (for scored samples).")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Visit whose sample stands for the patient (for scored samples).")
    ] = None,
    samples: Annotated[
        str | None,
        typer.Option(help="Scored samples of a patient: first, mean, or all (then the estimate only)."),
    ] = None,
    outcome_type: Annotated[
        str | None, typer.Option(help="binary, ordinal, numeric, repeated or time_to_event, where not clear.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Values of an ordered column, lowest first, comma-separated.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Column of the time from baseline; --response is then the event.")
    ] = None,
    covariates: Annotated[
        str | None,
        typer.Option(help="Columns to adjust for, comma-separated, in rows beside the unadjusted one."),
    ] = None,
    matched_set: Annotated[str | None, typer.Option(help="Column of matched sets.")] = None,
    matched_on: Annotated[
        str | None, typer.Option(help="What they were matched on: exposure or outcome.")
    ] = None,
    strata: Annotated[
        str | None, typer.Option(help="Column of groups with a baseline hazard of their own.")
    ] = None,
    primary: Annotated[str | None, typer.Option(help="Primary signature.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON records instead of TSV.")] = False,
) -> None:
    """Association of scores with a clinical response, as a table (TSV)."""
    from .. import tl

    given: dict[str, Any] = {
        "positive": positive, "negative": negative, "method": method, "patient": patient, "visit": visit,
        "baseline": baseline, "samples": samples, "outcome_type": outcome_type, "time": time, "matched_set": matched_set,
        "matched_on": matched_on, "strata": strata, "primary": primary,
    }  # fmt: skip
    given |= {"classes": names(classes or ""), "covariates": names(covariates or "")}
    table = tl.associate(read_h5ad(data), response=response, **given)
    write(table, output, as_json=as_json)


@app.command()
def report(
    results: Annotated[str, typer.Argument(help="Results folder that `ifnsig run` wrote.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar=ANY_FILE, help="HTML file to write.")
    ] = "report.html",
) -> None:
    """The HTML report of a results folder."""
    from ..report import Results, write_html
    from ..study import refuse_altered

    refuse_altered(results)
    write_html(Results.read(results), output)
    typer.echo(output)


@app.command()
def check(
    study: StudyFile,
    root: Root = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar=RESULTS, help="Results folder to look at, instead of the study's own."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """Validate a study without scoring: all faults at once; exit 1 if one of them would stop the run."""
    import json
    from dataclasses import asdict

    with progress() as watch:
        from ..study import check as check_study

        findings = check_study(stdin_too(study), root=root, output=output, watch=watch)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(f"{finding.severity}\t{finding.where}\t{finding.sentence}")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)
