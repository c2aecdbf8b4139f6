"""The whole path of a study, from its files to its results."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .. import io
from ..doors import through
from ..errors import IfnsigWarning
from ..io.files._regular import pipes_read_once
from ..report import Results, render_html, write_multiqc
from .findings import Findings
from .flags import acknowledge_flags, mark_confounded, refuse_flags
from .plan import refuse_place, settled
from .privacy.pseudonyms import Pseudonyms, refuse_mapping
from .record.folder import whole_folder
from .record.journal import Journal, home_of, input_hashes
from .record.results import collect
from .record.ro_crate import write_crate
from .schema.model import Study, read_study
from .schema.paths import by_role, paths_of
from .shards import Shards
from .state import Run
from .steps import STEPS

logger = logging.getLogger("ifnsig")


Watch = Callable[[str], None]
"""Told the name of each step as it begins."""


@through("study file")
@pipes_read_once()
def run(
    study: str | Path | Study,
    *,
    root: str | Path | None = None,
    output: str | Path | None = None,
    strict: bool = False,
    pseudonyms: Pseudonyms | None = None,
    mapping: str | Path | None = None,
    watch: Watch | None = None,
    shards: Sequence[str | Path] = (),
) -> Path:
    """Do what a study file says and write its results folder, whole or not at all.

    Parameters
    ----------
    study
        Path of a study file, or a ``Study``.
    root
        Folder that the input paths are relative to; by default the study file's own.
    output
        Results folder, instead of ``output.folder`` (which is relative to the study file).
    strict
        Whether fatal flags are errors, also when the study file does not say so.
    pseudonyms, mapping
        Replace patient and sample ids; write who is who to ``mapping``, a file outside the results.
    watch
        Called with the name of each step as it begins.
    shards
        Files that :func:`shard` wrote, all of this study: their scores are taken instead of scoring. The tables are
        the same bytes; under pseudonyms, whose order is another one, the same numbers to 1e-12.

    Returns
    -------
    Path
        The results folder.

    Raises
    ------
    IfnsigError
        Each says what came and what is allowed; nothing is written then.
    """
    model = study if isinstance(study, Study) else read_study(study)
    model = model.model_copy(update={"strict": strict or model.strict})
    home = home_of(study)
    target = Path(output) if output is not None else home / model.output.folder
    inputs = Path(root) if root is not None else home
    others = [*shards, *([] if isinstance(study, Study) else [study])]
    if mapping is not None:
        refuse_mapping(mapping, target)
    findings = Findings()
    refuse_place(target, model, inputs, others, findings)
    if findings.errors:  # and what else is wrong
        settled(model, inputs, findings)
    files = [*(inputs / name for name in paths_of(model)), *map(Path, others)]
    with whole_folder(target, files) as folder:
        journal = Journal(watch)
        results, state = work(model, inputs, pseudonyms=pseudonyms, journal=journal, shards=shards)
        with journal.step("hashing inputs"):
            hashes = input_hashes(model, inputs)
        results.provenance["inputs"] = hashes if pseudonyms is None else by_role(model, hashes)
        results.provenance["pseudonymised"] = pseudonyms is not None
        with journal.step("report"):
            page = render_html(results)
        results.provenance["run"] = journal.facts(
            inputs if pseudonyms is None else None, target.parent.resolve() / target.name
        )
        if pseudonyms is not None and mapping is not None:
            pseudonyms.write_mapping(mapping)
        if watch is not None:  # after the notes on the run are complete: they are written too
            watch("writing")
        _write(results, state, page, folder)
    return target.parent.resolve() / target.name


def _write(results: Results, state: Run, page: str, folder: Path) -> None:
    """Every file of a results folder."""
    results.write_tables(folder)
    io.write_h5ad(state.adata, folder / "scored.h5ad")
    if state.reference is not None:
        state.reference.save(folder / "reference.npz")
    if state.normalization is not None:
        state.normalization.save(folder / "normalization.npz")
    (folder / "report.html").write_text(page, encoding="utf-8", errors="replace", newline="\n")
    write_multiqc(results, folder / "multiqc")
    write_crate(folder, results.title, results.provenance)


@through("study file")
def work(
    study: Study,
    root: Path,
    *,
    pseudonyms: Pseudonyms | None = None,
    journal: Journal | None = None,
    shards: Sequence[str | Path] = (),
) -> tuple[Results, Run]:
    """Everything but the writing."""
    notes = Journal() if journal is None else journal
    findings = Findings()

    def after_reading(state: Run) -> None:
        if shards:
            state.scores_of = Shards.load(shards, study, root, state.adata)
        if pseudonyms is not None:
            for sentence in findings.warned:  # they can name people
                logger.info(sentence)
            about = " What was noted while reading is in the log alone, since it can name people."
            findings.warned = [pseudonyms.apply(state) + (about if findings.warned else "")]

    with notes.step("reading"):
        state = settled(study, root, findings, after_reading=after_reading)
    for sentence in state.skipped:  # found while it was planned
        logger.info(sentence)
    with _noted() as later:
        for step in STEPS:
            with notes.step(step.name):
                step.take(state)
    for sentence in dict.fromkeys([*findings.warned, *later]):
        state.skip(sentence)
    with notes.step("collecting"):
        results = collect(state)
    mark_confounded(results, state.confounded)
    acknowledge_flags(results, study)
    refuse_flags(results, study)
    return results, state


@contextmanager
def _noted() -> Iterator[list[str]]:
    """Our warnings as sentences of a report; others go their way."""
    sentences: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", IfnsigWarning)
        yield sentences
    for item in caught:
        if issubclass(item.category, IfnsigWarning):
            sentences.append(str(item.message))
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
