"""A read-only mapping of records: the one shape of all four listings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

from .errors import UnknownNameError, listing, suggestion

Record = TypeVar("Record")


class Catalogue(Mapping[str, Record], Generic[Record]):
    """Records by name. An unknown name is an error that offers the nearest known ones.

    Parameters
    ----------
    kind
        What one record is, in the singular (``"signature"``); used in messages.
    records
        The records, in the order in which they are listed.
    key
        Attribute that names a record.
    """

    def __init__(self, kind: str, records: Iterable[Record], *, key: str = "name") -> None:
        self.kind = kind
        self._records: dict[str, Record] = {}
        for record in records:
            name = getattr(record, key)
            if name in self._records:
                raise ValueError(f"Two {kind} records are named {name!r}.")
            self._records[name] = record

    def __getitem__(self, name: str) -> Record:
        try:
            return self._records[name]
        except (KeyError, TypeError):
            raise UnknownNameError(self._unknown(name)) from None

    def get(self, name: str, default: Any = None) -> Any:
        """The record, or ``default``: the one look-up that does not raise."""
        return self._records.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<{len(self)} {self.kind} records: {listing(self)}>"

    def _unknown(self, name: object) -> str:
        near = suggestion(name, self._records)
        hint = f" Did you mean {near!r}?" if near else f" Known: {listing(self._records, shown=20)}."
        return f"There is no {self.kind} named {name!r}.{hint}"

    def table(self) -> list[dict[str, Any]]:
        """One dict a record with its plain fields (functions are left out)."""
        return [_plain(record) for record in self._records.values()]


def _plain(record: object) -> dict[str, Any]:
    if not is_dataclass(record):
        return dict(vars(record))
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: value for name, value in values.items() if not callable(value)}
