"""Scores made elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys

LONG = """id,module,value,day,patient,reading
001,M1.2,0.5,day 1,P1,a
001,M3.4,0.25,day 1,P1,b
1E5,M3.4,1e-3,day 28,P1,c
1E5,M1.2,-2,day 28,P1,d
"""
WIDE = "id,M1.2,M3.4,day\n001,0.5,0.25,day 1\n1E5,-2,1e-3,day 28\n"


def table(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    return path


def test_long_and_wide_tables_give_the_same_scores(tmp_path):
    long = io.read_scores(
        table(tmp_path, LONG), sample="id", signature="module", score="value", method="theirs"
    )
    wide = io.read_scores(table(tmp_path, WIDE), sample="id", method="theirs")
    for adata in (long, wide):
        assert adata.shape == (2, 0)
        assert list(adata.obs_names) == ["001", "1E5"]
        assert list(adata.obs["day"]) == ["day 1", "day 28"]
        scores = adata.obsm["ifn_theirs"]
        assert list(scores.columns) == ["M1.2", "M3.4"]
        np.testing.assert_array_equal(scores, [[0.5, 0.25], [-2, 1e-3]])


def test_columns_that_differ_within_a_sample_are_left_out(tmp_path):
    adata = io.read_scores(table(tmp_path, LONG), sample="id", signature="module", score="value")
    assert list(adata.obs.columns) == ["day", "patient"]


def test_where_scores_are_from_is_written_down(tmp_path):
    adata = io.read_scores(table(tmp_path, WIDE), sample="id")
    record = keys.read_field(adata, "scores")["external"]
    assert record["method"] == "external"
    assert record["scope"] == "external"
    assert record["signatures"] == ["M1.2", "M3.4"]
    assert record["source"]["file"] == "scores.csv"
    assert len(record["source"]["sha256"]) == 64


def test_the_score_columns_of_a_wide_table_can_be_named(tmp_path):
    text = "id,M1.2,hours\n001,0.5,0\n1E5,-2,12\n"
    assert list(io.read_scores(table(tmp_path, text), sample="id").obsm["ifn_external"]) == ["M1.2", "hours"]
    adata = io.read_scores(table(tmp_path, text), sample="id", signature=["M1.2"])
    assert list(adata.obsm["ifn_external"]) == ["M1.2"]
    assert list(adata.obs["hours"]) == [0, 12]


def test_a_sample_sheet_is_joined(tmp_path):
    sheet = pd.DataFrame({"arm": ["drug", "placebo"]}, index=pd.Index(["1E5", "001"], name="sample"))
    adata = io.read_scores(table(tmp_path, WIDE), sample="id", samples=sheet)
    assert list(adata.obs["arm"]) == ["placebo", "drug"]
    with pytest.raises(errors.SampleSheetError, match="not in the sheet: 001"):
        io.read_scores(table(tmp_path, WIDE), sample="id", samples=sheet.iloc[:1])


def test_a_score_that_is_missing_stays_missing(tmp_path):
    adata = io.read_scores(
        table(tmp_path, LONG.replace("-2", "NA").rsplit("1E5,M3.4", 1)[0] + "1E5,M1.2,NA,d,P1,x\n"),
        sample="id", signature="module", score="value",
    )  # fmt: skip
    np.testing.assert_array_equal(adata.obsm["ifn_external"], [[0.5, 0.25], [np.nan, np.nan]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("0.25", "abc"), r"1 cells of column 'value' are no numbers: line 3: 'abc'"),
        (lambda t: t.replace("001,M3.4", "001,M1.2"), r"001 / M1.2 \(lines 2 and 3\)"),
        (lambda t: t.replace("001,M3.4", "001,"), "1 rows name no signature: lines 3"),
        (lambda t: t.replace("001,M3.4", ",M3.4"), "1 rows have no sample id: lines 3"),
    ],
)
def test_a_bad_long_table_is_refused_with_its_lines(tmp_path, change, message):
    with pytest.raises(errors.TableError, match=message):
        io.read_scores(table(tmp_path, change(LONG)), sample="id", signature="module", score="value")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("1E5", "001"), r"001 \(lines 2 and 3\)"),
        (lambda t: "id,a,b\n001,x,y\n", "no column of numbers"),
    ],
)
def test_a_bad_wide_table_is_refused(tmp_path, change, message):
    with pytest.raises(errors.TableError, match=message):
        io.read_scores(table(tmp_path, change(WIDE)), sample="id")


def test_columns_that_are_not_there_are_usage_errors(tmp_path):
    path = table(tmp_path, LONG)
    with pytest.raises(errors.ParameterError, match=r"no column 'modul'. Did you mean 'module'"):
        io.read_scores(path, sample="id", signature="modul", score="value")
    with pytest.raises(errors.ParameterError, match="needs both 'signature' and 'score'"):
        io.read_scores(path, sample="id", score="value")
