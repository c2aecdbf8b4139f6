"""salmon, kallisto, RSEM, STAR, featureCounts and htseq-count: what each means, on files worked by hand."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io, keys, pp

SF = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
TX = {"T1": "G1", "T2": "G1", "T3": "G2"}
QUANT = SF + "T1.2\t500\t300\t10\t1.5\nT2.1\t500\t300\t20\t2\nT3\t500\t300\t30\t4\n"


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# salmon and kallisto: transcripts of a gene add up


@pytest.mark.parametrize(("quantity", "values"), [("counts", [3.5, 4]), ("tpm", [30, 30])])
def test_transcripts_of_a_gene_add_up_whatever_their_version(tmp_path, quantity, values):
    adata = io.read(put(tmp_path / "P1" / "quant.sf", QUANT), quantity=quantity, tx2gene=TX)
    assert list(adata.obs_names) == ["P1"]
    assert list(adata.var_names) == ["G1", "G2"]
    np.testing.assert_array_equal(adata.X, [values])
    assert keys.unit_of(adata) == quantity


@pytest.mark.parametrize(
    "text",
    [
        "transcript_id,gene_id\nT1,G1\nT2,G1\nT3,G2\n",
        "gene_id\ttranscript_id\nG1\tT1\nG1\tT2\nG2\tT3\n",
        "T1\tG1\tISG15\nT2\tG1\tISG15\nT3\tG2\tIFI6\n",
        "TXNAME;GENEID;symbol\nT1;G1;ISG15\nT2;G1;ISG15\nT3;G2;IFI6\n",
        '"transcript_id"\t"gene_id"\t"gene_name"\n"T1"\t"G1"\t"ISG15"\n"T2"\t"G1"\t"ISG15"\n"T3"\t"G2"\t"IFI6"\n',
    ],
    ids=["csv", "columns turned", "three without header", "semicolons", "quoted"],
)
def test_tx2gene_is_read_in_every_usual_shape(tmp_path, text):
    quant = put(tmp_path / "P1" / "quant.sf", QUANT)
    adata = io.read(quant, tx2gene=put(tmp_path / "tx2gene", text))
    np.testing.assert_array_equal(adata.X, [[3.5, 4]])
    symbols = ["ISG15", "IFI6"] if "ISG15" in text else ["", ""]
    assert list(adata.var["gene_name"]) == symbols


def test_tx2gene_may_be_a_table_in_memory(tmp_path):
    quant = put(tmp_path / "P1" / "quant.sf", QUANT)
    frame = pd.DataFrame({"transcript_id": ["T1", "T2", "T3"], "gene_id": ["G1", "G1", "G2"]})
    np.testing.assert_array_equal(io.read(quant, tx2gene=frame).X, [[3.5, 4]])


def test_names_that_do_not_tell_the_gene_need_tx2gene(tmp_path):
    quant = put(tmp_path / "P1" / "quant.sf", QUANT)
    with pytest.raises(errors.TableError, match=r"names do not tell the gene\. Pass tx2gene="):
        io.read(quant)
    with pytest.raises(errors.TableError, match=r"3 of 3 transcripts .* not in tx2gene.*it has X1"):
        io.read(quant, tx2gene={"X1": "G1"})
    with pytest.raises(errors.TableError, match="1 transcripts have two genes: T1"):
        io.read(quant, tx2gene=put(tmp_path / "t.csv", "T1,G1\nT1,G2\nT2,G1\nT3,G1\n"))
    with pytest.raises(errors.TableError, match="one column"):
        io.read(quant, tx2gene=put(tmp_path / "t.csv", "T1\nT2\n"))
    with pytest.raises(errors.MissingFileError):
        io.read(quant, tx2gene=tmp_path / "none.csv")


def test_a_few_transcripts_without_gene_are_left_out_and_told(tmp_path, caplog):
    quant = put(tmp_path / "P1" / "quant.sf", QUANT)
    adata = io.read(quant, tx2gene={"T1": "G1", "T3": "G2"})
    np.testing.assert_array_equal(adata.X, [[1.5, 4]])
    assert "1 transcripts are not in tx2gene and are left out: T2.1" in caplog.text


def test_rows_of_genes_are_taken_as_they_are(tmp_path):
    text = SF + "ENSG00000187608.11\t500\t300\t10\t1.5\nENSG00000126709.15\t500\t300\t20\t2\n"
    adata = io.read(put(tmp_path / "P1" / "quant.genes.sf", text))
    assert list(adata.obs_names) == ["P1"]
    assert list(adata.var_names) == ["ENSG00000187608.11", "ENSG00000126709.15"]


def test_in_a_folder_transcripts_are_read_rather_than_salmons_own_gene_sums(tmp_path):
    put(tmp_path / "P1" / "quant.sf", QUANT)
    put(tmp_path / "P1" / "quant.genes.sf", SF + "G1\t1\t1\t1\t99\n")
    put(tmp_path / "P1" / "aux_info" / "meta_info.json", "{}")
    for path in (tmp_path, tmp_path / "P1", [tmp_path / "P1"], {"P1": tmp_path / "P1"}):
        adata = io.read(path, tx2gene=TX)
        assert list(adata.obs_names) == ["P1"]
        np.testing.assert_array_equal(adata.X, [[3.5, 4]])


def test_samples_of_other_annotations_are_refused_and_another_order_is_put_right(tmp_path):
    first = put(tmp_path / "P1" / "quant.sf", QUANT)
    lines = QUANT.splitlines()
    turned = put(tmp_path / "P2" / "quant.sf", "\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    np.testing.assert_array_equal(io.read([first, turned], tx2gene=TX).X, [[3.5, 4], [3.5, 4]])
    put(turned, SF + "T1\t1\t1\t1\t1\nT9\t1\t1\t1\t1\n")
    with pytest.raises(
        errors.TableError,
        match=r"'P1' and 'P2' do not have the same genes: 1 are only in the first \(G2\), 1 only in the second \(G9\)",
    ):
        io.read([first, turned], tx2gene={**TX, "T9": "G9"})


def test_kallistos_hdf5_gives_the_counts_and_tpm_of_its_text(tmp_path, kallisto_h5):
    # tpm by hand: rates 2/1, 2/2, 4/4 = 2, 1, 1; each over their sum 4, times a million
    path = kallisto_h5(tmp_path / "P1" / "abundance.h5", ["T1", "T2", "T3"], [2.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    np.testing.assert_array_equal(io.read(path, tx2gene=TX).X, [[4, 4]])
    np.testing.assert_allclose(io.read(path, tx2gene=TX, quantity="tpm").X, [[750_000, 250_000]], rtol=1e-15)
    text = "target_id\tlength\teff_length\test_counts\ttpm\nT1\t1\t1\t9\t9\nT2\t1\t1\t9\t9\nT3\t1\t1\t9\t9\n"
    put(tmp_path / "P1" / "abundance.tsv", text)
    adata = io.read(tmp_path, tx2gene=TX)  # both files of one sample: the one with more digits
    np.testing.assert_array_equal(adata.X, [[4, 4]])


@pytest.mark.parametrize(
    ("counts", "lengths", "message"),
    [
        ([1.0, 2.0], [1.0, 1.0, 1.0], "2 counts"),
        ([1.0, 2.0, np.nan], [1.0] * 3, "missing"),
        ([1.0] * 3, [0.0] * 3, "lengths"),
    ],
)
def test_a_damaged_kallisto_file_is_refused(tmp_path, kallisto_h5, counts, lengths, message):
    path = kallisto_h5(tmp_path / "abundance.h5", ["T1", "T2", "T3"], counts, lengths)
    with pytest.raises(errors.TableError, match=message):
        io.read(path, tx2gene=TX)


@pytest.mark.parametrize("name", ["salmon", "kallisto", "rsem"])
def test_a_quantity_that_is_not_there_is_a_usage_error(write_format, name):
    with pytest.raises(errors.ParameterError, match="'quantity' parameter of the reader of"):
        io.read(write_format(name), quantity="reads")


# RSEM


RSEM_HEAD = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"


@pytest.mark.parametrize(
    ("quantity", "values"), [("counts", [1.25, 4]), ("tpm", [10, 40]), ("fpkm", [5, 20])]
)
def test_rsem_gives_the_quantity_asked_for(tmp_path, quantity, values):
    path = put(
        tmp_path / "P1.genes.results", RSEM_HEAD + "G1\tT1,T2\t9\t7\t1.25\t10\t5\nG2\tT3\t9\t7\t4\t40\t20\n"
    )
    adata = io.read(path, quantity=quantity)
    np.testing.assert_array_equal(adata.X, [values])
    assert list(adata.obs_names) == ["P1"]
    assert keys.unit_of(adata) == quantity


def test_rsem_ids_with_symbols_name_their_gene_and_isoforms_are_summed(tmp_path):
    both = RSEM_HEAD + "ENSG00000187608.11_ISG15\tT1\t9\t7\t1\t1\t1\n"
    adata = io.read(put(tmp_path / "a.genes.results", both))
    assert list(adata.var_names) == ["ENSG00000187608.11_ISG15"]
    assert list(pp.map_genes(adata).var_names) == ["ISG15"]
    head = "transcript_id\tgene_id\tlength\teffective_length\texpected_count\tTPM\tFPKM\tIsoPct\n"
    text = head + "T1\tG1\t9\t7\t1\t2\t3\t50\nT2\tG1\t9\t7\t1\t2\t3\t50\nT3\tG2\t9\t7\t5\t6\t7\t100\n"
    isoforms = put(tmp_path / "a.isoforms.results", text)
    np.testing.assert_array_equal(io.read(isoforms).X, [[2, 5]])
    assert list(io.read(tmp_path).var_names) == ["ENSG00000187608.11_ISG15"]  # genes rather than isoforms


# STAR


def star(tmp_path: Path, sample: str, forward: int, reverse: int) -> Path:
    totals = "N_unmapped\t5\t5\t5\nN_multimapping\t4\t4\t4\nN_noFeature\t3\t2\t1\nN_ambiguous\t1\t1\t1\n"
    return put(
        tmp_path / f"{sample}.ReadsPerGene.out.tab", f"{totals}G1\t100\t{forward}\t{reverse}\nG2\t0\t0\t0\n"
    )


@pytest.mark.parametrize(
    ("forward", "reverse", "kind", "value"),
    [
        (95, 5, "forward", 95), (80, 20, "forward", 80), (5, 95, "reverse", 95), (50, 50, "unstranded", 100),
        (60, 40, "unstranded", 100),
    ],
)  # fmt: skip
def test_strandedness_follows_from_the_sums_and_is_told(tmp_path, caplog, forward, reverse, kind, value):
    caplog.set_level(logging.INFO, "ifnsig")
    adata = io.read(star(tmp_path, "P1", forward, reverse))
    assert adata.X[0, 0] == value
    assert keys.read_field(adata, "source")["strandedness"] == kind
    assert f"{forward}/{reverse} reads unstranded/forward/reverse: {kind}" in caplog.text
    assert adata.obs["N_multimapping"].iloc[0] == 4
    assert list(adata.var_names) == ["G1", "G2"]


def test_libraries_of_two_kinds_or_none_are_refused_unless_the_user_says(tmp_path):
    paths = [star(tmp_path, "P1", 95, 5), star(tmp_path, "P2", 50, 50)]
    with pytest.raises(
        errors.TableError, match=r"forward: P1 \(95% forward\); unstranded: P2 \(50% forward\)"
    ):
        io.read(paths)
    adata = io.read(paths, strandedness="unstranded")
    np.testing.assert_array_equal(adata.X, [[100, 0], [100, 0]])
    assert keys.read_field(adata, "source")["strandedness_by"] == "user"
    with pytest.raises(errors.TableError, match=r"unclear: P3 \(70% forward\)"):
        io.read(star(tmp_path, "P3", 70, 30))
    with pytest.raises(errors.TableError, match="unclear"):
        io.read(star(tmp_path, "P4", 0, 0))
    with pytest.raises(errors.ParameterError, match="strandedness"):
        io.read(paths, strandedness="yes")


def test_a_star_sample_is_called_after_its_file_or_folder(tmp_path):
    path = star(tmp_path, "P1", 95, 5)
    other = put(tmp_path / "P2" / "ReadsPerGene.out.tab", path.read_text())
    assert list(io.read([path, other]).obs_names) == ["P1", "P2"]


# DRAGEN: two files of salmon's form a sample, in one folder or in one each


DRAGEN = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"


def dragen(folder, sample, genes=True):
    put(
        folder / f"{sample}.quant.sf",
        DRAGEN + "ENST00000649529.1\t711\t500\t20\t30\nENST00000624697.4\t711\t500\t20\t11\n",
    )
    if genes:
        put(folder / f"{sample}.quant.genes.sf", DRAGEN + "ENSG00000187608.11\t711\t500\t40\t41\n")


TX2GENE = {"ENST00000649529.1": "ENSG00000187608", "ENST00000624697.4": "ENSG00000187608"}


def test_of_a_pair_of_dragen_the_genes_are_read(tmp_path, caplog):
    for sample in ("P1", "P2"):
        dragen(tmp_path / "one", sample)
        dragen(tmp_path / "each" / sample, sample)
    each = [tmp_path / "each" / sample for sample in ("P1", "P2")]
    for place in (tmp_path / "one", tmp_path / "each", each, dict(zip(("P1", "P2"), each, strict=True))):
        caplog.clear()
        with caplog.at_level("INFO", logger="ifnsig"):
            adata = io.read(place)
        assert list(adata.obs_names) == ["P1", "P2"]
        assert list(adata.var_names) == ["ENSG00000187608.11"]
        np.testing.assert_array_equal(adata.X, [[41], [41]])
        assert keys.unit_of(adata) == "counts"
        told = "those of genes (*.quant.genes.sf) are read" in caplog.text
        assert told or place is each or isinstance(place, dict)
    assert io.read(tmp_path / "one", quantity="tpm").X[0, 0] == 40
    assert io.read(tmp_path / "one" / "P1.quant.genes.sf").obs_names[0] == "P1"


def test_of_dragens_transcripts_alone_the_genes_must_be_told(tmp_path, caplog):
    for sample in ("P1", "P2"):
        dragen(tmp_path, sample, genes=False)
    with pytest.raises(errors.TableError, match=r"P1\.quant\.sf has values of transcripts.*Pass\s+tx2gene="):
        io.read(tmp_path)
    adata = io.read(tmp_path, tx2gene=TX2GENE)
    assert list(adata.obs_names) == ["P1", "P2"]
    np.testing.assert_array_equal(adata.X, [[41], [41]])
    dragen(tmp_path, "P1")
    dragen(tmp_path, "P2")
    with caplog.at_level("INFO", logger="ifnsig"):
        assert list(io.read(tmp_path, tx2gene=TX2GENE).var_names) == ["ENSG00000187608.11"]
    assert "tx2gene is not used for P1.quant.genes.sf, P2.quant.genes.sf: its rows are genes" in caplog.text


# featureCounts


def test_samples_of_featurecounts_are_called_after_their_bam(tmp_path):
    head = "Geneid\tChr\tStart\tEnd\tStrand\tLength\t"
    row = "\nG1\t1\t1\t9\t+\t9\t1\t2\n"
    cases = {
        "a/P1.bam\ta/P2.bam": ["P1", "P2"],
        "P1Aligned.sortedByCoord.out.bam\tP2.markdup.sorted.bam": ["P1", "P2"],
        "P1/Aligned.sortedByCoord.out.bam\tP2/Aligned.sortedByCoord.out.bam": ["P1", "P2"],
        "C:\\x\\P1.sam\tC:\\x\\P2.sam": ["P1", "P2"],
    }
    for bams, names in cases.items():
        assert list(io.read(put(tmp_path / "c.txt", head + bams + row)).obs_names) == names


def test_extra_attributes_are_kept_beside_the_genes(tmp_path):
    text = (
        '# Program:featureCounts v2; Command:"featureCounts" "--extraAttributes" "gene_name,entrez" "-o" "x"\n'
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\tentrez\tP1.bam\nG1\t1\t1\t9\t+\t9\tISG15\t9636\t7\n"
    )
    adata = io.read(put(tmp_path / "c.txt", text))
    np.testing.assert_array_equal(adata.X, [[7]])
    assert list(adata.var["gene_name"]) == ["ISG15"]
    assert list(adata.var["entrez"]) == ["9636"]


def test_featurecounts_of_one_sample_each_are_joined_and_may_be_named(tmp_path):
    head = "Geneid\tChr\tStart\tEnd\tStrand\tLength\t"
    paths = [put(tmp_path / f"{i}.txt", f"{head}P{i}.bam\nG1\t1\t1\t9\t+\t9\t{i}\n") for i in (1, 2)]
    put(tmp_path / "1.txt.summary", "Status\tP1.bam\nAssigned\t1\n")
    assert list(io.read(tmp_path).obs_names) == ["P1", "P2"]
    assert list(io.read({"a": paths[0], "b": paths[1]}).obs_names) == ["a", "b"]
    with pytest.raises(errors.TableError, match="no column of counts"):
        io.read(put(tmp_path / "blank.txt", f"{head}\nG1\t1\t1\t9\t+\t9\t\n"), format="featurecounts")
    with pytest.raises(errors.TableError, match="no column of counts"):
        io.read(put(tmp_path / "none.txt", f"{head.strip()}\nG1\t1\t1\t9\t+\t9\n"), format="featurecounts")


# htseq-count


def test_reads_of_no_gene_are_no_genes(tmp_path):
    text = "ISG15\tISG15 name\t7\nIFI6\tIFI6 name\t0\n__no_feature\t\t90\n__ambiguous\t\t8\n"
    adata = io.read(put(tmp_path / "P1.txt", text))
    np.testing.assert_array_equal(adata.X, [[7, 0]])
    assert adata.obs["htseq_no_feature"].iloc[0] == 90
    assert list(adata.var["gene_name"]) == ["ISG15 name", "IFI6 name"]


def test_a_file_that_may_be_a_table_or_htseqs_must_be_named(tmp_path):
    path = put(tmp_path / "P1.txt", "ISG15\t7\nIFI6\t0\nMX1\t3\n")
    with pytest.raises(errors.TableError, match=r"several formats: table, htseq. Say which: format="):
        io.read(path)
    np.testing.assert_array_equal(io.read(path, format="htseq").X, [[7, 0, 3]])
    assert list(io.read(path, format="table", unit="counts").obs_names) == ["7"]
    path.write_text("gene\tP1\nIFI6\t0\nMX1\t3\n")
    assert list(io.read(path, unit="counts").obs_names) == ["P1"]
    with pytest.raises(errors.TableError, match=r"first line ends in 'P1'.*format=\"table\""):
        io.read(path, format="htseq")


def test_rows_of_no_gene_in_a_joined_table_are_left_out(tmp_path, caplog):
    text = "gene\tP1\tP2\nISG15\t7\t1\n__no_feature\t90\t9\nN_unmapped\t4\t4\nIFI6\t0\t2\n"
    adata = io.read(put(tmp_path / "m.tsv", text), unit="counts")
    np.testing.assert_array_equal(adata.X, [[7, 0], [1, 2]])
    assert "reads of no gene are left out: __no_feature, N_unmapped" in caplog.text


def test_files_of_samples_are_found_by_a_column_of_the_sheet(tmp_path):
    put(tmp_path / "GSM1_x.txt", "ISG15\t7\n__no_feature\t90\n")
    put(tmp_path / "GSM2_y.txt", "ISG15\t8\n__no_feature\t90\n")
    sheet = pd.DataFrame({"sample": ["P2", "P1"], "file": ["GSM2_y.txt", "GSM1_x.txt"]})
    adata = io.read(tmp_path, samples=sheet, file_column="file")
    assert list(adata.obs_names) == ["P2", "P1"]
    np.testing.assert_array_equal(adata.X, [[8], [7]])
    with pytest.raises(errors.SampleSheetError, match="no column 'files'.*Did you mean 'file'"):
        io.read(tmp_path, samples=sheet, file_column="files")
    with pytest.raises(errors.ParameterError, match="file_column= needs samples="):
        io.read(tmp_path, file_column="file")
    with pytest.raises(errors.SampleSheetError, match="1 samples have no file.*P1"):
        io.read(tmp_path, samples=sheet.assign(file=["GSM2_y.txt", None]), file_column="file")
    with pytest.raises(errors.MissingFileError, match="gone"):
        io.read(tmp_path, samples=sheet.assign(file=["GSM2_y.txt", "gone"]), file_column="file")


def test_what_quantifiers_left_can_be_mapped_to_symbols(write_format):
    for name in ("salmon", "kallisto", "rsem", "star", "featurecounts", "htseq"):
        assert list(pp.map_genes(io.read(write_format(name))).var_names) == ["ISG15", "IFI6"]
