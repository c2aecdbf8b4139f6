"""Regression.

Least squares, logistic, ordered classes, ANCOVA, mixed models by REML. What statsmodels does right is taken from
it; each module says where it does not. Least squares with any error is ``regression.least_squares``. Imports
``stats._vectors`` alone; covariates come in by ``covariate_matrix``, and a new model is tried with them far from zero.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, ["ancova", "logistic", "mixed", "ordinal", "regression"]
)
