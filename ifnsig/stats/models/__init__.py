"""Regression.

Least squares, logistic, ordered classes, ANCOVA, mixed models by REML. What statsmodels does right is taken from
it; each module says where it does not. May import ``time_to_event`` for its checks of rows.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, ["ancova", "logistic", "mixed", "ordinal", "regression"]
)
