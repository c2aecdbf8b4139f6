"""One small hand-made file of every format, all with the same values: GSM1 has ISG15 1, IFI6 2; GSM2 has 3 and 4."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from ifnsig import io

VALUES = {"GSM1": (1, 2), "GSM2": (3, 4)}
GENES = ("ISG15", "IFI6")

SERIES = (
    '!Series_title\t"x"\n!Sample_title\t"a"\t"b"\n!Sample_geo_accession\t"GSM1"\t"GSM2"\n'
    '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n"ISG15"\t1\t3\n"IFI6"\t2\t4\n!series_matrix_table_end\n'
)
RCC = """<Header>
FileVersion,1.7
SoftwareVersion,4.0.0.3
</Header>

<Sample_Attributes>
ID,1
Owner,
Comments,kept
in the freezer
Date,20240131
GeneRLF,panel_C1
SystemAPF,n6_vDV1
</Sample_Attributes>

<Lane_Attributes>
ID,1
FovCount,280
FovCounted,270
ScannerID,1207C0049
StagePosition,3
BindingDensity,0.80
CartridgeID,c1
CartridgeBarcode,
</Lane_Attributes>

<Code_Summary>
CodeClass,Name,Accession,Count
Endogenous,ISG15,NM_005101.3,{0}
Endogenous,IFI6,NM_002038.3,{1}
</Code_Summary>

<Messages>
</Messages>
"""


def per_sample(folder: Path, name: str, make: Callable[[tuple[int, int]], str]) -> list[Path]:
    """A file a sample; ``{}`` in the name is the sample."""
    paths = []
    for sample, values in VALUES.items():
        path = folder / name.format(sample)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(values))
        paths.append(path)
    return paths


def one(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def transcripts(head: str, row: str) -> Callable[[tuple[int, int]], str]:
    """Each gene has two transcripts, which share its value one to three."""

    def make(values: tuple[int, int]) -> str:
        lines = [
            row.format(
                name=f"ENST{g}{t}|{gene}|-|-|{gene}-20{t}|{gene}|500|protein_coding|",
                n=value * part,
                tpm=10 * part,
            )
            for g, (gene, value) in enumerate(zip(GENES, values, strict=True))
            for t, part in enumerate((0.25, 0.75))
        ]
        return "\n".join([head, *lines]) + "\n"

    return make


def tenx(folder: Path) -> Path:
    run = folder / "run1"
    run.mkdir(parents=True)
    matrix = "%%MatrixMarket matrix coordinate integer general\n%\n2 2 4\n1 1 1\n2 1 2\n1 2 3\n2 2 4\n"
    features = "".join(f"{gene}\t{gene}\tGene Expression\n" for gene in GENES)
    for name, text in {
        "matrix.mtx": matrix,
        "features.tsv": features,
        "barcodes.tsv": "GSM1\nGSM2\n",
    }.items():
        (run / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    return run


def small() -> anndata.AnnData:
    return anndata.AnnData(
        np.array(list(VALUES.values()), dtype=np.float64),
        obs=pd.DataFrame(index=list(VALUES)),
        var=pd.DataFrame(index=list(GENES)),
    )


def h5ad(folder: Path) -> Path:
    folder.mkdir(parents=True)
    io.write_h5ad(small(), folder / "x.h5ad")
    return folder / "x.h5ad"


def zarr(folder: Path) -> Path:
    folder.mkdir(parents=True)
    small().write_zarr(folder / "x.zarr")
    return folder / "x.zarr"


def loom(folder: Path) -> Path:
    folder.mkdir(parents=True)
    with h5py.File(folder / "x.loom", "w") as stored:
        stored["matrix"] = np.array(list(VALUES.values()), dtype=np.float32).T
        stored["row_attrs/Gene"] = np.array(GENES, dtype="S")
        stored["col_attrs/CellID"] = list(VALUES)
        stored.create_group("layers")
    return folder / "x.loom"


RSEM = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
WELLS = "".join(
    f"{place},{sample},{gene},UNKNOWN,{value}\n"
    for place, (sample, values) in enumerate(VALUES.items())
    for gene, value in zip(GENES, values, strict=True)
)
WRITERS: dict[str, Callable[[Path], Path | list[Path]]] = {
    "table": lambda folder: one(folder, "m.csv", "gene,GSM1,GSM2\nISG15,1,3\nIFI6,2,4\n"),
    "nfcore": lambda folder: one(
        folder,
        "salmon.merged.gene_counts.tsv",
        "gene_id\tgene_name\tGSM1\tGSM2\nISG15\tISG15\t1\t3\nIFI6\tIFI6\t2\t4\n",
    ),
    "salmon": lambda folder: per_sample(
        folder, "{}/quant.sf",
        transcripts("Name\tLength\tEffectiveLength\tTPM\tNumReads", "{name}\t500\t300.5\t{tpm}\t{n}"),
    ),
    "kallisto": lambda folder: per_sample(
        folder, "{}/abundance.tsv",
        transcripts("target_id\tlength\teff_length\test_counts\ttpm", "{name}\t500\t300.5\t{n}\t{tpm}"),
    ),
    "rsem": lambda folder: per_sample(
        folder, "{}.genes.results",
        lambda v: RSEM + "".join(f"{g}\tENST1\t900\t700\t{n}\t{10 * n}\t{5 * n}\n" for g, n in zip(GENES, v, strict=True)),
    ),
    "star": lambda folder: per_sample(
        folder, "{}.ReadsPerGene.out.tab",
        lambda v: "N_unmapped\t9\t9\t9\nN_multimapping\t8\t8\t8\nN_noFeature\t7\t7\t7\nN_ambiguous\t6\t6\t6\n"
        + "".join(f"{gene}\t{10 * n}\t{n}\t0\n" for gene, n in zip(GENES, v, strict=True)),
    ),
    "featurecounts": lambda folder: one(
        folder, "counts.txt",
        '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "g.gtf"\n'
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\tbam/GSM1.sorted.bam\tbam/GSM2.sorted.bam\n"
        "ISG15\t1;1\t10;50\t20;60\t+;+\t22\t1\t3\nIFI6\t1\t10\t20\t-\t11\t2\t4\n",
    ),
    "htseq": lambda folder: per_sample(
        folder, "{}.htseq.counts",
        lambda v: f"ISG15\t{v[0]}\nIFI6\t{v[1]}\n__no_feature\t90\n__ambiguous\t8\n__too_low_aQual\t0\n__not_aligned\t0\n"
        "__alignment_not_unique\t7\n",
    ),
    "gct": lambda folder: one(
        folder, "m.gct", "#1.2\n2\t2\nName\tDescription\tGSM1\tGSM2\nISG15\tISG15\t1\t3\nIFI6\tIFI6\t2\t4\n"
    ),
    "geo_series_matrix": lambda folder: one(folder, "GSE1_series_matrix.txt", SERIES),
    "nanostring": lambda folder: per_sample(folder, "{}.RCC", lambda v: RCC.format(*v)),
    "qpcr": lambda folder: one(folder, "plate.csv", "Well,Sample Name,Target Name,Task,Ct\n" + WELLS),
    "tenx": tenx,
    "h5ad": h5ad,
    "zarr": zarr,
    "loom": loom,
}  # fmt: skip


@pytest.fixture
def write_format(tmp_path: Path) -> Callable[[str], Path | list[Path]]:
    """Writes the file of a format: one path, or one a sample."""
    return lambda name: WRITERS[name](tmp_path / "formats" / name)


def write_kallisto_h5(path: Path, names: list[str], counts: list[float], lengths: list[float]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as stored:
        stored["aux/ids"] = np.array(names, dtype="S60")
        stored["aux/eff_lengths"] = lengths
        stored["aux/lengths"] = lengths
        stored["est_counts"] = counts
    return path


@pytest.fixture
def kallisto_h5() -> Callable[..., Path]:
    return write_kallisto_h5


@pytest.fixture
def rcc() -> str:
    """An RCC file with room for the counts of ISG15 and IFI6."""
    return RCC
