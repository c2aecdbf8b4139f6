"""A study on its way: what was read, what came out, what was skipped and why."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import get
from ..core import Reference
from ..errors import DesignWarning
from ..labels import label, rows_where
from ..pp import Normalization
from ..pp.quality._libraries import Libraries
from ..signatures import SIGNATURES
from .findings import Findings, Severity
from .schema.model import Study

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    from ..tl.scoring.score import Planned
    from .privacy.pseudonyms import Pseudonyms

logger = logging.getLogger("ifnsig")
SAID = 3
"""Rows without an estimate that are told in full, a table."""


@dataclass(slots=True)
class Run:
    """A study on its way: what was read, what came out, what was skipped and why.

    ``confounded`` says with which batch the visits go, where the study acknowledges it and is run all the same.
    ``pseudonyms`` are those that its ids are under.
    ``planned`` is what will be scored; ``scores_of`` makes, or has, the scores of a planned call (None: every sample is
    scored here). ``findings`` takes what goes wrong while the study is planned; without it, errors go their way.
    """

    study: Study
    root: Path
    adata: AnnData
    reference: Reference | None = None
    normalization: Normalization | None = None
    seen: Libraries | None = None
    changes: dict[str, AnnData] = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    confounded: str = ""
    planned: list[Planned] = field(default_factory=list)
    scores_of: Callable[[AnnData, Planned], list[np.ndarray]] | None = None
    pseudonyms: Pseudonyms | None = None
    findings: Findings | None = None

    def at(self, where: str) -> AbstractContextManager[None]:
        """Inside, something at this place of the study file is looked at; what rests on it comes in the same part."""
        return nullcontext() if self.findings is None else self.findings.at(where)

    def part(self, where: str) -> AbstractContextManager[None]:
        """Inside, a part of the study that stands alone."""
        return nullcontext() if self.findings is None else self.findings.part(where)

    def note(self, sentence: str, *, severity: Severity = "note", where: str = "design") -> None:
        """Say something before the study runs; while it runs, nothing."""
        if self.findings is not None:
            self.findings.note(severity, where, sentence)

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a table of results; those of one name become one file. What could not be estimated is said."""
        self.tables.setdefault(name, []).append(table)
        if not {"flags", "sentence", "signature"} <= set(table):
            return
        lacking = [
            sentence
            for sentence, flags in zip(table["sentence"], table["flags"], strict=True)
            if sentence and "NOT_ESTIMABLE" in str(flags).split(";")
        ]
        if lacking:
            beyond = f" And {len(lacking) - SAID} more rows of that table." if len(lacking) > SAID else ""
            self.skip(f"Not estimable ({name}): {' '.join(lacking[:SAID])}{beyond}")

    def skip(self, sentence: str, *, severity: Severity = "note", where: str = "design") -> None:
        """Say what is not done, and why: before the run as a finding, in the run in the log and in the report."""
        self.skipped.append(sentence)
        if self.findings is not None:
            self.findings.note(severity, where, sentence)
        else:
            logger.info(sentence)

    @contextmanager
    def said_before(self) -> Iterator[None]:
        """Inside, who is left out is not said again: the change from baseline has said it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DesignWarning)
            yield

    def patients(self) -> AnnData:
        """The samples without those of the controls."""
        if self.controls is None:
            return self.adata
        return self.adata[~rows_where(self.adata.obs, *self.controls)].copy()

    @property
    def adjusted_for(self) -> dict[str, Any]:
        """What the change is adjusted for."""
        return {"steroid": self.study.design.steroid, "cell_fractions": self.study.design.cell_fractions}

    @property
    def at_baseline(self) -> dict[str, Any]:
        """Which samples are the patients' at baseline."""
        design = self.study.design
        return {
            "patient": design.patient, "visit": design.visit, "baseline": design.baseline, "controls": self.controls,
        }  # fmt: skip

    @property
    def signatures(self) -> dict[str, Any]:
        """The signatures that the study names, its own lists among them."""
        scores = self.study.scores
        return {**{name: SIGNATURES[name] for name in scores.signatures}, **scores.own}

    @property
    def layer(self) -> str | None:
        """The layer that was scored."""
        found = get.provenance(self.adata, self.method).get("layer")
        return None if found is None else str(found)

    @property
    def method(self) -> str:
        """The primary method."""
        return get.methods(self.adata)[0]

    @property
    def primary(self) -> str:
        """The primary signature."""
        scores = self.study.scores
        named = scores.primary or next(iter([*scores.signatures, *scores.own]), None)
        return named or str(get.scores(self.adata, self.method).columns[0])

    @property
    def controls(self) -> tuple[str, str] | None:
        """Column and value of the healthy controls."""
        design = self.study.design
        return None if design.controls is None else (str(design.group), str(label(design.controls)))
