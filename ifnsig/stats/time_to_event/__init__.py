"""Time to event.

Cox models, Firth's penalty, matched sets, Kaplan-Meier, proportional hazards. Callers go through ``survival``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["survival"])
