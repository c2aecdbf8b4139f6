"""Genes instead of scores.

Which changed, whether those of a signature changed together and go together. May import ``scoring``, ``changes``
and ``wording``.
"""
