"""A study on its way: what was read, what came out, what was skipped and why."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import get
from ..core import Reference
from ..errors import DesignWarning
from ..labels import label
from ..pp import Normalization
from ..pp._libraries import Libraries
from ..signatures import SIGNATURES
from .model import Study

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from anndata import AnnData

    from ..tl.score import Planned

logger = logging.getLogger("ifnsig")
SAID = 3
"""Rows without an estimate that are told in full, a table."""


@dataclass(slots=True)
class Run:
    """A study on its way: what was read, what came out, what was skipped and why.

    ``confounded`` says with which batch the visits go, where the study acknowledges it and is run all the same.
    ``scores_of`` makes, or has, the scores of a planned call; None: every sample is scored here.
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
    scores_of: Callable[[AnnData, Planned], list[np.ndarray]] | None = None

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

    def skip(self, sentence: str) -> None:
        """Say what is not done, and why, in the log and in the report."""
        logger.info(sentence)
        self.skipped.append(sentence)

    @contextmanager
    def said_before(self) -> Iterator[None]:
        """Inside, who is left out is not said again: the change from baseline has said it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DesignWarning)
            yield

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
