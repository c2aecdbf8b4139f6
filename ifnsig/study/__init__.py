"""The study file as a typed model, and the whole path from its files to its results."""

from .drafting._draft import Draft, Question
from .drafting.draft import draft
from .findings import Finding
from .plan import check
from .privacy.pseudonyms import Pseudonyms
from .rerun import Rerun, refuse_altered, rerun
from .run import run, work
from .schema.model import Study, read_study
from .schema.sheet import samples_schema
from .shards import shard

__all__ = [
    "Draft",
    "Finding",
    "Pseudonyms",
    "Question",
    "Rerun",
    "Study",
    "check",
    "draft",
    "read_study",
    "refuse_altered",
    "rerun",
    "run",
    "samples_schema",
    "shard",
    "work",
]
