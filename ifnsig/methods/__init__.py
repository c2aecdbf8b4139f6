"""How to score: one file a method, one record each."""

from ..catalogue import Catalogue
from . import (
    aucell,
    gsva,
    mean,
    median,
    pc1,
    percent_responsive,
    plage,
    published,
    robust_zscore,
    score_genes,
    singscore,
    ssgsea,
    ssgsea_range,
    ucell,
    ulm,
    weighted,
    zscore,
)
from ._method import Method

METHODS: Catalogue[Method] = Catalogue(
    "method",
    [
        mean.METHOD,
        median.METHOD,
        weighted.METHOD,
        zscore.METHOD,
        robust_zscore.METHOD,
        percent_responsive.METHOD,
        score_genes.METHOD,
        ulm.METHOD,
        singscore.METHOD,
        ssgsea.METHOD,
        ssgsea_range.METHOD,
        ucell.METHOD,
        aucell.METHOD,
        gsva.METHOD,
        plage.METHOD,
        pc1.METHOD,
        published.METHOD,
    ],
)

__all__ = ["METHODS", "Method"]
