"""Every method of ``pp.normalize``: what it takes, what it makes, what it learns from other samples."""

from __future__ import annotations

from ...catalogue import Catalogue
from ...units import LOG2_OF, LOG_UNITS
from ._by_controls import (
    delta_ct,
    delta_delta_ct,
    fit_calibrator,
    fit_nanostring,
    fit_quantile,
    nanostring,
    quantile,
)  # fmt: skip
from ._by_depth import (
    cells,
    cpm,
    fit_log_cpm,
    fit_ratios,
    fit_tmm,
    fit_upper_quartile,
    fit_vst,
    log2,
    log_cpm,
    median_of_ratios,
    tmm,
    upper_quartile,
    vst,
)  # fmt: skip
from ._samples import NormalizationMethod, nothing

LOG = {"log": True}
COUNTS_TO_CPM = {"counts": "log2_cpm"}
NORMALIZATIONS: Catalogue[NormalizationMethod] = Catalogue(
    "normalisation",
    [
        NormalizationMethod(
            "log_cpm", "log2 counts per million, with a prior count that follows the library size", COUNTS_TO_CPM,
            "the mean library size", fit_log_cpm, log_cpm, doi="10.1093/bioinformatics/btp616",
        ),
        NormalizationMethod("log2", "log2(x + 1) of values without sequencing depth", LOG2_OF, "", nothing, log2),
        NormalizationMethod("cpm", "counts per million", {"counts": "cpm"}, "", nothing, cpm),
        NormalizationMethod(
            "tmm", "log2 counts per million of library sizes corrected by the trimmed mean of M values", COUNTS_TO_CPM,
            "the reference sample, the geometric mean of the factors, the mean effective library size",
            fit_tmm, tmm, LOG, {"counts": "cpm"}, "10.1186/gb-2010-11-3-r25",
        ),
        NormalizationMethod(
            "upper_quartile", "log2 counts per million of library sizes corrected by the upper quartile", COUNTS_TO_CPM,
            "the genes with counts, the geometric mean of the factors, the mean effective library size",
            fit_upper_quartile, upper_quartile, LOG, {"counts": "cpm"}, "10.1186/1471-2105-11-94",
        ),
        NormalizationMethod(
            "median_of_ratios", "log2(x + 1) of counts divided by median-of-ratios size factors",
            {"counts": "log2_counts"}, "the geometric mean of every gene", fit_ratios, median_of_ratios, LOG,
            {"counts": "normalized_counts"}, "10.1186/gb-2010-11-10-r106",
        ),
        NormalizationMethod(
            "vst", "variance-stabilised counts; the trend is fitted by pydeseq2", {"counts": "vst"},
            "the geometric mean of every gene, the dispersion trend", fit_vst, vst, doi="10.1186/s13059-014-0550-8",
        ),
        NormalizationMethod(
            "quantile", "one distribution for every sample; the unit stays",
            {name: name for name in ("array", *sorted(LOG_UNITS))}, "the mean of the sorted samples",
            fit_quantile, quantile, doi="10.1093/bioinformatics/19.2.185",
        ),
        NormalizationMethod(
            "nanostring", "nCounter counts by positive controls, background and housekeeping genes, log2(x + 1)",
            {"nanostring_counts": "log2_nanostring"},
            "the mean of the positive controls and of the housekeeping genes", fit_nanostring, nanostring,
            {"background": "floor", "reference_genes": None}, doi="10.1038/nbt1385",
        ),
        NormalizationMethod(
            "delta_ct", "Ct minus the mean Ct of named reference genes", {"ct": "delta_ct"}, "", nothing, delta_ct,
            {"reference_genes": None}, doi="10.1186/gb-2002-3-7-research0034", missing=True,
        ),
        NormalizationMethod(
            "delta_delta_ct", "minus delta delta Ct: log2 fold change against calibrator samples",
            {"ct": "log2_relative", "delta_ct": "log2_relative"}, "the mean delta Ct of the calibrators",
            fit_calibrator, delta_delta_ct, {"reference_genes": None, "controls": None},
            doi="10.1006/meth.2001.1262", missing=True,
        ),
        NormalizationMethod(
            "cells", "log2 of counts per ten thousand plus 1, by scanpy", {"counts": "log2_cp10k"}, "", nothing, cells,
        ),
    ],
)  # fmt: skip
"""All methods of ``pp.normalize`` by name."""
