"""Arrays in, arrays out: row blocks, ranks, set members, references, units. Knows no files, labels or plots."""

from .blocks import Block, row_blocks
from .members import Members
from .reference import Reference

__all__ = ["Block", "Members", "Reference", "row_blocks"]
