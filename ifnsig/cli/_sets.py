"""The signatures a command line names: ids of the catalogue, or a file of the user's own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import UsageError, listing
from ..parsing import yaml_of
from ..places import existing
from ._parse import STDIN, names, on_disk

FILES = (".gmt", ".json", ".toml", ".yaml", ".yml")


def signature_sets(text: str) -> Any:
    """What ``tl.score`` takes: ids, or name -> genes where a GMT, JSON, TOML or YAML file is among the words.

    Raises
    ------
    UsageError
        A file is there but holds no gene sets, or a name comes twice.
    MissingFileError
        A word names a file that is not there.
    """
    words = names(text)
    if not any(_is_file(word) for word in words):
        return words
    from ..signatures import SIGNATURES

    found: dict[str, Any] = {}
    for word in words:
        new = _from_file(Path(word)) if _is_file(word) else {word: SIGNATURES[word]}
        if doubled := sorted(set(found) & set(new)):
            raise UsageError(f"Signatures named twice: {listing(doubled)}.")
        found |= new
    return found


def _is_file(word: str) -> bool:
    """Whether a word names a file by its ending, or is stdin or a pipe."""
    path = Path(word)
    if path.suffix.lower() in FILES or word == STDIN:
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def _from_file(named: Path) -> dict[str, Any]:
    """Name -> genes of one file."""
    path = Path(on_disk(str(named)))
    existing(path, "signature file")
    from ..signatures import read_gmt, read_json, read_signature

    suffix = path.suffix.lower() if path.suffix.lower() in FILES else _told(path)
    if suffix == ".gmt":
        return dict(read_gmt(path))
    if suffix == ".json":
        return dict(read_json(path))
    if suffix == ".toml":
        record = read_signature(path)
        return {record.id: record}
    return dict(_from_yaml(path))


def _told(path: Path) -> str:
    """The ending that the content of a pipe would have as a file."""
    lines = path.read_bytes().decode("utf-8", errors="replace").lstrip("\ufeff").split("\n")
    filled = [line for line in lines if line.strip() and not line.startswith("#")]
    first = filled[0].strip() if filled else ""
    if first[:1] == "{" or first in ("[", "[]") or first.startswith("[{"):
        return ".json"
    if filled and all("\t" in line.strip() for line in filled):
        return ".gmt"
    return ".toml" if re.match(r"[\w\"]+\s*=|\[\w", first) else ".yaml"


def _from_yaml(path: Path) -> dict[str, dict[str, float]]:
    """Name -> genes, the form of nf-core/nanostring's gene score file."""
    from ..signatures import gene_weights

    content = yaml_of(path)
    if not isinstance(content, dict) or not content:
        raise UsageError(
            f"{path.name} must hold names with lists of genes. Got {type(content).__name__} instead."
        )
    return {str(name): gene_weights(genes, where=f"{path.name}, {name}") for name, genes in content.items()}
