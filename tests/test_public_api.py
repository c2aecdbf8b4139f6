"""Names that others build on."""

from __future__ import annotations

import importlib
import inspect

import pytest

import ifnsig as ifn
from ifnsig.catalogue import Catalogue
from ifnsig.errors import UnknownNameError

PUBLIC = {
    "ifnsig.io": {
        "FORMATS",
        "from_frame",
        "open_stored",
        "read",
        "read_samples",
        "read_clinical",
        "join_clinical",
        "examine_samples",
        "SheetRules",
        "read_scores",
        "write_h5ad",
        "write_table",
    },
    "ifnsig.pp": {"coverage", "fit_reference", "map_genes", "normalize", "reduced_set_correlation"},
    "ifnsig.tl": {
        "score",
        "change",
        "test_change",
        "respond",
        "label_table",
        "pair_visits",
        "associate",
        "compare_scores",
        "pool",
        "predictive",
        "Event",
        "call_positive",
        "specificity",
        "suppression",
        "time_course",
        "test_visits",
        "test_arms",
        "gene_changes",
        "leading_edge",
        "gene_set_changes",
        "prerank",
        "random_scores",
    },
    "ifnsig.pl": {"paired", "heatmap", "change_forest", "association", "tis_bars", "timeline", "coverage"},
    "ifnsig.report": {"Results", "write_html", "summary"},
    "ifnsig.study": {"Draft", "Study", "draft", "read_study", "run", "check", "samples_schema"},
    "ifnsig.signatures": {"SIGNATURES", "Signature"},
    "ifnsig.methods": {"METHODS", "Method"},
    "ifnsig.responses": {"RESPONSES", "Response", "parse_rule", "read_rule"},
    "ifnsig.core": {"Block", "Members", "Reference"},
    "ifnsig.simulate": {"cohort"},
}


@pytest.mark.parametrize("module", list(PUBLIC))
def test_the_fixed_names_are_there_and_described(module: str) -> None:
    loaded = importlib.import_module(module)
    for name in PUBLIC[module]:
        thing = getattr(loaded, name)
        assert isinstance(thing, Catalogue) or inspect.getdoc(thing), f"{module}.{name} has no docstring"


def test_the_package_offers_its_parts_lazily() -> None:
    assert {"io", "pp", "tl", "pl", "get", "signatures", "methods", "responses"} <= set(dir(ifn))
    assert ifn.tl.score is importlib.import_module("ifnsig.tl").score
    with pytest.raises(AttributeError, match="nothing"):
        ifn.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("catalogue", "typo", "meant"),
    [
        ("signatures.SIGNATURES", "rice2013", "rice2013_6"),
        ("methods.METHODS", "z-score", "zscore"),
        ("responses.RESPONSES", "tiss", "tis"),
        ("io.FORMATS", "h5da", "h5ad"),
    ],
)
def test_a_catalogue_offers_the_nearest_name(catalogue: str, typo: str, meant: str) -> None:
    module, name = catalogue.split(".")
    records = getattr(getattr(ifn, module), name)
    assert isinstance(records, Catalogue)
    assert records[meant]
    with pytest.raises(UnknownNameError, match=f"Did you mean '{meant}'"):
        records[typo]
    assert len(records.table()) == len(records)


def test_score_has_the_declared_signature() -> None:
    parameters = inspect.signature(ifn.tl.score).parameters
    assert list(parameters)[:2] == ["adata", "signatures"]
    assert {"method", "reference", "controls", "layer"} <= set(parameters)
    assert all(
        parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        for name in ("method", "reference", "controls", "layer")
    )
