"""``ifnsig power``: how many patients a study needs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import UsageError
from ._app import App, app, note
from ._outputs import TABLE
from ._parse import write

power = App(
    name="power",
    help="Patients needed: pairs for a fall of the score, or patients a class for an AUC.",
    no_args_is_help=True,
)
app.add_typer(power)

Wanted = Annotated[float, typer.Option("--power", help="Power that is wanted.")]
Alpha = Annotated[float, typer.Option(help="Two-sided level of the test.")]
Simulations = Annotated[
    int,
    typer.Option(
        "--simulations", help="Simulated studies for each number tried; 0 for the closed form alone."
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the simulation.")]
Out = Annotated[str, typer.Option("--output", "-o", metavar=TABLE, help="Table to write; - for stdout.")]


@power.command()
def pairs(
    dz: Annotated[float | None, typer.Option(help="Mean change / SD of the changes.")] = None,
    suppression: Annotated[
        float | None, typer.Option(help="Or: percent of the excess over healthy that is to go,")
    ] = None,
    excess: Annotated[
        float | None, typer.Option(help="with the pilot's mean baseline less the healthy mean,")
    ] = None,
    sd_change: Annotated[float | None, typer.Option(help="and the pilot's SD of the changes.")] = None,
    pilot: Annotated[
        str | None,
        typer.Option(help="Results folder of a pilot: excess and SD of its primary test."),
    ] = None,
    wanted: Wanted = 0.8,
    alpha: Alpha = 0.05,
    simulations: Simulations = 2000,
    seed: Seed = 0,
    output: Out = "-",
) -> None:
    """Pairs (patients with both visits) for a fall of the score."""
    from .. import tl

    numbers: dict[str, Any] = {"excess": excess, "sd_change": sd_change}
    if pilot is not None:
        numbers = _of_pilot(pilot, numbers)
    table = tl.plan_pairs(
        dz=dz, suppression=suppression, power=wanted, alpha=alpha, n_simulations=simulations, seed=seed, **numbers
    )  # fmt: skip
    _show(table, output, simulations)


def _of_pilot(pilot: str, given: dict[str, Any]) -> dict[str, Any]:
    from .. import tl
    from ..report import Results

    if twice := [name for name, value in given.items() if value is not None]:
        raise UsageError(f"--pilot brings {' and '.join(twice).replace('_', '-')}: give it or them.")
    return tl.pilot_numbers(Results.read(pilot).table("change_tests"))


@power.command()
def auc(
    area: Annotated[float, typer.Argument(help="Expected AUC, e.g. 0.8.")],
    ratio: Annotated[float, typer.Option(help="Non-responders a responder.")] = 1.0,
    wanted: Wanted = 0.8,
    alpha: Alpha = 0.05,
    simulations: Simulations = 2000,
    seed: Seed = 0,
    output: Out = "-",
) -> None:
    """Patients a class for an AUC."""
    from .. import tl

    table = tl.plan_auc(area, ratio=ratio, power=wanted, alpha=alpha, n_simulations=simulations, seed=seed)
    _show(table, output, simulations)


def _show(table: Any, output: str, simulations: int) -> None:
    write(table, output)
    if simulations and set(table["how"]) == {"closed form"}:
        note("More patients are needed than are simulated here: the closed form stands alone.")
