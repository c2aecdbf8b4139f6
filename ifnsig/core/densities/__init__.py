"""Kernel estimates of each gene's distribution, compiled and plain, and where values stand by them.

May import ``ranking``.
"""
