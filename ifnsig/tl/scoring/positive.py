"""Is a sample's score high? By the published cut-off where it may be used, and by the healthy samples at hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import get
from ...checks import number_between
from ...core.reference import FEWEST_SAMPLES
from ...doors import argument
from ...errors import ReferenceRequiredError
from ...methods._recipes import KINDS
from ...pp._controls import NAMED, Samples, read_controls, warn_of_few
from ...signatures import SIGNATURES, Cutoff
from ...stats.association.cutoff import healthy_cut

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]
COLUMNS = (
    "sample",
    "signature",
    "method",
    "score",
    "cut",
    "cut_low",
    "cut_high",
    "cut_rule",
    "call",
    "reclassified",
    "reason",
    "flags",
)
N_SD = 2.0


def call_positive(
    adata: AnnData,
    *,
    method: str = "published",
    platform: str | None = None,
    controls: Samples | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Positive or negative, one row a sample, signature and cut-off; a call that cannot be made says why.

    A published cut-off is used only for scores by its own recipe, with every gene, on the assay it was made on: say the
    assay with ``platform``. With ``controls`` each signature also gets the cut-off of the healthy samples at hand, mean +
    2 SD, and its exact interval (on the log2 scale where the score is a ratio).

    Parameters
    ----------
    adata
        Scored samples.
    method
        Which scores.
    platform
        The assay of the data, in the words of the record (``SIGNATURES[id].cutoffs``), e.g. ``"TaqMan qPCR"``.
    controls
        ``(column, value)``, ids or a mask of the healthy samples.
    level
        Level of the interval of the healthy cut-off.

    Returns
    -------
    pandas.DataFrame
        ``sample, signature, method, score, cut, cut_low, cut_high, cut_rule, call, reclassified, reason, flags``;
        ``call`` is ``"positive"``, ``"negative"``, or empty with the reason. ``reclassified`` marks those whose call would
        change within the interval of the cut: above its lower end, not above its upper one.

    Raises
    ------
    UnknownNameError, ParameterError, ReferenceRequiredError
        The method was not scored; the controls are not there or fewer than two.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.call_positive")
    scores, facts = get.scores(adata, method), get.provenance(adata, method)
    healthy = None if controls is None else _healthy(adata, controls)
    tables = []
    for name in scores.columns:
        values = scores[name].to_numpy()
        for cutoff in SIGNATURES[name].cutoffs or (None,) if name in SIGNATURES else (None,):
            tables.append(_published_calls(str(name), values, cutoff, facts, platform))
        if healthy is not None:
            tables.append(_healthy_calls(str(name), values, *healthy, facts, level))
    for table in tables:
        table.insert(0, "sample", list(adata.obs_names))
    calls = pd.concat(tables, ignore_index=True).assign(method=method)
    return calls[list(COLUMNS)]


def _healthy(adata: AnnData, controls: Samples) -> tuple[np.ndarray, str]:
    """Which samples are healthy, and what they are called."""
    rows, name = read_controls(adata, controls, "tl.call_positive")
    if len(rows) < FEWEST_SAMPLES:
        raise ReferenceRequiredError(
            f"A healthy cut-off needs at least {FEWEST_SAMPLES} samples; {name!r} has {len(rows)}."
        )
    warn_of_few(adata, rows, name)
    return np.isin(np.arange(adata.n_obs), rows), name if name == NAMED else f"samples with {name}"


def _published_calls(
    name: str, values: np.ndarray, cutoff: Cutoff | None, facts: Row, platform: str | None
) -> pd.DataFrame:
    reason = _why_not_called(name, cutoff, facts, platform)
    cut = math.nan if cutoff is None or cutoff.value is None else cutoff.value
    rule = "published" if cutoff is None else f"published, {cutoff.assay}: {cutoff.rule}"
    above = values >= cut if cutoff is not None and cutoff.inclusive else values > cut
    return _table(name, values, (cut, math.nan, math.nan), rule, above, reason, "")


def _why_not_called(name: str, cutoff: Cutoff | None, facts: Row, platform: str | None) -> str:
    """Why a published cut-off may not be used; empty where it may."""
    if cutoff is None:
        return "no cut-off is published"
    if cutoff.value is None:
        return f"the value of the cut-off is not published ({cutoff.rule})"
    if not cutoff.decides:
        return f"not a cut-off to call a sample by ({cutoff.rule})"
    recipe = facts.get("recipes", {}).get(name)
    if recipe is None:
        return "the cut-off is one of the signature's own recipe, and these scores were made another way"
    if cutoff.recipe and cutoff.recipe != recipe["kind"]:
        return f"the cut-off is one of the recipe {cutoff.recipe}; these scores are by {recipe['kind']}"
    if platform is None:
        shown = argument("tl.call_positive", "platform", cutoff.assay)
        return f"the assay of the data is not stated; the cut-off was made on {cutoff.assay} ({shown})"
    if platform.strip().lower() != cutoff.assay.lower():
        return f"the cut-off was made on {cutoff.assay}; the data are from {platform}"
    if cutoff.units and facts["unit"] not in cutoff.units:
        return (
            f"{cutoff.assay} gives {' or '.join(cutoff.units)}; these values are declared as {facts['unit']}"
        )
    row = next(row for row in facts["coverage"] if row["signature"] == name)
    if row["n_used"] < row["n_genes"]:
        return f"scored with {row['n_used']} of {row['n_genes']} genes"
    return ""


def _healthy_calls(
    name: str, values: np.ndarray, healthy: np.ndarray, label: str, facts: Row, level: float
) -> pd.DataFrame:
    recipe = facts.get("recipes", {}).get(name)
    ratio = recipe is not None and KINDS[recipe["kind"]].ratio
    people = values[healthy & ~np.isnan(values)]
    rule = f"mean + {N_SD:g} SD of {len(people)} {label}" + (" (log2 scale)" if ratio else "")
    if len(people) < 2 or (ratio and not (people > 0).all()):
        reason = "healthy scores are missing, or are 0 and have no logarithm"
        return _table(name, values, (math.nan,) * 3, rule, values > math.nan, reason, "")
    with np.errstate(divide="ignore"):
        patients = np.log2(values) if ratio else values
    given = patients[~healthy & np.isfinite(patients)]
    limit = healthy_cut(np.log2(people) if ratio else people, given, level, n_sd=N_SD)
    cut, low, high = (2.0**x if ratio else x for x in (limit.cut, limit.ci_low, limit.ci_high))
    return _table(name, values, (cut, low, high), rule, values > cut, "", ";".join(limit.flags))


def _table(
    name: str,
    values: np.ndarray,
    cut: tuple[float, ...],
    rule: str,
    above: np.ndarray,
    reason: str,
    flags: str,
) -> pd.DataFrame:
    known = ~np.isnan(values)
    call = np.where(above, "positive", "negative") if not reason else np.full(len(values), "")
    moved = (values > cut[1]) & (values <= cut[2]) & (not reason)
    return pd.DataFrame({
        "signature": name, "score": values, "cut": cut[0], "cut_low": cut[1], "cut_high": cut[2], "cut_rule": rule,
        "call": np.where(known, call, ""), "reclassified": moved,
        "reason": np.where(known | bool(reason), reason, "no score"), "flags": flags,
    })  # fmt: skip
