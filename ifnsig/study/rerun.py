"""Do again what a provenance file says, and compare: the same bytes, or what differs and why."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .. import keys
from ..errors import MissingFileError, StudyFileError, TableError, UsageError, listing
from ..parsing import json_of
from ..report._results import PROVENANCE
from .record.folder import refuse_folder
from .record.ro_crate import altered_files
from .run import Watch, run
from .schema.model import Study

COMPARED = ("*.tsv", "report.html")


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came of a second run.

    Attributes
    ----------
    same
        Files that are equal byte for byte.
    differ
        Files that are not, or that only one run wrote.
    altered
        Files, of the results and of the inputs, that are not what the crate of the first run has the hash of.
    reasons
        Sentences: what is not as it was (versions, machine, inputs). Empty: nothing that is known to matter.
    """

    same: tuple[str, ...]
    differ: tuple[str, ...]
    altered: tuple[str, ...]
    reasons: tuple[str, ...]


def rerun(
    provenance: str | Path,
    *,
    root: str | Path | None = None,
    output: str | Path | None = None,
    watch: Watch | None = None,
) -> Rerun:
    """Run the study of a ``provenance.json`` again, and compare: tables and report byte for byte, all files by their hashes.

    Parameters
    ----------
    provenance
        The file, in its results folder.
    root
        Folder of the inputs; by default where they were, seen from the results folder.
    output
        Keep the new results in this folder; by default they are only compared.
    watch
        Called with the name of each step as it begins.

    Raises
    ------
    MissingFileError, StudyFileError
        No such file, or one without a study; no crate beside it.
    UsageError
        It is of a run under pseudonyms.
    IfnsigError
        The study does not run any more.
    """
    file = Path(provenance).absolute()
    facts = _facts(file)
    home = Path(root) if root is not None else file.parent.parent / str(facts.get("run", {}).get("root", "."))
    study, altered = _study(facts, file), altered_files(file.parent, home)
    kept = nullcontext(str(Path(output).absolute())) if output is not None else tempfile.TemporaryDirectory()
    with kept as place:
        target = Path(place) if output is not None else Path(place) / "results"
        if output is not None:
            refuse_folder(target, [file])
        folder = run(study, root=home, output=target, watch=watch)
        now = _facts(folder / file.name)
        names = sorted(
            {path.name for one in (file.parent, folder) for kind in COMPARED for path in one.glob(kind)}
        )
        same = tuple(
            name for name in names if _bytes(file.parent / name) == _bytes(folder / name) is not None
        )
    differ = tuple(name for name in names if name not in same)
    return Rerun(same, differ, tuple(altered), tuple(_reasons(facts, now)))


def _facts(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise MissingFileError(f"There is no provenance file {str(file)!r}.")
    facts = json_of(file, error=StudyFileError)
    if not isinstance(facts, dict) or "study" not in facts:
        raise StudyFileError(f"{file.name} holds no study: it is not the provenance of `ifnsig run`.")
    if facts.get("pseudonymised"):
        raise UsageError(
            f"{file.name} is of a run under pseudonyms, and names none of its files: run the study file itself again, with"
            " the same key."
        )
    return facts


def _study(facts: dict[str, Any], file: Path) -> Study:
    try:
        return Study.model_validate(facts["study"])
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StudyFileError(
            f"The study in {file.name} does not fit this version of ifnsig: {where}: {first['msg']}."
        ) from None


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _reasons(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What is not as it was, of all that a number can depend on."""
    found = []
    for title, place in (
        ("version of", ("versions",)),
        ("machine:", ("run", "machine")),
        ("input", ("inputs",)),
    ):
        then, now = (_at(facts, place) for facts in (old, new))
        for name in sorted({*then, *now}):
            if then.get(name) != now.get(name):
                what = (
                    "has other content" if title == "input" else f"was {then.get(name)}, is {now.get(name)}"
                )
                found.append(f"{title} {name} {what}")
    then, now = (_read_from(facts) for facts in (old, new))
    for name in sorted({*then, *now} - {*old.get("inputs", {})}):
        if then.get(name) != now.get(name):
            found.append(f"input {name} has other content")
    return found


def _read_from(facts: dict[str, Any]) -> dict[str, str]:
    """Hashes of the files of a folder that was read, by name."""
    files = (facts.get(keys.FIELD_SOURCE) or {}).get("files") or []
    return {str(item["name"]): str(item.get("sha256")) for item in files if "name" in item}


def _at(facts: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    for name in place:
        facts = facts.get(name) or {}
    return facts


def refuse_altered(folder: str | Path) -> None:
    """Stop where a table or the provenance of a results folder is not as its run wrote it.

    Raises
    ------
    MissingFileError
        There is no such folder, or no crate in it.
    TableError
        Files that were cut, edited or taken away, by name.
    """
    folder = Path(folder)
    if not (folder / PROVENANCE).is_file():
        raise MissingFileError(f"There is no {PROVENANCE} in {str(folder)!r}: it is not a results folder.")
    told = [
        name for name in altered_files(folder) if name.removesuffix(" (gone)").endswith((".tsv", PROVENANCE))
    ]
    if told:
        raise TableError(
            f"Not as the run wrote them: {listing(told, shown=20)}. A report says what a run found: run the study again."
        )
