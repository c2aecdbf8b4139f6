"""Every real file of a format is parsed; the cells and sums were read off the files with grep and awk, not with this package."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from ifnsig import errors, io, keys
from ifnsig.io import _paths
from ifnsig.io.text._text import read_head

ANY_GENE = {f"ENST{number:011d}": "G" for number in (
    513300, 282507, 504685, 243108, 303450, 243082, 303406, 303460, 243056, 312492, 40584, 430889, 394331, 243103,
)}  # fmt: skip
"""The transcripts of the small salmon and kallisto files, all of one gene: its value is the file's sum."""

PLEX = "NACHO_plexset_01_01"
STAR = "star/ERR458837_subsamp_1ReadsPerGene.out.tab.gz"
RSEM_GENE = "ENSG00000000460.16"

# path, format, options, shape (samples, genes), unit, cells (sample, gene, value), sum of all values or None
READ = [
    ("gct/lincs_l1000_LJP005_A375.gct.gz", "gct", {}, (377, 978), None,
     [("LJP005_A375_24H_X1_B19:A03", "200814_at", 11.3819), ("LJP005_A375_24H_X1_B19:P24", "203897_at", 5.1256)], None),
    ("gct/test_v1point2_n5x10.gct", "gct", {}, (5, 10), None, [("LJP005_A375_24H_X1_B19:A07", "203627_at", 8.1654)], None),
    ("more/gct/older_version_v1_2.gct", "gct", {}, (3, 5), None, [("DLBCL.232", "1320_at", 18.46)], None),
    ("more/gct/mini_gctoo_for_testing.gct", "gct", {}, (6, 6), None,
     [("LJP007_MCF7_24H:TRT_CP:BRD-K64857848:10", "LJP007_MCF7_24H:CTL_VEHICLE:DMSO:-666", -4.788599967956543)], None),
    ("more/gct/mini_gctoo_for_testing_nometa.gct", "gct", {}, (6, 6), None,
     [("LJP007_MCF7_24H:TRT_CP:BRD-K64857848:10", "LJP007_MCF7_24H:TRT_POSCON:BRD-A61304759:10", 4.7886)], None),
    # run_info.json: n_pseudoaligned 9413; the text file rounds every row
    ("kallisto/abundance.h5", "kallisto", {"tx2gene": ANY_GENE}, (1, 1), "counts", [("kallisto", "G", 9413)], None),
    ("kallisto/abundance_1.tsv", "kallisto", {"tx2gene": ANY_GENE}, (1, 1), "counts", [("abundance_1", "G", 9413.001)], None),
    ("more/kallisto/abundance.h5", "kallisto", {"tx2gene": ANY_GENE, "quantity": "tpm"}, (1, 1), "tpm",
     [("kallisto", "G", 1_000_000)], None),
    ("more/kallisto/abundance.tsv", "kallisto", {"tx2gene": ANY_GENE, "quantity": "tpm"}, (1, 1), "tpm",
     [("kallisto", "G", 1_000_000.41)], None),
    ("more/kallisto", "kallisto", {"tx2gene": ANY_GENE}, (1, 1), "counts", [("kallisto", "G", 9413)], None),
    ("salmon/quant.sf", "salmon", {"tx2gene": ANY_GENE}, (1, 1), "counts", [("salmon", "G", 9413.001)], None),
    ("more/salmon/quant.sf", "salmon", {"tx2gene": ANY_GENE, "quantity": "tpm"}, (1, 1), "tpm",
     [("salmon", "G", 1_000_000.41)], None),
    ("salmon/Sample_1.sf", "salmon", {}, (1, 496), "counts",
     [("Sample_1", "ENSMUSG00000029863.14", 1.042), ("Sample_1", "ENSMUSG00000049960.5", 192.768)], 68672.216),
    ("more/salmon/Sample_1.head.sf", "salmon", {}, (1, 39), "counts",
     [("Sample_1.head", "ENSMUSG00000049960.5", 192.768)], None),
    ("rsem/test.genes.results.gz", "rsem", {}, (1, 58288), "counts", [("test", RSEM_GENE, 2)], 36566.98),
    ("rsem/test.genes.results.gz", "rsem", {"quantity": "fpkm"}, (1, 58288), "fpkm", [("test", RSEM_GENE, 44.47)], None),
    ("more/rsem/test.genes.head.results", "rsem", {"quantity": "tpm"}, (1, 29), "tpm",
     [("test.genes.head", RSEM_GENE, 45.70)], None),
    # 1.34 + 0.66 reads of two isoforms: the 2.00 of the file of genes
    ("more/rsem/test.isoforms.head.results", "rsem", {}, (1, 6), "counts", [("test.isoforms.head", RSEM_GENE, 2.0)], None),
    (STAR, "star", {}, (1, 57773), "counts", [("ERR458837_subsamp_1", "ENSG00000188976", 1)], 56513),
    (STAR, "star", {"strandedness": "reverse"}, (1, 57773), "counts", [], 2819),
    ("more/star/ERR458837.ReadsPerGene.subset.out.tab", "star", {"strandedness": "unstranded"}, (1, 56), "counts",
     [("ERR458837.ReadsPerGene.subset.out", "ENSG00000026025", 56)], None),
    ("more/featurecounts/biotype_counts.txt", "featurecounts", {}, (1, 30), "counts",
     [("P1234_101", "protein_coding", 9830705)], None),
    ("more/featurecounts/counts.example.txt", "featurecounts", {}, (1, 2), "counts",
     [("sampleA_all_reads", "contig_1_1", 30)], 40),
    ("nf-core-rnaseq/SRP254919.salmon.merged.gene_counts.top1000cov.tsv", "nfcore", {}, (6, 1000), "counts",
     [("8042382", "ENSMUSG00000036151", 16)], None),
    ("more/nfcore/salmon.merged.gene_counts.head.tsv", "nfcore", {}, (6, 5), "counts",
     [("SRX8042384", "ENSMUSG00000056055", 72.999)], None),
    ("more/rcc/nanostringr_example.RCC", "nanostring", {}, (1, 354), "nanostring_counts",
     [("nanostringr_example", "ACTB", 11985), ("nanostringr_example", "POS_A(128)", 56906)], None),
    (f"more/rcc/{PLEX}.RCC", "nanostring", {}, (8, 74), "nanostring_counts",
     [(f"{PLEX}_3", "POS", 18973), (f"{PLEX}_3", "NEG", 1), (f"{PLEX}_3", "SYP", 308), (f"{PLEX}_1", "SYP", 414)], None),
    ("more/rcc/NSNCTools_SKMEL2-DMSO-8h-R1_04.RCC", "nanostring", {}, (1, 204), "nanostring_counts",
     [("NSNCTools_SKMEL2-DMSO-8h-R1_04", "STAT1", 471)], None),
    # means of two and three wells, worked by hand
    ("more/qpcr/cfx_maestro_example01.csv", "qpcr", {"targets": {"FAM": "a", "VIC": "b"}}, (12, 2), "ct",
     [("M3905 R Ctx", "a", (21.1877528266099 + 21.1025534163483) / 2),
      ("M3905 R Ctx", "b", (21.1590717001335 + 21.0520703748196) / 2)], None),
    ("more/qpcr/quantstudio_example05.txt", "qpcr", {}, (4, 1), "ct",
     [("Lung", "TGF-B", (30.155 + 30.200 + 30.087) / 3), ("Liver", "TGF-B", 29.799)], None),
    ("more/qpcr/quantstudio_results_only.txt", "qpcr", {}, (6, 1), "ct",
     [("5000018696676", "3'UTR", (26.692 + 26.638 + 26.592) / 3)], None),
    ("more/tenx/v1_2", "tenx", {}, (12, 343), "counts", [("AACACGTGTACGCTGC-1", "LINC00649", 1)], 12),
    ("more/tenx/v1_2/matrix.mtx", "tenx", {}, (12, 343), "counts", [], 12),
    ("more/tenx/v3", "tenx", {}, (1107, 507), "counts", [("AAACCCAAGGAGAGTA-1", "ENSG00000160255", 3)], 41549),
    ("more/tenx/v3/matrix.mtx.gz", "tenx", {}, (1107, 507), "counts", [], 41549),
    ("more/tenx/v3/filtered_feature_bc_matrix.h5", "tenx", {}, (1107, 507), "counts",
     [("AAACCCAAGGAGAGTA-1", "ENSG00000160255", 3)], 41549),
    ("../kang2018-ifnb-10x/ctrl", "tenx", {}, (1000, 9015), "counts", [], 1475025),
    ("../gse117751-nanostring-rcc/RCC", "nanostring", {}, (42, 608), "nanostring_counts",
     [("GSM3308226_20160715_5609WV-C", "MX1", 795)], None),
    ("../gse161664-saec-ifn-htseq", "htseq", {}, (16, 26364), "counts", [("GSM4912459_SAEC_IFNb_rep1", "ISG15", 762)], None),
]  # fmt: skip

# what is no expression, or broken: path and what must be said
REFUSED = [
    ("gct/mini_gctx_with_metadata_n2x3.gctx", "looks like a GCTX file"),
    ("microarray-probe-maps/IlluminaHumanHT-12_v4_2018.tsv.gz", "no column of numbers"),
    ("microarray-probe-maps/hgu133plus2.tsv.gz", "no column of numbers"),
    ("nf-core-rnaseq/SRP254919.spoofed_lengths.tsv", "holds gene lengths"),
    ("nf-core-rnaseq/SRP254919.samplesheet.csv", "not finite numbers"),
    ("salmon/transcript_to_gene_map.csv", "no column of numbers"),
    ("more/salmon/tx2gene.csv", "no column of numbers"),
    ("more/salmon/meta_info.json", "is JSON"),
    ("more/kallisto/run_info.json", "is JSON"),
    ("more/nfcore/rnaseq_schema_input.json", "is JSON"),
    ("more/nfcore/nanostring_schema_input.json", "is JSON"),
    ("more/nfcore/differential_samplesheet.head.csv", "no column of numbers"),
    ("more/nfcore/nanostring_samplesheet.csv", "not finite numbers"),
    ("more/pep/sample_table.csv", "no column of numbers"),
    ("more/pep/project_config.yaml", "no known format"),
    ("more/featurecounts/multiple_files.counts.txt.summary", "summary of featureCounts"),
    ("more/geo/GSE118828_series_matrix.txt.gz", r"empty table.*GSE118828_RAW\.tar"),
    ("more/qpcr/header_variants.txt", "rows end before the cycles"),
    ("more/rnaseqc/gene_tpm.head.gct", "says that it has 56202 rows, and has 9"),
    ("more/tenx/v1_2/barcodes.tsv", "no known format"),
    ("more/tenx/v1_2/genes.tsv", "no column of numbers"),
    ("more/tenx/v3/barcodes.tsv.gz", "no known format"),
    ("more/tenx/v3/features.tsv.gz", "no column of numbers"),
    ("more/SOURCES.tsv", "no column of numbers"),
    ("README.md", "no known format"),
    ("../kang2018-ifnb-10x/liger_ctrl.h5", "has no features/id"),
    ("../kang2018-ifnb-10x/liger_stim.h5", "has no features/id"),
]


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "formats"


@pytest.mark.parametrize(("path", "name", "options", "shape", "unit", "cells", "total"), READ)
def test_a_real_file_is_recognised_and_gives_its_cells(
    folder, path, name, options, shape, unit, cells, total
):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.UnitWarning)
        adata = io.read(folder / path, **options)
    assert keys.read_field(adata, "source")["format"] == name
    assert adata.shape == shape
    assert keys.unit_of(adata) == unit
    for sample, gene, value in cells:
        # sums of a file's decimals may differ in the last bits from awk's
        assert adata[sample, gene].X[0, 0] == pytest.approx(value, rel=1e-12)
    if total is not None:
        assert adata.X.sum() == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(("path", "message"), REFUSED)
def test_a_real_file_of_something_else_is_refused_clearly(folder, path, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(folder / path)


def test_every_real_file_is_in_one_of_the_lists(folder):
    listed = {path for path, *_ in READ} | {path for path, _ in REFUSED}
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert there - listed == {"more/tenx/v1_2/matrix.mtx", "more/tenx/v3/matrix.mtx.gz"} - listed


def test_no_real_file_fits_two_formats(folder):
    for path in sorted(folder.rglob("*")):
        head = b"" if path.is_dir() else read_head(path)
        assert len(_paths._fitting(path, head, io.FORMATS)) <= 1, path


def test_reads_of_no_gene_do_not_swell_the_library(folder):
    adata = io.read(folder / "../gse161664-saec-ifn-htseq")
    # awk over the lines that do not start with "__"
    assert adata["GSM4912459_SAEC_IFNb_rep1"].X.sum() == 25332314
    assert adata.obs.loc["GSM4912446_SAEC_Control_rep1", "htseq_no_feature"] == 14357837


def test_htseq_files_are_joined_to_their_sheet_by_its_file_column(folder):
    place = folder / "../gse161664-saec-ifn-htseq"
    adata = io.read(place, samples=place / "metadata.csv", file_column="file")
    assert adata.obs.loc["GSM4912459", "stimulus"] == "IFNb"
    assert adata["GSM4912459", "ISG15"].X[0, 0] == 762


def test_raw_rcc_counts_agree_with_the_matrix_of_the_same_study(folder):
    """GSE117751's authors give the raw counts of all lanes as one table, made with other software."""
    import pandas as pd

    adata = io.read(folder / "../gse117751-nanostring-rcc/RCC")
    table = pd.read_csv(folder / "../gse117751-nanostring-rcc/GSE117751_expression_matrix.csv").set_index(
        "Name"
    )
    samples = {name.split("_")[0]: name for name in adata.obs_names}
    shared = [column for column in table.columns if column.split("_")[0].split(".")[0] in samples]
    assert len(shared) == 42
    genes = [
        gene
        for gene in table.index
        if gene in adata.var_names and table.loc[gene, "CodeClass"] == "Endogenous"
    ]
    ours = adata[[samples[c.split("_")[0].split(".")[0]] for c in shared], genes].X
    correlation = np.corrcoef(
        np.log2(ours + 1).ravel(), np.log2(table.loc[genes, shared].T.to_numpy() + 1).ravel()
    )[0, 1]
    assert correlation > 0.9  # the table may be normalised: the same counts up to a factor a lane


def test_two_runs_are_joined(folder):
    place = folder / "../kang2018-ifnb-10x"
    adata = io.read([place / "ctrl", place / "stim"])
    assert adata.shape[0] == 2000
    assert dict(adata.obs["run"].value_counts()) == {"ctrl": 1000, "stim": 1000}
