"""What about a design or its samples could make a result wrong, as a table of findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import anndata
import pandas as pd

from ...checks import column_in
from ...doors import argument, column_named, say
from ...errors import DesignError, ParameterError, listing
from ...labels import label, labels, people
from ._confounding import Finding, Labels, batch_findings, level_findings, ordered_levels, visit_findings
from ._libraries import Libraries, log_values, look
from ._sample_findings import sample_findings

COLUMNS = ["severity", "flag", "effect", "samples", "patients", "r2", "vif", "sentence"]
SEVERITIES = ["fatal", "warning", "note"]


def check_design(
    adata: anndata.AnnData,
    *,
    patient: str | None = None,
    visit: str | None = None,
    batch: str | None = None,
    arm: str | None = None,
    group: str | None = None,
    sex: str | None = None,
    baseline: object = None,
    layer: str | None = None,
    strict: bool = False,
) -> pd.DataFrame:
    """Look for confounded batches, swapped and copied samples, and libraries far from the others.

    Parameters
    ----------
    adata
        Samples x genes; all columns that follow are of ``obs``.
    patient, visit, batch, arm, group
        Columns of the design; what is not named is not looked at.
    sex
        Column with the declared sex.
    baseline
        The visit that others are compared with; all pairs of visits by default.
    layer
        Layer to look at; ``X`` by default.
    strict
        Raise where a finding is fatal.

    Returns
    -------
    pandas.DataFrame
        One row a finding, fatal ones first: ``severity`` (``"fatal"``: the effect named cannot be estimated, or a
        sample counts twice; ``"warning"``; ``"note"``), ``flag`` (a code of ``stats.design.DESIGN_FLAGS``), ``effect``,
        ``samples`` and ``patients`` (joined by ``;``), ``r2``, ``vif``, ``sentence``. No rows: nothing was found.

    Raises
    ------
    DesignError
        With ``strict``: something fatal was found.
    ParameterError
        A column is not in ``obs``, or no sample is of the baseline.
    UnitError, TableError
        The unit is not declared, or values are missing.
    """
    named = {"patient": patient, "visit": visit, "batch": batch, "arm": arm, "group": group, "sex": sex}
    return checked(adata, named, baseline, layer=layer, strict=strict)[0]


def checked(
    adata: anndata.AnnData,
    named: Mapping[str, str | None],
    baseline: object = None,
    *,
    layer: str | None = None,
    strict: bool = False,
) -> tuple[pd.DataFrame, Libraries]:
    """The table of :func:`check_design`, and the libraries that were looked at for it."""
    patient = named["patient"]
    cells: dict[str, Labels] = {}
    for role, column in named.items():
        if column is not None:
            column_in(column, adata.obs.columns, name=role, function="pp.check_design")
            read = people if role == "patient" else labels
            cells[role] = read(adata.obs[column]).fillna("").to_numpy()
    first = label(baseline)
    if first is not None and ("visit" not in cells or first not in cells["visit"]):
        there = listing(ordered_levels(cells["visit"])) if "visit" in cells else "no visit column was named"
        raise ParameterError(f"No sample is of the baseline {first!r}. Visits there: {there}.")
    values = log_values(adata, layer)
    seen = look(adata, layer, values)
    found = [
        *_batches(cells, {role: str(column) for role, column in named.items()}, list(adata.obs_names), first),
        *_nobody(adata, patient, cells.get("patient")),
        *_replicates(cells, list(adata.obs_names)),
        *sample_findings(adata, cells, layer, values, seen),
    ]
    found.sort(key=lambda item: SEVERITIES.index(item.severity))
    fatal = [item.sentence for item in found if item.severity == "fatal"]
    if strict and fatal:
        raise DesignError(f"{len(fatal)} findings are fatal: " + " ".join(fatal))
    rows = [
        {
            name: ";".join(value) if isinstance(value := getattr(item, name), tuple) else value
            for name in COLUMNS
        }
        for item in found
    ]
    return pd.DataFrame(rows, columns=COLUMNS), seen


def _batches(
    cells: dict[str, Labels], columns: dict[str, str], samples: list[str], baseline: str | None
) -> Iterator[Finding]:
    if "batch" not in cells:
        return
    batch, patient = cells["batch"], cells.get("patient")
    if "visit" in cells:
        yield from visit_findings(batch, cells["visit"], patient, baseline)
    for role in ("arm", "group"):
        if role in cells:
            yield from level_findings(batch, columns[role], cells[role])
    yield from batch_findings(batch, patient, samples)


def _nobody(adata: anndata.AnnData, column: str | None, patients: Labels | None) -> Iterator[Finding]:
    """Samples without a patient, and what stands there instead of one."""
    if patients is None or not (gaps := patients == "").any():
        return
    names = tuple(str(name) for name in adata.obs_names[gaps])
    words = sorted({word for cell in adata.obs[column][gaps] if (word := label(cell))})
    held = f" ({column_named(column)} holds {listing(map(repr, words))})" if words else ""
    yield Finding(
        "warning" if words else "note", "PATIENT_MISSING",
        f"{len(names)} samples have no patient{held}: {listing(names)}. They are paired with no other.", samples=names,
    )  # fmt: skip


def _replicates(cells: dict[str, Labels], samples: list[str]) -> Iterator[Finding]:
    if "patient" not in cells or "visit" not in cells:
        return
    sheet = pd.DataFrame({"sample": samples, "patient": cells["patient"], "visit": cells["visit"]})
    sheet = sheet[(sheet["patient"] != "") & (sheet["visit"] != "")]
    for (who, when), rows in sheet.groupby(["patient", "visit"], sort=False):
        if len(rows) > 1:
            yield Finding(
                "warning", "DUPLICATE_PAIR",
                f"Patient {who} has {len(rows)} samples of visit {when}: {listing(rows['sample'])}. They count as one"
                " patient: "
                + say(python="tl.change", command="the change from baseline")
                + f" stops here unless {argument('tl.change', 'replicates', 'mean')}.",
                samples=tuple(rows["sample"]), patients=(str(who),),
            )  # fmt: skip
