"""Scores against the reference implementations' own output (see scoring/README.md)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.methods import METHODS

HERE = Path(__file__).parent / "scoring"
GOLDEN = Path(os.environ["IFNSIG_GOLDEN"]) / "scoring" if os.environ.get("IFNSIG_GOLDEN") else None

RTOL = 1e-10
"""Both sides are float64 sums of at most a few thousand terms: 1e-12 would do on one machine, 1e-10 on any."""


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, index_col=0).rename(columns=str.strip)


def sets(path: Path) -> dict[str, list[str]]:
    lines = (line.split("\t") for line in path.read_text().splitlines() if line)
    return {name: genes for name, _, *genes in lines}


def score(
    method: str,
    matrix: pd.DataFrame,
    weights: dict[str, dict[str, float]],
    reference: Reference | None = None,
) -> pd.DataFrame:
    members = Members.find(weights, list(matrix.index))
    aligned = reference.select(np.array(matrix.index)[members.columns]) if reference else None
    values = np.ascontiguousarray(matrix.to_numpy(dtype=np.float64).T)
    block = next(row_blocks(values, members.columns, rows=len(values)))
    return pd.DataFrame(METHODS[method](block, members, aligned), index=matrix.columns, columns=list(weights))


def rising(chosen: dict[str, list[str]], genes: pd.Index) -> dict[str, dict[str, float]]:
    return {
        name: dict.fromkeys(members, 1.0) for name, members in chosen.items() if set(members) & set(genes)
    }


@pytest.mark.parametrize("data", ["small", "small_odd", "small_edge", "sparse"])
def test_singscore_equals_singscore(data: str) -> None:
    matrix = read(HERE / "inputs" / f"{data}.csv")
    chosen = rising(sets(HERE / "inputs" / f"{'sparse' if data == 'sparse' else 'small'}.gmt"), matrix.index)
    golden = read_long(HERE / "singscore" / f"{data}_up_center_min.csv")
    compared = [name for name in golden.columns if name in chosen]
    assert len(compared) >= 3
    ours = score("singscore", matrix, {name: chosen[name] for name in compared})
    np.testing.assert_allclose(ours.loc[golden.index], golden[compared], rtol=RTOL, atol=1e-14)


def read_long(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, skipinitialspace=True).rename(columns=str.strip)
    for column in ("set", "sample"):
        table[column] = table[column].astype(str).str.strip()
    return table.pivot(index="sample", columns="set", values="TotalScore")


@pytest.mark.parametrize("data", ["small", "small_odd", "small_edge"])
def test_singscore_up_and_down_equals_singscore(data: str) -> None:
    matrix = read(HERE / "inputs" / f"{data}.csv")
    chosen = sets(HERE / "inputs" / "small.gmt")
    weights = {
        "both": {**dict.fromkeys(chosen["SIG_DIR_UP"], 1.0), **dict.fromkeys(chosen["SIG_DIR_DN"], -1.0)}
    }
    golden = pd.read_csv(HERE / "singscore" / f"{data}_updown_center_min.csv", skipinitialspace=True)
    golden = golden.assign(sample=golden["sample"].str.strip()).set_index("sample")
    ours = score("singscore", matrix, weights)
    np.testing.assert_allclose(ours.loc[golden.index, "both"], golden["TotalScore"], rtol=RTOL, atol=1e-14)


def test_zscore_against_controls_equals_base_r() -> None:
    matrix = read(HERE / "inputs" / "small.csv")
    golden = pd.read_csv(HERE / "ifn" / "mean_and_sum_control_z_small.csv", index_col=0)
    controls = [f"S0{i}" for i in range(1, 7)]
    frozen = Reference.fit(
        matrix[controls].to_numpy().T,
        tuple(matrix.index),
        tuple(controls),
        unit="log2_cpm",
        label="group = healthy",
    )
    weights = {"SIG_UP": dict.fromkeys(sets(HERE / "inputs" / "small.gmt")["SIG_UP"], 1.0)}
    ours = score("zscore", matrix, weights, frozen)["SIG_UP"]
    np.testing.assert_allclose(ours.loc[golden.index], golden["mean_z"], rtol=RTOL, atol=1e-13)


@pytest.mark.parametrize("version", ["gsva146", "gsva214"])
def test_ssgsea_equals_gsva_where_there_are_no_ties(version: str) -> None:
    """GSVA truncates average ranks and orders ties by row; without ties both are what ours is."""
    if GOLDEN is None:
        pytest.skip("IFNSIG_GOLDEN is not set: large.csv (2,000 genes x 50 samples) is not at hand")
    matrix = read(GOLDEN / "inputs" / "large.csv")
    assert all(matrix[sample].is_unique for sample in matrix)
    golden = read(GOLDEN / version / "large_ssgsea_raw.csv").T
    ours = score("ssgsea", matrix, rising(sets(GOLDEN / "inputs" / "large.gmt"), matrix.index))
    np.testing.assert_allclose(ours.loc[golden.index, golden.columns], golden, rtol=RTOL)
