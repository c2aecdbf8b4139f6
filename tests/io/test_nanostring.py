"""RCC files: sections, probes, controls, PlexSet."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import errors, io, keys

CONTROLS = (
    "Positive,POS_A(128),ERCC_1.1,20000\nPositive,POS_E(0.5),ERCC_2.1,90.5\nNegative,NEG_A(0),ERCC_3.1,4\n"
    'Housekeeping,ACTB, the "one", with commas,NM_1.1,900\nSNV_REF,BRAF V600E,NM_2.1,5\n'
)


@pytest.fixture
def lane(tmp_path, rcc):
    path = tmp_path / "P1_week0.RCC"
    path.write_text(rcc.format(7, 8).replace("</Code_Summary>", CONTROLS + "</Code_Summary>"))
    return path


def test_counts_classes_concentrations_and_lane_are_read(lane):
    adata = io.read(lane)
    assert list(adata.obs_names) == ["P1_week0"]
    assert list(adata.var_names) == [
        "ISG15",
        "IFI6",
        "POS_A(128)",
        "POS_E(0.5)",
        "NEG_A(0)",
        'ACTB, the "one", with commas',
    ]
    np.testing.assert_array_equal(adata.X, [[7, 8, 20000, 90.5, 4, 900]])
    assert list(adata.var["code_class"]) == ["Endogenous"] * 2 + ["Positive"] * 2 + [
        "Negative",
        "Housekeeping",
    ]
    np.testing.assert_array_equal(adata.var["concentration"], [np.nan, np.nan, 128, 0.5, np.nan, np.nan])
    assert adata.var["accession"].iloc[0] == "NM_005101.3"
    row = adata.obs.iloc[0]
    assert (row["fov_count"], row["fov_counted"], row["binding_density"]) == (280, 270, 0.8)
    assert (row["gene_rlf"], row["cartridge"], row["lane"], row["date"]) == (
        "panel_C1",
        "c1",
        "1",
        "20240131",
    )
    assert keys.unit_of(adata) == "nanostring_counts"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</Code_Summary>", "", "cut off: section Code_Summary is not closed"),
        ("Lane_Attributes>", "Lane>", "no section Lane_Attributes"),
        (
            "CodeClass,Name,Accession,Count",
            "Class,Name,Count",
            "counts do not start with CodeClass,Name,Accession,Count",
        ),
        ("ISG15,NM_005101.3,7", "ISG15,NM_005101.3,many", "line 29: 'Endogenous,ISG15,NM_005101.3,many'"),
        ("ISG15,NM_005101.3,7", "ISG15,NM_005101.3,nan", "line 29"),
        ("Endogenous,ISG15,NM_005101.3,7\nEndogenous,IFI6,NM_002038.3,8\n", "", "has no probes"),
    ],
)
def test_a_damaged_rcc_file_is_refused(tmp_path, rcc, old, new, message):
    path = tmp_path / "x.RCC"
    text = rcc.format(7, 8)
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(errors.TableError, match=message):
        io.read(path)


def test_lanes_of_two_panels_are_refused(tmp_path, lane, rcc):
    other = tmp_path / "P2.RCC"
    other.write_text(rcc.format(1, 2).replace("IFI6", "MX1"))
    with pytest.raises(errors.TableError, match="do not have the same genes.*IFI6.*MX1"):
        io.read([lane, other])


def test_an_unknown_version_is_read_and_told(lane, caplog):
    lane.write_text(lane.read_text().replace("FileVersion,1.7", "FileVersion,3.0"))
    assert io.read(lane).n_vars == 6
    assert "version 3.0" in caplog.text


def test_a_plexset_lane_gives_eight_samples_with_their_own_controls(tmp_path, rcc):
    probes = "".join(
        f"Endogenous{k}s,ISG15,N1,{10 * k}\nEndogenous{k}s,IFI6,N2,{10 * k + 1}\nHousekeeping{k}s,ACTB,N3,{10 * k + 2}\n"
        f"Positive,POS_{k},E1,{100 + k}\nNegative,NEG_{k},E2,{k}\n"
        for k in range(8, 0, -1)
    )
    body = rcc.split("Endogenous,ISG15")[0] + probes + "</Code_Summary>\n"
    path = tmp_path / "plate.RCC"
    path.write_text(body)
    adata = io.read(path)
    assert list(adata.obs_names) == [f"plate_{k}" for k in range(1, 9)]
    assert sorted(adata.var_names) == ["ACTB", "IFI6", "ISG15", "NEG", "POS"]
    found = adata[:, ["ISG15", "IFI6", "ACTB", "POS", "NEG"]].X
    np.testing.assert_array_equal(found[2], [30, 31, 32, 103, 3])
    assert adata.var.loc["ACTB", "code_class"] == "Housekeeping"
    path.write_text(body.replace("Endogenous4s,IFI6", "Endogenous4s,MX1"))
    with pytest.raises(errors.TableError, match="sets 4 of this PlexSet"):
        io.read(path)
