"""What a signal does: the run stops, cleans up behind itself and says so in its exit code."""

from __future__ import annotations

import signal
import threading
from typing import NoReturn

STOPPED = 128
"""Exit code of a run that signal n stopped: 128 + n, as shells have it."""


class Stopped(BaseException):
    """Raised where a signal finds the program, so that what was being written is cleared away."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 + the signal's number."""
        return STOPPED + self.number


def _stop(number: int, frame: object) -> NoReturn:
    del frame
    signal.signal(number, signal.SIG_IGN)  # a second one must not end the clearing away
    raise Stopped(number)


def stop_cleanly() -> None:
    """Let SIGINT and SIGTERM end the program through its ``finally`` blocks."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
