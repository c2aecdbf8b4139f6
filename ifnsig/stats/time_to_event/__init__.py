"""Time to event.

Cox models, Firth's penalty, matched sets, Kaplan-Meier, proportional hazards. Callers go through ``survival``. Imports
``stats._vectors`` alone. A new fit is a ``PartialLikelihood`` for ``maximise`` and ends in a ``HazardFit``, which says why
where there is no maximum; R's survival is the witness.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["survival"])
