"""The study file as a typed model, and the whole path from its files to its results."""

from .check import Finding, check
from .model import Study, read_study
from .run import run, work
from .sheet import samples_schema

__all__ = ["Finding", "Study", "check", "read_study", "run", "samples_schema", "work"]
