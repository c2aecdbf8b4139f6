"""A study on its way: what was read, what came out, what was skipped and why."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .. import get
from ..core import Reference
from ..pp import Normalization
from .model import Study

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

logger = logging.getLogger("ifnsig")


@dataclass(slots=True)
class Run:
    """A study on its way: what was read, what came out, what was skipped and why."""

    study: Study
    root: Path
    adata: AnnData
    reference: Reference | None = None
    normalization: Normalization | None = None
    changes: dict[str, AnnData] = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def add(self, name: str, table: pd.DataFrame) -> None:
        """Keep a table of results; those of one name become one file."""
        self.tables.setdefault(name, []).append(table)

    def skip(self, sentence: str) -> None:
        """Say what is not done, and why, in the log and in the report."""
        logger.info(sentence)
        self.skipped.append(sentence)

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
        return None if design.controls is None else (str(design.group), str(design.controls))
