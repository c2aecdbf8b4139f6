"""Signatures in files: TOML (one), JSON and GMT (several)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..catalogue import Catalogue
from ..errors import UsageError, listing
from ..parsing import json_of, toml_of
from ..places import existing
from ._schema import build
from ._signature import Signature


def read_signature(source: str | Path | Mapping[str, Any]) -> Signature:
    """One signature from a TOML or JSON file, or from a dict, checked by the schema of the shipped records.

    Only ``id`` and ``genes`` are required; a file's ``id`` must be its name.

    Raises
    ------
    UsageError
        A key is unknown or missing, or a value is not of the allowed ones; all faults at once.
    MissingFileError
        There is no such file.
    """
    if isinstance(source, Mapping):
        return build(source, where=f"Signature {source.get('id', '(without an id)')!r}")
    path = Path(source)
    text = _text(path)
    parse = json_of if path.suffix.lower() == ".json" else toml_of
    return build(parse(text, name=path.name), where=path.name, name=path.stem)


def read_json(path: str | Path) -> Catalogue[Signature]:
    """Signatures from a JSON file: a list of records, or ``{name: genes}``, or ``{name: record}``.

    Raises
    ------
    UsageError
        Not JSON, or a record with faults; all faults of a record at once.
    MissingFileError
        There is no such file.
    """
    path = Path(path)
    content = json_of(_text(path), name=path.name, finite=False)  # what is no number is told with its gene
    if isinstance(content, list):
        records = [build(item, where=f"{path.name}, record {n}") for n, item in enumerate(content, 1)]
    elif isinstance(content, dict):
        records = [_named(name, item, path.name) for name, item in content.items()]
    else:
        raise UsageError(f"{path.name} must hold a list of records or names with genes.")
    return _catalogue(records, path)


def _named(name: str, item: Any, file: str) -> Signature:
    is_record = isinstance(item, dict) and "genes" in item
    return build(
        {"id": name, **(item if is_record else {"genes": item})}, where=f"{file}, {name!r}", name=name
    )


def read_gmt(path: str | Path) -> Catalogue[Signature]:
    """Signatures from a GMT file: name, description and genes, separated by TABS only.

    Blanks inside a description stay there; they never become genes. Genes are read as ``gene_weights`` reads them.

    Raises
    ------
    UsageError
        Lines with fewer than three fields, sets named twice; all faults at once.
    MissingFileError
        There is no such file.
    """
    path = Path(path)
    records, faults = [], []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        name, *rest = (field.strip() for field in line.split("\t"))
        if not name or not any(rest[1:]):
            hint = " Fields are separated by tabs; this line has none." if "\t" not in line else ""
            faults.append(f"Line {number} needs a name, a description and at least one gene.{hint}")
            continue
        while not rest[-1]:  # tabs that a spreadsheet puts at the end of a shorter set
            rest.pop()
        fields = {"id": name, "title": rest[0] or name, "genes": rest[1:]}
        records.append(build(fields, where=f"{path.name}, {name}"))
    if faults:
        raise UsageError(f"{path.name}: " + " ".join(faults))
    return _catalogue(records, path)


def to_gmt(records: Iterable[Signature]) -> str:
    """Records as GMT text: id, title and genes, separated by tabs. GMT has no weights: falling genes are refused.

    Raises
    ------
    UsageError
        A record has falling genes.
    """
    lines = []
    for record in records:
        if any(weight < 0 for weight in record.genes.values()):
            raise UsageError(f"GMT cannot say that genes of {record.id!r} fall; export it as JSON.")
        lines.append("\t".join([record.id, record.title.replace("\t", " "), *record.genes]))
    return "".join(f"{line}\n" for line in lines)


def to_json(records: Iterable[Signature]) -> str:
    """Records as JSON text that ``read_json`` reads back."""
    return json.dumps([asdict(record) for record in records], indent=2) + "\n"


def _catalogue(records: list[Signature], path: Path) -> Catalogue[Signature]:
    names = Counter(record.id for record in records)
    if doubled := sorted(name for name, times in names.items() if times > 1):
        raise UsageError(f"{path.name}: signatures named twice: {listing(doubled)}.")
    if not records:
        raise UsageError(f"{path.name} holds no signature.")
    return Catalogue("signature", records, key="id")


def _text(path: Path) -> str:
    try:
        return existing(path, "signature file").read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UsageError(f"{path.name} is not UTF-8 text.") from fault
