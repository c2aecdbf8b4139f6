"""``ifnsig bench``: peers side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ..checks import one_of
from ..errors import ParameterError, UnknownNameError, UsageError, listing, suggestion
from ._app import app, note
from ._outputs import ANY_FILE
from ._parse import names as words
from ._parse import write_text

if TYPE_CHECKING:
    from ..bench import Work

SLOWER = 3
"""Exit code when a comparison found something slower than allowed."""

STREAMED_FROM = 2**31
"""Bytes of a matrix from which it is streamed from the disk, where peers cannot follow."""


@app.command()
def bench(
    works: Annotated[
        list[str] | None,
        typer.Argument(help="Works or parts of the suite: table, slow, worst, floor, scaling, start, stream, or all."),
    ] = None,
    samples: Annotated[
        str | None, typer.Option(help="Sizes of cohorts to time instead, with commas: 100,1000,1000000.")
    ] = None,
    genes: Annotated[int, typer.Option(help="With --samples: genes.")] = 2000,
    shape: Annotated[
        str, typer.Option(help="With --samples: simulated, simulated_cells (CSR), bulk, cells ...")
    ] = "simulated",
    methods: Annotated[
        str, typer.Option(help="With --samples: methods, with commas.")
    ] = "ssgsea,singscore,ucell,aucell,zscore",
    peers: Annotated[
        str | None, typer.Option(help="With --samples: packages to compare with (all installed ones; none: '').")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Interleaved repeats of every contender; medians are shown.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="Threads of every contender.")] = 2,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar=ANY_FILE, help="Also write everything to this JSON file.")
    ] = None,
    markdown: Annotated[
        str | None, typer.Option(metavar=ANY_FILE, help="Also write the tables to this Markdown file.")
    ] = None,
    compare: Annotated[str | None, typer.Option(help="JSON of an earlier run: say what got slower.")] = None,
    fail_over: Annotated[
        float, typer.Option(help="With --compare: exit 3 if a ratio fell by more than this factor.")
    ] = 1.2,
) -> None:  # fmt: skip
    """Time our calls and the peers' own on the same data, each in a process of its own (Markdown tables).

    Without works and sizes: simulated cohorts of 100 and 1,000 samples.
    """
    from ..bench.history import compared, read_results, slower
    from ..bench.suite import run_suite
    from ..bench.tables import page

    if works and samples:
        raise UsageError(
            "Works and --samples are two ways to say what is timed; give one of them. Got"
            f" {listing(works)} and --samples {samples}."
        )
    if not fail_over >= 1:
        raise ParameterError(f"--fail-over must be at least 1. Got {fail_over!r}.")
    old = None if compare is None else read_results(compare)
    named = _named(works or [])
    sized = [] if named else _sized(samples or "100,1000", genes, shape, words(methods), peers)
    results = run_suite(named, sized=sized, repeats=repeats, threads=threads)
    text = page(results)
    if output is not None:
        write_text(json.dumps(results, indent=1) + "\n", output)
    if markdown is not None:
        write_text(text, markdown)
    typer.echo(text, nl=False)
    for row in results["rows"]:
        for name, fault in row["errors"].items():
            typer.echo(f"ifnsig: warning: {row['name']}: {name} failed: {fault}", err=True)
    if old is not None:
        worse = slower(results, old, fail_over)
        for line in worse:
            typer.echo(f"ifnsig: slower: {line}", err=True)
        note(f"{compared(results, old)} works compared, {len(worse)} slower")
        if worse:
            raise typer.Exit(SLOWER)


def _named(asked: list[str]) -> list[str]:
    from ..bench import WORKS
    from ..bench.suite import PARTS, SLOW

    known = [*PARTS, SLOW, "all", *WORKS]
    for name in asked:
        if name not in known:
            near = suggestion(name, known)
            hint = f" Did you mean {near!r}?" if near else f" There are: {listing(known, shown=50)}."
            raise UnknownNameError(f"There is no benchmark work named {name!r}.{hint}")
    return [*PARTS, SLOW] if "all" in asked else asked


def _sized(samples: str, genes: int, shape: str, methods: list[str], peers: str | None) -> list[Work]:
    from ..bench.contenders import CONTENDERS
    from ..bench.data import SHAPES
    from ..bench.works import sized

    one_of(shape, tuple(SHAPES), name="--shape", function="ifnsig bench")
    timed = tuple(one.method for one in CONTENDERS.values() if one.ours)
    for method in methods:
        one_of(method, timed, name="--methods", function="ifnsig bench")
    packages = None if peers is None else set(words(peers))
    known = {one.package for one in CONTENDERS.values() if not one.ours}
    for package in sorted((packages or set()) - known):
        raise UnknownNameError(
            f"There is no peer named {package!r}. Peers: {listing(sorted(known), shown=20)}."
        )
    share = 0.17 * 2 if SHAPES[shape].sparse else 1  # of float32 bytes; a stored value has its column number
    return [
        sized(method, shape, n, genes, packages, disk=n * genes * 4 * share > STREAMED_FROM)
        for n in _sizes(samples)
        for method in methods
    ]  # fmt: skip


def _sizes(text: str) -> list[int]:
    sizes = []
    for word in words(text):
        try:
            number = float(word)
        except ValueError:
            number = 0.5
        if number != int(number) or number < 2:
            raise ParameterError(f"--samples must list whole numbers from 2 up, with commas. Got {text!r}.")
        sizes.append(int(number))
    return sizes


__all__ = ["bench"]
