"""What workflows and editors need: ``ifnsig workflow export`` (those that come with the package), ``ifnsig schema``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import __version__
from ..errors import MissingFileError, UsageError, listing
from ._app import App, app
from ._outputs import COPY
from ._parse import shown

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


workflow = App(name="workflow", help="The workflows that come with ifnsig.", no_args_is_help=True)
app.add_typer(workflow)

Engine = Literal["snakemake", "nextflow", "cwl"]
PACKAGE = Path(__file__).parents[1]
HOMES = (PACKAGE / "_workflows", PACKAGE.parent / "workflows")
"""Where the workflows are: in an installed package, or in a clone."""

LEFT = frozenset({".test", "__pycache__", ".snakemake", ".nextflow", "work"})
"""Folders that stay: tests on the example data of the repository, and what engines leave behind."""

PINS = (
    re.compile(r"(?P<before>\bifnsig ?[=:] ?)\d+(?:\.\w+)*"),  # ifnsig =1.2.3, ifnsig:1.2.3--pyhdfd78af_0
    re.compile(r'(?P<before>\bifnsig:\n +version: \[")\d+(?:\.\w+)*'),  # packages of CWL
)
"""Every way in which a file names the version of ifnsig that it was written for."""


@workflow.command()
def export(
    engine: Annotated[Engine, typer.Argument(help="snakemake, nextflow or cwl.")],
    folder: Annotated[
        str | None, typer.Argument(metavar=COPY, help="Where to; ./ifnsig-<engine> by default.")
    ] = None,
) -> None:
    """Copy a workflow to a folder, pinned to this version of ifnsig; never over files that are there."""
    target = Path(folder if folder is not None else f"ifnsig-{engine}")
    texts = pinned(engine, __version__)
    there = [name for name in texts if (target / name).exists() or (target / name).is_symlink()]
    if there:
        raise UsageError(
            f"{str(target)!r} has {len(there)} of the {len(texts)} files already: {listing(there)}. Nothing was written;"
            " name another folder or move them away."
        )
    written: list[Path] = []
    try:
        for name, text in texts.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            with (target / name).open("x", encoding="utf-8", newline="") as stream:
                written.append(target / name)
                stream.write(text)
    except BaseException:  # a full disk, a file where a folder is needed, Ctrl-C: nothing stays half-written
        for path in written:
            path.unlink(missing_ok=True)
        raise
    typer.echo(str(shown(target)))


def pinned(engine: str, version: str) -> dict[str, str]:
    """The text of each file of a workflow, by its path, with ``version`` wherever one of ifnsig is named.

    Raises
    ------
    MissingFileError
        The package was installed without its workflows.
    """
    home = next((place / engine for place in HOMES if (place / engine).is_dir()), None)
    if home is None:
        raise MissingFileError(
            f"The {engine} workflow is not in this installation: {listing(HOMES)} are not there. Install"
            " ifnsig from a wheel."
        )
    texts = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if path.is_file() and not LEFT.intersection(name.parts):
            text = path.read_text(encoding="utf-8")
            for pin in PINS:
                text = pin.sub(lambda found: found["before"] + version, text)
            texts[name.as_posix()] = text
    return texts
