"""What is being done, for a person at a terminal; nothing where stderr goes to a file or quiet was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ._app import is_quiet

Watch = Callable[[str], None]

STDOUT = "-"

_LINE: ContextVar[Watch | None] = ContextVar("ifnsig progress", default=None)


@contextmanager
def progress(first: str = "starting") -> Iterator[Watch | None]:
    """A line that names the present step, from ``first`` on; None where nobody looks.

    Tables may go to stdout meanwhile; what is said on stderr stands above the line.
    """
    if is_quiet() or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots", first)
    with Live(spinner, console=Console(stderr=True), transient=True, redirect_stdout=False) as live:

        def watch(step: str) -> None:
            if step == STDOUT:
                live.stop()  # a table on the same terminal has it for itself
            spinner.update(text=step.replace("_", " "))
            live.refresh()  # a short step is seen too

        token = _LINE.set(watch)
        try:
            yield watch
        finally:
            _LINE.reset(token)


def writing(output: str | None) -> None:
    """What is done last: a file is written, or the line makes way for the table on stdout."""
    doing(STDOUT if output in (None, STDOUT) else "writing")


def doing(step: str) -> None:
    """Name the step that begins, on the line that is shown, if one is."""
    watch = _LINE.get()
    if watch is not None:
        watch(step)
