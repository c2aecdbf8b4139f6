"""``[input]`` of the study file: what is read."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from ...schema import Part, PlaceName, one_name
from ...units import UNITS

STEPS = (
    "log_cpm", "log2", "cpm", "tmm", "upper_quartile", "median_of_ratios", "vst", "quantile", "nanostring", "delta_ct",
    "delta_delta_ct", "cells",
)  # fmt: skip
"""Names of pp.NORMALIZATIONS, repeated so that a study file is read without loading pp; a test holds them together."""

PATH_OPTIONS = ("tx2gene",)
"""Options of formats that name a file."""


class ScoreColumns(Part):
    """Where scores made elsewhere stand: a long table has the columns ``signature`` and ``score``, a wide one neither."""

    sample: str = "sample"
    signature: str | None = None
    score: str | None = None


class Input(Part):
    """What is read. Paths are relative to the study file's folder."""

    expression: PlaceName | list[PlaceName] | None = Field(
        None, description="expression file, folder or list of files of other samples each; or give scores"
    )
    options: dict[str, Any] = Field(
        {},
        description='options of the format, e.g. { tx2gene = "tx2gene.tsv" }',
        json_schema_extra={
            "properties": {name: {"type": "string", "format": "path"} for name in PATH_OPTIONS}
        },
    )
    file_column: str | None = Field(None, description="sheet column that names each sample's file or folder")
    scores: PlaceName | None = Field(
        None,
        description="file of scores made elsewhere, or an h5ad that `ifnsig score` wrote, instead of expression",
    )
    score_columns: ScoreColumns = ScoreColumns()
    format: str | None = Field(
        None, description="name in `ifnsig formats`; recognised from the content if left out"
    )
    unit: str | None = Field(None, description="unit of the values, where the format cannot say")
    platform: str | None = Field(
        None,
        description="assay of the data, e.g. TaqMan qPCR; a published cut-off is used on its own assay only",
    )
    normalize: str | None = Field(
        None,
        description="how values become log expression (`docs/guides/normalisation.md`), or none; by default log_cpm"
        " for counts, log2 for linear units, nanostring for nCounter counts",
    )
    normalize_options: dict[str, Any] = Field(
        {}, description="options of it, e.g. { reference_genes = [...] }"
    )
    normalization: PlaceName | None = Field(
        None, description="normalization.npz of an earlier study, instead of normalize"
    )
    samples: PlaceName | None = Field(None, description="sample sheet (CSV, TSV or XLSX): one row a sample")
    worksheet: str | None = Field(
        None, description="worksheet of the sample sheet, where a workbook has several"
    )
    clinical: PlaceName | None = Field(
        None,
        description="clinical table (CSV, TSV or XLSX), joined by patient: one row a patient, or a patient and visit",
    )
    clinical_worksheet: str | None = Field(None, description="worksheet of the clinical table")
    orientation: Literal["genes_in_rows", "samples_in_rows"] | None = None
    organism: Literal["human", "mouse"] = Field(
        "human", description="mouse genes are taken to their human orthologs"
    )
    probe_map: PlaceName | None = Field(None, description="table of array probes and gene symbols")
    gene_column: str | None = Field(
        None, description="column that names the genes, in place of the ids of the rows"
    )
    gene_ids: Literal["entrez"] | None = Field(
        None, description="says that numbers are Entrez ids, whatever they look like"
    )
    layer: str | None = Field(
        None, description="of an AnnData or loom file: the layer to read, or raw, in place of X"
    )
    missing: Literal["raise", "drop_genes"] = "raise"
    extra: Literal["raise", "drop"] = Field(
        "raise",
        description="samples of the matrix that the sheet does not list, and columns of words among them",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Input:
        if (self.expression is None) == (self.scores is None):
            raise ValueError("give exactly one of expression and scores")
        if self.normalize is not None:
            one_name(self.normalize, (*STEPS, "none"), "normalisation")
        if self.normalization is not None and (self.normalize is not None or self.normalize_options):
            raise ValueError("give normalization (a stored one) or normalize with its options, not both")
        if self.unit is not None:
            one_name(self.unit, UNITS, "unit")
        return self
