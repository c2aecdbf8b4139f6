"""A score against an outcome.

AUC, cut-offs, correlation, repeated measures. May import ``exact``. A new one: arrays in, a frozen record out (estimate,
interval, p, how p was made), NaN where there is none; its case in ``tests/parity/stats`` against R or scipy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["correlation", "cutoff", "roc", "youden"])
