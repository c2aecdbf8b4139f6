"""`ifnsig schema`: JSON schemas of the sample sheet and of the study file, for workflows and editors."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ..errors import UsageError
from ._app import app

WHAT = ("samples", "study")


@app.command()
def schema(
    what: Annotated[str, typer.Argument(help="samples (a sample sheet) or study (a study file).")],
    study: Annotated[
        str | None, typer.Option(help="Study file (TOML) whose design names the columns of the sheet.")
    ] = None,
    nfcore: Annotated[
        bool, typer.Option("--nfcore", help="The whole sheet, as nf-core's schema_input.json; else one row.")
    ] = False,
) -> None:
    """JSON schema of a sample sheet or of the study file."""
    from ..study import Study, read_study, samples_schema

    if what not in WHAT:
        raise UsageError(f"There is a schema of {' and of '.join(WHAT)}; got {what!r}.")
    if what == "study" and (study is not None or nfcore):
        raise UsageError("--study and --nfcore belong to the schema of samples.")
    if what == "study":
        found = Study.model_json_schema()
    else:
        found = samples_schema(None if study is None else read_study(study), nfcore=nfcore)
    typer.echo(json.dumps(found, indent=2))
