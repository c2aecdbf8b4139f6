"""Numbers in, numbers out: tests of change, AUC, correlation, suppression. Knows no tables or labels.

The modules are named in ``__init__.pyi`` and imported when they are asked for: scipy.stats, which most of them
need, takes half a second.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
