"""The terminal: stdin, stdout and stderr as they are found (closed, gone, of an encoding that lacks letters), and log and
warnings on stderr, ours after ``ifnsig:``, those of others after their own name."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from ..errors import IfnsigWarning


class ToStderr(logging.Handler):
    """Lines on what stderr is at the time; ``own`` takes ours alone, else all but ours."""

    def __init__(self, *, own: bool) -> None:
        super().__init__(logging.NOTSET if own else logging.WARNING)  # how much of ours: --quiet, --verbose
        self.own = own
        self.addFilter(lambda record: own == (record.name.partition(".")[0] == "ifnsig"))

    def emit(self, record: logging.LogRecord) -> None:
        """One line, after the name of whoever says it; below it, where an error was raised."""
        _tell(f"{record.name.partition('.')[0]}: {self.format(record)}")


def log_to_stderr() -> None:
    """Show the log of this program and the warnings of all others."""
    for name in ("ifnsig", None):
        logger = logging.getLogger(name)
        if not any(isinstance(handler, ToStderr) for handler in logger.handlers):
            logger.addHandler(ToStderr(own=name is not None))
    logging.getLogger("ifnsig").setLevel(logging.INFO)
    warnings.showwarning = _show_warning


def _show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    del more
    ours = issubclass(category, IfnsigWarning)
    who = "ifnsig: warning" if ours else f"{_package(str(place[0]) if place else '')}{category.__name__}"
    _tell(f"{who}: {message}")


def _tell(line: str) -> None:
    """A line on what stderr is now: above the line of progress, where one is shown."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _package(file: str) -> str:
    """``"anndata: "`` of a file that a package brought; nothing of any other."""
    parts = Path(file).parts
    homes = [place for place, part in enumerate(parts[:-1]) if part == "site-packages"]
    return f"{parts[homes[-1] + 1].removesuffix('.py')}: " if homes else ""


MODES = {0: os.O_RDONLY, 1: os.O_RDONLY, 2: os.O_WRONLY}
"""How a closed one is filled: what goes to a closed stdout fails, what goes to a closed stderr is nobody's."""


def make_usable() -> None:
    """See that all three are there, and that no name of a file or a gene can break a message.

    A number that is closed would be given to the next file that is opened, and what C libraries say on stderr would be
    written into it. Where the locale says ASCII, it says nothing: text is UTF-8, as in files. Bytes of a file name that
    are no text leave as they came.
    """
    for number, mode in MODES.items():
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                _fill(number, mode)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  (for the rest of the process)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    _reconfigure(sys.stdout, "surrogateescape")
    _reconfigure(sys.stderr, "backslashreplace")


def _fill(number: int, mode: int) -> None:
    opened = os.open(os.devnull, mode)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _reconfigure(stream: Any, errors: str) -> None:
    if not hasattr(stream, "reconfigure"):  # replaced by whoever calls from Python
        return
    plain = (stream.encoding or "ascii").lower().replace("-", "") in ("ascii", "usascii", "ansi_x3.41968")
    with contextlib.suppress(OSError, ValueError):
        stream.reconfigure(encoding="utf-8" if plain else None, errors=errors)
