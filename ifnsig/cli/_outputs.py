"""What a command will write is looked at before its work begins: one table of what an option may name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

from ..errors import UsageError

STDOUT = "-"
TABLE, SCORED, MERGED, NPZ, ANY_FILE, SECRET, STUDY, FOLDER, RESULTS, COPY = OUTPUTS = (
    "TABLE", "TABLE|H5AD", "TABLE|H5AD|NPZ", "NPZ", "FILE", "NEW FILE", "STUDY", "FOLDER", "RESULTS", "DIR",
)  # fmt: skip
"""Metavars of the options that name outputs: what is written there.

A file replaces the one that is there, as with any program; a new file (``SECRET``: who is who; ``STUDY``: a draft) replaces
nothing. A folder gets files beside those that are there; of ``RESULTS`` the run itself knows what may be replaced.
"""

ENDINGS: dict[str, tuple[str, ...]] = {TABLE: (), SCORED: (".h5ad",), MERGED: (".h5ad", ".npz")}
"""Outputs that are tables, and what they may be besides."""


class Command(TyperCommand):
    """A command that refuses what it could not write, before anything is read."""

    def invoke(self, ctx: Any) -> Any:
        """Look at the outputs, then do the work."""
        kinds = {entry.name: (entry.metavar, entry.opts[0]) for entry in self.params}
        written = {
            name: kinds[name]
            for name in kinds if kinds[name][0] in OUTPUTS and ctx.params.get(name) is not None
        }  # fmt: skip
        read = {
            path: name
            for name, value in ctx.params.items() if name not in written
            for path in _paths(value)
        }  # fmt: skip
        places: dict[str, str] = {}
        for name, (kind, option) in written.items():
            path = str(ctx.params[name])
            if path == STDOUT:
                continue
            _refuse(path, str(kind), as_json=bool(ctx.params.get("as_json")) and name == "output")
            if kind != RESULTS:
                from ..io.files._replace import refuse_inputs

                refuse_inputs(path, self._read_by(ctx, read))
            place = os.path.realpath(path)
            if place in places and (_is_plain(Path(place)) or not Path(place).exists()):
                raise UsageError(f"{path!r} is named twice: by {places[place]} and by {option}.")
            places[place] = option
        with _once(read):
            return super().invoke(ctx)

    def _read_by(self, ctx: Any, read: dict[str, str]) -> list[str]:
        """Words that name what is read: files, and the folders among the arguments (``--root`` only says where to look)."""
        arguments = {entry.name for entry in self.params if entry.param_type_name == "argument"}
        return [path for path, name in read.items() if name in arguments or not Path(path).is_dir()]


def _once(read: dict[str, str]) -> AbstractContextManager[None]:
    """What can be read only once is kept until the command has ended, where there is such an input."""
    if not any(path == STDOUT or (Path(path).exists() and not _is_plain(Path(path))) for path in read):
        return nullcontext()
    from ..io.files._regular import pipes_read_once

    return pipes_read_once()


def _is_plain(path: Path) -> bool:
    return path.is_file() or path.is_dir()


def _refuse(path: str, kind: str, *, as_json: bool) -> None:
    from ..io.files._names import refuse_name

    refuse_name(path, file=kind not in (FOLDER, RESULTS, COPY))
    if kind in ENDINGS:
        from ..io.files._write import refuse_output

        refuse_output(path, also=ENDINGS[kind], format=".json" if as_json else None)
    elif kind in (FOLDER, COPY):
        from ..io.files._replace import refuse_folder_of_files

        refuse_folder_of_files(path)
    elif kind != RESULTS:  # a results folder is looked at by the run itself, which knows the study
        from ..io.files._replace import refuse_file, refuse_new

        (refuse_new if kind in (SECRET, STUDY) else refuse_file)(path)


def _paths(value: Any) -> Iterator[str]:
    """Words of the command line that may be paths, alone, in a list, or after NAME=."""
    for word in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(word, str) and word:
            yield word
            yield from (part for part in [word.partition("=")[2], *word.split(",")] if part and part != word)
