"""Lines of a drafted study file: keys with what was recognised, questions, and names of strangers as TOML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import ParameterError, StudyFileError, listing
from ...parsing import toml_of
from ..schema._faults import OPEN

Kind = Literal["label", "labels", "value"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a table.

    Attributes
    ----------
    key
        The key; ``""`` for a line that is a comment alone.
    value
        What was recognised, or ``OPEN`` for a question.
    note
        By what it was recognised, or the question.
    allowed
        Answers that there can be, where they are few.
    kind
        Whether an answer is one label, several, or any value of TOML.
    """

    key: str
    value: Any = None
    note: str = ""
    allowed: tuple[str, ...] = ()
    kind: Kind = "label"

    @property
    def text(self) -> str:
        """The line."""
        said = commented(f"question: {self.note}" if self.value == OPEN else self.note)
        if not self.key:
            return said
        return f"{self.key} = {toml_value(self.value)}" + (f"  {said}" if self.note else "")


def question(key: str, note: str, allowed: tuple[str, ...] | list[str] = (), kind: Kind = "label") -> Entry:
    """A line that must be answered before the study can be checked or run."""
    return Entry(key, OPEN, note, tuple(allowed), kind)


def remark(note: str) -> Entry:
    """A comment."""
    return Entry("", None, note)


def answer_of(entry: Entry, answer: str) -> Any:
    """An answer as a value of TOML.

    Raises
    ------
    ParameterError
        It is none of those that there can be.
    """
    if entry.kind == "value":
        try:
            return toml_of(f"answer = {answer}", name="answer", error=StudyFileError)["answer"]
        except StudyFileError:
            return answer
    given = [part.strip() for part in answer.split(",")] if entry.kind == "labels" else [answer.strip()]
    if strange := [one for one in given if entry.allowed and one not in entry.allowed]:
        raise ParameterError(
            f"{listing(strange)} is no answer to {entry.key}. Possible: {listing(entry.allowed, shown=40)}."
        )
    return given if entry.kind == "labels" else given[0]


def toml_value(value: Any) -> str:
    """A value as TOML writes it, inside one line.

    Raises
    ------
    ParameterError
        A text that no TOML file can hold: bytes that are no UTF-8.
    """
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{toml_text(name)} = {toml_value(item)}" for name, item in value.items()) + " }"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return toml_text(value) if isinstance(value, str) else json.dumps(value)


def toml_text(text: str) -> str:
    """A text in quotation marks; what is not seen on a page is written as an escape."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParameterError(
            f"{text!r} cannot be written in a study file: it is no UTF-8. Rename it."
        ) from None
    return "".join(
        letter if letter.isprintable() else f"\\U{ord(letter):08X}"
        for letter in json.dumps(text, ensure_ascii=False)
    )


def commented(note: str) -> str:
    """A comment of one line, whatever names are in it."""
    seen = (
        letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()
        for letter in note
    )
    return f"# {''.join(seen)}"
