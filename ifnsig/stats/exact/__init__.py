"""Tests that count.

Sign flips, signed ranks, rank sums, ordered classes, max-T; exact where it can be counted, else saddlepoint or
Monte Carlo with its error. A new test gets a case in ``tests/parity/stats`` against R or scipy. Imports
``stats._vectors`` alone.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["maxt"])
