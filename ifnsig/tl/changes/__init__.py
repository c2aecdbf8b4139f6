"""Before and after.

Pairs of visits, the change, its tests, suppression, visits, specificity, cells in a dish, planning and pooling.
May import ``scoring`` and ``wording``.
"""
