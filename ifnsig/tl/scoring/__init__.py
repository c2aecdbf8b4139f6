"""Scores from a matrix.

``score`` (its arguments, coverage, recipes and one pass over the rows), calls of positive samples, and what stands
beside a score. Imports no other room; how a method works is in ``ifnsig/methods``.
"""
