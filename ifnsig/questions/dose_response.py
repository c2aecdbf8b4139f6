"""``[dose_response]``: cells in a dish, the IC50 of every donor and over the donors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from .. import tl
from ..page.cells import (
    Views,
    arm_column,
    counted,
    flags,
    limits,
    name,
    of_primary,
    primary_first,
    reason,
    value,
    view,
)
from ..schema import ColumnName, Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study.state import Run


class DoseResponse(Part):
    """Cells in a dish: IC50 of every donor, and over the donors."""

    donor: ColumnName = "donor"
    dose: ColumnName = Field("dose", description="column of the dose; 0 is the vehicle")
    within: ColumnName | None = Field(None, description="column of a stimulus; each of its values by itself")


def ask(state: Run, asked: DoseResponse) -> None:
    """A curve a donor."""
    state.add("dose_response", tl.dose_response(state.adata, method=state.method, **asked.model_dump()))


def shown(results: Results) -> Views:
    """IC50 over donors, then each donor."""
    table = results.table("dose_response")
    over = table.loc[table["scope"] == "donors"]
    columns = [
        name("signature"), *arm_column(table), value("estimate", "IC50", ("ci_low", "ci_high")), limits(over),
        counted("n_patients", "donors"), counted("n_refused", "without IC50"), flags(),
    ]  # fmt: skip
    each = [
        name("donor"), *arm_column(table), value("estimate", "IC50"), limits(table), value("slope"), value("top"),
        value("bottom"), reason(),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "donor"], results)
    return [
        *primary_first(results, over, columns, "IC50, all signatures"),
        ("Every donor, primary signature", view(mine, each)),
    ]


QUESTION = Question(
    "dose_response", DoseResponse, ask,
    tables=(
        Table(
            "dose_response", "change", "In vitro: dose-response",
            "The IC50 of each donor by a four-parameter curve, and their geometric mean. An IC50 outside the tested doses"
            " is not given.",
            shown,
            how="IC50s are of four-parameter log-logistic curves, one a donor, summarised as geometric mean with a t"
            " interval of the logarithms.",
            text=("donor",),
            answers=("scope", ("donors",)),
        ),
    ),
)  # fmt: skip
