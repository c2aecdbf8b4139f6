"""Change within patients.

Paired contrasts, several visits, two arms over visits, suppression, dose-response, what a high baseline alone
would bring, and the mean over studies. May import ``exact`` and ``models``. A new one takes one number a patient, or rows
with their patients, by ``_time_trend.long_rows``; its entry in ``benchmarks/calibration`` says whether its level holds.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    [
        "adjusted",
        "arm_visits",
        "dose_response",
        "paired",
        "pooling",
        "regression_to_mean",
        "suppression",
        "visits",
    ],
)
