"""Any table of real gene names is read as a csv reader and a dict read it, or refused by an error of ours."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifnsig import errors, io, pp

COLUMNS = pp.gene_table().columns
NAMES: dict[str, str] = {}  # every unmistakable name of some genes -> their symbol
for symbol, ensembl, entrez in list(
    zip(COLUMNS["symbol"], COLUMNS["ensembl"], COLUMNS["entrez"], strict=True)
)[::37]:
    NAMES[symbol] = symbol
    NAMES |= {f"{name}.4": symbol for name in ensembl.split("|") if name}
    NAMES |= {f"{name}.4|{symbol}": symbol for name in ensembl.split("|")[:1] if name}
    if ensembl and entrez:
        NAMES[f"{symbol}|{entrez}"] = symbol
TOTALS = ("__no_feature", "__ambiguous", "N_unmapped", "no_feature")
UNKNOWN = ("MSTRG.1", "XLOC_000001", "chr1:100-200", "NM_000001", "novel gene", "ERCC-00002")

names = st.lists(st.sampled_from([*NAMES, *UNKNOWN]), min_size=2, max_size=14)
cells = st.integers(min_value=0, max_value=9_999_999)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str], dict[str, list[float]], str]:
    """Text, sample names, symbol -> counts, and how it lies."""
    rows = [*draw(names), *draw(st.lists(st.sampled_from(TOTALS), unique=True, max_size=3))]
    samples = [f"S{n}" for n in range(draw(st.integers(1, 4)))]
    values = [[draw(cells) for _ in samples] for _ in rows]
    mark = draw(st.sampled_from([",", "\t", ";"]))
    numbered, words, turned = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    expected: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(samples)))
    for row, counts in zip(rows, values, strict=True):
        if row not in TOTALS:
            expected[NAMES.get(row, row)] += counts
    if turned:
        numbered = words = False
        grid = [["sample", *rows], *([s, *(row[at] for row in values)] for at, s in enumerate(samples))]
    else:
        head = [*([""] if numbered else []), "gene", *(["biotype"] if words else []), *samples]
        body = [
            [*([n] if numbered else []), row, *(["protein_coding"] if words else []), *counts]
            for n, (row, counts) in enumerate(zip(rows, values, strict=True))
        ]
        grid = [head, *body]
    path = Path("table.txt")
    with path.open("w", newline="") as stream:
        csv.writer(stream, delimiter=mark).writerows(grid)
    text = path.read_text()
    return (
        text,
        samples,
        {k: list(v) for k, v in expected.items()},
        "samples_in_rows" if turned else "genes_in_rows",
    )


@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_table_is_read_as_a_dict_reads_it_or_refused(
    data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, samples, expected, orientation = data.draw(tables())
    try:
        adata = pp.map_genes(io.read("table.txt", unit="counts", orientation=orientation))  # type: ignore[arg-type]
    except errors.IfnsigError:
        return
    assert list(adata.obs_names) == samples
    found = {gene: list(adata[:, gene].X.ravel()) for gene in adata.var_names}
    assert found == expected
