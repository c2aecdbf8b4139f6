"""Looking for words in every byte of a folder: packed, compressed and escaped ones too."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import h5py
import numpy as np


def holders(folder: Path, words: dict[str, str]) -> dict[str, list[str]]:
    """What each word is -> the places of the folder that hold it; only words that are held."""
    found: dict[str, list[str]] = {}
    pieces = list(contents(folder))
    for what, word in words.items():
        shapes = forms(word)
        if places := [place for place, data in pieces if any(shape in data for shape in shapes)]:
            found[what] = places
    return found


def forms(word: str) -> set[bytes]:
    """A word in the encodings and escapes that files may use; texts are compared as small letters."""
    plain = word.lower()
    named = "".join(
        f"&{html.entities.codepoint2name[ord(letter)]};"
        if ord(letter) in html.entities.codepoint2name
        else letter
        for letter in plain
    )
    texts = [
        plain, unicodedata.normalize("NFD", plain), json.dumps(plain)[1:-1], html.escape(plain), quote(plain).lower(), named,
        plain.encode("ascii", "xmlcharrefreplace").decode(),
    ]  # fmt: skip
    texts.append(plain.upper())  # small letters of bytes are those of ASCII alone
    made = {text.encode(code).lower() for text in texts for code in ("utf-8", "utf-16-le", "utf-32-le")}
    made |= {plain.encode("latin-1", "replace"), plain.encode().hex().encode()}
    for shift in range(3):  # base64 packs three bytes at once: a word may begin at any of them
        packed = base64.b64encode(b"\0" * shift + word.encode())
        first, last = (0, 2, 3)[shift], len(packed) - (4 if (len(word.encode()) + shift) % 3 else 0)
        made.add(packed[first:last].lower())
    return made


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file, and of all that is packed in it, in small letters; names are contents too."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield f"the name {name}", name.lower().encode()
        if path.is_file():
            yield from _unpacked(name, path.read_bytes())


def _unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, data.lower()
    if data[:2] == b"\x1f\x8b":
        yield from _unpacked(f"{name}, unpacked", gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield f"{name}: the name {member}", member.lower().encode()
                yield from _unpacked(f"{name}: {member}", archive.read(member))
    elif data[:4] == b"\x89HDF":
        with h5py.File(io.BytesIO(data), "r") as store:
            yield from _stored(name, store)


def _stored(name: str, store: h5py.File) -> Iterator[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []

    def visit(place: str, item: h5py.Group | h5py.Dataset) -> None:
        found.append((f"{name}: {place}", place.lower().encode()))
        for key, value in item.attrs.items():
            found.append((f"{name}: {place}@{key}", key.lower().encode() + b" " + _bytes(value)))
        if isinstance(item, h5py.Dataset):
            found.append((f"{name}: {place}", _bytes(item[()])))

    visit("/", store["/"])
    store.visititems(visit)
    return iter(found)


def _bytes(value: object) -> bytes:
    cells = np.ravel(np.asarray(value, dtype=object)).tolist()
    texts = [cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells]
    return b"\0".join(texts).lower()
