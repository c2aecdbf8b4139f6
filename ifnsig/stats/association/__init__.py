"""A score against an outcome.

AUC, cut-offs, correlation, repeated measures. May import ``exact`` and ``time_to_event``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["correlation", "cutoff", "roc", "youden"])
