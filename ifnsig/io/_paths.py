"""From what the user names (a file, a folder, a list) to one format and the files it reads."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from ..catalogue import Catalogue
from ..doors import argument, give
from ..errors import MissingFileError, ParameterError, TableError, listing
from ..places import existing_or_folder
from .files._regular import regular
from .formats._format import Format
from .formats._hints import hint
from .formats._parts import Paths, without_packing
from .text._text import read_head

log = logging.getLogger("ifnsig")

Found: TypeAlias = "Path | list[Path] | dict[str, Path]"
DEPTH = 2
"""Folders below the named one that are looked into: ``results/<sample>/quant.sf`` and one more."""


def find(paths: Paths, format: str | None, formats: Catalogue[Format]) -> tuple[Format, Found]:
    """The format, and the file or files to read.

    Raises
    ------
    MissingFileError
        A file or folder is not there, or a folder holds nothing to read.
    TableError
        No format fits, or more than one.
    ParameterError
        No file, or one file twice.
    """
    asked = None if format is None else formats[format]
    if isinstance(paths, (str, Path)):
        place = present(paths)
        return (
            _in_folder(place, asked, formats)
            if place.is_dir()
            else (asked or recognise(place, formats), place)
        )
    names = {str(name): present(path) for name, path in paths.items()} if isinstance(paths, Mapping) else None
    places = [present(path) for path in paths] if names is None else list(names.values())
    if not places:
        raise ParameterError("There is no file to read: the list of paths is empty.")
    if asked is None:
        fitting = {record.name for record in (_of_one(place, formats) for place in places)}
        if len(fitting) > 1:
            raise TableError(
                f"The files are of several formats: {listing(sorted(fitting))}. Read them one by one."
            )
        asked = formats[fitting.pop()]
    if names is not None:
        return asked, {name: _file_of(place, asked) for name, place in names.items()}
    if not asked.takes_many and len(places) == 1:
        return asked, places[0]
    if len(set(places)) < len(places):
        doubled = [str(place) for place in dict.fromkeys(places) if places.count(place) > 1]
        raise ParameterError(f"Files are given more than once: {listing(doubled)}.")
    return asked, [_file_of(place, asked) for place in places]


def present(path: str | Path) -> Path:
    """``path`` if it is a file or folder; of a pipe, a file with what comes from it.

    Raises
    ------
    MissingFileError
        There is nothing of that name.
    """
    return existing_or_folder(regular(path))


def recognise(path: Path, formats: Catalogue[Format]) -> Format:
    """The one format that fits the content of ``path``.

    Raises
    ------
    TableError
        The file is empty, or no format fits, or more than one.
    """
    head = b"" if path.is_dir() else read_head(path)
    if not path.is_dir() and not head.strip(b"\r\n\t \xef\xbb\xbf"):
        raise TableError(f"{path.name} is empty.")
    fitting = _fitting(path, head, formats)
    if len(fitting) == 1:
        log.info("%s: recognised as %s (%s).", path.name, fitting[0].name, fitting[0].title)
        return fitting[0]
    if fitting:
        names = ", ".join(record.name for record in fitting)
        raise TableError(
            f"{path.name} could be of several formats: {names}. Say which: {argument('io.read', 'format', fitting[0].name)}."
        )
    if advice := hint(path, head):
        raise TableError(f"{path.name} {advice}")
    titles = "; ".join(f"{record.name}: {record.title}" for record in formats.values())
    raise TableError(
        f"{path.name} is of no known format. Known: {titles}. If it is one of them, say so:"
        f" {argument('io.read', 'format', 'table')}, say."
    )


def _fitting(path: Path, head: bytes, formats: Catalogue[Format]) -> list[Format]:
    """The formats that fit, of which a fallback is asked only where no other is sure."""
    said = {record.name: record.recognises(path, head) for record in formats.values() if not record.fallback}
    if True not in said.values():
        said |= {record.name: record.recognises(path, head) for record in formats.values() if record.fallback}
    return [record for record in formats.values() if said.get(record.name, False) is not False]


def _in_folder(folder: Path, asked: Format | None, formats: Catalogue[Format]) -> tuple[Format, Found]:
    """A folder that is one data set, or one with a file a sample."""
    whole = [record for record in _fitting(folder, b"", formats) if asked in (None, record)]
    if len(whole) == 1:
        log.info("%s: recognised as %s (%s).", folder.name, whole[0].name, whole[0].title)
        return whole[0], [folder] if whole[0].takes_many else folder
    by_format: dict[str, list[Path]] = {}
    for place in _below(folder, DEPTH):
        head = b"" if place.is_dir() else read_head(place)
        for record in _fitting(place, head, formats):
            places = by_format.setdefault(record.name, [])
            # what lies in a folder that is itself a data set belongs to it
            if record.takes_many and asked in (None, record) and place.parent not in places:
                places.append(place)
    by_format = {name: places for name, places in by_format.items() if places}
    for record in formats.values():
        if record.name in by_format or ((asked or not by_format) and asked in (None, record)):
            _refuse_unread(folder, record, by_format.get(record.name, []))
    if len(by_format) == 1:
        [(name, places)] = by_format.items()
        log.info("%s: %d files recognised as %s (%s).", folder.name, len(places), name, formats[name].title)
        return formats[name], places
    if by_format:
        counts = [f"{name} ({len(places)} files)" for name, places in by_format.items()]
        first = next(iter(by_format))
        raise TableError(
            f"{folder.name} holds several formats: {listing(counts)}. Say which: {argument('io.read', 'format', first)}."
        )
    what = f"of format {asked.name!r}" if asked else "of a format with one file a sample"
    column = give(
        "io.read", "file_column", before="; where a sheet lists them, ", after=" (its column of files)"
    )
    raise MissingFileError(f"{str(folder)!r} is a folder without files {what}; name the file in it{column}.")


def _refuse_unread(folder: Path, record: Format, places: list[Path]) -> None:
    """Stop at a file that is called as the format's are and was not recognised: its sample would be missing unseen.

    Raises
    ------
    TableError
        The files.
    """
    unread = [
        str(file.relative_to(folder))
        for file in _below(folder, DEPTH)
        if without_packing(file.name).lower().endswith(record.endings)
        and not file.is_dir()
        and set(places).isdisjoint((file, *file.parents))
    ]
    if record.endings and unread:
        raise TableError(
            f"{folder.name}: {len(unread)} files are called as those of {record.name} and cannot be read as such:"
            f" {listing(unread)}. They are empty, cut off or damaged: copy them again, or take them out of the folder."
        )


def _below(folder: Path, depth: int) -> list[Path]:
    """Files and folders in reading order; hidden ones are left out."""
    found: list[Path] = []
    for place in sorted(folder.iterdir()):
        if place.name.startswith("."):
            continue
        found.append(place)
        if place.is_dir() and depth > 1:
            found += _below(place, depth - 1)
    return found


def _of_one(place: Path, formats: Catalogue[Format]) -> Format:
    return _in_folder(place, None, formats)[0] if place.is_dir() else recognise(place, formats)


def _file_of(place: Path, record: Format) -> Path:
    """The file in a folder of one sample (``S1/`` -> ``S1/quant.sf``); a file, or a folder that is a data set, itself."""
    if not place.is_dir() or record.recognises(place, b""):
        return place
    files: Sequence[Path] = [
        file
        for file in sorted(place.iterdir())
        if file.is_file() and record.recognises(file, read_head(file)) is not False
    ]
    if not files:
        raise MissingFileError(f"{str(place)!r} is a folder without a file of format {record.name!r}.")
    # genes rather than transcripts of a DRAGEN pair; quant.sf rather than quant.genes.sf, abundance.h5 rather than
    # abundance.tsv, genes rather than isoforms
    return min(files, key=lambda file: (".quant.sf" in file.name, len(file.name), file.name))
