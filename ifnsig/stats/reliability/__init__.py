"""Is it the same thing measured twice.

Agreement of platforms, genes of one signature, test-retest, one group or two. May import ``models``. A new measure has
a worked case, or one against R in ``tests/parity/stats``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["agreement", "mixture", "retest"])
