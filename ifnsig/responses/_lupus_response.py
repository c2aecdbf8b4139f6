"""What the composite lupus responses share: no new BILAG flare, no worse global assessment."""

from __future__ import annotations

import numpy as np

from ._inputs import lupus_pga
from ._logic import Condition, Rule
from ._response import Input

SLEDAI = Input("sledai2k", "SLEDAI-2K", "points", 0, 105, "lower", whole=True)
NEW_A = Input(
    "new_bilag_a", "Organ systems with a new BILAG A", "systems", 0, np.inf, "lower", "followup", whole=True
)
NEW_B = Input(
    "new_bilag_b", "Organ systems with a new BILAG B", "systems", 0, np.inf, "lower", "followup", whole=True
)
PGA = lupus_pga("both")

NOT_WORSE: dict[str, Rule] = {
    "no_new_bilag_a": Condition("new_bilag_a", "==", 0),
    "at_most_one_new_bilag_b": Condition("new_bilag_b", "<=", 1),
    "pga_not_worse": Condition("pga", "<", 0.3, change="absolute"),
}
