# What several rules share: names of places, and the files that the study names.
import json
from pathlib import Path
from urllib.parse import unquote

from snakemake.exceptions import WorkflowError

RESULTS = str(Path(config["results"]))
WORK = f"{RESULTS}.work"
LOGS = f"{RESULTS}.logs"
SHARDS = config["shards"]
NUMBERS = range(1, SHARDS + 1) if SHARDS > 1 else []
SCHEMA = json.loads(
    Path(workflow.source_path("../schemas/study.schema.json")).read_text()
)


def paths_in(value, schema):
    """The files and folders that a part of the study names: what the study's own schema marks as a path."""
    kinds = [
        SCHEMA["$defs"].get(kind.get("$ref", "").rpartition("/")[2], kind)
        for kind in schema.get("anyOf") or schema.get("allOf") or [schema]
    ]
    if isinstance(value, dict):
        for key, inner in value.items():
            for kind in kinds:
                yield from paths_in(inner, kind.get("properties", {}).get(key, {}))
    elif isinstance(value, list):
        for inner in value:
            for kind in kinds:
                yield from paths_in(inner, kind.get("items", {}))
    elif isinstance(value, str) and not any(
        kind.get("const") == value for kind in kinds
    ):
        yield from (
            [value] if any(kind.get("format") == "path" for kind in kinds) else []
        )


NAMED = list(dict.fromkeys(paths_in(config["study"], SCHEMA)))
if braced := [name for name in NAMED if set(name) & set("{}")]:
    raise WorkflowError(
        f"study: Snakemake takes braces in the name of a file for wildcards: {', '.join(braced)}."
        " Rename it, or run the study with `ifnsig run`."
    )


def files_of_the_study(wildcards):
    """The run waits for every file that the study names, and runs again when one is newer.

    They are where the study says, whatever prefix a module gives to the results.
    """
    return [local(name) for name in NAMED]


def refuse_foreign_files(folder):
    """Snakemake replaces the results folder whole: it may hold nothing but what a run has written."""
    folder = Path(folder)
    place = folder.resolve()
    inside = [
        name
        for name in [".", *NAMED]
        if Path(name).resolve() == place or place in Path(name).resolve().parents
    ]
    if inside:
        raise WorkflowError(
            f"results: the folder {str(folder)!r} would be replaced, and {inside[0]!r} lies in it."
            " Name a folder of its own."
        )
    crate = folder / "ro-crate-metadata.json"
    known = {crate.name, ".snakemake_timestamp"}
    if crate.is_file():
        graph = json.loads(crate.read_text(encoding="utf-8")).get("@graph", [])
        known |= {unquote(item["@id"]) for item in graph}
    there = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() or path.is_symlink()
    ]
    if foreign := [name for name in there if name not in known]:
        raise WorkflowError(
            f"results: the folder {str(folder)!r} would be replaced, and holds what no run has written:"
            f" {', '.join(foreign[:5])}. Name a folder of its own, or move these files."
        )
