"""Zarr stores of strangers: no array is opened before the metadata show that it is packed as numbers and text are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import TableError, listing
from ...parsing import json_of

METADATA = (".zarray", ".zmetadata", "zarr.json")
"""Files that say how arrays are packed; the second, and the third of a group, repeat those of all arrays below."""

CODECS = frozenset({
    "blosc", "zstd", "lz4", "zlib", "gzip", "bz2", "lzma", "shuffle", "delta", "fixedscaleoffset", "quantize", "bitround",
    "packbits", "astype", "crc32", "crc32c", "adler32", "fletcher32", "vlen-utf8", "vlen-bytes", "bytes", "transpose",
    "sharding_indexed", "cast_value", "scale_offset",
})  # fmt: skip
"""Codecs that make numbers and text of bytes and nothing else; pickle runs what the file says."""

OF_NUMCODECS = "numcodecs."
"""Before a codec's name in zarr 3 where it is one of zarr 2."""

BLOSC_HEADER = 16
"""Bytes that blosc writes before what it packs, among them how much it is."""

LISTS = frozenset({"filters", "compressor", "codecs", "index_codecs", "storage_transformers"})
"""Fields of metadata that hold a codec or several, at any depth."""


def refuse_unsafe(folder: Path) -> None:
    """Stop at a store that could run code or leads out of its folder, before any array is opened.

    Raises
    ------
    TableError
        A codec that is not of the list, metadata that cannot be read, or a link to what lies elsewhere.
    """
    home = folder.resolve()
    for place in _files(folder):
        shown = place.relative_to(folder)
        if place.is_symlink() and not place.resolve().is_relative_to(home):
            raise TableError(
                f"{folder.name}: {shown} is a link to {str(place.resolve())!r}. A store must hold all of its content:"
                " copy it with the files that its links name (cp --recursive --dereference)."
            )
        if place.name in METADATA and (strange := sorted(set(_codecs(_json(place, folder))) - CODECS)):
            raise TableError(
                f"{folder.name}: {shown} is packed by {listing(map(repr, strange))}, which is not read: a codec of objects"
                f" can run code. Allowed: {listing(sorted(CODECS), shown=99)}. Write the store again with text as vlen-utf8."
            )


def refuse_cut(folder: Path) -> None:
    """Stop at chunks that are too short for what blosc writes before its content, which would be taken from elsewhere.

    Raises
    ------
    TableError
        The first ones.
    """
    packed: dict[str, bool] = {}
    cut = []
    for where, _, names in os.walk(folder):
        told = next((Path(where) / name for name in (".zarray", "zarr.json") if name in names), None)
        above = packed.get(str(Path(where).parent), False)
        packed[where] = above if told is None else "blosc" in _codecs(_json(told, folder))
        if packed[where]:
            places = (Path(where) / name for name in names if name not in (*METADATA, ".zattrs"))
            cut += [place.relative_to(folder) for place in places if place.stat().st_size < BLOSC_HEADER]
    if cut:
        raise TableError(
            f"{folder.name}: {len(cut)} chunks are cut off: {listing(sorted(cut))}. Copy the store again."
        )


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        yield from (Path(where) / name for name in (*folders, *names))


def _json(place: Path, folder: Path) -> Any:
    # fill values may be NaN, whatever JSON says
    return json_of(place, name=f"{folder.name}: {place.relative_to(folder)}", error=TableError, finite=False)


def _codecs(told: Any) -> Iterator[str]:
    """Names of all codecs in metadata; what users wrote as attributes is left aside."""
    pending = [told]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
        elif isinstance(item, dict):
            for field, value in item.items():
                if field in LISTS and value is not None:
                    yield from map(_name, value if isinstance(value, list) else [value])
                if field != "attributes" and not field.endswith(".zattrs"):
                    pending.append(value)


def _name(codec: Any) -> str:
    name = codec.get("id", codec.get("name")) if isinstance(codec, dict) else codec
    return str(name).removeprefix(OF_NUMCODECS)
