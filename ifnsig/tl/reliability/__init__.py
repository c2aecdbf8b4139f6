"""Is a score measured well.

Agreement of platforms and methods, test-retest, one group or two. May import ``changes`` and ``wording``.
"""
