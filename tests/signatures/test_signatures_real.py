"""The catalogue on real cohorts: which disease, which interferon, and panels that are too small.

Figures are those of the data sets' own READMEs, worked out there with plain means and ranks. The data are in the folder
that IFNSIG_REAL_DATA names; they are not part of this repository (see README.md here).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy.stats import mannwhitneyu

import ifnsig as ifn
from ifnsig import get, keys
from ifnsig.errors import CoverageError
from ifnsig.signatures import SIGNATURES

pytestmark = pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
ROOT = Path()  # set by _at_hand


@pytest.fixture(autouse=True, scope="module")
def _at_hand(real_data: Path) -> None:
    global ROOT
    ROOT = real_data


def folder(name: str) -> Path:
    return ROOT / name


def cohort(values: pd.DataFrame, obs: pd.DataFrame, unit: str) -> AnnData:
    adata = AnnData(values.to_numpy(dtype=float), obs=obs, var=pd.DataFrame(index=values.columns.astype(str)))
    keys.declare_unit(adata, unit)
    return ifn.pp.map_genes(adata)


@pytest.fixture(scope="module")
def diseases() -> AnnData:
    """GSE22098: lupus, Still's disease, bacterial infections and 81 healthy people; 326 genes, log2."""
    here = folder("gse19491-disease-specificity")
    values = pd.read_csv(here / "expression_326genes.csv.gz", index_col=0).T
    sheet = pd.read_csv(here / "metadata.csv", index_col=0)
    chosen = sheet.index[sheet["GSE"] == "GSE22098"]
    return cohort(values.loc[chosen], sheet.loc[chosen, ["group"]].astype(str), "log2_array")


def areas(scores: pd.Series, groups: pd.Series) -> dict[str, float]:
    healthy = scores[groups == "healthy"]
    return {
        str(group): mannwhitneyu(scores[groups == group], healthy).statistic
        / len(healthy)
        / (groups == group).sum()
        for group in groups.unique()
        if group != "healthy"
    }


class TestDiseases:
    FIGURES = {"SLE_adult": 0.990, "SLE_paediatric": 0.974, "Strep": 0.523, "Staph": 0.432, "Still": 0.380}

    def test_four_genes_tell_lupus_and_nothing_else(self, diseases: AnnData) -> None:
        four = {"four": ["IFI44", "IFI44L", "ISG15", "RSAD2"]}
        ifn.tl.score(diseases, four, method="zscore", controls=("group", "healthy"))
        found = areas(get.scores(diseases, "zscore")["four"], diseases.obs["group"])
        assert found == pytest.approx(self.FIGURES, abs=0.0005)  # half of the last printed digit

    def test_published_scores_tell_lupus_and_nothing_else(self, diseases: AnnData) -> None:
        names = ["rice2013_6", "kim2018_28", "bloodgen3_M8_3", "aybey_ifn1_20", "janssen_10"]
        ifn.tl.score(diseases, names, method="published", controls=("group", "healthy"))
        scores = get.scores(diseases, "published")
        for name in names:
            found = areas(scores[name], diseases.obs["group"])
            assert min(found["SLE_adult"], found["SLE_paediatric"]) > 0.95, name
            # nothing that is not lupus is told from healthy people by more than a little
            assert max(found["Strep"], found["Staph"], found["Still"]) < 0.6, name

    def test_no_call_by_a_qpcr_cut_off_on_an_array(self, diseases: AnnData) -> None:
        ifn.tl.score(diseases, ["rice2013_6"], method="published", controls=("group", "healthy"))
        table = ifn.tl.call_positive(diseases, platform="Illumina microarray", controls=("group", "healthy"))
        published, healthy = (
            table[table["cut_rule"].str.startswith(start)] for start in ("published", "mean")
        )
        assert set(published["reason"]) == {
            "the cut-off was made on TaqMan qPCR; the data are from Illumina microarray"
        }
        high = healthy.set_index("sample")["call"].eq("positive").groupby(diseases.obs["group"]).mean()
        assert high["SLE_adult"] > 0.8
        assert high[["healthy", "Staph", "Still", "Strep"]].max() <= 0.25  # 3 of the 12 with Strep


@pytest.fixture(scope="module")
def airway() -> AnnData:
    """GSE161664: airway cells with interferon alpha, beta, gamma or lambda; one HTSeq file a sample, no header."""
    here = folder("gse161664-saec-ifn-htseq")
    columns = {}
    for path in sorted(here.glob("GSM*.txt.gz")):
        counts = pd.read_csv(path, sep="\t", header=None, index_col=0)[1]
        columns[path.name.split("_SAEC_")[1].removesuffix(".txt.gz")] = counts[
            ~counts.index.str.startswith("__")
        ]
    values = pd.DataFrame(columns).T
    sheet = pd.DataFrame({"stimulus": [name.split("_")[0] for name in values.index]}, index=values.index)
    adata = cohort(values, sheet, "counts")
    ifn.pp.normalize(adata, method="log_cpm")
    return adata


class TestAirwayCells:
    NAMES = ("aybey_ifn1_20", "aybey_ifn2_6")

    @pytest.mark.parametrize("method", ["zscore", "published"])
    def test_two_lists_separate_type_i_from_type_ii(self, airway: AnnData, method: str) -> None:
        controls = {"controls": ("stimulus", "Control")} if method == "zscore" else {}
        ifn.tl.score(airway, list(self.NAMES), method=method, layer="log_cpm", **controls)
        scores = get.scores(airway, method).groupby(airway.obs["stimulus"])
        low, high = scores.min(), scores.max()
        one, two = self.NAMES
        for stimulus in ("IFNa", "IFNb"):
            assert low.loc[stimulus, one] > high.loc["IFNg", one]
            assert high.loc[stimulus, two] < low.loc["IFNg", two]
        assert low.loc["IFNg", two] > high.loc["Control", two]
        assert (
            low.loc["IFNl3", one] > high.loc["IFNg", one]
        )  # type III answers as type I does: no list of its own

    def test_the_difference_of_the_two_is_positive_for_alpha_beta_and_negative_for_gamma(
        self, airway: AnnData
    ) -> None:
        ifn.tl.score(airway, list(self.NAMES), method="published", layer="log_cpm")
        scores = get.scores(airway, "published")
        gap = (scores[self.NAMES[0]] - scores[self.NAMES[1]]).groupby(airway.obs["stimulus"])
        assert gap.min()[["IFNa", "IFNb", "IFNl3"]].min() > 0.5
        assert gap.max()["IFNg"] < -1.5


@pytest.fixture(scope="module")
def changes() -> AnnData:
    """Macrophages of five donors with LPS, interferon gamma or TNF, then tofacitinib: log2 fold changes of 27 genes."""
    table = pd.read_csv(folder("uc-tofacitinib-jaki") / "macrophage_log2fc_tidy.csv")
    wide = table.pivot_table(index=["contrast", "stimulus", "row_in_arm"], columns="gene", values="log2fc")
    sheet = wide.index.to_frame(index=False).astype(str)
    sheet.index = pd.Index(sheet.agg("|".join, axis=1))
    adata = AnnData(wide.to_numpy(), obs=sheet, var=pd.DataFrame(index=wide.columns.astype(str)))
    keys.declare_unit(adata, "log2_counts")
    return adata


class TestMacrophages:
    def test_27_genes_are_too_few_for_every_signature_and_it_is_said(self, changes: AnnData) -> None:
        assert changes.n_vars == 27
        listed = [name for name, record in SIGNATURES.items() if record.role == "signature"]
        with pytest.raises(
            CoverageError, match=r"rice2013_6 has 0 of 6 genes \(not measured: IFI27.*the score would not be"
        ):
            ifn.tl.score(changes, listed, method="mean")
        six = {name: sum(gene in changes.var_names for gene in SIGNATURES[name].genes) for name in listed}
        assert max(six[name] / len(SIGNATURES[name].genes) for name in listed) < 0.5

    def test_gamma_and_tnf_arms_fall_with_the_drug_and_the_lps_arm_does_not(self, changes: AnnData) -> None:
        ifn.tl.score(changes, {"MX1": ["MX1"], "OAS1": ["OAS1"], "CXCL10": ["CXCL10"]}, method="mean")
        mean = get.scores(changes, "mean").groupby([changes.obs["contrast"], changes.obs["stimulus"]]).mean()
        drug, alone = mean.loc["stimulus+tofacitinib vs stimulus+DMSO"], mean.loc["stimulus+DMSO vs DMSO"]
        figures = {"IFNg": (2.06, -0.99), "TNFa": (1.21, -2.36), "LPS": (4.58, 0.05)}
        for stimulus, (before, after) in figures.items():
            assert (alone.loc[stimulus, "MX1"], drug.loc[stimulus, "MX1"]) == pytest.approx(
                (before, after), abs=0.005
            )
        assert (drug.loc[["IFNg", "TNFa"], ["MX1", "OAS1", "CXCL10"]] < 0).all(axis=None)
        assert drug.loc["LPS", "OAS1"] > 0


def test_a_panel_without_the_six_genes_is_refused() -> None:
    """GSE117751, nCounter panel: MX1 and eight others, none of the six."""
    path = folder("gse117751-nanostring-rcc") / "GSE117751_series_matrix.txt"
    adata = ifn.pp.map_genes(ifn.io.read(path, unit="log2_nanostring"))
    with pytest.raises(
        CoverageError, match=r"rice2013_6 has 0 of 6 genes \(not measured: IFI27, IFI44L, IFIT1, ISG15, RSAD2"
    ):
        ifn.tl.score(adata, ["rice2013_6"], method="mean")
    ifn.tl.score(
        adata,
        {"nine": ["MX1", "IFIT2", "IFITM1", "IFI35", "IFIH1", "IFI16", "IRF7", "STAT1", "BST2"]},
        method="mean",
    )
    assert np.isfinite(get.scores(adata, "mean")["nine"]).all()
