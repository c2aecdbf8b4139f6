"""The study file as a typed model, and the whole path from its files to its results."""

from .model import Study, read_study
from .run import run, work

__all__ = ["Study", "read_study", "run", "work"]
