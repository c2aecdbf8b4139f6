"""A drafted study: its tables with what was recognised, its open questions, and their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...errors import UnknownNameError, listing, suggestion
from ..schema._faults import OPEN
from ._entries import Entry, answer_of


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its place as messages name it (``responses.0.parameters``; the top is ``""``), and its lines."""

    place: str
    entries: tuple[Entry, ...]

    @property
    def text(self) -> str:
        """Header and lines."""
        *tables, last = self.place.split(".")
        name = ".".join(part for part in (*tables, last) if not part.isdecimal())
        header = f"[[{name}]]" if last.isdecimal() else f"[{name}]" if name else ""
        return "\n".join([header, *(entry.text for entry in self.entries)]).lstrip()


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a drafted study leaves open.

    Attributes
    ----------
    key
        The key that waits for the answer, ``design.baseline``.
    sentence
        What is asked.
    allowed
        Answers that there can be, where they are few.
    """

    key: str
    sentence: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A study file to be read and finished by a person."""

    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """The file."""
        return "\n\n".join(section.text for section in self.sections) + "\n"

    @property
    def questions(self) -> tuple[Question, ...]:
        """What must be answered before the study can be checked or run, in the order of the file."""
        return tuple(
            Question(_key(section, entry), entry.note, entry.allowed)
            for section in self.sections
            for entry in section.entries
            if entry.value == OPEN
        )

    def answered(self, key: str, answer: str) -> Draft:
        """The draft with an answer in place of a question; ``-`` takes the line out.

        Parameters
        ----------
        key
            ``key`` of one of ``questions``.
        answer
            A label, several with commas between them, or a value as TOML writes it: what the question asks for.

        Raises
        ------
        UnknownNameError
            That question is not open.
        ParameterError
            The answer is none of those that there can be.
        """
        known = [one.key for one in self.questions]
        if key not in known:
            near = suggestion(key, known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise UnknownNameError(
                f"{key!r} is no open question.{hint} Open: {listing(known, shown=20) or 'none'}."
            )
        return Draft(tuple(_with_answer(section, key, answer) for section in self.sections))


def _with_answer(section: Section, key: str, answer: str) -> Section:
    entries = []
    for entry in section.entries:
        if _key(section, entry) != key:
            entries.append(entry)
        elif answer.strip() != "-":
            entries.append(replace(entry, value=answer_of(entry, answer), note=""))
    return replace(section, entries=tuple(entries))


def _key(section: Section, entry: Entry) -> str:
    return f"{section.place}.{entry.key}".lstrip(".")
