"""What the values themselves say of the samples, as findings."""

from __future__ import annotations

from collections.abc import Iterator

import anndata
import numpy as np
from numpy.typing import NDArray

from ... import gate, get
from ...errors import listing
from ...units import COUNT_UNITS
from .._dense import stored
from . import _whose_sample as _identity
from ._confounding import Finding, Labels
from ._libraries import Array, Libraries


def sample_findings(
    adata: anndata.AnnData, cells: dict[str, Labels], layer: str | None, values: Array | None, seen: Libraries
) -> Iterator[Finding]:
    """Copies, swaps, sexes that do not fit, and the libraries ``seen`` to be far from the others.

    ``values`` are those of :func:`log_values`, and are used up.
    """
    unit, names = get.unit(adata, layer), tuple(map(str, adata.obs_names))
    if values is None:
        yield Finding("note", "SWAP_NOT_CHECKED", f"Values in {unit} are too few genes to know a person by.")
        return
    matrix = gate.matrix(adata, layer, by_name=False)
    yield from _copies(values, names)
    genes = list(map(str, adata.var_names))
    sexes = _identity.expressed_sex(values, genes, matrix if unit in COUNT_UNITS else None)
    if np.may_share_memory(values, stored(matrix)):
        values = values.copy()
    _identity.without_visits(values, cells.get("visit"))
    yield from _swaps(values, cells, names)
    yield from _sexes(sexes, genes, cells, names)
    for row, reasons in seen.far.items():
        of_kind = f" of {seen.kinds[row]}" if seen.kinds[row] else ""
        sentence = f"{names[row]} is far from the other libraries{of_kind}: {'; '.join(reasons)}."
        yield Finding("warning", "OUTLIER_LIBRARY", sentence, samples=(names[row],))


def _copies(values: Array, names: tuple[str, ...]) -> Iterator[Finding]:
    for one, two, same in _identity.copies(values):
        how = "have the same values in every gene" if same else "are nearly the same in every gene (r > 0.99)"
        yield Finding(
            "fatal" if same else "warning", "DUPLICATE_SAMPLE",
            f"{names[one]} and {names[two]} {how}: one sample under two names counts twice.",
            samples=(names[one], names[two]),
        )  # fmt: skip


def _swaps(deviations: Array, cells: dict[str, Labels], names: tuple[str, ...]) -> Iterator[Finding]:
    if "patient" not in cells:
        return
    patients = cells["patient"]
    found = _identity.likeness(
        deviations, np.array([who or f"?{row}" for row, who in enumerate(patients)], dtype=object)
    )
    if found is None:
        yield Finding(
            "note", "SWAP_NOT_CHECKED",
            f"Swapped samples cannot be looked for with fewer than {_identity.FEWEST_PATIENTS} patients of two samples or"
            f" fewer than {_identity.FEWEST_GENES} genes.",
        )  # fmt: skip
        return
    if found.told_apart < _identity.TOLD_APART:
        yield Finding(
            "note", "SWAP_NOT_CHECKED",
            f"Only {found.told_apart:.0%} of the samples are most like their own patient's others, so that swapped samples"
            " cannot be told; or many are swapped.",
        )  # fmt: skip
        return
    for row in found.suspects:
        yield Finding(
            "warning", "SAMPLE_SWAP",
            f"{names[row]} is said to be of patient {patients[row]}, but is more like samples of {found.whose[row]}"
            f" (r {found.other[row]:.2f} against {found.own[row]:.2f} with its own patient's): one of them may be swapped.",
            samples=(names[row],), patients=(str(patients[row]), str(found.whose[row])),
        )  # fmt: skip


def _sexes(
    sexes: NDArray[np.object_] | None, genes: list[str], cells: dict[str, Labels], names: tuple[str, ...]
) -> Iterator[Finding]:
    if "patient" not in cells and "sex" not in cells:
        return
    if sexes is None:
        absent = listing(gene for gene in (_identity.XIST, _identity.RPS4Y1) if gene not in genes)
        yield Finding("note", "SEX_NOT_CHECKED", f"Sex was not looked at: {absent} is not among the genes.")
        return
    if (unclear := sexes == "").any():
        who = tuple(np.asarray(names, dtype=object)[unclear])
        yield Finding(
            "note", "SEX_UNCLEAR", f"XIST and RPS4Y1 do not tell the sex of {len(who)} samples: {listing(who)}.",
            samples=who,
        )  # fmt: skip
    patients = cells.get("patient")
    for person in [] if patients is None else [item for item in dict.fromkeys(patients.tolist()) if item]:
        rows = np.flatnonzero((patients == person) & (sexes != ""))
        if len(set(sexes[rows])) > 1:
            told = ", ".join(f"{names[row]} {sexes[row]}" for row in rows)
            yield Finding(
                "warning", "SEX_MISMATCH", f"Samples of patient {person} differ in sex by XIST and RPS4Y1: {told}.",
                samples=tuple(names[row] for row in rows), patients=(person,),
            )  # fmt: skip
    said = _identity.declared_sex(cells["sex"]) if "sex" in cells else np.full(len(names), "", dtype=object)
    for row in np.flatnonzero((said != "") & (sexes != "") & (said != sexes)):
        yield Finding(
            "warning", "SEX_MISMATCH", f"{names[row]} is declared {said[row]}, and is {sexes[row]} by XIST and RPS4Y1.",
            samples=(names[row],), patients=() if patients is None else (str(patients[row]),),
        )  # fmt: skip
