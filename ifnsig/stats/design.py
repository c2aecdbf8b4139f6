"""Can an effect be told from batches: R squared, variance inflation, and what is confounded."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ParameterError
from ._vectors import Vector, vector

EXPLAINED = 1e-10
"""An effect of which less than this share is left is explained in full."""

PARTIAL_VIF = 1.25
"""Above this variance inflation (a twelfth more standard error) the design is called partly confounded."""

DESIGN_FLAGS: dict[str, str] = {
    "BATCH_CONFOUNDED": (
        "The effect goes wholly with the batches: no method can tell one from the other, and none can correct it."
    ),
    "BATCH_PARTIAL": "Part of the effect goes with the batches: its standard error is larger by the factor given.",
    "BATCH_NESTED": (
        "Every patient's samples are in one batch: differences within patients cancel the batch effect."
    ),
    "BATCH_MISSING": "Some samples have no batch.",
    "PATIENT_MISSING": "Some samples are of nobody: they are compared with none as of one person.",
    "BATCH_SINGLE": "A batch has one sample only.",
    "DUPLICATE_PAIR": "A patient has several samples of one visit.",
    "DUPLICATE_SAMPLE": "Two samples have the same values.",
    "SAMPLE_SWAP": "A sample is more like another patient's samples than like its own patient's.",
    "SWAP_NOT_CHECKED": "Swapped samples could not be looked for.",
    "SEX_MISMATCH": "Sex by XIST and RPS4Y1 differs within a patient, or from the sheet.",
    "SEX_UNCLEAR": "XIST and RPS4Y1 do not tell the sex of a sample.",
    "SEX_NOT_CHECKED": "Sex could not be looked at.",
    "OUTLIER_LIBRARY": "A library is far from the others in size, detected genes or correlation.",
}
"""Code -> one plain sentence; findings of ``pp.check_design``."""


@dataclass(frozen=True, slots=True)
class Confounding:
    """How much of an effect other factors explain.

    Attributes
    ----------
    r2
        R squared of the effect given the factors.
    vif
        Variance inflation 1 / (1 - R squared); infinite where nothing of the effect is left. The standard error of
        the effect grows by its square root.
    """

    r2: float
    vif: float

    @property
    def complete(self) -> bool:
        """Whether the effect cannot be estimated at all."""
        return bool(np.isinf(self.vif))

    @property
    def partial(self) -> bool:
        """Whether it can, but with noticeably less precision."""
        return not self.complete and self.vif > PARTIAL_VIF


def dummies(labels: Collection[object]) -> NDArray[np.float64]:
    """One column of 0 and 1 a label, shape (samples, labels)."""
    names = np.asarray([str(label) for label in labels], dtype=object)
    levels = list(dict.fromkeys(names.tolist()))
    return np.array([names == level for level in levels], dtype=np.float64).T.reshape(len(names), len(levels))


def confounding(effect: ArrayLike, *factors: Collection[object]) -> Confounding:
    """R squared and variance inflation of an effect given categorical factors (a donor, a batch).

    Parameters
    ----------
    effect
        One number a sample: 0 and 1 for two visits or two arms.
    factors
        Labels, one a sample, each.

    Raises
    ------
    ParameterError
        The effect is the same for all samples, or lengths differ.
    """
    y: Vector = vector(effect, name="effect", function="confounding")
    if strays := [len(labels) for labels in factors if len(labels) != len(y)]:
        raise ParameterError(f"confounding got {len(y)} samples and factors of {strays} labels.")
    centred = y - y.mean()
    total = float(centred @ centred)
    if total == 0:
        raise ParameterError("The 'effect' of confounding is the same for all samples: there is none.")
    design = np.column_stack([np.ones(len(y)), *(dummies(labels) for labels in factors)])
    solution = np.linalg.lstsq(design, centred, rcond=None)[0]
    left = centred - design @ solution
    share = float(left @ left) / total
    if share < EXPLAINED:
        return Confounding(1.0, float("inf"))
    return Confounding(max(0.0, 1.0 - share), max(1.0, 1.0 / share))
