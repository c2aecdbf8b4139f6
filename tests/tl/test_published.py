"""tl.score(method="published"): each signature by its own recipe from one AnnData; what is refused; calls by cut-offs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import get, keys
from ifnsig.core import Reference
from ifnsig.errors import CoverageError, CoverageWarning, ParameterError, ReferenceRequiredError, UnitError
from ifnsig.signatures import SIGNATURES, read_signature
from ifnsig.stats.association.cutoff import healthy_cut

Make = Callable[..., AnnData]
HEALTHY = ("group", "healthy")
SIX = list(SIGNATURES["rice2013_6"].genes)


def expression(rng: np.random.Generator, n: int, p: int) -> np.ndarray:
    return rng.gamma(3, 30, (n, p))


@pytest.fixture
def blood(make_adata: Make) -> AnnData:
    """Five healthy and four patients; TPM of every gene of the catalogue, their log2 in a layer."""
    genes = sorted({gene for record in SIGNATURES.values() for gene in record.genes})
    values = expression(np.random.default_rng(8), 9, len(genes))
    values[5:, [gene in SIX for gene in genes]] *= 4
    adata = make_adata(values, genes=genes, unit="tpm", group=["healthy"] * 5 + ["patient"] * 4)
    adata.layers["log"] = np.log2(values)
    keys.declare_unit(adata, "log2_tpm", "log")
    return adata


def published(adata: AnnData, names: Any, **options: Any) -> pd.DataFrame:
    ifn.tl.score(adata, names, method="published", **options)
    return get.scores(adata, "published")


def of(adata: AnnData, name: str) -> np.ndarray:
    return np.asarray(adata[:, list(SIGNATURES[name].genes)].X)


def test_one_call_gives_every_signature_its_own_recipe(blood: AnnData) -> None:
    names = [
        "rice2013_6",
        "trieste_6_geomean",
        "kim2018_28",
        "galbraith_ds_16",
        "janssen_10",
        "bloodgen3_M8_3",
    ]
    got = published(blood, names, controls=HEALTHY)
    six = of(blood, "rice2013_6")
    np.testing.assert_allclose(
        got["rice2013_6"], np.median(six / np.median(six[:5], axis=0), axis=1), rtol=1e-12
    )
    steady = np.prod(np.asarray(blood[:, ["TBP", "HPRT1"]].X), axis=1) ** 0.5
    np.testing.assert_allclose(got["trieste_6_geomean"], np.prod(six, axis=1) ** (1 / 6) / steady, rtol=1e-12)
    for name, over in (("kim2018_28", slice(0, 5)), ("galbraith_ds_16", slice(None))):
        logs = pd.DataFrame(np.log2(of(blood, name)))
        expected = ((logs - logs[over].mean()) / logs[over].std()).sum(axis=1)
        np.testing.assert_allclose(got[name], expected, rtol=1e-10, atol=1e-12)
    logs = np.log2(of(blood, "janssen_10"))
    np.testing.assert_allclose(
        got["janssen_10"], (logs - logs[:5].mean(axis=0)).sum(axis=1), rtol=1e-10, atol=1e-12
    )
    x, mean = of(blood, "bloodgen3_M8_3"), of(blood, "bloodgen3_M8_3")[:5].mean(axis=0)
    up, down = (x / mean > 1.5) & (x - mean > 10), (mean / x > 1.5) & (x - mean < -10)
    np.testing.assert_allclose(got["bloodgen3_M8_3"], 100 * (up.mean(axis=1) - down.mean(axis=1)))


def test_the_log_layer_gives_the_same_as_the_linear_values(blood: AnnData) -> None:
    names = [
        "rice2013_6",
        "trieste_6_geomean",
        "kim2018_28",
        "galbraith_ds_16",
        "aybey_ifn1_20",
        "janssen_10",
    ]
    linear = published(blood, names, controls=HEALTHY)
    logs = published(blood, names, controls=HEALTHY, layer="log")
    np.testing.assert_allclose(logs, linear, rtol=1e-9, atol=1e-11)  # there and back through log2


def test_provenance_names_every_recipe_and_scope(blood: AnnData) -> None:
    published(blood, ["rice2013_6", "trieste_6_geomean", "galbraith_ds_16"], controls=HEALTHY)
    facts = get.provenance(blood, "published")
    assert {name: about["scope"] for name, about in facts["recipes"].items()} == {
        "rice2013_6": "reference", "trieste_6_geomean": "sample", "galbraith_ds_16": "cohort",
    }  # fmt: skip
    assert facts["scope"] == "cohort"
    assert facts["recipes"]["rice2013_6"]["parameters"] == {"reading": "per_gene"}
    assert facts["reference"]["samples"] == ["S0", "S1", "S2", "S3", "S4"]


def test_a_recipe_without_comparison_needs_no_controls(blood: AnnData) -> None:
    published(blood, ["trieste_6_geomean"])
    assert get.provenance(blood, "published")["scope"] == "sample"
    published(blood, ["galbraith_ds_16"], reference="cohort")
    assert get.provenance(blood, "published")["scope"] == "cohort"


def test_both_readings_of_rice_can_be_had_by_name(blood: AnnData) -> None:
    per_gene = published(blood, ["rice2013_6"], controls=HEALTHY)["rice2013_6"]
    whole = published(
        blood, ["rice2013_6"], controls=HEALTHY, recipes={"rice2013_6": {"reading": "whole_score"}}
    )
    six = of(blood, "rice2013_6")
    expected = np.median(six, axis=1) / np.median(np.median(six[:5], axis=1))
    np.testing.assert_allclose(whole["rice2013_6"], expected, rtol=1e-12)
    assert not np.allclose(whole["rice2013_6"], per_gene)
    assert get.provenance(blood, "published")["recipes"]["rice2013_6"]["parameters"] == {
        "reading": "whole_score"
    }


def test_one_patient_scores_the_same_alone_with_a_frozen_reference(blood: AnnData) -> None:
    names = ["rice2013_6", "kim2018_28", "bloodgen3_M8_3"]
    together = published(blood, names, controls=HEALTHY)
    frozen = Reference.fit(
        np.asarray(blood.X)[:5],
        tuple(blood.var_names),
        tuple(blood.obs_names[:5]),
        unit="tpm",
        label="healthy",
        keep_values=True,
    )
    one = blood[[7]].copy()
    np.testing.assert_allclose(published(one, names, reference=frozen).iloc[0], together.iloc[7], rtol=1e-12)


def test_a_cohort_recipe_moves_when_others_join(blood: AnnData) -> None:
    every = published(blood, ["galbraith_ds_16"])["galbraith_ds_16"]
    fewer = published(blood[:7].copy(), ["galbraith_ds_16"])["galbraith_ds_16"]
    assert abs(every.iloc[0] - fewer.iloc[0]) > 0.1


def test_chiche_counts_active_modules_once_the_limit_is_stated(blood: AnnData) -> None:
    with pytest.raises(
        ParameterError, match=r"What makes a module of chiche2014_modular active.*active_above"
    ):
        published(blood, ["chiche2014_modular"], controls=HEALTHY)
    got = published(
        blood, ["chiche2014_modular"], controls=HEALTHY, recipes={"chiche2014_modular": {"active_above": 10}}
    )
    record = SIGNATURES["chiche2014_modular"].recipe
    assert record is not None
    count = np.zeros(9)
    for module in record.parameters["modules"]:
        x = of(blood, module)
        mean = x[:5].mean(axis=0)
        net = ((x > 1.5 * mean) & (x > mean + 10)).sum(axis=1) - ((x < mean / 1.5) & (x < mean - 10)).sum(
            axis=1
        )
        count += 100 * net / x.shape[1] > 10
    np.testing.assert_array_equal(got["chiche2014_modular"], count)


def test_feng_needs_a_housekeeping_gene_or_delta_ct(blood: AnnData) -> None:
    with pytest.raises(ParameterError, match="does not name its housekeeping gene"):
        published(blood, ["feng2006_5"])
    got = published(blood, ["feng2006_5"], recipes={"feng2006_5": {"housekeeping": ["HPRT1"]}})
    expected = (of(blood, "feng2006_5") / np.asarray(blood[:, ["HPRT1"]].X)).sum(axis=1)
    np.testing.assert_allclose(got["feng2006_5"], expected, rtol=1e-12)


def cycles(make: Make, rng: np.random.Generator | None = None) -> AnnData:
    """Delta Ct of the six genes: healthy people near 5, two patients five cycles earlier (32 times the RNA)."""
    values = np.round((rng or np.random.default_rng(2)).normal(5, 0.3, (8, 6)), 3)
    values[6:] -= 5
    return make(values, genes=SIX, unit="delta_ct", group=["healthy"] * 6 + ["patient"] * 2)


def test_delta_ct_are_scored_as_qpcr_does_it(make_adata: Make) -> None:
    adata = cycles(make_adata)
    got = published(adata, ["rice2013_6", "trieste_6_geomean"], controls=HEALTHY)
    quantity = 2.0 ** -np.asarray(adata.X)
    expected = np.median(quantity / np.median(quantity[:6], axis=0), axis=1)
    np.testing.assert_allclose(got["rice2013_6"], expected, rtol=1e-12)
    np.testing.assert_allclose(got["trieste_6_geomean"], 2.0 ** -np.asarray(adata.X).mean(axis=1), rtol=1e-12)


def test_own_signatures_can_have_a_recipe_of_their_own(blood: AnnData) -> None:
    mine = {"mine": ["MX1", "ISG15"]}
    with pytest.raises(ParameterError, match=r"No recipe of mine can be carried out.*recipes=\{'mine'"):
        published(blood, mine, controls=HEALTHY)
    got = published(blood, mine, controls=HEALTHY, recipes={"mine": {"kind": "sum_of_z"}})
    logs = np.log2(np.asarray(blood[:, ["MX1", "ISG15"]].X))
    expected = ((logs - logs[:5].mean(0)) / logs[:5].std(0, ddof=1)).sum(1)
    np.testing.assert_allclose(got["mine"], expected, rtol=1e-10)
    record = read_signature({"id": "mine", "genes": ["MX1", "ISG15"], "confidence": {"recipe": "single_source"},
                             "recipe": {"kind": "sum_of_z", "sentence": "as above"}})  # fmt: skip
    np.testing.assert_allclose(
        published(blood, {"mine": record}, controls=HEALTHY)["mine"], expected, rtol=1e-10
    )


def test_a_signature_without_a_recipe_is_sent_to_the_general_methods(blood: AnnData) -> None:
    with pytest.raises(
        ParameterError, match=r"No recipe of brkic2013_5, hallmark_ifna can be.*mean, .*zscore"
    ):
        published(blood, ["rice2013_6", "brkic2013_5", "hallmark_ifna"], controls=HEALTHY)
    ifn.tl.score(blood, ["brkic2013_5", "hallmark_ifna"], method="mean", layer="log")


def test_a_pointer_cannot_be_scored_until_its_list_is_given(blood: AnnData) -> None:
    with pytest.raises(
        ParameterError, match=r"'greenberg2012_13' is listed without genes.*score it as your own"
    ):
        ifn.tl.score(blood, ["greenberg2012_13"], method="mean", layer="log")
    ifn.tl.score(blood, {"greenberg2012_13": ["MX1", "ISG15"]}, method="mean", layer="log")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ReferenceRequiredError, "recipe of rice2013_6 compares with healthy samples"),
        ({"reference": "cohort"}, ReferenceRequiredError, "The cohort itself is not what its paper compares with"),
        ({"controls": ("group", "health")}, ReferenceRequiredError, "No sample has group = 'health'"),
        ({"controls": ("grup", "healthy")}, ParameterError, "'grup', which is not in obs. Did you mean 'group'"),
        ({"controls": HEALTHY, "recipes": {"rice2013": {}}}, ParameterError, "not scored: rice2013. Did you mean 'rice2013_6'"),
        ({"controls": HEALTHY, "recipes": {"rice2013_6": {"way": 1}}}, ParameterError, "has no parameter way"),
        ({"controls": HEALTHY, "recipes": {"rice2013_6": {"kind": "sum"}}}, ParameterError, "The recipe 'sum' is none of"),
        ({"controls": HEALTHY, "recipes": {"rice2013_6": {"kind": "sum_of_z", "over": "all"}}}, ParameterError, "'over' must be"),
        ({"recipes": {"rice2013_6": {"kind": "sum_delta_ct"}}}, UnitError, "takes delta_ct values; these are tpm"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    blood: AnnData, options: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        published(blood, ["rice2013_6"], **options)


def test_a_reference_of_another_unit_is_refused(blood: AnnData) -> None:
    logs = ifn.pp.fit_reference(blood, controls=HEALTHY, layer="log")
    with pytest.raises(UnitError, match="fitted on 'log2_tpm' values; these are 'tpm'"):
        published(blood, ["kim2018_28"], reference=logs)
    with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
        published(blood, ["rice2013_6"], reference=logs, layer="log")
    published(blood, ["kim2018_28"], reference=logs, layer="log")


def test_counts_still_carry_depth_and_are_refused(blood: AnnData) -> None:
    keys.declare_unit(blood, "counts")
    with pytest.raises(UnitError, match="cannot score values in 'counts'"):
        published(blood, ["trieste_6_geomean"])


def test_missing_reference_genes_are_refused(blood: AnnData) -> None:
    without = blood[:, [gene for gene in blood.var_names if gene != "TBP"]].copy()
    with pytest.raises(CoverageError, match="divides by its reference genes; the matrix lacks TBP"):
        published(without, ["trieste_6_geomean"])


def test_genes_that_a_recipe_cannot_use_count_as_missing(blood: AnnData) -> None:
    blood.X[:3, blood.var_names.get_loc("IFI27")] = 0  # three of five healthy people: the median is 0
    blood.X[:5, blood.var_names.get_loc("SIGLEC1")] = 0
    with pytest.warns(
        CoverageWarning,
        match="rice2013_6 is scored with 4 of its 6 genes; measured, but constant in the reference: IFI27, SIGLEC1",
    ):
        published(blood, ["rice2013_6"], controls=HEALTHY)
    blood.X[:5, [gene in SIX for gene in blood.var_names]] = 0
    with pytest.raises(CoverageError, match="rice2013_6 has 0 of 6 genes"):
        published(blood, ["rice2013_6"], controls=HEALTHY)


def test_falling_genes_need_a_recipe_that_knows_them(blood: AnnData) -> None:
    mine = {"mine": {"MX1": 1, "CXCL8": -1}}
    with pytest.raises(ParameterError, match="cannot score 'mine': it has falling genes"):
        published(blood, mine, controls=HEALTHY, recipes={"mine": {"kind": "median_fold_change"}})
    published(blood, mine, controls=HEALTHY, recipes={"mine": {"kind": "sum_of_z"}})


# --- calls -------------------------------------------------------------------------------------------------------------


def calls(adata: AnnData, signature: str, **options: Any) -> pd.DataFrame:
    table = ifn.tl.call_positive(adata, **options)
    return table[table["signature"] == signature].reset_index(drop=True)


def test_a_call_is_made_on_the_assay_of_the_cut_off(make_adata: Make) -> None:
    adata = cycles(make_adata)
    published(adata, ["rice2013_6"], controls=HEALTHY)
    table = calls(adata, "rice2013_6", platform="taqman qpcr")
    assert list(table.columns) == [
        "sample", "signature", "method", "score", "cut", "cut_low", "cut_high", "cut_rule", "call", "reclassified",
        "reason", "flags",
    ]  # fmt: skip
    assert table["call"].tolist() == ["negative"] * 6 + ["positive"] * 2
    assert (table["cut"] == 2.466).all()
    assert (table["reason"] == "").all()


@pytest.mark.parametrize(
    ("platform", "message"),
    [
        (None, "the assay of the data is not stated; the cut-off was made on TaqMan qPCR"),
        ("RNA-seq", "the cut-off was made on TaqMan qPCR; the data are from RNA-seq"),
    ],
)
def test_a_call_is_withheld_on_another_assay(make_adata: Make, platform: str | None, message: str) -> None:
    adata = cycles(make_adata)
    published(adata, ["rice2013_6"], controls=HEALTHY)
    table = calls(adata, "rice2013_6", platform=platform)
    assert (table["call"] == "").all()
    assert table["reason"].str.startswith(message).all()


def test_values_of_another_unit_are_not_of_that_assay(blood: AnnData) -> None:
    published(blood, ["rice2013_6"], controls=HEALTHY)
    table = calls(blood, "rice2013_6", platform="TaqMan qPCR")
    assert set(table["reason"]) == {"TaqMan qPCR gives delta_ct; these values are declared as tpm"}


@pytest.mark.filterwarnings("ignore::ifnsig.errors.CoverageWarning")
def test_a_call_needs_every_gene(make_adata: Make) -> None:
    adata = cycles(make_adata)[:, SIX[:4]].copy()
    published(adata, ["rice2013_6"], controls=HEALTHY)
    assert set(calls(adata, "rice2013_6", platform="TaqMan qPCR")["reason"]) == {"scored with 4 of 6 genes"}


def test_cut_offs_that_cannot_decide_say_why(blood: AnnData) -> None:
    names = ["aybey_ifn1_20", "bloodgen3_M8_3", "janssen_10", "kim2018_28"]
    published(blood, names, controls=HEALTHY)
    reasons = ifn.tl.call_positive(blood).groupby("signature")["reason"].unique()
    assert reasons["kim2018_28"].tolist() == ["no cut-off is published"]
    assert reasons["bloodgen3_M8_3"][0].startswith("not a cut-off to call a sample by")
    assert reasons["janssen_10"][0].startswith(
        "the assay of the data is not stated; the cut-off was made on qPCR"
    )
    assert reasons["janssen_10"][1].startswith("not a cut-off to call a sample by")
    ifn.tl.score(blood, ["rice2013_6", "medimmune_4"], method="mean", layer="log")
    reasons = ifn.tl.call_positive(blood, method="mean").groupby("signature")["reason"].unique()
    assert reasons["rice2013_6"][0].endswith("these scores were made another way")
    assert reasons["medimmune_4"][0].startswith("the value of the cut-off is not published")


def test_the_value_itself_is_positive_where_the_source_says_so(make_adata: Make) -> None:
    """Trieste: normal is below 0.7, so 0.7 is not normal. Delta Ct of -log2(0.7) in all genes gives 0.7."""
    values = np.full((3, 6), -np.log2(0.7))
    values[0] += 0.01
    adata = make_adata(values, genes=SIX, unit="delta_ct")
    got = published(adata, ["trieste_6_geomean"])["trieste_6_geomean"]
    adata.obsm["ifn_published"].iloc[1:, 0] = 0.7  # without the rounding of the logarithm
    assert got.iloc[1] == pytest.approx(0.7)
    table = calls(adata, "trieste_6_geomean", platform="qPCR with a synthetic standard curve")
    assert table["call"].tolist() == ["negative", "positive", "positive"]


def test_the_healthy_cut_is_the_alternative(blood: AnnData) -> None:
    got = published(blood, ["rice2013_6", "kim2018_28"], controls=HEALTHY)
    table = ifn.tl.call_positive(blood, controls=HEALTHY)
    z = table[(table["signature"] == "kim2018_28") & table["cut_rule"].str.startswith("mean + 2 SD")]
    limit = healthy_cut(got["kim2018_28"][:5], got["kim2018_28"][5:])
    assert z["cut"].iloc[0] == pytest.approx(limit.cut)
    assert (z["cut_low"].iloc[0], z["cut_high"].iloc[0]) == pytest.approx((limit.ci_low, limit.ci_high))
    assert z["cut_rule"].iloc[0] == "mean + 2 SD of 5 samples with group = healthy"
    assert "HC_LT_10" in z["flags"].iloc[0]
    ratio = table[(table["signature"] == "rice2013_6") & table["cut_rule"].str.startswith("mean + 2 SD")]
    logs = np.log2(got["rice2013_6"][:5])
    assert ratio["cut"].iloc[0] == pytest.approx(2 ** (logs.mean() + 2 * logs.std(ddof=1)))
    assert ratio["cut_rule"].iloc[0].endswith("(log2 scale)")
    assert ratio["call"].tolist() == [
        "positive" if x > ratio["cut"].iloc[0] else "negative" for x in got["rice2013_6"]
    ]


def test_a_healthy_cut_needs_two_healthy_samples(blood: AnnData) -> None:
    published(blood, ["trieste_6_geomean"])
    with pytest.raises(ReferenceRequiredError, match="No sample has group = 'none'"):
        ifn.tl.call_positive(blood, controls=("group", "none"))
    with pytest.raises(ReferenceRequiredError, match="at least 2 samples; 'named samples' has 1"):
        ifn.tl.call_positive(blood, controls=[blood.obs_names[0]])
    ifn.tl.call_positive(blood, controls=HEALTHY)
