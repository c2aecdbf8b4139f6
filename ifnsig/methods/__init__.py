"""How to score: one file a method, one record each."""

from ..catalogue import Catalogue
from . import mean, singscore, ssgsea, zscore
from ._method import Method

METHODS: Catalogue[Method] = Catalogue(
    "method", [mean.METHOD, zscore.METHOD, singscore.METHOD, ssgsea.METHOD]
)

__all__ = ["METHODS", "Method"]
