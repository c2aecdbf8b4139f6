"""The asv suite runs every combination that it lists."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The scores of the suite, on little data."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.delitem(sys.modules, "benchmarks.suite.scores", raising=False)
    from benchmarks.suite import scores

    monkeypatch.setattr(scores, "ROWS", 12)
    monkeypatch.setattr(scores, "compile_all", lambda adata: None)
    return scores


def test_every_signature_that_is_listed_can_be_scored(suite: ModuleType) -> None:
    """Pointers are signatures of the catalogue too, and have no genes: a run of the whole suite failed for 41 of them."""
    listed = list(product(*suite.Signatures.params))
    assert len(listed) > 60
    for chosen in listed:
        one = suite.Signatures()
        one.setup(*chosen)
        one.time_score(*chosen)


def test_every_method_is_timed_or_left_out_with_the_reason(suite: ModuleType) -> None:
    """``NotImplementedError`` is how asv is told that a combination is left out."""
    left_out = []
    for chosen in product(*suite.Methods.params):
        one = suite.Methods()
        try:
            one.setup(*chosen)
        except NotImplementedError as why:
            left_out.append((*chosen, str(why)))
    assert [chosen[:2] for chosen in left_out] == [("robust_zscore", "cells")]
    assert all(why for *_, why in left_out)
