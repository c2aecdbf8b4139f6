"""Every AnnData slot and every ``uns`` field that the package writes, and the version of that scheme.

======================  =======================================================================
slot                    content
======================  =======================================================================
``obsm["ifn_<method>"]``  DataFrame, samples x signatures: the scores
``uns["ifnsig"]``         mapping with the fields below (all plain strings, so every h5ad reader can open it)
======================  =======================================================================
"""

from __future__ import annotations

import json
from typing import Any

from . import __version__, scheme
from .errors import TableError, listing
from .units import unit as known_unit

UNS = "ifnsig"
"""The one ``uns`` entry that is ours."""

OBSM_PREFIX = "ifn_"
"""Scores of method ``m`` are in ``obsm[OBSM_PREFIX + m]``."""

# fields of uns[UNS]; values are JSON text unless said otherwise
FIELD_UNITS = "units"  # {"X": unit, "<layer>": unit}
FIELD_SOURCE = (
    "source"  # file name, format, sha256, orientation, genes left out; "normalized": how each layer was made
)
FIELD_GENES = "genes"  # what pp.map_genes did: counts and lists
FIELD_SCORES = "scores"  # {"<method>": provenance of obsm["ifn_<method>"]}
FIELD_CHANGE = "change"  # what tl.change did: method, visits, who was left out and why
FIELD_RANDOM = "random"  # what tl.random_scores drew: signature, method, bins, genes excluded
FIELD_RESPONSES = "responses"  # {"<measure>": parameters and missing inputs}

# random sets: samples x sets
VARM_GENES = "genes"  # the genes of each set, as positions in the scored matrix

# a change AnnData (patient, follow-up visit) x signatures
LAYER_BASELINE = "baseline"
LAYER_FOLLOWUP = "followup"
OBSM_CLINICAL_BASELINE = "clinical_baseline"
OBSM_CLINICAL_FOLLOWUP = "clinical_followup"
VARM_HEALTHY = "healthy"  # the controls' scores, signatures x people
OBS_PATIENT = "patient"
OBS_VISIT = "visit"
OBS_BASELINE_SAMPLE = "baseline_sample"
OBS_FOLLOWUP_SAMPLE = "followup_sample"
OBS_EVENT = "ifn_event"  # rescue, discontinuation, death: the column that reported it
OBS_EVENT_RULE = "ifn_event_rule"
CLASS_SUFFIX = "_class"
REASON_SUFFIX = "_reason"


def scores_key(method: str) -> str:
    """``obsm`` key of a method's scores."""
    return OBSM_PREFIX + method


def read_field(adata: Any, field: str) -> Any:
    """The content of ``uns["ifnsig"][field]``, or None when it is not there.

    Raises
    ------
    TableError
        It is not what this version writes there, or what it tells of is not in the AnnData.
    """
    value = scheme.field_of(scheme.entry_of(adata.uns.get(UNS)), field)
    if value is not None and field in (FIELD_CHANGE, FIELD_RESPONSES):
        _refuse_parted(adata, field, value)
    return value


def _refuse_parted(adata: Any, field: str, value: dict[str, Any]) -> None:
    """Stop where the columns and layers that a record tells of are gone."""
    layers = [LAYER_BASELINE, LAYER_FOLLOWUP] if field == FIELD_CHANGE else []
    columns = [OBS_PATIENT, OBS_VISIT]
    if field == FIELD_CHANGE:
        columns += [OBS_BASELINE_SAMPLE, OBS_FOLLOWUP_SAMPLE]
    else:
        columns += [name + suffix for name in value for suffix in ("", CLASS_SUFFIX, REASON_SUFFIX)]
        columns += [f"{name}_{part}" for name, facts in value.items() for part in facts.get("parts", [])]
    gone = [f"layer {name!r}" for name in layers if name not in adata.layers]
    gone += [f"column {name!r} of obs" for name in columns if name not in adata.obs]
    if field == FIELD_CHANGE and not gone:
        visits = dict.fromkeys(map(str, adata.obs[OBS_VISIT]))
        if not value["followups"] or set(visits) - set(value["followups"]):
            raise TableError(
                f"{scheme.WHERE}[{field!r}] names the follow-up visits {listing(value['followups']) or 'none'}; obs has"
                f" {listing(visits)}. Make it again."
            )
    if gone:
        raise TableError(
            f"{scheme.WHERE}[{field!r}] tells of what is not in the AnnData: {listing(gone)}. Make it again."
        )


def write_field(adata: Any, field: str, value: Any) -> None:
    """Store ``value`` (anything JSON can hold) as ``uns["ifnsig"][field]``.

    Raises
    ------
    TableError
        The entry that is there is of another scheme, and would be mixed up with this one; or ``value`` holds NaN or an
        infinite number: None stands for what is not known.
    """
    entry = scheme.entry_of(adata.uns.get(UNS))
    entry[scheme.VERSION_KEY], entry[scheme.WRITER_KEY] = scheme.VERSION, __version__
    try:
        entry[field] = json.dumps(value, allow_nan=False)
    except ValueError:
        raise TableError(
            f"{scheme.WHERE}[{field!r}] would hold NaN or an infinite number, which JSON has not."
        ) from None
    adata.uns[UNS] = entry


def layer_names(adata: Any) -> list[str]:
    """Names of the layers; anndata 0.13 lists X among them, under the name None."""
    return [name for name in adata.layers if name is not None]


def unit_of(adata: Any, layer: str | None = None) -> str | None:
    """The declared unit of ``X`` or of a layer, or None."""
    units = read_field(adata, FIELD_UNITS) or {}
    return units.get("X" if layer is None else layer)


def declare_unit(adata: Any, unit: str, layer: str | None = None) -> None:
    """Write down the unit of ``X`` or of a layer.

    Raises
    ------
    UnitError
        No unit has that name.
    """
    known_unit(unit)
    units = read_field(adata, FIELD_UNITS) or {}
    write_field(adata, FIELD_UNITS, {**units, "X" if layer is None else layer: unit})
