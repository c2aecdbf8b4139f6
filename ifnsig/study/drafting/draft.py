"""``draft``: look at the files and write down what they are; what cannot be known is a question in the file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ...doors import through
from ...errors import IfnsigError
from ...io.files._regular import pipes_read_once
from ..record.folder import refuse_folder
from ._draft import Draft, Section
from ._entries import Entry, remark
from ._expression import lines_of_scores, lines_of_values, read_values
from ._measures import measures_of
from ._roles import covariates_of, roles_of
from ._sheet import described

FOLDERS = ("results", "ifnsig_results")
FIRST = "Drafted by ifnsig init: read every line, and answer each question."


@through("study file")
@pipes_read_once()
def draft(
    expression: str | Path, samples: str | Path | None = None, *, folder: str | Path | None = None
) -> Draft:
    """Draft a study of these files.

    Parameters
    ----------
    expression
        What :func:`ifnsig.io.read` reads: a file or a folder.
    samples
        The sample sheet; without it, what the expression file says of its samples.
    folder
        Folder in which the study file will lie, which its paths are relative to; by default the working directory.

    Returns
    -------
    Draft
        ``text`` is the file; ``questions`` what it leaves open, which ``check`` and ``run`` refuse until it is answered.

    Raises
    ------
    MissingFileError
        A file is not there.
    TableError, SampleSheetError
        A file cannot be read.
    """
    home = Path.cwd() if folder is None else Path(folder)
    adata, orientation = read_values(expression)
    inside, table, sample = described(adata, samples)
    roles = roles_of(table)
    sections, beside, read = measures_of(table, has_visits=roles.has_visits)
    # of what a program noted in obs (counts of reads, of genes) nobody said that it is clinical
    covariates = [] if samples is None else covariates_of(table, roles, read)
    design = [*sample, *roles.entries, *covariates, *beside]
    files = [Entry("expression", relative(expression, home))]
    if samples is not None:
        inside = [Entry("samples", relative(samples, home)), *inside]
    top = [remark(FIRST), Entry("title", "Interferon signature study")]
    scores = lines_of_scores(adata, has_controls=roles.has_controls)
    return Draft(
        (
            Section("", tuple(top)),
            Section("input", (*files, *lines_of_values(adata, orientation), *inside)),
            Section("design", tuple(design)),
            Section("scores", tuple(scores)),
            *sections,
            Section("output", (Entry("folder", _free(home, expression, samples)),)),
        )
    )


def _free(home: Path, *inputs: str | Path | None) -> str:
    """A folder for the results that holds nothing which is read or is not ours."""
    read = [Path(path) for path in inputs if path is not None]
    for name in FOLDERS:
        with suppress(IfnsigError):
            refuse_folder(home / name, read)
            return name
    return FOLDERS[0]  # the check says what is in the way


def relative(path: str | Path, home: Path) -> str:
    """``path`` as it is named from the folder ``home``; links on the way are followed, one at the end is not."""
    place = Path.cwd() / path
    named = (
        Path(os.path.realpath(place.parent)) / place.name if place.name not in ("", "..") else place.resolve()
    )
    return Path(os.path.relpath(named, os.path.realpath(home))).as_posix()
