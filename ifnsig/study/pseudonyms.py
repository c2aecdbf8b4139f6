"""Patient and sample ids replaced by a keyed hash, so that results can leave the house without them."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import keys
from ..errors import MissingFileError, UsageError, listing
from ..io._replace import refuse_file, replacing
from ..labels import people
from ..responses import RESPONSES

if TYPE_CHECKING:
    from anndata import AnnData

    from .model import Study

SHORTEST_KEY = 16
"""Bytes of a key: 128 bits cannot be tried out."""

LETTERS = 12
"""Letters of a pseudonym: 60 bits, so that two of a million ids meet with a chance of 4e-7."""


@dataclass(slots=True)
class Pseudonyms:
    """Ids and what stands for them: HMAC-SHA256 of the id under a secret key, twelve letters of it.

    The same key gives the same pseudonyms in every study, so that a patient stays one patient. Who has the key, or the
    mapping file, can find the people again: keep both apart from the results.
    """

    key: bytes
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def from_key_file(cls, path: str | Path) -> Pseudonyms:
        """Read the key: any file of at least 16 bytes.

        Raises
        ------
        MissingFileError, UsageError
            No such file; too short to be secret.
        """
        path = Path(path)
        if not path.exists() or path.is_dir():
            raise MissingFileError(
                f"There is no key file {str(path)!r}. Make one with: head -c 32 /dev/urandom > KEY"
            )
        key = path.read_bytes().strip()
        if len(key) < SHORTEST_KEY:
            raise UsageError(
                f"The key in {path.name} has {len(key)} bytes; at least {SHORTEST_KEY} are needed to be secret. Make"
                " one with: head -c 32 /dev/urandom > KEY"
            )
        return cls(key)

    def of(self, name: str, kind: str) -> str:
        """The pseudonym of an id; the same id is the same in every run with this key."""
        if (kind, name) not in self.known:
            digest = hmac.new(self.key, f"{kind}:{name}".encode(), hashlib.sha256).digest()
            self.known[kind, name] = kind[0].upper() + base64.b32encode(digest).decode()[:LETTERS]
        return self.known[kind, name]

    def apply(self, adata: AnnData, study: Study) -> str:
        """Replace sample names and the patient column; leave out what else can name a person. Say what was left out.

        Columns of the sheet stay where the study file names them (or a response measure of it takes them as input),
        and no file column stays. Of the files that were read, only hashes stay.

        Raises
        ------
        UsageError
            Two ids have one pseudonym.
        """
        patient = study.design.patient
        if patient is not None and patient in adata.obs:
            adata.obs[patient] = [
                None if name is None else self.of(name, "patient") for name in people(adata.obs[patient])
            ]
        adata.obs_names = [self.of(str(name), "sample") for name in adata.obs_names]
        if len(set(self.known.values())) < len(self.known):
            raise UsageError("Two ids have the same pseudonym under this key; take another key.")
        named = columns_named(study) - {study.input.file_column}
        gone = [column for column in adata.obs.columns if column not in named]
        adata.obs = adata.obs.drop(columns=gone)
        source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
        keys.write_field(adata, keys.FIELD_SOURCE, _without_names(source))
        left = (
            f" Columns of the sheet that the study does not name are left out: {listing(gone)}."
            if gone
            else ""
        )
        return f"Patients and samples are shown under pseudonyms.{left}"

    def write_mapping(self, path: str | Path) -> None:
        """Write who is who (CSV), readable by its owner alone; :func:`refuse_mapping` says where not."""
        with (
            replacing(path, mode=0o600) as unfinished,
            unfinished.open("w", encoding="utf-8", newline="") as stream,
        ):
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(["kind", "id", "pseudonym"])
            rows.writerows([kind, name, pseudonym] for (kind, name), pseudonym in self.known.items())


def refuse_mapping(path: str | Path, results: Path) -> None:
    """Stop where the file of who is who must not be.

    Raises
    ------
    UsageError
        It would lie inside the results folder, which is to be passed on, or cannot be made.
    """
    if Path(path).resolve().is_relative_to(results.resolve()):
        raise UsageError("The mapping must be kept apart from the results: name a file outside their folder.")
    refuse_file(path)


def columns_named(study: Study) -> set[str]:
    """Every word of a study file that can be a column, and the inputs of its measures."""
    words = set(_words(study.model_dump(mode="json")))
    measures = [RESPONSES[entry.measure] for entry in study.responses if entry.measure is not None]
    return words | {item.name for measure in measures for item in measure.inputs}


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _words(item)


def _without_names(source: dict[str, Any]) -> dict[str, Any]:
    """What is known of the files without their names, which often are those of patients."""
    kept: dict[str, Any] = {
        name: source[name] for name in ("format", "sha256", "orientation") if name in source
    }
    if files := source.get("files"):
        kept["files"] = [{"sha256": item.get("sha256")} for item in files]
    return kept
