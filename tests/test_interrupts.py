"""What is half done is done first: signals wait."""

from __future__ import annotations

import signal

import pytest

from ifnsig.interrupts import SIGNALS, finished, note_finished, uninterrupted


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_waits_for_the_end_of_the_step(number: signal.Signals) -> None:
    seen: list[str] = []
    before = signal.signal(number, lambda sent, frame: seen.append("signal"))
    try:
        with uninterrupted():
            signal.raise_signal(number)
            seen.append("step")
        assert seen == ["step", "signal"]
        signal.raise_signal(number)
        assert seen == ["step", "signal", "signal"]  # the handler is back
    finally:
        signal.signal(number, before)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with uninterrupted():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outputs_are_noted_only_where_somebody_keeps_the_list(tmp_path) -> None:  # type: ignore[no-untyped-def]
    note_finished(tmp_path)
    token = finished.set([])
    try:
        note_finished(tmp_path)
        assert finished.get() == [tmp_path]
    finally:
        finished.reset(token)
