"""Peers side by side: the same data, each in a process of its own, interleaved, CPU and wall seconds, memory, agreement."""

from .run import WORKS, Work, run, table

__all__ = ["WORKS", "Work", "run", "table"]
