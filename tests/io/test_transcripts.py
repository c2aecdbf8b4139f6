"""Tables of transcripts and genes as people have them: columns exchanged, lifted-over versions, spike-ins without bars."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from ifnsig import io
from ifnsig.errors import TableError

CASES = Path(__file__).parents[1] / "cases" / "io"
HEADER = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
QUANT = (
    HEADER + "ENST00000000001.1\t9\t9\t1\t2\nENST00000000002.3\t9\t9\t1\t5\nENST00000000003.1\t9\t9\t1\t11\n"
)
COUNTS = {"ENSG00000000001": 7.0, "ENSG00000000002": 11.0}  # transcripts 1 and 2 are of gene 1


def put(place: Path, text: str) -> Path:
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)
    return place


def by_gene(quant: Path, tx2gene: Path) -> dict[str, float]:
    adata = io.read(quant, tx2gene=tx2gene)
    return dict(zip(adata.var_names, np.asarray(adata.X)[0], strict=True))


PAIRS = [("ENST00000000001", "ENSG00000000001"), ("ENST00000000002", "ENSG00000000001"), ("ENST00000000003", "ENSG00000000002")]  # fmt: skip


def table(header: str, *, swapped: bool) -> str:
    rows = [pair[::-1] if swapped else pair for pair in PAIRS]
    return (header + "\n" if header else "") + "".join("\t".join(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("header", "swapped"),
    [
        ("", False),
        ("", True),
        ("Transcript stable ID\tGene stable ID", False),
        ("Gene stable ID\tTranscript stable ID", True),
        ("Gene stable ID version\tTranscript stable ID version", True),
        ("anything\telse", True),
    ],
)
def test_genes_and_transcripts_are_told_whichever_column_they_are_in(
    header: str, swapped: bool, tmp_path: Path
) -> None:
    quant = put(tmp_path / "P1" / "quant.sf", QUANT)
    assert by_gene(quant, put(tmp_path / "t2g.tsv", table(header, swapped=swapped))) == COUNTS


def test_columns_of_no_known_ids_are_taken_in_the_usual_order(tmp_path: Path) -> None:
    quant = put(
        tmp_path / "P1" / "quant.sf", QUANT.replace("ENST0000000000", "T").replace(".1", "").replace(".3", "")
    )
    assert by_gene(quant, put(tmp_path / "t2g.tsv", "T1\tG1\nT2\tG1\nT3\tG2\n")) == {"G1": 7.0, "G2": 11.0}
    with pytest.raises(TableError, match="have two genes|are not in tx2gene"):
        by_gene(quant, put(tmp_path / "t2g.tsv", "G1\tT1\nG1\tT2\nG2\tT3\n"))


def test_versions_of_a_lifted_annotation_meet() -> None:
    adata = io.read(CASES / "s2" / "quant.sf", tx2gene=CASES / "t2g_grch37.tsv")
    assert adata.n_vars == 25
    assert adata.var["gene_name"].iloc[0] == "IFI27"
    assert adata.X[0, 0] == 100


def test_another_transcript_of_the_same_digits_does_not_meet(tmp_path: Path) -> None:
    """``_1`` is a part of the version only behind one."""
    quant = put(tmp_path / "P1" / "quant.sf", HEADER + "T1.1_1\t9\t9\t1\t2\n")
    assert by_gene(quant, put(tmp_path / "a.tsv", "T1.2_4\tG1\n")) == {"G1": 2.0}
    with pytest.raises(TableError, match="are not in tx2gene"):
        by_gene(quant, put(tmp_path / "b.tsv", "T1_1\tG1\n"))


def test_spike_ins_beside_gencode_names_are_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="ifnsig"):
        adata = io.read(CASES / "s1" / "quant.sf")
    assert adata.n_vars == 25
    assert list(adata.var_names[:2]) == ["ENSG00000165949.10", "ENSG00000137959.10"]
    assert "2 transcripts do not tell their gene and are left out: ERCC-00002, ERCC-00003" in caplog.text


def test_names_that_mostly_do_not_tell_the_gene_are_refused(tmp_path: Path) -> None:
    told = "ENST1|ENSG1|a|b|c|IFI27|7|x|\t9\t9\t1\t2\n"
    quant = put(tmp_path / "P1" / "quant.sf", HEADER + told + "T1\t9\t9\t1\t2\nT2\t9\t9\t1\t2\n")
    with pytest.raises(TableError, match="names do not tell the gene"):
        io.read(quant)
