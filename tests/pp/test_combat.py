"""ComBat is an explicit step, and warns where it takes away what is to be measured."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, keys, pp


def cohort(make_adata, *, batch, visit=("pre", "post") * 12, **obs):
    """24 samples; genes of batch b are 2 higher; the first ten genes rise by 3 at the second visit."""
    rng = np.random.default_rng(2)
    values = rng.normal(6, 0.5, (24, 60))
    values[np.array(batch) == "b"] += 2
    values[np.ix_(np.array(visit) == "post", range(10))] += 3
    return make_adata(values, batch=batch, visit=list(visit), **obs)


def test_the_values_are_those_of_sva(make_adata):
    folder = Path(__file__).parents[1] / "parity" / "sva"
    given, golden, sheet = (
        pd.read_csv(folder / f"combat{name}.csv", index_col=0) for name in ("_input", "", "_samples")
    )
    adata = make_adata(
        given.to_numpy().T, unit="log2_array", batch=list(sheet["batch"]), visit=list(sheet["visit"])
    )
    pp.combat(adata, batch="batch", keep=["visit"])
    # the corrections reach 2.9; scanpy divides the variances of its priors by n, sva by n - 1, here of 80 genes
    np.testing.assert_allclose(adata.layers["combat"], golden.to_numpy().T, rtol=0, atol=5e-3)


BALANCED = ["a", "a", "b", "b"] * 6


def means(adata, layer, column, level, genes):
    return adata[adata.obs[column] == level].layers[layer][:, genes].mean()


def test_a_batch_effect_goes_and_a_kept_effect_stays(make_adata):
    adata = cohort(make_adata, batch=BALANCED)
    with warnings.catch_warnings():
        warnings.simplefilter("error", errors.IfnsigWarning)
        pp.combat(adata, batch="batch", keep=["visit"])
    difference = [means(adata, "combat", "batch", level, slice(None)) for level in "ab"]
    # 2 before; what is left is shrinkage towards the prior, a small part of the noise 0.5
    assert abs(difference[1] - difference[0]) < 0.05
    rise = [means(adata, "combat", "visit", level, slice(0, 10)) for level in ("pre", "post")]
    assert rise[1] - rise[0] == pytest.approx(3, abs=0.3)
    assert keys.unit_of(adata, "combat") == "log2_cpm"
    note = keys.read_field(adata, "source")["normalized"]["combat"]
    assert (note["kept"], note["removed"], note["batch"]) == (["visit"], [], "batch")


def test_an_effect_that_is_the_batch_is_removed_with_a_warning(make_adata):
    adata = cohort(make_adata, batch=["a", "b"] * 12)
    with pytest.warns(
        errors.DesignWarning, match=r"between pre and post goes wholly with the batches.*removes it"
    ):
        pp.combat(adata, batch="batch", keep=["visit"])
    rise = [means(adata, "combat", "visit", level, slice(0, 10)) for level in ("pre", "post")]
    assert abs(rise[1] - rise[0]) < 0.2  # of 3 + 2
    assert keys.read_field(adata, "source")["normalized"]["combat"]["removed"] == ["visit"]


def test_an_effect_that_goes_partly_with_the_batch_is_said(make_adata):
    # 9 of 12 first visits in a, 9 of 12 second ones in b: phi 1/2, VIF 4/3
    adata = cohort(
        make_adata, batch=["a"] * 9 + ["b"] * 3 + ["a"] * 3 + ["b"] * 9, visit=["pre"] * 12 + ["post"] * 12
    )
    with pytest.warns(errors.DesignWarning, match=r"goes partly with the batches \(VIF 1\.33\)"):
        pp.combat(adata, batch="batch", keep=["visit"])


def test_genes_without_variation_stay_as_they_are(make_adata):
    adata = cohort(make_adata, batch=BALANCED)
    adata.X[:, 59] = 7.0
    adata.X[:, 58] = np.where(adata.obs["batch"] == "b", 5.0, 4.0)
    pp.combat(adata, batch="batch", keep=[], layer_out="corrected")
    assert np.isfinite(adata.layers["corrected"]).all()
    np.testing.assert_array_equal(adata.layers["corrected"][:, 58:], adata.X[:, 58:])


def test_a_gene_that_differs_by_rounding_only_does_not_vary(make_adata):
    adata = cohort(make_adata, batch=BALANCED)
    adata.X[:, 59] = 1000 + 1e-9 * np.arange(24)
    pp.combat(adata, batch="batch", keep=[])
    np.testing.assert_array_equal(adata.layers["combat"][:, 59], adata.X[:, 59])


def test_two_samples_are_a_batch_and_three_batches_come_together(make_adata):
    batch = ["c", "c", *["a", "b"] * 11]
    adata = cohort(make_adata, batch=batch)
    adata.X[:2] -= 4
    pp.combat(adata, batch="batch", keep=[])
    found = [adata[adata.obs["batch"] == name].layers["combat"].mean() for name in "abc"]
    before = [adata[adata.obs["batch"] == name].X.mean() for name in "abc"]
    assert np.ptp(before) > 5.5
    # shrinkage leaves a part of the noise of 2 x 60 values
    assert np.ptp(found) < 0.2


def test_what_combat_cannot_do_is_refused(make_adata):
    adata = cohort(
        make_adata, batch=BALANCED, one=["x"] * 24, gaps=[None, *BALANCED[1:]], small=["z", *BALANCED[1:]]
    )
    with pytest.raises(errors.DesignError, match="one batch only"):
        pp.combat(adata, batch="one", keep=[])
    with pytest.raises(errors.DesignError, match="1 samples have no gaps: S0"):
        pp.combat(adata, batch="gaps", keep=[])
    with pytest.raises(errors.DesignError, match="Batches with one sample have no variance to correct by: z"):
        pp.combat(adata, batch="small", keep=[])
    with pytest.raises(errors.ParameterError, match=r"must be a list of columns: keep=\['visit'\]"):
        pp.combat(adata, batch="batch", keep="visit")
    with pytest.raises(errors.ParameterError, match="names column 'lane'"):
        pp.combat(adata, batch="lane", keep=[])
    adata.obs["same"] = adata.obs["visit"].map({"pre": "first", "post": "second"})
    with pytest.raises(errors.DesignError, match="visit, same cannot be told from one another"):
        pp.combat(adata, batch="batch", keep=["visit", "same"])
    keys.declare_unit(adata, "counts")
    with pytest.raises(errors.UnitError, match="adds and scales logarithms"):
        pp.combat(adata, batch="batch", keep=[])
    keys.declare_unit(adata, "log2_cpm")
    adata.X[3, 3] = np.nan
    with pytest.raises(errors.TableError, match="1 samples have missing values: S3"):
        pp.combat(adata, batch="batch", keep=[])
