"""``ifnsig bench``: peers side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import MissingFileError, UnknownNameError, listing, suggestion
from ._app import app

SLOWER = 3
"""Exit code when a comparison found something slower than allowed."""


@app.command()
def bench(
    works: Annotated[list[str] | None, typer.Argument(help="Works to time; all if none is named.")] = None,
    repeats: Annotated[
        int, typer.Option(help="Repeats of every contender, interleaved; medians are shown.")
    ] = 3,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Also write everything to this JSON file.")
    ] = None,
    compare: Annotated[str | None, typer.Option(help="JSON of an earlier run: say what got slower.")] = None,
    fail_over: Annotated[
        float, typer.Option(help="With --compare: exit 3 if a ratio fell by more than this factor.")
    ] = 1.2,
) -> None:
    """Time our calls and the peers' own on the same data, each in a process of its own (Markdown table)."""
    from ..bench import WORKS, run, table
    from ..bench.run import slower

    for name in works or []:
        if name not in WORKS:
            near = suggestion(name, WORKS)
            hint = f" Did you mean {near!r}?" if near else f" Works: {listing(WORKS, shown=30)}."
            raise UnknownNameError(f"There is no benchmark work named {name!r}.{hint}")
    if compare is not None and not Path(compare).is_file():
        raise MissingFileError(f"There is no results file {compare!r}.")
    results = run(works or list(WORKS), repeats=repeats)
    if output is not None:
        Path(output).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    typer.echo(table(results), nl=False)
    if results["absent"]:
        typer.echo(f"not installed, so not timed: {', '.join(results['absent'])}", err=True)
    if compare is not None and (worse := slower(results, json.loads(Path(compare).read_text()), fail_over)):
        typer.echo("\n".join(worse), err=True)
        raise typer.Exit(SLOWER)
