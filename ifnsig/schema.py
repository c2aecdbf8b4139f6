"""What all tables of a study file share: a closed schema, and names checked against their list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from .catalogue import Catalogue
from .errors import UnknownNameError, suggestion

Label = str | bool | int | float
"""A label as a study file writes it; :mod:`ifnsig.labels` reads it."""

PlaceName = Annotated[str, WithJsonSchema({"type": "string", "format": "path"})]
"""A file or folder, relative to the study file's folder. The mark is what hashes and workflows go by."""

ColumnName = Annotated[str, WithJsonSchema({"type": "string", "format": "column"})]
"""A column of the sheet or the clinical table that is read by its name. Under pseudonyms, columns with the mark stay."""


class Part(BaseModel):
    """A table of the study file: no key beyond those declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def known(names: list[str], catalogue: Catalogue[Any]) -> None:
    """Raise for the names that the catalogue does not hold."""
    for name in names:
        try:
            catalogue[name]
        except UnknownNameError as fault:
            raise ValueError(str(fault).rstrip(".")) from None


def one_name(name: str, known: Iterable[str], what: str) -> None:
    """Raise for a name that is not in the list, with the nearest one."""
    names = list(known)
    if name not in names:
        near = suggestion(name, names)
        hint = f" Did you mean {near!r}?" if near else ""
        raise ValueError(f"there is no {what} named {name!r}.{hint} Known: {', '.join(names)}")
