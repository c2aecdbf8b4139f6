"""Ids as whole words inside other text: the one thing of a study that can tell what its pseudonyms hide."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import SampleSheetError, StudyFileError, listing
from ...labels import present
from ..responses import record_of
from ..schema.model import Study
from ..schema.paths import Place, texts, without_paths

WORD = re.compile(r"[^\W_]+")
"""Letters and digits: any other sign parts words, an underscore too."""

COMMON = re.compile(r"\d{1,3}|[^\W\d_]{1,2}")
"""A number of up to three digits, one or two letters: a dose, a week or an arm is written in the same way."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids to look for, by their first words; case and the unicode form of letters do not count."""

    by_word: dict[str, list[str]]

    @classmethod
    def of(cls, names: Iterable[str]) -> Ids:
        """All but those that are nothing but a short number or two letters."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys(names):
            words = list(WORD.finditer(_plain(name)))
            if not words:
                continue
            bare = _plain(name)[words[0].start() : words[-1].end()]
            if not COMMON.fullmatch(bare):
                found[words[0][0]].append(bare)
        return cls(dict(found))

    def within(self, text: str) -> bool:
        """Whether one of them stands in a text as a whole word, or as several."""
        plain = _plain(text)
        return any(
            plain.startswith(name, word.start()) and not WORD.match(plain, word.start() + len(name))
            for word in WORD.finditer(plain)
            for name in self.by_word.get(word[0], ())
        )


def refuse_in_study(study: Study, root: Path, ids: Ids) -> None:
    """Stop at ids in what results repeat of a study file: its title, its labels, its reasons.

    Raises
    ------
    StudyFileError
        The places.
    """
    places = [".".join(map(str, place)) for place, text in _texts_of(study, root) if ids.within(text)]
    if places:
        raise StudyFileError(
            "The study file holds ids of patients or samples, which its results would repeat beside the pseudonyms, in"
            f" {listing(list(dict.fromkeys(places)), shown=20)}. Write that without ids."
        )


def _texts_of(study: Study, root: Path) -> Iterator[tuple[Place, str]]:
    """What results repeat of a study file, and of the rules that it names."""
    yield from texts(without_paths(study))
    for position, entry in enumerate(study.responses):
        if entry.rule is not None:
            record = record_of(entry, root)
            said: dict[str, Any] = {
                "name": record.name, "title": record.title, "source": record.source, "classes": list(record.classes),
                "inputs": {item.name: item.title for item in record.inputs},
            }  # fmt: skip
            yield from texts(said, ("responses", position, "rule"))


def refuse_in_columns(obs: pd.DataFrame, ids: Ids) -> None:
    """Stop at ids in columns of text that stay.

    Raises
    ------
    SampleSheetError
        Every such column.
    """
    faults = []
    for name in obs.columns:
        if pd.api.types.is_numeric_dtype(obs[name]):
            continue
        if found := [text for text in present(obs[name]) if ids.within(text)]:
            faults.append(
                f"Column {name!r} holds ids of patients or samples, which pseudonyms would not hide, in {len(found)} of its"
                f" values: {listing(found)}. Recode it, or take it out of the study file."
            )
    if faults:
        raise SampleSheetError.of("Columns that the study names", faults)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
