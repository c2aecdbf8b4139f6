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
        ``read(path, **options) -> AnnData``, samples x genes, ids as text.
    recognises
        ``recognises(path, head) -> bool`` from the first 64 KiB of the (decompressed) content.
    unit
        Unit of the values it yields, or ``""`` when the file cannot say and the user must.
    """

    name: str
    title: str
    read: Callable[..., AnnData]
    recognises: Callable[[Path, bytes], bool]
    unit: str
