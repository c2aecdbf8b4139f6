"""The command that every part of the command line joins, and what all commands share: ``-h``, ``--quiet``, ``--verbose``."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..doors import through
from ..errors import IfnsigError, UsageError
from ._outputs import Command

logger = logging.getLogger("ifnsig")
_QUIET: ContextVar[bool] = ContextVar("ifnsig quiet", default=False)

ORDER = (
    "init", "check", "run", "report", "rerun", "shard", "score", "change", "respond", "associate", "normalize",
    "fit-reference", "merge", "signatures", "methods", "responses", "formats", "workflow", "power", "bench", "schema",
    "version",
)  # fmt: skip
"""Commands as people meet them: a study, its steps one by one, what there is, and the rest."""

Quiet = Annotated[bool, typer.Option("--quiet", help="Warnings and errors only on stderr; no progress.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Details of the work, and where an error was raised.")
]


class InOrder(TyperGroup):
    """Commands in the order of what people do first; those that it does not know come last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands."""
        known = {name: place for place, name in enumerate(ORDER)}
        return sorted(super().list_commands(ctx), key=lambda name: known.get(name, len(known)))


class App(typer.Typer):
    """A group whose commands take ``--quiet`` and ``--verbose``, speak the language of the command line and look first
    at what they are to write."""

    def command(self, name: str | None = None, **given: Any) -> Callable[[Any], Any]:
        """As Typer's own."""
        register = super().command(name, cls=Command, **given)
        group = self.info.name if isinstance(self.info.name, str) and self is not app else None

        def add(function: Any) -> Any:
            register(shared(group or name or function.__name__)(function))
            return function

        return add


def shared(command: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options that all have, and word its messages for the command line."""
    return lambda function: _with_shared(function, command)


def _with_shared(function: Callable[..., Any], command: str) -> Callable[..., Any]:
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in (("quiet", Quiet), ("verbose", Verbose))
    ]
    own = [
        entry.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for entry in inspect.signature(function, eval_str=True).parameters.values()
    ]

    @wraps(function)
    def run(*, quiet: bool, verbose: bool, **given: Any) -> Any:
        with loudness(quiet, verbose), through("command line", command):
            try:
                return function(**given)
            except IfnsigError:
                logger.debug("ifnsig %s stopped:", __version__, exc_info=True)
                raise

    every = [*own, *more]
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    run.__annotations__ = {entry.name: entry.annotation for entry in every}
    return run


@contextmanager
def loudness(quiet: bool, verbose: bool) -> Iterator[None]:
    """Inside, our logger says more, or less.

    Raises
    ------
    UsageError
        Both at once.
    """
    if quiet and verbose:
        raise UsageError("Give one of --quiet and --verbose.")
    before, token = logger.level, _QUIET.set(not verbose and (quiet or _QUIET.get()))
    if quiet or verbose:
        logger.setLevel(logging.WARNING if quiet else logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether only warnings and errors are wanted on stderr."""
    return _QUIET.get()


def note(sentence: str) -> None:
    """Tell the person at the terminal what was done, unless quiet was asked for."""
    if not is_quiet():
        typer.echo(f"ifnsig: {sentence}", err=True)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


app = App(
    name="ifnsig",
    cls=InOrder,
    help="Interferon signature scores before and during JAK inhibition, tied to clinical response.",
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def everywhere(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Options before the command, which every command also takes after its name."""
    del version
    context.with_resource(loudness(quiet, verbose))
