"""What a call that scores was given: methods, options, unit, reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ... import get
from ...checks import one_of
from ...core import Reference
from ...doors import argument, log_step, say
from ...errors import ParameterError, ReferenceRequiredError, UnitError, listing
from ...methods import Method
from ...pp._controls import Controls
from ...pp.reference import reference_in_place

if TYPE_CHECKING:
    from anndata import AnnData


def check_call(records: list[Method], parameters: Mapping[str, Any]) -> None:
    """Refuse methods that do not go together, and options that the method does not have."""
    if not records:
        raise ParameterError("No method was named. Give one of METHODS, or a list of them.")
    names = [record.name for record in records]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(f"Methods named twice: {listing(doubled)}.")
    if len(records) > 1 and (parameters or any(record.own_recipes for record in records)):
        raise ParameterError(
            "Options of a method, and the method 'published', go with one method a call. Got"
            f" {', '.join(names)} together."
        )
    records[0].check_options(parameters)


def checked_unit(adata: AnnData, layer: str | None, method: Method) -> str:
    """The unit of the values, if the method can score it."""
    unit = get.unit(adata, layer)
    if unit not in method.units:
        where = f" (layer {layer!r})" if layer is not None else say(python=" (X)", command="")
        step = log_step("log_cpm" if unit == "counts" else "log2")
        raise UnitError(
            f"The method {method.name!r} cannot score values in {unit!r}{where}. It accepts"
            f" {', '.join(sorted(method.units))}. Next step: {step}."
        )
    return unit


def find_reference(
    adata: AnnData,
    records: list[Method],
    reference: Reference | str | None,
    controls: Controls | None,
    layer: str | None,
    unit: str,
    genes: list[str] | None,
) -> Reference | None:
    """The frozen samples that the methods compare with, fitted now (on ``genes``; None: all) or as they came.

    Raises
    ------
    ParameterError
        A reference for methods that take none.
    ReferenceRequiredError
        None or two for methods that need one.
    UnitError
        It was fitted on another unit.
    """
    needing = [record.name for record in records if record.needs_reference]
    if not needing:
        if reference is not None or controls is not None:
            raise ParameterError(
                f"The method {records[0].name!r} scores each patient alone: it takes no reference and no controls."
            )
        return None
    if (reference is None) == (controls is None):
        raise ReferenceRequiredError(
            f"The method {needing[0]!r} needs exactly one reference: {argument('tl.score', 'controls')}, "
            + say(
                python="a Reference from pp.fit_reference or Reference.load",
                command="--reference FILE (of `ifnsig fit-reference`)",
                study='reference = "reference.npz" in [scores]',
            )
            + f", or {argument('tl.score', 'reference', 'cohort')} to use the cohort itself."
        )
    keep = any(record.learns_from_values for record in records)
    if controls is not None:
        return reference_in_place(adata, controls=controls, layer=layer, genes=genes, keep_values=keep)
    if isinstance(reference, str):
        one_of(reference, ("cohort",), name="reference", function="tl.score")
        return reference_in_place(adata, controls="cohort", layer=layer, genes=genes, keep_values=keep)
    if reference is not None and reference.unit != unit:
        raise UnitError(
            f"The reference was fitted on {reference.unit!r} values; these are {unit!r}. Score values of the same unit."
        )
    return reference
