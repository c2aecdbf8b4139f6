"""Every rule of the gate in every format, and in an AnnData handed over: what a reader parses, one place judges."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys, pp

GENES = [
    "IFI27", "IFI44L", "IFIT1", "ISG15", "RSAD2", "SIGLEC1", "IFI44", "IFI6", "OAS1", "MX1", "STAT1", "IFIT3", "USP18",
    "HERC5", "LY6E", "ACTB", "GAPDH", "TP53", "CD3E", "CD19", "B2M", "GUSB", "TBP", "HPRT1", "PGK1", "IRF7", "IRF9",
    "JAK1", "TYK2", "CXCL10",
]  # fmt: skip
SAMPLES = ["P1_d0", "P1_d28", "P2_d0"]
TOTALS = ["__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique"]


def ids_by(column: str) -> dict[str, str]:
    """Symbol -> id, from the table's own columns."""
    columns = pp.gene_table().columns
    return {
        symbol: cell.split("|")[0]
        for symbol, cell in zip(columns["symbol"], columns[column], strict=True)
        if symbol in GENES and cell
    }


ENSEMBL, ENTREZ = ids_by("ensembl"), ids_by("entrez")
COUNTS = {gene: [100 + 3 * n, 7 * n % 50 + 1, 20 + n] for n, gene in enumerate(GENES)}


@dataclass(frozen=True)
class Table:
    """Ids, counts of each sample, and the names beside the ids, if any."""

    ids: list[str]
    counts: np.ndarray
    names: list[str] | None = None
    header: str = "Symbol"


def counts_of(genes: list[str]) -> np.ndarray:
    return np.array([COUNTS[gene] for gene in genes], dtype=float)


# --- writers: the same table in every format; those without a place for names beside the ids say so ---------------------
def rows(table: Table, mark: str, first: str = "gene") -> str:
    head = [first, *([] if table.names is None else [table.header]), *SAMPLES]
    names = table.names or [""] * len(table.ids)
    body = [
        [gene, *([] if table.names is None else [name]), *(f"{value:g}" for value in values)]
        for gene, name, values in zip(table.ids, names, table.counts, strict=True)
    ]
    return "\n".join(mark.join(f'"{c}"' if mark in c else c for c in row) for row in [head, *body]) + "\n"


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def transposed(folder: Path, table: Table) -> Path:
    body = [",".join([sample, *(f"{v:g}" for v in table.counts[:, at])]) for at, sample in enumerate(SAMPLES)]
    return write(folder, "t.csv", "\n".join([",".join(["sample", *table.ids]), *body]) + "\n")


def gct(folder: Path, table: Table) -> Path:
    lines = rows(
        Table(table.ids, table.counts, table.names or ["na"] * len(table.ids), "Description"), "\t", "Name"
    )
    return write(folder, "m.gct", f"#1.2\n{len(table.ids)}\t{len(SAMPLES)}\n{lines}")


def series(folder: Path, table: Table) -> Path:
    head = '!Series_title\t"x"\n!Sample_geo_accession\t' + "\t".join(f'"{s}"' for s in SAMPLES)
    lines = rows(Table(table.ids, table.counts), "\t", '"ID_REF"')
    return write(
        folder,
        "GSE1_series_matrix.txt",
        f"{head}\n!series_matrix_table_begin\n{lines}!series_matrix_table_end\n",
    )


def nfcore(folder: Path, table: Table) -> Path:
    names = table.names or table.ids
    text = rows(Table(table.ids, table.counts, names, "gene_name"), "\t", "gene_id")
    return write(folder, "salmon.merged.gene_counts.tsv", text)


def in_memory(table: Table) -> anndata.AnnData:
    var = {} if table.names is None else {table.header: table.names}
    adata = anndata.AnnData(
        table.counts.T.copy(), obs=pd.DataFrame(index=SAMPLES), var=pd.DataFrame(var, index=table.ids)
    )
    keys.declare_unit(adata, "counts")
    return adata


def h5ad(folder: Path, table: Table) -> Path:
    in_memory(table).write_h5ad(folder / "x.h5ad")
    return folder / "x.h5ad"


def zarr(folder: Path, table: Table) -> Path:
    in_memory(table).write_zarr(folder / "x.zarr")
    return folder / "x.zarr"


def loom(folder: Path, table: Table) -> Path:
    with h5py.File(folder / "x.loom", "w") as stored:
        stored["matrix"] = table.counts.astype(np.float32)
        stored["row_attrs/var_names"] = table.ids
        if table.names is not None:
            stored["row_attrs/" + table.header] = table.names
        stored["col_attrs/CellID"] = SAMPLES
    return folder / "x.loom"


def tenx(folder: Path, table: Table) -> Path:
    n, m = table.counts.shape
    cells = [f"{g + 1} {s + 1} {table.counts[g, s]:.0f}" for g in range(n) for s in range(m)]
    names = table.names or table.ids
    write(folder, "features.tsv", "".join(f"{i}\t{name}\n" for i, name in zip(table.ids, names, strict=True)))
    write(folder, "barcodes.tsv", "".join(f"{sample}\n" for sample in SAMPLES))
    head = f"%%MatrixMarket matrix coordinate integer general\n%\n{n} {m} {len(cells)}\n"
    write(folder, "matrix.mtx", head + "\n".join(cells) + "\n")
    return folder


def featurecounts(folder: Path, table: Table) -> Path:
    extra = "" if table.names is None else f"\t{table.header}"
    head = (
        '# Program:featureCounts v2.0.1; Command:"featureCounts" "--extraAttributes" "' + table.header + '"\n'
    )
    head += "Geneid\tChr\tStart\tEnd\tStrand\tLength" + extra + "\t" + "\t".join(SAMPLES) + "\n"
    names = table.names or [""] * len(table.ids)
    body = "".join(
        "\t".join([i, "1", "1", "9", "+", "9", *([name] if extra else []), *(f"{v:.0f}" for v in values)])
        + "\n"
        for i, name, values in zip(table.ids, names, table.counts, strict=True)
    )
    return write(folder, "counts.txt", head + body)


def htseq(folder: Path, table: Table) -> list[Path]:
    names = table.names or [None] * len(table.ids)
    return [
        write(
            folder, f"{sample}.txt",
            "".join(
                "\t".join([i, *([] if name is None else [name]), f"{value:.0f}"]) + "\n"
                for i, name, value in zip(table.ids, names, table.counts[:, at], strict=True)
            )
            + ("" if "__no_feature" in table.ids else "__no_feature" + "\t" * len(names[:1]) + "\t" * (table.names is not None) + "5\n"),
        )
        for at, sample in enumerate(SAMPLES)
    ]  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """How a table becomes a file of one format."""

    write: Callable[[Path, Table], Any]
    names: bool = True  # whether names can stand beside the ids
    options: dict[str, Any] = field(default_factory=dict)


WRITERS = {
    "CSV": Writer(lambda folder, table: write(folder, "m.csv", rows(table, ","))),
    "TSV": Writer(lambda folder, table: write(folder, "m.tsv", rows(table, "\t"))),
    "semicolons": Writer(lambda folder, table: write(folder, "m.csv", rows(table, ";"))),
    "samples in rows": Writer(transposed, names=False, options={"orientation": "samples_in_rows"}),
    "gct": Writer(gct),
    "geo_series_matrix": Writer(series, names=False),
    "nfcore": Writer(nfcore),
    "h5ad": Writer(h5ad),
    "zarr": Writer(zarr),
    "loom": Writer(loom),
    "tenx": Writer(tenx),
    "featurecounts": Writer(featurecounts),
    "htseq": Writer(htseq, names=False),
    "an AnnData in memory": Writer(lambda folder, table: in_memory(table)),
}
ELSEWHERE = {
    "table": "as CSV, TSV, semicolons and samples in rows",
    "salmon": "its rows are transcripts: genes come of their names or of tx2gene",
    "kallisto": "the same",
    "rsem": "ids as in nfcore, whose rule for ENSG_SYMBOL it shares",
    "star": "its four totals have a place of their own in the file; ids as in htseq",
    "nanostring": "names of a panel's probes, with classes beside them",
    "qpcr": "names of assays",
}


def test_every_format_is_walked_or_says_why_not() -> None:
    assert {*WRITERS, *ELSEWHERE} >= set(io.FORMATS)


# --- rules ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rule:
    """A table, what ``pp.map_genes`` is told, and what is right: the genes that stay, or the words of the error."""

    table: Table
    options: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    says: str = ""  # in the log or a warning
    without_names: bool = True  # whether formats that have no place for names can show it
    genes: dict[str, list[float]] = field(default_factory=lambda: dict(COUNTS))


def leftover(genes: list[str]) -> list[str]:
    """The index of a data frame of which every third row was left out, from a table of thousands."""
    return [str(3 * n + n % 2 + 5) for n in range(len(genes))]


def composite(form: Callable[[str], str]) -> Rule:
    return Rule(Table([form(gene) for gene in GENES], counts_of(GENES)))


NAMED = Table(GENES, counts_of(GENES))
RULES = {
    "symbols": Rule(NAMED),
    "Ensembl ids": Rule(Table([ENSEMBL[gene] + ".7" for gene in GENES], counts_of(GENES))),
    "Entrez ids": Rule(Table([ENTREZ[gene] for gene in GENES], counts_of(GENES)), says="taken as Entrez ids"),
    "Entrez ids beside symbols": Rule(
        Table([ENTREZ[gene] for gene in GENES], counts_of(GENES), GENES), says="taken as Entrez ids"
    ),
    "left-over row numbers beside symbols": Rule(
        Table(leftover(GENES), counts_of(GENES), GENES),
        error=r"named by numbers .* column .* To take the names of that column: gene_column=.* gene_ids=\"entrez\"",
        without_names=False,
    ),
    "left-over row numbers alone": Rule(
        Table(leftover(GENES), counts_of(GENES)), error=r"named by numbers \(.*\), and .*gene_ids=\"entrez\""
    ),
    "left-over row numbers that the user calls Entrez ids": Rule(
        Table(leftover(GENES), counts_of(GENES)), {"gene_ids": "entrez"}, genes={}, says="taken as Entrez ids"
    ),
    "row numbers beside symbols": Rule(
        Table([str(n) for n in range(len(GENES))], counts_of(GENES), GENES), says="number the rows", without_names=False
    ),
    "row numbers alone": Rule(Table([str(n + 1) for n in range(len(GENES))], counts_of(GENES)), error="number the rows"),
    "unknown ids beside symbols": Rule(
        Table([f"MSTRG.{n}" for n in range(len(GENES))], counts_of(GENES), GENES), without_names=False
    ),
    "loci beside symbols": Rule(
        Table([f"chr1:{n}-{n + 9}" for n in range(len(GENES))], counts_of(GENES), GENES), without_names=False
    ),
    "RefSeq ids beside symbols": Rule(
        Table([f"NM_{n:06d}" for n in range(len(GENES))], counts_of(GENES), GENES), without_names=False
    ),
    "small letters": Rule(Table([g.lower() for g in GENES], counts_of(GENES)), says="differ from symbols in case only"),
    "Ensembl|symbol": composite(lambda gene: f"{ENSEMBL[gene]}.3|{gene}"),
    "Ensembl_symbol": composite(lambda gene: f"{ENSEMBL[gene]}_{gene}"),
    "symbol (Ensembl)": composite(lambda gene: f"{gene} ({ENSEMBL[gene]})"),
    "symbol|Entrez": composite(lambda gene: f"{gene}|{ENTREZ[gene]}"),
    "unknown|symbol": composite(lambda gene: f"MSTRG.{GENES.index(gene)}|{gene}"),
    "genome_symbol": composite(lambda gene: f"GRCh38_{gene}"),
    "gene:Ensembl": composite(lambda gene: f"gene:{ENSEMBL[gene]}"),
    "Ensembl_at": composite(lambda gene: f"{ENSEMBL[gene]}_at"),
    "Ensembl lifted": composite(lambda gene: f"{ENSEMBL[gene]}.10_5"),
    "Entrez.0": composite(lambda gene: f"{ENTREZ[gene]}.0"),
    "blanks around symbols": composite(lambda gene: f"{gene}\u00a0"),
    "totals": Rule(
        Table([*GENES, *TOTALS], np.vstack([counts_of(GENES), np.full((5, 3), 9e5)])), says="count reads of no gene"
    ),
    "totals of old": Rule(
        Table(
            [*GENES, "no_feature", "ambiguous", "N_unmapped", "N_noFeature"],
            np.vstack([counts_of(GENES), np.full((4, 3), 9e5)]),
        ),
        says="count reads of no gene",
    ),
    "a gene under two ids": Rule(
        Table([*GENES, ENSEMBL["IFI27"]], np.vstack([counts_of(GENES), [[5, 6, 7]]])),
        genes={**COUNTS, "IFI27": [a + b for a, b in zip(COUNTS["IFI27"], (5, 6, 7), strict=True)]},
    ),
    "names that a spreadsheet damaged": Rule(
        Table([*GENES, "2. Sep", "01. Mrz", "1-mars", "43891.0", "2.31E+13"], np.vstack([counts_of(GENES), np.ones((5, 3))])),
        says="turned into dates or numbers by a spreadsheet",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", WRITERS)
def test_a_rule_holds_in_a_format(
    kind: str, rule: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    writer, wanted = WRITERS[kind], RULES[rule]
    if not writer.names and not wanted.without_names:
        pytest.skip("this format has no place for names beside the ids")
    table = wanted.table if writer.names else Table(wanted.table.ids, wanted.table.counts)
    caplog.set_level(logging.INFO, "ifnsig")

    def mapped() -> anndata.AnnData:
        made = writer.write(tmp_path, table)
        adata = made if isinstance(made, anndata.AnnData) else io.read(made, unit="counts", **writer.options)
        return pp.map_genes(adata, **wanted.options)

    if wanted.error:
        with pytest.raises(errors.GeneNameError, match=wanted.error):
            mapped()
        return
    adata = mapped()
    kept_apart = "htseq_no_feature" in adata.obs and "totals" in rule  # this reader has a place for them
    if wanted.says and not kept_apart:
        assert wanted.says in caplog.text + " ".join(str(warning.message) for warning in recwarn)
    found = np.asarray(adata.X.toarray() if hasattr(adata.X, "toarray") else adata.X)
    order = [SAMPLES.index(str(sample).rpartition("/")[2]) for sample in adata.obs_names]
    for gene, counts in wanted.genes.items():
        np.testing.assert_array_equal(found[:, list(adata.var_names).index(gene)], np.array(counts)[order])
    if wanted.genes:
        assert set(adata.var_names) == set(wanted.genes)


@pytest.mark.parametrize("header", [
    "gene", "Gene", "gene_name", "gene_symbols", "Symbol", "SYMBOL", "feature_name", "GeneSymbol", "hgnc_symbol",
    "gene_short_name", "features", "names that nobody knows",
])  # fmt: skip
def test_a_column_of_symbols_is_found_by_its_name_or_its_content(header: str) -> None:
    numbered = [str(n) for n in range(len(GENES))]
    adata = in_memory(Table(numbered, counts_of(GENES), GENES, header))
    adata.var["biotype"] = "protein_coding"
    adata.var["Description"] = [f"gene number {n}" for n in range(len(GENES))]
    assert list(pp.map_genes(adata).var_names) == GENES


def test_both_ways_out_of_row_numbers_lead_out() -> None:
    adata = in_memory(Table(leftover(GENES), counts_of(GENES), GENES, "Symbol"))
    with pytest.raises(errors.GeneNameError, match='gene_column="Symbol"'):
        pp.map_genes(adata)
    assert list(pp.map_genes(adata, gene_column="Symbol").var_names) == GENES
    told = pp.map_genes(adata, gene_ids="entrez")
    assert "IFI27" not in told.var_names
    mapped = pp.map_genes(adata, gene_column="Symbol")
    with pytest.raises(errors.ParameterError, match="'gene_ids' .* these genes were mapped before"):
        pp.map_genes(mapped, gene_ids="entrez")
    table = pd.DataFrame({"probe": leftover(GENES), "gene": GENES})
    with pytest.raises(errors.ParameterError, match="'gene_column' .* the probe map says it already"):
        pp.map_genes(adata, gene_column="Symbol", probe_map=table)
    assert set(pp.map_genes(adata, probe_map=table).var_names) == set(GENES)
    with pytest.raises(
        errors.ParameterError, match=r"'gene_column' .* names column 'symbol'.* Did you mean 'Symbol'"
    ):
        pp.map_genes(adata, gene_column="symbol")
    with pytest.raises(errors.ParameterError, match="Give one of gene_column=.* and gene_ids="):
        pp.map_genes(adata, gene_column="Symbol", gene_ids="entrez")
    with pytest.raises(errors.ParameterError, match="'gene_ids' .* must be one of None, 'entrez'"):
        pp.map_genes(adata, gene_ids="ensembl")  # type: ignore[arg-type]


def test_feature_numbers_of_an_array_are_no_entrez_ids(tmp_path: Path) -> None:
    """Agilent arrays count their features; the control spots among them were left out."""
    numbers = [str(n) for n in range(1, 4001) if n % 17]
    text = "ID_REF,a,b\n" + "".join(f"{n},{int(n) % 9 + 4},{int(n) % 7 + 4}\n" for n in numbers)
    adata = io.read(write(tmp_path, "a.csv", text), unit="log2_array")
    with pytest.raises(
        errors.GeneNameError, match="lie close together, as row numbers and feature numbers .* probe_map"
    ):
        pp.map_genes(adata)
    table = pd.DataFrame({"ID": numbers[:30], "GENE_SYMBOL": GENES})
    assert set(GENES) <= set(pp.map_genes(adata, probe_map=table).var_names)
