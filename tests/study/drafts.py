"""Small data sets of several formats, each with what a person would answer to the questions of its draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from ifnsig import io
from ifnsig.signatures import SIGNATURES

EXAMPLE = Path(__file__).parents[2] / "example_data"
SIX = list(SIGNATURES["rice2013_6"].genes)
HOUSEKEEPING = ["ABCF1", "GUSB", "HPRT1", "LDHA", "POLR1B", "RPLP0"]
OTHERS = [
    "ACTB",
    "GAPDH",
    "B2M",
    "TBP",
    "CD4",
    "CD8A",
    "MS4A1",
    "NKG7",
    "LYZ",
    "PPBP",
    "FCER1A",
    "CD14",
    "CD19",
    "CD3E",
]

PEOPLE = pd.DataFrame(
    [(f"P{n}_{v}", f"P{n}", v, "SLE") for n in range(1, 8) for v in ("week0", "week4")]
    + [(f"H{n}", "", "", "healthy") for n in range(1, 6)],
    columns=["sample", "patient", "visit", "group"],
)
"""Seven patients before and after, five healthy controls."""


def counts(samples: list[str] | None = None, *, extra: list[str] = OTHERS) -> pd.DataFrame:
    """Genes x samples: the six genes fall in patients at week4."""
    names = list(PEOPLE["sample"]) if samples is None else samples
    rng = np.random.default_rng(7)
    mean = np.full((len(SIX) + len(extra), len(names)), 400.0)
    mean[: len(SIX)] *= [
        0.2 if name.startswith("H") else 3 if name.endswith("week0") else 1 for name in names
    ]
    return pd.DataFrame(
        rng.poisson(mean * rng.uniform(0.7, 1.4, mean.shape)), index=[*SIX, *extra], columns=names
    )


@dataclass(frozen=True)
class Case:
    """Files, and the answers to what their draft asks."""

    expression: Path
    samples: Path | None
    answers: dict[str, str] = field(default_factory=dict)


def sheet(folder: Path, table: pd.DataFrame = PEOPLE) -> Path:
    table.to_csv(folder / "sheet.tsv", sep="\t", index=False)
    return folder / "sheet.tsv"


def table(folder: Path) -> Case:
    counts().to_csv(folder / "m.tsv", sep="\t", index_label="gene")
    return Case(folder / "m.tsv", sheet(folder), {"input.unit": "counts"})


def example(folder: Path) -> Case:
    answers = {
        "input.unit": "counts",
        "responses.0.parameters.mmt_max": "150",
        "responses.0.parameters.uln": "{ ck = 200, alt = 40, ast = 40, ldh = 250 }",
    }
    return Case(EXAMPLE / "counts.tsv.gz", EXAMPLE / "samples.tsv", answers)


def nfcore(folder: Path) -> Case:
    """The output folder of nf-core/rnaseq, and its own samplesheet with columns of one's own."""
    place = folder / "results" / "star_salmon"
    place.mkdir(parents=True)
    values = counts()
    values.insert(0, "gene_name", values.index)
    values.to_csv(place / "salmon.merged.gene_counts.tsv", sep="\t", index_label="gene_id")
    own = PEOPLE.rename(columns={"patient": "donor", "visit": "timepoint", "group": "condition"})
    reads = [
        own.assign(fastq_1=f"l{lane}_R1.fq.gz", fastq_2=f"l{lane}_R2.fq.gz", strandedness="auto")
        for lane in (1, 2)
    ]
    return Case(folder / "results", sheet(folder, pd.concat(reads)))


RCC = """<Header>
FileVersion,1.7
SoftwareVersion,4.0.0.3
</Header>
<Sample_Attributes>
ID,{0}
GeneRLF,panel_C1
</Sample_Attributes>
<Lane_Attributes>
ID,1
FovCount,280
FovCounted,275
BindingDensity,0.80
CartridgeID,c{1}
</Lane_Attributes>
<Code_Summary>
CodeClass,Name,Accession,Count
{2}
</Code_Summary>
"""


def nanostring(folder: Path) -> Case:
    """A folder of RCC files, two cartridges."""
    place = folder / "rcc"
    place.mkdir()
    values = counts(extra=[*OTHERS, *HOUSEKEEPING])
    for number, name in enumerate(values.columns):
        lines = [
            f"{'Housekeeping' if gene in HOUSEKEEPING else 'Endogenous'},{gene},NM_{at}.1,{count}"
            for at, (gene, count) in enumerate(values[name].items())
        ]
        lines += [
            f"Positive,POS_{letter}({level}),ERCC,{int(level * 100)}"
            for letter, level in zip("ABCDEF", (128, 32, 8, 2, 0.5, 0.125), strict=True)
        ]
        lines += [f"Negative,NEG_{letter}(0),ERCC,{5 + at}" for at, letter in enumerate("ABCDEFGH")]
        (place / f"{name}.RCC").write_text(RCC.format(number, number % 2, "\n".join(lines)))
    return Case(place, sheet(folder, PEOPLE.assign(cartridge=[f"c{n // 2 % 2}" for n in range(len(PEOPLE))])))


def geo(folder: Path) -> Case:
    """A series matrix that describes its samples itself."""
    own = PEOPLE[PEOPLE["group"] == "SLE"].reset_index(drop=True)
    values = np.log2(counts(list(own["sample"])) + 1)
    ids = [f"GSM{n}" for n in range(len(own))]
    rows = {
        "!Sample_title": own["sample"],
        "!Sample_geo_accession": ids,
        "!Sample_characteristics_ch1": "subject id: " + own["patient"],
        "!Sample_characteristics_ch2": "",
    }
    lines = ['!Series_title\t"x"']
    lines += ["\t".join([key, *(f'"{cell}"' for cell in cells)]) for key, cells in list(rows.items())[:3]]
    lines += [
        "\t".join(
            [
                "!Sample_characteristics_ch1",
                *(
                    f'"time point: {visit}"'
                    for visit in own["visit"].map({"week0": "before", "week4": "after"})
                ),
            ]
        )
    ]
    lines += ["!series_matrix_table_begin", "\t".join(['"ID_REF"', *(f'"{name}"' for name in ids)])]
    lines += [
        "\t".join([f'"{gene}"', *(f"{value:.6f}" for value in row)])
        for gene, row in zip(values.index, values.to_numpy(), strict=True)
    ]
    (folder / "GSE1_series_matrix.txt").write_text("\n".join([*lines, "!series_matrix_table_end"]) + "\n")
    return Case(folder / "GSE1_series_matrix.txt", None, {"input.unit": "log2_array"})


def scanpy(folder: Path) -> Case:
    """Pseudobulk samples in the way of scanpy: logarithms in X, counts in a layer, obs of categories."""
    values = counts().T
    per_ten_thousand = values.div(values.sum(axis=1), axis=0) * 1e4
    obs = PEOPLE.set_index("sample").astype("category")
    adata = anndata.AnnData(
        np.log1p(per_ten_thousand.to_numpy()), obs=obs, var=pd.DataFrame(index=list(values.columns))
    )
    adata.layers["counts"] = values.to_numpy(dtype=np.float64)
    adata.uns["log1p"] = {"base": 2.0}
    adata.X = adata.X / np.log(2)
    io.write_h5ad(adata, folder / "x.h5ad")
    return Case(folder / "x.h5ad", None, {"input.unit": "log2_cp10k"})


CASES: dict[str, Callable[[Path], Case]] = {
    "table": table, "example": example, "nfcore": nfcore, "nanostring": nanostring, "geo": geo, "scanpy": scanpy,
}  # fmt: skip
