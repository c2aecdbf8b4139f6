"""Patient and sample ids replaced by a keyed hash, so that results can leave the house without them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...core import Reference
from ...errors import UsageError, listing
from ...io.files._cells import delimited
from ...io.files._replace import refuse_new, replacing
from ...labels import people
from ...pp import Normalization
from ._ids import Ids, refuse_in_columns, refuse_in_study
from ._kept import columns_kept, kinds_of_ids, named_by_rules, refuse_samples_as_patients
from ._key import read_key, refuse_key
from ._stripped import of_normalization, of_reference, stripped

if TYPE_CHECKING:
    from ..state import Run

logger = logging.getLogger("ifnsig")

LETTERS = 12
"""Letters of a pseudonym: 60 bits, so that two of a million ids meet with a chance of 4e-7."""


@dataclass(slots=True)
class Pseudonyms:
    """Ids and what stands for them: HMAC-SHA256 of the id under a secret key, twelve letters of it.

    The same key gives the same pseudonyms in every study, so that a patient stays one patient. Who has the key, or the
    mapping file, can find the people again: keep both apart from the results.

    Raises
    ------
    UsageError
        The key can be guessed.
    """

    key: bytes
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_key(self.key)

    @classmethod
    def from_key_file(cls, path: str | Path) -> Pseudonyms:
        """Read the key: a file of at least 16 random bytes (or hex digits that spell them), for its owner alone.

        Raises
        ------
        MissingFileError, UsageError
            No such file; others can read it; too short, or not random enough, to be secret.
        """
        return cls(read_key(path))

    def of(self, name: str, kind: str) -> str:
        """The pseudonym of an id; the same id is the same in every run with this key."""
        if (kind, name) not in self.known:
            digest = hmac.new(self.key, f"{kind}:{name}".encode(), hashlib.sha256).digest()
            self.known[kind, name] = kind[0].upper() + base64.b32encode(digest).decode()[:LETTERS]
        return self.known[kind, name]

    def apply(self, state: Run) -> str:
        """Put pseudonyms in the place of ids in what was read, and leave out what else can name a person; say so.

        Of the columns, those stay that a key of the study file names, or a response of it takes as input. Samples stand
        in the order of their patients' pseudonyms, those of one patient in the order they had.

        Raises
        ------
        StudyFileError, SampleSheetError
            A text of the study, or of a column that it names, holds an id as a whole word.
        DesignError
            Samples would be counted as patients, by a column that the study does not name.
        UsageError
            Two ids have one pseudonym.
        """
        study, obs = state.study, state.adata.obs
        refuse_samples_as_patients(study, state.adata)
        hidden, kept = kinds_of_ids(study), columns_kept(study, state.root)
        ids: dict[str, pd.Series] = {name: people(obs[name]) for name in hidden if name in obs}
        samples = [str(name) for name in obs.index]
        looked_for = Ids.of([*samples, *(str(name) for column in ids.values() for name in column.dropna())])
        refuse_in_study(study, state.root, looked_for)
        gone = [name for name in obs.columns if name not in kept]
        plain = obs.drop(columns=gone)
        refuse_in_columns(plain.drop(columns=list(ids)), looked_for)
        for name, column in ids.items():
            shown = [None if one is None else self.of(one, hidden[name]) for one in column]
            plain[name] = pd.Series(shown, index=plain.index, dtype=object)
        plain.index = pd.Index([self.of(name, "sample") for name in samples], dtype=object)
        if len(set(self.known.values())) < len(self.known):
            raise UsageError("Two ids have the same pseudonym under this key; take another key.")
        patients = plain[study.design.patient] if study.design.patient in plain else [None] * len(plain)
        places = [patient or name for patient, name in zip(patients, plain.index, strict=True)]
        order = np.argsort(np.array(places, dtype=object), kind="stable")
        state.adata = stripped(state.adata, plain, self._of_sample, order)
        state.study, state.pseudonyms = named_by_rules(study, state.root), self
        if (scored := state.scores_of) is not None:  # shards, in the order of the file
            state.scores_of = lambda adata, planned: [part[order] for part in scored(adata, planned)]
        left = ""
        if gone:
            logger.info("Columns that the study does not name are left out: %s.", listing(gone, shown=20))
            left = f" Columns that the study does not name are left out ({len(gone)})."
        return f"Patients and samples are shown under pseudonyms, in their order.{left}"

    def of_reference(self, stored: Reference) -> Reference:
        """A reference of an earlier study under pseudonyms."""
        return of_reference(stored, self._of_sample)

    def of_normalization(self, stored: Normalization) -> Normalization:
        """A normalisation of an earlier study under pseudonyms."""
        return of_normalization(stored, self._of_sample)

    def _of_sample(self, name: str) -> str:
        return self.of(name, "sample")

    def write_mapping(self, path: str | Path) -> None:
        """Write who is who (CSV), readable by its owner alone; :func:`refuse_mapping` says where not.

        An id that a spreadsheet would run as a formula gets a leading ``'``, as in every table of ours.
        """
        rows = [(kind, name, pseudonym) for (kind, name), pseudonym in self.known.items()]
        with replacing(path, mode=0o600, new=True) as unfinished, unfinished.open("wb") as stream:
            delimited(",")(pd.DataFrame(rows, columns=["kind", "id", "pseudonym"], dtype=object), stream)


def refuse_mapping(path: str | Path, results: Path) -> None:
    """Stop where the file of who is who must not be.

    Raises
    ------
    UsageError
        It would lie inside the results folder, which is to be passed on, is there already, or cannot be made.
    """
    if Path(path).resolve().is_relative_to(results.resolve()):
        raise UsageError("The mapping must be kept apart from the results: name a file outside their folder.")
    refuse_new(path)
