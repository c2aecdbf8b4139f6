"""How many patients.

Power by closed form and by simulation of the exact tests; what an association's design could have shown. May import
``exact``. A new power is held against a simulation or, where it is one, against scipy on the same draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["association_power", "power"])
