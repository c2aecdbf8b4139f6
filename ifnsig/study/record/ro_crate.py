"""A results folder as an RO-Crate 1.1: what was run, on which files, with what result.

Source: RO-Crate Metadata Specification 1.1 (doi:10.5281/zenodo.4541002).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import MissingFileError, TableError
from ...io.text._text import sha256_of
from ...parsing import json_of

NAME = "ro-crate-metadata.json"
INPUT = "#input/"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"},
]
TYPES = {
    ".tsv": "text/tab-separated-values", ".json": "application/json", ".html": "text/html",
    ".h5ad": "application/x-hdf5", ".npz": "application/zip", ".yml": "application/yaml",
}  # fmt: skip


def write_crate(folder: Path, title: str, provenance: dict[str, Any]) -> None:
    """Describe the finished files of ``folder`` in ``ro-crate-metadata.json``, last of all."""
    run, versions = provenance["run"], provenance["versions"]
    results = [_result(file, folder) for file in sorted(folder.rglob("*")) if file.is_file()]
    inputs = [
        {"@id": f"{INPUT}{name}", "@type": "File", "name": name, "sha256": digest}
        for name, digest in provenance["inputs"].items()
    ]
    about: list[dict[str, Any]] = [
        {"@id": NAME, "@type": "CreativeWork", "about": {"@id": "./"},
         "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"}},
        {"@id": "./", "@type": "Dataset", "name": title, "datePublished": run["ended"],
         "description": "Interferon signature scores and what follows from them, by ifnsig.",
         "license": "The data's own; the software that made it is BSD-3-Clause.",
         "hasPart": _ids(results), "mentions": [{"@id": "#run"}]},
        {"@id": "#run", "@type": "CreateAction", "name": run["command"], "instrument": {"@id": "#ifnsig"},
         "startTime": run["started"], "endTime": run["ended"], "object": _ids(inputs), "result": _ids(results)},
        {"@id": "#ifnsig", "@type": "SoftwareApplication", "name": "ifnsig", "version": versions["ifnsig"],
         "softwareRequirements": [f"{name} {version}" for name, version in versions.items() if name != "ifnsig"]},
    ]  # fmt: skip
    content = {"@context": CONTEXT, "@graph": [*about, *inputs, *results]}
    (folder / NAME).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _result(file: Path, folder: Path) -> dict[str, Any]:
    return {
        "@id": file.relative_to(folder).as_posix(), "@type": "File", "contentSize": str(file.stat().st_size),
        "encodingFormat": TYPES.get(file.suffix, "application/octet-stream"), "sha256": sha256_of(file),
    }  # fmt: skip


def _ids(entities: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"@id": entity["@id"]} for entity in entities]


def altered_files(folder: Path, root: Path | None = None) -> list[str]:
    """Files that are not as the crate of ``folder`` says, by name: results in ``folder``, and inputs under ``root``.

    Parameters
    ----------
    folder
        A results folder.
    root
        Folder of the inputs; None: only results are looked at.

    Returns
    -------
    list of str
        Names, with ``input`` before those of inputs and ``(gone)`` after those that are not there.

    Raises
    ------
    MissingFileError, TableError
        The folder has no crate, or one that cannot be read.
    """
    places = {}
    for item in _entities(folder / NAME):
        name = str(item["@id"])
        if not name.startswith(INPUT):
            places[name] = (folder / name, item["sha256"])
        elif root is not None:
            name = name.removeprefix(INPUT)
            places[f"input {name}"] = (root / name, item["sha256"])
    found = []
    for name, (path, digest) in places.items():
        if not path.is_file():
            found.append(f"{name} (gone)")
        elif sha256_of(path) != digest:
            found.append(name)
    return found


def _entities(file: Path) -> list[dict[str, Any]]:
    """The files of a crate that have a hash."""
    if not file.is_file():
        raise MissingFileError(
            f"There is no {NAME} in {str(file.parent)!r}: whether its files are as they were written cannot be told."
        )
    try:
        graph = json_of(file, error=TableError)["@graph"]
        found = [item for item in graph if item["@type"] == "File" and "sha256" in item]
    except (KeyError, TypeError) as fault:
        raise TableError(
            f"{file.name} is not the crate of a run ({type(fault).__name__}: {fault})."
        ) from None
    return found
