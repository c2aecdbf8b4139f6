"""Clinical response on the command line, from scored visits or from a clinical sheet alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..checks import options_beside
from ..errors import UsageError
from ._app import app
from ._outputs import SCORED, TABLE
from ._parse import names, on_disk, options, pair, read_h5ad, write, write_scored

if TYPE_CHECKING:
    from anndata import AnnData

Repeated = list[str] | None


@app.command()
def respond(
    data: Annotated[
        str,
        typer.Argument(
            help="h5ad that `ifnsig change` or `respond` wrote, or a clinical sheet; - for stdin."
        ),
    ],
    measure: Annotated[str | None, typer.Option("--measure", help="Name in `ifnsig responses`.")] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", help="File of a rule of your own (TOML), instead.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Name in tables; by default the measure's.")
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar=SCORED, help="File to write: .h5ad, or a table; - for stdout."
        ),
    ] = "-",
    column: Annotated[Repeated, typer.Option(help="INPUT=COLUMN where they differ; may be repeated.")] = None,
    parameter: Annotated[
        Repeated, typer.Option(help="NAME=VALUE (JSON) of the measure; may be repeated.")
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar=TABLE, help="Also write all labels so far side by side, as this table."),
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="Baseline visit, for a sheet.")] = None,
    followup: Annotated[
        str | None, typer.Option(help="Follow-up visits in their order, comma-separated, for a sheet.")
    ] = None,
    patient: Annotated[str, typer.Option(help="Column of the patient, for a sheet.")] = "patient",
    visit: Annotated[str, typer.Option(help="Column of the visit, for a sheet.")] = "visit",
    as_json: Annotated[bool, typer.Option("--json", help="JSON records instead of TSV.")] = False,
) -> None:
    """Clinical response of every patient: an h5ad, or a table (TSV)."""
    from .. import get, tl
    from ..responses import RESPONSES, read_rule

    if (measure is None) == (rule is None):
        raise UsageError("Give exactly one of --measure and --rule.")
    columns = dict(pair(item) for item in column or [])
    parameters = options_beside(options(parameter), tl.respond, name="tl.respond")
    wanted = RESPONSES[str(measure)] if rule is None else read_rule(rule)
    read = {columns.get(entry.name, entry.name) for entry in wanted.inputs}
    adata = _pairs(data, baseline, followup, patient, visit, read)
    tl.respond(adata, wanted, name=name, columns=columns, **parameters)
    if labels is not None:
        write(tl.label_table(adata), labels)
    write_scored(adata, lambda: get.response_table(adata), output, as_json=as_json)


def _pairs(
    data: str, baseline: str | None, followup: str | None, patient: str, visit: str, numbers: set[str]
) -> AnnData:
    """Pairs of visits that were made before, or those of a clinical sheet, whose columns ``numbers`` are read as such."""
    declared = baseline is not None or followup is not None
    from ..io.formats._hdf5 import is_hdf5

    file = on_disk(data)
    if data.endswith(".h5ad") or is_hdf5(file):
        if declared:
            raise UsageError(
                f"{data} holds pairs of visits already: --baseline and --followup are for a sheet."
            )
        return read_h5ad(file)
    if baseline is None or followup is None:
        raise UsageError(f"{data} is read as a clinical sheet, which needs --baseline and --followup.")
    from ..io import SheetRules, read_clinical
    from ..tl import pair_visits

    any_number = (float("-inf"), float("inf"))  # what is too high or low depends on the measure's options
    rules = SheetRules(
        sample=None, patient=patient, visit=visit, numbers=dict.fromkeys(sorted(numbers), any_number)
    )
    sheet = read_clinical(file, rules=rules)
    return pair_visits(sheet, patient=patient, visit=visit, baseline=baseline, followup=names(followup))
