"""Whether a folder holds what a run of ours wrote, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...io.files._private import MARK, is_ours
from ...parsing import json_of
from ...report._results import PROVENANCE, TABLES
from ._swap import HOLDS
from .ro_crate import NAME as CRATE

WRITTEN = frozenset({
    PROVENANCE, CRATE, "scored.h5ad", "reference.npz", "normalization.npz", "report.html",
    *(f"{name}.tsv" for name in TABLES),
})  # fmt: skip
"""What a run may write at the top of its folder."""

BELOW = re.compile(r"multiqc/ifnsig_\w+\.(json|txt|yml|yaml)")

BY_PROGRAMS = frozenset({".DS_Store", ".snakemake_timestamp"})
"""What file browsers and workflow managers put into folders, without telling."""


def foreign_files(folder: Path) -> list[str]:
    """Files in ``folder`` that no run of ours wrote, by their names below it.

    A run names its files in the crate (or, where a workflow manager took that away, its provenance says that the usual
    names are ours). Without either, every file is foreign. Empty folders belong to nobody.
    """
    files = list(_files(folder))
    known = _named_by_crate(folder / CRATE) or (
        WRITTEN if _is_provenance(folder / PROVENANCE) else frozenset()
    )
    return [
        name for name, plain in files
        if not plain or not (name in known or (known and (BELOW.fullmatch(name) or Path(name).name in BY_PROGRAMS)))
    ]  # fmt: skip


def bare_folders(folder: Path) -> set[str]:
    """Entries of ``folder`` that are folders with nothing but folders in them."""
    return {
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and not entry.is_symlink() and not any(_files(entry))
    }


def _files(folder: Path) -> Iterator[tuple[str, bool]]:
    """Name of all that is no folder, and whether it is a regular file; what is unfinished at the top is not looked at."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        if here == folder:
            folders[:] = [name for name in folders if not is_ours(here / name, MARK, HOLDS)]
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted([*files, *links]):
            path = here / name
            yield path.relative_to(folder).as_posix(), path.is_file() and not path.is_symlink()


def _named_by_crate(file: Path) -> frozenset[str]:
    """What the crate says that it holds; nothing where it is missing or not one of ours."""
    graph = _json(file).get("@graph")
    items = [item for item in graph if isinstance(item, dict)] if isinstance(graph, list) else []
    if not any(item.get("@id") == "#ifnsig" and item.get("name") == "ifnsig" for item in items):
        return frozenset()
    return frozenset(
        {CRATE, *(str(item["@id"]) for item in items if "contentSize" in item and "@id" in item)}
    )


def _is_provenance(file: Path) -> bool:
    facts = _json(file)
    versions = facts.get("versions")
    return "study" in facts and isinstance(versions, dict) and "ifnsig" in versions


def _json(file: Path) -> dict[str, Any]:
    if file.is_symlink() or not file.is_file():
        return {}
    try:
        content = json_of(file)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
