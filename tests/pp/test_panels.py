"""nCounter lanes and qPCR cycles, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, keys, pp

PROBES = [
    "POS_A(128)", "POS_B(32)", "POS_C(8)", "POS_D(2)", "POS_E(0.5)", "NEG_A(0)", "NEG_B(0)", "HK1", "HK2", "MX1",
]  # fmt: skip
CLASSES = ["Positive"] * 5 + ["Negative"] * 2 + ["Housekeeping"] * 2 + ["Endogenous"]
POSITIVE = [6400.0, 1600.0, 400.0, 100.0, 25.0]  # 50 times the concentration; geometric mean 400


@pytest.fixture
def lanes(make_adata):
    # the second lane has twice the chemistry (positive controls) and four times the RNA (housekeeping)
    adata = make_adata(
        [[*POSITIVE, 4.0, 6.0, 100.0, 400.0, 50.0], [*(2 * x for x in POSITIVE), 8.0, 12.0, 400.0, 1600.0, 200.0]],
        genes=PROBES, unit="nanostring_counts",
        BindingDensity=[0.5, 3.0], FovCount=[280, 280], FovCounted=[280, 140],
    )  # fmt: skip
    adata.var["code_class"] = CLASSES
    return adata


def facts(adata, layer="nanostring"):
    return keys.read_field(adata, "source")["normalized"][layer]["per_sample"]


def test_nanostring_without_background_by_hand(lanes):
    pp.normalize(lanes, method="nanostring", background="none")
    # positive geometric means 400 and 800, target 600: factors 1.5 and 0.75
    # scaled housekeeping: 150 600 and 300 1200, geometric means 300 and 600, target 450: factors 1.5 and 0.75
    assert list(facts(lanes)["positive_factor"].values()) == pytest.approx([1.5, 0.75], rel=1e-14)
    assert list(facts(lanes)["housekeeping_factor"].values()) == pytest.approx([1.5, 0.75], rel=1e-14)
    # MX1: 50 * 1.5 * 1.5 and 200 * 0.75 * 0.75, both 112.5
    np.testing.assert_allclose(lanes.layers["nanostring"][:, -1], np.log2(113.5), rtol=1e-14)
    assert keys.unit_of(lanes, "nanostring") == "log2_nanostring"


def test_the_background_is_a_floor_or_is_subtracted(lanes):
    # scaled negatives 6 9 in both lanes: mean 7.5, SD sqrt(4.5), level 7.5 + 2 sqrt(4.5) = 11.7426
    level = 7.5 + 2 * np.sqrt(4.5)
    lanes.X[0, -1] = 1.0
    pp.normalize(lanes, method="nanostring")
    # housekeeping is above the floor: its factors stay 1.5 and 0.75
    assert lanes.layers["nanostring"][0, -1] == pytest.approx(np.log2(level * 1.5 + 1), rel=1e-14)
    pp.normalize(lanes, method="nanostring", background="subtract", layer_out="less")
    assert lanes.layers["less"][0, -1] == 0
    means = [np.sqrt((150 - level) * (600 - level)), np.sqrt((300 - level) * (1200 - level))]
    expected = np.log2((150 - level) * np.mean(means) / means[1] + 1)
    assert lanes.layers["less"][1, -1] == pytest.approx(expected, rel=1e-14)


def test_the_quality_of_lanes_is_flagged_by_the_published_limits(lanes):
    pp.normalize(lanes, method="nanostring")
    assert facts(lanes)["flags"] == {"S0": "", "S1": "NS_BINDING_DENSITY;NS_FIELDS_OF_VIEW"}
    assert facts(lanes)["fields_of_view"] == {"S0": 1.0, "S1": 0.5}
    # counts in proportion to the concentrations: a straight line but for the + 1 under the logarithm
    assert min(facts(lanes)["linearity"].values()) > 0.999
    # 25 counts against 4 and 6: (25 - 5) / sqrt(2)
    assert facts(lanes)["detection_limit"]["S0"] == pytest.approx(20 / np.sqrt(2), rel=1e-14)
    lanes.X[0, :5] = [40.0, 900.0, 30.0, 700.0, 5.0]
    pp.normalize(lanes, method="nanostring")
    # geometric means now 82.4 and 800: factor 441 / 82.4 = 5.4, above 4
    assert facts(lanes)["flags"]["S0"] == "NS_LINEARITY;NS_DETECTION_LIMIT;NS_POSITIVE_FACTOR"


def test_what_is_not_known_of_a_lane_raises_no_flag(lanes):
    lanes.obs = lanes.obs[[]]
    pp.normalize(lanes, method="nanostring")
    assert facts(lanes)["flags"] == {"S0": "", "S1": ""}
    assert facts(lanes)["binding_density"] == {"S0": None, "S1": None}


def test_one_new_lane_gets_the_values_it_would_have_had(lanes):
    pp.normalize(lanes, method="nanostring")
    fitted = pp.fit_normalization(lanes, method="nanostring")
    alone = lanes[[1], ::-1].copy()
    pp.normalize(alone, fitted=fitted)
    np.testing.assert_array_equal(alone.layers["nanostring"], lanes[[1], ::-1].layers["nanostring"])


def test_housekeeping_genes_can_be_named(lanes):
    pp.normalize(lanes, method="nanostring", background="none", reference_genes=["HK1"])
    # scaled HK1 150 and 300, target 225: factors 1.5 and 0.75 again, as both genes rise alike
    assert list(facts(lanes)["housekeeping_factor"].values()) == pytest.approx([1.5, 0.75], rel=1e-14)
    with pytest.raises(errors.GeneNameError, match="1 of 2 reference genes are not in the matrix: HK9"):
        pp.normalize(lanes, method="nanostring", reference_genes=["HK1", "HK9"])


def test_lanes_without_controls_are_refused(lanes):
    lanes.var["code_class"] = ["Endogenous"] * 10
    with pytest.raises(
        errors.ParameterError, match="positive controls, negative controls .* housekeeping genes"
    ):
        pp.normalize(lanes, method="nanostring")
    lanes.var["code_class"] = ["Positive"] * 5 + ["Endogenous"] * 2 + ["Housekeeping"] * 2 + ["Endogenous"]
    with pytest.raises(errors.ParameterError, match='background="none"'):
        pp.normalize(lanes, method="nanostring")
    pp.normalize(lanes, method="nanostring", background="none")


def test_a_background_needs_two_negative_controls_for_its_spread(lanes):
    pp.normalize(lanes[:, [name != "HK2" for name in PROBES]].copy(), method="nanostring")
    one = lanes[:, [name != "NEG_B(0)" for name in PROBES]].copy()
    with pytest.raises(errors.ParameterError, match="negative controls"):
        pp.normalize(one, method="nanostring")
    pp.normalize(one, method="nanostring", background="none")


@pytest.mark.parametrize("per_fm", range(20, 60))
def test_controls_on_a_straight_line_are_linear(lanes, per_fm):
    """R2 is 1, which rounding puts on either side of 1."""
    lanes.X[0, :5] = [per_fm * fm - 1 for fm in (128, 32, 8, 2, 0.5)]
    pp.normalize(lanes, method="nanostring")
    assert facts(lanes)["linearity"]["S0"] == pytest.approx(1, rel=1e-14)
    assert "NS_LINEARITY" not in facts(lanes)["flags"]["S0"]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("BindingDensity", [0.1, 2.25], [0.099, 2.251]),
        ("FovCounted", [210, 280], [209]),  # of 280: 75 % is enough
    ],
)
def test_a_lane_on_a_limit_is_good(lanes, column, good, bad):
    lanes.obs["BindingDensity"], lanes.obs["FovCounted"] = 1.0, 280
    for value in (*good, *bad):
        lanes.obs[column] = value
        pp.normalize(lanes, method="nanostring")
        assert (facts(lanes)["flags"]["S0"] == "") == (value in good), value


def test_an_unknown_background_is_refused(lanes):
    with pytest.raises(errors.ParameterError, match="'floor', 'subtract', 'none'.*Did you mean 'floor'"):
        pp.normalize(lanes, method="nanostring", background="flor")


@pytest.fixture
def cycles(make_adata):
    return make_adata(
        [[20.0, 22.0, 25.0, np.nan], [19.0, 21.0, 22.0, 30.0], [21.0, 25.0, 24.0, 33.0]],
        genes=["GAPDH", "ACTB", "MX1", "IFI27"], unit="ct", group=["healthy", "healthy", "DM"],
    )  # fmt: skip


def test_delta_ct_by_hand(cycles):
    pp.normalize(cycles, method="delta_ct", reference_genes=["GAPDH", "ACTB"])
    # reference means 21, 20, 23
    expected = [[-1, 1, 4, np.nan], [-1, 1, 2, 10], [-2, 2, 1, 10]]
    np.testing.assert_array_equal(cycles.layers["delta_ct"], expected)
    assert keys.unit_of(cycles, "delta_ct") == "delta_ct"


def test_delta_delta_ct_by_hand(cycles):
    pp.normalize(
        cycles, method="delta_delta_ct", reference_genes=["GAPDH", "ACTB"], controls=("group", "healthy")
    )
    # calibrator: MX1 (4 + 2) / 2 = 3; IFI27 10, the one that was detected. Minus the difference: more RNA is higher
    np.testing.assert_array_equal(cycles.layers["delta_delta_ct"][:, 2:], [[-1, np.nan], [1, 0], [2, 0]])
    assert keys.unit_of(cycles, "delta_delta_ct") == "log2_relative"
    assert keys.read_field(cycles, "source")["normalized"]["delta_delta_ct"]["controls"] == "group = healthy"


def test_delta_delta_ct_takes_delta_ct_as_it_is(cycles):
    pp.normalize(cycles, method="delta_ct", reference_genes="GAPDH")
    pp.normalize(cycles, method="delta_delta_ct", layer="delta_ct", controls=["S0", "S1"], layer_out="a")
    pp.normalize(
        cycles, method="delta_delta_ct", reference_genes=["GAPDH"], controls=["S0", "S1"], layer_out="b"
    )
    np.testing.assert_array_equal(cycles.layers["a"], cycles.layers["b"])


def test_one_new_patient_is_held_against_the_same_calibrators(cycles, tmp_path):
    options = {"reference_genes": ["GAPDH", "ACTB"], "controls": ("group", "healthy")}
    pp.normalize(cycles, method="delta_delta_ct", **options)
    pp.fit_normalization(cycles, method="delta_delta_ct", **options).save(tmp_path / "ddct.npz")
    alone = cycles[["S2"], ::-1].copy()
    pp.normalize(alone, fitted=pp.Normalization.load(tmp_path / "ddct.npz"))
    np.testing.assert_array_equal(
        alone.layers["delta_delta_ct"], cycles[["S2"], ::-1].layers["delta_delta_ct"]
    )


def test_reference_genes_must_be_named_there_and_detected(cycles):
    with pytest.raises(errors.ParameterError, match="The reference genes must be named"):
        pp.normalize(cycles, method="delta_ct")
    with pytest.raises(errors.GeneNameError, match="1 of 1 reference genes are not in the matrix: 18S"):
        pp.normalize(cycles, method="delta_ct", reference_genes=["18S"])
    with pytest.raises(errors.TableError, match="1 Ct values of reference genes are missing: IFI27 in S0"):
        pp.normalize(cycles, method="delta_ct", reference_genes=["IFI27"])
    with pytest.raises(errors.ReferenceRequiredError, match="Name the calibrators"):
        pp.normalize(cycles, method="delta_delta_ct", reference_genes=["GAPDH"])
    pp.normalize(cycles, method="delta_ct", reference_genes=["MX1"])


def test_an_assay_meets_its_own_methods_only(cycles, lanes):
    with pytest.raises(errors.UnitError, match="cycles are not expression"):
        pp.normalize(cycles, method="tmm")
    with pytest.raises(errors.UnitError, match='use method="nanostring"'):
        pp.normalize(lanes, method="tmm")


def test_a_real_panel_keeps_the_known_correlation_of_interferon_genes(make_adata, real_data):
    table = pd.read_csv(real_data / "gse117751-nanostring-rcc" / "GSE117751_expression_matrix.csv")
    counts = table.filter(like="GSM")
    adata = make_adata(counts.to_numpy(float).T, genes=table["Name"], unit="nanostring_counts")
    adata.var["code_class"] = table["CodeClass"].to_numpy()
    pp.normalize(adata, method="nanostring", background="none")
    genes = ["MX1", "IFIT2", "IFITM1", "IFI35", "IFIH1", "IFI16", "IRF7", "STAT1", "BST2"]
    correlation = np.corrcoef(adata[:, genes].layers["nanostring"].T)
    # the data's README: log2 minus mean log2 housekeeping, without positive controls and without 1 under the logarithm
    assert correlation[np.triu_indices(9, 1)].mean() == pytest.approx(0.44, abs=0.01)
    # six controls of a fourfold dilution: published lanes are within the limits
    assert "NS_LINEARITY" not in ";".join(facts(adata)["flags"].values())
