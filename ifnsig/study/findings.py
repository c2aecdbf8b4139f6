"""What is to be said of a study before it runs: faults, which stop it, and what else its reader should know."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from ..errors import IfnsigError, IfnsigWarning

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a reader should know before the study is run; an ``"error"`` would stop it."""

    severity: Severity
    where: str
    sentence: str


class StoppedError(Exception):
    """A fault was noted; what rests on it is not looked at."""


@dataclass(slots=True)
class Findings:
    """Findings in the order in which they were made.

    Attributes
    ----------
    watch
        Told what is looked at, as it begins.
    found
        Each finding once.
    warned
        Our warnings as sentences, for the report.
    first
        The fault that came first.
    """

    watch: Callable[[str], None] | None = None
    found: list[Finding] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    first: IfnsigError | None = None

    def note(self, severity: Severity, where: str, sentence: str) -> None:
        """Add a finding, if nothing of its kind says the same."""
        if not any((said.severity, said.sentence) == (severity, sentence) for said in self.found):
            self.found.append(Finding(severity, where, sentence))

    def fault(self, where: str, fault: IfnsigError) -> None:
        """Add an error, each fault of a sheet as a finding of its own; one place is at fault once."""
        if where in {said.where for said in self.errors}:
            return
        self.first = fault if self.first is None else self.first
        for sentence in getattr(fault, "faults", ()) or (str(fault),):
            self.note("error", where, sentence)

    @property
    def errors(self) -> list[Finding]:
        """What would stop the study."""
        return [said for said in self.found if said.severity == "error"]

    @contextmanager
    def at(self, where: str) -> Iterator[None]:
        """Inside, errors and warnings of ours become findings at this place.

        Raises
        ------
        StoppedError
            After an error.
        """
        caught: list[warnings.WarningMessage] = []
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", IfnsigWarning)
                yield
        except IfnsigError as fault:
            self.fault(where, fault)
            raise StoppedError from fault
        finally:
            for item in caught:
                self._hear(where, item)

    def _hear(self, where: str, item: warnings.WarningMessage) -> None:
        if issubclass(item.category, IfnsigWarning):
            self.warned.append(str(item.message))
            self.note("warning", where, str(item.message))
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)

    @contextmanager
    def part(self, where: str) -> Iterator[None]:
        """As :meth:`at`, for what stands alone: after an error, what follows is looked at all the same."""
        if self.watch is not None:
            self.watch(f"checking {where}")
        with suppress(StoppedError), self.at(where):
            yield

    def refuse(self) -> None:
        """Raise the first fault, and say the others with it.

        Raises
        ------
        IfnsigError
            There is a fault.
        """
        if self.first is None:
            return
        said = str(self.first)
        others = [other.sentence for other in self.errors if other.sentence not in said]
        if others:
            self.first.args = ("\n".join([said, "Also:", *(f"  {sentence}" for sentence in others)]),)
        raise self.first
