"""What a verb is handed: every verb that takes a matrix x everything that is no matrix of numbers with one name a gene."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import ifnsig as ifn
from ifnsig import errors, gate, get, io, keys, pp, tl

GENES = [
    "IFI27",
    "IFI44L",
    "IFIT1",
    "ISG15",
    "RSAD2",
    "SIGLEC1",
    "ACTB",
    "GAPDH",
    "TP53",
    "B2M",
    "XIST",
    "RPS4Y1",
]
SIX = {"six": GENES[:6]}
PEOPLE, VISITS = 6, ("day0", "week4")


def cohort(unit: str = "log2_cpm") -> anndata.AnnData:
    rng = np.random.default_rng(5)
    n = PEOPLE * len(VISITS)
    values = rng.integers(20, 400, size=(n, len(GENES))).astype(float)
    if unit != "counts":
        values = np.log2(values)
    patients = [f"P{i // 2}" for i in range(n)]
    obs = pd.DataFrame(
        {
            "patient": patients, "visit": list(VISITS) * PEOPLE, "batch": ["a", "a", "b", "b"] * (PEOPLE // 2),
            "group": ["healthy"] * 6 + ["patient"] * (n - 6), "type": "blood",
        },
        index=[f"S{i}" for i in range(n)],
    )  # fmt: skip
    adata = anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES))
    keys.declare_unit(adata, unit)
    return adata


PAIRS: dict[str, Any] = {"patient": "patient", "visit": "visit", "baseline": "day0", "followup": "week4"}
Verb = Callable[[anndata.AnnData], Any]
VERBS: dict[str, tuple[str, Verb]] = {
    "pp.normalize": ("counts", lambda a: pp.normalize(a, method="log_cpm")),
    "pp.fit_normalization": ("counts", lambda a: pp.fit_normalization(a, method="median_of_ratios")),
    "pp.convert": ("counts", lambda a: pp.convert(a, to="cpm")),
    "pp.fit_reference": ("log2_cpm", lambda a: pp.fit_reference(a, controls="cohort")),
    "pp.qc": ("counts", lambda a: pp.qc(a)),
    "pp.check_design": ("counts", lambda a: pp.check_design(a, patient="patient", visit="visit", batch="batch")),
    "pp.pseudobulk": ("counts", lambda a: pp.pseudobulk(a, donor="patient", min_cells=1)),
    "pp.combat": ("log2_cpm", lambda a: pp.combat(a, batch="batch", keep=["visit"])),
    "tl.gene_changes": ("log2_cpm", lambda a: tl.gene_changes(a, **PAIRS)),
    "tl.gene_set_changes": ("log2_cpm", lambda a: tl.gene_set_changes(a, SIX, rng=1, **PAIRS)),
    "tl.gene_agreement": ("log2_cpm", lambda a: tl.gene_agreement(a, SIX)),
    "tl.random_scores": ("log2_cpm", lambda a: tl.random_scores(a, {"two": GENES[:2]}, method="mean", n_sets=5, n_bins=1, rng=1, exclude=())),
    "tl.specificity": ("log2_cpm", lambda a: tl.specificity(a, sets=SIX, controls=("group", "healthy"), **PAIRS)),
    "tl.rank_dispersion": ("log2_cpm", lambda a: tl.rank_dispersion(a, SIX)),
    "tl.rank_permutation_p": ("log2_cpm", lambda a: tl.rank_permutation_p(a, SIX, n_permutations=99, rng=1)),
    **{
        f"tl.score {name}": (
            "log2_cpm",
            lambda a, name=name: tl.score(
                a, SIX, method=name,
                **({"controls": ("group", "healthy")} if ifn.methods.METHODS[name].needs_reference else {}),
                **({"threshold": 0.5} if name == "aucell" else {}),
            ),
        )
        for name in ifn.methods.METHODS
        if name != "published"
    },
}  # fmt: skip
WITHOUT_NAMES = {
    "pp.normalize",
    "pp.fit_normalization",
    "pp.convert",
    "pp.check_design",
    "pp.pseudobulk",
    "pp.combat",
}
"""Verbs that look no gene up: two rows of one gene are two rows."""


def hold(patch: pytest.MonkeyPatch, adata: anndata.AnnData, values: Any) -> None:
    """Let ``adata`` hold ``values`` as ``X``, also where this anndata would not take or keep them."""
    stored = get.matrix
    patch.setattr(
        get,
        "matrix",
        lambda asked, layer=None: values if asked is adata and layer is None else stored(asked, layer),
    )


def handed(case: str, unit: str, patch: pytest.MonkeyPatch) -> anndata.AnnData:
    adata = cohort(unit)
    values = np.asarray(adata.X)
    if case == "text":
        cells = values.astype(object)
        cells[1, 2] = "n.d."
        hold(patch, adata, cells)
    elif case in ("missing", "none"):
        cells = values.astype(object)
        cells[1, 2] = pd.NA if case == "missing" else None
        hold(patch, adata, cells)
    elif case == "complex":
        hold(patch, adata, values.astype(complex))
    elif case == "dates":
        hold(patch, adata, values.astype("M8[s]"))
    elif case == "masked":
        masked = np.ma.MaskedArray(values, mask=False)
        masked[1, 2] = np.ma.masked
        hold(patch, adata, masked)
    elif case == "three dimensions":
        hold(patch, adata, values[:, :, None])
    elif case == "a list":
        hold(patch, adata, [1, 2])
    elif case == "doubled":
        adata.var_names = [*GENES[:-1], GENES[0]]
    elif case == "totals":
        adata.var_names = [*GENES[:-1], "__no_feature"]
    elif case == "a graphics card":
        about = {"__module__": "cupy._core.core", "shape": values.shape, "dtype": values.dtype}
        hold(patch, adata, type("ndarray", (), about)())
    elif case == "natural logarithms":
        adata.uns["log1p"] = {"base": None}
    return adata


SAID = {
    "text": r"X: 1 cells are no numbers: gene 'IFIT1' in sample 'S1': 'n.d.'",
    "missing": r"X: 1 cells are no numbers: gene 'IFIT1' in sample 'S1': <NA>",
    "none": r"X: 1 cells are no numbers: gene 'IFIT1' in sample 'S1': None",
    "complex": "X holds complex numbers",
    "dates": "X holds dates",
    "masked": "X: 1 cells are masked, which is no value: gene 'IFIT1' in sample 'S1'",
    "three dimensions": r"X must be a table of samples x genes, shape \(12, 12\). Got the shape \(12, 12, 1\)",
    "a list": r"X must be a table of samples x genes",
    "doubled": "Gene names are not unique: IFI27. Call pp.map_genes",
    "totals": "1 names are no genes but count reads of no gene: __no_feature.* Call pp.map_genes",
    "a graphics card": r"X is an array of cupy. Move it to the memory of the host first: values.get\(\)",
    "natural logarithms": r"declared as log2_cpm, but the file says that it holds natural logarithms.*unit=\"log1p_cp10k\"",
}


@pytest.mark.filterwarnings("ignore:Variable names are not unique", "ignore::DeprecationWarning")
@pytest.mark.parametrize("case", SAID)
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_matrix_of_genes_is_refused_by_every_verb(
    verb: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, call = VERBS[verb]
    if (case == "doubled" and verb in WITHOUT_NAMES) or (case == "natural logarithms" and unit == "counts"):
        call(handed(case, unit, monkeypatch))  # the nearest thing that is right
        return
    with pytest.raises(errors.IfnsigError, match=SAID[case]):
        call(handed(case, unit, monkeypatch))


@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
@pytest.mark.parametrize("verb", VERBS)
def test_the_nearest_good_matrix_is_taken_by_every_verb(verb: str) -> None:
    unit, call = VERBS[verb]
    call(cohort(unit))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
@pytest.mark.parametrize(
    "form", ["text of numbers", "objects", "nothing masked", "doubled entries", "csr_array", "csc_array"]
)
def test_what_can_be_converted_exactly_gives_the_numbers_of_the_plain_matrix(
    verb: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit, call = VERBS[verb]
    plain, other = cohort(unit), cohort(unit)
    values = np.asarray(plain.X)
    if form == "text of numbers":
        hold(
            monkeypatch,
            other,
            np.array([[repr(float(cell)) for cell in row] for row in values], dtype=object),
        )
    elif form == "objects":
        hold(monkeypatch, other, values.astype(object))
    elif form == "nothing masked":
        hold(monkeypatch, other, np.ma.MaskedArray(values, mask=False))
    elif form == "doubled entries":
        half = sparse.coo_matrix(np.floor(values / 2))
        rest = sparse.coo_matrix(values - np.floor(values / 2))
        order = np.argsort(np.concatenate([half.row, rest.row]), kind="stable")
        data, columns = (
            np.concatenate(pair)[order] for pair in ((half.data, rest.data), (half.col, rest.col))
        )
        starts = np.concatenate([[0], np.cumsum(np.bincount(np.concatenate([half.row, rest.row])))])
        other.X = sparse.csr_matrix((data, columns, starts), shape=values.shape)
    else:
        other.X = (sparse.csr_array if form == "csr_array" else sparse.csc_array)(values)
    try:
        expected = call(plain)
    except errors.IfnsigError as fault:  # pragma: no cover
        pytest.fail(str(fault))
    found = call(other)
    if expected is None:  # it annotates: scores, or a layer
        for key in plain.obsm:
            np.testing.assert_allclose(other.obsm[key], plain.obsm[key], rtol=1e-12, atol=1e-12)
        for key in keys.layer_names(plain):
            np.testing.assert_allclose(
                dense(other.layers[key]), dense(plain.layers[key]), rtol=1e-12, atol=1e-12
            )
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    elif isinstance(expected, anndata.AnnData):
        np.testing.assert_allclose(dense(found.X), dense(expected.X), rtol=1e-12)


def dense(values: Any) -> np.ndarray:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=float)


def test_every_verb_that_reads_a_matrix_is_walked() -> None:
    """A verb that asks the gate for the matrix is in the list, so that a new one joins by itself."""
    names = {name.split()[0] for name in VERBS}
    elsewhere = {
        "pp.coverage": "it looks at names alone; see below",
        "pp.map_genes": "it makes the names that others need",
        "pp.reduced_set_correlation": "it scores as tl.score does",
        "tl.count_changes": "needs pydeseq2, an extra",
        "tl.score_genes": "reads what tl.score scored",
        "tl.rank_tables": "tables of tl.score's own ranks",
        "pp.detected_genes": "takes arrays",
    }
    for module, room in (("pp", pp), ("tl", tl)):
        for name in room.__all__:
            function = getattr(room, name)
            if not inspect.isfunction(function) or "layer" not in inspect.signature(function).parameters:
                continue
            full = f"{module}.{name}"
            assert full in names or full in elsewhere, (
                f"{full} takes a layer: add it to VERBS, or say why not"
            )


@pytest.mark.parametrize(
    ("module", "meta", "package"),
    [
        ("cupyx.scipy.sparse._csr", None, "cupyx"),
        ("dask.array.core", "cupy._core.core", "cupy"),
        ("torch", None, "torch"),
    ],
)
def test_arrays_on_a_graphics_card_are_told_by_their_package(
    module: str, meta: str | None, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    adata = cohort()
    about: dict[str, Any] = {"__module__": module, "shape": adata.shape, "dtype": np.dtype(float)}
    if meta is not None:
        about["_meta"] = type("ndarray", (), {"__module__": meta})()
    hold(monkeypatch, adata, type("array", (), about)())
    with pytest.raises(
        errors.TableError, match=f"X is an array of {package}. Move it to the memory of the host first"
    ):
        tl.score(adata, SIX, method="mean")


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_coverage_refuses_doubled_names_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ParameterError, match="Gene names are not unique: IFI27"):
        pp.coverage(handed("doubled", "counts", monkeypatch), SIX)


@pytest.mark.parametrize(
    ("value", "said"), [(np.nan, "no value"), (-np.inf, "an infinite value"), (np.inf, "an infinite value")]
)
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("method", ["mean", "ssgsea", "zscore", "ucell", "singscore"])
def test_a_cell_without_a_finite_value_is_named_with_sample_and_gene(
    method: str, form: Any, value: float, said: str
) -> None:
    """log2 of 0 is -inf: ranked or averaged it would travel into every later number."""
    adata = cohort()
    values = np.asarray(adata.X)
    values[8, 3] = value
    adata.X = form(values)
    given = {"controls": ("group", "healthy")} if method == "zscore" else {}
    with pytest.raises(
        errors.TableError,
        match=rf"samples have genes without a value: S8 .*{said}.* of gene 'ISG15' in sample 'S8'",
    ):
        tl.score(adata, SIX, method=method, **given)


def test_an_infinite_value_outside_the_signature_stops_methods_that_rank_all_genes() -> None:
    adata = cohort()
    adata.X[8, 7] = -np.inf
    with pytest.raises(errors.TableError, match="an infinite value .* of gene 'GAPDH' in sample 'S8'"):
        tl.score(adata, SIX, method="ssgsea")
    tl.score(adata, SIX, method="mean")  # it does not look there


@pytest.mark.parametrize(("base", "unit", "fits"), [
    (None, "log2_cp10k", False), (np.e, "log2_cp10k", False), (2, "log2_cp10k", True), (10, "log2_cp10k", False),
    (2, "log1p_cp10k", False), ("absent", "log2_cp10k", False), ("absent", "log1p_cp10k", True), (None, "counts", True),
])  # fmt: skip
def test_the_base_that_scanpy_noted_must_fit_the_unit(
    base: Any, unit: str, fits: bool, tmp_path: Any
) -> None:
    adata = cohort(unit if unit == "counts" else "log2_cpm")
    keys.declare_unit(adata, unit)
    adata.uns["log1p"] = {} if base == "absent" else {"base": base}
    asked = [lambda: gate.matrix(adata)]
    if base is not None:  # h5ad cannot hold None; anndata leaves it out
        adata.write_h5ad(tmp_path / "x.h5ad")
        asked.append(lambda: io.read(tmp_path / "x.h5ad"))
    for ask in asked:
        if fits:
            ask()
        else:
            with pytest.raises(errors.UnitError, match="declared as .* but the file says that it holds"):
                ask()


def test_rice_of_a_scanpy_file_in_its_true_unit() -> None:
    """scverse/scanpy#2239: 2.41 as log2 is 3.56 of counts, because ln was taken: 2.41 ** (1 / ln 2)."""
    assert 2.41 ** (1 / np.log(2)) == pytest.approx(3.56, abs=0.005)
    adata = cohort("counts")
    adata.X = np.log1p(np.asarray(adata.X))
    adata.uns["log1p"] = {"base": None}
    keys.declare_unit(adata, "log2_cp10k")
    with pytest.raises(errors.UnitError, match="log1p_cp10k"):
        tl.score(adata, SIX, method="mean")
    keys.declare_unit(adata, "log1p_cp10k")
    pp.convert(adata, to="log2_cp10k")
    tl.score(adata, SIX, method="mean", layer="log2_cp10k")
    by_hand = np.asarray(adata.X)[:, :6].mean(axis=1) / np.log(2)
    np.testing.assert_allclose(adata.obsm["ifn_mean"]["six"], by_hand, rtol=1e-13)


def test_a_unit_that_does_not_exist_is_not_declared() -> None:
    with pytest.raises(errors.UnitError, match="no unit named 'log2cp10k'. Did you mean 'log2_cp10k'"):
        keys.declare_unit(cohort(), "log2cp10k")
    keys.declare_unit(cohort(), "log2_cp10k")


def test_genes_that_were_chosen_away_are_found_in_the_raw_slot() -> None:
    """scverse/scanpy#2068: highly variable genes in X, all genes in raw."""
    whole = cohort()
    adata = whole[:, GENES[4:]].copy()
    adata.raw = whole
    with pytest.raises(errors.CoverageError, match=r"The raw slot holds 12 genes, IFI27.* layer=\"raw\""):
        tl.score(adata, SIX, method="mean")
    with pytest.raises(errors.UnitError, match="The unit of layer 'raw' is not declared"):
        tl.score(adata, SIX, method="mean", layer="raw")
    keys.declare_unit(adata, "log2_cpm", "raw")
    tl.score(adata, SIX, method="mean", layer="raw")
    np.testing.assert_allclose(
        adata.obsm["ifn_mean"]["six"], np.asarray(whole.X)[:, :6].mean(axis=1), rtol=1e-13
    )
    facts = ifn.get.provenance(adata, "mean")
    assert (facts["layer"], facts["n_genes_measured"]) == ("raw", 12)


def test_a_gene_that_does_not_vary_is_not_called_missing() -> None:
    adata = cohort()
    adata.X[:6, :4] = 0.0
    with pytest.raises(
        errors.CoverageError, match=r"six has 2 of 6 genes \(measured, but constant in the reference: IFI27"
    ):
        tl.score(adata, SIX, method="zscore", controls=("group", "healthy"))
    less = cohort()[:, GENES[4:]].copy()
    with pytest.raises(errors.CoverageError, match=r"six has 2 of 6 genes \(not measured: IFI27"):
        tl.score(less, SIX, method="zscore", controls=("group", "healthy"))
