"""Scores of healthy people beside a change: kept by tl.change, or given by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from ... import get, keys
from ...doors import argument, say, subject
from ...errors import ParameterError, listing
from ...labels import people
from ...methods._recipes import KINDS

if TYPE_CHECKING:
    from anndata import AnnData

N_SD = 2.0
FEWEST_HEALTHY = 10
Given: TypeAlias = Mapping[str, Any] | pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Healthy:
    """Healthy people's scores of one signature; ``cut`` is their mean + 2 SD, on the log2 scale for ratios."""

    values: np.ndarray
    mean: float
    sd: float
    n: int
    cut: float

    @property
    def flags(self) -> list[str]:
        return ["HC_LT_10"] if self.n < FEWEST_HEALTHY else []


def keep_healthy(
    change: AnnData, adata: AnnData, values: pd.DataFrame, healthy: np.ndarray, patient: str
) -> None:
    """Put the controls' scores into ``change``: one value a person, the mean of his samples."""
    who = each_person(adata, patient)
    persons = values.loc[healthy].groupby(who[healthy], sort=False).mean()
    change.varm[keys.VARM_HEALTHY] = persons.to_numpy().T


def each_person(adata: AnnData, patient: str) -> np.ndarray:
    """Who each sample is from; a sample of nobody is a person of its own."""
    who = people(adata.obs[patient])
    return np.asarray(who.where(who.notna(), adata.obs_names.to_series()).to_numpy())


def ratios(adata: AnnData, method: str) -> list[str]:
    """Signatures whose score is a ratio to healthy: linear, above 0, with a logarithm."""
    recipes = get.provenance(adata, method).get("recipes", {})
    return [name for name, recipe in recipes.items() if KINDS[recipe["kind"]].ratio]


def or_healthy() -> str:
    """Where the healthy people come from that something needs."""
    more = say(python=", or give healthy=", command="")
    return f"make the change with {argument('tl.change', 'controls')}{more}."


def read_healthy(change: AnnData, given: Given | None, function: str) -> dict[str, Healthy]:
    """Healthy people by signature; a signature without at least two of them is not there.

    Raises
    ------
    ParameterError
        A given signature is not in the change.
    """
    if given is not None:
        if strays := [str(name) for name in given if name not in change.var_names]:
            raise ParameterError(
                f"{subject(function, 'healthy')} names {listing(strays)}; the change holds"
                f" {listing(change.var_names)}."
            )
        scores = {str(name): np.asarray(given[name], dtype=np.float64) for name in given}
    elif keys.VARM_HEALTHY in change.varm:
        kept = np.asarray(change.varm[keys.VARM_HEALTHY], dtype=np.float64)
        scores = dict(zip(change.var_names.astype(str), kept, strict=True))
    else:
        return {}
    ratios = (keys.read_field(change, keys.FIELD_CHANGE) or {}).get("ratios", [])
    found = {name: _describe(values, name in ratios) for name, values in scores.items()}
    return {name: healthy for name, healthy in found.items() if healthy is not None}


def _describe(values: np.ndarray, ratio: bool) -> Healthy | None:
    known = values[~np.isnan(values)]
    if len(known) < 2:
        return None
    scale = known
    if ratio:
        if not (known > 0).all():
            return None
        scale = np.log2(known)
    cut = float(scale.mean() + N_SD * scale.std(ddof=1))
    return Healthy(
        values=known,
        mean=float(known.mean()),
        sd=float(known.std(ddof=1)),
        n=len(known),
        cut=2.0**cut if ratio else cut,
    )
