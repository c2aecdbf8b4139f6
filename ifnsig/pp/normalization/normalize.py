"""From what the assay gave to values that may be scored; what may become what follows from the unit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import anndata
import numpy as np

from ... import keys
from ...checks import one_of
from ...doors import argument, give
from ...errors import ParameterError
from ...gate.handed import refuse_frame
from ._frozen import Normalization
from ._methods import NORMALIZATIONS
from ._prepare import gather, in_order, made_unit, ordered, plain_options, settle_options
from ._samples import Samples
from ._scaling import PRIOR_COUNT

log = logging.getLogger("ifnsig")


def normalize(
    adata: anndata.AnnData,
    *,
    method: str | None = None,
    fitted: Normalization | None = None,
    layer: str | None = None,
    layer_out: str | None = None,
    mean_library_size: float | None = None,
    **options: Any,
) -> None:
    """Write normalised values to a layer and declare its unit.

    Parameters
    ----------
    adata
        Samples x genes, dense or sparse.
    method
        A name in ``pp.NORMALIZATIONS``:

        - ``"log_cpm"``: counts (fractional ones too) to log2 counts per million, as edgeR's
          ``cpm(log=TRUE, prior.count=2)``: a sample's prior count is proportional to its library size, and 2 at
          the mean one. ``"cpm"``: without logarithm and prior.
        - ``"tmm"``, ``"upper_quartile"``: the same with library sizes corrected for composition.
          ``"median_of_ratios"``: ``log2(x + 1)`` of counts divided by size factors. Each with ``log=False``: linear.
        - ``"vst"``: variance-stabilised counts (needs pydeseq2).
        - ``"log2"``: ``log2(x + 1)`` of linear values that no longer carry sequencing depth.
        - ``"quantile"``: one distribution for all samples; tied values stay tied.
        - ``"nanostring"``: positive controls, background (``background="floor"``, ``"subtract"`` or ``"none"``),
          housekeeping genes (``reference_genes=`` in place of those of ``var["code_class"]``).
        - ``"delta_ct"``: against ``reference_genes=``; ``"delta_delta_ct"``: also against ``controls=``, as log2 fold
          change (minus delta delta Ct).
        - ``"cells"``: log2 of counts per ten thousand plus 1.
    fitted
        In place of ``method``: what :func:`fit_normalization` learned from a cohort, so that new samples get the
        values that they would have had in it.
    layer
        Layer to read; ``X`` by default.
    layer_out
        Layer to write; the method's name by default.
    mean_library_size
        For ``"log_cpm"``: the mean library size to scale the prior count by; that of ``adata`` by default.
    options
        Options of the method, as above.

    Raises
    ------
    ParameterError
        An unknown method or option, or one that is needed and missing.
    UnitError
        The unit is not declared, or cannot be converted in this way.
    TableError
        Missing or negative values, or samples without any count.
    GeneNameError
        Reference genes that are not there, or other genes than those of the cohort.
    """
    refuse_frame(adata, "pp.normalize")
    if (method is None) == (fitted is None):
        raise ParameterError(
            f"Give exactly one of {argument('pp.normalize', 'method')} and {argument('pp.normalize', 'fitted')}."
        )
    if fitted is None:
        known = (
            None if mean_library_size is None else {"mean_library_size": np.array(float(mean_library_size))}
        )
        if known and method != "log_cpm":
            raise ParameterError(
                f"mean_library_size belongs to {argument('pp.normalize', 'method', 'log_cpm')}, not to {method!r}"
                + give("pp.normalize", "fitted", before="; ", after=" instead")
                + "."
            )
        fitted, samples = _fit(adata, str(method), layer, options, known)
    elif options or mean_library_size is not None:
        raise ParameterError(
            "A fitted normalisation brings its own options: give none beside"
            f" {argument('pp.normalize', 'fitted')}."
        )
    else:
        samples = gather(adata, NORMALIZATIONS[fitted.method], layer, fitted.options, fitted)
    record = NORMALIZATIONS[fitted.method]
    order = np.arange(len(samples.genes)) if method else fitted.positions(samples.genes)
    values, facts = record.apply(ordered(samples, order), fitted.learned)
    out = fitted.method if layer_out is None else layer_out
    adata.layers[out] = values if in_order(order) else values[:, np.argsort(order)]
    target = made_unit(record, samples.unit, fitted.options)
    keys.declare_unit(adata, target, out)
    _write_down(adata, fitted, layer, out, facts)
    log.info("Layer %r: %s from %s.", out, target, samples.unit)


def fit_normalization(
    adata: anndata.AnnData, *, method: str, layer: str | None = None, **options: Any
) -> Normalization:
    """Learn what a method takes from a cohort, frozen: saved, it serves samples that come later.

    Parameters
    ----------
    adata
        The cohort, samples x genes.
    method, layer, options
        As in :func:`normalize`.

    Raises
    ------
    ParameterError, UnitError, TableError, GeneNameError
        As :func:`normalize`.
    """
    return _fit(adata, method, layer, options, None)[0]


def _fit(
    adata: anndata.AnnData,
    method: str,
    layer: str | None,
    options: Mapping[str, Any],
    known: dict[str, Any] | None,
) -> tuple[Normalization, Samples]:
    one_of(method, list(NORMALIZATIONS), name="method", function="pp.normalize")
    record = NORMALIZATIONS[method]
    chosen = settle_options(record, options)
    samples = gather(adata, record, layer, chosen, None)
    learned = record.fit(samples) if known is None else known
    return Normalization(
        method, samples.unit, samples.genes, samples.names, plain_options(samples), learned
    ), samples


def _write_down(
    adata: anndata.AnnData, fitted: Normalization, layer: str | None, out: str, facts: Mapping[str, Any]
) -> None:
    """How the layer was made, in the provenance; ``per_sample`` is what ``pp.qc`` shows."""
    note: dict[str, Any] = {"method": fitted.method, "from": "X" if layer is None else layer}
    note |= {name: value for name, value in fitted.options.items() if value is not None}
    if keys.unit_of(adata, out) == "log2_cpm" and fitted.unit == "counts":
        note["prior_count"] = PRIOR_COUNT
    if fitted.learned:
        note |= {name: float(value) for name, value in fitted.learned.items() if np.ndim(value) == 0}
    if len(fitted.learned) > sum(np.ndim(value) == 0 for value in fitted.learned.values()):
        note |= {"fitted_on": len(fitted.samples), "digest": fitted.digest}
    if facts:
        note["per_sample"] = {
            name: {
                str(sample): None if value != value else value  # JSON has no NaN
                for sample, value in zip(adata.obs_names, np.asarray(values).tolist(), strict=True)
            }
            for name, values in facts.items()
        }
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    made = {**source.get("normalized", {}), out: note}
    keys.write_field(adata, keys.FIELD_SOURCE, {**source, "normalized": made})
