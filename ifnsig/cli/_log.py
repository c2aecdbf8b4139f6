"""Log and warnings on stderr: ours after ``ifnsig:``, those of others after their own name."""

from __future__ import annotations

import contextlib
import logging
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
