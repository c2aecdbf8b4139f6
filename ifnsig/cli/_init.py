"""``ifnsig init``: a first study file from the files that are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ParameterError, StudyFileError
from ._app import app, note
from ._outputs import STDOUT, STUDY
from ._parse import shown

if TYPE_CHECKING:
    from ..study import Draft, Finding


@app.command()
def init(
    expression: Annotated[str, typer.Argument(help="Expression file or folder.")],
    samples: Annotated[
        str | None,
        typer.Argument(help="Sample sheet; without it, what the expression file says of its samples."),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar=STUDY, help="Study file to write, never over one; - for stdout."
        ),
    ] = "study.toml",
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing at the terminal: questions stay in the file.")
    ] = False,
) -> None:
    """Draft a study file: what is recognised, and questions where it cannot be known; then check it."""
    from ..study import draft

    to_stdout = output == STDOUT
    drafted = draft(expression, samples, folder="." if to_stdout else Path(output).parent)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        drafted = _asked(drafted)
    if to_stdout:
        sys.stdout.write(drafted.text)
        return
    from ..io.files._replace import replacing

    with replacing(output, new=True) as temporary:
        temporary.write_text(drafted.text, encoding="utf-8")
    note(f"{shown(Path(output))} is written: read it, line by line.")
    for finding in _findings(output):
        typer.echo(f"{finding.severity}\t{finding.where}\t{finding.sentence}")


def _findings(path: str) -> list[Finding]:
    """What ``ifnsig check`` says; open questions are a finding here: the file was written as it should be."""
    from ..study import Finding, check

    try:
        return check(path)
    except StudyFileError as fault:
        return [Finding("error", "study file", str(fault))]


def _asked(drafted: Draft) -> Draft:
    """Ask the questions one by one; Enter leaves one in the file."""
    for question in drafted.questions:
        while True:
            answer = typer.prompt(
                f"{question.key}: {question.sentence} (Enter: later, -: take it out)",
                default="",
                show_default=False,
                err=True,
            )
            if not answer.strip():
                break
            try:
                drafted = drafted.answered(question.key, answer)
                break
            except ParameterError as fault:
                typer.echo(str(fault), err=True)
    return drafted
