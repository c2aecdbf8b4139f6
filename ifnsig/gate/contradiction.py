"""A unit that the object itself contradicts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .. import keys
from ..doors import argument, say
from ..errors import UnitError
from ..units import UNITS

if TYPE_CHECKING:
    from anndata import AnnData

LOG1P = "log1p"
"""Where ``scanpy.pp.log1p`` writes the base of its logarithms; None, or nothing, is the natural one."""


def refuse_contradicted(adata: AnnData, layer: str | None = None) -> None:
    """Stop where ``X`` is declared in logarithms of another base than those that scanpy took.

    Raises
    ------
    UnitError
        With the unit that fits, or what to do where the note is of values that are no longer there.
    """
    unit = keys.unit_of(adata, layer)
    noted = adata.uns.get(LOG1P)
    if layer is not None or unit not in UNITS or not isinstance(noted, dict):
        return
    base = _base(noted.get("base"))
    scale = UNITS[unit].scale
    if scale not in ("log", "ln") or math.isclose(base, 2.0 if scale == "log" else math.e):
        return
    said = f"X is declared as {unit}, but the file says that it holds " + (
        "natural logarithms" if math.isclose(base, math.e) else f"logarithms to base {base:g}"
    )
    fitting = "log1p_cp10k" if math.isclose(base, math.e) else "log2_cp10k" if base == 2 else ""
    advice = (
        f" If it is of counts per ten thousand: {argument('io.read', 'unit', fitting)}."
        if fitting
        else " Read the values that they were taken of."
    )
    if fitting == "log1p_cp10k":
        advice += say(python=' pp.convert(adata, to="log2_cp10k") then makes base 2.', command="")
    stale = say(
        python=' If X was replaced since, remove the note: del adata.uns["log1p"].',
        command=" If X was replaced since, remove uns['log1p'] in the file.",
    )
    raise UnitError(f"{said} (uns['log1p'] of scanpy).{advice}{stale}")


def _base(noted: Any) -> float:
    return math.e if noted is None else float(noted)
