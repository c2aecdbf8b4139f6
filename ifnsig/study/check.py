"""Everything that can be wrong with a study, found without scoring and reported all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..doors import through
from ..io.files._regular import pipes_read_once
from .findings import Finding, Findings
from .plan import plan, refuse_place
from .record.journal import home_of
from .schema.model import Study, read_study


@through("study file")
@pipes_read_once()
def check(
    study: str | Path | Study,
    *,
    root: str | Path | None = None,
    output: str | Path | None = None,
    watch: Callable[[str], None] | None = None,
) -> list[Finding]:
    """Validate files, sheet, units, genes, visits and responses of a study without scoring.

    Parameters
    ----------
    study
        Path of a study file, or a ``Study``.
    root
        Folder that the input paths are relative to; by default the study file's own.
    output
        Results folder to look at, instead of the study's own.
    watch
        Told what is looked at, as it begins.

    Returns
    -------
    list of Finding
        Errors first, in the order in which ``study.run`` meets them. Without one, it stops only at what the scores
        themselves show: nobody with a baseline above a cut, a fatal flag of a strict study.

    Raises
    ------
    StudyFileError, MissingFileError
        The study file itself cannot be read.
    """
    model = study if isinstance(study, Study) else read_study(study)
    home, findings = home_of(study), Findings(watch)
    inputs = home if root is None else Path(root)
    target = home / model.output.folder if output is None else Path(output)
    refuse_place(target, model, inputs, [] if isinstance(study, Study) else [study], findings)
    plan(model, inputs, findings)
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings.found, key=lambda finding: order[finding.severity])
