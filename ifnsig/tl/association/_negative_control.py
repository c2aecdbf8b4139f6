"""The negative control beside an association: the same rows, scored with random gene sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import keys
from ...doors import say, subject
from ...errors import ParameterError, listing
from ...stats.genes.negative_control import GLOBAL_SHARE, negative_control
from ...stats.time_to_event.survival import null_residuals
from ._estimate import NAN, Case, Row
from ._patients import View

if TYPE_CHECKING:
    from anndata import AnnData

EMPTY: Row = {
    "p_label": NAN, "pct_random": NAN, "frac_random_p05": NAN, "p_partial_random": NAN, "n_random_sets": 0,
}  # fmt: skip
PERMUTATIONS = 999


def read_random(random: Any, method: str) -> dict[str, AnnData]:
    """Signature -> what ``tl.random_scores`` returned for it, of the scores that are associated.

    Raises
    ------
    ParameterError
        Something else, or random sets scored by another method.
    """
    given: Sequence[Any] = [] if random is None else random if isinstance(random, (list, tuple)) else [random]
    found: dict[str, AnnData] = {}
    for one in given:
        about = keys.read_field(one, keys.FIELD_RANDOM) if hasattr(one, "uns") else None
        if about is None:
            raise ParameterError(
                f"{subject('tl.associate', 'random')} must be "
                + say(python="what tl.random_scores returned", command="random scores")
                + f", or a list of these. Got {type(one).__name__}."
            )
        if about["method"] != method:
            raise ParameterError(
                f"The random sets of {about['signature']} were scored by {about['method']!r}, the scores by {method!r}."
            )
        found[str(about["signature"])] = one
    return found


def random_matrix(random: AnnData, view: View) -> np.ndarray:
    """Scores of the random sets in the rows of a view, shape (rows, sets): means and changes as the view's own.

    Raises
    ------
    ParameterError
        Samples that the random sets were not scored in.
    """
    places = {str(name): place for place, name in enumerate(random.obs_names)}
    wanted = {name for _, rows in view.samples for names in rows for name in names}
    if lacking := sorted(wanted - set(places)):
        raise ParameterError(
            f"The random sets were not scored in {len(lacking)} samples: {listing(lacking)}. Score the random sets in the"
            " same samples."
        )
    table = np.asarray(random.X, dtype=np.float64)
    total = np.zeros((len(view.values), table.shape[1]))
    for sign, rows in view.samples:
        if all(len(names) == 1 for names in rows):
            total += sign * table[[places[name] for (name,) in rows]]
            continue
        for place, names in enumerate(rows):
            total[place] += sign * table[[places[name] for name in names]].mean(axis=0)
    return total


def control_numbers(case: Case, table: np.ndarray, outcome_type: str) -> Row:
    """The four numbers, and the flag of a shift of the whole transcriptome."""
    ranks = outcome_type != "time_to_event"
    target = null_residuals(np.asarray(case.time), case.y) if case.time is not None else case.y
    if len(case.x) < 4 or np.ptp(target) == 0 or np.ptp(case.x) == 0:
        return {**EMPTY, "flags": []}
    found = negative_control(case.x, table, target, ranks=ranks, n_permutations=PERMUTATIONS, rng=case.rng)
    return {
        "p_label": found.p_label, "pct_random": found.pct_random, "frac_random_p05": found.frac_random_p05,
        "p_partial_random": found.p_partial, "n_random_sets": found.n_sets,
        "flags": ["GLOBAL_SHIFT"] if found.frac_random_p05 > GLOBAL_SHARE else [],
    }  # fmt: skip
