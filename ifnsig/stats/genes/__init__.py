"""Many genes at once.

Moderated tests, gene sets, random sets, which genes have enough reads. May import ``exact``, ``models`` and
``changes``. A new test of a contrast goes through ``moderated.gene_contrasts``, and has a case against limma or edgeR.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    ["expression_filter", "gene_sets", "moderated", "moderated_visits", "negative_control", "random_sets"],
)
