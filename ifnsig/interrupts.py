"""Steps that no signal may cut in two, and what was put in its place so far."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
"""Signals that ask a program to stop, and the alarm by which the command line asks again."""

finished: ContextVar[list[Path] | None] = ContextVar("ifnsig finished", default=None)
"""Outputs that are complete and in their place, where somebody keeps the list: the command line tells it who stops a run."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Inside, signals that stop the program wait: what is half done is done first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in SIGNALS:
            before[number] = signal.getsignal(number)
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, lambda sent, frame: waiting.append(sent))
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, signal.SIG_DFL if action is None else action)
        for caught in waiting[:1]:
            signal.raise_signal(caught)


def note_finished(path: Path) -> None:
    """An output is in its place; to be said inside :func:`uninterrupted`, as part of the step that put it there."""
    known = finished.get()
    if known is not None:
        known.append(path)
