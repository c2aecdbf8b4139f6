"""Is it the same thing measured twice.

Agreement of platforms, genes of one signature, test-retest, one group or two.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["agreement", "mixture", "retest"])
