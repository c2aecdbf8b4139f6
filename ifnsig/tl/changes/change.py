"""Each patient's follow-up visits against the declared baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ... import get, keys
from ...checks import one_of
from ...labels import labels
from ...pp._controls import Samples
from ._events import Event
from ._healthy import keep_healthy, ratios
from ._pairs import Pairs, constants, read_pairs

if TYPE_CHECKING:
    from anndata import AnnData


def change(
    adata: AnnData,
    *,
    method: str,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None = None,
    events: Sequence[Event] = (),
    missing: Literal["omit", "raise"] = "omit",
    replicates: Literal["raise", "mean"] = "raise",
) -> AnnData:
    """Change of every score from baseline, one row a patient and follow-up visit.

    Parameters
    ----------
    adata
        Scored samples (``obsm["ifn_<method>"]``).
    method
        Which scores.
    patient, visit
        Columns of ``obs``.
    baseline, followup
        Visit labels; follow-ups in their order in time.
    controls
        ``(column, value)``, ids or a mask of samples that are not patients; they are set aside, and their scores are
        kept (``varm["healthy"]``, one column a person) for healthy limits.
    events
        Rescue, discontinuation, death: column with the visit from which it holds, and the rule (see ``Event``).
    missing
        ``"omit"`` lists incomplete patients with the reason and warns; ``"raise"`` stops.
    replicates
        Several samples of one patient and visit: ``"raise"``, or ``"mean"`` of their scores.

    Returns
    -------
    AnnData
        (patient, follow-up) x signatures: ``X`` = follow-up - baseline, layers ``baseline`` and ``followup``,
        ``obsm["clinical_baseline"]`` and ``obsm["clinical_followup"]`` with the sheet at both visits;
        who was left out and why is in ``uns``. A patient who counts as a non-responder and has no sample at a follow-up
        keeps his row, without a score.

    Raises
    ------
    DesignError
        Unknown visit, samples without a patient, replicates, no complete pair, or missing visits under
        ``missing="raise"``.
    ReferenceRequiredError, SampleSheetError
        ``controls`` name no sample.
    """
    from anndata import AnnData

    one_of(missing, ("omit", "raise"), name="missing", function="tl.change")
    one_of(replicates, ("raise", "mean"), name="replicates", function="tl.change")
    values = get.scores(adata, method)
    pairs = read_pairs(
        adata, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls, events=events,
        missing=missing, replicates=replicates,
    )  # fmt: skip
    start, end = _mean_rows(values, pairs.baseline), _mean_rows(values, pairs.followup)
    result = AnnData(
        X=end - start,
        obs=_obs(adata, pairs, patient, visit),
        var=pd.DataFrame(index=values.columns.astype(str)),
        layers={keys.LAYER_BASELINE: start, keys.LAYER_FOLLOWUP: end},
    )
    result.obsm[keys.OBSM_CLINICAL_BASELINE] = _clinical(adata, pairs.baseline, result.obs_names)
    result.obsm[keys.OBSM_CLINICAL_FOLLOWUP] = _clinical(adata, pairs.followup, result.obs_names)
    if controls is not None:
        keep_healthy(result, adata, values, pairs.controls, patient)
    facts = _facts(adata, method, pairs, events)
    keys.write_field(result, keys.FIELD_CHANGE, {
        **facts, "baseline": pairs.first, "followups": pairs.later, "patient_column": patient, "visit_column": visit,
        "set_aside": pairs.aside,
    })  # fmt: skip
    return result


def _facts(adata: AnnData, method: str, pairs: Pairs, events: Sequence[Event]) -> dict[str, Any]:
    """What was compared by which scores, and who was left out."""
    return {
        "method": method, "scope": get.provenance(adata, method).get("scope", "external"),
        "ratios": ratios(adata, method),
        "left_out": [{**row, "sheet": constants(adata, pairs.sheet, row["patient"])} for row in pairs.left_out],
        "n_patients": int(pairs.sheet["patient"].nunique()),
        "events": [{"column": event.column, "rule": event.rule} for event in events],
    }  # fmt: skip


def _mean_rows(values: pd.DataFrame, rows: list[list[int]]) -> np.ndarray:
    table = values.to_numpy()
    nothing = np.full(table.shape[1], np.nan)
    return np.array([table[positions].mean(axis=0) if positions else nothing for positions in rows])


def _obs(adata: AnnData, pairs: Pairs, patient: str, visit: str) -> pd.DataFrame:
    obs = pd.DataFrame({
        keys.OBS_PATIENT: pairs.patient,
        keys.OBS_VISIT: pairs.visit,
        keys.OBS_BASELINE_SAMPLE: [";".join(adata.obs_names[rows]) for rows in pairs.baseline],
        keys.OBS_FOLLOWUP_SAMPLE: [";".join(adata.obs_names[rows]) for rows in pairs.followup],
        keys.OBS_EVENT: pairs.event,
        keys.OBS_EVENT_RULE: pairs.rule,
    })  # fmt: skip
    obs.index = pd.Index([f"{who}|{when}" for who, when in zip(pairs.patient, pairs.visit, strict=True)])
    within = adata.obs.iloc[pairs.sheet["position"].to_numpy()]
    first = [rows[0] for rows in pairs.baseline]
    for column in adata.obs.columns.difference([patient, visit, *obs.columns], sort=False):
        if labels(within[column]).groupby(pairs.sheet["patient"].to_numpy()).nunique(dropna=False).max() == 1:
            obs[column] = adata.obs[column].iloc[first].to_numpy()
    return obs


def _clinical(adata: AnnData, rows: list[list[int]], index: pd.Index) -> pd.DataFrame:
    frame = adata.obs.iloc[[positions[0] for positions in rows if positions]].copy()
    frame.index = index[[bool(positions) for positions in rows]]
    return frame if len(frame) == len(index) else frame.reindex(index)
