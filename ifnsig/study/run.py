"""The whole path of a study, from its files to its results."""

from __future__ import annotations

import logging
import re
import warnings
from pathlib import Path

from .. import io
from ..errors import IfnsigWarning
from ..report import Results, write_html
from .collect import collect
from .folder import whole_folder
from .guarding import acknowledge_flags, mark_confounded, refuse_flags
from .model import Study, read_study
from .reading import read
from .sheet import with_visits
from .state import Run
from .steps import STEPS

logger = logging.getLogger("ifnsig")

ADVICE = re.compile(r" (Pass|Call) [^.]*\.$")
"""What a warning tells a programmer to call; a reader of a report cannot."""


def run(
    study: str | Path | Study,
    *,
    root: str | Path | None = None,
    output: str | Path | None = None,
    strict: bool = False,
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

    Returns
    -------
    Path
        The results folder.

    Raises
    ------
    IfnsigError
        Each says what came and what is allowed; nothing is written then.
    """
    home = Path.cwd() if isinstance(study, Study) else Path(study).absolute().parent
    model = study if isinstance(study, Study) else read_study(study)
    model = model.model_copy(update={"strict": strict or model.strict})
    target = Path(output) if output is not None else home / model.output.folder
    target = target.parent.resolve() / target.name  # the last part may be the link of an earlier run
    results, state = work(model, Path(root) if root is not None else home)
    with whole_folder(target) as folder:
        results.write_tables(folder)
        io.write_h5ad(state.adata, folder / "scored.h5ad")
        if state.reference is not None:
            state.reference.save(folder / "reference.npz")
        if state.normalization is not None:
            state.normalization.save(folder / "normalization.npz")
        write_html(results, folder / "report.html")
    logger.info("Results are in %s.", target)
    return target


def work(study: Study, root: Path) -> tuple[Results, Run]:
    """Everything but the writing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", IfnsigWarning)
        adata = read(study, root)
        state = Run(with_visits(study, adata), root, adata)
        for step in STEPS:
            step(state)
    for item in caught:
        if issubclass(item.category, IfnsigWarning):
            state.skip(ADVICE.sub("", str(item.message)))
        else:
            warnings.warn_explicit(item.message, item.category, item.filename, item.lineno)
    results = collect(state)
    mark_confounded(results, state.confounded)
    acknowledge_flags(results, study)
    refuse_flags(results, study)
    return results, state
