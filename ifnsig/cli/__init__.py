"""The command line: parse, call, write. Data go to stdout, the log to stderr; exit 0, 1 for data, 2 for usage."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

import typer

from ..doors import through
from ..errors import IfnsigError, listing
from ..interrupts import finished
from . import (  # noqa: F401  (they add their commands to the app)
    _bench,
    _init,
    _lists,
    _merge,
    _power,
    _respond,
    _score,
    _signatures,
    _verbs,
    _workflow,
)
from ._app import app
from ._parse import shown
from ._signals import STOPPED, Stopped, stopping_cleanly
from ._terminal import log_to_stderr, make_usable

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``ifnsig`` command."""
    make_usable()
    log_to_stderr()
    token = finished.set([])
    try:
        with stopping_cleanly():
            _main(arguments)
    except Stopped as stop:
        _say(f"stopped by signal {stop.number}; {_what_stays()}")
        # all is cleared away; a library that the signal found half loaded may abort where the interpreter winds it up
        os._exit(stop.exit_code)
    finally:
        finished.reset(token)
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            _let_go_of(sys.stderr)  # nobody can be told, and the exit code is that of the work


def _main(arguments: Sequence[str] | None) -> None:
    """Do it, and end with one line and a code where that cannot be done."""
    try:
        try:
            with through("command line"):
                app(args=None if arguments is None else list(arguments))
        finally:
            sys.stdout.flush()  # a full disk must show in the exit code
    except IfnsigError as fault:
        _end(str(fault), fault.exit_code)
    except SystemExit as end:
        if isinstance(
            end.__context__, BrokenPipeError
        ):  # whoever read our output has seen enough, as `head` has
            _let_go_of(sys.stdout)
            raise SystemExit(STOPPED + signal.SIGPIPE) from None
        raise
    except BrokenPipeError:
        _let_go_of(sys.stdout)
        raise SystemExit(STOPPED + signal.SIGPIPE) from None
    except OSError as fault:
        try:
            sys.stdout.flush()
        except OSError:
            _let_go_of(sys.stdout)  # it is stdout that failed, not a file
        _end(str(fault), 1)
    except MemoryError as fault:
        _end(f"there is not enough memory{f': {fault}' if str(fault) else ''}; {_what_stays()}", 1)
    except UnicodeEncodeError as fault:
        _end(
            f"{fault.object[fault.start : fault.end]!r} cannot be written in {fault.encoding}: name a file with --output,"
            " or set PYTHONIOENCODING=utf-8.",
            1,
        )


def _what_stays() -> str:
    """What was put in its place before the end, and is there."""
    there = [str(shown(path)) for path in dict.fromkeys(finished.get() or []) if path.exists()]
    return f"the results are complete in {listing(there)}" if there else "no file was written or changed"


def _let_go_of(stream: TextIO) -> None:
    """What could not be written cannot be written at the end either: do not try again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):
        typer.echo(f"ifnsig: error: {sentence}", err=True)


def _end(sentence: str, code: int) -> NoReturn:
    _say(sentence)
    raise SystemExit(code) from None
