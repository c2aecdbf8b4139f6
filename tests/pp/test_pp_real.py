"""Gene names of real files; the figures come from the files themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from ifnsig import errors, io, keys, pp


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data


def test_a_mouse_table_is_refused_with_the_call_that_maps_it(folder):
    adata = io.read(folder / "formats/nf-core-rnaseq/SRP254919.salmon.merged.gene_counts.top1000cov.tsv")
    with pytest.raises(
        errors.GeneNameError, match=r'mouse Ensembl ids.*pp\.map_genes\(adata, organism="mouse"\)'
    ):
        pp.map_genes(adata)
    mapped = pp.map_genes(adata, organism="mouse")
    assert mapped.X.sum() == pytest.approx(adata.X.sum(), rel=1e-12)  # nothing is left out
    # the file's own symbols: one-to-one orthologs that differ from the human symbol by more than case are few
    names = dict(zip(mapped.var["source_id"], mapped.var_names, strict=True))
    symbols = dict(zip(adata.var_names, adata.var["gene_name"], strict=True))
    known = pp.gene_table().symbols
    changed = [identifier for identifier, name in names.items() if name in known]
    same = [identifier for identifier in changed if symbols[identifier].upper() == names[identifier]]
    assert 600 < len(changed) < 750
    assert len(same) / len(changed) > 0.9
    # Ccl2, Ccl4: chemokines; human CCL4 has the copy CCL4L2, so Ccl4 is no one-to-one ortholog
    assert names["ENSMUSG00000035385"] == "CCL2"
    assert names["ENSMUSG00000018930"] == "Ccl4"


def test_ensembl_ids_agree_with_the_symbols_beside_them(folder):
    adata = io.read(
        folder / "gse74863-imr90-ifnb-timecourse" / "GSE74863_GeneLevel_Raw_data.csv.gz", unit="counts"
    )
    mapped = pp.map_genes(adata)
    table = pp.gene_table()
    assert mapped.X.sum() == pytest.approx(adata.X.sum(), rel=1e-12)
    assert mapped.var["n_rows"].sum() == adata.n_vars == 28_089
    beside = dict(zip(adata.var_names, adata.var["gene_symbol"], strict=True))
    found = {name: table.by_ensembl[name] for name in adata.var_names if name in table.by_ensembl}
    agree = [name for name, symbol in found.items() if table.current(beside[name]) == symbol]
    assert len(found) > 24_000
    assert len(agree) / len(found) > 0.98  # the symbols of the file are of 2015
    assert pp.coverage(mapped, "hallmark_ifna").loc[0, "coverage"] > 0.95


def test_probes_of_an_illumina_array_become_the_genes_that_their_depositor_names(folder):
    raw = pd.read_csv(folder / "gse49454-sle-blood/raw/GSM1199396_sample_table.txt.gz", sep="\t", index_col=0)
    adata = AnnData(raw.T.to_numpy(), var=pd.DataFrame(index=raw.index.astype(str)))
    keys.declare_unit(adata, "log2_array")
    place = folder / "formats/microarray-probe-maps/IlluminaHumanHT-12_v4_2018.tsv.gz"
    mapped = pp.map_genes(adata, probe_map=place)
    assert mapped.var_names.is_unique
    assert keys.read_field(mapped, "genes")["probe_map"]["n_probes"] > 40_000
    # one probe a gene of this map: the value is that of the joined table, rounded there to 3 decimals
    symbols = pd.read_csv(place, sep="\t").set_index("Probe_Id")["Gene_Symbol"]
    current = Counter(pp.gene_table().current(str(name)) or str(name) for name in symbols)
    joined = pd.read_csv(folder / "gse49454-sle-blood/expression_log2.csv.gz", index_col=0)["GSM1199396"]
    single = [name for name in joined.index if current[name] == 1 and name in mapped.var_names]
    assert len(single) > 5_000
    own = pd.Series(np.asarray(mapped.X)[0], index=mapped.var_names)
    # half of the last digit; values on the border of two roundings differ from it in the 7th digit
    assert np.abs(own[single] - joined[single]).max() < 0.000501


def test_probe_sets_of_an_affymetrix_array_are_mapped(folder):
    place = folder / "formats/microarray-probe-maps/hgu133plus2.tsv.gz"
    # the four probe sets of STAT1 and that of RSAD2 on this array
    names = ["200887_s_at", "209969_s_at", "232375_at", "213797_at", "AFFX-HUMISGF3A/M97935_3_at"]
    adata = AnnData(np.arange(10.0).reshape(2, 5), var=pd.DataFrame(index=names))
    keys.declare_unit(adata, "log2_array")
    mapped = pp.map_genes(adata, probe_map=place)
    assert set(mapped.var_names) >= {"STAT1", "RSAD2"}
