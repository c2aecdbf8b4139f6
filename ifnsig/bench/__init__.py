"""Peers side by side: the same data, each in a process of its own, interleaved, CPU and wall seconds, memory, agreement."""

from .run import run_work
from .works import WORKS, Work

__all__ = ["WORKS", "Work", "run_work"]
