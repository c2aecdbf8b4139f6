"""What there is: methods, responses, formats, version and what a bug report needs (signatures are in ``_signatures``)."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from ._app import app

if TYPE_CHECKING:
    from ..methods import Method
    from ..responses import Response


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EXTRA = re.compile(r";.*\bextra\s*==\s*[\"'](?P<extra>[^\"']+)")
DEVELOPMENT = ("dev", "docs", "test")
"""Extras that are tools of who works on the package: they change no number."""

THREADS = (
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
    "NUMBA_CACHE_DIR",
    "NUMBA_DISABLE_JIT",
    "OMP_NUM_THREADS",
)


@app.command()
def methods(
    name: Annotated[str | None, typer.Argument(help="One method: its units, source and options.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List the scoring methods, or show one with its options."""
    from ..methods import METHODS

    if name is not None:
        _show_method(METHODS[name], as_json)
        return
    rows = [
        {
            "name": m.name, "scopes": ", ".join(m.scopes), "options": ", ".join(m.parameters),
            "units": ", ".join(sorted(m.units)),
            "doi": m.doi, "summary": m.summary,
        }
        for m in METHODS.values()
    ]  # fmt: skip
    list_rows(rows, as_json)


def _show_method(record: Method, as_json: bool) -> None:
    from dataclasses import asdict

    facts = {
        "summary": record.summary, "scopes": ", ".join(record.scopes), "units": ", ".join(sorted(record.units)),
        "doi": record.doi,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps({**facts, "options": [asdict(option) for option in record.options]}, indent=2))
        return
    for key, text in facts.items():
        if text:
            typer.echo(f"{key}\t{text}")
    for option in record.options:
        default = "no default" if option.default is None else f"default {option.default}"
        typer.echo(f"option\t{option.name}\t{default}\t{option.allowed}\t{option.meaning}")


@app.command()
def responses(
    name: Annotated[
        str | None, typer.Argument(help="One measure: its rule, source, options and inputs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List the clinical response measures, or show one."""
    from ..responses import RESPONSES

    if name is not None:
        _show_response(RESPONSES[name], as_json)
        return
    rows = [
        {
            "name": r.name, "inputs": ", ".join(entry.name for entry in r.inputs), "classes": " < ".join(r.classes),
            "options": ", ".join(r.parameters), "missing": r.missing, "doi": r.doi, "title": r.title,
        }
        for r in RESPONSES.values()
    ]  # fmt: skip
    list_rows(rows, as_json)


def _show_response(record: Response, as_json: bool) -> None:
    from dataclasses import asdict

    entries = [
        {**asdict(entry), "high": entry.high if entry.high < float("inf") else None}
        for entry in record.inputs
    ]
    if as_json:
        typer.echo(json.dumps({**record.facts, "options": record.parameters, "inputs": entries}, indent=2))
        return
    facts = {
        "title": record.title, "rule": record.rule, "classes": " < ".join(record.classes),
        "favourable": ", ".join(record.favourable), "unfavourable": ", ".join(record.unfavourable),
        "missing": record.missing, "doi": record.doi, "source": record.source,
        "secondary": "read in secondary sources only" if record.secondary else "",
    }  # fmt: skip
    for key, text in facts.items():
        if text:
            typer.echo(f"{key}\t{text}")
    for key, default in record.parameters.items():
        typer.echo(f"option\t{key}\t{'no default' if default is None else f'default {default}'}")
    for entry in record.inputs:
        limits = f"{entry.low:g} to {entry.high:g}{', whole' if entry.whole else ''}"
        needed = "needed" if entry.required else "not always needed"
        typer.echo(f"input\t{entry.name}\t{entry.title}\t{entry.unit}\t{limits}\t{entry.visits}\t{needed}")


@app.command()
def formats(
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
) -> None:
    """List the file formats."""
    from ..io import FORMATS

    list_rows(
        [{"name": f.name, "unit": f.unit or "to be declared", "title": f.title} for f in FORMATS.values()],
        as_json,
    )


@app.command()
def version(
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON for a bug report: Python, machine and the libraries, too.")
    ] = False,
) -> None:
    """The version of ifnsig."""
    if not as_json:
        typer.echo(__version__)
        return

    typer.echo(json.dumps(facts(), indent=2))


def facts() -> dict[str, Any]:
    """Versions and machine, as plain values; nothing heavy is imported for it."""
    needed, optional = dependencies()
    return {
        "ifnsig": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "dependencies": {name: installed(name) for name in needed},
        "optional": {name: found for name in optional if (found := installed(name)) is not None},
        "environment": {name: os.environ[name] for name in THREADS if name in os.environ},
    }


def dependencies() -> tuple[list[str], list[str]]:
    """Packages that the installed ifnsig needs, and those of its optional extras."""
    needed: list[str] = []
    optional: list[str] = []
    for line in importlib.metadata.requires("ifnsig") or []:
        name, extra = NAME.match(line), EXTRA.search(line)
        if name is None or (extra is not None and extra["extra"] in DEVELOPMENT):
            continue
        (needed if extra is None else optional).append(name[0])
    return sorted(set(needed)), sorted(set(optional) - set(needed))


def installed(name: str) -> str | None:
    """The version of a package, or None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def list_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Rows as tab-separated text or as JSON, on stdout."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    typer.echo("\t".join(rows[0]))
    for row in rows:
        typer.echo("\t".join(str(value) for value in row.values()))
