"""stdin, stdout and stderr as they are found: closed, gone, or of an encoding that lacks letters."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

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
