"""uns["ifnsig"] of strangers: every field x every kind of wrong, at every verb that reads it, is a result or one error."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import __version__, get, keys, pp, scheme, tl
from ifnsig.errors import IfnsigError, TableError

pytestmark = pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")

GENES = ("CXCL10", "MX1", "IFI44L", "GAPDH", "ACTB", "ISG15")
SETS = {"ifn": ["CXCL10", "MX1", "ISG15"]}
DEEP = "[" * 100_000


@pytest.fixture(scope="module")
def scored() -> AnnData:
    return scored_again()


@cache
def scored_again() -> AnnData:
    rng = np.random.default_rng(5)
    obs = pd.DataFrame({
        "patient": [f"P{i // 2}" for i in range(16)], "visit": ["week0", "week4"] * 8, "ck": np.arange(16) * 100.0,
        "arm": ["drug", "drug", "placebo", "placebo"] * 4, "responds": ["yes", "yes", "no", "no"] * 4,
    }, index=[f"S{i}" for i in range(16)])  # fmt: skip
    adata = AnnData(
        rng.poisson(100, (16, len(GENES))).astype(float), obs=obs, var=pd.DataFrame(index=list(GENES))
    )
    keys.declare_unit(adata, "counts")
    keys.write_field(adata, keys.FIELD_SOURCE, {"file": "counts.tsv", "format": "table", "sha256": "ab"})
    adata = pp.map_genes(adata)
    pp.normalize(adata, method="log_cpm")
    tl.score(adata, SETS, method="mean", layer="log_cpm")
    return adata


def changed(adata: AnnData) -> AnnData:
    return tl.change(
        adata, method="mean", patient="patient", visit="visit", baseline="week0", followup="week4"
    )


@pytest.fixture(scope="module")
def change(scored: AnnData) -> AnnData:
    made = changed(scored)
    facts = {
        "classes": ["no", "yes"],
        "scale": [0.0, 1.0],
        "favourable": ["yes"],
        "unfavourable": ["no"],
        "kind": "",
        "parts": [],
    }
    made.obs["mine"] = [0.0, 1.0] * (made.n_obs // 2)
    made.obs["mine_class"], made.obs["mine_reason"] = ["no", "yes"] * (made.n_obs // 2), ""
    keys.write_field(made, keys.FIELD_RESPONSES, {"mine": facts})
    return made


OF_SAMPLES: dict[str, Callable[[AnnData], Any]] = {
    "get.scores": lambda a: get.scores(a, "mean"), "get.coverage": get.coverage, "get.score_table": get.score_table,
    "get.unit": lambda a: get.unit(a, "log_cpm"), "pp.map_genes": pp.map_genes, "pp.qc": pp.qc,
    "pp.normalize": lambda a: pp.normalize(a, method="cpm"), "pp.convert": lambda a: pp.convert(a, to="cpm"),
    "pp.combat": lambda a: pp.combat(a, batch="arm", keep=(), layer="log_cpm"),
    "pp.fit_reference": lambda a: pp.fit_reference(a, controls=("arm", "placebo"), layer="log_cpm"),
    "tl.score": lambda a: tl.score(a, SETS, method="mean", layer="log_cpm"),
    "tl.change": changed, "tl.associate": lambda a: tl.associate(a, response="ck", patient="patient", samples="mean", rng=1),
    "tl.call_positive": lambda a: tl.call_positive(a, method="mean", controls=("arm", "placebo")),
    "tl.random_scores": lambda a: tl.random_scores(a, {"one": ["MX1"]}, method="mean", layer="log_cpm", n_sets=2, n_bins=1, rng=1,
                                                   exclude=()),
    "tl.retest": lambda a: tl.retest(a, method="mean"),
    "tl.gene_table": lambda a: tl.gene_table(
        a, "ifn", method="mean", reference=pp.fit_reference(scored_again(), controls=("arm", "placebo"), layer="log_cpm"),
        columns={"patient": "patient", "visit": "visit"}),
}  # fmt: skip
OF_CHANGES: dict[str, Callable[[AnnData], Any]] = {
    "get.change_table": get.change_table, "get.response_table": get.response_table,
    "tl.test_change": lambda c: tl.test_change(c, rng=1), "tl.suppression": lambda c: tl.suppression(c, definition="log_ratio", healthy={"ifn": [5.0, 6.0, 7.0]}),
    "tl.associate": lambda c: tl.associate(c, response="mine", rng=1), "tl.label_table": tl.label_table,
    "tl.time_course": lambda c: tl.time_course(c, times={"week0": 0, "week4": 4}),
    "tl.test_arms": lambda c: tl.test_arms(c, arm="arm", control="placebo"),

}  # fmt: skip
VERBS = {**{name: (verb, False) for name, verb in OF_SAMPLES.items()},
         **{f"{name} of changes": (verb, True) for name, verb in OF_CHANGES.items()}}  # fmt: skip
WRONG: tuple[Any, ...] = (None, 3, -1, 0.5, "x", "", True, [], [None], {}, {"x": 1}, [["x"]])


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value; of a list, the first."""
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*at, 0))


def with_other(value: Any, at: tuple[Any, ...], new: Any, *, gone: bool = False) -> Any:
    """The value with something else in one place, or with nothing there."""
    if not at:
        return new
    found = copy.deepcopy(value)
    inner = found
    for step in at[:-1]:
        inner = inner[step]
    if gone:
        del inner[at[-1]]
    else:
        inner[at[-1]] = new
    return found


def mutants(adata: AnnData) -> Iterator[dict[str, str]]:
    """The entry with one thing wrong, everywhere and in every way."""
    entry = dict(adata.uns[keys.UNS])
    for field in scheme.FIELDS:
        if field not in entry:
            continue
        value = json.loads(entry[field])
        for at in places(value):
            for new in WRONG:
                yield {**entry, field: json.dumps(with_other(value, at, new))}
            if at:
                yield {**entry, field: json.dumps(with_other(value, at, None, gone=True))}


BROKEN: dict[str, Any] = {
    "a list": [], "text": "scored", "a number": 3, "scheme 2": {"scheme": "2", "written_by": "9.0.0", "units": "{}"},
    "no scheme": {"units": "{}"}, "a scheme of lists": {"scheme": [1]},
    **{f"units {name}": {"scheme": "1", "units": text} for name, text in {
        "no JSON": "{", "deep": DEEP, "digits": "9" * 5000, "NaN": '{"X": NaN}', "doubled": '{"X": "counts", "X": "cpm"}',
        "a mapping": {"X": "counts"}, "a number": 3, "bytes": b"\xff", "infinite": "[1e999]",
    }.items()},
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_works_on_what_ifnsig_wrote(verb: str, scored: AnnData, change: AnnData) -> None:
    call, of_changes = VERBS[verb]
    call((change if of_changes else scored).copy())


@pytest.mark.parametrize("what", BROKEN)
def test_an_entry_that_cannot_be_read_is_one_error(what: str, scored: AnnData) -> None:
    adata = scored.copy()
    adata.uns[keys.UNS] = BROKEN[what]
    with pytest.raises(TableError, match=r"uns\['ifnsig'\]"):
        get.unit(adata)
    if "units" not in what:
        with pytest.raises(TableError, match=r"uns\['ifnsig'\]"):  # nothing is written into it either
            keys.declare_unit(adata, "counts")


@pytest.mark.parametrize("kind", ["samples", "changes"])
def test_every_field_with_one_thing_wrong_is_read_or_one_error(
    kind: str, scored: AnnData, change: AnnData
) -> None:
    adata = (scored if kind == "samples" else change).copy()
    refused = 0
    for entry in mutants(adata):
        adata.uns[keys.UNS] = entry
        for field in scheme.FIELDS:
            try:
                keys.read_field(adata, field)
            except TableError:
                refused += 1
    assert refused > 100


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_meets_a_wrong_record_with_a_result_or_an_error_of_ours(
    verb: str, scored: AnnData, change: AnnData
) -> None:
    call, of_changes = VERBS[verb]
    good = change if of_changes else scored
    every = list(mutants(good))
    rng = np.random.default_rng(sorted(VERBS).index(verb))
    for place in rng.choice(len(every), 40, replace=False):
        adata = good.copy()
        adata.uns[keys.UNS] = every[place]
        try:
            call(adata)
        except IfnsigError:
            continue


def test_a_newer_scheme_names_who_wrote_it_and_both_versions(scored: AnnData) -> None:
    adata = scored.copy()
    adata.uns[keys.UNS] = {**adata.uns[keys.UNS], "scheme": "2", "written_by": "9.0.0"}
    with pytest.raises(
        TableError, match=r"scheme 2; this is ifnsig .* reads scheme 1\. It was written by ifnsig 9\.0\.0"
    ):
        get.methods(adata)


def test_the_entry_says_which_ifnsig_wrote_it(scored: AnnData) -> None:
    assert scored.uns[keys.UNS]["written_by"] == __version__


def test_a_record_whose_columns_are_gone_says_which(change: AnnData) -> None:
    adata = change.copy()
    del adata.layers["baseline"], adata.obs["visit"]
    with pytest.raises(TableError, match="layer 'baseline', column 'visit' of obs"):
        tl.test_change(adata)
    adata = change.copy()
    del adata.obs["mine_reason"]
    with pytest.raises(TableError, match="column 'mine_reason' of obs"):
        tl.label_table(adata)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_not_written(number: float, scored: AnnData) -> None:
    adata = scored.copy()
    with pytest.raises(TableError, match=r"\['source'\] would hold NaN or an infinite number"):
        keys.write_field(adata, keys.FIELD_SOURCE, {"genes": number})
    keys.write_field(adata, keys.FIELD_SOURCE, {"n": None})
    assert adata.uns[keys.UNS]["source"] == '{"n": null}'
