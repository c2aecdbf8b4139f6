"""Which columns stay under pseudonyms, which of them hold ids, and what responses are called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import StudyFileError, listing
from ...tl.association._patients import persons
from ..responses import record_of
from ..schema.model import Study
from ..schema.paths import marked

if TYPE_CHECKING:
    from anndata import AnnData


def columns_kept(study: Study, root: Path) -> set[str]:
    """The columns that the study names: values of the keys that its model marks, and inputs of its responses."""
    named = {column for _, column in marked(study, "column")}
    for entry in study.responses:
        if entry.column is None:
            named |= {entry.columns.get(item.name, item.name) for item in record_of(entry, root).inputs}
    return named


def kinds_of_ids(study: Study) -> dict[str, str]:
    """Columns whose values are ids, and the kind of each; donors are patients."""
    persons = [study.design.patient, *(getattr(keys, "donor", None) for _, keys in study.asked)]
    sets = {entry.matched_set: "set" for entry in study.responses if entry.matched_set is not None}
    return {**sets, **{name: "patient" for name in persons if name is not None}}


def refuse_samples_as_patients(study: Study, adata: AnnData) -> None:
    """Stop where a column that will not stay tells persons apart, as an association would that still had it.

    Raises
    ------
    DesignError
        The study declares no patients, and samples would be counted as such.
    """
    if study.design.patient is None and any(entry.column is not None for entry in study.responses):
        persons(adata, None)


def named_by_rules(study: Study, root: Path) -> Study:
    """The study whose responses by a rule are called as the rule itself, where they were called as its file.

    Raises
    ------
    StudyFileError
        Two have one name then.
    """
    entries = [
        entry.model_copy(update={"name": record_of(entry, root).name})
        if entry.rule is not None and entry.name == Path(entry.rule).stem
        else entry
        for entry in study.responses
    ]
    names = [entry.name for entry in entries if entry.column is None]
    if doubled := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise StudyFileError(
            f"Under pseudonyms, a rule is called by the name inside its file and not by the file's; several responses are"
            f" named {listing(doubled)} then. Give each its own name in [[responses]]."
        )
    return study.model_copy(update={"responses": entries})
