"""What is being done, for a person at a terminal; nothing where stderr goes to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None] | None]:
    """A line that names the present step; None when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as line:
        yield lambda step: line.update(step.replace("_", " "))
