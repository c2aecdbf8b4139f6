"""What a signal does: the run stops, cleans up behind itself and says so in its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

STOPPED = 128
"""Exit code of a run that signal n stopped: 128 + n, as shells have it."""

AGAIN = 0.1
"""Seconds after which a signal is raised once more, where whoever it found has swallowed it."""


class Stopped(BaseException):
    """Raised where a signal finds the program, so that what was being written is cleared away."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 + the signal's number."""
        return STOPPED + self.number


@dataclass(slots=True)
class _Stop:
    """The first signal that came.

    It may find the program in a callback of C, in ``__del__`` or in the collector of garbage, where Python can raise
    nothing. So an alarm raises it anew until it is seen to be on its way.
    """

    number: int | None = None

    def ask(self, number: int, frame: object) -> NoReturn:
        """A signal came; the second one does not wait for the clearing away."""
        del frame
        if self.number is not None:
            _end_at_once(number)
        self.number = number
        signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
        raise Stopped(number)

    def ask_again(self, number: int, frame: object) -> None:
        """The alarm: raise what got lost."""
        del number, frame
        if self.number is not None and not _is_on_its_way():
            raise Stopped(self.number)


def _is_on_its_way() -> bool:
    """Whether the program is being left at this moment: some ``finally`` or ``except`` is at work on the exception."""
    fault = sys.exception()
    while fault is not None and not isinstance(fault, Stopped):
        fault = fault.__context__
    return fault is not None


def _end_at_once(number: int) -> NoReturn:
    shown = "\x1b[?25h" if os.isatty(2) else ""  # the line of progress hides the cursor
    try:
        os.write(
            2, f"{shown}ifnsig: error: stopped at once by signal {number}; the next run clears up\n".encode()
        )
    finally:
        os._exit(STOPPED + number)


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Inside, SIGINT, SIGTERM and SIGHUP end the program through its ``finally`` blocks, by :class:`Stopped`.

    Whoever started the program with SIGHUP ignored (``nohup``) keeps it so. After a signal the handlers stay: a second one
    ends the program also while it says why.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stop = _Stop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, stop.ask_again)
    told, sys.unraisablehook = sys.unraisablehook, _quiet(sys.unraisablehook)
    try:
        yield
    finally:
        sys.unraisablehook = told
        signal.setitimer(signal.ITIMER_REAL, 0)
        if stop.number is not None:  # it may have been swallowed until the very end
            raise Stopped(stop.number)
        for number, action in before.items():
            signal.signal(number, signal.SIG_DFL if action is None else action)


def _quiet(told: Any) -> Any:
    """The hook for what could not be raised, with no word of what is raised again."""

    def hook(lost: Any) -> None:
        if not isinstance(lost.exc_value, Stopped):
            told(lost)

    return hook
