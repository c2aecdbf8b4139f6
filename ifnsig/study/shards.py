"""A study in shards: every job reads the whole study and scores its share of the samples; one run takes the scores of all.

What is learned from the cohort is learned from the whole of it in every job, so that no number depends on the cut.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import keys
from ..core.frozen import Kind, Part, check_digest, check_parts, header_of, load_frozen
from ..core.ranking.ranks import some_rows
from ..errors import TableError, UsageError, listing
from ..io.files._replace import refuse_inputs, replacing
from ..tl.scoring._one_pass import run as over_samples
from ..tl.scoring.score import Planned, score_versions
from .findings import Findings
from .plan import settled
from .record.journal import input_hashes
from .schema.model import Study, read_study
from .schema.paths import paths_of
from .scoring import THREADS, score
from .state import Run

if TYPE_CHECKING:
    from anndata import AnnData

NOT_COMPARED = ("strict",)
"""Keys of a study that a call may override, and that change no score."""

Print = dict[str, str]


@dataclass(slots=True)
class Share:
    """The pass over neighbouring samples, shard ``number`` of ``of``; what it makes is kept in ``made``."""

    number: int
    of: int
    made: dict[str, np.ndarray] = field(default_factory=dict)

    def __call__(self, adata: AnnData, planned: Planned) -> list[np.ndarray]:
        """Scores of every job; those of the other samples are left at 0."""
        first, stop = (adata.n_obs * edge // self.of for edge in (self.number - 1, self.number))
        rows = some_rows(planned.matrix, first, stop)
        found = over_samples(adata[first:stop], rows, planned.jobs, threads=THREADS)
        out = []
        for job, scores in zip(planned.jobs, found, strict=True):
            self.made[job.method.name] = scores
            whole = np.zeros((adata.n_obs, scores.shape[1]))
            whole[first:stop] = scores
            out.append(whole)
        return out


def shard(
    study: str | Path | Study, number: int, of: int, *, output: str | Path, root: str | Path | None = None
) -> Path:
    """Score one share of a study's samples, for a later ``run`` that is given all shards.

    Parameters
    ----------
    study
        Path of a study file, or a ``Study``.
    number, of
        Which share, counted from 1, and how many there are.
    output
        File to write (``.npz``, no pickle). It holds scores without names of people.
    root
        Folder that the input paths are relative to; by default the study file's own.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        No such share, more shares than samples, a study of scores made elsewhere, or one that reads ``output``.
    IfnsigError
        What stops a run while it reads and scores.
    """
    home = Path.cwd() if isinstance(study, Study) else Path(study).absolute().parent
    model = study if isinstance(study, Study) else read_study(study)
    inputs = Path(root) if root is not None else home
    if not 1 <= number <= of:
        raise UsageError(f"There is no shard {number} of {of}: they are counted from 1 to {max(of, 1)}.")
    if model.input.scores is not None:
        raise UsageError(
            "input.scores: scores made elsewhere are not scored again, so there is nothing to cut into shards. Run the"
            " study as one job."
        )
    refuse_inputs(output, (inputs / name for name in paths_of(model)))
    facts: Print = {}

    def after_reading(state: Run) -> None:  # what is read is noted before a normalisation is noted beside it
        facts.update(_print(model, inputs, state.adata))

    state = settled(model, inputs, Findings(), after_reading=after_reading)
    samples = state.adata.n_obs
    if of > samples:
        raise UsageError(f"{samples} samples cannot be cut into {of} shards: take {samples} or fewer.")
    state.scores_of = share = Share(number, of)
    score(state)
    _Shard(number, of, facts, share.made).save(Path(output))
    return Path(output)


@dataclass(frozen=True, slots=True)
class Shards:
    """The scores of all shards, in their order: they stand where the pass over the samples would."""

    scores: list[dict[str, np.ndarray]]

    def __call__(self, adata: AnnData, planned: Planned) -> list[np.ndarray]:
        """Scores of every job, of all samples."""
        del adata
        return [np.concatenate([part[job.method.name] for part in self.scores]) for job in planned.jobs]

    @classmethod
    def load(cls, paths: Sequence[str | Path], study: Study, root: Path, adata: AnnData) -> Shards:
        """Read what :func:`shard` wrote of this study.

        Raises
        ------
        MissingFileError, TableError
            No such file, or a file that is no shard.
        UsageError
            A shard of another study, other inputs or another version; a shard that lacks, or is there twice.
        """
        found = [(Path(path).name, _Shard.load(Path(path))) for path in paths]
        here = _print(study, root, adata)
        for name, one in found:
            if differs := [key for key in {**here, **one.print} if here.get(key) != one.print.get(key)]:
                raise UsageError(
                    f"{name} was not scored from what this run reads; other than there: {listing(differs)}. Score it"
                    " again with `ifnsig shard`."
                )
        _check_whole(found)
        return cls([one.scores for _, one in sorted(found, key=lambda item: item[1].number)])


@dataclass(frozen=True, slots=True)
class _Shard:
    """What the file of a shard holds."""

    number: int
    of: int
    print: Print
    scores: dict[str, np.ndarray]

    def save(self, path: Path) -> None:
        header = header_of(VERSION, self.digest, number=self.number, of=self.of, print=self.print)
        arrays: dict[str, Any] = {f"{BEFORE}{name}": values for name, values in self.scores.items()}
        with replacing(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, header=np.array(json.dumps(header)), **arrays)

    @classmethod
    def load(cls, path: Path) -> _Shard:
        header, arrays = load_frozen(path, FILE)
        scored = {name: Part("f", ("samples", name), "nan") for name in arrays if name.startswith(BEFORE)}
        check_parts(path, FILE, arrays, scored)
        number, of, facts = header.get("number"), header.get("of"), header.get("print")
        if type(number) is not int or type(of) is not int or not 1 <= number <= of:
            raise FILE.wrong(path, f"it is number {number!r:.40} of {of!r:.40}")
        if (
            not isinstance(facts, dict)
            or not all(isinstance(fact, str) for fact in facts.values())
            or not scored
        ):
            raise FILE.wrong(path, "it does not say what it was scored from, or has no scores")
        found = cls(number, of, facts, {name.removeprefix(BEFORE): arrays[name] for name in scored})
        check_digest(path, FILE, header, found.digest)
        return found

    @property
    def digest(self) -> str:
        """SHA-256 of the scores and of what they are of."""
        about = hashlib.sha256(json.dumps([self.number, self.of, self.print, list(self.scores)]).encode())
        for values in self.scores.values():
            about.update(np.ascontiguousarray(values).data)
        return about.hexdigest()


VERSION = 1
BEFORE = "scores_"
FILE = Kind("shard", VERSION, TableError, lambda: "`ifnsig shard` writes them.")


def _print(study: Study, root: Path, adata: AnnData) -> Print:
    """What scores follow from, each part by its hash: the study, the files that were read, the versions."""
    keys_of = {name: part for name, part in study.model_dump(mode="json").items() if name not in NOT_COMPARED}
    read_from = keys.read_field(adata, keys.FIELD_SOURCE)
    return {
        **{f"the study's {name}": _digest(part) for name, part in keys_of.items()},
        **{f"the input {name}": digest for name, digest in input_hashes(study, root).items()},
        "what was read": _digest(read_from),
        **{f"the version of {name}": number for name, number in score_versions().items()},
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _check_whole(found: list[tuple[str, _Shard]]) -> None:
    """Refuse shards of several cuts, those that are there twice, and a cut with a gap."""
    cuts = sorted({one.of for _, one in found})
    if len(cuts) > 1:
        named = [f"{name} is {one.number} of {one.of}" for name, one in found]
        raise UsageError(f"The shards are of several cuts: {listing(named)}. Give those of one.")
    numbers = [one.number for _, one in found]
    if doubled := sorted({number for number in numbers if numbers.count(number) > 1}):
        named = [name for name, one in found if one.number in doubled]
        raise UsageError(f"Shard {listing(doubled)} of {cuts[0]} is given more than once: {listing(named)}.")
    if lacking := sorted(set(range(1, cuts[0] + 1)) - set(numbers)):
        raise UsageError(f"The study was cut into {cuts[0]} shards; shard {listing(lacking)} is not given.")
