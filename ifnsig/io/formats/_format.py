"""The record of a file format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of expression file.

    Attributes
    ----------
    name, title
        Short name (the file's name) and one line.
    read
        ``read(path, **options) -> AnnData``, samples x genes, ids as text. Where ``takes_many``, ``path`` may be a list
        of paths, or a mapping of sample id to path.
    recognises
        ``recognises(path, head)`` from the first 64 KiB of the (decompressed) content; for a folder the head is empty,
        and the path tells. None where it may be one, and a fallback that fits too leaves the choice to the user.
    unit
        Unit of the values it yields (unless an option asks for another), or ``""`` when the file's name tells it or
        the user must say.
    takes_many
        Whether one file holds one sample (or run), so that a study is many files.
    endings
        How the tool's files are named at their end (in small letters, unpacked): one in a folder of samples that is not
        recognised is damaged, and never left out.
    fallback
        Asked only when no other format recognises the file, so that it need not know them.
    """

    name: str
    title: str
    read: Callable[..., AnnData]
    recognises: Callable[[Path, bytes], bool | None]
    unit: str
    takes_many: bool = False
    endings: tuple[str, ...] = ()
    fallback: bool = False
