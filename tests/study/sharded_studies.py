"""Small studies that together give every key of the study file, with their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import openpyxl
import pandas as pd

from ifnsig import pp
from ifnsig.signatures import SIGNATURES

Fields = dict[str, Any]

RULE = """
name = "ck_halved"
title = "CK halved"
source = "protocol of the study"
classes = ["no", "yes"]
[inputs.ck]
unit = "U/L"
better = "lower"
[rules.yes]
input = "ck"
change = "relative"
comparison = "<="
value = -50
"""
INTERFERON = list(SIGNATURES["rice2013_6"].genes)
OWN = ["IFI27", "IFI44", "MX1", "OAS1", "OAS2", "OAS3", "XAF1"]
OTHERS = [
    f"{family}{number}" for family, count in (("KRT", 20), ("RPL", 37), ("PSMA", 7), ("NDUFB", 11), ("COX6A", 2),
    ("TUBB", 1), ("HOXA", 7), ("CDK", 20), ("MAPK", 15), ("WNT", 11)) for number in range(1, count + 1)
]  # fmt: skip
GENES = list(dict.fromkeys([*INTERFERON, *OWN, *OTHERS]))
HOUSEKEEPING = ["ACTB", "GAPDH", "TBP", "HPRT1", "GUSB"]
MOUSE = ["Ifi27l2a", "Ifi44l", "Ifi44", "Isg15", "Rsad2", "Mx1", "Oas2", "Oas3", "Xaf1", "Ifit1", "Siglec1"]
LANE = """<Header>
FileVersion,1.7
SoftwareVersion,4.0.0.3
</Header>
<Sample_Attributes>
ID,01
Owner,
Comments,
Date,20240131
GeneRLF,panel_C1
SystemAPF,n6_vDV1
</Sample_Attributes>
<Lane_Attributes>
ID,1
FovCount,280
FovCounted,270
ScannerID,1
StagePosition,1
BindingDensity,0.80
CartridgeID,c1
CartridgeBarcode,
</Lane_Attributes>
<Code_Summary>
CodeClass,Name,Accession,Count
%s
</Code_Summary>
<Messages>
</Messages>
"""


def sheet(rng: np.random.Generator) -> pd.DataFrame:
    """Sixteen patients of two arms at three visits, eight healthy people."""
    rows = []
    for patient in range(16):
        once = {
            "patient": f"P{patient}", "group": "ill", "arm": "drug" if patient % 2 else "placebo", "sex": "FM"[patient % 2],
            "set": f"S{patient // 4}", "case": "yes" if patient % 4 == 0 else "no", "age": int(rng.integers(30, 70)),
            "relapse": int(rng.integers(2)), "months": int(rng.integers(6, 30)), "site": "ab"[patient // 8], "seat": f"T{patient % 8}",
            "high": "yes" if patient % 3 == 0 else "no",
        }  # fmt: skip
        for place, visit in enumerate(("w0", "w4", "w12")):
            rows.append({
                "sample": f"P{patient}_{visit}", "visit": visit, "day": 30 * place + 1, "mg": 10 - place * (patient % 3),
                "cells": round(float(rng.uniform(0.4, 0.7)), 3), "batch": f"B{(patient + place) % 2}", "hours": int(rng.integers(20)),
                "ck": int(rng.integers(100, 900)), "answer": ["none", "minor", "major"][int(rng.integers(3))],
                "stopped": "w12" if patient == 3 else "", **once,
            })  # fmt: skip
    healthy = {"visit": "w0", "group": "healthy", "sex": "F", "batch": "B0", "day": 1}
    rows += [{"sample": f"H{n}", "patient": f"H{n}", "seat": f"T{n}", **healthy} for n in range(8)]
    return pd.DataFrame(rows)


def counts(
    rng: np.random.Generator, samples: pd.DataFrame, genes: list[str], *, rising: int = 13
) -> pd.DataFrame:
    """Counts, genes in rows; the first genes are high in the ill and fall under treatment."""
    level = rng.uniform(3, 7, len(genes))[:, None] + rng.normal(0, 0.5, (len(genes), len(samples)))
    lift = (samples["group"] == "ill") * np.where(
        samples["visit"] == "w0", 1.5, np.where(samples["arm"] == "drug", 0.4, 1.2)
    )
    level[:rising] += lift.to_numpy()[None] * rng.uniform(0.7, 1.3, len(samples))[None]
    values = rng.poisson(np.exp(level))
    return pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=samples["sample"].tolist())


def write_files(folder: Path) -> None:
    """Every file that the studies name, but the stored reference and normalisation."""
    rng = np.random.default_rng(11)
    samples = sheet(rng)
    table = counts(rng, samples, GENES)
    table.to_csv(folder / "counts.tsv", sep="\t")
    samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
    (folder / "rule.toml").write_text(RULE)
    _write_split(folder, table, samples)
    _write_probes(folder, table, samples)
    _write_lanes(folder, rng, samples)
    _write_mouse(folder, rng, samples)
    _write_quantified(folder, table, samples)
    _write_dish(folder, rng)
    _write_numbered(folder, table)
    scored = pd.DataFrame({"id": samples["sample"], "what": "mine", "value": rng.normal(size=len(samples))})
    scored.to_csv(folder / "scores.csv", index=False)


def _write_numbered(folder: Path, table: pd.DataFrame) -> None:
    """The same counts under Entrez ids; and as a layer of an AnnData whose genes are numbered, symbols in a column."""
    columns = pp.gene_table().columns
    entrez = dict(zip(columns["symbol"], columns["entrez"], strict=True))
    known = table[[bool(entrez.get(gene)) for gene in table.index]]
    known.rename(index=entrez).to_csv(folder / "entrez.tsv", sep="\t")
    var = pd.DataFrame({"Symbol": list(table.index)}, index=[f"g{n}" for n in range(len(table))])
    values = table.to_numpy(dtype=float).T
    layered = anndata.AnnData(np.log1p(values), obs=pd.DataFrame(index=list(table.columns)), var=var)
    layered.layers["counts"] = values
    layered.write_h5ad(folder / "layered.h5ad")


def _write_split(folder: Path, table: pd.DataFrame, samples: pd.DataFrame) -> None:
    """The same counts in two files with samples in rows, and workbooks of several worksheets."""
    for name, half in (("first", table.iloc[:, :30]), ("second", table.iloc[:, 30:])):
        half.T.rename_axis("sample").to_csv(folder / f"{name}.tsv", sep="\t")
    clinical = samples[samples["group"] == "ill"][["patient", "visit", "ck", "answer", "age"]]
    books = {
        "samples.xlsx": samples.drop(columns=["ck", "answer", "age"]).iloc[:-1], "clinical.xlsx": clinical,
    }  # fmt: skip
    for name, content in books.items():
        made = openpyxl.Workbook()
        made.active.title = "about"
        made.active.append(["notes of the study"])
        page = made.create_sheet("data")
        for row in [
            list(content.columns),
            *content.astype(object).where(content.notna(), None).to_numpy().tolist(),
        ]:
            page.append(row)
        made.save(folder / name)


def _write_probes(folder: Path, table: pd.DataFrame, samples: pd.DataFrame) -> None:
    """Log intensities of probes, a row with an empty cell, two samples of one visit."""
    values = np.log2(table + 1).round(4)
    values.index = pd.Index([f"{10 * place}_at" for place in range(len(values))], name="probe")
    pd.DataFrame({"probe": values.index, "symbol": table.index}).to_csv(
        folder / "probes.tsv", sep="\t", index=False
    )
    values = values.astype(object)
    values.iloc[-1, 0] = ""
    values["again"] = values.iloc[:, 1]
    values.to_csv(folder / "probes_expression.tsv", sep="\t")
    again = samples.iloc[[1]].assign(sample="again")
    pd.concat([samples, again]).to_csv(folder / "samples_again.tsv", sep="\t", index=False)


def _write_lanes(folder: Path, rng: np.random.Generator, samples: pd.DataFrame) -> None:
    """nCounter lanes, named in the sheet."""
    (folder / "lanes").mkdir()
    genes = list(dict.fromkeys([*INTERFERON, *OWN, *HOUSEKEEPING, *OTHERS[:20]]))
    panel = counts(rng, samples, genes) + 20
    steady = {
        f"POS_{letter}({size})": size
        for letter, size in zip("ABCDEF", (128, 32, 8, 2, 0.5, 0.125), strict=True)
    }
    for place, name in enumerate(panel.columns):
        rows = [
            f"{'Housekeeping' if gene in HOUSEKEEPING else 'Endogenous'},{gene},NM_{n},{panel.loc[gene, name]}"
            for n, gene in enumerate(genes)
        ]
        rows += [
            f"Positive,{probe},ERCC_1,{int(size * 100 + place % 7) + 1}" for probe, size in steady.items()
        ]
        rows += [
            f"Negative,NEG_{letter}(0),ERCC_2,{3 + (place + n) % 5}" for n, letter in enumerate("ABCDEF")
        ]
        (folder / "lanes" / f"lane {place}.RCC").write_text(LANE % "\n".join(rows))
    named = samples.assign(lane=[f"lane {place}.RCC" for place in range(len(samples))])
    named.to_csv(folder / "samples_lanes.tsv", sep="\t", index=False)


def _write_mouse(folder: Path, rng: np.random.Generator, samples: pd.DataFrame) -> None:
    genes = [*MOUSE, *(gene.capitalize() for gene in OTHERS)]
    values = np.log2(counts(rng, samples, genes, rising=len(MOUSE)) + 1).round(4)
    values.to_csv(folder / "mouse.tsv", sep="\t")


def _write_quantified(folder: Path, table: pd.DataFrame, samples: pd.DataFrame) -> None:
    """Salmon's files of transcripts, one folder a sample, and which gene each belongs to."""
    names = {gene: f"ENST{place:011d}" for place, gene in enumerate(table.index)}
    pd.DataFrame({"transcript": names.values(), "gene": names.keys()}).to_csv(
        folder / "tx2gene.tsv", sep="\t", index=False
    )
    for sample in samples["sample"]:
        place = folder / "salmon" / sample
        place.mkdir(parents=True)
        frame = pd.DataFrame({"Name": names.values(), "Length": 1000, "EffectiveLength": 800.0, "TPM": 1.0})
        frame.assign(NumReads=table[sample].to_numpy(dtype=float)).to_csv(
            place / "quant.sf", sep="\t", index=False
        )


def _write_dish(folder: Path, rng: np.random.Generator) -> None:
    """Wells of four donors: doses of a drug, with and without a stimulus."""
    wells = pd.DataFrame([
        {"well": f"W{donor}_{dose}_{stimulus}", "giver": f"D{donor}", "stimulus": stimulus, "micromolar": dose,
         "treated": "DMSO" if dose == 0 else "tofa"}
        for donor in range(4) for dose in (0, 1, 4, 16, 64, 256) for stimulus in ("IFN", "none")
    ])  # fmt: skip
    wells.to_csv(folder / "wells.tsv", sep="\t", index=False)
    level = rng.uniform(5, 9, len(GENES))[:, None] + rng.normal(0, 0.2, (len(GENES), len(wells)))
    shown = (wells["stimulus"] == "IFN") * 4 / (1 + wells["micromolar"] / 20) + rng.normal(0, 0.1, len(wells))
    level[:13] += shown.to_numpy()[None]
    frame = pd.DataFrame(level.round(4), index=pd.Index(GENES, name="gene"), columns=wells["well"].tolist())
    frame.to_csv(folder / "wells_expression.tsv", sep="\t")


DESIGN: Fields = {
    "sample": "sample", "patient": "patient", "visit": "visit", "baseline": "w0", "followup": ["w4", "w12"],
    "group": "group", "controls": "healthy",
}  # fmt: skip
SCORES: Fields = {"signatures": ["rice2013_6"], "random_sets": 8}
RAW: Fields = {"expression": "counts.tsv", "unit": "counts", "samples": "samples.tsv"}

STUDIES: dict[str, Fields] = {
    "questions": {
        "title": 'All questions, "quoted"; $(touch pwned) ä',
        "seed": 7,
        "strict": True,
        "input": {**RAW, "format": "table", "normalize": "tmm", "platform": "RNA-seq"},
        "design": {
            **DESIGN, "primary_followup": "w12", "day": "day", "batch": "batch", "sex": "sex", "arm": "arm",
            "times": {"w4": 4, "w12": 12}, "steroid": "mg", "cell_fractions": ["cells"], "covariates": ["hours"],
            "events": [{"column": "stopped", "rule": "hypothetical"}],
        },
        "scores": {
            **SCORES, "own": {"mine": OWN}, "primary": "mine", "random_sets": 9,
            "methods": ["zscore", "ssgsea", "gsva", "plage", "singscore", "published"],
            "options": {"gsva": {"tau": 0.5}, "ssgsea": {"alpha": 0.5}},
        },
        "responses": [
            {"rule": "rule.toml", "columns": {"ck": "ck"}},
            {"column": "relapse", "time": "months", "positive": 1, "negative": 0, "times": {"w4": 1.0, "w12": 3.0}, "strata": "site"},
        ],
        "change": {
            "selected_by_baseline": {"column": "high", "value": "yes"}, "test_retest_icc": 0.8, "screening_mean": {"mine": 0.5},
            "screening_sd": {"mine": 1.5},
        },
        "suppression": {"definitions": ["log_ratio"], "method": "zscore", "cut": {"rice2013_6": 0.5, "mine": 0.6}},
        "time_course": {"interrupted": "w12", "noise_sd": 0.4},
        "visits": {"df_method": "kenward-roger"},
        "arms": {"control": "placebo", "model": "mmrm", "covariates": ["age"]},
        "genes": {"signatures": ["rice2013_6"], "model": "moderated_t", "trend": False, "min_count": 5, "prerank": False},
        "score_groups": {},
        "survival": {"cut": {"mine": 3.0}},
        "agreement": {"genes": True},
        "output": {"folder": "elsewhere"},
        "acknowledge": [
            {"flag": flag, "reason": "simulated"} for flag in ("RTM_SUBGROUP", "BATCH_CONFOUNDED", "SEX_MISMATCH")
        ],
    },
    "responses": {
        "input": {
            "expression": ["first.tsv", "second.tsv"], "unit": "counts", "orientation": "samples_in_rows", "extra": "drop",
            "samples": "samples.xlsx", "worksheet": "data", "clinical": "clinical.xlsx", "clinical_worksheet": "data",
        },
        "design": DESIGN,
        "scores": {**SCORES, "methods": ["ssgsea_range", "ucell"], "reference": {"column": "group", "value": "healthy"}},
        "responses": [
            {"column": "answer", "outcome_type": "ordinal", "classes": ["none", "minor", "major"], "samples": "first"},
            {"column": "case", "positive": "yes", "matched_set": "set", "matched_on": "exposure"},
            {"column": "ck", "covariates": ["age"]},
            {"measure": "kl6_limit", "name": "kl6", "columns": {"kl6": "ck"}, "parameters": {"limit": 500}},
        ],
        "time_course": {"interrupted_column": "stopped"},
        "agreement": {"platform": "site", "same": ["seat", "visit"]},
    },
    "stored": {
        "input": {**RAW, "normalization": "stored/normalization.npz"},
        "design": {**DESIGN, "followup": []},
        "scores": {**SCORES, "methods": ["robust_zscore", "percent_responsive", "pc1"], "reference": "stored/reference.npz"},
    },
    "probes": {
        "input": {
            "expression": "probes_expression.tsv", "unit": "log2_array", "samples": "samples_again.tsv",
            "probe_map": "probes.tsv", "missing": "drop_genes",
        },
        "design": {**DESIGN, "replicates": "mean"},
        "scores": {**SCORES, "methods": ["score_genes", "aucell", "mean"], "reference": "cohort"},
    },
    "lanes": {
        "input": {"expression": "lanes", "samples": "samples_lanes.tsv", "file_column": "lane", "normalize_options": {"reference_genes": HOUSEKEEPING[:4]}},
        "design": DESIGN,
        "scores": {**SCORES, "methods": ["zscore", "median", "published"]},
    },
    "mouse": {
        "input": {"expression": "mouse.tsv", "unit": "log2_array", "samples": "samples.tsv", "organism": "mouse"},
        "design": DESIGN,
        "scores": {"own": {"mine": ["IFI44", "ISG15", "RSAD2", "MX1", "OAS2"]}, "random_sets": 0, "methods": ["ulm", "zscore"]},
    },
    "quantified": {
        "input": {"expression": "salmon", "samples": "samples.tsv", "options": {"tx2gene": "tx2gene.tsv", "quantity": "counts"}},
        "design": DESIGN,
        "scores": {**SCORES, "methods": ["weighted"]},
    },
    "layered": {
        "input": {"expression": "layered.h5ad", "layer": "counts", "gene_column": "Symbol", "unit": "counts", "samples": "samples.tsv"},
        "design": DESIGN,
        "scores": {**SCORES, "methods": ["mean"]},
    },
    "entrez": {
        "input": {"expression": "entrez.tsv", "gene_ids": "entrez", "unit": "counts", "samples": "samples.tsv"},
        "design": DESIGN,
        "scores": {**SCORES, "methods": ["ssgsea"]},
    },
    "dish": {
        "input": {"expression": "wells_expression.tsv", "unit": "log2_cpm", "samples": "wells.tsv"},
        "design": {"sample": "well"},
        "scores": {**SCORES, "methods": ["mean"]},
        "drug_effect": {"donor": "giver", "condition": "treated", "vehicle": "DMSO", "drug": ["tofa"], "within": "stimulus"},
        "dose_response": {"donor": "giver", "dose": "micromolar", "within": "stimulus"},
    },
}  # fmt: skip
REFUSED: Fields = {
    "input": {
        "scores": "scores.csv", "score_columns": {"sample": "id", "signature": "what", "score": "value"}, "samples": "samples.tsv",
    },
    "scores": {"methods": ["zscore"]},
}  # fmt: skip


def write_study(folder: Path, name: str, fields: Fields) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(fields))
    return path
